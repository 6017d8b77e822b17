namespace Sonde.Tracing.Protocols.Redis;

/// <summary>What the server's side brings: the first command that waits is answered.</summary>
public sealed partial class RedisParser
{
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
}
