using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Sonde.Bpf.Native;

namespace Sonde.Bpf.Privileges;

/// <summary>The capabilities of this process (capabilities(7)).</summary>
public static unsafe class ProcessCapabilities
{
    /// <summary>What the calling thread may use now.</summary>
    /// <exception cref="BpfException">The kernel does not answer, which no supported kernel does.</exception>
    public static CapabilitySet Effective
    {
        get
        {
            CapabilityHeader header = new() { Version = CapabilityHeader.Version3 };
            CapabilityWord* words = stackalloc CapabilityWord[2];
            return Libc.capget(&header, words) == 0
                ? new((ulong)words[1].Effective << 32 | words[0].Effective)
                : throw BpfException.From("capget", Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>
    /// Keeps only <paramref name="kept"/> of what the process holds; what is given up cannot be taken back. The kernel lets a thread
    /// change nobody's capabilities but its own, and a new thread inherits its creator's: call this from the first thread, after
    /// loading and before anything uses the thread pool, the console or a signal handler. The finalizer's thread, which exists by then, is seen to.
    /// </summary>
    /// <returns>The number of threads that still hold more than <paramref name="kept"/>: 0 when called early enough.</returns>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public static int DropAllExcept(CapabilitySet kept)
    {
        DropInThisThread(kept);
        LeaveForFinalizer(kept);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return Directory.EnumerateFiles("/proc/self/task", "status", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1 })
            .Count(status => HoldsMore(status, kept));
    }

    private static void DropInThisThread(CapabilitySet kept)
    {
        CapabilityHeader header = new() { Version = CapabilityHeader.Version3 };
        CapabilityWord* words = stackalloc CapabilityWord[2];
        if (Libc.capget(&header, words) != 0)
        {
            throw BpfException.From("capget", Marshal.GetLastPInvokeError());
        }

        for (int i = 0; i < 2; i++)
        {
            uint mask = (uint)(kept.Bits >> (32 * i));
            words[i] = new() { Effective = words[i].Effective & mask, Permitted = words[i].Permitted & mask };
        }

        if (Libc.capset(&header, words) != 0)
        {
            throw BpfException.From("capset", Marshal.GetLastPInvokeError());
        }
    }

    private static bool HoldsMore(string statusPath, CapabilitySet kept)
    {
        const string Label = "CapPrm:";
        string? line = File.ReadLines(statusPath).FirstOrDefault(each => each.StartsWith(Label, StringComparison.Ordinal));
        return line is not null
            && (ulong.Parse(line.AsSpan(Label.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) & ~kept.Bits) != 0;
    }

    // Apart, so that no register of the caller keeps the object alive.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void LeaveForFinalizer(CapabilitySet kept) => _ = new FinalizerDrop(kept);

    private sealed class FinalizerDrop(CapabilitySet kept)
    {
        ~FinalizerDrop() => DropInThisThread(kept);
    }
}
