// ASP.NET Core on Kestrel, encrypting where TLS_CERTIFICATE and TLS_KEY name files. Usage: AspNetCoreServer PORT UPSTREAM [sdk]
// With sdk it uses the official OpenTelemetry SDK, which samples nothing; else none.
// GET /ws is a WebSocket that echoes.
using System.Globalization;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
if (Environment.GetEnvironmentVariable("TLS_CERTIFICATE") is { } certificate)
{
    builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.ListenLocalhost(int.Parse(args[0], CultureInfo.InvariantCulture), listener =>
        listener.UseHttps(X509Certificate2.CreateFromPemFile(certificate, Environment.GetEnvironmentVariable("TLS_KEY")))));
}
else
{
    builder.WebHost.UseUrls($"http://127.0.0.1:{args[0]}");
}

builder.Logging.ClearProviders();
if (args is [_, _, "sdk"])
{
    OfficialSdk.Use(builder.Services);
}

WebApplication app = builder.Build();
using HttpClient upstream = new() { BaseAddress = new Uri($"http://127.0.0.1:{args[1]}") };

app.UseWebSockets();
app.MapMethods("/hello", ["GET", "HEAD"], context => Reply(context, 200, "hello\n"u8.ToArray()));
app.Map("/bytes/{length:int}", (HttpContext context, int length) => Reply(context, 200, Encoding.ASCII.GetBytes(new string('x', length))));
app.Map("/slow/{delay:int}", async (HttpContext context, int delay) =>
{
    await Task.Delay(delay);
    await Reply(context, 200, "hello\n"u8.ToArray());
});
app.Map("/echo", async context =>
{
    using MemoryStream body = new();
    await context.Request.Body.CopyToAsync(body);
    await Reply(context, 200, body.ToArray());
});
app.Map("/status/{status:int}", (HttpContext context, int status) => Reply(context, status, status is 204 or 304 ? [] : "a status"u8.ToArray()));
app.Map("/item/{number:int}", async (HttpContext context, int number) =>
{
    await Task.Delay(number * 7 % 20);
    await Reply(context, 200, Encoding.ASCII.GetBytes($"{number}"));
});
app.Map("/relay/{number:int}", async (HttpContext context, int number) =>
    await Reply(context, 200, await upstream.GetByteArrayAsync(new Uri($"/item/{number}", UriKind.Relative))));
app.Map("/ws", async context =>
{
    using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync();
    byte[] buffer = new byte[4096];
    while (await socket.ReceiveAsync(buffer, CancellationToken.None) is { MessageType: not WebSocketMessageType.Close } received)
    {
        await socket.SendAsync(buffer.AsMemory(0, received.Count), received.MessageType, received.EndOfMessage, CancellationToken.None);
    }

    await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
});
await app.RunAsync();

static async Task Reply(HttpContext context, int status, byte[] body)
{
    context.Response.StatusCode = status;
    if (status is not (204 or 304))
    {
        context.Response.ContentLength = body.Length;
    }

    if (!HttpMethods.IsHead(context.Request.Method))
    {
        await context.Response.Body.WriteAsync(body);
    }
}
