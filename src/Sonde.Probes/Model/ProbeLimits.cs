namespace Sonde.Probes.Model;

/// <summary>How much a program may use. All of it is bounded; the defaults are bpftrace's where it has one.</summary>
public sealed record ProbeLimits
{
    /// <summary>Bytes that <c>str()</c> reads, the final 0 included.</summary>
    public int StringCapacity { get; init; } = 64;

    /// <summary>Bytes of an array of characters that are taken as a string, whatever its length is.</summary>
    public int ArrayCapacity { get; init; } = 1024;

    /// <summary>Bytes that <c>buf()</c> reads.</summary>
    public int BufferCapacity { get; init; } = 64;

    /// <summary>Frames of a stack.</summary>
    public int StackDepth { get; init; } = 127;

    /// <summary>Rounds of a loop.</summary>
    public int LoopRounds { get; init; } = 1024;

    /// <summary>Rounds of <c>unroll</c>, those of all that are around it multiplied.</summary>
    public int UnrollRounds { get; init; } = 1024;

    /// <summary>Keys of a map that has no limit of its own.</summary>
    public int MapKeys { get; init; } = 4096;

    /// <summary>Strings that <c>join()</c> reads.</summary>
    public int JoinCount { get; init; } = 16;

    /// <summary>Bytes of each, the final 0 included.</summary>
    public int JoinCapacity { get; init; } = 1024;

    /// <summary>Buckets of <c>lhist()</c> between its bounds.</summary>
    public int LinearBuckets { get; init; } = 1000;

    /// <summary>Bytes that one event carries to user space.</summary>
    public int EventBytes { get; init; } = 32 * 1024;
}
