namespace Sonde.Tracing.Protocols;

/// <summary>
/// Reads one connection of a protocol that carries many conversations at once: gets whole frames instead of fragments.
/// Everything else is as <see cref="ConversationParser"/> says.
/// </summary>
/// <remarks>
/// Only frames that <see cref="Framing.Crossing"/> names come, each side's in their order. <see cref="ConversationParser.Update"/> is
/// called with <see cref="ProgressReason.Closed"/> alone.
/// </remarks>
public abstract class FrameParser : ConversationParser
{
    /// <summary>A frame has passed, or all of it that is captured has.</summary>
    protected abstract void ReadFrame(in Frame frame);

    /// <summary>
    /// Frames of one side were lost: the walk has lost its place, or records have. What depended on every frame of that side is no
    /// longer known; what follows begins with a whole frame.
    /// </summary>
    protected abstract void Lose(Side side);
}

/// <summary>A frame, as far as it was captured.</summary>
public readonly ref struct Frame
{
    /// <summary>Whose it is.</summary>
    public required Side Side { get; init; }

    /// <summary>For <see cref="IConversation.Begin"/>.</summary>
    public required ulong Exchange { get; init; }

    /// <summary>The header and what was captured of the rest.</summary>
    public required ReadOnlySpan<byte> Bytes { get; init; }

    /// <summary>The whole frame's bytes, header included.</summary>
    public required ulong Length { get; init; }

    /// <summary>When its first captured byte passed, nanoseconds of the monotonic clock.</summary>
    public required ulong BeginTime { get; init; }

    /// <summary>When its last captured byte passed; of a frame of which the header alone crosses, when its last byte did.</summary>
    public required ulong Time { get; init; }

    /// <summary>The thread that moved the last of them.</summary>
    public required uint ThreadId { get; init; }

    /// <summary>Whether bytes are missing that are not to be had.</summary>
    public bool IsCut => (ulong)Bytes.Length < Length;
}
