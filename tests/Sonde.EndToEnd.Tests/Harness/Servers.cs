using System.Net;
using System.Net.Sockets;

namespace Sonde.EndToEnd.Tests.Harness;

/// <summary>What a server is made of; <c>tests/servers/</c> has a program or a configuration for each.</summary>
public enum Runtime
{
    Nginx,
    Apache,
    Python,
    PythonWsgi,
    Node,
    AspNetCore,
    AspNetCoreWithSdk,
    Go,
    Java,
}

/// <summary>Starts the servers of <c>tests/servers/</c>.</summary>
internal static class Servers
{
    /// <summary>The sizes for which nginx and Apache have a file to serve.</summary>
    private static readonly int[] FileSizes = [1000, 100_000];

    /// <summary>Those of them that can be told to encrypt.</summary>
    public static IReadOnlyList<Runtime> Encrypting { get; } = [Runtime.Nginx, Runtime.Apache, Runtime.Python, Runtime.Node, Runtime.AspNetCore, Runtime.Go];

    public static Task<ServerProcess> StartAsync(Runtime runtime, ServerProcess? upstream = null, bool encrypts = false, Dictionary<string, string>? with = null)
    {
        Dictionary<string, string>? environment = with ?? (encrypts ? Certificate.Environment : null);
        IPEndPoint endPoint = new(IPAddress.Loopback, Ports.Take(IPAddress.Loopback));
        string[] ports = [$"{endPoint.Port}", $"{upstream?.Port ?? 1}"];
        return runtime switch
        {
            Runtime.Nginx => StartConfiguredAsync(endPoint, ports, encrypts, "nginx/nginx.conf", path => ["nginx", "-e", "stderr", "-c", path]),
            Runtime.Apache => StartConfiguredAsync(endPoint, ports, encrypts, "apache/apache.conf", path => ["apache2", "-f", path, "-DFOREGROUND"]),
            Runtime.Python => ServerProcess.StartAsync(endPoint, null, environment, "python3", [Source("python/http_server.py"), .. ports]),
            Runtime.PythonWsgi => ServerProcess.StartAsync(endPoint, null, "python3", [Source("python/wsgi_server.py"), .. ports]),
            Runtime.Node => ServerProcess.StartAsync(endPoint, null, environment, "node", [Source("node/server.js"), .. ports]),
            Runtime.Go => ServerProcess.StartAsync(endPoint, null, environment, Built("go/server"), ports),
            Runtime.Java => ServerProcess.StartAsync(endPoint, null, "java",
                ["-Dsun.net.httpserver.nodelay=true", "-cp", Built("java"), "Server", .. ports]),
            Runtime.AspNetCore => ServerProcess.StartAsync(endPoint, null, environment, AspNetCore, ports),
            Runtime.AspNetCoreWithSdk => ServerProcess.StartAsync(endPoint, null, AspNetCore, [.. ports, "sdk"]),
            _ => throw new ArgumentOutOfRangeException(nameof(runtime)),
        };
    }

    /// <summary>Go's server on an address of choice.</summary>
    public static Task<ServerProcess> StartGoAsync(IPAddress address)
    {
        IPEndPoint endPoint = new(address, Ports.Take(address));
        return ServerProcess.StartAsync(endPoint, null, Built("go/server"), $"{endPoint.Port}", "0", $"{address}");
    }

    /// <summary>Python's server with a process for each connection (<c>fork</c>) or over Multipath TCP (<c>mptcp</c>).</summary>
    public static Task<ServerProcess> StartPythonAsync(string variant)
    {
        IPEndPoint endPoint = new(IPAddress.Loopback, Ports.Take(IPAddress.Loopback));
        return ServerProcess.StartAsync(endPoint, null, "python3", Source("python/http_server.py"), $"{endPoint.Port}", "0", variant);
    }

    /// <summary>Python's server on a Unix socket.</summary>
    public static Task<ServerProcess> StartUnixPythonAsync()
    {
        TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "python.sock");
        return ServerProcess.StartAsync(new UnixDomainSocketEndPoint(path), folder, "python3", Source("python/http_server.py"), "0", "0", $"unix:{path}");
    }

    private static Task<ServerProcess> StartConfiguredAsync(
        IPEndPoint endPoint, string[] ports, bool encrypts, string template, Func<string, string[]> command)
    {
        TemporaryFolder folder = new();
        string files = Path.Combine(folder.Path, "files");
        Directory.CreateDirectory(Path.Combine(files, "bytes"));
        File.WriteAllText(Path.Combine(files, "hello"), "hello\n");
        foreach (int size in FileSizes)
        {
            File.WriteAllText(Path.Combine(files, "bytes", $"{size}"), new string('x', size));
        }

        string configuration = Path.Combine(folder.Path, "server.conf");
        File.WriteAllText(configuration, File.ReadAllText(Source(template))
            .Replace("{port}", ports[0], StringComparison.Ordinal)
            .Replace("{upstream}", ports[1], StringComparison.Ordinal)
            .Replace("{encrypted}", encrypts ? "" : "#", StringComparison.Ordinal)
            .Replace("{ssl}", encrypts ? "ssl" : "", StringComparison.Ordinal)
            .Replace("{certificate}", encrypts ? Certificate.File : "", StringComparison.Ordinal)
            .Replace("{key}", encrypts ? Certificate.Key : "", StringComparison.Ordinal)
            .Replace("{folder}", folder.Path, StringComparison.Ordinal));
        string[] words = command(configuration);
        return ServerProcess.StartAsync(endPoint, folder, words[0], words[1..]);
    }

    private static string AspNetCore => Path.Combine(Repository.Root, "artifacts", "bin", "AspNetCoreServer", Repository.Configuration, "AspNetCoreServer");

    private static string Source(string path) => Path.Combine(Repository.Servers, path);

    private static string Built(string path) => Path.Combine(Repository.BuiltServers, path);
}
