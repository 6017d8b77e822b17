using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Sonde.Telemetry.Spans;
using Sonde.Tracing.Protocols.Redis;

namespace Sonde.Tracing.Tests.Protocols.Redis;

/// <summary>What real clients and the real server said to each other (tests/fixtures/redis/record.py).</summary>
public sealed class RedisRecordedTests
{
    [Theory]
    [InlineData("redis-py")]
    [InlineData("node")]
    [InlineData("pipelines")]
    [InlineData("resp3")]
    public void The_commands_are_those_that_the_server_itself_saw(string name)
    {
        string[] expected = [.. Transactions(File.ReadAllLines(Path.Combine(Folder(), name + ".spans"))).Order(StringComparer.Ordinal)];
        foreach (int split in new[] { int.MaxValue, 100, 1 })
        {
            Assert.Equal(expected, Play(name, split).Order(StringComparer.Ordinal));
        }
    }

    private static List<string> Play(string name, int split)
    {
        var connections = new SortedDictionary<int, ConversationHarness>();
        foreach ((char mark, int number, byte[] bytes) in Blocks(name))
        {
            if (!connections.TryGetValue(number, out ConversationHarness? harness))
            {
                harness = new ConversationHarness(new RedisProtocol(), new RecordingConversation { Role = SpanKind.Client }) { Split = _ => split };
                connections.Add(number, harness);
            }

            _ = mark switch
            {
                _ when harness.Conversation.IsMuted => harness,
                '>' => harness.Request(bytes),
                '<' => harness.Response(bytes),
                _ => harness.Close(),
            };
        }

        Assert.All(connections.Values, harness => Assert.Equal(0, harness.Conversation.MalformedCount));
        Assert.All(connections.Values.SelectMany(harness => harness.Spans), span => Assert.Equal(Outcome.Completed, span.Outcome));
        // MONITOR leaves out what administers the server.
        return [.. connections.Values.SelectMany(harness => harness.Spans).Where(span => span.Name is not ("QUIT" or "CONFIG")).Select(span => $"{span["db.namespace"]} {span.Name}")];
    }

    /// <summary>A transaction is one span.</summary>
    private static IEnumerable<string> Transactions(IEnumerable<string> lines)
    {
        List<string>? queued = null;
        foreach (string[] words in lines.Select(line => line.ToUpperInvariant().Split(' ')).Where(words => words[1] != "QUIT"))
        {
            switch (words[1])
            {
                case "MULTI":
                    queued = [];
                    break;
                case "EXEC":
                    yield return $"{words[0]} MULTI" + (queued!.Distinct().Count() == 1 ? $" {queued![0]}" : "");
                    queued = null;
                    break;
                default:
                    queued?.Add(words[1]);
                    if (queued is null)
                    {
                        yield return $"{words[0]} {words[1]}";
                    }

                    break;
            }
        }
    }

    private static IEnumerable<(char Mark, int Connection, byte[] Bytes)> Blocks(string name)
    {
        byte[] file = File.ReadAllBytes(Path.Combine(Folder(), name + ".txt"));
        for (int position = 0; position < file.Length;)
        {
            int end = Array.IndexOf(file, (byte)'\n', position);
            string line = Encoding.ASCII.GetString(file, position, end - position);
            position = end + 1;
            if (line.StartsWith('#'))
            {
                continue;
            }

            int[] numbers = [.. line[2..].Split(' ').Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
            int size = numbers.Length > 1 ? numbers[1] : 0;
            yield return (line[0], numbers[0], file[position..(position + size)]);
            position += size + (line[0] == 'x' ? 0 : 1);
        }
    }

    private static string Folder([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../../fixtures/redis"));
}
