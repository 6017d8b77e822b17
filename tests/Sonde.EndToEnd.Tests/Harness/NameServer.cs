using System.Net;

namespace Sonde.EndToEnd.Tests.Harness;

/// <summary>
/// dnsmasq with names of its own, on port 53 of an address of loopback that nobody else has; and programs that find it in their
/// <c>resolv.conf</c>, which a mount namespace gives them.
/// </summary>
internal sealed class NameServer : IAsyncDisposable
{
    private static int s_number = Environment.ProcessId;
    private readonly TemporaryFolder _folder = new();
    private ServerProcess _process = null!;

    private NameServer()
    {
        int number = Interlocked.Increment(ref s_number);
        Address = $"127.53.{(number >> 8) & 0xff}.{Math.Max(1, number & 0xff)}";
    }

    public string Address { get; }

    /// <summary>Starts one that knows <c>*.sonde.test</c>.</summary>
    public static async Task<NameServer> StartAsync()
    {
        NameServer server = new();
        await File.WriteAllTextAsync(server.ResolverConfiguration, $"nameserver {server.Address}\n");
        server._process = await ServerProcess.StartAsync(new IPEndPoint(IPAddress.Parse(server.Address), 53), null, "dnsmasq",
            "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--bind-interfaces", $"--listen-address={server.Address}",
            "--user=root", "--log-facility=-", "--local=/sonde.test/", "--host-record=www.sonde.test,192.0.2.10,2001:db8::10",
            "--host-record=only4.sonde.test,192.0.2.11", "--txt-record=large.sonde.test," + string.Join(',', Enumerable.Repeat(new string('x', 250), 6)));
        return server;
    }

    private string ResolverConfiguration => Path.Combine(_folder.Path, "resolv.conf");

    /// <summary>Runs a program to its end, whose lookups this server answers.</summary>
    public Task ResolveAsync(string program, params string[] arguments) => RedisServer.RunAsync(
        "unshare", ["--mount", "sh", "-c", "mount --bind \"$0\" /etc/resolv.conf; \"$@\" || true", ResolverConfiguration, program, .. arguments]);

    /// <summary>The spans of lookups here, of a kind.</summary>
    public Task<Span[]> SpansAsync(SondeProcess sonde, string kind, int count) =>
        sonde.ExactlyAsync(span => span.Kind == kind && span.Name.StartsWith("DNS ", StringComparison.Ordinal) && span.Address == Address, count);

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _folder.Dispose();
    }
}
