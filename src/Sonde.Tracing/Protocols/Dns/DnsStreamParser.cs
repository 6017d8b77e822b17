namespace Sonde.Tracing.Protocols.Dns;

/// <summary>One connection of DNS over TCP; answers may come in any order.</summary>
public sealed class DnsStreamParser : ConversationParser
{
    private const int Capacity = 256;

    private readonly DnsLookups _lookups = new(Capacity);
    private readonly DnsMessageReader _request;
    private readonly DnsMessageReader _response;
    private IConversation _conversation = null!;
    private ulong _exchange;
    private bool _hasExchange;
    private bool _isEstablished;
    private bool _isMuted;

    internal DnsStreamParser()
    {
        _request = new DnsMessageReader(this, Side.Request);
        _response = new DnsMessageReader(this, Side.Response);
    }

    /// <inheritdoc/>
    public override void Reset(IConversation conversation)
    {
        if (_conversation is not null)
        {
            _lookups.AbandonAll(_conversation);
        }

        _conversation = conversation;
        _request.Reset();
        _response.Reset();
        (_hasExchange, _isEstablished, _isMuted) = (false, false, false);
    }

    /// <inheritdoc/>
    public override void Read(in Fragment fragment)
    {
        if (!_isMuted && Enter(fragment.Exchange))
        {
            (fragment.Side == Side.Request ? _request : _response).Read(fragment);
        }
    }

    /// <inheritdoc/>
    public override void Update(in ExchangeProgress progress)
    {
        if (_isMuted)
        {
            return;
        }

        if (Enter(progress.Exchange))
        {
            _request.SkipTo(progress.RequestSize, new Moment(_exchange, progress.RequestLastTime, _request.Last.ThreadId));
            _response.SkipTo(progress.ResponseSize, new Moment(_exchange, progress.ResponseLastTime, _response.Last.ThreadId));
        }

        if (progress.Reason == ProgressReason.Closed)
        {
            ulong time = Math.Max(progress.Time, Math.Max(_request.Last.Time, _response.Last.Time));
            _lookups.Fail(_conversation, 0, _response.IsBetween ? "connection_closed"u8 : "response_truncated"u8, time);
            _request.Reset();
            _response.Reset();
            _hasExchange = false;
        }
    }

    /// <inheritdoc/>
    public override void Resynchronize()
    {
        if (!_isMuted)
        {
            _lookups.AbandonAll(_conversation);
            _request.Lose();
            _response.Lose();
        }
    }

    /// <summary>A message has passed.</summary>
    internal void Read(Side side, ReadOnlySpan<byte> bytes, in Moment first, in Moment last)
    {
        if (_isMuted)
        {
            return;
        }

        if (!DnsMessage.TryParse(bytes, out DnsMessage message) || message.IsResponse != (side == Side.Response))
        {
            // Eight bytes that looked like DNS were something else's.
            _conversation.Malformed();
            Resynchronize();
            if (!_isEstablished)
            {
                _isMuted = true;
                _conversation.Mute();
            }

            return;
        }

        _isEstablished = true;
        if (side == Side.Request)
        {
            _lookups.Ask(_conversation, 0, message, first, last, "tcp"u8);
        }
        else
        {
            _lookups.Answer(_conversation, 0, message, first, last);
        }
    }

    private bool Enter(ulong exchange)
    {
        if (_hasExchange && exchange <= _exchange)
        {
            return exchange == _exchange;
        }

        _hasExchange = true;
        _exchange = exchange;
        _request.EnterExchange();
        _response.EnterExchange();
        if (_request.IsLost)
        {
            _request.Restart();
        }

        if (_response.IsLost)
        {
            _response.Restart();
        }

        return true;
    }
}
