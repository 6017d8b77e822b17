namespace Sonde.Probes.Linq.Events;

/// <summary>A request is given to a disk.</summary>
[Tracepoint("block", "block_rq_issue")]
public sealed record BlockRqIssue : KernelEvent
{
    /// <summary>The kernel's device number: major in the bits from 20 on.</summary>
    [Field("dev")]
    public uint Device { get; init; }

    [Field("sector")]
    public ulong Sector { get; init; }

    /// <summary>Sectors of 512 bytes.</summary>
    [Field("nr_sector")]
    public uint Sectors { get; init; }

    [Field("bytes")]
    public uint Bytes { get; init; }

    /// <summary>What it does, in letters: R reads, W writes, S is synchronous.</summary>
    [Field("rwbs")]
    public string Operation { get; init; } = "";
}

/// <summary>A disk has done a request, or a part of it.</summary>
[Tracepoint("block", "block_rq_complete")]
public sealed record BlockRqComplete : KernelEvent
{
    /// <summary>The kernel's device number: major in the bits from 20 on.</summary>
    [Field("dev")]
    public uint Device { get; init; }

    [Field("sector")]
    public ulong Sector { get; init; }

    /// <summary>Sectors of 512 bytes.</summary>
    [Field("nr_sector")]
    public uint Sectors { get; init; }

    /// <summary>What it does, in letters: R reads, W writes, S is synchronous.</summary>
    [Field("rwbs")]
    public string Operation { get; init; } = "";
}
