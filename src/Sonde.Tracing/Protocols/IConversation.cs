using Sonde.Telemetry.Spans;
using Sonde.Tracing.Context;

namespace Sonde.Tracing.Protocols;

/// <summary>One connection, as its parser sees it.</summary>
public interface IConversation
{
    /// <summary><see cref="SpanKind.Server"/> when the observed process answers, <see cref="SpanKind.Client"/> when it asks.</summary>
    SpanKind Role { get; }

    /// <summary>The server's address as text, without port: an IP address, or a Unix socket's path; empty when unknown.</summary>
    ReadOnlySpan<byte> ServerAddress { get; }

    /// <summary>The server's port; 0 for a Unix socket.</summary>
    int ServerPort { get; }

    /// <summary>The client's IP address as text; empty for a Unix socket.</summary>
    ReadOnlySpan<byte> ClientAddress { get; }

    /// <summary>The client's port; 0 for a Unix socket.</summary>
    int ClientPort { get; }

    /// <summary>Whether the connection is a Unix socket.</summary>
    bool IsUnix { get; }

    /// <summary>Whether all of the connection has been seen; false when it was open before Sonde, or that is not known.</summary>
    bool IsWhole { get; }

    /// <summary>Whether what is read was encrypted on its way.</summary>
    bool IsEncrypted => false;

    /// <summary><c>service.name</c> of the observed process, for limits that count per service.</summary>
    string ServiceName { get; }

    /// <summary>
    /// A request has begun. The span that comes back has its ids, kind, resource and sampling decided; the parser sets name
    /// and attributes (only those for the metric when <see cref="SpanData.IsSampled"/> is false), and gives it back by
    /// <see cref="Complete"/> or <see cref="Abandon"/>, always exactly once.
    /// </summary>
    /// <param name="exchange">The exchange whose fragment held the request's first byte.</param>
    /// <param name="time">When the request's first byte passed, nanoseconds of the monotonic clock.</param>
    /// <param name="threadId">The thread that read or sent the request's first byte.</param>
    /// <param name="context">The trace context that the request carries, or default.</param>
    SpanData Begin(ulong exchange, ulong time, uint threadId, in TraceContext context);

    /// <summary>The request's last byte has passed; called once per request, before <see cref="Answering"/>.</summary>
    /// <param name="span">The request.</param>
    /// <param name="time">When it passed.</param>
    /// <param name="threadId">The thread that moved it.</param>
    void Received(SpanData span, ulong time, uint threadId);

    /// <summary>The final response's first byte has passed; called once per request.</summary>
    /// <param name="span">The request.</param>
    /// <param name="time">When it passed.</param>
    /// <param name="threadId">The thread that moved it.</param>
    void Answering(SpanData span, ulong time, uint threadId);

    /// <summary>The request is answered, or will never be: the span is finished.</summary>
    /// <param name="span">The request.</param>
    /// <param name="time">When the response's last byte passed, or the connection ended; nanoseconds of the monotonic clock.</param>
    void Complete(SpanData span, ulong time);

    /// <summary>The request turned out to be none, or too much of it was lost: no span is made of it, and it is counted.</summary>
    void Abandon(SpanData span);

    /// <summary>What was read is not of this protocol; counted as a parse failure.</summary>
    void Malformed();

    /// <summary>
    /// The content shows that the observed process is on the other side than was thought: <see cref="Role"/> and the ends are exchanged,
    /// and so are the sides of what comes next. Before the connection's first <see cref="Begin"/>; a <see cref="FrameParser"/> calls its
    /// own <c>Turn</c>.
    /// </summary>
    void Turn();

    /// <summary>
    /// What comes next on the connection is of another protocol (<c>Upgrade: h2c</c>). The parser at hand gets nothing more; it has given
    /// back all of its spans.
    /// </summary>
    /// <param name="protocol">Its <see cref="IProtocol.Name"/>.</param>
    /// <returns>False when that protocol is not read.</returns>
    bool Switch(string protocol);

    /// <summary>Nothing more on this connection is of interest (a tunnel, a WebSocket): the kernel stops passing it on.</summary>
    void Mute();
}
