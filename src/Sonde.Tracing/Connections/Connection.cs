using Sonde.Telemetry.Processes;
using Sonde.Telemetry.Spans;
using Sonde.Tracing.Abi;
using Sonde.Tracing.Account;
using Sonde.Tracing.Context;
using Sonde.Tracing.Parents;
using Sonde.Tracing.Protocols;
using Sonde.Tracing.Requests;
using Sonde.Tracing.Tls;

namespace Sonde.Tracing.Connections;

/// <summary>
/// One end of a connection: turns the kernel's records, in their order, into what a parser reads, and the parser's findings
/// into requests. Pooled; one thread.
/// </summary>
internal sealed partial class Connection : IConversation
{
    private readonly byte[] _serverAddress = new byte[AddressText.MaxLength];
    private readonly byte[] _clientAddress = new byte[AddressText.MaxLength];

    /// <summary>The beginning of a request that came in pieces too small to tell its protocol by.</summary>
    private readonly byte[] _beginning = new byte[64];

    private IConnectionHost _host = null!;
    private ConversationParser? _parser;
    private ConnectionRecord _ends;
    private int _serverAddressLength;
    private int _clientAddressLength;
    private byte _protocol;
    private ulong _exchange;
    private ulong _requestSeen;
    private ulong _requestLast;
    private ulong _responseSeen;
    private ulong _responseLast;
    private ulong _responseTail;
    private StreamKey _stream;
    private StreamKey _clientEnd;
    private ulong _beginningTime;
    private uint _beginningThread;
    private int _beginningLength;
    private int _openRequests;
    private bool _isMuted;
    private ulong _connect;
    private readonly MarkTrail _marks = new();
    private TlsHandshake? _tls;
    private bool _hasShakenHands;

    /// <summary>The socket's cookie, as <c>ss -e</c> shows it (<c>sk:</c>).</summary>
    public ulong Cookie { get; private set; }

    public ObservedProcess Process { get; private set; } = null!;

    public SpanKind Role { get; private set; }

    public ReadOnlySpan<byte> ServerAddress => _serverAddress.AsSpan(0, _serverAddressLength);

    public int ServerPort { get; private set; }

    public ReadOnlySpan<byte> ClientAddress => _clientAddress.AsSpan(0, _clientAddressLength);

    public int ClientPort { get; private set; }

    public bool IsUnix { get; private set; }

    public bool IsWhole => _ends.Whole != 0;

    /// <summary>The handshake of the connection, whose plaintext this is; null when it is not encrypted.</summary>
    public TlsHandshake? Tls => _ends.Socket == 0 ? null : (_tls ??= _host.Handshakes.Find(_ends.Socket)) ?? TlsHandshake.Unknown;

    public bool IsEncrypted => _ends.Socket != 0;

    public string ServiceName => Process.Resource.ServiceName;

    /// <summary>The records' order; filled by the tracer.</summary>
    public RecordSequence Sequence { get; } = new();

    /// <summary>When the last record of it came, nanoseconds of the monotonic clock.</summary>
    public ulong LastActive { get; private set; }

    /// <summary>Whether the parser has been told that the response is quiet since it last moved.</summary>
    public bool IsQuietTold { get; private set; }

    /// <summary>Whether it is known who talks with whom. Until then nothing but <see cref="Sequence"/> holds.</summary>
    public bool IsIntroduced { get; private set; }

    /// <summary>Whether it is among the connections that hold records back.</summary>
    public bool IsHeld { get; set; }

    /// <summary>Place in the tracer's list of connections with open requests; -1: not in it.</summary>
    public int OpenIndex { get; set; } = -1;

    public void Begin(IConnectionHost host, in ConnectionRecord introduction)
    {
        _host = host;
        _ends = introduction;
        Cookie = introduction.Exchange >> (int)Limits.OrdinalBits;
        _exchange = 0;
        _protocol = 0;
        _isMuted = false;
        _verdict = 0;
        _wrongRole = 0;
        _leftProtocol = 0;
        _switchedTo = 0;
        _isRoleAsked = false;
        _hasStreamBase = false;
        _openRequests = 0;
        _responseLast = 0;
        _connect = introduction.Connect;
        _marks.Clear();
        _tls = null;
        _hasShakenHands = false;
        IsIntroduced = true;
        Describe(introduction.Role == (byte)Abi.Role.Server);
        BelongTo(introduction.Pid);
    }

    /// <summary>Keeps the place of a TLS session until it is known whose it is.</summary>
    public void Await(ulong cookie)
    {
        Cookie = cookie;
        IsIntroduced = false;
        IsUnix = false;
    }

    /// <summary>The connection is over, or given up: whatever is open is told so, and the parser goes back.</summary>
    public void End()
    {
        if (_parser is not null)
        {
            _parser.Resynchronize();
            _host.Parsers.Return(_protocol, _parser);
            _parser = null;
        }
    }

    public void Read(in FragmentRecord record, in Mark mark, ReadOnlySpan<byte> captured, ulong notAfter)
    {
        LastActive = record.Time;
        IsQuietTold = false;
        if (_isMuted)
        {
            return;
        }

        ulong time = Math.Min(record.Time, notAfter);
        _marks.Add((Protocols.Side)record.Side, isFirst: record.Position == 0, time, mark);
        if (((FragmentFlags)record.Flags & FragmentFlags.Framed) != 0)
        {
            ReadFramed(record, captured, time);
            return;
        }

        if (IsTurning(record.Role))
        {
            return;
        }

        if (record.Exchange != _exchange)
        {
            Next(record);
        }

        if (!FindParser(record, captured))
        {
            return;
        }

        if (record.Side == (byte)Abi.Side.Request)
        {
            Catch(Protocols.Side.Request, ref _requestSeen, record.Position, time, record.Tid);
            _requestSeen = record.Position + record.Size;
            _requestLast = time;
        }
        else
        {
            Catch(Protocols.Side.Request, ref _requestSeen, record.RequestSize, Math.Min(record.RequestLast, time), record.Tid);
            Catch(Protocols.Side.Response, ref _responseSeen, record.Position, time, record.Tid);
            _responseSeen = record.Position + record.Size;
            _responseLast = time;
            _responseTail = record.Tail;
        }

        _parser!.Read(new Fragment
        {
            Exchange = record.Exchange,
            Side = (Protocols.Side)record.Side,
            Position = record.Position,
            Size = record.Size,
            Bytes = captured,
            Time = time,
            ThreadId = record.Tid,
        });
        if (record.Tail != 0 && record.Side == (byte)Abi.Side.Response)
        {
            Tell(Protocols.ProgressReason.Passed);
        }

        HandOver();
    }

    /// <summary>What the kernel says of the current exchange beside its fragments.</summary>
    public void Progress(in ProgressRecord record)
    {
        LastActive = record.Time;
        if (_parser is not null && !_isMuted && record.Exchange == _exchange)
        {
            if (record.ResponseSize > _responseSeen)
            {
                _marks.Add(Protocols.Side.Response, isFirst: false, record.ResponseLast, record.Mark);
            }

            Catch(Protocols.Side.Request, ref _requestSeen, record.RequestSize, record.RequestLast, 0);
            Catch(Protocols.Side.Response, ref _responseSeen, record.ResponseSize, record.ResponseLast, 0);
            if (record.ResponseLast != 0)
            {
                _responseLast = record.ResponseLast;
                _responseTail = record.ResponseTail;
            }

            var reason = (Protocols.ProgressReason)record.Reason;
            IsQuietTold = reason == Protocols.ProgressReason.Quiet;
            // What ends by the next exchange is told when that begins.
            if (reason != Protocols.ProgressReason.Next)
            {
                Tell(reason);
            }
        }
    }

    /// <summary>Whether a response has begun that may have ended unseen: only beginnings are told of as they pass.</summary>
    public bool AwaitsEnd(ulong silentSince) => _openRequests > 0 && _responseSeen > 0 && LastActive <= silentSince;

    /// <summary>Asks the parser about a response that has been silent, if it has not been asked since it last moved.</summary>
    public void AskIfQuiet(ulong silentSince)
    {
        if (_openRequests > 0 && !IsQuietTold && _responseSeen > 0 && LastActive <= silentSince)
        {
            IsQuietTold = true;
            Tell(Protocols.ProgressReason.Quiet);
        }
    }

    /// <summary>Records were lost: the parser begins again.</summary>
    public void Resynchronize()
    {
        _parser?.Resynchronize();
        _exchange = 0;
    }

    /// <summary>The connection ended without the kernel's word for it.</summary>
    public void Close() => Tell(Protocols.ProgressReason.Closed);

    public SpanData Begin(ulong exchange, ulong time, uint threadId, in TraceContext context)
    {
        if (_openRequests++ == 0)
        {
            _host.OpenChanged(this, isOpen: true);
        }

        StreamKey stream = _hasStreamBase ? StreamOf(exchange) : exchange == _exchange ? _stream : default;
        // Only the first request of an exchange stands where the stream's number says.
        _stream = default;
        return _host.Requests.Begin(this, time, threadId, context, stream, _marks.Find(time), TakeConnect());
    }

    public void Received(SpanData span, ulong time, uint threadId) => _host.Requests.Received((Request)span, threadId);

    public void Answering(SpanData span, ulong time, uint threadId) => _host.Requests.Answering((Request)span, threadId);

    public void Complete(SpanData span, ulong time)
    {
        Closed();
        Tls?.Describe(span, isFirst: !_hasShakenHands);
        _hasShakenHands = true;
        _host.Requests.Complete((Request)span, time, this, _marks.Find(time));
    }

    public void Abandon(SpanData span)
    {
        Closed();
        _host.Requests.Abandon((Request)span);
    }

    public void Malformed() => _host.Counters.ParseFailure();

    public void Mute()
    {
        _isMuted = true;
        _host.Mute(this);
    }

    /// <summary>How long it took to connect, for the first request after it.</summary>
    private ulong TakeConnect()
    {
        ulong connect = Role == SpanKind.Client && _ends.Whole != 0 ? _connect : 0;
        _connect = 0;
        return connect;
    }

    private void Closed()
    {
        if (--_openRequests == 0)
        {
            _host.OpenChanged(this, isOpen: false);
        }
    }

    private void Next(in FragmentRecord record)
    {
        if (_exchange != 0)
        {
            Tell(Protocols.ProgressReason.Next);
        }

        _host.Counters.Exchange();
        _exchange = record.Exchange;
        _requestSeen = 0;
        _responseSeen = 0;
        _requestLast = 0;
        _responseLast = 0;
        _responseTail = 0;
        _beginningLength = 0;
        bool isServer = record.Role == (byte)Abi.Role.Server;
        bool isTurned = isServer != (Role == SpanKind.Server);
        if (isTurned)
        {
            Describe(isServer);
        }

        // A response's first call may be another process's than the request's: who is asked is who is meant.
        bool isRequest = record.Side == (byte)Abi.Side.Request;
        _stream = isRequest && record.Position == 0 && (!IsEncrypted || IsWhole) ? _clientEnd.At(record.StreamPosition) : default;
        if (isTurned || (isRequest && Process.Pid != record.Pid))
        {
            BelongTo(record.Pid);
        }
    }

    private void Describe(bool isServer)
    {
        Role = isServer ? SpanKind.Server : SpanKind.Client;
        IsUnix = _ends.Family == AddressText.Unix;
        ReadOnlySpan<byte> ends = _ends.Path;
        if (IsUnix)
        {
            int length = ends.IndexOf((byte)0);
            ends[..(length < 0 ? ends.Length : length)].CopyTo(_serverAddress);
            _serverAddressLength = length < 0 ? ends.Length : length;
            _clientAddressLength = 0;
            ServerPort = ClientPort = 0;
        }
        else
        {
            ReadOnlySpan<byte> local = ends[..16], remote = ends[16..];
            _serverAddressLength = AddressText.Write(isServer ? local : remote, _ends.Family, _serverAddress);
            _clientAddressLength = AddressText.Write(isServer ? remote : local, _ends.Family, _clientAddress);
            ServerPort = isServer ? _ends.LocalPort : _ends.RemotePort;
            ClientPort = isServer ? _ends.RemotePort : _ends.LocalPort;
        }

        _clientEnd = StreamKey.ClientOf(_ends, isServer);
    }

    private void BelongTo(uint pid)
    {
        Process = _host.Processes.Find(pid);
        ThreadContext.Found(Process);
        if (Process.Excluded || !_host.Processes.Traces(ServerPort))
        {
            Mute();
        }
    }

    /// <summary>Finds the protocol's parser, by the kernel's pattern or by asking every protocol.</summary>
    private bool FindParser(in FragmentRecord record, ReadOnlySpan<byte> captured)
    {
        if (_isMuted)
        {
            return false;
        }

        byte protocol = record.Protocol;
        if (HasLeft(protocol))
        {
            return false;
        }

        if (protocol == 0 && _protocol == 0)
        {
            protocol = Recognize(record, captured);
        }

        if (protocol != 0 && protocol != _protocol && protocol <= _host.Parsers.Protocols.Count)
        {
            Take(protocol);
            ReadBeginning(record);
        }

        return _parser is not null;
    }

    /// <summary>Asks every protocol about what has come so far, and keeps it while none says yes.</summary>
    private byte Recognize(in FragmentRecord record, ReadOnlySpan<byte> captured)
    {
        if (record.Side == (byte)Abi.Side.Response)
        {
            return _host.Parsers.Recognize(_beginning.AsSpan(0, _beginningLength), captured);
        }

        if (record.Position != (ulong)_beginningLength || _beginningLength + captured.Length > _beginning.Length)
        {
            return _beginningLength == 0 ? _host.Parsers.Recognize(captured, []) : (byte)0;
        }

        captured.CopyTo(_beginning.AsSpan(_beginningLength));
        byte protocol = _host.Parsers.Recognize(_beginning.AsSpan(0, _beginningLength + captured.Length), []);
        if (protocol != 0)
        {
            _host.Keep(this, _host.Parsers.Protocols[protocol - 1]);
            return protocol;
        }

        if (_beginningLength == 0)
        {
            _beginningTime = record.Time;
            _beginningThread = record.Tid;
        }

        _beginningLength += captured.Length;
        _requestSeen = (ulong)_beginningLength;
        return 0;
    }

    /// <summary>Gives the parser what came before its protocol was known.</summary>
    private void ReadBeginning(in FragmentRecord record)
    {
        if (_beginningLength == 0)
        {
            return;
        }

        int length = _beginningLength;
        _beginningLength = 0;
        _requestSeen = (ulong)length;
        _parser!.Read(new Fragment
        {
            Exchange = record.Exchange,
            Side = Protocols.Side.Request,
            Position = 0,
            Size = (ulong)length,
            Bytes = _beginning.AsSpan(0, length),
            Time = _beginningTime,
            ThreadId = _beginningThread,
        });
    }

    /// <summary>Bytes that passed beyond what is captured come to the parser as sizes without bytes.</summary>
    private void Catch(Protocols.Side side, ref ulong seen, ulong upTo, ulong time, uint thread)
    {
        if (upTo <= seen)
        {
            return;
        }

        ulong from = seen;
        seen = upTo;
        _parser!.Read(new Fragment
        {
            Exchange = _exchange,
            Side = side,
            Position = from,
            Size = upTo - from,
            Bytes = [],
            Time = time,
            ThreadId = thread,
        });
    }

    private void Tell(Protocols.ProgressReason reason) => _parser?.Update(new ExchangeProgress
    {
        Exchange = _exchange,
        Reason = reason,
        Time = LastActive,
        RequestSize = _requestSeen,
        ResponseSize = _responseSeen,
        RequestLastTime = _requestLast,
        ResponseLastTime = _responseLast,
        ResponseTail = _responseTail,
    });
}
