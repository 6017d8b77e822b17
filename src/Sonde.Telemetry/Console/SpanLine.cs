using System.Buffers;
using System.Globalization;
using Sonde.Telemetry.Attributes;
using Sonde.Telemetry.Spans;

namespace Sonde.Telemetry.Console;

/// <summary>What a line shows of a span, taken from it so that the line can wait for its parent. Reused.</summary>
internal sealed class SpanLine
{
    private readonly ArrayBufferWriter<byte> _text = new(256);
    private Range _name;
    private Range _peer;
    private Range _status;
    private Range _error;
    private Range _cause;

    public TraceId TraceId { get; private set; }

    public SpanId SpanId { get; private set; }

    public SpanId ParentSpanId { get; private set; }

    public SpanKind Kind { get; private set; }

    public ulong StartTime { get; private set; }

    public ulong Duration { get; private set; }

    /// <summary>The protocol's status as a number, or 0 when it has none or it is a word.</summary>
    public long Code { get; private set; }

    public bool IsError { get; private set; }

    public string Service { get; private set; } = "";

    /// <summary>When the line stops waiting for its parent, milliseconds of <see cref="Environment.TickCount64"/>.</summary>
    public long Deadline { get; set; }

    public ReadOnlySpan<byte> Name => _text.WrittenSpan[_name];

    public ReadOnlySpan<byte> Peer => _text.WrittenSpan[_peer];

    public ReadOnlySpan<byte> Status => _text.WrittenSpan[_status];

    public ReadOnlySpan<byte> Error => _text.WrittenSpan[_error];

    /// <summary>What took most of the time; empty when that is not known.</summary>
    public ReadOnlySpan<byte> Cause => _text.WrittenSpan[_cause];

    /// <summary>Takes what is shown.</summary>
    public void Set(SpanData span)
    {
        _text.ResetWrittenCount();
        TraceId = span.TraceId;
        SpanId = span.SpanId;
        ParentSpanId = span.ParentSpanId;
        Kind = span.Kind;
        StartTime = span.StartTime;
        Duration = span.EndTime > span.StartTime ? span.EndTime - span.StartTime : 0;
        IsError = span.Status == SpanStatus.Error;
        Service = span.Resource?.ServiceName ?? "";
        SetStatus(span);
        SetName(span);
        SetPeer(span);
        SetCause(span);
    }

    private void SetCause(SpanData span)
    {
        int start = _text.WrittenCount;
        if (span.TryGet(KernelAttributes.Cause, out SpanAttribute cause))
        {
            _text.Write(span.Text(cause));
        }

        _cause = start.._text.WrittenCount;
    }

    private void SetStatus(SpanData span)
    {
        int start = _text.WrittenCount;
        Code = 0;
        if (!StatusPattern.TryGetCode(span, out SpanAttribute code))
        {
            _text.Write(IsError ? "err"u8 : "ok"u8);
        }
        else if (code.Kind == AttributeKind.Integer)
        {
            Code = code.Number;
            AppendNumber(code.Number);
        }
        else
        {
            _text.Write(span.Text(code));
        }

        _status = start.._text.WrittenCount;
        start = _text.WrittenCount;
        if (IsError && span.TryGet(SemanticAttributes.ErrorType, out SpanAttribute error) && !span.Text(error).SequenceEqual(Status))
        {
            _text.Write(span.Text(error));
        }

        _error = start.._text.WrittenCount;
    }

    /// <summary>The span's name; a bare method gets the path, which is of too many values for a name but what a person looks for.</summary>
    private void SetName(SpanData span)
    {
        int start = _text.WrittenCount;
        _text.Write(span.Name);
        if (!span.Name.Contains((byte)' '))
        {
            if (span.TryGet(SemanticAttributes.UrlPath, out SpanAttribute path))
            {
                _text.Write(" "u8);
                _text.Write(span.Text(path));
            }
            else if (span.TryGet(SemanticAttributes.UrlFull, out SpanAttribute url))
            {
                _text.Write(" "u8);
                _text.Write(PathOf(span.Text(url)));
            }
        }

        _name = start.._text.WrittenCount;
    }

    private static ReadOnlySpan<byte> PathOf(ReadOnlySpan<byte> url)
    {
        int scheme = url.IndexOf("://"u8);
        url = scheme < 0 ? url : url[(scheme + 3)..];
        int slash = url.IndexOf((byte)'/');
        url = slash < 0 ? "/"u8 : url[slash..];
        int end = url.IndexOfAny((byte)'?', (byte)'#');
        return end < 0 ? url : url[..end];
    }

    /// <summary>Who is at the other end: the server with its port, or the client without, whose port says nothing.</summary>
    private void SetPeer(SpanData span)
    {
        int start = _text.WrittenCount;
        if (Kind == SpanKind.Client)
        {
            if (span.TryGet(SemanticAttributes.ServerAddress, out SpanAttribute server))
            {
                _text.Write(span.Text(server));
                if (span.TryGet(SemanticAttributes.ServerPort, out SpanAttribute port))
                {
                    _text.Write(":"u8);
                    AppendNumber(port.Number);
                }
            }
        }
        else if (span.TryGet(SemanticAttributes.ClientAddress, out SpanAttribute client)
            || span.TryGet(SemanticAttributes.NetworkPeerAddress, out client))
        {
            _text.Write(span.Text(client));
        }

        _peer = start.._text.WrittenCount;
    }

    private void AppendNumber(long value)
    {
        value.TryFormat(_text.GetSpan(20), out int length, default, CultureInfo.InvariantCulture);
        _text.Advance(length);
    }
}
