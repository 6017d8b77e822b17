using System.Buffers.Binary;
using System.Net;

namespace Sonde.Tracing.Protocols.Dns;

/// <summary>A message of the Domain Name System (RFC 1035, section 4) with one question, as all queries have; read where it lies.</summary>
internal readonly ref struct DnsMessage
{
    private const int HeaderLength = 12;

    /// <summary>A name has 255 bytes at most, an answer's pointers lead backwards: more steps are none that end.</summary>
    private const int MaxName = 255;

    /// <summary>So many records of an answer are looked at.</summary>
    private const int MaxRecords = 32;

    private const ushort TypeA = 1, TypeAaaa = 28;

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly int _questionEnd;

    private DnsMessage(ReadOnlySpan<byte> bytes, int questionEnd)
    {
        _bytes = bytes;
        _questionEnd = questionEnd;
    }

    /// <summary>The number by which the answer finds its query.</summary>
    public ushort Id => BinaryPrimitives.ReadUInt16BigEndian(_bytes);

    public bool IsResponse => (_bytes[2] & 0x80) != 0;

    /// <summary>How the query ended; 0: well.</summary>
    public int ResponseCode => _bytes[3] & 0x0f;

    /// <summary>What is asked for: the type of records.</summary>
    public ushort Type => BinaryPrimitives.ReadUInt16BigEndian(_bytes[(_questionEnd - 4)..]);

    private ushort Class => BinaryPrimitives.ReadUInt16BigEndian(_bytes[(_questionEnd - 2)..]);

    /// <summary>The question, in whatever case its letters are: resolvers mix them on purpose, servers send them back as they came.</summary>
    public ulong QuestionHash
    {
        get
        {
            // FNV-1a.
            ulong hash = 14695981039346656037;
            foreach (byte value in _bytes[HeaderLength.._questionEnd])
            {
                hash = (hash ^ (value is >= (byte)'A' and <= (byte)'Z' ? (byte)(value | 0x20) : value)) * 1099511628211;
            }

            return hash;
        }
    }

    /// <summary>Reads a message, which may lack its end.</summary>
    /// <returns>False when it is none, or has another number of questions than one.</returns>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out DnsMessage message)
    {
        message = default;
        if (bytes.Length < HeaderLength || (bytes[2] & 0x78) != 0 || BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]) != 1)
        {
            return false;
        }

        int end = SkipName(bytes, HeaderLength);
        if (end < 0 || end + 4 > bytes.Length || end - HeaderLength > MaxName)
        {
            return false;
        }

        // Neither a type nor a class has the number 0 (RFC 6895), and no question a pointer in its name: WriteName() relies on that.
        message = new DnsMessage(bytes, end + 4);
        return message.Type != 0 && message.Class != 0 && bytes[end - 1] == 0;
    }

    /// <summary>Writes the name that is asked about, without the dot of the root, as the semantic conventions have it.</summary>
    /// <returns>Bytes written; 4 bytes for each of a name's 255 are enough.</returns>
    public int WriteName(Span<byte> text)
    {
        int length = 0;
        for (int at = HeaderLength; _bytes[at] != 0; at += _bytes[at] + 1)
        {
            if (length > 0)
            {
                text[length++] = (byte)'.';
            }

            foreach (byte value in _bytes.Slice(at + 1, _bytes[at]))
            {
                length += Escape(value, text[length..]);
            }
        }

        if (length == 0)
        {
            text[length++] = (byte)'.';
        }

        return length;
    }

    /// <summary>Writes the addresses among the answers, as far as they were captured: text, each ended by a zero byte.</summary>
    /// <returns>Bytes written.</returns>
    public int WriteAddresses(Span<byte> texts)
    {
        int count = Math.Min((int)BinaryPrimitives.ReadUInt16BigEndian(_bytes[6..]), MaxRecords);
        int length = 0, at = _questionEnd;
        while (count-- > 0 && (at = SkipName(_bytes, at)) >= 0 && at + 10 <= _bytes.Length)
        {
            ushort type = BinaryPrimitives.ReadUInt16BigEndian(_bytes[at..]);
            int size = BinaryPrimitives.ReadUInt16BigEndian(_bytes[(at + 8)..]);
            at += 10;
            if (at + size > _bytes.Length)
            {
                break;
            }

            if ((type == TypeA && size == 4) || (type == TypeAaaa && size == 16))
            {
                if (!new IPAddress(_bytes.Slice(at, size)).TryFormat(texts[length..], out int written) || length + written >= texts.Length)
                {
                    break;
                }

                length += written;
                texts[length++] = 0;
            }

            at += size;
        }

        return length;
    }

    /// <summary>Where a name ends that begins here; -1: behind what was captured.</summary>
    private static int SkipName(ReadOnlySpan<byte> bytes, int at)
    {
        while (at < bytes.Length)
        {
            switch (bytes[at] & 0xc0)
            {
                case 0 when bytes[at] == 0:
                    return at + 1;
                case 0:
                    at += bytes[at] + 1;
                    break;
                case 0xc0:
                    return at + 2;
                default:
                    return -1;
            }
        }

        return -1;
    }

    private static int Escape(byte value, Span<byte> text)
    {
        if (value is > 32 and < 127 and not ((byte)'.' or (byte)'\\' or (byte)'"'))
        {
            text[0] = value;
            return 1;
        }

        text[0] = (byte)'\\';
        if (value is > 32 and < 127)
        {
            text[1] = value;
            return 2;
        }

        text[1] = (byte)('0' + value / 100);
        text[2] = (byte)('0' + value / 10 % 10);
        text[3] = (byte)('0' + value % 10);
        return 4;
    }
}
