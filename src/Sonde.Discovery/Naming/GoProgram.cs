using Sonde.Discovery.Runtimes;

namespace Sonde.Discovery.Naming;

/// <summary>Programs built by Go: the executable's name, unless it is one that many have.</summary>
internal static class GoProgram
{
    public static string Name(GoBuildInfo build, string executable) =>
        IsCommonplace(executable) && PackageName(build.Package) is { } package ? package : executable;

    private static bool IsCommonplace(string executable) =>
        executable is "main" or "app" or "server" or "service" or "cmd" or "a.out" or "" || executable.StartsWith("__debug_bin", StringComparison.Ordinal)
        || executable.StartsWith("___", StringComparison.Ordinal);

    /// <summary><c>example.com/shop/cmd/orders</c> → orders; parts that every repository has and major versions are passed over.</summary>
    private static string? PackageName(string? package) => package?
        .Split('/')
        .Reverse()
        .FirstOrDefault(part => part is not ("cmd" or "main" or "app" or "server" or "service" or "src" or "") && !IsMajorVersion(part));

    private static bool IsMajorVersion(string part) => part.Length > 1 && part[0] == 'v' && part.Skip(1).All(char.IsAsciiDigit);
}
