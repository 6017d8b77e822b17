using Sonde.Bpf.Features;
using Sonde.Probes.Attach;
using Sonde.Probes.Model;

namespace Sonde.Probes.Tests.Attach;

public sealed class KernelFunctionTests : IDisposable
{
    private readonly MachineAttachPoints _points = new();

    public void Dispose() => _points.Dispose();

    [Fact]
    public void A_raw_tracepoint_has_typed_arguments_in_slots()
    {
        AttachPoint point = Assert.Single(_points.Find(Pattern.Of("rawtracepoint:sched_switch")));
        Assert.NotEqual(0u, Assert.IsType<RawTracepointTarget>(point.Target).BtfId);
        TargetMember next = Member(point, "next");
        Assert.Equal(16, next.Offset);
        TargetStructure task = Assert.IsAssignableFrom<TargetStructure>(Assert.IsType<TargetPointer>(next.Type).Target());
        Assert.Equal("task_struct", task.Name);
        Assert.NotEqual(0u, task.BtfId);
        Assert.Equal((AddressSpace.Btf, AddressSpace.Context), (point.Event.PointerSpace, point.Event.MemberSpace(next)));
        Assert.Equal(new TargetInteger(1, false), Member(point, "preempt").Type);
        Load state = Assert.IsType<Load>(point.Event.Argument(3, SourceSpan.None));
        Assert.Equal((24, 4, AddressSpace.Context), (state.Offset, state.Width, state.Space));
        Load pointer = Assert.IsType<Load>(point.Event.Argument(1, SourceSpan.None));
        Assert.Equal((8, 8, AddressSpace.Kernel), (pointer.Offset, pointer.Width, pointer.Space));
        Assert.Null(point.Event.Argument(4, SourceSpan.None));
    }

    /// <summary>The kernel's verifier says which these are: socket pointers of resets and of dropped packets may be null.</summary>
    [Theory]
    [InlineData("tcp_send_reset", "sk", AddressSpace.Kernel)]
    [InlineData("kfree_skb", "skb", AddressSpace.Context)]
    [InlineData("kfree_skb", "rx_sk", AddressSpace.Kernel)]
    [InlineData("kfree_skb", "location", AddressSpace.Context)]
    public void Pointers_that_may_be_null_are_read_as_numbers(string tracepoint, string member, AddressSpace space)
    {
        AttachPoint point = Assert.Single(_points.Find(Pattern.Of($"rt:{tracepoint}")));
        Assert.Equal(space, point.Event.MemberSpace(Member(point, member)));
    }

    [Fact]
    public void Fentry_has_parameters_and_fexit_the_return_value_behind_them()
    {
        AttachPoint entry = Assert.Single(_points.Find(Pattern.Of("fentry:tcp_sendmsg"))), exit = Assert.Single(_points.Find(Pattern.Of("kretfunc:vmlinux:tcp_sendmsg")));
        Assert.Equal("fentry:tcp_sendmsg", entry.Target.Name);
        Assert.True(Assert.IsType<FentryTarget>(exit.Target).IsReturn);
        Assert.Equal("kretfunc:tcp_sendmsg", exit.Target.Name);
        Assert.Equal(16, Member(entry, "size").Offset);
        Assert.Null(entry.Event.ReturnValue(SourceSpan.None));
        Load result = Assert.IsType<Load>(exit.Event.ReturnValue(SourceSpan.None));
        Assert.Equal((24, 4, new IntegerType(4, true)), (result.Offset, result.Width, result.Type));
    }

    [Fact]
    public void A_kprobe_compiles_where_the_kernel_has_none_and_says_so_when_it_is_attached()
    {
        AttachPoint point = Assert.Single(_points.Find(Pattern.Of("k:blk_account_io_done+0x10")));
        Assert.Equal(new KprobeTarget("kprobe:blk_account_io_done+0x10", "blk_account_io_done", 16, false), point.Target);
        Assert.Equal(IntegerType.UInt64, point.Event.Argument(0, SourceSpan.None)!.Type);
        string? obstacle = _points.ObstacleOf(point.Target);
        if (new Kernel().Ask(FeatureTable.Kprobe).Verdict == Verdict.No)
        {
            Assert.Contains("no kprobes", obstacle, StringComparison.Ordinal);
            Assert.Contains("tracepoint:block:block_io_done", obstacle, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Kprobes_match_wildcards_and_kretprobes_have_a_return_value()
    {
        IReadOnlyList<AttachPoint> found = _points.Find(Pattern.Of("kretprobe:vfs_read*"));
        Assert.Contains(found, point => point.Target is KprobeTarget { Function: "vfs_readv", IsReturn: true });
        Assert.All(found, point => Assert.StartsWith("vfs_read", ((KprobeTarget)point.Target).Function, StringComparison.Ordinal));
        Assert.Equal(IntegerType.UInt64, found[0].Event.ReturnValue(SourceSpan.None)!.Type);
        Assert.Null(found[0].Event.Argument(0, SourceSpan.None));
    }

    [Fact]
    public void Iterators_give_their_context_and_pointers_that_may_be_null()
    {
        AttachPoint point = Assert.Single(_points.Find(Pattern.Of("iter:task_file")));
        TargetMember task = Member(point, "task");
        Assert.Equal(8, task.Offset);
        Assert.Equal(AddressSpace.Kernel, point.Event.MemberSpace(task));
        Assert.Equal(AddressSpace.Context, point.Event.MemberSpace(Member(point, "fd")));
    }

    [Theory]
    [InlineData("fentry:tcp_sendmgs", "Did you mean fentry:tcp_sendmsg")]
    [InlineData("rawtracepoint:sched_swich", "Did you mean rawtracepoint:sched_switch")]
    [InlineData("kprobe:no_such_function_*", "matches 'no_such_function_*'")]
    [InlineData("kprobe:vfs_read+1x", "is no offset")]
    [InlineData("kretprobe:vfs_read+8", "has no offset")]
    [InlineData("iter:tasks", "It has ")]
    [InlineData("fentry:xfs:xfs_file_fsync", "kprobe does")]
    public void What_is_not_there_is_refused_with_alternatives(string pattern, string message) =>
        Assert.Contains(message, Assert.Throws<ProbeException>(() => _points.Find(Pattern.Of(pattern))).Message, StringComparison.Ordinal);

    private static TargetMember Member(AttachPoint point, string name) =>
        point.Event.Arguments!.TryFind(name, out TargetMember member) ? member : throw new KeyNotFoundException(name);
}
