using System.Runtime.InteropServices;
using System.Text;

namespace Sonde.Bpf.Native;

/// <summary>
/// <c>bpf(2)</c> itself, for programs and maps that come from no object file, what libbpf 1.1 does not know, and feature probes. Each answers a descriptor, or -errno.
/// The numbers are those of linux/bpf.h and of the two architectures' system call tables.
/// </summary>
internal static unsafe class BpfCall
{
    private const int MapCreate = 0, ProgramLoad = 5, RawTracepointOpen = 17, BtfLoad = 18, MapLookupBatch = 24, MapDeleteBatch = 27, LinkCreate = 28;
    private const int AttributesSize = 144, NameSize = 16;

    private static readonly nint _bpf = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 280 : 321;

    internal static int CreateMap(
        BpfMapType type, uint keySize, uint valueSize, uint maxEntries, uint flags = 0, int btfFd = 0, uint keyType = 0, uint valueType = 0,
        int innerMapFd = 0, string name = "")
    {
        Attributes attributes = default;
        uint* words = attributes.Words;
        (words[0], words[1], words[2], words[3], words[4]) = ((uint)type, keySize, valueSize, maxEntries, flags);
        words[5] = (uint)innerMapFd;
        WriteName(name, words + 7);
        (words[12], words[13], words[14]) = ((uint)btfFd, keyType, valueType);
        return Call(MapCreate, &attributes);
    }

    internal static int LoadBtf(ReadOnlySpan<byte> btf)
    {
        Attributes attributes = default;
        fixed (byte* bytes = btf)
        {
            ((ulong*)attributes.Words)[0] = (ulong)bytes;
            attributes.Words[4] = (uint)btf.Length;
            return Call(BtfLoad, &attributes);
        }
    }

    internal static int LoadProgram(BpfProgramType type, BpfAttachType attachType, uint attachBtfId, ReadOnlySpan<ulong> instructions) =>
        LoadProgram(new("", type, default) { AttachType = attachType, AttachBtfId = attachBtfId }, instructions, null, 0);

    /// <param name="program">All but its instructions is taken from here.</param>
    /// <param name="instructions">The instructions.</param>
    /// <param name="log">Where the verifier writes what it thinks of each instruction; null for nowhere.</param>
    /// <param name="logSize">Bytes there.</param>
    internal static int LoadProgram(ProgramDefinition program, ReadOnlySpan<ulong> instructions, byte* log, uint logSize)
    {
        Attributes attributes = default;
        uint* words = attributes.Words;
        fixed (ulong* code = instructions)
        fixed (byte* license = Encoding.UTF8.GetBytes(program.License + '\0'))
        {
            (words[0], words[1]) = ((uint)program.Type, (uint)instructions.Length);
            ((ulong*)words)[1] = (ulong)code;
            ((ulong*)words)[2] = (ulong)license;
            if (log != null)
            {
                (words[6], words[7]) = (1, logSize);
                ((ulong*)words)[4] = (ulong)log;
            }

            words[11] = program.Flags;
            WriteName(program.Name, words + 12);
            (words[17], words[27]) = ((uint)program.AttachType, program.AttachBtfId);
            return Call(ProgramLoad, &attributes);
        }
    }

    /// <summary>Attaches a tracing program to the target it was loaded for, or a raw tracepoint program to the tracepoint named.</summary>
    internal static int OpenRawTracepoint(int programFd, string? name = null)
    {
        Attributes attributes = default;
        fixed (byte* bytes = name is null ? null : Encoding.UTF8.GetBytes(name + '\0'))
        {
            ((ulong*)attributes.Words)[0] = (ulong)bytes;
            attributes.Words[2] = (uint)programFd;
            return Call(RawTracepointOpen, &attributes);
        }
    }

    /// <summary><c>BPF_LINK_CREATE</c>; what follows the four first words differs by kind.</summary>
    internal static int CreateLink(int programFd, int target, BpfAttachType attachType, ReadOnlySpan<ulong> rest)
    {
        Attributes attributes = default;
        uint* words = attributes.Words;
        (words[0], words[1], words[2]) = ((uint)programFd, (uint)target, (uint)attachType);
        rest.CopyTo(new Span<ulong>((ulong*)words + 2, rest.Length));
        return Call(LinkCreate, &attributes);
    }

    /// <summary><c>BPF_MAP_LOOKUP_BATCH</c>: entries from a place on.</summary>
    /// <param name="mapFd">The map.</param>
    /// <param name="from">The place, as the call before wrote it to <paramref name="next"/>; null for the beginning.</param>
    /// <param name="next">Where to go on: room for a key, at least 4 bytes.</param>
    /// <param name="keys">Room for so many keys.</param>
    /// <param name="values">And values.</param>
    /// <param name="count">How many fit; then how many came, also when the answer is that there are no more (<see cref="Errno.NoEntry"/>).</param>
    internal static int LookupBatch(int mapFd, byte* from, byte* next, byte* keys, byte* values, ref uint count)
    {
        Attributes attributes = default;
        ulong* longs = (ulong*)attributes.Words;
        (longs[0], longs[1], longs[2], longs[3]) = ((ulong)from, (ulong)next, (ulong)keys, (ulong)values);
        (attributes.Words[8], attributes.Words[9]) = (count, (uint)mapFd);
        int result = Call(MapLookupBatch, &attributes);
        count = attributes.Words[8];
        return result;
    }

    /// <summary><c>BPF_MAP_DELETE_BATCH</c>: stops at the first key that is not there.</summary>
    /// <param name="mapFd">The map.</param>
    /// <param name="keys">One behind the other.</param>
    /// <param name="count">How many; then how many were deleted.</param>
    internal static int DeleteBatch(int mapFd, byte* keys, ref uint count)
    {
        Attributes attributes = default;
        ((ulong*)attributes.Words)[2] = (ulong)keys;
        (attributes.Words[8], attributes.Words[9]) = (count, (uint)mapFd);
        int result = Call(MapDeleteBatch, &attributes);
        count = attributes.Words[8];
        return result;
    }

    /// <summary>The kernel takes letters, digits, dots and underscores only.</summary>
    private static void WriteName(string name, uint* words)
    {
        Span<byte> bytes = new(words, NameSize);
        for (int i = 0; i < Math.Min(name.Length, NameSize - 1); i++)
        {
            bytes[i] = char.IsAsciiLetterOrDigit(name[i]) || name[i] == '.' ? (byte)name[i] : (byte)'_';
        }
    }

    private static int Call(int command, Attributes* attributes) => Libc.Result(Libc.syscall(_bpf, command, (nint)attributes, AttributesSize, 0, 0));

    /// <summary><c>union bpf_attr</c> of Linux 6.1; later kernels take it, earlier ones too as long as the rest is zero.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Attributes
    {
        internal fixed uint Words[AttributesSize / sizeof(uint)];
    }
}
