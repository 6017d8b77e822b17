namespace Sonde.Tracing.Protocols;

/// <summary>What a frame's first bytes say of it.</summary>
internal readonly struct FrameHead
{
    /// <summary>A single byte that is no frame.</summary>
    public static readonly FrameHead Byte = new() { IsKnown = true, Length = 1, Captured = 1, Rule = new FrameRule(Side.Response, 0, 1) };

    /// <summary>Enough bytes were there to tell.</summary>
    public bool IsKnown { get; private init; }

    /// <summary>Its length can't be one.</summary>
    public bool IsNonsense { get; private init; }

    public byte Type { get; private init; }

    /// <summary>Of the whole frame, header included.</summary>
    public ulong Length { get; private init; }

    /// <summary>How it crosses; null: it does not.</summary>
    public FrameRule? Rule { get; private init; }

    /// <summary>How many of its bytes are captured.</summary>
    public int Captured { get; private init; }

    /// <summary>Reads the head of a frame that begins with these bytes, as far as they go.</summary>
    public static FrameHead Of(Framing framing, Side side, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return default;
        }

        bool isUntyped = framing.HasUntypedOpening && side == Side.Request && bytes[0] == 0;
        int headerLength = isUntyped ? sizeof(uint) : framing.HeaderLength;
        if (bytes.Length < headerLength)
        {
            return default;
        }

        ulong length = isUntyped ? Number(bytes[..sizeof(uint)], false) : Number(bytes.Slice(framing.LengthOffset, framing.LengthWidth), framing.IsLittleEndian);
        length += isUntyped ? 0 : (ulong)framing.Uncounted;
        if (length < (ulong)headerLength || length > (ulong)framing.MaxLength)
        {
            return new FrameHead { IsNonsense = true };
        }

        byte type = isUntyped || framing.TypeOffset is not { } offset ? (byte)0 : bytes[offset];
        byte flags = isUntyped || framing.FlagsOffset is not { } place ? (byte)0 : bytes[place];
        FrameRule? rule = framing.RuleOf(side, type, flags);
        return new FrameHead
        {
            IsKnown = true,
            Type = type,
            Length = length,
            Rule = rule,
            Captured = (int)Math.Min(length, (ulong)Math.Max(rule?.Capture ?? 0, headerLength)),
        };
    }

    private static ulong Number(ReadOnlySpan<byte> bytes, bool isLittleEndian)
    {
        ulong number = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            number = (number << 8) | bytes[isLittleEndian ? bytes.Length - 1 - i : i];
        }

        return number;
    }
}
