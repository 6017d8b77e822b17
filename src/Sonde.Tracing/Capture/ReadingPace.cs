namespace Sonde.Tracing.Capture;

/// <summary>
/// How long the reader rests between two looks at the ring: as long as the settings allow, for each look takes a processor
/// from somebody; but not so long that more than a part of the ring fills meanwhile, so that a burst still fits.
/// </summary>
/// <param name="capacity">Bytes of the ring.</param>
/// <param name="longest">The longest rest.</param>
internal readonly struct ReadingPace(long capacity, TimeSpan longest)
{
    private const double Part = 0.35;
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(2);

    /// <summary>The next rest.</summary>
    /// <param name="waiting">Bytes that had come in during the last one.</param>
    /// <param name="last">How long that was.</param>
    public TimeSpan Next(long waiting, TimeSpan last)
    {
        TimeSpan next = waiting == 0 ? longest : last * (Part * capacity / waiting);
        return next > longest ? longest : next < Shortest ? Shortest : next;
    }
}
