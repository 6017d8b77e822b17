using System.Buffers.Text;
using System.Text;
using Sonde.Telemetry.Attributes;
using Sonde.Telemetry.Spans;

namespace Sonde.Tracing.Protocols.Redis;

/// <summary>One connection to Redis: matches the answers with the commands, in their order.</summary>
/// <remarks>
/// <para>Every command is a span, pipelined or not: on the wire a pipeline is the same as commands of many threads that share a connection.
/// A transaction, from <c>MULTI</c> to the answer to <c>EXEC</c>, is one.</para>
/// <para>Both sides are followed as streams; the cuts between exchanges matter only where the place in one was lost, because not all of it
/// was captured. A command whose arguments go on behind the capture has its span all the same; those that begin there have none. The answer to a
/// single command ends with the exchange. Of several commands those whose answers were not seen are completed without one and
/// marked so; but where commands of one exchange were seen to be answered in another (a shared connection), that would be a guess: those that
/// wait are given up, and the connection is read again once it has been silent.</para>
/// <para>Errors that are no status: <c>connection_closed</c> before an answer, <c>response_truncated</c> in it.</para>
/// </remarks>
public sealed class RedisParser : ConversationParser
{
    /// <summary>After so long without a byte nothing is under way that was not seen, nanoseconds.</summary>
    private const ulong Silence = 100_000_000;

    /// <summary>Of the connection's database, which only commands and the connection's beginning tell.</summary>
    private const int Unknown = -1;

    private readonly RedisProtocol _protocol;
    private readonly CommandQueue _queue = new();
    private readonly CommandReader _commands;
    private readonly ReplyReader _replies;
    private readonly QueryText _text = new();
    private readonly Transaction _transaction = new();
    private IConversation _conversation = null!;
    private ulong _exchange;
    private ulong _command;
    private int _database;
    private bool _hasExchange;
    private bool _isEstablished;
    private bool _isAligned;
    private bool _isShared;
    private bool _isMuted;
    private bool _isSilencing;

    internal RedisParser(RedisProtocol protocol)
    {
        _protocol = protocol;
        _commands = new CommandReader(this);
        _replies = new ReplyReader(this);
    }

    /// <inheritdoc/>
    public override void Reset(IConversation conversation)
    {
        if (_conversation is not null)
        {
            AbandonAll();
        }

        _conversation = conversation;
        _commands.Reset();
        _replies.Reset();
        _isAligned = conversation.IsWhole;
        _database = conversation.IsWhole ? 0 : Unknown;
        (_hasExchange, _isEstablished, _isShared, _isMuted) = (false, false, false, false);
    }

    /// <inheritdoc/>
    public override void Read(in Fragment fragment)
    {
        if (!_isMuted && Enter(fragment.Exchange, fragment.Time))
        {
            if (fragment.Side == Side.Request)
            {
                _commands.Read(fragment);
            }
            else
            {
                _replies.Read(fragment);
            }
        }
    }

    /// <inheritdoc/>
    public override void Update(in ExchangeProgress progress)
    {
        if (_isMuted)
        {
            return;
        }

        if (Enter(progress.Exchange, progress.Time))
        {
            _commands.SkipTo(progress.RequestSize, new Moment(_exchange, progress.RequestLastTime, _commands.Last.ThreadId));
            _replies.SkipTo(progress.ResponseSize, new Moment(_exchange, progress.ResponseLastTime, _replies.Last.ThreadId));
        }

        if (_isMuted)
        {
            return;
        }

        if (progress.Reason == ProgressReason.Closed)
        {
            Close(progress.ResponseTail, Math.Max(progress.Time, Math.Max(_commands.Last.Time, _replies.Last.Time)));
        }
        else if (progress.Reason == ProgressReason.Quiet && _replies.IsLost)
        {
            CompleteUnseen();
        }
    }

    /// <inheritdoc/>
    public override void Resynchronize()
    {
        if (!_isMuted)
        {
            AbandonAll();
            LosePlace();
            _isAligned = false;
        }
    }

    /// <summary>Whether a command may begin with the byte.</summary>
    internal bool MayBegin(byte first)
    {
        if (first == (byte)'*' || char.IsAsciiLetter((char)first) || first is (byte)'\r' or (byte)'\n')
        {
            return true;
        }

        if (MayBeTurned)
        {
            Turn();
            return false;
        }

        FailCommand(isNew: true);
        return false;
    }

    /// <summary>A command's name has come.</summary>
    /// <returns>Whether it is of interest what follows.</returns>
    internal bool BeginCommand(ReadOnlySpan<byte> name, in CommandRule rule, in Moment first)
    {
        if (_isMuted)
        {
            return false;
        }

        if (MayBeTurned && !RedisCommands.IsKnown(name))
        {
            // An answer begins like a command; its first word is anything.
            Turn();
            return false;
        }

        if (_queue.Count == CommandQueue.Capacity)
        {
            Resynchronize();
            return false;
        }

        _isEstablished = true;
        var command = new PendingCommand { Kind = rule.Kind, Answers = 1 };
        _isSilencing = false;
        if (_transaction.IsOpen && rule.Kind is CommandKind.Exec or CommandKind.Discard or CommandKind.Reset)
        {
            _text.EndCommand();
            command.Span = _transaction.Take();
            command.IsTransaction = true;
            command.Database = rule.Kind == CommandKind.Exec && _transaction.ChoosesDatabase ? Unknown : null;
        }
        else if (_transaction.IsOpen)
        {
            _transaction.Add(name, rule.Kind);
            _text.Begin(name);
            // A command that is queued does nothing to the connection yet.
            command.Kind = CommandKind.Plain;
        }
        else
        {
            SpanData span = _conversation.Begin(first.Exchange, first.Time, first.ThreadId, default);
            DatabaseSpan.Begin(span, _conversation, "redis"u8);
            _text.Clear();
            if (rule.Kind == CommandKind.Multi)
            {
                _transaction.Open(span);
            }
            else
            {
                command.Span = span;
                SetOperation(span, name);
                _text.Begin(name);
            }
        }

        command.Database = rule.Kind switch
        {
            CommandKind.Reset => 0,
            CommandKind.Select when !_transaction.IsOpen => Unknown,
            _ => command.Database,
        };
        _queue.Add(command);
        _command = _queue.Added;
        return true;
    }

    /// <summary>Whether what looks like the client's side may be the server's: of a connection that was open before Sonde.</summary>
    private bool MayBeTurned => !_isEstablished && !_conversation.IsWhole;

    private void Turn()
    {
        _conversation.Turn();
        LosePlace();
    }

    /// <summary>An argument of the command has come.</summary>
    internal void TakeArgument(int index, ReadOnlySpan<byte> argument, bool isCut, bool isShown)
    {
        if (!_queue.Holds(_command))
        {
            return;
        }

        ref PendingCommand command = ref _queue.Back;
        switch (command.Kind)
        {
            case CommandKind.Select when Utf8Parser.TryParse(argument, out int database, out int used) && used == argument.Length:
                command.Database = database;
                break;
            case CommandKind.Subscribe:
                command.Answers = index;
                break;
            case CommandKind.Procedure when index == 1 && !isCut && command.Span!.IsSampled:
                command.Span.Set(DatabaseAttributes.StoredProcedureName, argument);
                break;
            case CommandKind.Client when index <= 2:
                _isSilencing = index == 1
                    ? Ascii.EqualsIgnoreCase(argument, "reply"u8)
                    : _isSilencing && !Ascii.EqualsIgnoreCase(argument, "on"u8);
                break;
        }

        if (isShown)
        {
            _text.Show(argument, isCut);
        }
        else
        {
            _text.Hide();
        }
    }

    /// <summary>The command's last byte has come, or no more of it will be seen.</summary>
    internal void EndCommand(in Moment now, bool isCut)
    {
        if (isCut)
        {
            _text.Cut();
        }

        if (!_queue.Holds(_command))
        {
            return;
        }

        ref PendingCommand command = ref _queue.Back;
        if (command.Span is not { } span)
        {
            return;
        }

        if (command.IsTransaction)
        {
            _transaction.Describe(span);
        }

        if (span.IsSampled && _text.Bytes.Length > 0)
        {
            span.Set(DatabaseAttributes.QueryText, _text.Bytes);
        }

        if (!isCut)
        {
            Receive(ref command, now.Time, now.ThreadId);
        }

        if (_isSilencing)
        {
            // CLIENT REPLY OFF or SKIP: which commands are answered from now on would be a matter of counting right.
            Mute();
        }
    }

    /// <summary>Commands passed that were not captured.</summary>
    internal void MissCommands() => _protocol.LosePlace();

    /// <summary>What had to be a command is none.</summary>
    internal void FailCommand(bool isNew)
    {
        if (_isEstablished || !isNew)
        {
            _conversation.Malformed();
        }

        AbandonAll();
        LosePlace();
        _isAligned = false;
    }

    /// <summary>Whether an answer that begins with the byte can be one.</summary>
    internal bool MayAnswer(byte first)
    {
        if (first == (byte)'>')
        {
            return true;
        }

        if (_queue.Count > 0 && !_isMuted)
        {
            return true;
        }

        if (_isEstablished && !_commands.IsLost && !_isMuted)
        {
            // More answers than commands: one of them was not seen.
            _isAligned = false;
            LosePlace();
        }

        return false;
    }

    /// <summary>An answer's first byte has come.</summary>
    internal void BeginReply(in Moment first)
    {
        ref PendingCommand command = ref _queue.Front;
        if (command.Span is { } span && !command.IsAnswering)
        {
            command.IsAnswering = true;
            Receive(ref command, first.Time, _commands.Last.ThreadId);
            _conversation.Answering(span, first.Time, first.ThreadId);
        }
    }

    /// <summary>An answer's last byte has come, or a push's.</summary>
    internal void EndReply(in Moment now)
    {
        if (_replies.IsPush)
        {
            // Only to a subscription a push is the answer: "subscribe", "punsubscribe", …
            if (_queue.Count == 0 || _queue.Front.Kind != CommandKind.Subscribe || !_replies.Word.EndsWith("subscribe"u8))
            {
                return;
            }

            BeginReply(now);
        }
        else if (!_replies.IsAnswering)
        {
            return;
        }

        _replies.Finish();
        if (!_replies.IsError && _replies.Type != (byte)'*' && --_queue.Front.Answers > 0)
        {
            return;
        }

        bool isError = _replies.IsError;
        PendingCommand command = _queue.Take();
        if (!isError)
        {
            Follow(command);
        }

        if (command.Span is { } span)
        {
            SetNamespace(span, command);
            if (isError)
            {
                DatabaseSpan.Refuse(span, _replies.Word);
            }

            _conversation.Complete(span, now.Time);
        }

        if (!isError && (command.Kind == CommandKind.Stream || (command.Kind == CommandKind.Subscribe && _replies.Type == (byte)'*')))
        {
            Mute();
        }
    }

    /// <summary>What had to be an answer is none.</summary>
    internal void FailReply()
    {
        _conversation.Malformed();
        AbandonAll();
        LosePlace();
        _isAligned = false;
    }

    /// <summary>Begins another exchange, if it is one.</summary>
    /// <returns>False when the exchange is an earlier one.</returns>
    private bool Enter(ulong exchange, ulong time)
    {
        if (_hasExchange && exchange <= _exchange)
        {
            return exchange == _exchange;
        }

        ulong last = Math.Max(_commands.Last.Time, _replies.Last.Time);
        bool wasSilent = _hasExchange && time > last + Silence;
        bool isFirst = !_hasExchange;
        _hasExchange = true;
        _exchange = exchange;
        _commands.EnterExchange();
        _replies.EnterExchange();
        if (isFirst)
        {
            return true;
        }

        _isAligned |= wasSilent;
        if (_queue.Count > 0 && !_replies.IsLost && !wasSilent)
        {
            // Asked again before all was answered. If there were commands that nobody saw, the answers belong to others.
            _isShared = true;
            if (!_isAligned || _commands.IsLost)
            {
                AbandonAll();
                LosePlace();
            }
        }

        if (_commands.IsLost || _replies.IsLost)
        {
            FindPlace(wasSilent);
        }

        return true;
    }

    /// <summary>The place was lost in the exchange before: whether a command begins with this one.</summary>
    private void FindPlace(bool wasSilent)
    {
        if (_isShared && !wasSilent)
        {
            AbandonAll();
            LosePlace();
            return;
        }

        if (_replies.IsLost)
        {
            CompleteUnseen();
        }
        else if (_queue.Count > 0)
        {
            AbandonAll();
        }

        _commands.Restart();
        _replies.Restart();
    }

    private void LosePlace()
    {
        if (!_commands.IsLost || !_replies.IsLost)
        {
            _protocol.LosePlace();
        }

        _commands.Lose();
        _replies.Lose();
        _replies.Finish();
    }

    private void Close(ulong tail, ulong time)
    {
        // The last eight bytes, the last of them highest.
        bool isWhole = tail == 0 || tail >> 48 == (((ulong)'\n' << 8) | '\r');
        if (_replies.IsLost && isWhole)
        {
            CompleteUnseen();
        }

        while (_queue.Count > 0)
        {
            PendingCommand command = _queue.Take();
            if (command.Span is { } span)
            {
                SetNamespace(span, command);
                if (command.Kind != CommandKind.Shutdown)
                {
                    DatabaseSpan.Fail(span, command.IsAnswering ? "response_truncated"u8 : "connection_closed"u8);
                }

                _conversation.Complete(span, time);
            }
        }

        if (_transaction.IsOpen)
        {
            SpanData span = _transaction.Take();
            _transaction.Describe(span);
            DatabaseSpan.Fail(span, "connection_closed"u8);
            _conversation.Complete(span, time);
        }

        _commands.Reset();
        _replies.Reset();
        _hasExchange = false;
    }

    /// <summary>All commands that wait were answered, the first of them perhaps where it could be seen to begin.</summary>
    private void CompleteUnseen()
    {
        while (_queue.Count > 0)
        {
            PendingCommand command = _queue.Take();
            Follow(command);
            if (command.Span is { } span)
            {
                SetNamespace(span, command);
                if (!command.IsAnswering)
                {
                    DatabaseSpan.SetUnseen(span);
                    _protocol.LosePlace();
                }

                _conversation.Complete(span, Math.Max(_replies.Last.Time, _commands.Last.Time));
            }
        }

        _replies.Finish();
    }

    private void AbandonAll()
    {
        while (_queue.Count > 0)
        {
            if (_queue.Take().Span is { } span)
            {
                _conversation.Abandon(span);
            }
        }

        // Its span is in the queue with its last command, and only then.
        if (_transaction.IsOpen)
        {
            _conversation.Abandon(_transaction.Take());
        }

        _replies.Finish();
    }

    private void Mute()
    {
        AbandonAll();
        _isMuted = true;
        _conversation.Mute();
    }

    private void Receive(ref PendingCommand command, ulong time, uint threadId)
    {
        if (!command.IsReceived)
        {
            command.IsReceived = true;
            _conversation.Received(command.Span!, time, threadId);
        }
    }

    /// <summary>The connection is what the command has made of it.</summary>
    private void Follow(in PendingCommand command) => _database = command.Database ?? _database;

    private void SetNamespace(SpanData span, in PendingCommand command)
    {
        // A command that chooses a database is named after that one, whether it succeeds or not.
        int database = command.Database ?? _database;
        if (database >= 0)
        {
            Span<byte> text = stackalloc byte[11];
            _ = database.TryFormat(text, out int length);
            span.Set(DatabaseAttributes.Namespace, text[..length], AttributeUse.Metric);
        }
    }

    private static void SetOperation(SpanData span, ReadOnlySpan<byte> name)
    {
        span.SetName(name);
        span.Set(DatabaseAttributes.OperationName, name, AttributeUse.Metric);
    }
}
