using System.Diagnostics;
using System.Globalization;
using Sonde.Telemetry.Attributes;
using Sonde.Telemetry.Export;
using Sonde.Telemetry.Metrics;
using Sonde.Telemetry.Otlp;
using Sonde.Telemetry.Resources;
using Sonde.Telemetry.Spans;

namespace Sonde.Benchmarks;

/// <summary>
/// What a finished request costs the tracer's thread: encoding its span, and counting it. One line each; the best of
/// several rounds, since other programs run on the machine too.
/// </summary>
internal static class ExportBenchmark
{
    private const int Rounds = 20;
    private const int Spans = 20_000;

    public static void Run()
    {
        var resource = new Resource([new("service.name", "shop"), new("process.pid", 4711L)]);
        SpanData span = Typical(resource);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"per span with {span.Attributes.Length} attributes"));

        var metrics = new RequestMetrics(resource, new SeriesSettings(), TimeProvider.System);
        Measure("count in the request metrics", () => metrics.Record(span));

        // A receiver, in a process of its own, that takes everything.
        using Process sink = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, Sink.Argument) { RedirectStandardOutput = true })!;
        string endpoint = sink.StandardOutput.ReadLine()!;
        OtlpSettings otlp = OtlpSettings.Read(
            OtlpSignal.Traces, name => name == "OTEL_EXPORTER_OTLP_ENDPOINT" ? endpoint : null, []);
        var exporter = new BatchSpanExporter(otlp, new BatchSettings(), Console.Error.WriteLine);
        Measure("encode into the batch", () => exporter.Export(span));
        exporter.DisposeAsync().AsTask().GetAwaiter().GetResult();

        Sending(otlp, span);
        sink.Kill();
    }

    /// <summary>The CPU time of everything that an export takes, sending included, at 20,000 spans a second.</summary>
    private static void Sending(OtlpSettings otlp, SpanData span)
    {
        const int PerSecond = 20_000;
        const int Seconds = 5;
        var exporter = new BatchSpanExporter(otlp, new BatchSettings(), Console.Error.WriteLine);
        exporter.Export(span);
        exporter.FlushAsync(TimeSpan.FromSeconds(5)).GetAwaiter().GetResult();
        int collections = GC.CollectionCount(0);
        using var before = Process.GetCurrentProcess();
        (TimeSpan user, TimeSpan kernel) = (before.UserProcessorTime, before.PrivilegedProcessorTime);
        var clock = Stopwatch.StartNew();
        for (int sent = 0; sent < PerSecond * Seconds;)
        {
            // A hundredth of a second's spans at a time, as a ring buffer hands them over.
            for (int i = 0; i < PerSecond / 100; i++, sent++)
            {
                exporter.Export(span);
            }

            TimeSpan wait = TimeSpan.FromSeconds((double)sent / PerSecond) - clock.Elapsed;
            if (wait > TimeSpan.Zero)
            {
                Thread.Sleep(wait);
            }
        }

        exporter.FlushAsync(TimeSpan.FromSeconds(5)).GetAwaiter().GetResult();
        using var after = Process.GetCurrentProcess();
        user = (after.UserProcessorTime - user) / (PerSecond * Seconds);
        kernel = (after.PrivilegedProcessorTime - kernel) / (PerSecond * Seconds);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{"CPU time of encoding and sending at 20,000 spans/s",-52}{(user + kernel).TotalNanoseconds,8:0} ns, of it {kernel.TotalNanoseconds:0} in the kernel"));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{"  sent, dropped; resident memory",-52}{exporter.Counters.Sent}, {exporter.Counters.Dropped}; {Environment.WorkingSet / 1048576.0:0.0} MiB; {GC.CollectionCount(0) - collections} collections"));
        exporter.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    private static void Measure(string what, Action action)
    {
        double best = double.MaxValue;
        long allocated = 0;
        for (int round = 0; round < Rounds; round++)
        {
            long bytes = GC.GetAllocatedBytesForCurrentThread();
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < Spans; i++)
            {
                action();
            }

            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalNanoseconds / Spans);
            allocated = GC.GetAllocatedBytesForCurrentThread() - bytes;
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{what,-52}{best,8:0} ns{allocated / (double)Spans,8:0.0} bytes allocated"));
    }

    private static SpanData Typical(Resource resource)
    {
        var span = new SpanData
        {
            TraceId = new TraceId(0x0af7651916cd43dd, 0x8448eb211c80319c),
            SpanId = new SpanId(0xb7ad6b7169203331),
            ParentSpanId = new SpanId(0x00f067aa0ba902b7),
            Kind = SpanKind.Server,
            StartTime = 1_750_000_000_000_000_000,
            EndTime = 1_750_000_000_012_345_678,
            Resource = resource,
            Instrument = new RequestInstrument("http.server.request.duration", "Duration of HTTP server requests."),
            IsSampled = true,
        };
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
        return span;
    }
}
