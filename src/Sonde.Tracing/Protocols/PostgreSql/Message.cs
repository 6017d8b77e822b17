using System.Buffers.Binary;
using System.Buffers.Text;

namespace Sonde.Tracing.Protocols.PostgreSql;

/// <summary>Reads the fields of a message behind its header.</summary>
internal ref struct Message(ReadOnlySpan<byte> bytes)
{
    public ReadOnlySpan<byte> Rest { get; private set; } = bytes;

    /// <summary>Whether a field was not there in full.</summary>
    public bool IsShort { get; private set; }

    /// <summary>The length that a message says; it does not count the type.</summary>
    public static int LengthOf(ReadOnlySpan<byte> header) => BinaryPrimitives.ReadInt32BigEndian(header[1..]);

    public byte Byte()
    {
        IsShort |= Rest.IsEmpty;
        byte value = Rest.IsEmpty ? (byte)0 : Rest[0];
        Rest = Rest.IsEmpty ? Rest : Rest[1..];
        return value;
    }

    public int Int32()
    {
        IsShort |= Rest.Length < 4;
        int value = IsShort ? 0 : BinaryPrimitives.ReadInt32BigEndian(Rest);
        Rest = IsShort ? default : Rest[4..];
        return value;
    }

    /// <summary>A string up to the byte 0; what is there of it when that is missing.</summary>
    public ReadOnlySpan<byte> Text()
    {
        int end = Rest.IndexOf((byte)0);
        IsShort |= end < 0;
        ReadOnlySpan<byte> text = end < 0 ? Rest : Rest[..end];
        Rest = end < 0 ? default : Rest[(end + 1)..];
        return text;
    }

    /// <summary>The SQLSTATE among the fields of an error; empty when it is not there.</summary>
    public ReadOnlySpan<byte> SqlState()
    {
        for (byte code = Byte(); code != 0; code = Byte())
        {
            ReadOnlySpan<byte> value = Text();
            if (code == 'C')
            {
                return value;
            }
        }

        return default;
    }

    /// <summary>The number of rows that ends a tag such as <c>INSERT 0 5</c>; -1 when there is none.</summary>
    public static long RowsOf(ReadOnlySpan<byte> tag)
    {
        ReadOnlySpan<byte> number = tag[(tag.LastIndexOf((byte)' ') + 1)..];
        return number.Length < tag.Length && Utf8Parser.TryParse(number, out long rows, out int used) && used == number.Length ? rows : -1;
    }
}
