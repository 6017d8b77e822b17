using System.Buffers.Binary;

namespace Sonde.Tracing.Protocols.Tds;

/// <summary>What a server's answer says, as far as it was captured: tokens from the beginning up to the rows, and from the end back to them.</summary>
internal ref struct Result
{
    private const byte ReturnStatus = 0x79, ColumnMetadata = 0x81, Order = 0xa9, Error = 0xaa, Information = 0xab, ReturnValue = 0xac, LoginAcknowledgement = 0xad,
        EnvironmentChange = 0xe3, Done = 0xfd, DoneProcedure = 0xfe, DoneInProcedure = 0xff;

    private const int DoneLength = 13;
    private const ushort HasError = 0x0002, HasCount = 0x0010, IsAttention = 0x0020;
    private const ushort Select = 0xc1;

    /// <summary>The first error's number; 0 when there was none.</summary>
    public int ErrorNumber { get; private set; }

    /// <summary>Whether the last token says that there was an error.</summary>
    public bool Failed { get; private set; }

    /// <summary>Whether the client has cancelled the request.</summary>
    public bool IsCancelled { get; private set; }

    /// <summary>The database that has become the current one, UTF-16; empty when none has.</summary>
    public ReadOnlySpan<byte> Database { get; private set; }

    /// <summary>-1 when it is not told.</summary>
    public long ReturnedRows { get; private set; }

    /// <summary>-1 when it is not told.</summary>
    public long AffectedRows { get; private set; }

    /// <summary>The handle of what was prepared; 0 when there is none.</summary>
    public int Handle { get; private set; }

    /// <summary>Reads an answer.</summary>
    /// <param name="payload">What was captured of it.</param>
    /// <param name="isWhole">Whether that is all.</param>
    public static Result Parse(ReadOnlySpan<byte> payload, bool isWhole)
    {
        var result = new Result { ReturnedRows = -1, AffectedRows = -1 };
        result.ReadForward(payload);
        if (isWhole)
        {
            result.ReadBackward(payload);
        }

        return result;
    }

    private void ReadForward(ReadOnlySpan<byte> payload)
    {
        var reader = new TdsReader(payload);
        while (!reader.IsShort && reader.Rest.Length > 0)
        {
            switch (reader.Byte())
            {
                case Error:
                    ReadError(reader.TakeUpTo(reader.UInt16()));
                    break;
                case EnvironmentChange:
                    ReadChange(reader.Take(reader.UInt16()));
                    break;
                case Information or LoginAcknowledgement or Order:
                    reader.Take(reader.UInt16());
                    break;
                case ReturnStatus:
                    reader.Take(4);
                    break;
                case Done or DoneProcedure or DoneInProcedure:
                    reader.Take(DoneLength - 1);
                    break;
                default:
                    return;
            }
        }
    }

    private void ReadError(ReadOnlySpan<byte> token)
    {
        if (ErrorNumber == 0 && token.Length >= 4)
        {
            ErrorNumber = BinaryPrimitives.ReadInt32LittleEndian(token);
        }
    }

    private void ReadChange(ReadOnlySpan<byte> token)
    {
        var reader = new TdsReader(token);
        if (reader.Byte() == 1)
        {
            Database = reader.ShortText();
        }
    }

    private void ReadBackward(ReadOnlySpan<byte> payload)
    {
        int end = payload.Length - DoneLength;
        if (end < 0 || payload[end] is not (Done or DoneProcedure))
        {
            return;
        }

        ushort status = BinaryPrimitives.ReadUInt16LittleEndian(payload[(end + 1)..]);
        IsCancelled = (status & IsAttention) != 0;
        Failed = (status & HasError) != 0;
        if (Failed && ErrorNumber == 0)
        {
            FindError(payload, end);
        }

        if (payload[end] == DoneProcedure)
        {
            end = SkipReturned(payload, end);
            int inner = end - DoneLength;
            if (inner < 0 || payload[inner] != DoneInProcedure)
            {
                return;
            }

            end = inner;
        }

        Count(payload.Slice(end, DoneLength));
    }

    /// <summary>An error behind rows: its length must lead to the token that ends the answer.</summary>
    private void FindError(ReadOnlySpan<byte> payload, int end)
    {
        for (int at = 0; at + 7 <= end; at++)
        {
            if (payload[at] == Error && at + 3 + BinaryPrimitives.ReadUInt16LittleEndian(payload[(at + 1)..]) == end)
            {
                ReadError(payload[(at + 3)..]);
                return;
            }
        }
    }

    /// <summary>Back over a returned number, which is the handle of what was prepared, and the procedure's status.</summary>
    private int SkipReturned(ReadOnlySpan<byte> payload, int end)
    {
        const int unnamed = 18;
        for (int name = 0; name <= 16 && end - unnamed - (2 * name) is >= 0 and int at; name++)
        {
            if (payload[at] == ReturnValue && payload[at + 3] == name && payload[(end - 7)..].StartsWith<byte>([0x26, 4, 4]))
            {
                Handle = BinaryPrimitives.ReadInt32LittleEndian(payload[(end - 4)..]);
                end = at;
                break;
            }
        }

        return end >= 5 && payload[end - 5] == ReturnStatus ? end - 5 : end;
    }

    private void Count(ReadOnlySpan<byte> done)
    {
        if ((BinaryPrimitives.ReadUInt16LittleEndian(done[1..]) & HasCount) != 0)
        {
            long rows = (long)Math.Min(BinaryPrimitives.ReadUInt64LittleEndian(done[5..]), long.MaxValue);
            bool isSelect = BinaryPrimitives.ReadUInt16LittleEndian(done[3..]) == Select;
            (ReturnedRows, AffectedRows) = isSelect ? (rows, -1L) : (-1L, rows);
        }
    }
}
