using System.Net;
using System.Net.Sockets;
using Sonde.Tracing.Connections;

namespace Sonde.Tracing.Tests.Connections;

public sealed class ListeningPortsTests
{
    private const string Tcp = """
          sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
           0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 20551 1 0000000000000000 100 0 0 10 0
           1: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 20552 1 0000000000000000 100 0 0 10 0
           2: 0100007F:C350 0100007F:1F90 01 00000000:00000000 00:00000000 00000000     0        0 20553 1 0000000000000000 20 4 30 10 -1
           3: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 20551 1 0000000000000000 100 0 0 10 0

        """;

    private readonly List<string> _opened = [];
    private ulong _now = 1;

    [Fact]
    public void Ports_are_read_up_to_the_first_socket_that_does_not_listen()
    {
        ListeningPorts ports = New();
        Assert.True(ports.Listens(1, 42, 8080));
        Assert.True(ports.Listens(1, 43, 22));
        Assert.False(ports.Listens(1, 42, 50_000));
        Assert.False(ports.Listens(1, 42, 80));
        Assert.Equal(["/proc/42/net/tcp", "/proc/42/net/tcp6"], _opened);
    }

    [Fact]
    public void Each_namespace_is_read_once_a_minute_at_most()
    {
        ListeningPorts ports = New();
        _ = ports.Listens(1, 42, 1);
        _ = ports.Listens(2, 50, 1);
        _now += 30_000_000_000;
        _ = ports.Listens(1, 42, 1);
        Assert.Equal(4, _opened.Count);
        _now += 31_000_000_000;
        _ = ports.Listens(1, 42, 1);
        Assert.Equal(6, _opened.Count);
    }

    [Fact]
    public void A_process_that_has_ended_listens_nowhere() =>
        Assert.False(new ListeningPorts(() => 1, _ => null).Listens(1, 42, 8080));

    [Fact]
    public void This_machine_says_where_it_listens()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        ListeningPorts ports = ListeningPorts.OfThisMachine();
        Assert.True(ports.Listens(1, (uint)Environment.ProcessId, ((IPEndPoint)listener.LocalEndPoint!).Port));
        using var client = new TcpClient();
        client.Connect((IPEndPoint)listener.LocalEndPoint!);
        Assert.False(ListeningPorts.OfThisMachine().Listens(1, (uint)Environment.ProcessId, ((IPEndPoint)client.Client.LocalEndPoint!).Port));
    }

    private ListeningPorts New() => new(() => _now, path =>
    {
        _opened.Add(path);
        return path.EndsWith("tcp", StringComparison.Ordinal) ? new StringReader(Tcp) : null;
    });
}
