using Sonde.Telemetry.Attributes;
using Sonde.Telemetry.Spans;

namespace Sonde.Tracing.Protocols.Dns;

/// <summary>
/// The questions that wait for their answers, by socket, number and content; bounded. A question that is asked again meanwhile, as resolvers
/// do when they lose patience, is the same lookup.
/// </summary>
internal sealed class DnsLookups(int capacity)
{
    /// <summary>Resolvers wait so long by default (<c>resolv.conf(5)</c>, <c>timeout</c>), nanoseconds; then they ask again or give up.</summary>
    public const ulong Patience = 5_000_000_000;

    private const int MaxName = 4 * 255;

    private static readonly AttributeKey s_questionName = new("dns.question.name"), s_answers = new("dns.answers");
    private static readonly RequestInstrument s_instrument = new("dns.lookup.duration", "Measures the time taken to perform a DNS lookup.");

    private readonly Dictionary<Key, Lookup> _waiting = [];

    public int Count => _waiting.Count;

    /// <summary>Questions for which there was no room.</summary>
    public long Refused { get; private set; }

    /// <summary>A question has passed.</summary>
    /// <param name="conversation">Whose.</param>
    /// <param name="socket">On which socket.</param>
    /// <param name="message">The question.</param>
    /// <param name="first">When its first byte passed.</param>
    /// <param name="last">When its last one did.</param>
    /// <param name="protocol">The transport: <c>udp</c>, <c>tcp</c>.</param>
    public void Ask(IConversation conversation, ulong socket, in DnsMessage message, in Moment first, in Moment last, ReadOnlySpan<byte> protocol)
    {
        var key = new Key(socket, message.QuestionHash, message.Id, conversation.Role);
        if (_waiting.TryGetValue(key, out Lookup lookup))
        {
            _waiting[key] = lookup with { Asked = last.Time };
            return;
        }

        if (_waiting.Count >= capacity)
        {
            Refused++;
            return;
        }

        SpanData span = conversation.Begin(first.Exchange, first.Time, first.ThreadId, default);
        Describe(span, conversation, message, protocol);
        conversation.Received(span, last.Time, last.ThreadId);
        _waiting.Add(key, new Lookup(span, last.Time));
    }

    /// <summary>An answer has passed; one that nobody waits for, a second one for instance, is passed over.</summary>
    public void Answer(IConversation conversation, ulong socket, in DnsMessage message, in Moment first, in Moment last)
    {
        if (!_waiting.Remove(new Key(socket, message.QuestionHash, message.Id, conversation.Role), out Lookup lookup))
        {
            return;
        }

        SpanData span = lookup.Span;
        conversation.Answering(span, first.Time, first.ThreadId);
        if (span.IsSampled)
        {
            // 32 addresses of 46 characters at most.
            Span<byte> addresses = stackalloc byte[1504];
            int length = message.WriteAddresses(addresses);
            if (length > 0)
            {
                span.SetTexts(s_answers, addresses[..length]);
            }

            if (span.Kind == SpanKind.Server)
            {
                // Only the answer tells whose question it was, on a socket that talks with many.
                SetClient(span, conversation);
            }
        }

        // That a name does not exist is no failure of the server that says so.
        int code = message.ResponseCode;
        if (code != 0 && (span.Kind == SpanKind.Client || code is not 3))
        {
            Span<byte> room = stackalloc byte[16];
            SetError(span, DnsNames.ResponseCode(code, room));
        }

        conversation.Complete(span, last.Time);
    }

    /// <summary>All that waits on a socket ends with an error.</summary>
    public void Fail(IConversation conversation, ulong socket, ReadOnlySpan<byte> errorType, ulong time)
    {
        foreach ((Key key, Lookup lookup) in _waiting)
        {
            if (key.Socket == socket)
            {
                End(conversation, key, lookup, errorType, time);
            }
        }
    }

    /// <summary>What was asked too long ago will not be answered any more.</summary>
    public void Expire(IConversation conversation, ulong time)
    {
        foreach ((Key key, Lookup lookup) in _waiting)
        {
            if (lookup.Asked + Patience < time)
            {
                End(conversation, key, lookup, "timeout"u8, lookup.Asked + Patience);
            }
        }
    }

    /// <summary>What waits is given up.</summary>
    public void AbandonAll(IConversation conversation)
    {
        foreach (Lookup lookup in _waiting.Values)
        {
            conversation.Abandon(lookup.Span);
        }

        _waiting.Clear();
    }

    private void End(IConversation conversation, in Key key, in Lookup lookup, ReadOnlySpan<byte> errorType, ulong time)
    {
        // A dictionary may be gone through while entries are taken out.
        _waiting.Remove(key);
        SetError(lookup.Span, errorType);
        conversation.Complete(lookup.Span, Math.Max(time, lookup.Asked));
    }

    private static void Describe(SpanData span, IConversation conversation, in DnsMessage message, ReadOnlySpan<byte> protocol)
    {
        Span<byte> room = stackalloc byte[16], name = stackalloc byte[4 + 6 + MaxName];
        ReadOnlySpan<byte> type = DnsNames.Type(message.Type, room);
        "DNS "u8.CopyTo(name);
        type.CopyTo(name[4..]);
        ReadOnlySpan<byte> prefix = name[..(4 + type.Length)];
        ReadOnlySpan<byte> question = name[prefix.Length..][..message.WriteName(name[prefix.Length..])];
        span.SetName(prefix, question);
        span.Instrument = span.Kind == SpanKind.Client ? s_instrument : null;
        span.Set(s_questionName, question, AttributeUse.Metric);
        if (!span.IsSampled)
        {
            return;
        }

        if (conversation.ServerAddress.Length > 0)
        {
            span.Set(SemanticAttributes.ServerAddress, conversation.ServerAddress);
        }

        if (conversation.ServerPort != 0)
        {
            span.Set(SemanticAttributes.ServerPort, conversation.ServerPort);
        }

        span.Set(SemanticAttributes.NetworkTransport, protocol);
        if (span.Kind == SpanKind.Server)
        {
            SetClient(span, conversation);
        }
    }

    private static void SetClient(SpanData span, IConversation conversation)
    {
        if (conversation.ClientAddress.Length > 0)
        {
            span.Set(SemanticAttributes.ClientAddress, conversation.ClientAddress);
        }
    }

    private static void SetError(SpanData span, ReadOnlySpan<byte> errorType)
    {
        span.Set(SemanticAttributes.ErrorType, errorType, AttributeUse.Metric);
        span.Status = SpanStatus.Error;
    }

    private readonly record struct Key(ulong Socket, ulong Question, ushort Id, SpanKind Role);

    private readonly record struct Lookup(SpanData Span, ulong Asked);
}
