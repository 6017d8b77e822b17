using Sonde.Discovery.Resources;

namespace Sonde.Discovery.Tests.Resources;

public sealed class InstanceIdTests
{
    private static readonly HostIdentity Host = new("web-1", "3d1219c7c4c5404aaa1f6d2a48adfda4", "b6a1");

    [Fact]
    public void It_is_a_version_5_uuid_in_OpenTelemetrys_namespace() =>
        // python3 -c 'import uuid; print(uuid.uuid5(uuid.UUID("4d63009a-8d0f-11ee-aad7-4c796ed8e320"), "sonde"))'
        Assert.Equal(new Guid("26ffacb0-24c7-5cd8-bf24-cf5c42c252cc"), InstanceId.FromName("sonde"));

    [Fact]
    public void It_is_stable_and_tells_processes_apart()
    {
        var id = InstanceId.Of(Host, null, 7, 4242);
        Assert.Equal(id, InstanceId.Of(Host, null, 7, 4242));
        string[] others =
        [
            InstanceId.Of(Host, null, 8, 4242), InstanceId.Of(Host, null, 7, 4243), InstanceId.Of(Host, "c0ffee", 7, 4242),
            InstanceId.Of(Host with { BootId = "b6a2" }, null, 7, 4242), InstanceId.Of(Host with { Id = "00" }, null, 7, 4242),
        ];
        Assert.Equal(6, others.Append(id).Distinct().Count());
    }
}
