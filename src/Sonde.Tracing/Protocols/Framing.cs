namespace Sonde.Tracing.Protocols;

/// <summary>
/// How a protocol's two streams are cut into frames: where a frame says how long it is, and which frames cross to user space.
/// Data, not code: the kernel walks any stream by these numbers, across calls, and copies nothing else.
/// </summary>
/// <remarks>
/// A frame is <see cref="HeaderLength"/> bytes, which hold its length and its type, and the rest. A side whose lengths make no sense, or
/// that has more frames in a call than the settings allow, is lost until a call begins with one of the protocol's patterns, or
/// <see cref="AlignsAtTurns"/> finds it again.
/// </remarks>
public sealed class Framing
{
    /// <summary>No more of a frame crosses than this.</summary>
    public const int MaxCapture = 65_536;

    /// <summary>The kernel keeps so many bytes of a header that came in pieces.</summary>
    public const int MaxHeaderLength = 16;

    private readonly FrameRule?[] _rules = new FrameRule?[2 * 256];
    private readonly IReadOnlyList<FrameRule> _crossing = [];

    /// <summary>Bytes that must be there to know a frame's length, type and flags: 1 to <see cref="MaxHeaderLength"/>.</summary>
    public required int HeaderLength { get; init; }

    /// <summary>Where in the header the length stands.</summary>
    public required int LengthOffset { get; init; }

    /// <summary>How many bytes it has: 1 to 4.</summary>
    public required int LengthWidth { get; init; }

    /// <summary>Whether its first byte is the lowest.</summary>
    public bool IsLittleEndian { get; init; }

    /// <summary>What the length does not count: a frame has so many bytes more than it says.</summary>
    public required int Uncounted { get; init; }

    /// <summary>Where the byte of the type stands; null when all frames are of type 0.</summary>
    public int? TypeOffset { get; init; }

    /// <summary>Where the byte of flags stands that <see cref="FrameRule.Flags"/> are compared with.</summary>
    public int? FlagsOffset { get; init; }

    /// <summary>Longer frames make no sense: the walk has lost its place.</summary>
    public required int MaxLength { get; init; }

    /// <summary>Bytes that the client sends before its first frame: HTTP/2's preface. A pattern that <see cref="Pattern.IsOpening"/> shows it.</summary>
    public int RequestPreface { get; init; }

    /// <summary>
    /// Whether the client's first frames have no type and begin with four bytes of length, big-endian, that count themselves, as
    /// PostgreSQL's start-up packets do: frames whose first byte is 0. They cross as type 0. A server's first answer of a single byte
    /// to one of them is then no frame; it crosses as one of a single byte.
    /// </summary>
    public bool HasUntypedOpening { get; init; }

    /// <summary>
    /// Whether each side begins with a frame when the direction turns: conversations in turns find their place again, and
    /// connections that were open before Sonde are found at their next turn.
    /// </summary>
    public bool AlignsAtTurns { get; init; }

    /// <summary>The frames that cross, a rule for each type and side. A type without a rule is walked past.</summary>
    /// <exception cref="ArgumentException">A type of a side has two rules.</exception>
    public required IReadOnlyList<FrameRule> Crossing
    {
        get => _crossing;
        init
        {
            _crossing = value;
            foreach (FrameRule rule in value)
            {
                ref FrameRule? place = ref _rules[Place(rule.Side, rule.Type)];
                place = place is null ? rule : throw new ArgumentException($"{rule.Side} frames of type {rule.Type} have two rules.", nameof(value));
            }
        }
    }

    /// <summary>How a frame crosses; null: it does not.</summary>
    internal FrameRule? RuleOf(Side side, byte type, byte flags) =>
        _rules[Place(side, type)] is { } rule && (rule.Flags == 0 || (rule.Flags & flags) != 0) ? rule : null;

    private static int Place(Side side, byte type) => (((int)side - 1) * 256) + type;
}

/// <summary>A type of frame that crosses to user space.</summary>
/// <param name="Side">Who sends it.</param>
/// <param name="Type">The byte at <see cref="Framing.TypeOffset"/>.</param>
/// <param name="Capture">
/// How many of its bytes at most, header included. <see cref="Framing.HeaderLength"/> or less means the header alone, told when the
/// frame's last byte passes; more is told as it passes.
/// </param>
/// <param name="Flags">When not 0, only frames with one of these bits set at <see cref="Framing.FlagsOffset"/> cross.</param>
public readonly record struct FrameRule(Side Side, byte Type, int Capture, byte Flags = 0);
