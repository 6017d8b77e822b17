namespace Sonde.Tracing.Protocols;

/// <summary>
/// Reads one connection of a protocol: gets the fragments that the kernel passed on, in order, and tells its
/// <see cref="IConversation"/> of each request that begins and completes.
/// </summary>
/// <remarks>
/// <para>The kernel cuts traffic into exchanges: bytes on the request side, then bytes on the response side. It knows no
/// protocol, so an exchange may be one conversation, several (pipelining), a preamble (<c>100 Continue</c>), or the
/// continuation of the one before (an early answer). The parser tells which.</para>
/// <para>Only the beginnings of both sides are captured (at least 4 KiB of the request's, 512 bytes of the response's);
/// sizes and times count everything. A parser never throws on any input, keeps bounded state and does not allocate per
/// exchange in the steady state.</para>
/// <para>One thread calls all members.</para>
/// </remarks>
public abstract class ConversationParser
{
    /// <summary>Makes the parser as new, for another connection.</summary>
    /// <param name="conversation">Where to tell what was found.</param>
    public abstract void Reset(IConversation conversation);

    /// <summary>
    /// Bytes passed. Request fragments of an exchange come before its response fragments, except those of an early
    /// answer, whose late request bytes come as another exchange.
    /// </summary>
    public abstract void Read(in Fragment fragment);

    /// <summary>
    /// How the exchange stands: it ended, or its response has been silent for a while
    /// (<see cref="ExchangeProgress.Reason"/>). Comes at most a few times an exchange; after
    /// <see cref="ProgressReason.Quiet"/> the same exchange may go on.
    /// </summary>
    public abstract void Update(in ExchangeProgress progress);

    /// <summary>Records of this connection were lost: forget what is half read, begin again with the next exchange.</summary>
    public abstract void Resynchronize();
}

/// <summary>What one system call moved on one side of an exchange.</summary>
public readonly ref struct Fragment
{
    /// <summary>The exchange that the bytes belong to; grows along the connection.</summary>
    public required ulong Exchange { get; init; }

    public required Side Side { get; init; }

    /// <summary>Offset of the first byte from the beginning of this side of the exchange; on a framed connection, of this side's stream.</summary>
    public required ulong Position { get; init; }

    /// <summary>How many bytes the call moved.</summary>
    public required ulong Size { get; init; }

    /// <summary>The captured ones: the first of <see cref="Size"/>, perhaps none (<c>sendfile</c>, io_uring, past the capture).</summary>
    public required ReadOnlySpan<byte> Bytes { get; init; }

    /// <summary>When the call ended, nanoseconds of the monotonic clock.</summary>
    public required ulong Time { get; init; }

    /// <summary>The thread that made the call.</summary>
    public required uint ThreadId { get; init; }

    /// <summary>On a framed connection: a frame begins with the first byte. Otherwise it goes on where the last fragment of its side ended.</summary>
    public bool BeginsFrame { get; init; }

    /// <summary>On a framed connection: frames of this side before this one were lost.</summary>
    public bool FollowsLoss { get; init; }
}

/// <summary>The sums of an exchange so far.</summary>
public readonly struct ExchangeProgress
{
    public required ulong Exchange { get; init; }

    public required ProgressReason Reason { get; init; }

    /// <summary>When this was seen; for <see cref="ProgressReason.Closed"/> when the connection ended. 0 when unknown.</summary>
    public ulong Time { get; init; }

    /// <summary>All bytes of the request side, captured or not.</summary>
    public required ulong RequestSize { get; init; }

    /// <summary>All bytes of the response side, captured or not.</summary>
    public required ulong ResponseSize { get; init; }

    /// <summary>When the request's last bytes passed, nanoseconds of the monotonic clock.</summary>
    public required ulong RequestLastTime { get; init; }

    /// <summary>When the response's last bytes passed, nanoseconds of the monotonic clock; 0 when none did.</summary>
    public required ulong ResponseLastTime { get; init; }

    /// <summary>The last up to 8 bytes of the response, first byte lowest; zero when they could not be read.</summary>
    public required ulong ResponseTail { get; init; }
}

/// <summary>Why an <see cref="ExchangeProgress"/> was told.</summary>
public enum ProgressReason : byte
{
    /// <summary>The next exchange begins on the connection.</summary>
    Next,

    /// <summary>The connection is closed, by either side or by a reset.</summary>
    Closed,

    /// <summary>The response has begun and then been silent for a second; the exchange may go on.</summary>
    Quiet,

    /// <summary>Nothing but news: what passed last was not captured, but its last bytes are known. The exchange goes on.</summary>
    Passed,
}
