using System.Collections.Concurrent;
using System.IO.Compression;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Proto.Collector.Metrics.V1;
using OpenTelemetry.Proto.Collector.Trace.V1;
using Sonde.Telemetry.Otlp;

namespace Sonde.Telemetry.Tests.Otlp;

/// <summary>A receiver of OTLP on loopback, over a real server, that decodes with the official definitions.</summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly WebApplication _server;
    private int _attempts;

    private Collector(WebApplication server, OtlpProtocol protocol)
    {
        _server = server;
        Protocol = protocol;
    }

    public OtlpProtocol Protocol { get; }

    /// <summary>Where it listens, for <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>.</summary>
    public string Endpoint => _server.Urls.Single();

    public int Port => new Uri(Endpoint).Port;

    /// <summary>What it answers to the attempt with this number, from 1; null takes the request.</summary>
    public Func<int, Answer?> Respond { get; set; } = _ => null;

    public int Attempts => Volatile.Read(ref _attempts);

    public ConcurrentQueue<IHeaderDictionary> Headers { get; } = new();

    public ConcurrentQueue<string> Paths { get; } = new();

    public ConcurrentQueue<ExportTraceServiceRequest> Traces { get; } = new();

    public ConcurrentQueue<ExportMetricsServiceRequest> Metrics { get; } = new();

    public int SpanCount => Traces.Sum(request => request.ResourceSpans.Sum(r => r.ScopeSpans.Sum(s => s.Spans.Count)));

    public static async Task<Collector> StartAsync(
        OtlpProtocol protocol, int port = 0, X509Certificate2? certificate = null, X509Certificate2? clients = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port, listen =>
        {
            listen.Protocols = protocol == OtlpProtocol.Grpc ? HttpProtocols.Http2 : HttpProtocols.Http1;
            if (certificate is not null)
            {
                listen.UseHttps(certificate, https =>
                {
                    https.ClientCertificateMode = clients is null
                        ? ClientCertificateMode.NoCertificate
                        : ClientCertificateMode.RequireCertificate;
                    https.ClientCertificateValidation = (given, _, _) => given.Thumbprint == clients?.Thumbprint;
                });
            }
        }));
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.Services.AddGrpc(options => options.MaxReceiveMessageSize = 4 * 1024 * 1024);
        builder.Services.AddSingleton<TraceReceiver>();
        builder.Services.AddSingleton<MetricsReceiver>();
        Collector? collector = null;
        builder.Services.AddSingleton(_ => collector!);
        collector = new Collector(builder.Build(), protocol);
        collector.Map();
        await collector._server.StartAsync();
        return collector;
    }

    /// <summary>The environment that sends everything here.</summary>
    public Dictionary<string, string> Environment => new()
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = Endpoint,
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = Protocol == OtlpProtocol.Grpc ? "grpc" : "http/protobuf",
    };

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    private void Map()
    {
        if (Protocol == OtlpProtocol.Grpc)
        {
            _server.MapGrpcService<TraceReceiver>();
            _server.MapGrpcService<MetricsReceiver>();
            return;
        }

        _server.MapPost("/{**path}", async (HttpContext context) =>
        {
            Answer? answer = await ReceiveAsync(context);
            using var body = new MemoryStream();
            if (context.Request.Headers.ContentEncoding == "gzip")
            {
                using var gzip = new GZipStream(context.Request.Body, CompressionMode.Decompress);
                await gzip.CopyToAsync(body, context.RequestAborted);
            }
            else
            {
                await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            }

            if (answer is { HttpStatus: not 200 })
            {
                context.Response.StatusCode = answer.HttpStatus;
                if (answer.RetryAfter is not null)
                {
                    context.Response.Headers.RetryAfter = answer.RetryAfter;
                }

                await context.Response.WriteAsync(answer.Message, context.RequestAborted);
                return;
            }

            context.Response.ContentType = "application/x-protobuf";
            IMessage response = context.Request.Path.Value!.EndsWith("/metrics", StringComparison.Ordinal)
                ? Take(ExportMetricsServiceRequest.Parser.ParseFrom(body.ToArray()), answer)
                : Take(ExportTraceServiceRequest.Parser.ParseFrom(body.ToArray()), answer);
            await context.Response.Body.WriteAsync(response.ToByteArray(), context.RequestAborted);
        });
    }

    private async Task<Answer?> ReceiveAsync(HttpContext context)
    {
        // The server reuses its headers.
        Headers.Enqueue(new HeaderDictionary(context.Request.Headers.ToDictionary()));
        Paths.Enqueue(context.Request.Path.Value ?? "");
        Answer? answer = Respond(Interlocked.Increment(ref _attempts));
        if (answer?.Hang == true)
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        }

        return answer;
    }

    private ExportTraceServiceResponse Take(ExportTraceServiceRequest request, Answer? answer)
    {
        Traces.Enqueue(request);
        var response = new ExportTraceServiceResponse();
        if (answer is not null)
        {
            response.PartialSuccess = new() { RejectedSpans = answer.Rejected, ErrorMessage = answer.Message };
        }

        return response;
    }

    private ExportMetricsServiceResponse Take(ExportMetricsServiceRequest request, Answer? answer)
    {
        Metrics.Enqueue(request);
        var response = new ExportMetricsServiceResponse();
        if (answer is not null)
        {
            response.PartialSuccess = new() { RejectedDataPoints = answer.Rejected, ErrorMessage = answer.Message };
        }

        return response;
    }

    private async Task<Answer?> ReceiveAsync(ServerCallContext call)
    {
        Answer? answer = await ReceiveAsync(call.GetHttpContext());
        return answer is { Status: not StatusCode.OK }
            ? throw new RpcException(new Status(answer.Status, answer.Message), answer.Trailers ?? [])
            : answer;
    }

    private sealed class TraceReceiver(Collector collector) : TraceService.TraceServiceBase
    {
        public override async Task<ExportTraceServiceResponse> Export(ExportTraceServiceRequest request, ServerCallContext context) =>
            collector.Take(request, await collector.ReceiveAsync(context));
    }

    private sealed class MetricsReceiver(Collector collector) : MetricsService.MetricsServiceBase
    {
        public override async Task<ExportMetricsServiceResponse> Export(ExportMetricsServiceRequest request, ServerCallContext context) =>
            collector.Take(request, await collector.ReceiveAsync(context));
    }
}

/// <summary>An answer other than "taken": a status of one of the protocols, or partial success.</summary>
internal sealed record Answer(
    int HttpStatus = 200,
    StatusCode Status = StatusCode.OK,
    string? RetryAfter = null,
    Metadata? Trailers = null,
    long Rejected = 0,
    string Message = "",
    bool Hang = false);
