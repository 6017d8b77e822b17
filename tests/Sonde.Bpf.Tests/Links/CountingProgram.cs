using Xunit;

namespace Sonde.Bpf.Tests.Links;

/// <summary>A program of a few instructions, without clang: counts its runs, in this process or in all, in an array that each CPU has for itself.</summary>
internal sealed class CountingProgram : IDisposable
{
    private const int LookUp = 1, CurrentProcess = 14;

    private readonly BpfMap _counts = BpfMap.Create(new("counts", BpfMapType.PerCpuArray, sizeof(uint), sizeof(ulong), 1));

    internal CountingProgram(
        BpfProgramType type, BpfAttachType attachType = BpfAttachType.None, uint btfId = 0, bool everywhere = false, bool wrong = false) =>
        Program = BpfProgram.Load(new("count", type, Code(everywhere, wrong)) { AttachType = attachType, AttachBtfId = btfId });

    internal BpfProgram Program { get; }

    internal ulong Count
    {
        get
        {
            Span<ulong> sum = stackalloc ulong[1];
            Assert.True(_counts.TrySum(0u, sum));
            return sum[0];
        }
    }

    public void Dispose()
    {
        Program.Dispose();
        _counts.Dispose();
    }

    /// <summary>
    /// <c>if (bpf_get_current_pid_tgid() >> 32 == own) { u64 *n = bpf_map_lookup_elem(counts, &amp;0); if (n) ++*n; } return 0;</c>
    /// </summary>
    private ulong[] Code(bool everywhere, bool wrong)
    {
        ulong[] own = everywhere
            ? []
            : [Encode(0x85, immediate: CurrentProcess), Encode(0x77, 0, immediate: 32), Encode(0x55, 0, offset: 10, immediate: Environment.ProcessId)];
        return
        [
            .. own,
            Encode(0x62, 10, offset: -4), Encode(0xbf, 2, 10), Encode(0x07, 2, immediate: -4),
            Encode(0x18, 1, 1, immediate: _counts.Fd), 0, Encode(0x85, immediate: LookUp),
            wrong ? Encode(0x79, 1, 5) : Encode(0x15, 0, offset: 3), Encode(0x79, 1, 0), Encode(0x07, 1, immediate: 1), Encode(0x7b, 0, 1),
            Encode(0xb7, 0), Encode(0x95),
        ];
    }

    private static ulong Encode(byte code, int destination = 0, int source = 0, short offset = 0, int immediate = 0) =>
        code | (ulong)(byte)(destination | source << 4) << 8 | (ulong)(ushort)offset << 16 | (ulong)(uint)immediate << 32;
}
