using Sonde.Telemetry.Spans;
using Sonde.Tracing.Protocols.Sql;

namespace Sonde.Tracing.Protocols.MySql;

/// <summary>A command that awaits its answer.</summary>
internal struct PendingCommand
{
    /// <summary>Null when the command is no statement's execution.</summary>
    public SpanData? Span;

    public AnswerKind Answer;

    /// <summary>What is prepared or executed.</summary>
    public SqlStatement? Statement;

    public bool IsCut;

    /// <summary>The database that is the current one when the command succeeds.</summary>
    public byte[]? Database;

    /// <summary>The number that the answer's first packet has.</summary>
    public byte FirstNumber;

    public bool IsAnswering;

    /// <summary>For a prepared statement that fails.</summary>
    public ulong BeginTime;
    public uint BeginThread;
    public ulong Exchange;
}
