using System.Diagnostics;
using System.Text;

namespace Sonde.Discovery.Tests;

public sealed class ProcessCatalogTests
{
    [Fact]
    public void The_resource_has_what_OpenTelemetry_asks_for()
    {
        using var proc = new FakeProc();
        proc.AddFile(1, "/etc/machine-id", "0123456789abcdef0123456789abcdef\n");
        proc.Add(7, "/usr/bin/python3.11", ["python3", "/srv/orders.py"], cgroup: "0::/\n");
        var process = proc.Catalog().Find(7);
        Assert.Equal("orders", process.Name);
        Assert.Equal(7L, process.Attribute("process.pid"));
        Assert.Equal("python3.11", process.Attribute("process.executable.name"));
        Assert.Equal("/usr/bin/python3.11", process.Attribute("process.executable.path"));
        Assert.Equal("cpython", process.Attribute("process.runtime.name"));
        Assert.Equal("python", process.Attribute("telemetry.sdk.language"));
        Assert.Equal("sonde", process.Attribute("telemetry.distro.name"));
        Assert.Matches(@"^\d+\.\d+\.\d+$", (string)process.Attribute("telemetry.distro.version")!);
        Assert.Equal("0123456789abcdef0123456789abcdef", process.Attribute("host.id"));
        Assert.Equal(Environment.MachineName, process.Attribute("host.name"));
        Assert.Equal("linux", process.Attribute("os.type"));
        Assert.True(Guid.TryParse((string)process.Attribute("service.instance.id")!, out var id) && id.Version == 5);
        Assert.Null(process.Attribute("container.id"));
    }

    [Fact]
    public void In_a_container_the_host_is_the_one_of_the_first_process()
    {
        using var proc = new FakeProc();
        proc.AddFile(1, "/etc/hostname", "node-1\n");
        Directory.CreateDirectory(proc.PathOf(1, "ns"));
        Directory.CreateDirectory(Path.Combine(proc.Root, "self", "ns"));
        File.CreateSymbolicLink(proc.PathOf(1, "ns/uts"), "uts:[4026531838]");
        File.CreateSymbolicLink(Path.Combine(proc.Root, "self", "ns", "uts"), "uts:[4026532001]");
        proc.Add(7);
        Assert.Equal("node-1", proc.Catalog().Find(7).Attribute("host.name"));
    }

    [Fact]
    public void No_other_variable_of_the_environment_is_kept()
    {
        using var proc = new FakeProc();
        proc.Add(7, "/usr/bin/python3", ["python3", "a.py"], ["PASSWORD=hunter2", "XOTEL_SERVICE_NAME=hunter2", "OTEL_EXPORTER_OTLP_HEADERS=hunter2", new string('x', 100_000) + "=hunter2", "OTEL_SERVICE_NAME=shop"]);
        var process = proc.Catalog().Find(7);
        Assert.Equal("shop", process.Name);
        Assert.DoesNotContain(process.Resource.Attributes, attribute => attribute.Value is string text && text.Contains("hunter2", StringComparison.Ordinal));
    }

    [Fact]
    public void What_may_not_be_read_is_left_out()
    {
        using var proc = new FakeProc();
        proc.Add(7, executable: null, arguments: ["/opt/shop/orders", "--port", "80"], cgroup: "0::/system.slice/docker-x.scope\n", environment: ["OTEL_SERVICE_NAME=no"]);
        foreach (var forbidden in new[] { "environ", "maps" })
        {
            // To open a folder for reading is refused with the same exception as a file without permission, for root too.
            File.Delete(proc.PathOf(7, forbidden));
            Directory.CreateDirectory(proc.PathOf(7, forbidden));
        }

        File.Delete(proc.PathOf(7, "cwd"));
        Directory.Delete(proc.PathOf(7, "root"));
        var process = proc.Catalog().Find(7);
        Assert.Equal("orders", process.Name);
        Assert.Equal("orders", process.Attribute("process.executable.name"));
        Assert.Null(process.Attribute("process.executable.path"));
        Assert.False(process.Instrumented);

        proc.Add(8, executable: null, arguments: ["/usr/bin/python3", "/srv/billing.py"]);
        var script = proc.Catalog().Find(8);
        Assert.Equal(("billing", "python"), (script.Name, script.Attribute("telemetry.sdk.language")));
    }

    [Theory]
    [InlineData("/usr/bin/curl", "curl\0http://localhost/\0", "curl")]
    [InlineData("./tool.py", "/usr/bin/python3\0./tool.py\0", "tool")]
    [InlineData("/usr/bin/python3.11", "python3\0/srv/orders.py\0--cut-in-the-midd", "orders")]
    [InlineData("/opt/orders", "", "orders")]
    public void A_process_that_is_gone_is_described_from_its_start(string program, string arguments, string name)
    {
        using var proc = new FakeProc();
        var catalog = proc.Catalog();
        catalog.Started(7, Encoding.UTF8.GetBytes(program), Encoding.UTF8.GetBytes(arguments));
        catalog.Ended(7);
        var process = catalog.Find(7);
        Assert.Equal(name, process.Name);
        Assert.Equal(program, process.Attribute("process.executable.path"));
        Assert.Same(process, catalog.Find(7));
        Assert.Equal(0, catalog.Unknown);
    }

    [Fact]
    public void A_process_that_nothing_is_known_of_is_unknown_and_counted()
    {
        using var proc = new FakeProc();
        var catalog = proc.Catalog();
        Assert.Equal("unknown_service", catalog.Find(7).Name);
        Assert.Equal("unknown_service", catalog.Find(7).Name);
        Assert.Equal(1, catalog.Unknown);
    }

    [Fact]
    public void A_process_is_remembered_until_it_runs_another_program()
    {
        using var proc = new FakeProc();
        var catalog = proc.Catalog();
        proc.Add(7, "/bin/sh");
        var shell = catalog.Find(7);
        proc.Add(7, "/usr/bin/curl");
        Assert.Same(shell, catalog.Find(7));
        catalog.Started(7, "/usr/bin/curl"u8, "curl\0"u8);
        Assert.Equal("curl", catalog.Find(7).Name);
    }

    [Fact]
    public void A_process_is_known_after_its_end_until_its_id_is_given_to_another()
    {
        using var proc = new FakeProc();
        var catalog = proc.Catalog();
        proc.Add(7, "/usr/bin/curl", startTime: 10);
        var curl = catalog.Find(7);
        catalog.Ended(7);
        Assert.Same(curl, catalog.Find(7));
        proc.Remove(7);
        Assert.Same(curl, catalog.Find(7));
        proc.Add(7, "/usr/bin/wget", startTime: 11);
        Assert.Equal("wget", catalog.Find(7).Name);
    }

    [Fact]
    public void Lost_events_are_made_good_by_start_time_and_executable()
    {
        using var proc = new FakeProc();
        var clock = new SteppedClock();
        var catalog = proc.Catalog(clock: clock);
        proc.Add(7, "/usr/bin/curl", startTime: 10);
        var curl = catalog.Find(7);
        clock.Advance(TimeSpan.FromSeconds(6));
        Assert.Same(curl, catalog.Find(7));

        proc.Add(7, "/usr/bin/curl", startTime: 11);
        clock.Advance(TimeSpan.FromSeconds(6));
        var another = catalog.Find(7);
        Assert.NotEqual(curl.Attribute("service.instance.id"), another.Attribute("service.instance.id"));

        proc.Add(7, "/usr/bin/wget", startTime: 11);
        clock.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal("wget", catalog.Find(7).Name);

        proc.Remove(7);
        clock.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal("wget", catalog.Find(7).Name);
    }

    [Fact]
    public void What_is_loaded_late_is_seen_within_two_looks()
    {
        using var proc = new FakeProc();
        var clock = new SteppedClock();
        var catalog = proc.Catalog(clock: clock);
        proc.Add(7, "/opt/Orders", startTime: 10);
        var process = catalog.Find(7);
        Assert.Null(process.Attribute("telemetry.sdk.language"));
        Assert.False(process.Instrumented);

        proc.Add(7, "/opt/Orders", startTime: 10, maps: ["/usr/lib/libcoreclr.so"]);
        Assert.Null(catalog.Find(7).Attribute("telemetry.sdk.language"));
        clock.Advance(TimeSpan.FromSeconds(6));
        Assert.Same(process, catalog.Find(7));
        Assert.Equal("dotnet", process.Attribute("telemetry.sdk.language"));

        proc.Add(7, "/opt/Orders", startTime: 10, maps: ["/usr/lib/libcoreclr.so", "/opt/OpenTelemetry.dll"]);
        clock.Advance(TimeSpan.FromSeconds(6));
        Assert.True(catalog.Find(7).Instrumented);
    }

    [Fact]
    public void What_the_tracer_saw_of_a_process_stays()
    {
        using var proc = new FakeProc();
        var clock = new SteppedClock();
        var catalog = proc.Catalog(clock: clock);
        proc.Add(7);
        catalog.Find(7).Instrumented = true;
        clock.Advance(TimeSpan.FromSeconds(6));
        Assert.True(catalog.Find(7).Instrumented);
    }

    [Fact]
    public void Beyond_the_limit_the_one_unused_for_longest_is_forgotten_and_counted()
    {
        using var proc = new FakeProc();
        var catalog = proc.Catalog(new DiscoverySettings { MaxProcesses = 3 });
        for (uint pid = 10; pid < 14; pid++)
        {
            proc.Add(pid);
        }

        var first = catalog.Find(10);
        var second = catalog.Find(11);
        catalog.Find(12);
        Assert.Same(first, catalog.Find(10));
        catalog.Find(13);
        Assert.Equal((3, 1), (catalog.Count, catalog.Dropped));
        Assert.Same(first, catalog.Find(10));
        Assert.NotSame(second, catalog.Find(11));
        Assert.Equal((3, 2), (catalog.Count, catalog.Dropped));
    }

    [Fact]
    public void Those_that_have_ended_are_kept_in_a_bounded_number()
    {
        using var proc = new FakeProc();
        var catalog = proc.Catalog();
        for (uint pid = 1000; pid < 5000; pid++)
        {
            catalog.Started(pid, "/usr/bin/curl"u8, "curl\0"u8);
            catalog.Find(pid);
            catalog.Ended(pid);
        }

        Assert.Equal(1024, catalog.Count);
        Assert.Equal(0, catalog.Dropped);
    }

    [Fact]
    public void Sonde_is_always_left_out()
    {
        var catalog = new ProcessCatalog(new DiscoverySettings { Include = new ProcessCriteria { Executables = ["*"] } });
        Assert.True(catalog.Find((uint)Environment.ProcessId).Excluded);

        using var proc = new FakeProc();
        proc.Add(7);
        proc.Add(8);
        File.CreateSymbolicLink(Path.Combine(proc.Root, "self"), "7");
        var mounted = proc.Catalog();
        Assert.True(mounted.Find(7).Excluded);
        Assert.False(mounted.Find(8).Excluded);
    }

    [Fact]
    public void Starts_and_ends_allocate_nothing_and_cost_less_than_a_microsecond()
    {
        const int Events = 10_000;
        var catalog = new ProcessCatalog(new DiscoverySettings());
        Churn(catalog, Events);
        var best = TimeSpan.MaxValue;
        long allocated = 0;
        for (var batch = 0; batch < 20; batch++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var started = Stopwatch.GetTimestamp();
            Churn(catalog, Events);
            var elapsed = Stopwatch.GetElapsedTime(started);
            allocated += GC.GetAllocatedBytesForCurrentThread() - before;
            best = elapsed < best ? elapsed : best;
        }

        Assert.Equal(0, allocated);
        // A start and an end; the machine may be busy, so the best of the batches counts.
        Assert.InRange(best.TotalMicroseconds / Events, 0, 2);
    }

    private static void Churn(ProcessCatalog catalog, int events)
    {
        for (var index = 0; index < events; index++)
        {
            var pid = (uint)(5_000_000 + index);
            catalog.Started(pid, "/usr/lib/gcc/x86_64-linux-gnu/12/cc1plus"u8, "cc1plus\0-quiet\0-imultiarch\0x86_64-linux-gnu\0-D_GNU_SOURCE\0main.cc\0"u8);
            catalog.Ended(pid);
        }
    }
}
