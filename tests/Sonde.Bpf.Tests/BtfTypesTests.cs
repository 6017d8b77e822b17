using System.Diagnostics;
using CsCheck;
using Sonde.Bpf.Btf;
using Sonde.Bpf.Elf;
using Xunit;

namespace Sonde.Bpf.Tests;

public sealed class BtfTypesTests
{
    [Fact]
    public void Structures_members_and_variables_of_an_object_are_read()
    {
        BtfTypes types = BtfTypes.OfObject(Sample.Bytes);
        Assert.True(types.TryFind("record", BtfKind.Struct, out BtfType record));
        Assert.Equal((32u, 5), (record.Size, record.Count));
        Assert.Equal(("number", 0u, "__u64"), (record.Member(0).Name, record.Member(0).Offset, record.Member(0).Type.Name));
        Assert.True(record.TryFindMember("text"u8, out BtfMember text));
        Assert.Equal((8u, 8u, 8u), (text.Offset, text.Type.Size, text.Type.ArrayLength));

        Assert.True(types.TryFind("abi_record", BtfKind.Variable, out BtfType variable));
        Assert.Equal(record.Id, variable.Target.Target.Resolved.Id);
        Assert.False(types.TryFind("record", BtfKind.Union, out _));
        Assert.False(types.TryFind("nothing", BtfKind.Struct, out _));
    }

    [Fact]
    public void Functions_and_their_parameters_are_read_from_the_kernel()
    {
        BtfTypes kernel = BtfTypes.OfKernel();
        Assert.True(kernel.TryFind("inet_sendmsg", BtfKind.Function, out BtfType function));
        BtfType prototype = function.Target;
        Assert.Equal(3, prototype.Count);
        Assert.Equal("int", prototype.Target.Name);
        (string name, BtfType type) = prototype.Parameter(0);
        Assert.Equal(("sock", "socket"), (name, type.Target.Name));
    }

    [Fact]
    public void Types_stay_good_when_their_memory_was_given_back()
    {
        BtfTypes kernel = BtfTypes.OfKernel();
        Assert.True(kernel.TryFind("task_struct", BtfKind.Struct, out BtfType task));
        uint size = task.Size;
        kernel.Forget();
        Assert.Equal(("task_struct", size), (task.Name, task.Size));
        Assert.True(kernel.TryFind("task_struct", BtfKind.Struct, out BtfType again));
        Assert.Equal(task.Id, again.Id);
    }

    [Fact]
    public void Members_inside_anonymous_structures_count_from_the_outer_start()
    {
        BtfTypes kernel = BtfTypes.OfKernel();
        Assert.True(kernel.TryFind("sock_common", BtfKind.Struct, out BtfType common));
        Assert.True(common.TryFindMember("skc_daddr"u8, out BtfMember destination));
        Assert.True(common.TryFindMember("skc_rcv_saddr"u8, out BtfMember source));
        Assert.True(common.TryFindMember("skc_dport"u8, out BtfMember port));
        Assert.Equal((0u, 4u, 12u), (destination.Offset, source.Offset, port.Offset));
    }

    [Fact]
    public void Enumerators_keep_their_values_and_signs()
    {
        BtfTypes kernel = BtfTypes.OfKernel();
        Assert.True(kernel.TryFind("bpf_map_type", BtfKind.Enum, out BtfType mapTypes));
        Assert.Contains(("BPF_MAP_TYPE_RINGBUF", 27L), Enumerable.Range(0, mapTypes.Count).Select(mapTypes.Enumerator));
        Assert.True(kernel.TryFind("hrtimer_restart", BtfKind.Enum, out BtfType restart));
        Assert.Equal(("HRTIMER_NORESTART", 0L), restart.Enumerator(0));
    }

    /// <summary>bpftool reads the same BTF with a reader of its own.</summary>
    [Fact]
    public void Sizes_of_all_kernel_structures_equal_what_bpftool_says()
    {
        BtfTypes kernel = BtfTypes.OfKernel();
        using Process bpftool = Process.Start(new ProcessStartInfo("bpftool", "btf dump file /sys/kernel/btf/vmlinux") { RedirectStandardOutput = true })!;
        int compared = 0;
        while (bpftool.StandardOutput.ReadLine() is { } line)
        {
            // [123] STRUCT 'sock' size=760 vlen=92
            string[] words = line.Split(' ');
            if (line.StartsWith('[') && words[1] == "STRUCT")
            {
                BtfType type = kernel[uint.Parse(words[0].Trim('[', ']'))];
                Assert.Equal(line, $"[{type.Id}] STRUCT '{(type.Name.Length == 0 ? "(anon)" : type.Name)}' size={type.Size} vlen={type.Count}");
                compared++;
            }
        }

        Assert.True(compared > 1000);
    }

    [Fact]
    public void What_is_no_btf_or_cut_short_is_refused_as_invalid_data()
    {
        Assert.Throws<InvalidDataException>(() => BtfTypes.Parse([]));
        Assert.Throws<InvalidDataException>(() => BtfTypes.Parse(new byte[100]));
        Assert.Throws<InvalidDataException>(() => BtfTypes.OfObject(Sample.Bytes.AsMemory(0, 40)));
        ElfFile file = new(Sample.Bytes);
        Assert.True(file.TryFind(".BTF", out ElfSection section));
        byte[] whole = file.Read(section, int.MaxValue);
        Gen.Int[0, whole.Length - 1].Sample(length => Assert.Throws<InvalidDataException>(() => BtfTypes.Parse(whole[..length])));
    }
}
