using System.Runtime.InteropServices;

namespace Sonde.Bpf.Native;

/// <summary>The error numbers that decide something here (asm-generic/errno.h).</summary>
internal static class Errno
{
    internal const int NotPermitted = 1, NoEntry = 2, NoSuchProcess = 3, Interrupted = 4, TooBig = 7, Again = 11, NoMemory = 12,
        Access = 13, Exists = 17, Invalid = 22, NoSpace = 28, NotSupported = 95, KernelNotSupported = 524;

    /// <summary>libbpf's own errors, about the object file, begin here (<c>enum libbpf_errno</c>).</summary>
    internal const int FirstOfLibbpf = 4000;

    /// <summary>The C library's words: "Operation not permitted". 524 is the kernel's own and has none there.</summary>
    internal static string Describe(int error) =>
        error == KernelNotSupported ? "Operation not supported by the kernel" : Marshal.GetPInvokeErrorMessage(error);
}
