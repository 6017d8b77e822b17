using Sonde.Telemetry.Spans;
using Sonde.Tracing.Protocols.Sql;

namespace Sonde.Tracing.Protocols.PostgreSql;

/// <summary>One session: a span for each execution of a statement, and for one that cannot be prepared.</summary>
/// <remarks>
/// <para>A simple query is one span, however many statements it has, up to ReadyForQuery. In the extended protocol each Execute is one,
/// from the first message that prepares it on the same way (Parse, Bind) to its CommandComplete; the client may send as many as it likes
/// before it reads.</para>
/// <para>After an error the server skips what was sent before the next Sync: those executions fail with <c>pipeline_aborted</c>. Fetching
/// more rows of a portal is another execution. A statement that was prepared unseen is executed without its text, and says so.</para>
/// <para>What is encrypted, or replicates, is left alone.</para>
/// </remarks>
internal sealed class PostgreSqlParser(Framing framing, SqlStatementCache statements) : FrameParser(framing)
{
    private const int ProtocolVersion = 3;
    private const int CancelRequest = 80877102, TlsRequest = 80877103, GssRequest = 80877104;

    /// <summary>Messages sent before the first is answered; where there are more, the place among the answers is given up.</summary>
    private const int MaxPending = 8192;

    private readonly PreparedStatements _prepared = new();
    private readonly PendingQueue<PendingMessage> _pending = new(MaxPending);
    private byte[] _database = [];

    /// <summary>The first message since the last Execute, when it prepares the next.</summary>
    private Beginning _preparing;

    /// <summary>Whether a backslash in a plain string quotes: the session's standard_conforming_strings is off.</summary>
    private bool _escapes;

    /// <summary>Whether answers may belong to messages that were lost: until the next ReadyForQuery.</summary>
    private bool _isAstray;

    /// <summary>Whether it is known who asks.</summary>
    private bool _isSettled;
    private bool _isMuted;

    protected override void Begin()
    {
        AbandonAll();
        _prepared.Clear();
        _database = [];
        _preparing = default;
        (_escapes, _isAstray, _isSettled, _isMuted) = (false, false, false, false);
    }

    protected override void ReadFrame(in Frame frame)
    {
        if (_isMuted)
        {
            return;
        }

        if (frame.Side == Side.Request)
        {
            ReadRequest(frame);
        }
        else
        {
            ReadResponse(frame);
        }
    }

    protected override void Lose(Side side)
    {
        AbandonAll();
        _isAstray = true;
        if (side == Side.Request)
        {
            // Names may have been given anew.
            _prepared.Clear();
            _preparing = default;
        }
    }

    protected override void Close(ulong time)
    {
        while (_pending.Count > 0)
        {
            if (_pending.Pop().Span is { } span)
            {
                DatabaseSpan.Fail(span, "connection_closed"u8);
                Conversation.Complete(span, time);
            }
        }
    }

    private void ReadRequest(in Frame frame)
    {
        _isSettled |= frame.Type is 0 or (byte)'Q' or (byte)'P' or (byte)'B';
        if (frame.Type == 0)
        {
            Open(frame);
            return;
        }

        var message = new Message(frame.Bytes[PostgreSqlProtocol.HeaderLength..]);
        switch (frame.Type)
        {
            case (byte)'Q':
                ReadOnlySpan<byte> text = message.Text();
                Execute(Ask.Query, frame, BeginningOf(frame), new Prepared(statements.Read(text, message.IsShort, _escapes), message.IsShort));
                break;
            case (byte)'P':
                Parse(frame, message);
                break;
            case (byte)'B':
                ReadOnlySpan<byte> portal = message.Text(), name = message.Text();
                _prepared.Bind(portal, message.IsShort ? "?"u8 : name);
                Prepare(frame);
                break;
            case (byte)'E':
                Execute(Ask.Execute, frame, _preparing.Time != 0 ? _preparing : BeginningOf(frame), _prepared.OfPortal(message.Text()));
                _preparing = default;
                break;
            case (byte)'C':
                _prepared.Close(message.Byte(), message.Text());
                break;
            case (byte)'S' or (byte)'F':
                // A function call is answered like a Sync.
                Push(new PendingMessage { Ask = Ask.Sync });
                _preparing = default;
                break;
            case (byte)'H':
                _preparing = default;
                break;
        }
    }

    /// <summary>The start-up packet, or one of the questions in its place.</summary>
    private void Open(in Frame frame)
    {
        var message = new Message(frame.Bytes);
        message.Int32();
        int code = message.Int32();
        if (code is CancelRequest)
        {
            Mute();
        }
        else if (code is not (TlsRequest or GssRequest) && code >> 16 == ProtocolVersion)
        {
            ReadOnlySpan<byte> user = default, database = default;
            for (ReadOnlySpan<byte> key = message.Text(); key.Length > 0 && !message.IsShort; key = message.Text())
            {
                ReadOnlySpan<byte> value = message.Text();
                user = key.SequenceEqual("user"u8) ? value : user;
                database = key.SequenceEqual("database"u8) ? value : database;
                if (key.SequenceEqual("replication"u8) && !value.SequenceEqual("false"u8) && !value.SequenceEqual("off"u8) && !value.SequenceEqual("0"u8))
                {
                    Mute();
                    return;
                }
            }

            // Without a name the database is that of the user's name; where the packet is cut it may stand behind the cut.
            _database = database.Length > 0 || message.IsShort ? database.ToArray() : user.ToArray();
        }
    }

    private void Parse(in Frame frame, Message message)
    {
        ReadOnlySpan<byte> name = message.Text(), text = message.Text();
        var prepared = new Prepared(statements.Read(text, message.IsShort, _escapes), message.IsShort);
        _prepared.Prepare(name, prepared);
        Prepare(frame);
        Push(new PendingMessage { Ask = Ask.Parse, Prepared = prepared, Beginning = BeginningOf(frame) });
    }

    private void Prepare(in Frame frame)
    {
        if (_preparing.Time == 0)
        {
            _preparing = BeginningOf(frame);
        }
    }

    private void Execute(Ask ask, in Frame frame, in Beginning beginning, in Prepared prepared)
    {
        if (_isAstray)
        {
            return;
        }

        SpanData span = Begin(beginning, prepared);
        Conversation.Received(span, frame.Time, frame.ThreadId);
        Push(new PendingMessage { Ask = ask, Span = span, Returned = -1, Affected = -1 });
    }

    private SpanData Begin(in Beginning beginning, in Prepared prepared)
    {
        _isSettled = true;
        SpanData span = Conversation.Begin(beginning.Exchange, beginning.Time, beginning.ThreadId, default);
        SqlAttributes.Describe(span, Conversation, "postgresql"u8, _database, prepared.Statement, prepared.IsCut);
        return span;
    }

    private void Push(in PendingMessage message)
    {
        if (_isAstray)
        {
            return;
        }

        _pending.Push(message);
        if (_pending.IsFull)
        {
            AbandonAll();
            _isAstray = true;
        }
    }

    private void ReadResponse(in Frame frame)
    {
        var message = new Message(frame.Bytes[Math.Min(frame.Bytes.Length, PostgreSqlProtocol.HeaderLength)..]);
        switch (frame.Type)
        {
            case 0 when frame.Bytes is [(byte)'S' or (byte)'G']:
                // Yes: what follows is encrypted.
                Mute();
                break;
            case (byte)'1':
                if (_pending.Count > 0 && _pending.Front.Ask == Ask.Parse)
                {
                    _pending.Pop();
                }

                break;
            case (byte)'C':
                Complete(frame, message.Text());
                break;
            case (byte)'I' or (byte)'s':
                Complete(frame, default);
                break;
            case (byte)'H':
                AnswerFront(frame);
                if (_pending.Count > 0)
                {
                    _pending.Front.CopiesOut = true;
                }

                break;
            case (byte)'E':
                Fail(frame, message.SqlState());
                break;
            case (byte)'Z':
                BeReady(frame, message.Byte());
                break;
            case (byte)'S':
                if (message.Text().SequenceEqual("standard_conforming_strings"u8))
                {
                    _escapes = message.Text().SequenceEqual("off"u8);
                }

                break;
            case (byte)'W':
                Mute();
                break;
            case (byte)'P' or (byte)'Q' when !_isSettled:
                _isSettled = true;
                Turn();
                break;
            case (byte)'P' or (byte)'Q':
                Conversation.Malformed();
                Lose(Side.Response);
                break;
        }
    }

    /// <summary>A command is complete: an execution with it, a simple query perhaps not yet.</summary>
    private void Complete(in Frame frame, ReadOnlySpan<byte> tag)
    {
        DropPrepared();
        if (_pending.Count == 0 || _pending.Front.Ask == Ask.Sync)
        {
            return;
        }

        AnswerFront(frame);
        ref PendingMessage front = ref _pending.Front;
        long rows = Message.RowsOf(tag);
        if (rows >= 0)
        {
            bool isReturned = tag.StartsWith("SELECT "u8) || tag.StartsWith("FETCH "u8) || (front.CopiesOut && tag.StartsWith("COPY "u8));
            ref long sum = ref isReturned ? ref front.Returned : ref front.Affected;
            sum = Math.Max(sum, 0) + rows;
        }

        if (front.Ask == Ask.Execute)
        {
            Pop(frame.Time);
        }
    }

    private void Fail(in Frame frame, ReadOnlySpan<byte> code)
    {
        if (_pending.Count > 0 && _pending.Front.Ask == Ask.Parse && !IsExecuted())
        {
            // Nothing but this was asked: the statement makes a span of its own.
            PendingMessage parse = _pending.Pop();
            SpanData span = Begin(parse.Beginning, parse.Prepared);
            Conversation.Received(span, parse.Beginning.Time, parse.Beginning.ThreadId);
            Conversation.Answering(span, frame.Time, frame.ThreadId);
            DatabaseSpan.Refuse(span, code);
            Conversation.Complete(span, frame.Time);
            return;
        }

        DropPrepared();
        if (_pending.Count == 0 || _pending.Front.Span is not { } failed)
        {
            return;
        }

        AnswerFront(frame);
        DatabaseSpan.Refuse(failed, code);
        if (_pending.Front.Ask == Ask.Execute)
        {
            Pop(frame.Time);
        }
    }

    /// <summary>Whether what is prepared at the front is also executed before the next Sync.</summary>
    private bool IsExecuted()
    {
        for (int i = 0; i < _pending.Count && _pending[i].Ask != Ask.Sync; i++)
        {
            if (_pending[i].Ask == Ask.Execute)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>ReadyForQuery: everything up to the Sync, or the simple query, is over.</summary>
    private void BeReady(in Frame frame, byte status)
    {
        _isAstray = false;
        if (status == 'I')
        {
            _prepared.EndTransaction();
        }

        while (_pending.Count > 0)
        {
            PendingMessage front = _pending.Front;
            if (front.Span is { } span)
            {
                if (front.Ask == Ask.Execute)
                {
                    DatabaseSpan.Fail(span, "pipeline_aborted"u8);
                }

                AnswerFront(frame);
                Pop(frame.Time);
            }
            else
            {
                _pending.Pop();
            }

            if (front.Ask is Ask.Query or Ask.Sync)
            {
                return;
            }
        }
    }

    private void AnswerFront(in Frame frame)
    {
        DropPrepared();
        if (_pending.Count > 0 && _pending.Front is { Span: { } span, IsAnswering: false })
        {
            _pending.Front.IsAnswering = true;
            Conversation.Answering(span, frame.Time, frame.ThreadId);
        }
    }

    /// <summary>What was prepared before something that is answered has succeeded.</summary>
    private void DropPrepared()
    {
        while (_pending.Count > 0 && _pending.Front.Ask == Ask.Parse)
        {
            _pending.Pop();
        }
    }

    private void Pop(ulong time)
    {
        PendingMessage message = _pending.Pop();
        SpanData span = message.Span!;
        SqlAttributes.SetRows(span, message.Returned, message.Affected);
        Conversation.Complete(span, time);
    }

    private void AbandonAll()
    {
        while (_pending.Count > 0)
        {
            if (_pending.Pop().Span is { } span)
            {
                Conversation.Abandon(span);
            }
        }
    }

    private void Mute()
    {
        AbandonAll();
        _isMuted = true;
        Conversation.Mute();
    }

    private static Beginning BeginningOf(in Frame frame) => new(frame.Exchange, frame.BeginTime, frame.ThreadId);
}
