using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Sonde.EndToEnd.Tests.Harness;

/// <summary>A server, listening.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly ChildProcess _process;
    private readonly TemporaryFolder? _folder;

    private ServerProcess(ChildProcess process, EndPoint endPoint, TemporaryFolder? folder) =>
        (_process, EndPoint, _folder) = (process, endPoint, folder);

    /// <summary>Where it listens.</summary>
    public EndPoint EndPoint { get; }

    public int Port => ((IPEndPoint)EndPoint).Port;

    public int Id => _process.Id;

    /// <summary>The folder that the server was given, and that goes with it.</summary>
    public string Folder => _folder!.Path;

    /// <summary>Starts a program and waits until connections to the end point are accepted.</summary>
    public static Task<ServerProcess> StartAsync(EndPoint endPoint, TemporaryFolder? folder, string program, params string[] arguments) =>
        StartAsync(endPoint, folder, environment: null, program, arguments);

    /// <inheritdoc cref="StartAsync(EndPoint, TemporaryFolder?, string, string[])"/>
    public static async Task<ServerProcess> StartAsync(
        EndPoint endPoint, TemporaryFolder? folder, Dictionary<string, string>? environment, string program, params string[] arguments)
    {
        ServerProcess server = new(ChildProcess.Start(program, arguments, environment), endPoint, folder);
        Stopwatch waited = Stopwatch.StartNew();
        while (!await AcceptsAsync(endPoint))
        {
            if (server._process.HasExited || waited.Elapsed > Patience)
            {
                string errors = server._process.Errors;
                await server.DisposeAsync();
                throw new InvalidOperationException($"{program} does not listen on {endPoint}: {errors}");
            }

            await Task.Delay(20);
        }

        return server;
    }

    public void Kill() => _process.Signal(ChildProcess.Kill);

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _folder?.Dispose();
    }

    private static async Task<bool> AcceptsAsync(EndPoint endPoint)
    {
        using Socket socket = new(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(endPoint);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
