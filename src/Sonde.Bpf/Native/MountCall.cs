using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Sonde.Bpf.Native;

/// <summary>Mounts a file system for this process alone: nobody else sees it, and it goes with its descriptor (fsmount(2), Linux 5.2).</summary>
internal static unsafe partial class MountCall
{
    // The numbers are the same on all architectures; C libraries before glibc 2.36 have no names for them.
    private const nint FsOpen = 430, FsConfig = 431, FsMount = 432;
    private const nint CloseOnExec = 1, CreateCommand = 6;
    private const nint ReadOnlyNoSuidNoDevNoExec = 0xf; // MOUNT_ATTR_*

    /// <returns>The mount, to be entered by its descriptor; null with the error number in <paramref name="error"/>.</returns>
    internal static SafeFileHandle? MountDetached(ReadOnlySpan<byte> type, out int error)
    {
        fixed (byte* name = type)
        {
            nint context = syscall(FsOpen, (nint)name, CloseOnExec, 0, 0, 0);
            if (context < 0)
            {
                error = Marshal.GetLastPInvokeError();
                return null;
            }

            nint mount = syscall(FsConfig, context, CreateCommand, 0, 0, 0) < 0 ? -1 : syscall(FsMount, context, CloseOnExec, ReadOnlyNoSuidNoDevNoExec, 0, 0);
            error = mount < 0 ? Marshal.GetLastPInvokeError() : 0;
            _ = Libc.close((int)context);
            return mount < 0 ? null : new(mount, ownsHandle: true);
        }
    }

    // Declared without the ellipsis: integers travel alike in a variadic and in an ordinary call on both architectures.
    [LibraryImport("libc", SetLastError = true)]
    private static partial nint syscall(nint number, nint first, nint second, nint third, nint fourth, nint fifth);
}
