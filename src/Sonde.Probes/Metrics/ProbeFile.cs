using Sonde.Telemetry.Metrics;

namespace Sonde.Probes.Metrics;

/// <summary>A probe that yields metrics, as its YAML file has it: <c>probes/&lt;name&gt;.yaml</c>.</summary>
public sealed record ProbeFile
{
    /// <summary>The file's name without <c>.yaml</c>; a user's file replaces the built-in one of the same name.</summary>
    public required string Name { get; init; }

    /// <summary>The file, for messages.</summary>
    public required string Path { get; init; }

    /// <summary>What it tells, one or more sentences.</summary>
    public required string Description { get; init; }

    /// <summary>Whether it runs unless the settings say otherwise.</summary>
    public bool IsEnabled { get; init; } = true;

    /// <summary>The program, in the probe language: the first of these that the machine can run.</summary>
    public required IReadOnlyList<ProgramText> Programs { get; init; }

    public required IReadOnlyList<MapMetric> Metrics { get; init; }
}

/// <summary>A program's text, and where it stands in its file.</summary>
/// <param name="Text">The text.</param>
/// <param name="Line">The line of the text's first character, from 1.</param>
/// <param name="Column">Its column, from 1; of a block every line begins there.</param>
public sealed record ProgramText(string Text, int Line, int Column)
{
    /// <summary>Line and column in the file of a character of the text.</summary>
    public (int Line, int Column) Locate(int position)
    {
        ReadOnlySpan<char> before = Text.AsSpan(0, Math.Clamp(position, 0, Text.Length));
        int start = before.LastIndexOf('\n') + 1;
        return (Line + before.Count('\n'), Column + before.Length - start);
    }
}

/// <summary>What becomes of one map of the program.</summary>
public sealed record MapMetric
{
    /// <summary>The map, with its <c>@</c>.</summary>
    public required string Map { get; init; }

    /// <summary>Where the metric stands in its file.</summary>
    public required int Line { get; init; }

    public required int Column { get; init; }

    /// <summary>The metric's name.</summary>
    public required string Name { get; init; }

    /// <summary>In UCUM's notation.</summary>
    public required string Unit { get; init; }

    /// <summary>The unit in which the program counts; the metric's unless it is another.</summary>
    public required string CountedIn { get; init; }

    public required string Description { get; init; }

    public required InstrumentKind Instrument { get; init; }

    /// <summary>The values, as the program counts them, between which a histogram's buckets are told apart; null for all.</summary>
    public (long Least, long Greatest)? Range { get; init; }

    /// <summary>An attribute for each part of the map's key.</summary>
    public required IReadOnlyList<KeyAttribute> Attributes { get; init; }
}

/// <summary>The attribute that a part of a key becomes.</summary>
/// <param name="Key">The attribute's key.</param>
/// <param name="Decoder">A decoder's name; null when the part is told as it is.</param>
/// <param name="Values">Texts for some values, numbers or strings; they go before the decoder.</param>
public sealed record KeyAttribute(string Key, string? Decoder, IReadOnlyDictionary<string, string> Values)
{
    /// <summary>The kernel's enumeration that names the values (<c>skb_drop_reason</c>); null for none.</summary>
    public string? Enumeration { get; init; }
}

/// <summary>A probe's file cannot be used; the message begins with file, line and column, and says what to do.</summary>
public sealed class ProbeFileException(string message, Exception? inner = null) : Exception(message, inner);
