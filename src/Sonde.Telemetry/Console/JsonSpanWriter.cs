using System.Buffers;
using System.Buffers.Text;
using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using Sonde.Telemetry.Attributes;
using Sonde.Telemetry.Resources;
using Sonde.Telemetry.Spans;

namespace Sonde.Telemetry.Console;

/// <summary>
/// Writes each span as one JSON object on a line of its own. Ids are lower-case hexadecimal and times are strings of
/// nanoseconds since the epoch, as in OTLP/JSON; attributes are plain JSON values.
/// </summary>
public sealed class JsonSpanWriter : ISpanWriter
{
    private const int QueueCapacity = 16 * 1024 * 1024;

    private static readonly JsonWriterOptions Options = new()
    {
        // The lines are for tools and eyes, not for HTML: only what JSON itself demands is escaped.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    private readonly SpanFilter _filter;
    private readonly LineWriter _lines;
    private readonly ArrayBufferWriter<byte> _buffer = new(4096);
    private readonly Utf8JsonWriter _json;
    private readonly ConditionalWeakTable<Resource, byte[]> _resources = [];

    /// <param name="stream">Where the lines go; it is not closed.</param>
    /// <param name="filter">Which spans are written.</param>
    public JsonSpanWriter(Stream stream, SpanFilter filter)
    {
        _filter = filter;
        _lines = new LineWriter(stream, QueueCapacity);
        _json = new Utf8JsonWriter(_buffer, Options);
    }

    /// <inheritdoc/>
    public long Lost => _lines.Lost;

    /// <inheritdoc/>
    public Task<IOException> Closed => _lines.Closed;

    /// <inheritdoc/>
    public void Export(SpanData span)
    {
        if (!_filter.Accepts(span))
        {
            return;
        }

        _buffer.ResetWrittenCount();
        _json.Reset();
        Write(span);
        _json.Flush();
        _buffer.Write("\n"u8);
        _lines.Write(_buffer.WrittenSpan);
    }

    /// <inheritdoc/>
    public Task FlushAsync(TimeSpan within) => _lines.FlushAsync(within);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _json.Dispose();
        return _lines.DisposeAsync();
    }

    private void Write(SpanData span)
    {
        Span<byte> digits = stackalloc byte[32];
        _json.WriteStartObject();
        span.TraceId.High.TryFormat(digits, out _, "x16");
        span.TraceId.Low.TryFormat(digits[16..], out _, "x16");
        _json.WriteString("traceId"u8, digits);
        span.SpanId.Value.TryFormat(digits, out _, "x16");
        _json.WriteString("spanId"u8, digits[..16]);
        if (span.ParentSpanId.IsValid)
        {
            span.ParentSpanId.Value.TryFormat(digits, out _, "x16");
            _json.WriteString("parentSpanId"u8, digits[..16]);
        }

        _json.WriteString("name"u8, span.Name);
        _json.WriteString("kind"u8, Kind(span.Kind));
        _json.WriteString("startTimeUnixNano"u8, Decimal(span.StartTime, digits));
        _json.WriteString("endTimeUnixNano"u8, Decimal(span.EndTime, digits));
        if (span.Status != SpanStatus.Unset)
        {
            _json.WriteString("status"u8, span.Status == SpanStatus.Error ? "error"u8 : "ok"u8);
        }

        _json.WriteStartObject("attributes"u8);
        foreach (ref readonly SpanAttribute attribute in span.Attributes)
        {
            WriteAttribute(span, attribute);
        }

        _json.WriteEndObject();
        if (span.Resource is { } resource)
        {
            _json.WritePropertyName("resource"u8);
            _json.WriteRawValue(Encoded(resource), skipInputValidation: true);
        }

        _json.WriteEndObject();
    }

    private void WriteAttribute(SpanData span, in SpanAttribute attribute)
    {
        _json.WritePropertyName(attribute.Key.Utf8);
        switch (attribute.Kind)
        {
            case AttributeKind.Text:
                _json.WriteStringValue(span.Text(attribute));
                break;
            case AttributeKind.Integer:
                _json.WriteNumberValue(attribute.Number);
                break;
            case AttributeKind.Double:
                WriteDouble(_json, attribute.Double);
                break;
            case AttributeKind.Texts:
                ReadOnlySpan<byte> texts = span.Text(attribute);
                _json.WriteStartArray();
                while (SpanData.TryTakeText(ref texts, out ReadOnlySpan<byte> text))
                {
                    _json.WriteStringValue(text);
                }

                _json.WriteEndArray();
                break;
            default:
                _json.WriteBooleanValue(attribute.Number != 0);
                break;
        }
    }

    /// <summary>A resource never changes and is shared by many spans: it is encoded once.</summary>
    private byte[] Encoded(Resource resource)
    {
        if (_resources.TryGetValue(resource, out byte[]? encoded))
        {
            return encoded;
        }

        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            foreach ((string key, object value) in resource.Attributes)
            {
                json.WritePropertyName(key);
                WriteValue(json, value);
            }

            json.WriteEndObject();
        }

        encoded = buffer.WrittenSpan.ToArray();
        _resources.AddOrUpdate(resource, encoded);
        return encoded;
    }

    private static void WriteValue(Utf8JsonWriter json, object value)
    {
        switch (value)
        {
            case long number:
                json.WriteNumberValue(number);
                break;
            case double number:
                WriteDouble(json, number);
                break;
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case string[] texts:
                json.WriteStartArray();
                foreach (string text in texts)
                {
                    json.WriteStringValue(text);
                }

                json.WriteEndArray();
                break;
            default:
                json.WriteStringValue(value as string);
                break;
        }
    }

    /// <summary>JSON has no number for these three; the protobuf JSON mapping writes them as text.</summary>
    private static void WriteDouble(Utf8JsonWriter json, double value)
    {
        if (double.IsFinite(value))
        {
            json.WriteNumberValue(value);
        }
        else
        {
            json.WriteStringValue(double.IsNaN(value) ? "NaN"u8 : value > 0 ? "Infinity"u8 : "-Infinity"u8);
        }
    }

    private static ReadOnlySpan<byte> Kind(SpanKind kind) => kind switch
    {
        SpanKind.Server => "server"u8,
        SpanKind.Client => "client"u8,
        SpanKind.Producer => "producer"u8,
        SpanKind.Consumer => "consumer"u8,
        _ => "internal"u8,
    };

    private static ReadOnlySpan<byte> Decimal(ulong value, Span<byte> digits)
    {
        Utf8Formatter.TryFormat(value, digits, out int length);
        return digits[..length];
    }
}
