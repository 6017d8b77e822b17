using System.Diagnostics;
using System.Text.RegularExpressions;
using Sonde.EndToEnd.Tests.Harness;
using Xunit;

namespace Sonde.EndToEnd.Tests;

/// <summary>An agent that reads SQL and keeps the values, so that statements can be compared with what the databases log.</summary>
public sealed class DatabaseAgent : IAsyncDisposable
{
    private Task<SondeProcess>? _sonde;

    internal Task<SondeProcess> StartedAsync() => _sonde ??= SondeProcess.StartAsync(
        new Dictionary<string, string> { ["OTEL_EBPF_PROTOCOLS"] = "http,sql", ["SONDE_TRACING_REDACT_SQL"] = "false" });

    public async ValueTask DisposeAsync()
    {
        if (_sonde is { IsCompletedSuccessfully: true })
        {
            await (await _sonde).DisposeAsync();
        }
    }
}

/// <summary>Every statement of every driver, as the database itself logged it, at both ends of its connection.</summary>
public sealed class DatabaseTests(DatabaseAgent agent) : IClassFixture<DatabaseAgent>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData(Database.PostgreSql, "npgsql")]
    [InlineData(Database.PostgreSql, "psycopg2")]
    [InlineData(Database.PostgreSql, "pg")]
    [InlineData(Database.PostgreSql, "jdbc")]
    [InlineData(Database.MariaDb, "mysqlconnector")]
    [InlineData(Database.MariaDb, "pymysql")]
    [InlineData(Database.MariaDb, "mysql2")]
    [InlineData(Database.Tds, "sqlclient")]
    [Coverage("SQL", "{database}", CoveredSide.Server, "every statement, text, database, error code, duration")]
    [Coverage("SQL", "{driver}", CoveredSide.Client, "every statement, text, database, error code, duration")]
    public async Task Every_statement_is_one_span_that_says_what_the_database_logged(Database database, string driver)
    {
        SondeProcess sonde = await agent.StartedAsync();
        await using DatabaseServer server = await DatabaseServer.StartAsync(database);
        Ran[] ran = await DatabaseClient.RunAsync(driver, server.Port);
        Assert.NotEmpty(ran);
        Executed[] executed = await SettleAsync(sonde, server);
        Assert.True(executed.Length >= ran.Length, $"{ran.Length} ran, {executed.Length} logged");
        string system = database switch { Database.PostgreSql => "postgresql", Database.MariaDb => "mariadb", _ => "microsoft.sql_server" };
        foreach (Span[] spans in new[] { await sonde.ServedAsync(server.Port, executed.Length), await sonde.CalledAsync(server.Port, executed.Length) })
        {
            for (int i = 0; i < executed.Length; i++)
            {
                AssertSame(executed[i], spans[i]);
                Assert.Equal((system, "shop"), (spans[i].Text("db.system.name"), spans[i].Text("db.namespace")));
                // What the database does not log of an error, its client says.
                Assert.Equal(spans[i].Text("db.response.status_code") is null ? null : "error", spans[i].Status);
            }

            Assert.Equal(ran.Where(statement => statement.Outcome != "ok").Select(statement => statement.Outcome), spans.Select(span => span.Text("error.type")).OfType<string>());
            AssertDurations(ran, spans);
        }
    }

    /// <summary>Waits until the log and the spans agree, or will not.</summary>
    private static async Task<Executed[]> SettleAsync(SondeProcess sonde, DatabaseServer server)
    {
        for (Stopwatch waited = Stopwatch.StartNew(); ; await Task.Delay(20))
        {
            Executed[] executed = server.Log();
            int spans = sonde.Spans.Where(span => span.Port == server.Port).Length;
            if (spans == 2 * executed.Length || waited.Elapsed > Patience)
            {
                return executed;
            }
        }
    }

    /// <summary>Where the driver sends a value apart, the span has a mark and MariaDB's log has the value.</summary>
    private static void AssertSame(Executed executed, Span span)
    {
        string text = (span.Text("db.query.text") ?? span.Text("db.query.summary") ?? "").TrimEnd(';');
        bool isCut = span.Text("db.query.text") is not null && span.Flag("sonde.db.query.cut");
        // A list behind IN keeps its first element.
        string pattern = Regex.Replace(Regex.Escape(text).Replace(@"\?", ".+?", StringComparison.Ordinal), @"(?<=\bIN\\ ?\\\([^()]*)\\\)", @"[^()]*\)", RegexOptions.IgnoreCase) + (isCut ? "" : ";?$");
        Assert.True(Regex.IsMatch(executed.Text, "^" + pattern, RegexOptions.Singleline), $"{executed.Text}\nis not what the span says: {span}");
        Assert.True(executed.Code is null || executed.Code == (span.Text("db.response.status_code") ?? ""), $"{executed}\nis not how the span ended: {span}");
    }

    /// <summary>As with HTTP: a client's clock can only be late.</summary>
    private static void AssertDurations(Ran[] ran, Span[] spans)
    {
        Ran[] slow = [.. ran.Where(statement => IsSlow(statement.Text))];
        Span[] slowSpans = [.. spans.Where(span => IsSlow(span.Text("db.query.text") ?? ""))];
        Assert.NotEmpty(slow);
        Assert.Equal(slow.Length, slowSpans.Length);
        (Ran Ran, Span Span)[] pairs = [.. slow.Zip(slowSpans)];
        Assert.All(pairs, pair => Assert.True(pair.Span.Duration.TotalMilliseconds <= (pair.Ran.Elapsed.TotalMilliseconds * 1.2) + 1, $"{pair.Ran}: {pair.Span}"));
        (Ran least, Span span) = pairs.MinBy(pair => pair.Ran.Elapsed - pair.Span.Duration);
        Assert.True((least.Elapsed - span.Duration).TotalMilliseconds <= (least.Elapsed.TotalMilliseconds * 0.2) + 1, $"{least}: {span}");
    }

    private static bool IsSlow(string statement) => statement.Contains("SLEEP", StringComparison.OrdinalIgnoreCase) || statement.StartsWith("WAITFOR", StringComparison.Ordinal);
}
