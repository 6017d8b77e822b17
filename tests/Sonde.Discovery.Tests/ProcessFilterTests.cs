namespace Sonde.Discovery.Tests;

public sealed class ProcessFilterTests
{
    private const string Id = "3f2a9c0d1e4b5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8";

    public static TheoryData<string, ProcessCriteria, bool> Criteria => new()
    {
        { "nothing", new ProcessCriteria(), false },
        { "path", new ProcessCriteria { Executables = ["/opt/*/python3"] }, true },
        { "path's case", new ProcessCriteria { Executables = ["/OPT/*"] }, false },
        { "part of a path", new ProcessCriteria { Executables = ["python3"] }, false },
        { "command line", new ProcessCriteria { CommandLines = ["no", "python3 *orders.py --port ??"] }, true },
        { "container's name", new ProcessCriteria { Containers = ["shop-*"] }, true },
        { "container's id", new ProcessCriteria { Containers = [Id] }, true },
        { "container's short id", new ProcessCriteria { Containers = [Id[..12]] }, true },
        { "too short an id", new ProcessCriteria { Containers = [Id[..11]] }, false },
        { "service", new ProcessCriteria { Services = ["orders"] }, true },
        { "port", new ProcessCriteria { Ports = [new PortRange(1, 65535)] }, false },
    };

    [Theory]
    [MemberData(nameof(Criteria))]
    public void A_process_is_left_out_by_any_criterion(string what, ProcessCriteria criteria, bool matches)
    {
        Assert.NotEmpty(what);
        using var proc = new FakeProc();
        proc.AddFile(1, $"/var/lib/docker/containers/{Id}/config.v2.json", """{"Name":"/shop-1"}""");
        proc.Add(7, "/opt/python/bin/python3", ["python3", "/srv/orders.py", "--port", "80"], cgroup: $"0::/system.slice/docker-{Id}.scope\n");
        Assert.Equal(matches, proc.Catalog(new DiscoverySettings { Exclude = criteria }).Find(7).Excluded);
        var namesProcesses = criteria.Executables.Count + criteria.CommandLines.Count + criteria.Containers.Count + criteria.Services.Count > 0;
        Assert.Equal(namesProcesses && !matches, proc.Catalog(new DiscoverySettings { Include = criteria }).Find(7).Excluded);
        // Of the two, exclude wins.
        Assert.Equal(namesProcesses, proc.Catalog(new DiscoverySettings { Include = criteria, Exclude = criteria }).Find(7).Excluded);
    }

    [Fact]
    public void Ports_are_asked_for_apart()
    {
        var all = new ProcessFilter(new DiscoverySettings());
        Assert.True(all.IncludesPort(80));
        Assert.False(all.ExcludesPort(80));
        var some = new ProcessFilter(new DiscoverySettings
        {
            Include = new ProcessCriteria { Ports = [new PortRange(80, 80), new PortRange(8000, 8999)] },
            Exclude = new ProcessCriteria { Ports = [new PortRange(8080, 8080)] },
        });
        Assert.Equal([80, 8000, 8999], new[] { 79, 80, 81, 7999, 8000, 8999, 9000 }.Where(some.IncludesPort));
        Assert.Equal([8080], new[] { 8079, 8080, 8081 }.Where(some.ExcludesPort));
    }

    [Theory]
    [InlineData("443", 443, 443)]
    [InlineData("8000-8999", 8000, 8999)]
    public void Port_ranges_are_read(string text, int first, int last)
    {
        Assert.True(PortRange.TryParse(text, out var range));
        Assert.Equal(new PortRange(first, last), range);
    }

    [Theory]
    [InlineData("")]
    [InlineData("http")]
    [InlineData("0")]
    [InlineData("65536")]
    [InlineData("90-80")]
    [InlineData("80-")]
    public void Other_texts_are_no_ports(string text) => Assert.False(PortRange.TryParse(text, out _));
}
