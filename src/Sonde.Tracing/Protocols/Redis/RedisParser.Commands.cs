using System.Buffers.Text;
using System.Text;
using Sonde.Telemetry.Attributes;
using Sonde.Telemetry.Spans;

namespace Sonde.Tracing.Protocols.Redis;

/// <summary>What the client's side brings: commands begin, and wait for their answers.</summary>
public sealed partial class RedisParser
{
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

    private void Receive(ref PendingCommand command, ulong time, uint threadId)
    {
        if (!command.IsReceived)
        {
            command.IsReceived = true;
            _conversation.Received(command.Span!, time, threadId);
        }
    }

    private static void SetOperation(SpanData span, ReadOnlySpan<byte> name)
    {
        span.SetName(name);
        span.Set(DatabaseAttributes.OperationName, name, AttributeUse.Metric);
    }
}
