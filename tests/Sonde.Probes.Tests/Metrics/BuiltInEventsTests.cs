using System.Net;
using System.Net.Sockets;

namespace Sonde.Probes.Tests.Metrics;

/// <summary>Each built-in probe counts what was made to happen.</summary>
public sealed class BuiltInEventsTests
{
    [Fact]
    public void Resolutions_are_counted_by_process()
    {
        using var probes = new RunningProbes(["dns.resolution.duration"]);

        int pid = RunningProbes.Python("import socket\nfor i in range(7): socket.getaddrinfo('localhost', 80)");

        Assert.Equal(7, probes.Count("dns.resolution.duration", ("process.pid", (long)pid), ("process.name", "python3")));
        Assert.Empty(probes.Notices);
    }

    [Fact]
    public void Retransmissions_are_counted_by_port_and_state()
    {
        using var probes = new RunningProbes(["tcp.retransmissions"]);
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        int port = ((IPEndPoint)listener.LocalEndPoint!).Port;

        // The queue of those that wait to be accepted holds two; a third's SYN is thrown away, and sent again after a second.
        Socket[] clients = [.. Enumerable.Range(0, 5).Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false })];
        foreach (Socket client in clients)
        {
            Assert.Throws<SocketException>(() => client.Connect(IPAddress.Loopback, port));
        }

        bool isSeen = SpinWait.SpinUntil(() => probes.Count("tcp.retransmissions", ("net.dst.port", (long)port), ("tcp.state", "syn_sent")) >= 3, TimeSpan.FromSeconds(10));

        Assert.True(isSeen);
        Array.ForEach(clients, client => client.Dispose());
    }

    [Fact]
    public void Refused_connections_are_told_with_their_error()
    {
        using var probes = new RunningProbes(["tcp.connect.duration", "tcp.resets"]);

        RunningProbes.Python(
            """
            import socket
            closed = socket.socket(); closed.bind(('127.0.0.1', 0))
            for i in range(5):
                assert socket.socket().connect_ex(closed.getsockname()) == 111
            closed.listen(9)
            for i in range(3):
                socket.create_connection(closed.getsockname())
            """);

        Assert.Equal(5, probes.Count("tcp.connect.duration", ("process.name", "python3"), ("error.type", "ECONNREFUSED")));
        Assert.Equal(8, probes.Count("tcp.connect.duration", ("process.name", "python3")));
        Assert.True(probes.Count("tcp.resets", ("network.io.direction", "receive")) >= 5);
    }

    [Fact]
    public void Failed_calls_are_counted_by_call_and_error()
    {
        using var probes = new RunningProbes(["process.syscall.errors", "process.syscall.duration"]);

        RunningProbes.Python("import os\nfor i in range(9):\n  try: os.kill(2**22 - 1, 0)\n  except ProcessLookupError: pass");

        Assert.Equal(9, probes.Count("process.syscall.errors", ("process.name", "python3"), ("syscall.name", "kill"), ("error.type", "ESRCH")));
        Assert.Equal(9, probes.Count("process.syscall.duration", ("process.name", "python3"), ("syscall.name", "kill")));
    }

    [Fact]
    public void Signals_faults_and_syncs_are_counted()
    {
        using var probes = new RunningProbes(["process.signals", "process.page_faults", "file.sync.duration"]);

        RunningProbes.Python(
            """
            import os, mmap, signal, tempfile
            signal.signal(signal.SIGURG, lambda *_: None)
            for i in range(11): os.kill(os.getpid(), signal.SIGURG)
            memory = mmap.mmap(-1, 4096 * 600)
            memory.madvise(mmap.MADV_NOHUGEPAGE)
            for i in range(600): memory[i * 4096] = 1
            with tempfile.TemporaryFile() as file:
                for i in range(4): os.fdatasync(file.fileno())
                for i in range(2): os.fsync(file.fileno())
            """);

        Assert.Equal(11, probes.Count("process.signals", ("process.name", "python3"), ("process.signal", "SIGURG")));
        Assert.InRange(probes.Count("process.page_faults", ("process.name", "python3")), 600, 6000);
        Assert.Equal(6, probes.Count("file.sync.duration", ("process.name", "python3")));
    }

    [Fact]
    public void Waiting_and_running_are_counted()
    {
        using var probes = new RunningProbes(["sched.run_queue.duration", "process.context_switches", "process.cpu.on_cpu.duration"]);

        RunningProbes.Python("import time\nfor i in range(40): time.sleep(0.001)");

        Assert.InRange(probes.Count("process.context_switches", ("process.name", "python3"), ("process.context_switch.type", "voluntary")), 40, 400);
        Assert.InRange(probes.Count("sched.run_queue.duration", ("process.name", "python3")), 40, 4000);
        Assert.InRange(probes.Count("process.cpu.on_cpu.duration", ("process.name", "python3")), 40, 4000);
    }
}
