namespace Sonde.Tracing.Protocols;

/// <summary>
/// Reads one connection of a protocol that carries many conversations at once: gets whole frames instead of fragments.
/// Everything else is as <see cref="ConversationParser"/> says.
/// </summary>
/// <remarks>
/// <para>Only frames that <see cref="Framing.Crossing"/> names come, each side's in their order. A frame that its sender's call began and
/// the receiver's answer overtook comes before that answer.</para>
/// <para>Frames that came whole in one call are read where they lie; the others are put together in a rented buffer.</para>
/// </remarks>
public abstract class FrameParser : ConversationParser
{
    private FrameAssembly _request;
    private FrameAssembly _response;
    private bool _isClosed;

    /// <param name="framing">The protocol's, the same as <see cref="IProtocol.Framing"/>.</param>
    protected FrameParser(Framing framing)
    {
        _request = new FrameAssembly(framing, Side.Request, ReadFrame);
        _response = new FrameAssembly(framing, Side.Response, ReadFrame);
    }

    /// <summary>Where to tell what was found.</summary>
    protected IConversation Conversation { get; private set; } = null!;

    /// <inheritdoc/>
    public sealed override void Reset(IConversation conversation)
    {
        Conversation = conversation;
        _isClosed = false;
        _request.Reset(Side.Request);
        _response.Reset(Side.Response);
        Begin();
    }

    /// <inheritdoc/>
    public sealed override void Read(in Fragment fragment)
    {
        FrameAssembly assembly = fragment.Side == Side.Request ? _request : _response;
        if (fragment.FollowsLoss)
        {
            assembly.Drop();
            Lose(fragment.Side);
        }

        if (!assembly.Read(fragment))
        {
            Lose(assembly.Side);
        }
    }

    /// <inheritdoc/>
    public sealed override void Update(in ExchangeProgress progress)
    {
        // The end of what comes and the end of the socket are told apart.
        if (progress.Reason == ProgressReason.Closed && !_isClosed)
        {
            _isClosed = true;
            Close(progress.Time);
        }
    }

    /// <inheritdoc/>
    public sealed override void Resynchronize()
    {
        _request.Drop();
        _response.Drop();
        if (!_isClosed)
        {
            Lose(Side.Request);
            Lose(Side.Response);
        }
    }

    /// <summary>Another connection: the parser is to be as new.</summary>
    protected abstract void Begin();

    /// <summary>A frame has passed, or all of it that is captured has.</summary>
    protected abstract void ReadFrame(in Frame frame);

    /// <summary>
    /// Frames of one side were lost: the walk has lost its place, or records have. What depended on every frame of that side is no
    /// longer known; what follows begins with a whole frame. Requests that wait for that side's frames are given up; when both sides were
    /// lost, none is open any more.
    /// </summary>
    protected abstract void Lose(Side side);

    /// <summary>The connection has ended: what is open is over. Comes once, and nothing after it.</summary>
    /// <param name="time">When, nanoseconds of the monotonic clock.</param>
    protected abstract void Close(ulong time);

    /// <summary>
    /// What the frames say shows that the sides are the other way round, as happens on connections that were open before Sonde. The frame
    /// at hand keeps the side that it came with; <see cref="Conversation"/> has its role and its ends turned.
    /// </summary>
    protected void Turn()
    {
        (_request, _response) = (_response, _request);
        _request.Turn(Side.Request);
        _response.Turn(Side.Response);
        Conversation.Turn();
    }
}

/// <summary>A frame, as far as it was captured.</summary>
public readonly ref struct Frame
{
    /// <summary>Whose it is.</summary>
    public required Side Side { get; init; }

    /// <summary>The byte at <see cref="Framing.TypeOffset"/>; 0 for a frame without a type.</summary>
    public required byte Type { get; init; }

    /// <summary>For <see cref="IConversation.Begin"/>: the place of its first byte in its side's stream.</summary>
    public required ulong Exchange { get; init; }

    /// <summary>The header and what was captured of the rest.</summary>
    public required ReadOnlySpan<byte> Bytes { get; init; }

    /// <summary>The whole frame's bytes, header included.</summary>
    public required ulong Length { get; init; }

    /// <summary>When its header had passed, nanoseconds of the monotonic clock.</summary>
    public required ulong BeginTime { get; init; }

    /// <summary>When its last captured byte passed; of a frame of which the header alone crosses, when its last byte did.</summary>
    public required ulong Time { get; init; }

    /// <summary>The thread that moved the last of them.</summary>
    public required uint ThreadId { get; init; }

    /// <summary>Whether bytes are missing that the rule does not leave out: they could not be read.</summary>
    public required bool IsCut { get; init; }
}
