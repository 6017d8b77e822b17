using System.Diagnostics;
using System.IO.Pipes;
using System.Text;
using System.Text.Json;
using CsCheck;
using Microsoft.Win32.SafeHandles;
using Sonde.Telemetry.Attributes;
using Sonde.Telemetry.Console;
using Sonde.Telemetry.Resources;
using Sonde.Telemetry.Spans;
using Xunit;

namespace Sonde.Telemetry.Tests.Console;

public class JsonSpanWriterTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly AttributeKey Flag = new("flag");
    private static readonly AttributeKey Ratio = new("ratio");
    private static readonly AttributeKey Text = new("text");
    private static readonly AttributeKey Count = new("count");

    [Fact]
    public async Task A_span_is_one_line()
    {
        SpanData span = Sample.Client();
        Assert.Equal(
            """
            {"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"0000000000002222","parentSpanId":"0000000000001111","name":"GET","kind":"client","startTimeUnixNano":"1700000000000000000","endTimeUnixNano":"1700000000003210000","attributes":{"url.full":"http://stock:8080/stock/17?secret=1","server.address":"stock","server.port":8080,"http.response.status_code":200},"resource":{"service.name":"shop","process.pid":4711}}

            """,
            await WriteAsync([span]));
    }

    [Fact]
    public async Task What_is_absent_is_not_written()
    {
        SpanData span = Sample.Server(status: 500);
        JsonElement json = JsonElement.Parse(await WriteAsync([span]));
        Assert.Equal("error", json.GetProperty("status").GetString());
        Assert.False(json.TryGetProperty("parentSpanId", out _));
        Assert.False(JsonElement.Parse(await WriteAsync([Sample.Server()])).TryGetProperty("status", out _));
    }

    [Fact]
    public Task Every_value_comes_back() =>
        Gen.Select(Gen.String, Gen.String, Gen.Long, Gen.Double, Gen.Bool, Gen.ULong, Gen.ULong).SampleAsync(async (name, text, number, ratio, flag, high, low) =>
        {
            name = Wellformed(name);
            text = Wellformed(text);
            SpanData span = Sample.Span(SpanKind.Internal, name, 1, new Resource([new("service.name", text), new("list", new[] { name, text }), new("ratio", ratio)]));
            span.TraceId = new TraceId(high, low);
            span.Set(Text, Encoding.UTF8.GetBytes(text));
            span.Set(Count, number);
            span.Set(Ratio, ratio);
            span.Set(Flag, flag);

            string line = await WriteAsync([span]);
            Assert.Equal(line.Length - 1, line.IndexOf('\n', StringComparison.Ordinal));
            JsonElement json = JsonElement.Parse(line);
            Assert.Equal(span.TraceId.ToString(), json.GetProperty("traceId").GetString());
            Assert.Equal(name, json.GetProperty("name").GetString());
            JsonElement attributes = json.GetProperty("attributes");
            Assert.Equal(text, attributes.GetProperty("text").GetString());
            Assert.Equal(number, attributes.GetProperty("count").GetInt64());
            Assert.Equal(flag, attributes.GetProperty("flag").GetBoolean());
            Assert.Equal(ratio, Number(attributes.GetProperty("ratio")));
            Assert.Equal(ratio, Number(json.GetProperty("resource").GetProperty("ratio")));
            Assert.Equal([name, text], json.GetProperty("resource").GetProperty("list").EnumerateArray().Select(item => item.GetString()!));
        }, iter: 200);

    [Fact]
    public async Task A_slow_reader_loses_the_oldest_lines_and_they_are_counted()
    {
        using var reader = new AnonymousPipeServerStream(PipeDirection.In);
        using FileStream pipe = WriteEnd(reader);
        await using var writer = new JsonSpanWriter(pipe, SpanFilter.All);
        const int Spans = 60_000;
        for (int i = 0; i < Spans; i++)
        {
            SpanData span = Sample.Server();
            span.SpanId = new SpanId((ulong)i + 1);
            writer.Export(span); // Nobody reads yet, and this returns.
        }

        Assert.InRange(writer.Lost, 1, Spans);
        var lines = new StreamReader(reader);
        ulong last = 0;
        int read = 0;
        using var timeout = new CancellationTokenSource(Patience);
        while (last != Spans)
        {
            string line = (await lines.ReadLineAsync(timeout.Token))!;
            ulong id = Convert.ToUInt64(JsonElement.Parse(line).GetProperty("spanId").GetString(), 16);
            Assert.True(id > last, "In order.");
            last = id;
            read++;
        }

        Assert.Equal(Spans, read + writer.Lost);
    }

    [Fact]
    public async Task A_reader_that_goes_away_is_noticed()
    {
        var reader = new AnonymousPipeServerStream(PipeDirection.In);
        using FileStream pipe = WriteEnd(reader);
        await using var writer = new JsonSpanWriter(pipe, SpanFilter.All);
        writer.Export(Sample.Server());
        await writer.FlushAsync(Patience);
        await reader.DisposeAsync();
        writer.Export(Sample.Server());
        Assert.True(StandardOutput.IsReaderGone(await writer.Closed.WaitAsync(Patience, TestContext.Current.CancellationToken)));
        writer.Export(Sample.Server());
        await writer.FlushAsync(Patience);
        Assert.InRange(writer.Lost, 1, 2);
    }

    [Fact]
    public async Task A_line_comes_without_being_asked_for()
    {
        using var reader = new AnonymousPipeServerStream(PipeDirection.In);
        using FileStream pipe = WriteEnd(reader);
        await using var writer = new JsonSpanWriter(pipe, SpanFilter.All);
        writer.Export(Sample.Server());
        using var timeout = new CancellationTokenSource(Patience);
        Assert.NotNull(await new StreamReader(reader).ReadLineAsync(timeout.Token));
    }

    [Fact]
    public async Task Writing_does_not_allocate()
    {
        await using var writer = new JsonSpanWriter(Stream.Null, SpanFilter.All);
        SpanData span = Sample.Server(name: "GET \"ä\u0001\"");
        for (int i = 0; i < 1000; i++)
        {
            writer.Export(span);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10_000; i++)
        {
            writer.Export(span);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4096);
    }

    /// <summary>The pipe as the process's standard output would be.</summary>
    private static FileStream WriteEnd(AnonymousPipeServerStream reader)
    {
        var handle = new SafeFileHandle(reader.ClientSafePipeHandle.DangerousGetHandle(), ownsHandle: true);
        reader.ClientSafePipeHandle.SetHandleAsInvalid();
        return new FileStream(handle, FileAccess.Write, bufferSize: 0);
    }

    private static double Number(JsonElement element) => element.ValueKind == JsonValueKind.Number
        ? element.GetDouble()
        : element.GetString() switch
        {
            "NaN" => double.NaN,
            "Infinity" => double.PositiveInfinity,
            "-Infinity" => double.NegativeInfinity,
            _ => throw new UnreachableException(),
        };

    /// <summary>Without lone surrogates, and no longer than a span keeps.</summary>
    private static string Wellformed(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    private static async Task<string> WriteAsync(IEnumerable<SpanData> spans)
    {
        var stream = new MemoryStream();
        await using (var writer = new JsonSpanWriter(stream, SpanFilter.All))
        {
            foreach (SpanData span in spans)
            {
                writer.Export(span);
            }

            await writer.FlushAsync(Patience);
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
