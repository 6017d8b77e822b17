using System.Buffers.Binary;

namespace Sonde.Tracing.Protocols.Http2;

/// <summary>Types of frames (RFC 9113, section 6), those that Sonde knows.</summary>
internal enum FrameType : byte
{
    Data = 0,
    Headers = 1,
    ResetStream = 3,
    PushPromise = 5,
    GoAway = 7,
    Continuation = 9,
}

[Flags]
internal enum FrameFlags : byte
{
    EndStream = 0x1,
    EndHeaders = 0x4,
    Padded = 0x8,
    Priority = 0x20,
}

/// <summary>A frame taken apart (section 4.1).</summary>
internal readonly ref struct Http2Frame
{
    public const int HeaderLength = 9;

    private const uint StreamIdMask = 0x7fff_ffff;

    public required FrameType Type { get; init; }

    public required FrameFlags Flags { get; init; }

    public required uint StreamId { get; init; }

    /// <summary>What was captured of it.</summary>
    public required ReadOnlySpan<byte> Payload { get; init; }

    /// <summary>All of its bytes, captured or not.</summary>
    public required int PayloadLength { get; init; }

    public bool EndsStream => (Flags & FrameFlags.EndStream) != 0;

    public bool EndsHeaders => (Flags & FrameFlags.EndHeaders) != 0;

    public static bool TryRead(ReadOnlySpan<byte> bytes, out Http2Frame frame)
    {
        if (bytes.Length < HeaderLength)
        {
            frame = default;
            return false;
        }

        int length = (bytes[0] << 16) | (bytes[1] << 8) | bytes[2];
        frame = new Http2Frame
        {
            Type = (FrameType)bytes[3],
            Flags = (FrameFlags)bytes[4],
            StreamId = BinaryPrimitives.ReadUInt32BigEndian(bytes[5..]) & StreamIdMask,
            Payload = bytes[HeaderLength..Math.Min(bytes.Length, HeaderLength + length)],
            PayloadLength = length,
        };
        return true;
    }

    /// <summary>A 32-bit number of the payload; false when it was not captured.</summary>
    public bool TryReadNumber(int offset, out uint number)
    {
        bool isThere = Payload.Length >= offset + sizeof(uint);
        number = isThere ? BinaryPrimitives.ReadUInt32BigEndian(Payload[offset..]) : 0;
        return isThere;
    }

    /// <summary>The part of a header block that a frame holds, without padding, priority and promised stream.</summary>
    /// <param name="part">What was captured of it.</param>
    /// <param name="isCut">Whether that is not all of it.</param>
    /// <returns>False when the frame's length contradicts its flags.</returns>
    public bool TryGetBlock(out ReadOnlySpan<byte> part, out bool isCut)
    {
        bool isPadded = Type != FrameType.Continuation && (Flags & FrameFlags.Padded) != 0;
        int start = (isPadded ? 1 : 0)
            + (Type == FrameType.Headers && (Flags & FrameFlags.Priority) != 0 ? 5 : 0)
            + (Type == FrameType.PushPromise ? 4 : 0);
        int end = PayloadLength - (isPadded && Payload.Length > 0 ? Payload[0] : 0);
        int captured = Math.Min(end, Payload.Length);
        isCut = captured < end;
        part = captured > start ? Payload[start..captured] : default;
        return end >= start;
    }
}
