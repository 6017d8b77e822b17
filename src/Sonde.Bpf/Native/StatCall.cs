using System.Runtime.InteropServices;

namespace Sonde.Bpf.Native;

/// <summary><c>statx(2)</c>.</summary>
internal static unsafe partial class StatCall
{
    internal const int CurrentDirectory = -100; // AT_FDCWD
    internal const uint InodeMask = 0x100; // STATX_INO

    /// <summary><c>sizeof(struct statx)</c>.</summary>
    internal const int Size = 256;

    /// <summary><c>offsetof(struct statx, stx_ino)</c>.</summary>
    internal const int InodeOffset = 32;

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    internal static partial int statx(int directory, string path, int flags, uint mask, byte* result);
}
