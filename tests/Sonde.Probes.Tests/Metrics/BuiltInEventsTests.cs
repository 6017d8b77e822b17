using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Sonde.Telemetry.Metrics;

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
        using var probes = new RunningProbes(["tcp.connect.duration"]);

        RunningProbes.Python(
            """
            import socket
            with open('/proc/self/comm', 'w') as name: name.write('sonde-refused')
            closed = socket.socket(); closed.bind(('127.0.0.1', 0))
            for i in range(5):
                assert socket.socket().connect_ex(closed.getsockname()) == 111
            closed.listen(9)
            for i in range(3):
                socket.create_connection(closed.getsockname())
            """);

        Assert.Equal(5, probes.Count("tcp.connect.duration", ("process.name", "sonde-refused"), ("error.type", "ECONNREFUSED")));
        Assert.Equal(8, probes.Count("tcp.connect.duration", ("process.name", "sonde-refused")));
    }

    [Fact]
    public void Failed_calls_are_counted_by_call_and_error()
    {
        using var probes = new RunningProbes(["process.syscall.errors", "process.syscall.duration"]);

        RunningProbes.Python(
            "import os\nwith open('/proc/self/comm', 'w') as name: name.write('sonde-kill')\nfor i in range(9):\n  try: os.kill(2**22 - 1, 0)\n  except ProcessLookupError: pass");

        Assert.Equal(9, probes.Count("process.syscall.errors", ("process.name", "sonde-kill"), ("syscall.name", "kill"), ("error.type", "ESRCH")));
        Assert.Equal(9, probes.Count("process.syscall.duration", ("process.name", "sonde-kill"), ("syscall.name", "kill")));
    }

    [Fact]
    public void Signals_and_syncs_are_counted_by_process()
    {
        using var probes = new RunningProbes(["process.signals", "file.sync.duration"]);

        RunningProbes.Python(
            """
            import os, signal, tempfile, threading
            with open('/proc/self/comm', 'w') as name: name.write('sonde-signals')
            signal.signal(signal.SIGURG, lambda *_: None)
            for i in range(11): os.kill(os.getpid(), signal.SIGURG)
            # To a thread with another name.
            def wait():
                with open('/proc/thread-self/comm', 'w') as name: name.write('some-thread')
                named.set(); done.wait()
            named, done = threading.Event(), threading.Event()
            thread = threading.Thread(target=wait); thread.start(); named.wait()
            for i in range(3): signal.pthread_kill(thread.ident, signal.SIGURG)
            done.set(); thread.join()
            with tempfile.TemporaryFile() as file:
                for i in range(4): os.fdatasync(file.fileno())
                for i in range(2): os.fsync(file.fileno())
            """);

        Assert.Equal(14, probes.Count("process.signals", ("process.name", "sonde-signals"), ("process.signal", "SIGURG")));
        Assert.Equal(6, probes.Count("file.sync.duration", ("process.name", "sonde-signals")));
    }

    /// <summary>Two busy threads on one CPU: each waits while the other runs. The kernel keeps the same itself (run_delay in /proc/PID/schedstat).</summary>
    [Fact]
    public void Waits_for_a_CPU_add_up_to_what_the_scheduler_says()
    {
        using var probes = new RunningProbes(["sched.run_queue.duration"]);

        string[] output = RunningProbes.Run("python3", "-c",
            """
            import os, time
            os.sched_setaffinity(0, {0})
            with open('/proc/self/comm', 'w') as name: name.write('sonde-busy')
            def waited():
                with open('/proc/self/schedstat') as file: return [int(each) for each in file.read().split()][1:]
            for _ in range(2):
                if os.fork() == 0:
                    before, end = waited(), time.monotonic() + 1
                    while time.monotonic() < end: pass
                    os.write(1, b'%d %d\n' % tuple(now - then for now, then in zip(waited(), before)))
                    os._exit(0)
            os.wait(); os.wait()
            """).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        double waited = output.Sum(line => double.Parse(line.Split(' ')[0], CultureInfo.InvariantCulture)) / 1e9;
        MetricPoint point = Assert.Single(probes.Points("sched.run_queue.duration", ("process.name", "sonde-busy")));
        Assert.True(waited > 0.5, string.Join(' ', output));
        // 0.8 % less was seen: a wait that is interrupted begins anew. Beside the second that is compared, the processes wait when they begin and end.
        Assert.InRange(point.Histogram!.Sum, waited * 0.97, waited + 0.3);
        Assert.True(point.Histogram.Count >= output.Sum(line => long.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture)));
    }

    /// <summary>On a disk of its own: a file in memory behind a loop device, that nobody else writes to.</summary>
    [Fact]
    public void Operations_of_a_disk_are_counted_by_direction()
    {
        using var probes = new RunningProbes(["system.disk.operation.duration"]);

        string name = RunningProbes.Run("bash", "-c",
            """
            set -e
            file=$(mktemp /dev/shm/sonde-disk-XXXXXX)
            truncate -s 8M $file
            device=$(losetup --show -f $file)
            dd if=/dev/zero of=$device bs=4096 count=50 oflag=direct 2>/dev/null
            dd if=$device of=/dev/null bs=8192 count=30 iflag=direct 2>/dev/null
            losetup -d $device
            rm $file
            echo ${device#/dev/}
            """).Output.Trim();

        Assert.Equal(50, probes.Count("system.disk.operation.duration", ("system.device", name), ("disk.io.direction", "write")));
        // Whoever looks at a new disk (udev) reads it as well.
        Assert.InRange(probes.Count("system.disk.operation.duration", ("system.device", name), ("disk.io.direction", "read")), 30, 200);
    }

    [Fact]
    public void Round_trips_are_those_that_the_connection_tells()
    {
        using var probes = new RunningProbes(["tcp.rtt"]);

        string output = RunningProbes.Run("python3", "-c",
            """
            import socket, struct
            with open('/proc/self/comm', 'w') as name: name.write('sonde-rtt')
            listener = socket.create_server(('127.0.0.1', 0))
            one = socket.create_connection(listener.getsockname())
            other, _ = listener.accept()
            for i in range(50):
                one.send(b'x'); other.recv(1); other.send(b'y'); one.recv(1)
            print(struct.unpack_from('I', one.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104), 68)[0])
            """).Output;

        MetricPoint point = Assert.Single(probes.Points("tcp.rtt", ("process.name", "sonde-rtt")));
        Assert.Equal(100, point.Histogram!.Count);
        Assert.InRange(double.Parse(output, CultureInfo.InvariantCulture) / 1e6, point.Histogram.Min, point.Histogram.Max);
    }

    [Fact]
    public void Connecting_takes_no_longer_than_the_program_sees()
    {
        using var probes = new RunningProbes(["tcp.connect.duration"]);

        string output = RunningProbes.Run("python3", "-c",
            """
            import socket, time
            with open('/proc/self/comm', 'w') as name: name.write('sonde-connect')
            listener = socket.create_server(('127.0.0.1', 0), backlog=64)
            spent, all = 0, []
            for i in range(20):
                begin = time.monotonic_ns()
                all.append(socket.create_connection(listener.getsockname()))
                spent += time.monotonic_ns() - begin
            print(spent)
            """).Output;

        MetricPoint point = Assert.Single(probes.Points("tcp.connect.duration", ("process.name", "sonde-connect")));
        Assert.Equal(20, point.Histogram!.Count);
        Assert.InRange(point.Histogram.Sum, 1e-6, double.Parse(output, CultureInfo.InvariantCulture) / 1e9);
        Assert.DoesNotContain(point.Attributes.Values, value => value.Key == "error.type");
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
