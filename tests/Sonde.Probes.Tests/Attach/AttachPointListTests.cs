using Sonde.Probes.Attach;

namespace Sonde.Probes.Tests.Attach;

/// <summary>Lists of this machine, held against bpftrace's.</summary>
public sealed class AttachPointListTests : IDisposable
{
    private readonly MachineAttachPoints _points = new();

    public void Dispose() => _points.Dispose();

    [Theory]
    [InlineData("tracepoint:tcp:*")]
    [InlineData("tracepoint:sched:sched_process_*")]
    [InlineData("tracepoint:syscalls:sys_enter_*")]
    [InlineData("tracepoint:*:*retransmit*")]
    [InlineData("tracepoint:raw_syscalls:sys_enter")]
    [InlineData("tracepoint:block:*")]
    [InlineData("uprobe:/bin/bash:read*")]
    [InlineData("uprobe:/bin/bash:*")]
    public void Names_and_arguments_are_those_of_bpftrace(string pattern)
    {
        Assert.Equal(Sorted(Bpftrace.Run("-l", pattern)), Sorted(Bpftrace.Format(_points.List(pattern, withArguments: false))));
        Assert.Equal(Bpftrace.Run("-lv", pattern).Order(StringComparer.Ordinal), Bpftrace.Format(_points.List(pattern, withArguments: true)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Iterators_list_what_bpftrace_lists_and_those_that_came_later()
    {
        IReadOnlyList<string> ours = Bpftrace.Format(_points.List("iter:*", withArguments: true));
        // bpftrace says int where the kernel's type is u32.
        foreach (string line in Bpftrace.Run("-lv", "iter:task*").Where(line => line != "    int fd"))
        {
            Assert.Contains(line, ours);
        }

        Assert.Contains("iter:tcp", ours);
        Assert.DoesNotContain("iter:bpf_map_elem", ours);
    }

    [Theory]
    [InlineData("struct path")]
    [InlineData("struct qstr")]
    [InlineData("struct task_struct")]
    [InlineData("struct bpf_iter__task")]
    [InlineData("struct file_operations")]
    [InlineData("struct sockaddr_in6")]
    [InlineData("union sigval")]
    [InlineData("enum pid_type")]
    public void Types_are_written_as_bpftrace_writes_them(string type)
    {
        // bpftrace also shows holes, as bit fields without a name.
        IEnumerable<string> expected = Bpftrace.Run("-lv", type).Where(line => !line.Contains("\tlong: ", StringComparison.Ordinal) && !line.Contains("\tint: ", StringComparison.Ordinal));
        Assert.Equal(expected, _points.DefinitionOf(type)!.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void A_pattern_without_provider_is_looked_for_in_all_of_them()
    {
        string[] names = [.. _points.List("*tcp_retransmit*", withArguments: false).Select(point => point.Name)];
        Assert.Contains("tracepoint:tcp:tcp_retransmit_skb", names);
        Assert.Contains("rawtracepoint:tcp_retransmit_skb", names);
        Assert.Contains("kprobe:tcp_retransmit_skb", names);
        Assert.Contains("fentry:tcp_retransmit_skb", names);
    }

    [Fact]
    public void Functions_are_listed_with_their_parameters()
    {
        ListedAttachPoint point = Assert.Single(_points.List("fentry:tcp_sendmsg", withArguments: true));
        Assert.Equal(["struct sock * sk", "struct msghdr * msg", "size_t size"], point.Arguments);
        Assert.Equal("int retval", Assert.Single(_points.List("fexit:tcp_sendmsg", withArguments: true)).Arguments[^1]);
        Assert.Equal(
            ["bool preempt", "struct task_struct * prev", "struct task_struct * next", "unsigned int prev_state"],
            Assert.Single(_points.List("rawtracepoint:sched_switch", withArguments: true)).Arguments);
    }

    [Theory]
    [InlineData("software:*", "software:page-faults:")]
    [InlineData("h:cpu-cycles", "hardware:cpu-cycles:")]
    [InlineData("profile", "profile:hz:")]
    [InlineData("uprobe:libc:getaddrinfo", "getaddrinfo")]
    [InlineData("uprobe:bash:readline", "uprobe:/usr/bin/bash:readline")]
    public void Providers_of_other_kinds_list_what_there_is(string pattern, string expected) =>
        Assert.Contains(_points.List(pattern, withArguments: false), point => point.Name.EndsWith(expected, StringComparison.Ordinal));

    [Fact]
    public void An_unknown_provider_is_named_with_the_nearest()
    {
        ProbeException error = Assert.Throws<ProbeException>(() => _points.List("tracepont:tcp:*", withArguments: false).Count());
        Assert.Contains("Did you mean tracepoint", error.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Sorted(IEnumerable<string> lines) => lines.Distinct().Order(StringComparer.Ordinal);
}
