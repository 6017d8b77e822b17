using Sonde.Telemetry.Attributes;
using Sonde.Telemetry.Spans;

namespace Sonde.Tracing.Protocols;

/// <summary>What the spans of all databases have in common (database semantic conventions 1.41).</summary>
internal static class DatabaseSpan
{
    /// <summary>Set when a request was answered, but not where its answer could be read: how it ended is not known.</summary>
    private static readonly AttributeKey s_unseen = new("sonde.db.response.unseen");

    private static readonly RequestInstrument s_instrument = new("db.client.operation.duration", "Duration of database client operations.");

    /// <summary>Sets system, ends and instrument; a database server's own span is in no metric.</summary>
    public static void Begin(SpanData span, IConversation conversation, ReadOnlySpan<byte> system)
    {
        bool isClient = conversation.Role == SpanKind.Client;
        span.Instrument = isClient ? s_instrument : null;
        span.Set(DatabaseAttributes.SystemName, system, AttributeUse.Metric);
        Set(span, SemanticAttributes.ServerAddress, conversation.ServerAddress, AttributeUse.Metric);
        Set(span, SemanticAttributes.ServerPort, conversation.ServerPort, AttributeUse.Metric);
        if (!span.IsSampled)
        {
            return;
        }

        if (conversation.IsUnix)
        {
            span.Set(SemanticAttributes.NetworkTransport, "unix"u8);
        }

        if (!isClient)
        {
            Set(span, SemanticAttributes.ClientAddress, conversation.ClientAddress, AttributeUse.Span);
        }

        Set(span, SemanticAttributes.NetworkPeerAddress, isClient ? conversation.ServerAddress : conversation.ClientAddress, AttributeUse.Span);
        Set(span, SemanticAttributes.NetworkPeerPort, isClient ? conversation.ServerPort : conversation.ClientPort, AttributeUse.Span);
    }

    /// <summary>The operation failed for a reason that no answer gave.</summary>
    public static void Fail(SpanData span, ReadOnlySpan<byte> errorType)
    {
        span.Set(SemanticAttributes.ErrorType, errorType, AttributeUse.Metric);
        span.Status = SpanStatus.Error;
    }

    /// <summary>The server answered with an error.</summary>
    /// <param name="span">The operation.</param>
    /// <param name="code">The server's code for it; empty when it gave none that is known to be one.</param>
    public static void Refuse(SpanData span, ReadOnlySpan<byte> code)
    {
        Set(span, DatabaseAttributes.ResponseStatusCode, code, AttributeUse.Metric);
        Fail(span, code.Length > 0 ? code : "_OTHER"u8);
    }

    /// <summary>Marks an operation that was answered, but not where its answer could be read.</summary>
    public static void SetUnseen(SpanData span) => span.Set(s_unseen, true);

    private static void Set(SpanData span, AttributeKey key, ReadOnlySpan<byte> value, AttributeUse use)
    {
        if (value.Length > 0)
        {
            span.Set(key, value, use);
        }
    }

    private static void Set(SpanData span, AttributeKey key, int value, AttributeUse use)
    {
        if (value != 0)
        {
            span.Set(key, value, use);
        }
    }
}
