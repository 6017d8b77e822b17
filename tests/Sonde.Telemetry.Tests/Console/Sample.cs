using System.Text;
using Sonde.Telemetry.Attributes;
using Sonde.Telemetry.Resources;
using Sonde.Telemetry.Spans;

namespace Sonde.Telemetry.Tests.Console;

/// <summary>Spans to show.</summary>
internal static class Sample
{
    public static readonly Resource Shop = new([new("service.name", "shop"), new("process.pid", 4711L)]);

    /// <summary>2023-11-14T22:13:20Z, the beginning of every sample.</summary>
    public const ulong Start = 1_700_000_000_000_000_000;

    public static SpanData Server(string name = "GET /items/{id}", int status = 200, double milliseconds = 12.34, Resource? resource = null)
    {
        SpanData span = Span(SpanKind.Server, name, milliseconds, resource);
        span.Set(SemanticAttributes.UrlPath, "/items/17"u8);
        span.Set(SemanticAttributes.ClientAddress, "10.0.0.7"u8);
        return WithStatus(span, status, status >= 500);
    }

    public static SpanData Client(string name = "GET", int status = 200, double milliseconds = 3.21)
    {
        SpanData span = Span(SpanKind.Client, name, milliseconds, null);
        span.SpanId = new SpanId(0x2222);
        span.ParentSpanId = new SpanId(0x1111);
        span.Set(SemanticAttributes.UrlFull, "http://stock:8080/stock/17?secret=1"u8);
        span.Set(SemanticAttributes.ServerAddress, "stock"u8);
        span.Set(SemanticAttributes.ServerPort, 8080);
        return WithStatus(span, status, status >= 400);
    }

    public static SpanData Span(SpanKind kind, string name, double milliseconds, Resource? resource)
    {
        var span = new SpanData
        {
            TraceId = new TraceId(0x4bf92f3577b34da6, 0xa3ce929d0e0e4736),
            SpanId = new SpanId(0x1111),
            Kind = kind,
            StartTime = Start,
            EndTime = Start + (ulong)(milliseconds * 1e6),
            Resource = resource ?? Shop,
            IsSampled = true,
        };
        span.SetName(Encoding.UTF8.GetBytes(name));
        return span;
    }

    private static SpanData WithStatus(SpanData span, int status, bool error)
    {
        span.Set(SemanticAttributes.HttpResponseStatusCode, status);
        if (error)
        {
            span.Status = SpanStatus.Error;
            span.Set(SemanticAttributes.ErrorType, Encoding.UTF8.GetBytes($"{status}"));
        }

        return span;
    }
}
