using System.Globalization;
using Sonde.Telemetry.Spans;
using Sonde.Tracing.Protocols.Sql;

namespace Sonde.Tracing.Protocols.MySql;

/// <summary>One connection of MySQL or MariaDB: a span for each execution of a statement, and for one that cannot be prepared.</summary>
/// <remarks>
/// <para>Commands that execute no statement (<c>COM_PING</c>, <c>COM_STMT_CLOSE</c>, …) make no span. An answer ends with the packet that
/// ends it; when that was not captured, when the response's last bytes are such a packet, with the next exchange, or with the
/// connection.</para>
/// <para>A statement that was prepared before Sonde joined is executed without its text, and the span says so. What is compressed,
/// encrypted or replicated is not read: the connection is left alone from there on.</para>
/// </remarks>
public sealed class MySqlParser : ConversationParser
{
    /// <summary>Prepared statements that are remembered of one connection.</summary>
    private const int MaxPrepared = 1024;

    /// <summary>Commands sent before the first is answered; a client with more is no longer followed there.</summary>
    private const int MaxPending = 64;

    private readonly SqlStatementCache _statements;
    private readonly PacketReader _request = new(8192);
    private readonly PacketReader _response = new(256);
    private readonly AnswerReader _answer = new();
    private readonly Dictionary<uint, (SqlStatement Statement, bool IsCut)> _prepared = [];
    private readonly PendingQueue<PendingCommand> _pending = new(MaxPending);
    private IConversation _conversation = null!;
    private byte[] _database = [];
    private Capabilities _server;
    private Capabilities _client;
    private ulong _exchange;
    private ulong _lastResponse;
    private uint _lastPrepared;
    private bool _isMariaDb;
    private bool _awaitsLogin;
    private bool _hasEscapes;
    private bool _isMuted;

    internal MySqlParser(SqlStatementCache statements) => _statements = statements;

    /// <inheritdoc/>
    public override void Reset(IConversation conversation)
    {
        if (_conversation is not null)
        {
            AbandonAll();
        }

        _conversation = conversation;
        _prepared.Clear();
        _database = [];
        (_server, _client, _exchange, _lastResponse, _lastPrepared) = (0, 0, 0, 0, 0);
        (_isMariaDb, _awaitsLogin, _hasEscapes, _isMuted) = (false, false, true, false);
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

        Enter(fragment.Exchange, fragment.Time);
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

        _lastResponse = fragment.Time;
        if (_request.IsInside)
        {
            // The answer came early, or the rest of the request was not seen to pass.
            _request.Lose();
        }

        if (_pending.Count > 0)
        {
            Answer(ref _pending.Front, fragment.Time, fragment.ThreadId);
        }

        while (!_isMuted && _response.Read(ref bytes, ref size, fragment))
        {
            ReadResponse(fragment);
        }
    }

    /// <inheritdoc/>
    public override void Update(in ExchangeProgress progress)
    {
        if (_isMuted || progress.Exchange != _exchange)
        {
            return;
        }

        if (progress.Reason == ProgressReason.Closed || (progress.Reason == ProgressReason.Next && !_answer.AwaitsFile))
        {
            EndUnseen(progress.ResponseLastTime, Math.Max(progress.Time, progress.RequestLastTime));
        }
        else if (progress.Reason is ProgressReason.Passed or ProgressReason.Quiet && _response.IsLost && progress.ResponseLastTime != 0
            && (AnswerReader.IsEnd(progress.ResponseTail) || (progress.ResponseTail == 0 && progress.Reason == ProgressReason.Quiet)))
        {
            EndUnseen(progress.ResponseLastTime, progress.ResponseLastTime);
        }
    }

    /// <inheritdoc/>
    public override void Resynchronize()
    {
        AbandonAll();
        // What was prepared meanwhile is not known, nor what was forgotten.
        _request.Lose();
        _response.Lose();
    }

    /// <summary>Another exchange begins: what the one before has left open is over, unless the server waits for a file.</summary>
    private void Enter(ulong exchange, ulong time)
    {
        if (exchange == _exchange)
        {
            return;
        }

        _exchange = exchange;
        if (_pending.Count > 0 && _answer.AwaitsFile)
        {
            _request.Restart();
            _response.Restart();
            return;
        }

        EndUnseen(_lastResponse, time);
        _request.Restart();
        _response.Restart();
    }

    private void ReadRequest(in Fragment fragment)
    {
        ReadOnlySpan<byte> payload = _request.Payload;
        if (_awaitsLogin && _request.Number == 1)
        {
            ReadLogin(payload);
            return;
        }

        // What is not the first packet of a command is a file, a proof of who the client is, or the rest of a long statement.
        if (_request.Number != 0 || payload.IsEmpty)
        {
            return;
        }

        var command = new PendingCommand
        {
            BeginTime = _request.BeginTime,
            BeginThread = _request.BeginThread,
            Exchange = fragment.Exchange,
            FirstNumber = 1,
            Answer = AnswerKind.Other,
        };
        var arguments = new PayloadReader(payload[1..]);
        switch ((Command)payload[0])
        {
            case Command.Query:
                command.Answer = AnswerKind.Statement;
                command.IsCut = _request.IsCut;
                command.Statement = TakeQuery(ref arguments) ? _statements.Read(arguments.Rest, _request.IsCut, _hasEscapes) : SqlStatement.Unknown;
                command.Database = command.Statement.Database is { Length: > 0 } used ? used : null;
                Begin(ref command, fragment.Time, fragment.ThreadId);
                break;
            case Command.Execute or Command.BulkExecute:
                command.Answer = AnswerKind.Statement;
                uint id = arguments.UInt32();
                // MariaDB's -1 is what was prepared last, perhaps in the same breath.
                (command.Statement, command.IsCut) = id == uint.MaxValue ? LastPrepared() : _prepared.TryGetValue(id, out var known) ? known : (SqlStatement.Unknown, false);
                Begin(ref command, fragment.Time, fragment.ThreadId);
                break;
            case Command.Prepare:
                command.Answer = AnswerKind.Prepare;
                command.IsCut = _request.IsCut;
                command.Statement = _statements.Read(arguments.Rest, _request.IsCut, _hasEscapes);
                break;
            case Command.InitDb:
                command.Database = arguments.Rest.ToArray();
                break;
            case Command.ChangeUser:
                arguments.Text();
                arguments.Take(arguments.Byte());
                command.Database = arguments.Text().ToArray();
                _prepared.Clear();
                break;
            case Command.Fetch:
                command.Answer = AnswerKind.Rows;
                break;
            case Command.CloseStatement:
                _prepared.Remove(arguments.UInt32());
                return;
            case Command.SendLongData or Command.Quit:
                return;
            case Command.BinlogDump or Command.BinlogDumpGtid:
                Mute();
                return;
            case > Command.Last and not Command.BulkExecute:
                _conversation.Malformed();
                Mute();
                return;
        }

        Push(command);
    }

    private void ReadLogin(ReadOnlySpan<byte> payload)
    {
        _awaitsLogin = false;
        if (!Login.TryParse(payload, out Login login))
        {
            _conversation.Malformed();
            return;
        }

        _client = login.Capabilities & _server;
        _database = login.Database.ToArray();
        if ((_client & (Capabilities.Tls | Capabilities.Compress | Capabilities.CompressZstandard)) != 0)
        {
            Mute();
        }
    }

    /// <summary>Passes over the attributes that may stand before a statement; false when they are more than their count.</summary>
    private bool TakeQuery(ref PayloadReader arguments)
    {
        bool hasAttributes = _server != 0 ? _client.HasFlag(Capabilities.QueryAttributes) : arguments.Rest.StartsWith("\0\x01"u8);
        if (!hasAttributes)
        {
            return true;
        }

        ulong count = arguments.Packed();
        arguments.Packed();
        return count == 0;
    }

    private (SqlStatement Statement, bool IsCut) LastPrepared()
    {
        for (int i = _pending.Count - 1; i >= 0; i--)
        {
            ref PendingCommand command = ref _pending[i];
            if (command.Answer == AnswerKind.Prepare)
            {
                return (command.Statement!, command.IsCut);
            }
        }

        return _prepared.TryGetValue(_lastPrepared, out var last) ? last : (SqlStatement.Unknown, false);
    }

    private void Begin(ref PendingCommand command, ulong time, uint thread)
    {
        SpanData span = _conversation.Begin(command.Exchange, command.BeginTime, command.BeginThread, default);
        SqlAttributes.Describe(span, _conversation, _isMariaDb ? "mariadb"u8 : "mysql"u8, _database, command.Statement!, command.IsCut);
        _conversation.Received(span, time, thread);
        command.Span = span;
    }

    private void Push(in PendingCommand command)
    {
        if (_pending.IsFull)
        {
            AbandonAll();
        }

        _pending.Push(command);
        if (_pending.Count == 1)
        {
            _answer.Begin(command.Answer);
        }
    }

    private void ReadResponse(in Fragment fragment)
    {
        if (_pending.Count == 0)
        {
            if (_response.Number == 0 && Greeting.TryParsePayload(_response.Payload, out Greeting greeting))
            {
                (_server, _isMariaDb, _awaitsLogin) = (greeting.Capabilities, greeting.IsMariaDb, true);
            }

            return;
        }

        ref PendingCommand command = ref _pending.Front;
        if (_answer.IsFresh && _response.Number != command.FirstNumber)
        {
            // Definitions of a statement that was prepared.
            return;
        }

        if (!_answer.Read(_response))
        {
            return;
        }

        Answer(ref command, fragment.Time, fragment.ThreadId);
        if (_answer.HasStatus)
        {
            _hasEscapes = !_answer.Status.HasFlag(ServerStatus.NoBackslashEscapes);
        }

        if (_answer.ErrorCode != 0)
        {
            Fail(ref command, fragment, _answer.ErrorCode);
        }
        else
        {
            Succeed(command);
        }

        Pop(fragment.Time);
        if (_pending.Count > 0)
        {
            // The next answer begins behind this one, with the number of its own first packet.
            _answer.Begin(_pending.Front.Answer);
        }
    }

    private void Succeed(in PendingCommand command)
    {
        if (command.Database is { } database)
        {
            _database = database;
        }

        if (command.Answer == AnswerKind.Prepare && (_prepared.Count < MaxPrepared || _prepared.ContainsKey(_answer.StatementId)))
        {
            _lastPrepared = _answer.StatementId;
            _prepared[_answer.StatementId] = (command.Statement!, command.IsCut);
        }

        if (command.Span is { } span)
        {
            SqlAttributes.SetRows(span, _answer.HasRows ? (long)_answer.ReturnedRows : -1, _answer.HasRows ? -1 : (long)_answer.AffectedRows);
        }
    }

    private void Fail(ref PendingCommand command, in Fragment fragment, ushort code)
    {
        if (command.Answer == AnswerKind.Prepare)
        {
            Begin(ref command, command.BeginTime, command.BeginThread);
            _conversation.Answering(command.Span!, fragment.Time, fragment.ThreadId);
        }

        if (command.Span is { } span)
        {
            Span<byte> text = stackalloc byte[8];
            code.TryFormat(text, out int length, default, CultureInfo.InvariantCulture);
            DatabaseSpan.Refuse(span, text[..length]);
        }
    }

    private void Answer(ref PendingCommand command, ulong time, uint thread)
    {
        if (!command.IsAnswering)
        {
            command.IsAnswering = true;
            if (command.Span is { } span)
            {
                _conversation.Answering(span, time, thread);
            }
        }
    }

    /// <summary>What awaits an answer is over, and how it went was not seen to the end.</summary>
    /// <param name="answered">When the last of the response passed; 0 when nothing did.</param>
    /// <param name="ended">When the exchange was over.</param>
    private void EndUnseen(ulong answered, ulong ended)
    {
        while (_pending.Count > 0)
        {
            ref PendingCommand command = ref _pending.Front;
            if (command.Span is { } span && !command.IsAnswering && answered < command.BeginTime)
            {
                DatabaseSpan.Fail(span, "connection_closed"u8);
            }

            Pop(Math.Max(answered >= command.BeginTime ? answered : ended, command.BeginTime));
        }
    }

    private void Pop(ulong time)
    {
        if (_pending.Pop().Span is { } span)
        {
            _conversation.Complete(span, time);
        }
    }

    private void AbandonAll()
    {
        while (_pending.Count > 0)
        {
            if (_pending.Pop().Span is { } span)
            {
                _conversation.Abandon(span);
            }
        }
    }

    private void Mute()
    {
        AbandonAll();
        _isMuted = true;
        _conversation.Mute();
    }
}
