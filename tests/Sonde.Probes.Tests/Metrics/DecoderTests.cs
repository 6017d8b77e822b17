using System.Diagnostics;
using System.Globalization;
using Sonde.Probes.Metrics.Decoders;

namespace Sonde.Probes.Tests.Metrics;

public sealed class DecoderTests
{
    [Theory]
    [InlineData("tcp_state", 1, "established")]
    [InlineData("tcp_state", 2, "syn_sent")]
    [InlineData("tcp_state", 10, "listen")]
    [InlineData("tcp_state", 77, 77L)]
    [InlineData("errno", 111, "ECONNREFUSED")]
    [InlineData("errno", -11, "EAGAIN")]
    [InlineData("errno", 125, "ECANCELED")]
    [InlineData("errno", 4000, "4000")]
    [InlineData("errno", 0, null)]
    [InlineData("signal", 9, "SIGKILL")]
    [InlineData("signal", 34, "SIGRTMIN+2")]
    [InlineData("port", 0x5000, 80L)]
    [InlineData("ntop", 0x0100007f, "127.0.0.1")]
    [InlineData("user", 0, "root")]
    [InlineData("user", 4123456789, "4123456789")]
    [InlineData("ksym", 0x1010, "schedule")]
    [InlineData("ksym", 0x9000, "0x9000")]
    [InlineData("process", 7, 7L)]
    [InlineData("device", 0xfff00000, "4095:0")]
    [InlineData("syscall", 9999, "syscall_9999")]
    [InlineData("syscall", 435, "clone3")]
    public void Numbers_are_told_by_name(string decoder, long number, object? expected) =>
        Assert.Equal(expected, DecoderCatalog.Create(decoder, Context).Decode(number));

    [Fact]
    public void Disks_have_names()
    {
        string device = Directory.GetDirectories("/sys/block").First();
        string[] numbers = File.ReadAllText(Path.Combine(device, "dev")).Trim().Split(':');
        long number = (long.Parse(numbers[0], CultureInfo.InvariantCulture) << 20) | long.Parse(numbers[1], CultureInfo.InvariantCulture);

        Assert.Equal(Path.GetFileName(device), DecoderCatalog.Create("device", Context).Decode(number));
    }

    [Fact]
    public void System_calls_are_those_of_the_machine()
    {
        // Whatever it is that this thread waits in, the kernel shows its number.
        IKeyDecoder decoder = DecoderCatalog.Create("syscall", Context);
        using Process sleep = Process.Start("sleep", "30");
        Assert.True(SpinWait.SpinUntil(IsWaiting, TimeSpan.FromSeconds(10)));
        sleep.Kill();

        // "running" while it is not in a call.
        bool IsWaiting() => long.TryParse(File.ReadAllText($"/proc/{sleep.Id}/syscall").Split(' ')[0], CultureInfo.InvariantCulture, out long number)
            && decoder.Decode(number) is "clock_nanosleep";
    }

    [Fact]
    public void Control_groups_have_paths()
    {
        var groups = new Sonde.Bpf.ControlGroups();
        string? root = File.ReadLines("/proc/self/mounts").Select(line => line.Split(' ')).FirstOrDefault(fields => fields[2] == "cgroup2")?[1];
        if (root is null)
        {
            Assert.Skip("This machine has no cgroup v2.");
        }

        // The hierarchy's root is always inode 1.
        Assert.Equal(root, groups.Find(1));
        Assert.Equal("/", DecoderCatalog.Create("cgroup", Context).Decode(1));
        Assert.Equal("18446744073709551615", DecoderCatalog.Create("cgroup", Context).Decode(-1));
    }

    private static DecoderContext Context => new(new Output.Sample(), NoTypes.Instance, null);
}
