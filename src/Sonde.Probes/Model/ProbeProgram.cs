namespace Sonde.Probes.Model;

/// <summary>A whole program, ready for the code generator.</summary>
public sealed record ProbeProgram
{
    /// <summary>The text, which the spans point into; empty for what comes from expression trees.</summary>
    public required string Text { get; init; }

    public required IReadOnlyList<Probe> Probes { get; init; }

    public required IReadOnlyList<ProbeMap> Maps { get; init; }

    /// <summary>What the program can send to user space; <see cref="Send.Output"/> is an index into it.</summary>
    public required IReadOnlyList<ProbeOutput> Outputs { get; init; }

    /// <summary>Formats of <c>strftime()</c>, as strftime(3) has them.</summary>
    public required IReadOnlyList<string> TimeFormats { get; init; }
}

/// <summary>A body and the attach points that run it. Where the same text means something else at two attach points, it is two probes.</summary>
/// <param name="Targets">One or more, of one program type and one layout of the context.</param>
/// <param name="Body">What runs; the predicate is an <see cref="If"/> around it.</param>
/// <param name="Variables">The body's scratch variables.</param>
/// <param name="Span">The text of the whole probe.</param>
public sealed record Probe(IReadOnlyList<AttachTarget> Targets, Block Body, IReadOnlyList<ProbeVariable> Variables, SourceSpan Span);

/// <summary>A scratch variable of one probe. Compared by reference.</summary>
public sealed class ProbeVariable(string name, ProbeType type)
{
    /// <summary>With its <c>$</c>.</summary>
    public string Name { get; } = name;

    /// <summary>What it holds: strings have the largest capacity that is ever assigned.</summary>
    public ProbeType Type { get; } = type;
}

/// <summary>A map of the program. Compared by reference.</summary>
public sealed class ProbeMap
{
    /// <summary>With its <c>@</c>; a lone <c>@</c> is the map without a name.</summary>
    public required string Name { get; init; }

    /// <summary>Empty for a map without key.</summary>
    public required IReadOnlyList<ProbeType> KeyTypes { get; init; }

    /// <summary>The value of a map that is assigned; for an aggregation what a single reading gives.</summary>
    public required ProbeType ValueType { get; init; }

    /// <summary>How values are added up; null for a map that is assigned.</summary>
    public Aggregation? Aggregation { get; init; }

    /// <summary>The most keys; null for the setting's default.</summary>
    public int? MaxKeys { get; init; }
}

/// <summary>How values are added up, each CPU for itself.</summary>
/// <param name="Kind">Which function.</param>
/// <param name="IsSigned">Of the values, for sums, extremes and averages.</param>
public sealed record Aggregation(AggregationKind Kind, bool IsSigned)
{
    /// <summary>Of <c>lhist()</c>: below it is one bucket.</summary>
    public long LinearMin { get; init; }

    /// <summary>Of <c>lhist()</c>: from it on is one bucket.</summary>
    public long LinearMax { get; init; }

    public long LinearStep { get; init; }

    /// <summary>A histogram also keeps sum, minimum and maximum: metrics need them, printed maps do not.</summary>
    public bool KeepsSummary { get; init; }
}

public enum AggregationKind
{
    Count,
    Sum,
    Average,
    Minimum,
    Maximum,

    /// <summary>Count, average and total.</summary>
    Statistics,

    /// <summary><c>hist()</c>: bucket 0 is negative, 1 is zero, and k + 2 is [2^k, 2^(k+1)).</summary>
    PowerOfTwo,

    /// <summary><c>lhist()</c>.</summary>
    Linear,
}

/// <summary>Something a program tells user space to do.</summary>
public abstract record ProbeOutput;

/// <summary><c>printf()</c>, <c>cat()</c> and <c>join()</c>: a format as printf(3) has it, already checked against the values.</summary>
/// <param name="Kind">What becomes of the text.</param>
/// <param name="Format">The format.</param>
/// <param name="Values">The values' types.</param>
public sealed record FormatOutput(FormatKind Kind, string Format, IReadOnlyList<ProbeType> Values) : ProbeOutput;

public enum FormatKind
{
    Print,

    /// <summary>The text is a file's path: its content is printed.</summary>
    Cat,

    /// <summary>The values are strings, joined by the format.</summary>
    Join,
}

/// <summary><c>time()</c>: the time now.</summary>
public sealed record TimeOutput(string Format) : ProbeOutput;

/// <summary><c>print(@map, top, divisor)</c>.</summary>
public sealed record PrintMapOutput(ProbeMap Map, int Top, int Divisor) : ProbeOutput;

/// <summary><c>print(value)</c>, also of a map at a key.</summary>
public sealed record PrintValueOutput(ProbeType Type) : ProbeOutput;

/// <summary><c>clear(@map)</c> takes all keys out, <c>zero(@map)</c> keeps them.</summary>
public sealed record ClearMapOutput(ProbeMap Map, bool KeepKeys) : ProbeOutput;

public sealed record ExitOutput : ProbeOutput;
