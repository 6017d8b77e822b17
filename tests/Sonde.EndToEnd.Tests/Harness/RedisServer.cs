using System.Net;

namespace Sonde.EndToEnd.Tests.Harness;

/// <summary>The real Redis, with nothing kept on disk, and clients for it.</summary>
internal static class RedisServer
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static Task<ServerProcess> StartAsync(params string[] options)
    {
        IPEndPoint endPoint = new(IPAddress.Loopback, Ports.Take(IPAddress.Loopback));
        return ServerProcess.StartAsync(endPoint, new TemporaryFolder(), "redis-server",
            ["--port", $"{endPoint.Port}", "--bind", "127.0.0.1", "--save", "", "--daemonize", "no", "--logfile", "", .. options]);
    }

    /// <summary>Runs <c>redis-cli</c> and returns what it printed.</summary>
    public static Task<string> CliAsync(ServerProcess server, params string[] arguments) =>
        RunAsync("redis-cli", ["-p", $"{server.Port}", .. arguments]);

    /// <summary>Runs a program to its end and returns what it printed.</summary>
    public static async Task<string> RunAsync(string program, params string[] arguments)
    {
        List<string> lines = [];
        await using ChildProcess process = ChildProcess.Start(program, arguments, listen: child => child.Output += lines.Add);
        await process.WaitForExitAsync(Patience);
        return process.ExitCode == 0 ? string.Join('\n', lines) : throw new InvalidOperationException($"{program} failed: {process.Errors}");
    }
}
