using System.Runtime.InteropServices;

namespace Sonde.Bpf.Native;

/// <summary>
/// <c>bpf(2)</c> itself, for what libbpf 1.1 does not know and for probes. Each answers a descriptor, or -errno.
/// The numbers are those of linux/bpf.h and of the two architectures' system call tables.
/// </summary>
internal static unsafe partial class BpfCall
{
    internal const int TypeKprobe = 2, TypeSchedulerClassifier = 3, TypeTracing = 26;
    internal const int AttachTracepoint = 23, AttachEntry = 24, AttachExit = 25, AttachIterator = 28, AttachTcxIngress = 46, AttachUprobeMulti = 48;

    private const int MapCreate = 0, ProgramLoad = 5, RawTracepointOpen = 17, BtfLoad = 18, LinkCreate = 28;
    private const int AttributesSize = 144;

    private static readonly nint _bpf = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 280 : 321;
    private static readonly nint _perfEventOpen = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 241 : 298;

    internal static int CreateMap(BpfMapType type, uint keySize, uint valueSize, uint maxEntries, uint flags = 0, int btfFd = 0, uint keyType = 0, uint valueType = 0)
    {
        Attributes attributes = default;
        uint* words = attributes.Words;
        (words[0], words[1], words[2], words[3], words[4]) = ((uint)type, keySize, valueSize, maxEntries, flags);
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

    internal static int LoadProgram(int type, int attachType, uint attachBtfId, ReadOnlySpan<ulong> instructions)
    {
        Attributes attributes = default;
        uint* words = attributes.Words;
        fixed (ulong* code = instructions)
        fixed (byte* license = "GPL\0"u8)
        {
            (words[0], words[1]) = ((uint)type, (uint)instructions.Length);
            ((ulong*)attributes.Words)[1] = (ulong)code;
            ((ulong*)attributes.Words)[2] = (ulong)license;
            (words[17], words[27]) = ((uint)attachType, attachBtfId);
            return Call(ProgramLoad, &attributes);
        }
    }

    /// <summary>Attaches a tracing program to the target it was loaded for.</summary>
    internal static int AttachTracing(int programFd)
    {
        Attributes attributes = default;
        attributes.Words[2] = (uint)programFd;
        return Call(RawTracepointOpen, &attributes);
    }

    /// <summary><c>BPF_LINK_CREATE</c>; what follows the four first words differs by kind.</summary>
    internal static int CreateLink(int programFd, int target, int attachType, ReadOnlySpan<ulong> rest)
    {
        Attributes attributes = default;
        uint* words = attributes.Words;
        (words[0], words[1], words[2]) = ((uint)programFd, (uint)target, (uint)attachType);
        rest.CopyTo(new Span<ulong>((ulong*)words + 2, rest.Length));
        return Call(LinkCreate, &attributes);
    }

    /// <summary><c>perf_event_open</c> of a probe in the kernel or a file, disabled, on CPU 0, for every process.</summary>
    internal static int OpenProbeEvent(uint perfType, ReadOnlySpan<byte> functionOrPath, ulong offset)
    {
        const int Size = 72; // PERF_ATTR_SIZE_VER1
        ulong* attributes = stackalloc ulong[Size / sizeof(ulong)];
        new Span<ulong>(attributes, Size / sizeof(ulong)).Clear();
        fixed (byte* name = functionOrPath)
        {
            attributes[0] = perfType | (ulong)Size << 32;
            attributes[5] = 1; // disabled
            attributes[7] = (ulong)name;
            attributes[8] = offset;
            return Result(syscall(_perfEventOpen, (nint)attributes, -1, 0, -1, 8 /* close on exec */));
        }
    }

    private static int Call(int command, Attributes* attributes) => Result(syscall(_bpf, command, (nint)attributes, AttributesSize, 0, 0));

    private static int Result(nint result) => result >= 0 ? (int)result : -Marshal.GetLastPInvokeError();

    // Declared without the ellipsis: integers travel alike in a variadic and in an ordinary call on both architectures.
    [LibraryImport("libc", SetLastError = true)]
    private static partial nint syscall(nint number, nint first, nint second, nint third, nint fourth, nint fifth);

    /// <summary><c>union bpf_attr</c> of Linux 6.1; later kernels take it, earlier ones too as long as the rest is zero.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Attributes
    {
        internal fixed uint Words[AttributesSize / sizeof(uint)];
    }
}
