using System.Text;
using Sonde.Discovery.Containers;

namespace Sonde.Discovery.Tests.Containers;

public sealed class ControlGroupTests
{
    private const string Id = "3f2a9c0d1e4b5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8";
    private const string Other = "aaaabbbbccccddddeeeeffff0000111122223333444455556666777788889999";
    private const string Pod = "pod7f3c1d2e_4a5b_6c7d_8e9f_0a1b2c3d4e5f";
    private const string DashedPod = "pod7f3c1d2e-4a5b-6c7d-8e9f-0a1b2c3d4e5f";

    public static TheoryData<string, string, string?, string?> Files => new()
    {
        { "docker, version 2, systemd driver", $"0::/system.slice/docker-{Id}.scope\n", Id, null },
        { "docker, version 2, cgroupfs driver", $"0::/docker/{Id}\n", Id, null },
        { "docker, version 1", $"12:pids:/docker/{Id}\n11:cpu,cpuacct:/docker/{Id}\n1:name=systemd:/docker/{Id}\n0::/system.slice/containerd.service\n", Id, "containerd.service" },
        { "docker, hybrid, systemd driver", $"9:memory:/system.slice/docker-{Id}.scope\n1:name=systemd:/system.slice/docker-{Id}.scope\n0::/\n", Id, null },
        { "docker in docker", $"0::/docker/{Other}/docker/{Id}\n", Id, null },
        { "kind: kubelet's slices in a docker container", $"0::/docker/{Other}/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/kubelet-kubepods-besteffort-{Pod}.slice/cri-containerd-{Id}.scope\n", Id, null },
        { "containerd, systemd driver", $"0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-{Pod}.slice/cri-containerd-{Id}.scope\n", Id, null },
        { "containerd, guaranteed pod", $"0::/kubepods.slice/kubepods-{Pod}.slice/cri-containerd-{Id}.scope\n", Id, null },
        { "containerd, cgroupfs driver", $"0::/kubepods/burstable/{DashedPod}/{Id}\n", Id, null },
        { "containerd, version 1, cgroupfs driver", $"11:memory:/kubepods/besteffort/{DashedPod}/{Id}\n1:name=systemd:/kubepods/besteffort/{DashedPod}/{Id}\n", Id, null },
        { "containerd, systemd path with colons", $"0::/system.slice/containerd.service/kubepods-besteffort-{Pod}.slice:cri-containerd:{Id}\n", Id, null },
        { "containerd in its own group namespace", $"0::/../../kubepods-burstable-{Pod}.slice/cri-containerd-{Id}.scope\n", Id, null },
        { "nerdctl", $"0::/system.slice/nerdctl-{Id}.scope\n", Id, null },
        { "CRI-O", $"0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-{Pod}.slice/crio-{Id}.scope\n", Id, null },
        { "CRI-O, version 2 with the container's own group", $"0::/kubepods.slice/kubepods-{Pod}.slice/crio-{Id}.scope/container\n", Id, null },
        { "CRI-O, cgroupfs driver", $"0::/kubepods/burstable/{DashedPod}/crio-{Id}\n", Id, null },
        { "CRI-O's monitor is no container", $"0::/kubepods.slice/kubepods-{Pod}.slice/crio-conmon-{Id}.scope\n", null, null },
        { "podman", $"0::/machine.slice/libpod-{Id}.scope/container\n", Id, null },
        { "podman, rootless", $"0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-{Id}.scope/container\n", Id, null },
        { "podman, cgroupfs driver", $"0::/libpod_parent/libpod-{Id}\n", Id, null },
        { "podman's monitor is no container", $"0::/machine.slice/libpod-conmon-{Id}.scope\n", null, null },
        { "systemd in a podman container", $"0::/machine.slice/libpod-{Id}.scope/container/system.slice/nginx.service\n", Id, "nginx.service" },
        { "ECS on EC2", $"0::/ecs/0123456789abcdef0123456789abcdef/{Id}\n", Id, null },
        { "Fargate", "1:name=systemd:/ecs/0123456789abcdef0123456789abcdef/0123456789abcdef0123456789abcdef-2423880586\n", "0123456789abcdef0123456789abcdef-2423880586", null },
        { "service", "0::/system.slice/nginx.service\n", null, "nginx.service" },
        { "service with groups of its own", "0::/system.slice/nginx.service/workers\n", null, "nginx.service" },
        { "service, version 1", "4:memory:/system.slice/nginx.service\n1:name=systemd:/system.slice/nginx.service\n", null, "nginx.service" },
        { "a version 1 controller alone knows no units", "4:memory:/odd.service\n", null, null },
        { "template", "0::/system.slice/system-redis.slice/redis@6379.service\n", null, "redis@6379.service" },
        { "user's service", "0::/user.slice/user-1000.slice/user@1000.service/app.slice/shop.service\n", null, "shop.service" },
        { "user's manager", "0::/user.slice/user-1000.slice/user@1000.service/init.scope\n", null, null },
        { "session", "0::/user.slice/user-1000.slice/session-3.scope\n", null, null },
        { "desktop application", "0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome-firefox-4242.scope\n", null, null },
        { "65 digits", $"0::/docker/{Id}0\n", null, null },
        { "upper case is no id", $"0::/docker/{Id.ToUpperInvariant()}\n", null, null },
        { "root", "0::/\n", null, null },
        { "empty", "", null, null },
        { "garbage", "::::\n\0\n0:\nabc", null, null },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void A_cgroup_file_tells_container_and_unit(string what, string file, string? containerId, string? unit)
    {
        Assert.NotEmpty(what);
        Assert.Equal(new ControlGroup(containerId, unit), ControlGroup.Parse(Encoding.UTF8.GetBytes(file)));
    }
}
