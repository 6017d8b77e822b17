using System.Diagnostics;
using System.Globalization;
using System.Text;
using Grpc.Core;
using Grpc.Net.Client;
using GrpcShop;
using Microsoft.AspNetCore.Server.Kestrel.Core;

// Arguments: server PORT | client PORT ROUNDS | crowd PORT CALLS AT-ONCE | wait PORT, as grpc-python/shop.py.
string role = args[0];
int port = int.Parse(args[1], CultureInfo.InvariantCulture);
if (role == "server")
{
    WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
    builder.Logging.ClearProviders();
    builder.WebHost.ConfigureKestrel(options => options.ListenLocalhost(port, listen => listen.Protocols = HttpProtocols.Http2));
    builder.Services.AddGrpc();
    builder.Services.AddSingleton<Shop>();
    WebApplication app = builder.Build();
    app.MapGrpcService<Shop>();
    await app.RunAsync();
    return;
}

using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{port}");
CallInvoker invoker = channel.CreateCallInvoker();
switch (role)
{
    case "client":
        for (int i = int.Parse(args[2], CultureInfo.InvariantCulture); i > 0; i--)
        {
            await MixAsync();
        }

        break;
    case "wait":
        while (Console.ReadLine() is { } line)
        {
            await CallAsync(ShopMethods.Buy, line);
        }

        break;
    default:
        await Parallel.ForAsync(
            0,
            int.Parse(args[2], CultureInfo.InvariantCulture),
            new ParallelOptions { MaxDegreeOfParallelism = int.Parse(args[3], CultureInfo.InvariantCulture) },
            async (_, _) => await CallAsync(ShopMethods.Buy, "slow 5"));
        break;
}

async Task MixAsync()
{
    foreach (Method<byte[], byte[]> method in new[] { ShopMethods.Buy, ShopMethods.Watch, ShopMethods.Fill, ShopMethods.Chat })
    {
        await CallAsync(method, "tea");
        await CallAsync(method, "slow 60");
    }

    foreach (string code in new[] { "NOT_FOUND", "INTERNAL", "INVALID_ARGUMENT", "UNAVAILABLE" })
    {
        await CallAsync(ShopMethods.Buy, code);
    }

    await CallAsync(ShopMethods.Watch, "NOT_FOUND");
    await CallAsync(ShopMethods.Nothing, "tea");
    await CallAsync(ShopMethods.Buy, "slow 400", timeout: 100);
    await CallAsync(ShopMethods.Watch, "slow 400", cancelAfter: 100);
}

async Task CallAsync(Method<byte[], byte[]> method, string message, int timeout = 0, int cancelAfter = 0)
{
    long begin = Stopwatch.GetTimestamp();
    using CancellationTokenSource cancel = new();
    if (cancelAfter > 0)
    {
        cancel.CancelAfter(cancelAfter);
    }

    CallOptions options = new(deadline: timeout > 0 ? DateTime.UtcNow.AddMilliseconds(timeout) : null, cancellationToken: cancel.Token);
    StatusCode code = StatusCode.OK;
    try
    {
        await ExchangeAsync(method, options, Encoding.UTF8.GetBytes(message));
    }
    catch (RpcException error)
    {
        code = error.StatusCode;
    }

    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{method.Name} {StatusNames.Of(code)} {Stopwatch.GetElapsedTime(begin).TotalMilliseconds:F3}"));
}

async Task ExchangeAsync(Method<byte[], byte[]> method, CallOptions options, byte[] message)
{
    switch (method.Type)
    {
        case MethodType.Unary:
            await invoker.AsyncUnaryCall(method, null, options, message);
            break;
        case MethodType.ServerStreaming:
            using (AsyncServerStreamingCall<byte[]> call = invoker.AsyncServerStreamingCall(method, null, options, message))
            {
                await DrainAsync(call.ResponseStream);
            }

            break;
        case MethodType.ClientStreaming:
            using (AsyncClientStreamingCall<byte[], byte[]> call = invoker.AsyncClientStreamingCall(method, null, options))
            {
                await SendAsync(call.RequestStream, message);
                await call;
            }

            break;
        case MethodType.DuplexStreaming:
            using (AsyncDuplexStreamingCall<byte[], byte[]> call = invoker.AsyncDuplexStreamingCall(method, null, options))
            {
                await SendAsync(call.RequestStream, message);
                await DrainAsync(call.ResponseStream);
            }

            break;
    }
}

static async Task SendAsync(IClientStreamWriter<byte[]> stream, byte[] message)
{
    await stream.WriteAsync(message);
    await stream.WriteAsync(message);
    await stream.CompleteAsync();
}

static async Task DrainAsync(IAsyncStreamReader<byte[]> stream)
{
    while (await stream.MoveNext(CancellationToken.None))
    {
    }
}
