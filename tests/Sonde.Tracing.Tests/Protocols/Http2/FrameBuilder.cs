using System.Buffers.Binary;
using System.Text;
using Sonde.Tracing.Protocols.Http2;

namespace Sonde.Tracing.Tests.Protocols.Http2;

/// <summary>Frames as a peer would send them that compresses nothing.</summary>
internal static class FrameBuilder
{
    public static byte[] Preface { get; } = [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8];

    public static byte[] Frame(FrameType type, FrameFlags flags, uint stream, params byte[] payload)
    {
        byte[] frame = new byte[9 + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8);
        frame[3] = (byte)type;
        frame[4] = (byte)flags;
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame, 9);
        return frame;
    }

    /// <summary>A whole header block in one frame.</summary>
    public static byte[] Headers(uint stream, bool end, params string[] fields) =>
        Frame(FrameType.Headers, FrameFlags.EndHeaders | (end ? FrameFlags.EndStream : 0), stream, Block(fields));

    public static byte[] Data(uint stream, bool end, string text = "") =>
        Frame(FrameType.Data, end ? FrameFlags.EndStream : 0, stream, Encoding.ASCII.GetBytes(text));

    public static byte[] Reset(uint stream, uint code) => Frame(FrameType.ResetStream, 0, stream, Number(code));

    public static byte[] GoAway(uint last) => Frame(FrameType.GoAway, 0, 0, [.. Number(last), .. Number(0)]);

    /// <summary>Fields as literals that stay out of the table: <c>name: value</c>; <c>+name: value</c> goes into it, <c>#n</c> is a place of it.</summary>
    public static byte[] Block(params string[] fields)
    {
        List<byte> block = [];
        foreach (string field in fields)
        {
            if (field[0] == '#')
            {
                block.Add((byte)(0x80 | int.Parse(field[1..], System.Globalization.CultureInfo.InvariantCulture)));
                continue;
            }

            bool isInserted = field[0] == '+';
            string text = isInserted ? field[1..] : field;
            int colon = text.IndexOf(": ", 1, StringComparison.Ordinal);
            block.Add((byte)(isInserted ? 0x40 : 0));
            Add(block, text[..colon]);
            Add(block, text[(colon + 2)..]);
        }

        return [.. block];
    }

    private static void Add(List<byte> block, string text)
    {
        int length = text.Length;
        block.Add((byte)Math.Min(length, 127));
        if (length >= 127)
        {
            for (length -= 127; length >= 128; length >>= 7)
            {
                block.Add((byte)(length | 128));
            }

            block.Add((byte)length);
        }

        block.AddRange(Encoding.Latin1.GetBytes(text));
    }

    private static byte[] Number(uint number)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, number);
        return bytes;
    }
}
