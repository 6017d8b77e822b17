namespace Sonde.Agent.Probing;

/// <summary>What <c>sonde probe</c> is asked to run.</summary>
internal sealed record ProbeRequest
{
    /// <summary>The program's text, and what messages call it.</summary>
    public required (string Name, string Text) Source { get; init; }

    /// <summary><c>$1</c>, <c>$2</c>, …</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    public bool IsJson { get; init; }

    /// <summary>A command to start; null for none.</summary>
    public string? Command { get; init; }

    public int? ProcessId { get; init; }

    /// <summary>Whether all is shown that the verifier says.</summary>
    public bool IsVerbose { get; init; }
}
