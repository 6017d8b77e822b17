namespace Sonde.Discovery.Tests.Containers;

public sealed class ContainerNamesTests
{
    private const string Id = "3f2a9c0d1e4b5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8";

    [Theory]
    [InlineData("/var/lib/docker/containers/ID/config.v2.json", """{"StreamConfig":{},"Config":{"Name":"no"},"Name":"/shop-orders-1","Driver":"overlay2"}""")]
    [InlineData("/run/containerd/io.containerd.runtime.v2.task/k8s.io/ID/config.json", """{"ociVersion":"1.1.0","process":{"annotations":{"io.kubernetes.cri.container-name":"no"}},"annotations":{"io.kubernetes.cri.container-name":"shop-orders-1"}}""")]
    [InlineData("/run/containers/storage/overlay-containers/ID/userdata/config.json", """{"annotations":{"io.kubernetes.container.name":"shop-orders-1","x":"y"}}""")]
    public void The_engines_file_on_the_host_has_the_name(string path, string json)
    {
        using var proc = new FakeProc();
        proc.AddFile(1, path.Replace("ID", Id, StringComparison.Ordinal), json);
        proc.Add(7, cgroup: $"0::/system.slice/docker-{Id}.scope\n");
        var process = proc.Catalog().Find(7);
        Assert.Equal("shop-orders-1", process.Attribute("container.name"));
        Assert.Equal(Id, process.Attribute("container.id"));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[1,2]")]
    [InlineData("""{"Name":7}""")]
    [InlineData("""{"Name":"/"}""")]
    public void Without_a_name_there_is_only_the_id(string json)
    {
        using var proc = new FakeProc();
        proc.AddFile(1, $"/var/lib/docker/containers/{Id}/config.v2.json", json);
        proc.Add(7, cgroup: $"0::/docker/{Id}\n");
        var process = proc.Catalog().Find(7);
        Assert.Null(process.Attribute("container.name"));
        Assert.Equal(Id, process.Attribute("container.id"));
    }
}
