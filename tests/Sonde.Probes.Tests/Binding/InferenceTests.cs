using Sonde.Probes.Binding;
using Sonde.Probes.Model;

namespace Sonde.Probes.Tests.Binding;

/// <summary>Types of maps and variables, learnt from the whole program.</summary>
public sealed class InferenceTests
{
    [Theory]
    [InlineData("BEGIN { @x = 1; }", "@x[] int64")]
    [InlineData("BEGIN { @x = 0; } END { @x = nsecs; }", "@x[] uint64")]
    [InlineData("BEGIN { @x = nsecs; } END { @x = -1; }", "@x[] int64")]
    [InlineData("BEGIN { @x = pid; } END { @x++; }", "@x[] uint32")]
    [InlineData("BEGIN { @x[comm] = 1; @x[\"a longer name than that\"] = 2; }", "@x[string[24]] int64")]
    [InlineData("BEGIN { @x = comm; @x = \"a longer name than that\"; }", "@x[] string[24]")]
    [InlineData("BEGIN { @x[curtask] = curtask; @x[0] = 0; }", "@x[struct task_struct *@Kernel] struct task_struct *@Kernel")]
    [InlineData("BEGIN { @x[(pid, comm)] = (1, \"a\"); @x[(1, \"b\")] = (nsecs, \"abc\"); }", "@x[(int64, string[16])] (int64, string[4])")]
    [InlineData("BEGIN { print(@x); $y = @y; @z = $y; } END { @y = nsecs; @x[kstack, ustack(3)] = ksym(5); }", "@x[kstack.127, ustack.3] ksym; @y[] uint64; @z[] uint64")]
    [InlineData("BEGIN { @a = @b; } END { @b = @c; } interval:s:1 { @c = @d; @d = \"end\"; }", "@a[] string[4]; @b[] string[4]; @c[] string[4]; @d[] string[4]")]
    [InlineData("BEGIN { @x = count(); @y = sum(-1); @z = avg(nsecs); @h = hist(pid); @s[1] = stats(5); @m = min(pid - 5); }",
        "@x[] uint64; @y[] int64; @z[] uint64; @h[] int64; @s[int64] uint64; @m[] int64")]
    [InlineData("BEGIN { @x = sum(nsecs); } END { @x = sum(-1); }", "@x[] int64")]
    public void Maps_have_room_for_all_that_is_kept(string text, string expected) => Assert.Equal(
        expected,
        string.Join("; ", Bound.Program(text).Maps.Select(map => $"{map.Name}[{string.Join(", ", map.KeyTypes.Select(ModelText.Of))}] {ModelText.Of(map.ValueType)}")));

    [Theory]
    [InlineData("$x = 0; $x = nsecs;", "$x:uint64")]
    [InlineData("$x = (uint16)pid; $x = 0;", "$x:uint16")]
    [InlineData("$x = (uint16)pid; $x = pid;", "$x:uint32")]
    [InlineData("$x = comm; $x = \"a longer name than that\";", "$x:string[24]")]
    [InlineData("$x = curtask; $x = 0; $y = $x->parent;", "$x:struct task_struct *@Kernel $y:struct task_struct *@Kernel")]
    [InlineData("$x = ntop(0); $x = ntop(pid);", "$x:inet")]
    [InlineData("$x = curtask->parent; while ($x) { $x = $x->parent; }", "$x:struct task_struct *@Kernel")]
    [InlineData("$x = *((struct task_struct *)nsecs); $y = $x.comm;", "$x:struct task_struct *@Kernel $y:string[16]")]
    public void Variables_have_room_for_all_that_is_assigned(string text, string expected) =>
        Assert.Equal(expected, string.Join(' ', Assert.Single(Bound.Program($"BEGIN {{ {text} }}").Probes).Variables.Select(ModelText.Of)));

    [Fact]
    public void Histograms_keep_summaries_when_they_are_wanted()
    {
        ProbeProgram program = new ProbeSource("BEGIN { @a = hist(pid); @b = count(); }", "t").Bind(new SamplePoints(), new() { KeepsSummaries = true });
        Assert.Equal([true, false], program.Maps.Select(map => map.Aggregation!.KeepsSummary));
    }

    [Theory]
    [InlineData("kprobe:vfs_* { @[func] = count(); }", "kprobe:vfs_read kprobe:vfs_write")]
    [InlineData("kprobe:vfs_* { @[probe] = count(); }", "kprobe:vfs_read | kprobe:vfs_write")]
    [InlineData("kprobe:vfs_*, kretprobe:vfs_read { @ = count(); }", "kprobe:vfs_read kprobe:vfs_write | kretprobe:vfs_read")]
    [InlineData("tracepoint:syscalls:sys_enter_open, tracepoint:syscalls:sys_enter_openat { @[str(args->filename)] = count(); }",
        "tracepoint:syscalls:sys_enter_open | tracepoint:syscalls:sys_enter_openat")]
    [InlineData("tracepoint:syscalls:sys_exit_* { @[args->ret] = count(); }", "tracepoint:syscalls:sys_exit_open tracepoint:syscalls:sys_exit_openat")]
    [InlineData("tracepoint:syscalls:* { @[comm] = count(); }",
        "tracepoint:syscalls:sys_enter_open tracepoint:syscalls:sys_enter_openat tracepoint:syscalls:sys_enter_execve tracepoint:syscalls:sys_exit_open tracepoint:syscalls:sys_exit_openat")]
    [InlineData("kprobe:none_*, kprobe:vfs_read { @ = count(); }", "kprobe:vfs_read")]
    [InlineData("uprobe:$1:readline, interval:s:1 { @ = count(); }", "uprobe:/bin/bash:readline | interval:s:1")]
    public void Attach_points_share_a_probe_where_the_text_means_the_same(string text, string expected) => Assert.Equal(
        expected, string.Join(" | ", Bound.Program(text, "/bin/bash").Probes.Select(probe => string.Join(' ', probe.Targets.Select(target => target.Name)))));
}
