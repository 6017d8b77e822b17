using System.Buffers.Text;
using Sonde.Telemetry.Attributes;
using Sonde.Telemetry.Spans;

namespace Sonde.Tracing.Protocols.Http;

/// <summary>Sets the <c>url.*</c> attributes that lie in the request target, without credentials and, by default, without query values.</summary>
internal sealed class UrlWriter(bool redactQueryValues)
{
    private readonly byte[] _buffer = new byte[SpanData.MaxTextLength];
    private int _length;

    /// <summary>Sets <c>url.path</c> and <c>url.query</c>.</summary>
    public void SetParts(SpanData span, in RequestTarget target)
    {
        if (target.Path.Length > 0)
        {
            span.Set(SemanticAttributes.UrlPath, target.Path);
        }

        if (target.Query.Length > 0)
        {
            _length = 0;
            AppendQuery(target.Query);
            span.Set(SemanticAttributes.UrlQuery, _buffer.AsSpan(0, _length));
        }
    }

    /// <summary>Sets <c>url.full</c>; <c>CONNECT</c> has none, and a path that could not be read makes none.</summary>
    /// <param name="span">The request's span.</param>
    /// <param name="target">Its target.</param>
    /// <param name="scheme">Its scheme.</param>
    /// <param name="host">Whom it asks, as the request says; IPv6 without brackets.</param>
    /// <param name="port">0 when the request names none.</param>
    public void SetFull(
        SpanData span, in RequestTarget target, ReadOnlySpan<byte> scheme, ReadOnlySpan<byte> host, int port)
    {
        if (target.Path.Length == 0 || target.IsUnknown)
        {
            return;
        }

        _length = 0;
        Append(scheme);
        Append("://"u8);
        if (target.HasCredentials)
        {
            Append("REDACTED:REDACTED@"u8);
        }

        bool isIPv6 = host.Contains((byte)':');
        Append(isIPv6 ? "["u8 : default);
        Append(host);
        Append(isIPv6 ? "]"u8 : default);
        if (port != 0 && Utf8Formatter.TryFormat(port, _buffer.AsSpan(Math.Min(_length + 1, _buffer.Length)), out int digits))
        {
            _buffer[_length] = (byte)':';
            _length += 1 + digits;
        }

        if (target.HasPath)
        {
            Append(target.Path);
        }

        if (target.Query.Length > 0)
        {
            Append("?"u8);
            AppendQuery(target.Query);
        }

        span.Set(SemanticAttributes.UrlFull, _buffer.AsSpan(0, _length));
    }

    private void AppendQuery(ReadOnlySpan<byte> query)
    {
        if (redactQueryValues)
        {
            _length += QueryRedaction.Write(query, _buffer.AsSpan(_length));
        }
        else
        {
            Append(query);
        }
    }

    private void Append(ReadOnlySpan<byte> text)
    {
        text = text[..Math.Min(text.Length, _buffer.Length - _length)];
        text.CopyTo(_buffer.AsSpan(_length));
        _length += text.Length;
    }
}
