namespace Sonde.Tracing.Protocols.MySql;

/// <summary>What an answer may consist of.</summary>
internal enum AnswerKind : byte
{
    /// <summary>OK, an error, or rows; then perhaps more of these.</summary>
    Statement,

    /// <summary>A prepared statement's number, and definitions.</summary>
    Prepare,

    /// <summary>Rows without definitions.</summary>
    Rows,

    /// <summary>One packet.</summary>
    Other,
}

/// <summary>What the server says in every OK and EOF packet.</summary>
[Flags]
internal enum ServerStatus : ushort
{
    MoreResults = 0x0008,
    CursorExists = 0x0040,
    NoBackslashEscapes = 0x0200,
}

/// <summary>Follows a command's answer packet by packet to its end, whatever the two sides have agreed on.</summary>
internal sealed class AnswerReader
{
    private const byte Ok = 0x00, LocalFile = 0xfb, EndOfFile = 0xfe, Error = 0xff;

    /// <summary>An EOF packet's payload; an OK packet in its place has at least seven bytes.</summary>
    private const int EndOfFileLength = 5;

    private State _state;
    private AnswerKind _kind;
    private ulong _columns;
    private bool _hasEndOfColumns;

    private enum State : byte
    {
        First,
        Columns,
        EndOfColumns,
        Rows,
    }

    /// <summary>Whether the first packet has not come yet.</summary>
    public bool IsFresh { get; private set; }

    /// <summary>The error's number; 0 when there was none.</summary>
    public ushort ErrorCode { get; private set; }

    /// <summary>Of all results together.</summary>
    public ulong AffectedRows { get; private set; }

    /// <summary>Of all results together.</summary>
    public ulong ReturnedRows { get; private set; }

    /// <summary>Whether there was a result of rows, perhaps none.</summary>
    public bool HasRows { get; private set; }

    /// <summary>The number of what was prepared.</summary>
    public uint StatementId { get; private set; }

    /// <summary>The last that was said.</summary>
    public ServerStatus Status { get; private set; }

    /// <summary>Whether a status was said.</summary>
    public bool HasStatus { get; private set; }

    /// <summary>Whether the server waits for a file of the client's.</summary>
    public bool AwaitsFile { get; private set; }

    public void Begin(AnswerKind kind)
    {
        _kind = kind;
        _state = kind == AnswerKind.Rows ? State.Rows : State.First;
        _hasEndOfColumns = kind == AnswerKind.Rows;
        IsFresh = true;
        (ErrorCode, AffectedRows, ReturnedRows, HasRows, StatementId, HasStatus, AwaitsFile) = (0, 0, 0, false, 0, false, false);
    }

    /// <summary>Reads the next packet; true when it was the answer's last.</summary>
    public bool Read(PacketReader packet)
    {
        IsFresh = false;
        var payload = new PayloadReader(packet.Payload);
        byte first = payload.Byte();
        if (first == Error && _state is State.First or State.Rows or State.EndOfColumns)
        {
            ErrorCode = payload.UInt16();
            return true;
        }

        return _state switch
        {
            State.First => ReadFirst(packet, first, payload),
            State.Columns => ReadColumn(),
            State.EndOfColumns => ReadEndOfColumns(packet, first, payload),
            _ => ReadRow(packet, first, payload),
        };
    }

    /// <summary>Whether the last eight bytes of what passed end an answer, as an EOF packet or as an OK packet in its place.</summary>
    /// <param name="tail">First byte lowest.</param>
    public static bool IsEnd(ulong tail)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(bytes, tail);
        // … 0 0 number fe, warnings, status; or … number fe 0 0, status, warnings.
        bool isEndOfFile = bytes[0] == 0 && bytes[1] == 0 && bytes[2] != 0 && bytes[3] == EndOfFile && (bytes[6] & (int)ServerStatus.MoreResults) == 0;
        return isEndOfFile || (bytes[0] != 0 && bytes[1] == EndOfFile && bytes[2] == 0 && bytes[3] == 0 && (bytes[4] & (int)ServerStatus.MoreResults) == 0);
    }

    private bool ReadFirst(PacketReader packet, byte first, PayloadReader payload)
    {
        switch (first)
        {
            case Ok when _kind == AnswerKind.Prepare:
                StatementId = payload.UInt32();
                ushort columns = payload.UInt16(), parameters = payload.UInt16();
                _columns = (ulong)columns + parameters;
                // The ends of both lists come where they are still in use, and are told by their place: before the next answer's first packet.
                return true;
            case Ok:
                return ReadOk(payload);
            case EndOfFile when packet.Length <= 9:
                return true;
            case LocalFile when _kind == AnswerKind.Statement:
                AwaitsFile = true;
                return false;
            default:
                if (_kind == AnswerKind.Other)
                {
                    return true;
                }

                var count = new PayloadReader(packet.Payload);
                _columns = count.Packed();
                HasRows = true;
                // MariaDB may say in a byte more that the client has the definitions already.
                bool isKnown = count.Rest is [0];
                _state = isKnown || _columns == 0 ? State.EndOfColumns : State.Columns;
                return false;
        }
    }

    private bool ReadColumn()
    {
        _state = --_columns == 0 ? State.EndOfColumns : State.Columns;
        return false;
    }

    private bool ReadEndOfColumns(PacketReader packet, byte first, PayloadReader payload)
    {
        _state = State.Rows;
        _hasEndOfColumns = first == EndOfFile && packet.Length == EndOfFileLength;
        if (!_hasEndOfColumns)
        {
            return ReadRow(packet, first, payload);
        }

        payload.UInt16();
        SetStatus(payload.UInt16());
        // Rows behind a cursor are fetched by another command.
        return Status.HasFlag(ServerStatus.CursorExists);
    }

    private bool ReadRow(PacketReader packet, byte first, PayloadReader payload)
    {
        if (first != EndOfFile || packet.Length == 0xffffff || (_hasEndOfColumns && packet.Length != EndOfFileLength))
        {
            ReturnedRows++;
            return false;
        }

        if (packet.Length == EndOfFileLength)
        {
            payload.UInt16();
            SetStatus(payload.UInt16());
            return EndResult();
        }

        return ReadOk(payload);
    }

    private bool ReadOk(PayloadReader payload)
    {
        AffectedRows += payload.Packed();
        payload.Packed();
        SetStatus(payload.UInt16());
        return EndResult();
    }

    private bool EndResult()
    {
        _state = State.First;
        return !Status.HasFlag(ServerStatus.MoreResults);
    }

    private void SetStatus(ushort status) => (Status, HasStatus) = ((ServerStatus)status, true);
}
