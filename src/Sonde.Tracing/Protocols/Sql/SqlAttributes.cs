using Sonde.Telemetry.Attributes;
using Sonde.Telemetry.Spans;

namespace Sonde.Tracing.Protocols.Sql;

/// <summary>Sets what the spans of all SQL databases say (semantic conventions 1.41, SQL databases).</summary>
internal static class SqlAttributes
{
    /// <summary>Rows that a statement changed, as the server counts them.</summary>
    private static readonly AttributeKey s_affectedRows = new("sonde.db.response.affected_rows");

    /// <summary>Set when the statement was longer than what is captured: it ends where the capture does.</summary>
    private static readonly AttributeKey s_cut = new("sonde.db.query.cut");

    /// <summary>Set when a statement was executed whose text Sonde has not seen.</summary>
    private static readonly AttributeKey s_unknown = new("sonde.db.query.unknown");

    /// <summary>Sets name, instrument and attributes of a statement's execution.</summary>
    /// <param name="span">The execution.</param>
    /// <param name="conversation">Its connection.</param>
    /// <param name="system"><c>db.system.name</c>.</param>
    /// <param name="database"><c>db.namespace</c>; empty when it is not known.</param>
    /// <param name="statement">What is executed.</param>
    /// <param name="isCut">Whether the statement was longer than what was captured of it.</param>
    public static void Describe(
        SpanData span, IConversation conversation, ReadOnlySpan<byte> system, ReadOnlySpan<byte> database, SqlStatement statement, bool isCut)
    {
        DatabaseSpan.Begin(span, conversation, system);
        Set(span, DatabaseAttributes.Namespace, database, AttributeUse.Metric);
        Set(span, DatabaseAttributes.OperationName, statement.Operation, AttributeUse.Metric);
        Set(span, DatabaseAttributes.CollectionName, statement.Collection, AttributeUse.Metric);
        Set(span, DatabaseAttributes.StoredProcedureName, statement.Procedure, AttributeUse.Metric);
        Set(span, DatabaseAttributes.QuerySummary, statement.Summary, AttributeUse.Metric);
        span.SetName(statement.Summary.Length > 0 ? statement.Summary : database.Length > 0 ? database : system);
        if (!span.IsSampled)
        {
            return;
        }

        Set(span, DatabaseAttributes.QueryText, statement.Text, AttributeUse.Span);
        if (isCut)
        {
            span.Set(s_cut, true);
        }

        if (ReferenceEquals(statement, SqlStatement.Unknown))
        {
            span.Set(s_unknown, true);
        }
    }

    /// <summary>Sets how many rows came back and how many were changed; a number below 0 is not known.</summary>
    public static void SetRows(SpanData span, long returned, long affected)
    {
        if (span.IsSampled && returned >= 0)
        {
            span.Set(DatabaseAttributes.ResponseReturnedRows, returned);
        }

        if (span.IsSampled && affected >= 0)
        {
            span.Set(s_affectedRows, affected);
        }
    }

    private static void Set(SpanData span, AttributeKey key, ReadOnlySpan<byte> value, AttributeUse use)
    {
        if (value.Length > 0)
        {
            span.Set(key, value, use);
        }
    }
}
