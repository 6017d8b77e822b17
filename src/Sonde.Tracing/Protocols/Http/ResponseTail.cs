using System.Buffers.Binary;

namespace Sonde.Tracing.Protocols.Http;

/// <summary>What the last bytes of a response say about the end of a chunked body whose middle was not captured.</summary>
internal readonly ref struct ResponseTail
{
    private readonly ulong _tail;

    /// <param name="tail">As in <see cref="ExchangeProgress.ResponseTail"/>: up to 8 bytes, the first lowest; 0 when unreadable.</param>
    public ResponseTail(ulong tail) => _tail = tail;

    public bool IsReadable => _tail != 0;

    /// <summary>Whether it ends with a last chunk without trailers: <c>CRLF 0 CRLF CRLF</c>, or as much of this as there is.</summary>
    public bool IsLastChunk
    {
        get
        {
            Span<byte> buffer = stackalloc byte[sizeof(ulong)];
            ReadOnlySpan<byte> bytes = Write(buffer);
            if (!bytes.EndsWith("0\r\n\r\n"u8))
            {
                return false;
            }

            // A size may have leading zeros; what stands before it is the end of a line.
            ReadOnlySpan<byte> before = bytes[..^4].TrimEnd((byte)'0');
            return before.Length == 0 || before[^1] == '\n';
        }
    }

    /// <summary>Whether it ends with an empty line, as trailers do.</summary>
    public bool IsEmptyLine
    {
        get
        {
            Span<byte> buffer = stackalloc byte[sizeof(ulong)];
            return Write(buffer).EndsWith("\r\n\r\n"u8);
        }
    }

    private ReadOnlySpan<byte> Write(Span<byte> buffer)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(buffer, _tail);
        return buffer.Trim((byte)0);
    }
}
