using System.Diagnostics;
using System.Globalization;
using Sonde.EndToEnd.Tests.Harness;
using StackExchange.Redis;
using Xunit;

namespace Sonde.EndToEnd.Tests;

/// <summary>The real Redis and its clients: counts, names, errors and durations on both sides.</summary>
public sealed class RedisTests(SharedAgent agent)
{
    private const string Captured = "every command, query text without values, database, error code, duration";

    [Fact]
    [Coverage("Redis", "redis-cli", CoveredSide.Client, Captured)]
    [Coverage("Redis", "redis-server", CoveredSide.Server, Captured)]
    public async Task Every_command_of_redis_cli_is_a_span_on_both_sides()
    {
        SondeProcess sonde = await agent.StartedAsync();
        await using ServerProcess server = await RedisServer.StartAsync("--requirepass", "secret-password");
        (string Command, string Text, string? Error)[] commands =
        [
            ("GET user:1", "GET user:1", "NOAUTH"),
            ("AUTH secret-password", "AUTH ?", null),
            ("SET user:1 secret-value", "SET user:1 ?", null),
            ("LPUSH user:1 x", "LPUSH user:1 ?", "WRONGTYPE"),
            ("CONFIG SET masterauth secret-password", "CONFIG SET masterauth ?", null),
            ("SELECT 3", "SELECT 3", null),
            ("NOSUCHCOMMAND secret-value", "NOSUCHCOMMAND ?", "ERR"),
            ("BLPOP nothing 0.2", "BLPOP nothing 0.2", null),
        ];
        // From a file: one connection, each command after the answer to the one before.
        string script = Path.Combine(server.Folder, "commands");
        await File.WriteAllLinesAsync(script, commands.Select(command => command.Command), TestContext.Current.CancellationToken);
        await RedisServer.RunAsync("sh", "-c", $"exec redis-cli -p {server.Port} < {script}");

        foreach (string kind in new[] { "client", "server" })
        {
            // It begins by asking for the server's commands.
            Span[] spans = await sonde.ExactlyAsync(span => span.Kind == kind && span.Port == server.Port && span.Name != "COMMAND", commands.Length);
            Assert.Equal(commands.Select(command => command.Text), spans.Select(span => span.Text("db.query.text")));
            Assert.Equal(commands.Select(command => command.Error), spans.Select(span => span.Text("db.response.status_code")));
            Assert.Equal(["0", "0", "0", "0", "0", "3", "3", "3"], spans.Select(span => span.Text("db.namespace")));
            Assert.Equal(commands.Select(command => command.Command.Split(' ')[0]), spans.Select(span => span.Name));
            Assert.All(spans, span => Assert.DoesNotContain("secret", $"{span}", StringComparison.Ordinal));
            AssertBlocked(spans[^1]);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [Coverage("Redis", "redis-benchmark (hiredis)", CoveredSide.Client, "pipelines")]
    public async Task Every_command_of_a_pipeline_is_a_span(int depth)
    {
        const int count = 2000;
        SondeProcess sonde = await agent.StartedAsync();
        await using ServerProcess server = await RedisServer.StartAsync();
        await RedisServer.RunAsync(
            "redis-benchmark", "-p", $"{server.Port}", "-q", "-c", "4", "-n", $"{count}", "-P", $"{depth}", "-t", "set,get,lpush");
        foreach (string kind in new[] { "client", "server" })
        {
            foreach (string name in new[] { "SET", "GET", "LPUSH" })
            {
                Span[] spans = await sonde.ExactlyAsync(span => span.Kind == kind && span.Port == server.Port && span.Name == name, count);
                Assert.All(spans, span => Assert.Null(span.Status));
            }
        }
    }

    [Fact]
    [Coverage("Redis", "redis-py", CoveredSide.Client, Captured + ", pipelines, transactions")]
    public async Task Redis_py_is_read_with_its_pipelines_and_transactions()
    {
        SondeProcess sonde = await agent.StartedAsync();
        await using ServerProcess server = await RedisServer.StartAsync();
        await RedisServer.RunAsync("/usr/bin/python3", Path.Combine(Repository.Servers, "redis/client.py"), $"{server.Port}");
        foreach (string kind in new[] { "client", "server" })
        {
            Span[] spans = await sonde.ExactlyAsync(span => span.Kind == kind && span.Port == server.Port && span.Name is not ("CLIENT" or "SELECT"), 15);
            Assert.Equal(
                ["SET", "GET", "LPUSH", .. Enumerable.Repeat("INCRBY", 10), "MULTI SET", "BLPOP"], spans.Select(span => span.Name));
            Assert.Equal("SET a ?; SET b ?", spans[13].Text("db.query.text"));
            Assert.Equal(2, spans[13].Number("db.operation.batch.size"));
            Assert.Equal("WRONGTYPE", spans[2].Text("error.type"));
            Assert.All(spans, span => Assert.Equal("2", span.Text("db.namespace")));
            Assert.All(spans, span => Assert.DoesNotContain("secret", $"{span}", StringComparison.Ordinal));
            AssertBlocked(spans[14]);
        }
    }

    [Fact]
    [Coverage("Redis", "node-redis", CoveredSide.Client, "commands of one connection at once, publications")]
    public async Task Commands_of_node_at_once_are_a_span_each()
    {
        SondeProcess sonde = await agent.StartedAsync();
        await using ServerProcess server = await RedisServer.StartAsync();
        await RedisServer.RunAsync("env", "NODE_PATH=/usr/share/nodejs", "node", Path.Combine(Repository.Servers, "redis/client.js"), $"{server.Port}");
        foreach (string kind in new[] { "client", "server" })
        {
            Span[] spans = await sonde.ExactlyAsync(span => span.Kind == kind && span.Port == server.Port && (span.Name is "SET" or "GET" or "PUBLISH" or "SUBSCRIBE"), 102);
            Assert.Equal((50, 50, 1, 1), (Count("SET"), Count("GET"), Count("PUBLISH"), Count("SUBSCRIBE")));

            int Count(string name) => spans.Count(span => span.Name == name);
        }
    }

    [Fact]
    [Coverage("Redis", ".NET StackExchange.Redis", CoveredSide.Client, "commands of many threads on one connection")]
    public async Task Commands_of_many_threads_on_one_connection_are_a_span_each()
    {
        const int threads = 20, rounds = 50;
        SondeProcess sonde = await agent.StartedAsync();
        await using ServerProcess server = await RedisServer.StartAsync();
        using ConnectionMultiplexer multiplexer = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{server.Port}");
        IDatabase database = multiplexer.GetDatabase();
        await Task.WhenAll(Enumerable.Range(0, threads).Select(thread => Task.Run(async () =>
        {
            for (int round = 0; round < rounds; round++)
            {
                string key = string.Create(CultureInfo.InvariantCulture, $"key:{thread}:{round}");
                await database.StringSetAsync(key, round);
                Assert.Equal(round, (int)await database.StringGetAsync(key));
            }
        })));
        foreach (string kind in new[] { "client", "server" })
        {
            foreach (string name in new[] { "SET", "GET" })
            {
                Span[] spans = await sonde.ExactlyAsync(span => span.Kind == kind && span.Port == server.Port && span.Name == name && Key(span).StartsWith("key:", StringComparison.Ordinal), threads * rounds);
                Assert.Equal(threads * rounds, spans.Select(Key).Distinct().Count());
                Assert.All(spans, span => Assert.Null(span.Status));
            }
        }

        static string Key(Span span) => span.Text("db.query.text")!.Split(' ')[1];
    }

    [Fact]
    public async Task Values_beyond_the_capture_end_with_their_last_byte()
    {
        SondeProcess sonde = await agent.StartedAsync();
        await using ServerProcess server = await RedisServer.StartAsync();
        using ConnectionMultiplexer multiplexer = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{server.Port}");
        IDatabase database = multiplexer.GetDatabase();
        byte[] value = new byte[1 << 20];
        Stopwatch watch = new();
        for (int i = 0; i < 5; i++)
        {
            await database.StringSetAsync("big", value);
            watch.Restart();
            Assert.Equal(value.Length, (await database.StringGetAsync("big")).Length());
            watch.Stop();
        }

        Span[] spans = await sonde.ExactlyAsync(span => span.Kind == "client" && span.Port == server.Port && (span.Text("db.query.text") is "SET big ?" or "GET big"), 10);
        Assert.True(spans[^1].Duration <= (watch.Elapsed * 1.2) + TimeSpan.FromMilliseconds(1), $"{watch.Elapsed.TotalMilliseconds} ms, {spans[^1]}");
    }

    /// <summary>It waited 200 ms for a list.</summary>
    private static void AssertBlocked(Span span) => Assert.InRange(span.Duration.TotalMilliseconds, 160, 400);
}
