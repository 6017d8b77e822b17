using System.Text;
using CsCheck;
using Sonde.Telemetry.Attributes;
using Sonde.Telemetry.Resources;
using Sonde.Telemetry.Spans;

namespace Sonde.Telemetry.Tests.Otlp;

/// <summary>Spans for the tests: a typical one, and any.</summary>
internal static class TestSpans
{
    public static readonly RequestInstrument ServerDuration = new(
        "http.server.request.duration", "Duration of HTTP server requests.");

    public static readonly Resource Shop = new([new("service.name", "shop"), new("process.pid", 4711L)]);

    private static readonly AttributeKey[] s_keys =
        [.. Enumerable.Range(0, 30).Select(i => new AttributeKey(i == 29 ? new string('k', 200) : $"test.key.{i}"))];

    private static readonly Gen<string> s_text = Gen.OneOf(Gen.String[0, 40], Gen.String[120, 140], Gen.String[2000, 3000]);

    /// <summary>Any span: a function that sets it, so that it can be printed and made again.</summary>
    public static readonly Gen<SpanModel> Any =
        from ids in Gen.ULong.Array[4]
        from kind in Gen.Int[1, 5]
        from times in Gen.ULong.Array[2]
        from status in Gen.Int[0, 2]
        from flags in Gen.Bool.Array[2]
        from name in s_text
        from resource in Gen.Int[0, 3]
        from attributes in Gen.Select(Gen.Int[0, s_keys.Length - 1], Value).Array[0, 30]
        select new SpanModel(ids, kind, times, status, flags, name, resource, attributes);

    private static Gen<object> Value => Gen.OneOf(
        s_text.Select(text => (object)text),
        Gen.Long.Select(number => (object)number),
        Gen.Double.Select(number => (object)number),
        Gen.Bool.Select(flag => (object)flag));

    /// <summary>A server span as an HTTP request makes it, with 15 attributes.</summary>
    public static void SetTypical(SpanData span, Resource? resource = null)
    {
        span.Reset();
        span.TraceId = new TraceId(0x0af7651916cd43dd, 0x8448eb211c80319c);
        span.SpanId = new SpanId(0xb7ad6b7169203331);
        span.ParentSpanId = new SpanId(0x00f067aa0ba902b7);
        span.ParentIsRemote = true;
        span.Kind = SpanKind.Server;
        span.StartTime = 1_750_000_000_000_000_000;
        span.EndTime = 1_750_000_000_012_345_678;
        span.Resource = resource ?? Shop;
        span.Instrument = ServerDuration;
        span.IsSampled = true;
        span.SetName("GET"u8, "/orders/{id}"u8);
        span.Set(SemanticAttributes.HttpRequestMethod, "GET"u8, AttributeUse.Metric);
        span.Set(SemanticAttributes.UrlPath, "/orders/42"u8);
        span.Set(SemanticAttributes.UrlQuery, "verbose=REDACTED"u8);
        span.Set(SemanticAttributes.UrlScheme, "http"u8, AttributeUse.Metric);
        span.Set(SemanticAttributes.HttpRoute, "/orders/{id}"u8, AttributeUse.Metric);
        span.Set(SemanticAttributes.HttpResponseStatusCode, 200, AttributeUse.Metric);
        span.Set(SemanticAttributes.ServerAddress, "shop.example"u8);
        span.Set(SemanticAttributes.ServerPort, 8080);
        span.Set(SemanticAttributes.ClientAddress, "192.0.2.17"u8);
        span.Set(SemanticAttributes.NetworkPeerAddress, "192.0.2.17"u8);
        span.Set(SemanticAttributes.NetworkPeerPort, 51234);
        span.Set(SemanticAttributes.NetworkProtocolVersion, "1.1"u8, AttributeUse.Metric);
        span.Set(SemanticAttributes.UserAgentOriginal, "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101"u8);
        span.Set(SemanticAttributes.HttpRequestBodySize, 0);
        span.Set(SemanticAttributes.HttpResponseBodySize, 15_360);
    }

    internal sealed record SpanModel(
        ulong[] Ids, int Kind, ulong[] Times, int Status, bool[] Flags, string Name, int Resource, (int Key, object Value)[] Attributes)
    {
        public static readonly Resource[] Resources =
        [
            Shop,
            new([]),
            new([new("service.name", "lager"), new("args", new[] { "a", "", "ä" }), new("ratio", 0.5), new("on", true)]),
            new([new("service.name", new string('x', 5000))]),
        ];

        /// <summary>What is expected of each key: the last value that was set.</summary>
        public IEnumerable<(string Key, object Value)> Expected =>
            Attributes.GroupBy(a => a.Key).Select(group => (s_keys[group.Key].Name, group.Last().Value));

        public void Set(SpanData span)
        {
            span.Reset();
            span.TraceId = new TraceId(Ids[0], Ids[1]);
            span.SpanId = new SpanId(Ids[2]);
            span.ParentSpanId = new SpanId(Flags[0] ? Ids[3] : 0);
            span.ParentIsRemote = Flags[1];
            span.Kind = (SpanKind)Kind;
            span.StartTime = Times[0];
            span.EndTime = Times[1];
            span.Status = (SpanStatus)Status;
            span.Resource = Resources[Resource];
            span.IsSampled = true;
            span.SetName(Encoding.UTF8.GetBytes(Name));
            foreach ((int key, object value) in Attributes)
            {
                switch (value)
                {
                    case string text:
                        span.Set(s_keys[key], Encoding.UTF8.GetBytes(text));
                        break;
                    case long number:
                        span.Set(s_keys[key], number);
                        break;
                    case double number:
                        span.Set(s_keys[key], number);
                        break;
                    case bool flag:
                        span.Set(s_keys[key], flag);
                        break;
                }
            }
        }
    }
}
