using System.Buffers.Binary;
using System.Text;
using Google.Protobuf;
using Sonde.EndToEnd.Tests.Harness;
using Sonde.Telemetry.Otlp;
using Sonde.Telemetry.Tests.Otlp;
using Xunit;

namespace Sonde.EndToEnd.Tests;

/// <summary>
/// What must not leave the machine never does: secrets are planted where applications put them, and looked for in all that Sonde says, to a
/// collector, on its standard output and on its standard error.
/// </summary>
public sealed class SecretTests
{
    /// <summary>Every planted secret begins like this.</summary>
    private const string Mark = "s3cr3t";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData("json")]
    [InlineData("lines")]
    public async Task A_secret_is_in_nothing_that_is_said(string format)
    {
        await using Collector collector = await Collector.StartAsync(OtlpProtocol.HttpProtobuf);
        await using SondeProcess sonde = await SondeProcess.StartAsync(new(collector.Environment)
        {
            ["OTEL_EBPF_PROTOCOLS"] = "http,grpc,sql,redis,dns",
            ["OTEL_TRACES_EXPORTER"] = "otlp,console",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "200",
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "500",
            ["OTEL_LOG_LEVEL"] = "debug",
            ["SONDE_CONSOLE_FORMAT"] = format,
        });
        await using ServerProcess redis = await RedisServer.StartAsync("--requirepass", $"{Mark}-redis-option");
        await TalkToRedisAsync(redis);
        using PlayedConversation http = TalkHttp();
        TalkSql();
        TalkSasl();
        await UntilAsync(() => Text(collector).Contains("/login", StringComparison.Ordinal) && Text(collector).Contains("ACL SETUSER", StringComparison.Ordinal)
            && Text(collector).Contains("CREATE ROLE", StringComparison.Ordinal) && Text(collector).Contains("SET PASSWORD", StringComparison.Ordinal));
        sonde.Process.Signal(ChildProcess.Interrupt);
        await sonde.Process.WaitForExitAsync(Patience);

        string output = await File.ReadAllTextAsync(sonde.Output, TestContext.Current.CancellationToken);
        // What was planted has been read: otherwise it would be no wonder that nothing is found.
        Assert.Contains("/login", output, StringComparison.Ordinal);
        Assert.Contains("/login", Text(collector), StringComparison.Ordinal);
        Assert.Contains("ACL SETUSER", Text(collector), StringComparison.Ordinal);
        Assert.Contains("CREATE ROLE", Text(collector), StringComparison.Ordinal);
        Assert.Contains("SET PASSWORD", Text(collector), StringComparison.Ordinal);
        AssertNone(output);
        AssertNone(sonde.Process.Errors);
        AssertNone(Text(collector));
    }

    private static async Task TalkToRedisAsync(ServerProcess server)
    {
        string[] commands =
        [
            $"AUTH {Mark}-auth-wrong",
            $"AUTH default {Mark}-redis-option",
            $"HELLO 3 AUTH default {Mark}-redis-option SETNAME {Mark}-name",
            $"CONFIG SET requirepass {Mark}-redis-option",
            $"ACL SETUSER bob on >{Mark}-acl ~* +@all",
            $"SET session {Mark}-value",
            $"HSET user password {Mark}-field",
            $"EVAL \"return redis.error_reply('My {Mark}-error')\" 0",
            $"MIGRATE 127.0.0.1 1 session 0 10 COPY AUTH {Mark}-migrate",
            $"NOSUCH {Mark}-argument",
            "GET session",
        ];
        string script = Path.Combine(server.Folder, "commands");
        await File.WriteAllLinesAsync(script, commands);
        await RedisServer.RunAsync("sh", "-c", $"redis-cli -p {server.Port} < {script}");
        // On the command line, where everybody sees it.
        await RedisServer.RunAsync("redis-cli", "-p", $"{server.Port}", "-a", $"{Mark}-redis-option", "--no-auth-warning", "GET", "session");
    }

    private static PlayedConversation TalkHttp()
    {
        PlayedConversation http = new();
        string body = $"{{\"password\":\"{Mark}-body\",\"connection\":\"Server=db;User Id=sa;Password={Mark}-connection-string\"}}";
        http.Client($"POST http://bob:{Mark}-userinfo@shop.test/login?token={Mark}-query&password={Mark}-query HTTP/1.1\r\nHost: bob:{Mark}-host@shop.test\r\n"
                + $"Authorization: Basic {Mark}-authorization\r\nProxy-Authorization: Bearer {Mark}-proxy\r\nCookie: session={Mark}-cookie\r\n"
                + $"X-Api-Key: {Mark}-key\r\nReferer: http://shop.test/?token={Mark}-referer\r\nContent-Length: {body.Length}\r\n\r\n{body}")
            .Server($"HTTP/1.1 302 Found\r\nSet-Cookie: session={Mark}-set-cookie\r\nLocation: /?token={Mark}-location\r\nWWW-Authenticate: Basic realm={Mark}-realm\r\n"
                + $"Content-Length: 20\r\n\r\n{Mark}-answer-012345");
        return http;
    }

    /// <summary>PostgreSQL's and MySQL's passwords, on the wire and in statements.</summary>
    private static void TalkSql()
    {
        string[] statements =
        [
            $"ALTER USER bob PASSWORD '{Mark}-sql'",
            $"SELECT * FROM users WHERE token = '{Mark}-literal' -- {Mark}-comment",
            $"SELECT dblink('host=db password={Mark}-connection-string')",
        ];
        using PlayedConversation postgres = new();
        byte[] start = [0, 3, 0, 0, .. Encoding.ASCII.GetBytes("user\0bob\0database\0shop\0\0")];
        postgres.Client([.. Length(start.Length + 4), .. start]).Server(Postgres('R', [0, 0, 0, 3]))
            .Client(Postgres('p', Encoding.ASCII.GetBytes($"{Mark}-password\0"))).Server([.. Postgres('R', new byte[4]), .. Postgres('Z', [(byte)'I'])]);
        // MySQL has no dollar quotes.
        foreach (string statement in (string[])[$"CREATE ROLE bob LOGIN PASSWORD $${Mark}-dollar$$", .. statements])
        {
            postgres.Client(Postgres('Q', Encoding.ASCII.GetBytes($"{statement}\0")))
                .Server([.. Postgres('E', Encoding.ASCII.GetBytes($"SERROR\0C42601\0Msyntax error at {Mark}-message\0\0")), .. Postgres('Z', [(byte)'I'])]);
        }

        using PlayedConversation mysql = new();
        mysql.Server(MySql(0, [10, .. Encoding.ASCII.GetBytes("8.0.0\0"), 1, 0, 0, 0, .. new byte[8], 0, 0xff, 0xf7, 33, 2, 0, 0xff, 0x81, 21, .. new byte[10], .. new byte[13], .. Encoding.ASCII.GetBytes("mysql_native_password\0")]))
            .Client(MySql(1, [0x0d, 0xa2, 0x3a, 0, 0, 0, 0, 1, 33, .. new byte[23], .. Encoding.ASCII.GetBytes("bob\0"), 20, .. Encoding.ASCII.GetBytes($"{Mark}-handshake-pass"), .. Encoding.ASCII.GetBytes("shop\0")]))
            .Server(MySql(2, [0, 0, 0, 2, 0, 0, 0]));
        foreach (string statement in (string[])[$"ALTER USER bob IDENTIFIED BY '{Mark}-identified'", $"SET PASSWORD = '{Mark}-set'", .. statements])
        {
            mysql.Client(MySql(0, [3, .. Encoding.ASCII.GetBytes(statement)])).Server(MySql(1, [0xff, 0x28, 4, .. Encoding.ASCII.GetBytes($"#42000near {Mark}-message")]));
        }
    }

    /// <summary>SASL as SMTP and Kafka carry it.</summary>
    private static void TalkSasl()
    {
        using PlayedConversation smtp = new();
        smtp.Server("220 mail.test ESMTP\r\n").Client("EHLO me\r\n").Server("250 AUTH PLAIN\r\n").Client($"AUTH PLAIN {Mark}-plain\r\n").Server("235 ok\r\n");
        using PlayedConversation kafka = new();
        byte[] plain = Encoding.ASCII.GetBytes($"\0bob\0{Mark}-kafka");
        byte[] handshake = [0, 17, 0, 1, 0, 0, 0, 1, 0, 2, (byte)'m', (byte)'e', 0, 5, .. "PLAIN"u8];
        byte[] authenticate = [0, 36, 0, 0, 0, 0, 0, 2, 0, 2, (byte)'m', (byte)'e', .. Length(plain.Length), .. plain];
        kafka.Client([.. Length(handshake.Length), .. handshake]).Server([0, 0, 0, 17, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 5, .. "PLAIN"u8])
            .Client([.. Length(authenticate.Length), .. authenticate]).Server(0, 0, 0, 12, 0, 0, 0, 2, 0, 0, 0xff, 0xff, 0, 0, 0, 0);
    }

    private static byte[] Postgres(char type, byte[] body) => [(byte)type, .. Length(body.Length + 4), .. body];

    private static byte[] MySql(byte number, byte[] body) => [(byte)body.Length, (byte)(body.Length >> 8), 0, number, .. body];

    private static byte[] Length(int length)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, length);
        return bytes;
    }

    /// <summary>All that the collector got, byte for byte, as text.</summary>
    private static string Text(Collector collector) => string.Concat(
        collector.Traces.Select(request => Encoding.Latin1.GetString(request.ToByteArray()))
            .Concat(collector.Metrics.Select(request => Encoding.Latin1.GetString(request.ToByteArray()))));

    private static void AssertNone(string text)
    {
        int place = text.IndexOf(Mark, StringComparison.OrdinalIgnoreCase);
        Assert.True(place < 0, place < 0 ? "" : $"{text[place..Math.Min(text.Length, place + 40)]} in: {text[Math.Max(0, place - 200)..Math.Min(text.Length, place + 100)]}");
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (System.Diagnostics.Stopwatch waited = System.Diagnostics.Stopwatch.StartNew(); !condition() && waited.Elapsed < Patience;)
        {
            await Task.Delay(50);
        }
    }
}
