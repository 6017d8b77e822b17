using Sonde.Bpf.Features;
using Sonde.Probes.Attach.Types;
using Sonde.Probes.Model;

namespace Sonde.Probes.Tests.Attach;

public sealed class KernelTypesTests
{
    private readonly KernelTypes _types = new(new Kernel());

    [Theory]
    [InlineData("int", 4, true)]
    [InlineData("unsigned", 4, false)]
    [InlineData("long unsigned int", 8, false)]
    [InlineData("unsigned long long", 8, false)]
    [InlineData("const short", 2, true)]
    [InlineData("signed char", 1, true)]
    [InlineData("u16", 2, false)]
    [InlineData("uint8_t", 1, false)]
    [InlineData("size_t", 8, false)]
    [InlineData("pid_t", 4, true)]
    [InlineData("sector_t", 8, false)]
    [InlineData("dev_t", 4, false)]
    [InlineData("enum pid_type", 4, false)]
    public void Integers_are_found_by_any_of_their_names(string name, int width, bool isSigned) =>
        Assert.Equal((width, isSigned), Assert.IsType<TargetInteger>(_types.Find(name)) is var found ? (found.Width, found.IsSigned) : default);

    [Fact]
    public void Structures_are_read_when_their_members_are_asked_for()
    {
        TargetStructure task = Assert.IsAssignableFrom<TargetStructure>(_types.Find("struct task_struct"));
        Assert.True(task.TryFind("comm", out TargetMember comm));
        Assert.Equal(new TargetArray(new TargetInteger(1, true) { IsCharacter = true }, 16).Size, comm.Type.Size);
        Assert.True(task.TryFind("real_parent", out TargetMember parent));
        Assert.Equal(task, Assert.IsType<TargetPointer>(parent.Type).Target());
        Assert.True(task.TryFind("mm", out TargetMember memory));
        Assert.NotEqual(task, Assert.IsType<TargetPointer>(memory.Type).Target());
        Assert.Contains(task.Members, member => member.Name == "tgid");
        Assert.False(task.TryFind("", out _));
        Assert.False(task.TryFind("no_such_member", out _));
    }

    [Fact]
    public void Members_of_anonymous_unions_and_bit_fields_have_their_places()
    {
        TargetStructure sock = Assert.IsAssignableFrom<TargetStructure>(_types.Find("struct sock_common"));
        Assert.True(sock.TryFind("skc_dport", out TargetMember port));
        Assert.Equal((12, new TargetInteger(2, false)), (port.Offset, port.Type));
        Assert.True(sock.TryFind("skc_reuse", out TargetMember reuse));
        Assert.Equal(4, reuse.BitFieldSize);
        Assert.IsAssignableFrom<TargetStructure>(_types.Find("union sigval"));
        Assert.Equal(0, _types.Find("void")!.Size);
    }

    [Fact]
    public void Members_that_were_renamed_are_found_by_their_old_names()
    {
        TargetStructure task = Assert.IsAssignableFrom<TargetStructure>(_types.Find("struct task_struct"));
        Assert.True(task.TryFind("state", out TargetMember old));
        Assert.True(task.TryFind("__state", out TargetMember now) || old.Name == "state");
        Assert.True(old.Name == "state" || old.Offset == now.Offset);
        TargetStructure queue = Assert.IsAssignableFrom<TargetStructure>(_types.Find("struct cfs_rq"));
        Assert.True(queue.TryFind("nr_running", out _));
    }

    [Fact]
    public void Constants_of_enumerations_are_found_with_their_type()
    {
        Assert.True(_types.TryFindConstant("TCP_ESTABLISHED", out long established, out TargetInteger type));
        Assert.Equal((1L, 4), (established, type.Width));
        Assert.NotNull(type.Enumeration);
        Assert.True(_types.TryFindConstant("BPF_MAP_TYPE_RINGBUF", out long ring, out _));
        Assert.Equal(27, ring);
        Assert.False(_types.TryFindConstant("NO_SUCH_CONSTANT", out _, out _));
    }

    [Theory]
    [InlineData("struct no_such_struct")]
    [InlineData("no_such_type")]
    [InlineData("struct")]
    [InlineData("")]
    public void What_the_kernel_does_not_have_is_not_found(string name) => Assert.Null(_types.Find(name));
}
