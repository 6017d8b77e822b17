using System.Runtime.InteropServices;

namespace Sonde.Bpf.Native;

/// <summary>The C library's part that .NET has no name for.</summary>
internal static unsafe partial class Libc
{
    internal const int ReadOnlyProtection = 1, ReadWriteProtection = 3;
    internal const int Shared = 1, PrivateAnonymousUnreserved = 0x4022;
    internal const short PollIn = 1;
    internal const int EventFdFlags = 0x80800; // EFD_CLOEXEC | EFD_NONBLOCK

    [LibraryImport("libc", SetLastError = true)]
    internal static partial void* mmap(void* address, nuint length, int protection, int flags, int fd, nint offset);

    [LibraryImport("libc")]
    internal static partial int munmap(void* address, nuint length);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint read(int fd, void* buffer, nuint size);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint write(int fd, void* buffer, nuint size);

    [LibraryImport("libc")]
    internal static partial int close(int fd);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int eventfd(uint initial, int flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int poll(PollDescriptor* descriptors, nuint count, int timeoutMilliseconds);

    [LibraryImport("libc")]
    internal static partial int vsnprintf(byte* buffer, nuint size, byte* format, nint arguments);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int setpriority(int which, uint who, int nice);

    [LibraryImport("libc")]
    internal static partial int gettid();

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int sched_setscheduler(int thread, int policy, int* parameters);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int capget(CapabilityHeader* header, CapabilityWord* words);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int capset(CapabilityHeader* header, CapabilityWord* words);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fstatfs(int fd, long* status);

    /// <summary>The magic number of the file system that a file is on (<c>struct statfs</c>, its first word); 0 when that cannot be told.</summary>
    internal static long FileSystemOf(SafeHandle file)
    {
        // struct statfs has 120 bytes on both architectures.
        long* status = stackalloc long[32];
        return fstatfs((int)file.DangerousGetHandle(), status) == 0 ? status[0] : 0;
    }

    // Declared without the ellipsis: integers travel alike in a variadic and in an ordinary call on both architectures.
    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint syscall(nint number, nint first, nint second, nint third, nint fourth, nint fifth);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint ioctl(int fd, nuint request, nint argument);

    /// <summary>A call's result, or -errno.</summary>
    internal static int Result(nint result) => result >= 0 ? (int)result : -Marshal.GetLastPInvokeError();

    /// <summary>True for what <c>mmap</c> answers when it fails.</summary>
    internal static bool IsMapFailed(void* address) => (nint)address == -1;
}

/// <summary><c>struct pollfd</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollDescriptor
{
    internal int Fd;
    internal short Events;
    internal short Returned;
}

/// <summary><c>struct __user_cap_header_struct</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CapabilityHeader
{
    internal const uint Version3 = 0x20080522;

    internal uint Version;
    internal int Pid;
}

/// <summary><c>struct __user_cap_data_struct</c>: 32 of the 64 capabilities.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CapabilityWord
{
    internal uint Effective;
    internal uint Permitted;
    internal uint Inheritable;
}
