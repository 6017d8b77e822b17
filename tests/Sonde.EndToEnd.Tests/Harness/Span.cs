using System.Text.Json;

namespace Sonde.EndToEnd.Tests.Harness;

/// <summary>A span as Sonde writes it to a pipe: one JSON object a line.</summary>
internal sealed class Span
{
    private readonly JsonElement _json;

    private Span(JsonElement json) => _json = json;

    public string TraceId => Field("traceId")!;

    public string Id => Field("spanId")!;

    public string? Parent => Field("parentSpanId");

    public string Name => Field("name")!;

    public string Kind => Field("kind")!;

    public string? Status => Field("status");

    /// <summary>Nanoseconds since the Unix epoch.</summary>
    public ulong Start => ulong.Parse(Field("startTimeUnixNano")!, null);

    /// <summary>Nanoseconds since the Unix epoch.</summary>
    public ulong End => ulong.Parse(Field("endTimeUnixNano")!, null);

    public TimeSpan Duration => TimeSpan.FromMicroseconds((End - Start) / 1000.0);

    public string? Method => Text("http.request.method");

    /// <summary>The path, which a client span has in its full URL.</summary>
    public string? Path => Text("url.path") ?? (Text("url.full") is { } url ? new Uri(url).AbsolutePath : null);

    public long? StatusCode => Number("http.response.status_code");

    public long RequestSize => Number("http.request.body.size") ?? 0;

    public long ResponseSize => Number("http.response.body.size") ?? 0;

    /// <summary>Whether the request's head was longer than what is captured.</summary>
    public bool IsHeadCut => Flag("sonde.http.head.cut");

    public string? Address => Text("server.address");

    public long? Port => Number("server.port");

    public long? ProcessId => Resource("process.pid")?.GetInt64();

    public static Span Parse(string line)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        return new Span(document.RootElement.Clone());
    }

    public string? Text(string key) => Attribute(key)?.GetString();

    public IEnumerable<string> Texts(string key) => Attribute(key)?.EnumerateArray().Select(each => each.GetString()!) ?? [];

    public long? Number(string key) => Attribute(key)?.GetInt64();

    /// <summary>Whether an attribute is there and true.</summary>
    public bool Flag(string key) => Attribute(key)?.GetBoolean() ?? false;

    public JsonElement? Resource(string key) =>
        _json.TryGetProperty("resource", out JsonElement resource) && resource.TryGetProperty(key, out JsonElement value) ? value : null;

    public bool Has(string key) => Attribute(key) is not null;

    public override string ToString() => _json.GetRawText();

    private JsonElement? Attribute(string key) =>
        _json.GetProperty("attributes").TryGetProperty(key, out JsonElement value) ? value : null;

    private string? Field(string key) => _json.TryGetProperty(key, out JsonElement value) ? value.GetString() : null;
}
