using System.Buffers.Binary;
using System.Text;
using Sonde.Tracing.Protocols;

namespace Sonde.Tracing.Tests.Protocols;

/// <summary>
/// Plays two streams of bytes to a parser as the kernel side would: cut into exchanges where the direction turns, with the
/// capture's limits, in fragments of any size.
/// </summary>
/// <remarks>
/// The clock stands at 1 ms when the harness is made and moves 1 ms with each call of <see cref="Request(byte[])"/> and <see cref="Response(byte[])"/>; all fragments of
/// a call have its time, so that what comes out does not depend on the split.
/// </remarks>
public sealed class ConversationHarness
{
    public const ulong Millisecond = 1_000_000;

    private readonly ConversationParser _parser;
    private readonly List<byte> _tail = [];
    private ulong _exchange;
    private ulong _requestSize;
    private ulong _responseSize;
    private ulong _requestLast;
    private ulong _responseLast;

    public ConversationHarness(IProtocol protocol, RecordingConversation? conversation = null)
        : this(protocol.CreateParser(), conversation)
    {
    }

    public ConversationHarness(ConversationParser parser, RecordingConversation? conversation = null)
    {
        _parser = parser;
        Conversation = conversation ?? new RecordingConversation();
        parser.Reset(Conversation);
    }

    public RecordingConversation Conversation { get; }

    /// <summary>Captured bytes of each exchange's request side.</summary>
    public int RequestCapture { get; init; } = 4096;

    /// <summary>Captured bytes of each exchange's response side.</summary>
    public int ResponseCapture { get; init; } = 512;

    /// <summary>Whether calls of which nothing was captured are told by fragments, or only by the sums.</summary>
    public bool TellsUncaptured { get; init; } = true;

    /// <summary>Whether the last bytes of a response can be read.</summary>
    public bool TailIsReadable { get; init; } = true;

    /// <summary>The next fragment's size, given how much is left of the call; all of it by default.</summary>
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

    public ConversationHarness Request(string text) => Request(Encoding.Latin1.GetBytes(text));

    public ConversationHarness Response(string text) => Response(Encoding.Latin1.GetBytes(text));

    public ConversationHarness Request(byte[] bytes) => Move(Side.Request, bytes);

    public ConversationHarness Response(byte[] bytes) => Move(Side.Response, bytes);

    /// <summary>The response has been silent for a second.</summary>
    public ConversationHarness Quiet()
    {
        Now += 1000 * Millisecond;
        Update(ProgressReason.Quiet);
        return this;
    }

    public ConversationHarness Close()
    {
        Now += Millisecond;
        Update(ProgressReason.Closed);
        return this;
    }

    public ConversationHarness Wait(ulong milliseconds)
    {
        Now += milliseconds * Millisecond;
        return this;
    }

    /// <summary>Records were lost.</summary>
    public ConversationHarness Lose()
    {
        _parser.Resynchronize();
        return this;
    }

    private ConversationHarness Move(Side side, byte[] bytes)
    {
        Now += Millisecond;
        if (side == Side.Request && _responseSize > 0)
        {
            Update(ProgressReason.Next);
            _requestSize = 0;
            _responseSize = 0;
            _responseLast = 0;
            _tail.Clear();
        }

        if (_requestSize + _responseSize == 0)
        {
            _exchange++;
        }

        for (int offset = 0; offset < bytes.Length;)
        {
            int size = Math.Clamp(Split(bytes.Length - offset), 1, bytes.Length - offset);
            Move(side, bytes.AsSpan(offset, size));
            offset += size;
        }

        return this;
    }

    private void Move(Side side, ReadOnlySpan<byte> bytes)
    {
        ref ulong position = ref side == Side.Request ? ref _requestSize : ref _responseSize;
        int limit = side == Side.Request ? RequestCapture : ResponseCapture;
        int captured = (int)Math.Min((ulong)bytes.Length, (ulong)limit - Math.Min((ulong)limit, position));
        if (captured > 0 || TellsUncaptured)
        {
            _parser.Read(new Fragment
            {
                Exchange = _exchange,
                Side = side,
                Position = position,
                Size = (ulong)bytes.Length,
                Bytes = bytes[..captured],
                Time = Now,
                ThreadId = ThreadId,
            });
        }

        position += (ulong)bytes.Length;
        if (side == Side.Request)
        {
            _requestLast = Now;
            return;
        }

        _responseLast = Now;
        _tail.AddRange(bytes[Math.Max(0, bytes.Length - 8)..]);
        _tail.RemoveRange(0, Math.Max(0, _tail.Count - 8));
    }

    private void Update(ProgressReason reason)
    {
        Span<byte> tail = stackalloc byte[8];
        tail.Clear();
        if (TailIsReadable)
        {
            _tail.ToArray().CopyTo(tail);
        }

        _parser.Update(new ExchangeProgress
        {
            Exchange = _exchange,
            Reason = reason,
            Time = Now,
            RequestSize = _requestSize,
            ResponseSize = _responseSize,
            RequestLastTime = _requestLast,
            ResponseLastTime = _responseLast,
            ResponseTail = BinaryPrimitives.ReadUInt64LittleEndian(tail),
        });
    }
}
