using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Sonde.Tracing.Protocols;

namespace Sonde.Tracing.Tests.Protocols;

/// <summary>A framed protocol for the tests of frames: a type, four bytes of length that count themselves but not the type, as PostgreSQL's.</summary>
internal sealed class ToyProtocol : IProtocol
{
    public string Name => "toy";

    public IReadOnlyList<Pattern> Patterns { get; } = [Pattern.Request("TOY!"), new Pattern(new byte[] { (byte)'Q', 0, 0 }, Side.Request)];

    public Framing Framing { get; init; } = new()
    {
        HeaderLength = 5,
        LengthOffset = 1,
        LengthWidth = 4,
        Uncounted = 1,
        TypeOffset = 0,
        MaxLength = 1 << 20,
        RequestPreface = 4,
        Crossing =
        [
            new FrameRule(Side.Request, (byte)'Q', 40),
            new FrameRule(Side.Request, (byte)'E', 5),
            new FrameRule(Side.Response, (byte)'C', 24),
            new FrameRule(Side.Response, (byte)'Z', 6),
        ],
    };

    public bool Recognizes(ReadOnlySpan<byte> request, ReadOnlySpan<byte> response) => false;

    public ConversationParser CreateParser() => new ToyParser(Framing);

    /// <summary>A frame as it passes: Latin-1, one character a byte.</summary>
    public static string Frame(char type, int size) => Frame(type, new string('x', size));

    public static string Frame(char type, string text)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, 4 + text.Length);
        return type + Encoding.Latin1.GetString(length) + text;
    }

    public static string Untyped(string text)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, 4 + text.Length);
        return Encoding.Latin1.GetString(length) + text;
    }
}

/// <summary>Writes down what it is told.</summary>
internal sealed class ToyParser(Framing framing) : FrameParser(framing)
{
    public List<string> Log { get; } = [];

    protected override void Begin() => Log.Clear();

    protected override void ReadFrame(in Frame frame)
    {
        string text = Encoding.Latin1.GetString(frame.Bytes);
        Log.Add(string.Create(CultureInfo.InvariantCulture, $"{frame.Side} {(char)frame.Type} at {frame.Exchange} {frame.Bytes.Length}/{frame.Length}{(frame.IsCut ? " cut" : "")} {frame.Time / 1_000_000} {text.GetHashCode(StringComparison.Ordinal)}"));
        if (text.EndsWith("turn", StringComparison.Ordinal))
        {
            Turn();
        }
    }

    protected override void Lose(Side side) => Log.Add($"{side} lost");

    protected override void Close(ulong time) => Log.Add("closed");
}
