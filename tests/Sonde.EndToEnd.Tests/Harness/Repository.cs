using System.Runtime.InteropServices;

namespace Sonde.EndToEnd.Tests.Harness;

/// <summary>Where the things are that the tests run.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>The sources of the servers.</summary>
    public static string Servers { get; } = Path.Combine(Root, "tests", "servers");

    /// <summary>The servers that had to be built.</summary>
    public static string BuiltServers { get; } = Path.Combine(Root, "artifacts", "servers");

    /// <summary>The published executable.</summary>
    public static string Agent { get; } = Path.Combine(Root, "artifacts", "publish", "Sonde.Agent",
        RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "release_linux-arm64" : "release_linux-x64", "sonde");

    /// <summary>The folder of the configuration that this was built in: <c>debug</c> or <c>release</c>.</summary>
    public static string Configuration { get; } = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Sonde.slnx")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("The tests run outside of the repository.");
    }
}
