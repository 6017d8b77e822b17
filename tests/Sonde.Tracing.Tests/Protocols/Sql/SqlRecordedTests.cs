using System.Text;
using Sonde.Telemetry.Spans;
using Sonde.Tracing.Protocols.MySql;
using Sonde.Tracing.Protocols.PostgreSql;
using Sonde.Tracing.Protocols.Sql;
using Sonde.Tracing.Protocols.Tds;

namespace Sonde.Tracing.Tests.Protocols.Sql;

/// <summary>What real clients said to real servers (tests/fixtures/sql/record.py), against the servers' own logs.</summary>
public sealed class SqlRecordedTests
{
    [Theory]
    [InlineData("psql")]
    [InlineData("psql-tls")]
    [InlineData("pgbench")]
    [InlineData("psycopg2")]
    [InlineData("pg")]
    [InlineData("jdbc")]
    [InlineData("npgsql")]
    public void PostgreSql_is_read_as_its_server_logged_it(string name) =>
        AssertLogged($"postgresql/{name}", SqlDialect.PostgreSql, (role, split) =>
            new Player(new FrameHarness(new PostgreSqlProtocol(new SqlSettings()), new RecordingConversation { Role = role }) { Split = _ => split }));

    [Theory]
    [InlineData("pymysql")]
    [InlineData("mysql2")]
    [InlineData("mysqlconnector")]
    public void MariaDb_is_read_as_its_server_logged_it(string name) =>
        AssertLogged($"mysql/{name}", SqlDialect.MySql, (role, split) =>
            new Player(new ConversationHarness(new MySqlProtocol(new SqlSettings()), new RecordingConversation { Role = role }) { Split = _ => split }));

    [Fact]
    public void SqlClient_is_read_as_the_server_logged_it() =>
        AssertLogged("tds/sqlclient", SqlDialect.SqlServer, (role, split) =>
            new Player(new ConversationHarness(new TdsProtocol(new SqlSettings()), new RecordingConversation { Role = role }) { Split = _ => split }));

    private static void AssertLogged(string name, SqlDialect dialect, Func<SpanKind, int, Player> open)
    {
        string[] logged = File.ReadAllLines(Recording.Path(name + ".log"));
        Assert.NotEmpty(logged);
        var cache = new SqlStatementCache(dialect, new SqlSettings());
        foreach ((SpanKind role, int split) in new[] { (SpanKind.Server, int.MaxValue), (SpanKind.Client, int.MaxValue), (SpanKind.Server, 100), (SpanKind.Client, 3) })
        {
            RecordedSpan[] spans = Play(name, () => open(role, split));
            for (int i = 0; i < Math.Min(spans.Length, logged.Length); i++)
            {
                string expected = Encoding.UTF8.GetString(cache.Read(Encoding.UTF8.GetBytes(logged[i][(logged[i].IndexOf(' ') + 1)..]), escapes: dialect == SqlDialect.MySql).Text).TrimEnd(';');
                string text = (spans[i]["db.query.text"] ?? spans[i]["db.query.summary"] ?? "(none)").TrimEnd(';');
                Assert.True(spans[i]["sonde.db.query.cut"] is null ? expected == text : expected.StartsWith(text, StringComparison.Ordinal), $"{name} {i}: {expected}\nis not {spans[i]}");
                string state = logged[i][..logged[i].IndexOf(' ')];
                Assert.True(state == "?" || state == (spans[i]["db.response.status_code"] ?? "-"), $"{name} {i}: {logged[i]}\nis not {spans[i]}");
                Assert.Equal(Outcome.Completed, spans[i].Outcome);
                Assert.Equal("shop", spans[i]["db.namespace"]);
                Assert.DoesNotContain("planted", spans[i].ToString(), StringComparison.Ordinal);
                Assert.Equal(spans[i]["error.type"], spans[i]["db.response.status_code"]);
            }

            Assert.True(logged.Length == spans.Length, $"{logged.Length} statements, {spans.Length} spans:\n{string.Join('\n', spans.Select(span => span.ToString()))}");
        }
    }

    private static RecordedSpan[] Play(string name, Func<Player> open)
    {
        var connections = new SortedDictionary<int, Player>();
        foreach ((char mark, int number, byte[] bytes) in Recording.Blocks(name))
        {
            if (!connections.TryGetValue(number, out Player? player))
            {
                connections.Add(number, player = open());
            }

            player.Play(mark, bytes);
        }

        Assert.All(connections.Values, player => Assert.Equal((0, false), (player.Conversation.MalformedCount, player.Conversation.IsMuted)));
        return [.. connections.Values.SelectMany(player => player.Conversation.Spans)];
    }

    /// <summary>One of the two harnesses.</summary>
    private sealed class Player(FrameHarness? frames, ConversationHarness? exchanges)
    {
        public Player(FrameHarness frames)
            : this(frames, null)
        {
        }

        public Player(ConversationHarness exchanges)
            : this(null, exchanges)
        {
        }

        public RecordingConversation Conversation => frames?.Conversation ?? exchanges!.Conversation;

        public void Play(char mark, byte[] bytes)
        {
            switch (mark)
            {
                case '>':
                    frames?.Request(bytes);
                    exchanges?.Request(bytes);
                    break;
                case '<':
                    frames?.Response(bytes);
                    exchanges?.Response(bytes);
                    break;
                default:
                    frames?.Close();
                    exchanges?.Close();
                    break;
            }
        }
    }
}
