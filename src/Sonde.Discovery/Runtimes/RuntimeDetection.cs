using Sonde.Bpf.Elf;

namespace Sonde.Discovery.Runtimes;

/// <summary>
/// Which runtime a process is run by: by the name of its program, else by the libraries that it maps, else by the sections of its
/// executable file. Each knows what the one before can't: an embedded runtime has the application's name, a linked one maps nothing.
/// </summary>
internal static class RuntimeDetection
{
    private const int DynamicStringsLimit = 256 * 1024;
    private const int CommentLimit = 4096;

    /// <param name="program">The executable's name without its version: <c>python</c> for <c>python3.11</c>.</param>
    public static LanguageRuntime? FromProgramName(string program) => program switch
    {
        "dotnet" => LanguageRuntime.DotNet,
        "java" => LanguageRuntime.Java,
        "node" or "nodejs" => LanguageRuntime.NodeJs,
        "deno" => LanguageRuntime.Deno,
        "bun" => LanguageRuntime.Bun,
        "python" => LanguageRuntime.CPython,
        "pypy" => LanguageRuntime.PyPy,
        "ruby" => LanguageRuntime.Ruby,
        "php" or "php-fpm" or "php-cgi" => LanguageRuntime.Php,
        "perl" => LanguageRuntime.Perl,
        "beam.smp" or "beam" => LanguageRuntime.Erlang,
        _ => null,
    };

    /// <param name="file">The name of a mapped file, without its folder.</param>
    public static LanguageRuntime? FromMappedFile(ReadOnlySpan<byte> file)
    {
        if (file.SequenceEqual("libcoreclr.so"u8) || file.SequenceEqual("libclrjit.so"u8))
        {
            return LanguageRuntime.DotNet;
        }

        if (!file.StartsWith("lib"u8))
        {
            return null;
        }

        return file.SequenceEqual("libjvm.so"u8) ? LanguageRuntime.Java
            : file.StartsWith("libnode.so"u8) ? LanguageRuntime.NodeJs
            : file.StartsWith("libpython"u8) ? LanguageRuntime.CPython
            : file.StartsWith("libpypy"u8) ? LanguageRuntime.PyPy
            : file.StartsWith("libruby"u8) ? LanguageRuntime.Ruby
            : file.StartsWith("libphp"u8) ? LanguageRuntime.Php
            : null;
    }

    /// <summary>Looks at an executable file that no interpreter and no mapped library explains.</summary>
    /// <param name="executable">The file.</param>
    /// <param name="go">What the Go linker wrote into it, when it is Go's.</param>
    public static LanguageRuntime? FromExecutable(ElfFile executable, out GoBuildInfo? go)
    {
        go = null;
        if (executable.TryFind(".go.buildinfo", out var buildInfo))
        {
            go = GoBuildInfo.Parse(executable.Read(buildInfo, GoBuildInfo.MaxBytes));
            return LanguageRuntime.Go;
        }

        if (executable.TryFind(".note.go.buildid", out _))
        {
            return LanguageRuntime.Go;
        }

        // NativeAOT's compiled code has a section of its own.
        if (executable.TryFind("__managedcode", out _))
        {
            return LanguageRuntime.DotNet;
        }

        if (executable.TryFind(".comment", out var comment) && executable.Read(comment, CommentLimit).AsSpan().IndexOf("rustc"u8) >= 0)
        {
            return LanguageRuntime.Rust;
        }

        if (executable.TryFind(".dynstr", out var dynamicStrings))
        {
            var strings = executable.Read(dynamicStrings, DynamicStringsLimit).AsSpan();
            // The self-contained single-file host has the runtime linked in and exports this for debuggers.
            return strings.IndexOf("DotNetRuntimeInfo"u8) >= 0 ? LanguageRuntime.DotNet
                : strings.IndexOf("libstdc++.so"u8) >= 0 || strings.IndexOf("libc++.so"u8) >= 0 ? LanguageRuntime.Cpp
                : null;
        }

        return null;
    }
}
