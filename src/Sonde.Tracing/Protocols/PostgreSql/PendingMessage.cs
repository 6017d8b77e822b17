using Sonde.Telemetry.Spans;

namespace Sonde.Tracing.Protocols.PostgreSql;

/// <summary>What a message of the client's asks for, as far as it decides how it is answered.</summary>
internal enum Ask : byte
{
    /// <summary>Answered by everything up to the next ReadyForQuery.</summary>
    Query,

    /// <summary>Answered by ParseComplete.</summary>
    Parse,

    /// <summary>Answered by rows and CommandComplete, or what stands in its place.</summary>
    Execute,

    /// <summary>Answered by ReadyForQuery.</summary>
    Sync,
}

/// <summary>When a message began, where, and who moved it.</summary>
internal readonly record struct Beginning(ulong Exchange, ulong Time, uint ThreadId);

/// <summary>A message that awaits its answer.</summary>
internal struct PendingMessage
{
    public Ask Ask;

    /// <summary>Of a <see cref="Ask.Query"/> or an <see cref="Ask.Execute"/>.</summary>
    public SpanData? Span;

    public bool IsAnswering;

    /// <summary>Whether the server copies rows to the client.</summary>
    public bool CopiesOut;

    /// <summary>Rows that were returned, and that were changed, so far; -1: none were told.</summary>
    public long Returned;
    public long Affected;

    /// <summary>Of a <see cref="Ask.Parse"/>: for the span that it becomes when it fails.</summary>
    public Prepared Prepared;
    public Beginning Beginning;
}
