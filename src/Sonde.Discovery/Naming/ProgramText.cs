namespace Sonde.Discovery.Naming;

/// <summary>Names within the texts that programs are started by.</summary>
internal static class ProgramText
{
    private static readonly string[] SourceExtensions =
        [".py", ".pyc", ".pyz", ".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".rb", ".ru", ".pl", ".pm", ".psgi", ".php", ".phar", ".sh", ".bash", ".lua", ".R", ".tcl", ".jl", ".cs", ".dll", ".exe", ".jar", ".war", ".java"];

    // Folders that say how software is laid out and nothing of what it is.
    private static readonly HashSet<string> LayoutFolders = new(StringComparer.OrdinalIgnoreCase)
    {
        "app", "apps", "application", "src", "source", "dist", "build", "out", "target", "bin", "sbin", "lib", "lib64", "libexec", "share", "usr", "local",
        "opt", "srv", "var", "home", "root", "tmp", "www", "html", "public", "code", "workspace", "current", "release", "releases", "debug", "publish",
        "server", "script", "scripts", "node_modules", ".bin", "site-packages",
    };

    /// <summary>The text after the last slash.</summary>
    public static string FileName(string path) => path[(path.LastIndexOf('/') + 1)..];

    /// <summary>The file's name without the extension that its language gives it.</summary>
    public static string Stem(string path)
    {
        var name = FileName(path.TrimEnd('/'));
        foreach (var extension in SourceExtensions)
        {
            if (name.Length > extension.Length && name.EndsWith(extension, StringComparison.OrdinalIgnoreCase))
            {
                return name[..^extension.Length];
            }
        }

        return name;
    }

    /// <summary>The program in a first argument, which may be a title: <c>nginx: worker process</c>, <c>redis-server *:6379</c>, <c>-bash</c>.</summary>
    public static string NameIn(string firstArgument)
    {
        var text = UpTo(firstArgument, ' ').TrimEnd(':');
        return FileName(text).TrimStart('-');
    }

    /// <summary>The text within the last pair of square brackets of a title: <c>gunicorn: master [shop]</c>.</summary>
    public static string? InBrackets(string title)
    {
        var open = title.LastIndexOf('[');
        return open >= 0 && title.IndexOf(']', open) is var close && close > open + 1 ? title[(open + 1)..close] : null;
    }

    /// <summary>A program's name without a version: <c>python3.11</c> → <c>python</c>, <c>php-fpm8.2</c> → <c>php-fpm</c>.</summary>
    public static string WithoutVersion(string name)
    {
        var trimmed = name.AsSpan().TrimEnd("0123456789.");
        return trimmed.Length == name.Length ? name : trimmed.TrimEnd('-').ToString();
    }

    /// <summary>The innermost folder of a path that tells what the software is, or null.</summary>
    /// <param name="folder">An absolute path.</param>
    public static string? TellingFolder(string folder)
    {
        foreach (var name in folder.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse())
        {
            // A release's number or date is no name either.
            if (!LayoutFolders.Contains(name) && name.Any(char.IsLetter))
            {
                return name;
            }
        }

        return null;
    }

    /// <summary>The text before the first such character, or all of it.</summary>
    public static string UpTo(string text, char mark) => text.IndexOf(mark) is var index && index >= 0 ? text[..index] : text;
}
