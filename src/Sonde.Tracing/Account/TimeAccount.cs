using Sonde.Tracing.Abi;

namespace Sonde.Tracing.Account;

/// <summary>What became of a span's time, nanoseconds. All but <see cref="Throttled"/> is a partition of it.</summary>
/// <param name="OnCpu">The thread ran.</param>
/// <param name="RunQueue">It was ready, and waited for a processor.</param>
/// <param name="BlockIo">It waited for a disk.</param>
/// <param name="Lock">It waited on a futex, or for a lock in the kernel.</param>
/// <param name="Network">It waited for a socket: another than the one that the server's request came in on, or the client's own.</param>
/// <param name="Sleep">It slept on purpose, or waited for something else.</param>
/// <param name="OffThread">The request was on no thread that could be followed.</param>
/// <param name="Throttled">Of <paramref name="RunQueue"/>, what a CPU quota took.</param>
internal readonly record struct TimeAccount(
    ulong OnCpu, ulong RunQueue, ulong BlockIo, ulong Lock, ulong Network, ulong Sleep, ulong OffThread, ulong Throttled)
{
    /// <summary>Of a request that was on no thread that could be followed.</summary>
    public static TimeAccount Unknown(ulong duration) => default(TimeAccount) with { OffThread = duration };

    /// <summary>The time between two marks of one thread.</summary>
    /// <param name="start">The earlier one.</param>
    /// <param name="end">The later one.</param>
    /// <param name="duration">The time between them: the counters are read a moment after the clock, and never make up more.</param>
    /// <param name="isServer">Whether the connection's own waits are for the client, and so none of the request's calls.</param>
    public static TimeAccount Between(in Mark start, in Mark end, ulong duration, bool isServer)
    {
        ulong network = Difference(start.Network, end.Network);
        ulong own = Math.Min(Difference(start.Waited, end.Waited), network);
        ulong others = network - own;
        ulong rest = duration;
        ulong runQueue = Take(ref rest, Difference(start.RunQueue, end.RunQueue));
        ulong blockIo = Take(ref rest, Difference(start.BlockIo, end.BlockIo));
        ulong locks = Take(ref rest, Difference(start.Lock, end.Lock));
        network = Take(ref rest, isServer ? others : own);
        ulong sleep = Take(ref rest, Difference(start.Sleep, end.Sleep) + (isServer ? own : others));
        ulong throttled = Math.Min(Difference(start.Throttled, end.Throttled), runQueue);
        return new TimeAccount(rest, runQueue, blockIo, locks, network, sleep, OffThread: 0, throttled);
    }

    private static ulong Difference(ulong start, ulong end) => end > start ? end - start : 0;

    private static ulong Take(ref ulong rest, ulong wanted)
    {
        ulong taken = Math.Min(rest, wanted);
        rest -= taken;
        return taken;
    }
}
