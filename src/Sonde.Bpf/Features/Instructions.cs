namespace Sonde.Bpf.Features;

/// <summary>Single BPF instructions (Documentation/bpf/standardization/instruction-set.rst), as few as the probes need.</summary>
internal static class Instructions
{
    private const int PseudoMapFd = 1;

    internal static ulong[] ReturnZero { get; } = [Set(0, 0), Exit];

    internal static ulong Exit => Encode(0x95);

    internal static ulong Set(int register, int value) => Encode(0xb7, register, 0, 0, value);

    internal static ulong Copy(int to, int from) => Encode(0xbf, to, from);

    internal static ulong Add(int register, int value) => Encode(0x07, register, 0, 0, value);

    internal static ulong Load64(int to, int from, short offset) => Encode(0x79, to, from, offset);

    internal static ulong Load8(int to, int from, short offset) => Encode(0x71, to, from, offset);

    internal static ulong SkipIfNotZero(int register, short count) => Encode(0x55, register, 0, count);

    internal static ulong Call(int helper) => Encode(0x85, 0, 0, 0, helper);

    /// <summary>The address of a map, an instruction of two words.</summary>
    internal static ulong[] LoadMap(int register, int mapFd) => [Encode(0x18, register, PseudoMapFd, 0, mapFd), 0];

    private static ulong Encode(byte code, int destination = 0, int source = 0, short offset = 0, int immediate = 0) =>
        code | (ulong)(byte)(destination | source << 4) << 8 | (ulong)(ushort)offset << 16 | (ulong)(uint)immediate << 32;
}

/// <summary>Helpers by number (linux/bpf.h, <c>__BPF_FUNC_MAPPER</c>).</summary>
internal static class HelperFunction
{
    internal const int SpinLock = 93, SpinUnlock = 94, SocketStorageGet = 107, CurrentTask = 158, TaskRegisters = 175;
}
