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
public sealed partial class RedisParser : ConversationParser
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
}
