using Microsoft.Win32.SafeHandles;
using Sonde.Bpf.Elf;
using Sonde.Probes.Model;

namespace Sonde.Probes.Attach.Search;

/// <summary>Executables and libraries as programs name them: a path, perhaps with <c>*</c>, a command, a library's short name.</summary>
internal static class BinaryFiles
{
    private static readonly string[] _libraryFolders = ["/lib", "/usr/lib", "/lib64", "/usr/lib64", "/usr/local/lib"];

    /// <summary>True for <c>libc</c>, <c>libssl</c>, <c>libpython3.11</c>: every copy is meant, not a file.</summary>
    internal static bool IsLibraryName(string file) =>
        file.StartsWith("lib", StringComparison.Ordinal) && !file.Contains('/') && !file.Contains(".so", StringComparison.Ordinal) && !Wildcard.Has(file) && OnPath(file) is null;

    /// <summary>The files that a name means, by their real paths.</summary>
    /// <exception cref="ProbeException">There is none.</exception>
    internal static IReadOnlyList<string> Find(string file, SourceSpan span)
    {
        if (file.Contains('/'))
        {
            List<string> paths = Wildcard.Has(file) ? Expand(Path.GetFullPath(file)) : File.Exists(file) ? [file] : [];
            return paths.Count > 0 ? paths : throw new ProbeException($"There is no file {file}.", span);
        }

        if (OnPath(file) is { } command)
        {
            return [command];
        }

        // "c" for libc, as bpftrace has it, and "libfoo.so" for the file.
        string library = file.StartsWith("lib", StringComparison.Ordinal) ? file.Split(".so")[0] : "lib" + file;
        return CopiesOf(library) is { Count: > 0 } copies ? copies
            : throw new ProbeException($"There is no command '{file}' on the PATH and no library {library}: give the whole path.", span);
    }

    /// <summary>The copies of a library that the dynamic loader of this machine would find.</summary>
    internal static IReadOnlyList<string> CopiesOf(string library)
    {
        List<string> found = [.. LoaderCache.Read().Where(path => IsCopy(Path.GetFileName(path), library))];
        if (found.Count == 0)
        {
            // A machine without glibc keeps no cache.
            found.AddRange(_libraryFolders.Where(Directory.Exists).SelectMany(folder => Directory.EnumerateFiles(folder, library + "*")).Where(path => IsCopy(Path.GetFileName(path), library)));
        }

        return [.. found.Where(File.Exists).Select(RealPath).Distinct()];
    }

    /// <exception cref="ProbeException">It cannot be opened.</exception>
    internal static SafeFileHandle Open(string path, SourceSpan span)
    {
        try
        {
            return File.OpenHandle(path);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new ProbeException($"{path} cannot be read: {refused.Message}", span, refused);
        }
    }

    /// <exception cref="ProbeException">It is no executable.</exception>
    internal static ElfFile Parse(SafeFileHandle handle, string path, SourceSpan span) =>
        new ElfFile(handle) is { IsElf: true } file ? file
        : throw new ProbeException($"{path} is no executable or library: a script is probed in its interpreter.", span);

    /// <summary>How far a symbol of a file lies from a place in it when it runs, in bytes; null when there is none.</summary>
    internal static long? Distance(string path, long offset, string symbol)
    {
        using SafeFileHandle handle = Open(path, SourceSpan.None);
        ElfFile file = new(handle);
        return file.TryGetAddress(offset, out ulong place) && ElfSymbols.Of(file).TryFind(symbol, out ElfSymbol found) ? (long)(found.Address - place) : null;
    }

    /// <summary>True for <c>libssl.so.3</c> of <c>libssl</c>; musl's C library has a name of its own.</summary>
    internal static bool IsCopy(string fileName, string library) =>
        (fileName.StartsWith(library, StringComparison.Ordinal) && fileName.AsSpan(library.Length) is var rest && (rest.StartsWith(".so") || IsVersioned(rest)))
        || (library == "libc" && (fileName.StartsWith("ld-musl-", StringComparison.Ordinal) || fileName.StartsWith("libc.musl-", StringComparison.Ordinal)));

    /// <summary>The older naming of glibc: <c>libc-2.31.so</c>.</summary>
    private static bool IsVersioned(ReadOnlySpan<char> rest) => rest.Length > 4 && rest[0] == '-' && char.IsAsciiDigit(rest[1]) && rest.EndsWith(".so");

    private static string? OnPath(string command) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, command))
        .Where(File.Exists)
        .Select(RealPath)
        .FirstOrDefault();

    private static string RealPath(string path) => File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;

    private static List<string> Expand(string pattern)
    {
        List<string> found = ["/"];
        string[] parts = pattern.Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (int index = 0; index < parts.Length; index++)
        {
            string part = parts[index];
            bool isLast = index == parts.Length - 1;
            found = [.. found.SelectMany(folder => Children(folder, part, isLast))];
        }

        return [.. found.Order(StringComparer.Ordinal)];
    }

    private static IEnumerable<string> Children(string folder, string part, bool isLast)
    {
        if (!Wildcard.Has(part))
        {
            string path = Path.Combine(folder, part);
            return (isLast ? File.Exists(path) : Directory.Exists(path)) ? [path] : [];
        }

        EnumerationOptions accessible = new() { IgnoreInaccessible = true };
        return (isLast ? Directory.EnumerateFiles(folder, "*", accessible) : Directory.EnumerateDirectories(folder, "*", accessible))
            .Where(path => Wildcard.Matches(part, Path.GetFileName(path)));
    }
}
