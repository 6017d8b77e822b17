namespace Sonde.Tracing.Protocols.Tds;

/// <summary>The procedures that have a number ([MS-TDS] 2.2.6.6) and to which a statement or its handle is given.</summary>
internal enum KnownProcedure : ushort
{
    None = 0,
    CursorOpen = 2,
    CursorPrepareExecute = 5,
    ExecuteSql = 10,
    Prepare = 11,
    Execute = 12,
    PrepareExecute = 13,
    Unprepare = 15,
}

/// <summary>A remote procedure call, as far as it says what is executed.</summary>
internal readonly ref struct ProcedureCall
{
    private const ushort ByNumber = 0xffff;

    /// <summary><see cref="KnownProcedure.None"/> for one with a name.</summary>
    public KnownProcedure Procedure { get; private init; }

    /// <summary>UTF-16; empty for one with a number.</summary>
    public ReadOnlySpan<byte> Name { get; private init; }

    /// <summary>The statement that is given, UTF-16.</summary>
    public ReadOnlySpan<byte> Statement { get; private init; }

    /// <summary>Whether more of the statement was sent than was captured.</summary>
    public bool IsCut { get; private init; }

    /// <summary>The handle that is given; 0 when none is.</summary>
    public int Handle { get; private init; }

    public static ProcedureCall Parse(ReadOnlySpan<byte> payload)
    {
        var reader = new TdsReader(payload);
        reader.SkipHeaders();
        ushort length = reader.UInt16();
        ReadOnlySpan<byte> name = length == ByNumber ? default : reader.Take(2u * length);
        var procedure = (KnownProcedure)(length == ByNumber ? reader.UInt16() : 0);
        reader.UInt16();
        int text = procedure switch
        {
            KnownProcedure.ExecuteSql => 0,
            KnownProcedure.CursorOpen => 1,
            KnownProcedure.Prepare or KnownProcedure.PrepareExecute => 2,
            KnownProcedure.CursorPrepareExecute => 3,
            _ => -1,
        };
        bool hasHandle = procedure is KnownProcedure.Execute or KnownProcedure.Unprepare or KnownProcedure.PrepareExecute;
        int handle = 0;
        ReadOnlySpan<byte> statement = default;
        bool isCut = false;
        for (int i = 0; i <= Math.Max(text, hasHandle ? 0 : -1) && !reader.IsShort; i++)
        {
            ReadOnlySpan<byte> value = Parameter(ref reader, out bool isText);
            if (i == text && isText)
            {
                statement = value;
                isCut = reader.IsShort;
            }
            else if (i == 0 && hasHandle && value.Length == 4)
            {
                handle = System.Buffers.Binary.BinaryPrimitives.ReadInt32LittleEndian(value);
            }
        }

        return new ProcedureCall { Procedure = procedure, Name = name, Statement = statement, IsCut = isCut, Handle = handle };
    }

    /// <summary>A parameter's value; what is there of it, when it is text.</summary>
    private static ReadOnlySpan<byte> Parameter(scoped ref TdsReader reader, out bool isText)
    {
        reader.ShortText();
        reader.Byte();
        byte type = reader.Byte();
        isText = type is 0xe7 or 0xef or 0x63;
        switch (type)
        {
            case 0x26:
                reader.Byte();
                return reader.Take(reader.Byte());
            case 0xe7 or 0xef:
                ushort most = reader.UInt16();
                reader.Take(5);
                if (most == 0xffff)
                {
                    return Chunk(ref reader);
                }

                ushort length = reader.UInt16();
                return length == 0xffff ? default : reader.TakeUpTo(length);
            case 0x63:
                reader.Take(9);
                int count = reader.Int32();
                return count <= 0 ? default : reader.TakeUpTo((uint)count);
            default:
                // What follows cannot be found behind a type that is not known here.
                reader.Take(uint.MaxValue);
                return default;
        }
    }

    /// <summary>The first chunk of a long value; clients send a statement in one.</summary>
    private static ReadOnlySpan<byte> Chunk(scoped ref TdsReader reader)
    {
        if (reader.UInt64() == ulong.MaxValue)
        {
            return default;
        }

        int length = reader.Int32();
        ReadOnlySpan<byte> chunk = length <= 0 ? default : reader.TakeUpTo((uint)length);
        if (length > 0 && !reader.IsShort)
        {
            // The chunk of no length that ends the value.
            reader.Int32();
        }

        return chunk;
    }
}
