using System.Globalization;
using System.Net;
using Sonde.EndToEnd.Tests.Harness;
using Xunit;

namespace Sonde.EndToEnd.Tests;

/// <summary>What Sonde promises of its probes, number for number, at a collector and at Prometheus.</summary>
public sealed class ProbeTests
{
    [Fact]
    public async Task Retransmissions_are_as_many_as_the_kernel_counts_with_ports_and_state()
    {
        await using ProbedSonde sonde = await ProbedSonde.StartAsync();
        int port = Ports.Take(IPAddress.Loopback);

        long[] counted = await Fault.MakeAsync("bash", "retransmissions.sh", port.ToString(CultureInfo.InvariantCulture));
        Assert.True(counted[0] > 10);
        Assert.Equal(1, counted[1]);

        string data = $"net.src.port={port} net.dst.port=7777 tcp.state=", connect = $"net.src.port={port + 1} net.dst.port=7778 tcp.state=";
        await sonde.CollectsAsync("tcp.retransmissions", point => point.Series == connect + "syn_sent" && point.Count == 1);
        await sonde.CollectsAsync("tcp.retransmissions", _ => Of(data).Sum(point => point.Count) >= counted[0]);
        Assert.Equal(counted[0], Of(data).Sum(point => point.Count));
        // The last segments are sent again when the sender has closed its side.
        Assert.Subset(new HashSet<string> { data + "established", data + "fin_wait1" }, Of(data).Select(point => point.Series).ToHashSet());
        Assert.Contains(Of(data), point => point.Series == data + "established");
        Assert.Equal("1", Of(connect).Single().Unit);

        double[] scraped = await sonde.ScrapeAsync("tcp_retransmissions_total", $"net_src_port=\"{port}\"", "net_dst_port=\"7777\"");
        Assert.Equal(counted[0], scraped.Sum());
        scraped = await sonde.ScrapeAsync("tcp_retransmissions_total", $"net_src_port=\"{port + 1}\"", "net_dst_port=\"7778\"", "tcp_state=\"syn_sent\"");
        Assert.Equal(1, Assert.Single(scraped));

        Point[] Of(string start) => [.. sonde.Points("tcp.retransmissions").Where(point => point.Series.StartsWith(start, StringComparison.Ordinal))];
    }

    [Fact]
    public async Task Resolutions_are_told_by_process_with_the_time_that_they_took()
    {
        const int Calls = 7, Delay = 120;
        await using ProbedSonde sonde = await ProbedSonde.StartAsync();

        long[] counted = await Fault.MakeAsync("python3", "resolutions.py", $"{Calls}", $"{Delay}");
        double spent = counted[2] / 1e6;

        string series = $"process.name=python3 process.pid={counted[0]}";
        await sonde.CollectsAsync("dns.resolution.duration", point => point.Series == series && point.Count >= Calls);
        Point point = sonde.Points("dns.resolution.duration").Single(point => point.Series == series);
        Assert.Equal(("ms", Calls), (point.Unit, point.Count));
        // The program's own measure holds the calls, Python's part and the probe; what is inside is at least the server's delay.
        Assert.InRange(point.Sum, Calls * Delay, spent);
        Assert.InRange(point.Sum, spent - (Calls * 5), spent);

        string label = $"process_pid=\"{counted[0]}\"";
        double[] count = await sonde.ScrapeAsync("dns_resolution_duration_milliseconds_count", label, "process_name=\"python3\"");
        double[] sum = await sonde.ScrapeAsync("dns_resolution_duration_milliseconds_sum", label);
        Assert.Equal(Calls, Assert.Single(count));
        Assert.Equal(point.Sum, Assert.Single(sum), 1e-6);
    }

    [Fact]
    public async Task A_process_lends_its_resource_where_that_is_asked_for()
    {
        await using ProbedSonde sonde = await ProbedSonde.StartAsync(("SONDE_PROBES_PROCESS_RESOURCES", "true"));

        // Long enough for Sonde to see it alive.
        long[] counted = await Fault.MakeAsync("python3", "resolutions.py", "20", "120");

        await sonde.CollectsAsync("dns.resolution.duration", point => point.Series.EndsWith($"process.pid={counted[0]}", StringComparison.Ordinal) && point.Count == 20);
        Assert.Equal("resolutions", sonde.Points("dns.resolution.duration").Single(point => point.Series.EndsWith($"process.pid={counted[0]}", StringComparison.Ordinal)).Service);
    }

    [Fact]
    public async Task Users_probes_come_change_and_go_with_the_privileges_that_are_left()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "some.yaml");
        await using ProbedSonde sonde = await ProbedSonde.StartAsync(("SONDE_PROBES_FOLDER", folder.Path), ("SONDE_PROBES_DISABLED", "dns.*,network.*,process.*,sched.*,system.*,tcp.*"));

        await WriteAsync("uprobe:libc:getaddrinfo { @x[pid] = count(); }");
        await sonde.SeesAsync($"{path} was read, and its probe runs");
        await CountsAsync("first", 3);

        // What is broken is told once, with its place, and what ran goes on.
        await WriteAsync("uprobe:libc:getaddrinfo { @x[pid] = count(1); }");
        await sonde.SeesAsync($"{path}:3:");
        await CountsAsync("broken", 2);
        Assert.Single(sonde.Errors.Split('\n'), line => line.Contains($"{path}:3:", StringComparison.Ordinal));

        await WriteAsync("uprobe:libc:getaddrinfo { @x[pid] = sum(10); }");
        await sonde.SeesAsync($"{path} has changed, and its probe runs");
        await CountsAsync("changed", 40, 4);

        File.Delete(path);
        await sonde.SeesAsync($"{path} is gone, and its probe has ended");

        Task WriteAsync(string program) => File.WriteAllTextAsync(path, $$"""
            description: Resolutions.
            program: |
              {{program}}
            metrics:
              - { map: "@x", name: own.resolutions, unit: "{call}", description: Calls., instrument: counter, attributes: [{ key: process.pid }] }
            """, TestContext.Current.CancellationToken);

        async Task CountsAsync(string stage, long expected, int calls = 0)
        {
            await using ChildProcess python = ChildProcess.Start(
                "python3", ["-c", $"import socket\nfor i in range({(calls == 0 ? expected : calls)}): socket.getaddrinfo('localhost', 80)"]);
            string series = $"process.pid={python.Id}";
            await python.WaitForExitAsync(TimeSpan.FromSeconds(20));
            await sonde.CollectsAsync("own.resolutions", point => point.Series == series);
            Assert.True(sonde.Points("own.resolutions").Single(point => point.Series == series).Count == expected, stage);
        }
    }
}
