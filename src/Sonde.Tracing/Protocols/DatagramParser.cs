namespace Sonde.Tracing.Protocols;

/// <summary>
/// Reads the datagrams of a protocol, those of all sockets: gets each that matched one of <see cref="IProtocol.DatagramPatterns"/>, in the
/// order in which they passed, and tells its <see cref="IConversation"/> what was asked and answered.
/// </summary>
/// <remarks>
/// The conversation is the datagram at hand: its role, ends and process are those of that one. A span is the same request's whatever the
/// datagram. A parser never throws on any input, and keeps bounded state. One thread calls all members.
/// </remarks>
public abstract class DatagramParser
{
    /// <summary>Whether anything waits for <see cref="Pass"/>.</summary>
    public abstract bool HasWork { get; }

    /// <summary>A datagram has passed.</summary>
    public abstract void Read(IConversation conversation, in Datagram datagram);

    /// <summary>The host has said that nobody listens where an earlier datagram of the socket went (<c>ECONNREFUSED</c>).</summary>
    public abstract void Refuse(IConversation conversation, ulong socket, ulong time);

    /// <summary>Time has passed: what has waited too long for an answer is over.</summary>
    public abstract void Pass(IConversation conversation, ulong time);

    /// <summary>Sonde stops: what is open is given up.</summary>
    public abstract void End(IConversation conversation);
}

/// <summary>A datagram of a protocol that is read.</summary>
public readonly ref struct Datagram
{
    /// <summary>Names the socket.</summary>
    public required ulong Socket { get; init; }

    /// <summary>Its bytes, as far as they were captured.</summary>
    public required ReadOnlySpan<byte> Bytes { get; init; }

    /// <summary>When the call ended that moved it, nanoseconds of the monotonic clock.</summary>
    public required ulong Time { get; init; }

    /// <summary>The thread that made the call.</summary>
    public required uint ThreadId { get; init; }
}
