using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Unicode;
using Sonde.Telemetry.Spans;
using Sonde.Tracing.Protocols.Sql;

namespace Sonde.Tracing.Protocols.Tds;

/// <summary>One connection of SQL Server: a span for each batch, procedure call and request of a transaction.</summary>
/// <remarks>
/// <para>One is answered before the next is asked. An answer ends with its last packet; where that was not captured, with the next exchange,
/// when it was silent for a while, or with the connection. An answer that pauses for long may end early there.</para>
/// <para>The handle of a prepared statement stands behind the rows: where these are longer than the capture it is not seen, and the
/// statement is executed without its text from then on, and says so.</para>
/// <para>A connection that is encrypted, or carries several sessions, is left alone; one of which the login alone is encrypted is read.</para>
/// </remarks>
public sealed class TdsParser : ConversationParser
{
    /// <summary>Handles that are remembered of one connection.</summary>
    private const int MaxHandles = 1024;

    private static readonly SqlStatement s_begin = Transaction("BEGIN TRANSACTION");
    private static readonly SqlStatement s_commit = Transaction("COMMIT TRANSACTION");
    private static readonly SqlStatement s_rollback = Transaction("ROLLBACK TRANSACTION");

    private readonly SqlStatementCache _statements;
    private readonly MessageReader _request = new(8192);
    private readonly MessageReader _response = new(512);
    private readonly Dictionary<int, (SqlStatement Statement, bool IsCut)> _handles = [];
    private readonly Dictionary<byte[], SqlStatement> _procedures = new(BytesComparer.Instance);
    private byte[] _text = new byte[512];
    private IConversation _conversation = null!;
    private byte[] _database = [];
    private ulong _exchange;
    private SpanData? _span;
    private SqlStatement? _statement;
    private bool _isStatementCut;
    private bool _isPreparing;
    private bool _isAnswering;
    private bool _awaitsPrelogin;
    private bool _isMuted;

    internal TdsParser(SqlStatementCache statements) => _statements = statements;

    /// <inheritdoc/>
    public override void Reset(IConversation conversation)
    {
        if (_conversation is not null)
        {
            Abandon();
        }

        _conversation = conversation;
        _handles.Clear();
        _database = [];
        (_exchange, _statement, _isPreparing, _awaitsPrelogin, _isMuted) = (0, null, false, false, false);
        _request.Restart();
        _response.Restart();
    }

    /// <inheritdoc/>
    public override void Read(in Fragment fragment)
    {
        if (_isMuted || fragment.Exchange < _exchange)
        {
            return;
        }

        if (fragment.Exchange != _exchange)
        {
            _exchange = fragment.Exchange;
            End(fragment.Time);
            _request.Restart();
            _response.Restart();
        }

        ReadOnlySpan<byte> bytes = fragment.Bytes;
        ulong size = fragment.Size;
        if (fragment.Side == Side.Request)
        {
            while (!_isMuted && _request.Read(ref bytes, ref size, fragment))
            {
                ReadRequest(fragment);
            }

            return;
        }

        if (_request.IsBroken)
        {
            // A request of several packets, longer than the capture.
            ReadRequest(fragment);
            _request.Lose();
        }

        Answer(fragment.Time, fragment.ThreadId);
        while (!_isMuted && _response.Read(ref bytes, ref size, fragment))
        {
            ReadResponse(fragment);
        }
    }

    /// <inheritdoc/>
    public override void Update(in ExchangeProgress progress)
    {
        if (_isMuted || progress.Exchange != _exchange || progress.Reason == ProgressReason.Passed)
        {
            return;
        }

        if (progress.Reason != ProgressReason.Quiet)
        {
            if (!_isAnswering && _span is { } span)
            {
                DatabaseSpan.Fail(span, "connection_closed"u8);
            }

            End(progress.ResponseLastTime != 0 ? progress.ResponseLastTime : Math.Max(progress.Time, progress.RequestLastTime));
        }
        else if (_response.IsLost && progress.ResponseLastTime != 0)
        {
            End(progress.ResponseLastTime);
        }
    }

    /// <inheritdoc/>
    public override void Resynchronize()
    {
        Abandon();
        _handles.Clear();
        _request.Lose();
        _response.Lose();
    }

    private void ReadRequest(in Fragment fragment)
    {
        switch (_request.Type)
        {
            case PacketType.Prelogin:
                // The handshake of TLS comes in such packets too.
                _awaitsPrelogin = _request.Payload is [0, ..];
                break;
            case PacketType.Login:
                _database = ToUtf8(Prelogin.DatabaseOf(_request.Payload)).ToArray();
                break;
            case PacketType.Batch:
                var batch = new TdsReader(_request.Payload);
                batch.SkipHeaders();
                Begin(fragment, _statements.Read(ToUtf8(batch.Rest), _request.IsCut), _request.IsCut);
                break;
            case PacketType.Call:
                Call(fragment, ProcedureCall.Parse(_request.Payload));
                break;
            case PacketType.Transaction:
                var request = new TdsReader(_request.Payload);
                request.SkipHeaders();
                if (request.UInt16() switch { 5 => s_begin, 7 => s_commit, 8 => s_rollback, _ => null } is { } statement)
                {
                    Begin(fragment, statement, false);
                }

                break;
            case PacketType.Multiplexed:
                Mute();
                break;
            case PacketType.Attention or PacketType.BulkLoad:
                break;
            default:
                // The login, encrypted, looks like this.
                _request.Lose();
                break;
        }
    }

    private void Call(in Fragment fragment, in ProcedureCall call)
    {
        switch (call.Procedure)
        {
            case KnownProcedure.None:
                Begin(fragment, Procedure(ToUtf8(call.Name)), false);
                break;
            case KnownProcedure.Unprepare:
                _handles.Remove(call.Handle);
                break;
            case KnownProcedure.Execute:
                (SqlStatement statement, bool isCut) = _handles.TryGetValue(call.Handle, out var known) ? known : (SqlStatement.Unknown, false);
                Begin(fragment, statement, isCut);
                break;
            default:
                bool isText = call.Statement.Length > 0;
                Begin(fragment, isText ? _statements.Read(ToUtf8(call.Statement), call.IsCut) : SqlStatement.Unknown, call.IsCut);
                _isPreparing = isText && call.Procedure is KnownProcedure.Prepare or KnownProcedure.PrepareExecute;
                break;
        }
    }

    /// <summary>A procedure that is called by its name, without any text.</summary>
    private SqlStatement Procedure(ReadOnlySpan<byte> name)
    {
        var procedures = _procedures.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (!procedures.TryGetValue(name, out SqlStatement? statement))
        {
            statement = new SqlStatement { Summary = [.. "EXECUTE "u8, .. name], Operation = "EXECUTE"u8.ToArray(), Procedure = name.ToArray() };
            if (_procedures.Count < MaxHandles)
            {
                procedures[name] = statement;
            }
        }

        return statement;
    }

    private void Begin(in Fragment fragment, SqlStatement statement, bool isCut)
    {
        End(fragment.Time);
        SpanData span = _conversation.Begin(_exchange, _request.BeginTime, _request.BeginThread, default);
        SqlAttributes.Describe(span, _conversation, "microsoft.sql_server"u8, _database, statement, isCut);
        _conversation.Received(span, fragment.Time, fragment.ThreadId);
        (_span, _statement, _isStatementCut, _isPreparing, _isAnswering) = (span, statement, isCut, false, false);
    }

    private void ReadResponse(in Fragment fragment)
    {
        if (_response.Type != PacketType.Result)
        {
            return;
        }

        if (_awaitsPrelogin)
        {
            _awaitsPrelogin = false;
            if (Prelogin.EncryptionOf(_response.Payload) is Encryption.On or Encryption.Required)
            {
                Mute();
            }

            return;
        }

        Result result = Result.Parse(_response.Payload, !_response.IsCut);
        if (result.Database.Length > 0)
        {
            _database = ToUtf8(result.Database).ToArray();
        }

        if (_span is not { } span)
        {
            return;
        }

        if (_isPreparing && result.Handle != 0 && _handles.Count < MaxHandles)
        {
            _handles[result.Handle] = (_statement!, _isStatementCut);
        }

        Describe(span, result);
        End(fragment.Time);
    }

    private static void Describe(SpanData span, in Result result)
    {
        if (result.IsCancelled)
        {
            DatabaseSpan.Fail(span, "cancelled"u8);
        }
        else if (result.ErrorNumber != 0)
        {
            Span<byte> number = stackalloc byte[12];
            result.ErrorNumber.TryFormat(number, out int length, default, CultureInfo.InvariantCulture);
            DatabaseSpan.Refuse(span, number[..length]);
        }
        else if (result.Failed)
        {
            DatabaseSpan.Fail(span, "_OTHER"u8);
        }

        SqlAttributes.SetRows(span, result.ReturnedRows, result.AffectedRows);
    }

    private void Answer(ulong time, uint thread)
    {
        if (_span is { } span && !_isAnswering)
        {
            _isAnswering = true;
            _conversation.Answering(span, time, thread);
        }
    }

    private void End(ulong time)
    {
        if (_span is { } span)
        {
            _span = null;
            _conversation.Complete(span, time);
        }
    }

    private void Abandon()
    {
        if (_span is { } span)
        {
            _span = null;
            _conversation.Abandon(span);
        }
    }

    private void Mute()
    {
        Abandon();
        _isMuted = true;
        _conversation.Mute();
    }

    /// <summary>Text of UTF-16, lowest byte first, in a buffer that is used again.</summary>
    private ReadOnlySpan<byte> ToUtf8(ReadOnlySpan<byte> text)
    {
        ReadOnlySpan<char> characters = MemoryMarshal.Cast<byte, char>(text);
        if (_text.Length < characters.Length * 3)
        {
            _text = new byte[characters.Length * 3];
        }

        Utf8.FromUtf16(characters, _text, out _, out int length);
        return _text.AsSpan(0, length);
    }

    private static SqlStatement Transaction(string operation) =>
        new() { Summary = System.Text.Encoding.ASCII.GetBytes(operation), Operation = System.Text.Encoding.ASCII.GetBytes(operation) };
}
