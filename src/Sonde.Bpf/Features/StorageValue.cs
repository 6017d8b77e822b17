using System.Runtime.InteropServices;

namespace Sonde.Bpf.Features;

/// <summary>
/// The smallest BTF with which a local-storage map can be made, its value holding a spin lock:
/// <c>struct bpf_spin_lock { int val; }; struct v { int n; struct bpf_spin_lock l; };</c>
/// </summary>
internal static class StorageValue
{
    internal const uint KeyType = 1, ValueType = 3, Size = 8;
    internal const int LockOffset = 4;

    private const uint IntKind = 1u << 24, StructKind = 4u << 24, SignedInt32 = 1u << 24 | 32;

    // Offsets of the names.
    private const uint Int = 1, SpinLock = 5, Value = 19, ValueMember = 21, NumberMember = 25, LockMember = 27;

    internal static byte[] Btf { get; } = Assemble();

    private static byte[] Assemble()
    {
        ReadOnlySpan<byte> names = "\0int\0bpf_spin_lock\0v\0val\0n\0l\0"u8;
        ReadOnlySpan<uint> types =
        [
            Int, IntKind, 4, SignedInt32,
            SpinLock, StructKind | 1, 4, ValueMember, KeyType, 0,
            Value, StructKind | 2, Size, NumberMember, KeyType, 0, LockMember, 2, LockOffset * 8,
        ];
        uint typesSize = (uint)types.Length * sizeof(uint);
        ReadOnlySpan<uint> header = [0x0001_eb9f, 24, 0, typesSize, typesSize, (uint)names.Length];
        return [.. MemoryMarshal.AsBytes(header), .. MemoryMarshal.AsBytes(types), .. names];
    }
}
