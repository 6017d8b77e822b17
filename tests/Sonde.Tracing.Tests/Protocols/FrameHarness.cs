using System.Text;
using Sonde.Tracing.Protocols;

namespace Sonde.Tracing.Tests.Protocols;

/// <summary>
/// Plays two streams of bytes to a <see cref="FrameParser"/> as the kernel side would: walked by the protocol's <see cref="Framing"/>,
/// with frames left out and cut as its rules say, in calls of any size.
/// </summary>
/// <remarks>
/// The clock stands at 1 ms when the harness is made and moves 1 ms with each call of <see cref="Request(byte[])"/> and
/// <see cref="Response(byte[])"/>; all calls that <see cref="Split"/> makes of one have its time, so that what comes out does not depend on
/// the split.
/// </remarks>
public sealed class FrameHarness
{
    public const ulong Millisecond = 1_000_000;

    private readonly ConversationParser _parser;
    private readonly FrameWalk _request;
    private readonly FrameWalk _response;
    private Side _lastSide;

    /// <param name="protocol">It has a framing.</param>
    /// <param name="conversation">Where the parser tells; by default a server's end.</param>
    /// <param name="joins">The connection was open before Sonde: the walk has to find its place first.</param>
    public FrameHarness(IProtocol protocol, RecordingConversation? conversation = null, bool joins = false)
    {
        Conversation = conversation ?? new RecordingConversation();
        _parser = protocol.CreateParser();
        _request = new FrameWalk(protocol, Side.Request, joins);
        _response = new FrameWalk(protocol, Side.Response, joins);
        _parser.Reset(Conversation);
    }

    public RecordingConversation Conversation { get; }

    /// <summary>The size of the next call, given how much is left; all of it by default.</summary>
    public Func<int, int> Split { get; init; } = left => left;

    public ulong Now { get; private set; } = Millisecond;

    public uint ThreadId { get; set; } = 7;

    /// <summary>The spans so far.</summary>
    public List<RecordedSpan> Spans => Conversation.Spans;

    /// <summary>The one span that there is, completed.</summary>
    public RecordedSpan Span
    {
        get
        {
            RecordedSpan span = Assert.Single(Spans);
            Assert.Equal(Outcome.Completed, span.Outcome);
            return span;
        }
    }

    public FrameHarness Request(string text) => Request(Encoding.Latin1.GetBytes(text));

    public FrameHarness Response(string text) => Response(Encoding.Latin1.GetBytes(text));

    public FrameHarness Request(params byte[] bytes) => Move(Side.Request, bytes);

    public FrameHarness Response(params byte[] bytes) => Move(Side.Response, bytes);

    public FrameHarness Close()
    {
        Now += Millisecond;
        _parser.Update(new ExchangeProgress
        {
            Exchange = 0,
            Reason = ProgressReason.Closed,
            Time = Now,
            RequestSize = 0,
            ResponseSize = 0,
            RequestLastTime = 0,
            ResponseLastTime = 0,
            ResponseTail = 0,
        });
        return this;
    }

    public FrameHarness Wait(ulong milliseconds)
    {
        Now += milliseconds * Millisecond;
        return this;
    }

    /// <summary>Records were lost, of whichever side.</summary>
    public FrameHarness Lose()
    {
        _parser.Resynchronize();
        Assert.DoesNotContain(Spans, span => span.Outcome == Outcome.Open);
        return this;
    }

    /// <summary>The walk lost its place on a side: frames too many in a call, or none where one should be.</summary>
    public FrameHarness LosePlace(Side side)
    {
        Walk(side).Lose();
        Read(side);
        return this;
    }

    /// <summary>Bytes passed that cannot be read, by <c>sendfile</c> for instance.</summary>
    public FrameHarness Unreadable(Side side, int count)
    {
        Now += Millisecond;
        Walk(side).Pass(count);
        Read(side);
        _lastSide = side;
        return this;
    }

    private FrameWalk Walk(Side side) => side == Side.Request ? _request : _response;

    private FrameHarness Move(Side side, byte[] bytes)
    {
        Now += Millisecond;
        for (int offset = 0; offset < bytes.Length;)
        {
            int size = Math.Clamp(Split(bytes.Length - offset), 1, bytes.Length - offset);
            Walk(side).Move(bytes.AsSpan(offset, size), isTurn: _lastSide != 0 && side != _lastSide);
            Read(side);
            _lastSide = side;
            offset += size;
        }

        return this;
    }

    private void Read(Side side)
    {
        foreach (FramePiece piece in Walk(side).Take())
        {
            _parser.Read(new Fragment
            {
                Exchange = 1,
                Side = side,
                Position = piece.Position,
                Size = piece.Size,
                Bytes = piece.Bytes.ToArray(),
                Time = Now,
                ThreadId = ThreadId,
                BeginsFrame = piece.Begins,
                FollowsLoss = piece.FollowsLoss,
            });
        }
    }
}
