using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Sonde.Telemetry.Spans;
using Sonde.Tracing.Protocols.Http;

namespace Sonde.Tracing.Tests.Protocols.Http;

/// <summary>What real programs said to each other (tests/fixtures/http/record.py).</summary>
public sealed class HttpRecordedTests
{
    [Theory]
    [InlineData("nginx", 512)]
    [InlineData("apache", 512)]
    [InlineData("python", 512)]
    [InlineData("node", 512)]
    [InlineData("go", 512)]
    [InlineData("java", 512)]
    [InlineData("kestrel", 512)]
    [InlineData("wget", 512)]
    [InlineData("upload-refused", 512)]
    [InlineData("pipelined", 4096)]
    public void Recorded_conversations_are_read_as_they_were_meant(string name, int responseCapture)
    {
        string expected = File.ReadAllText(Path.Combine(Folder(), name + ".spans"));
        foreach (SpanKind role in new[] { SpanKind.Server, SpanKind.Client })
        {
            foreach (int split in new[] { int.MaxValue, 100, 1 })
            {
                Assert.Equal(expected, Play(name, role, split, responseCapture));
            }
        }
    }

    private static string Play(string name, SpanKind role, int split, int responseCapture)
    {
        var protocol = new HttpProtocol(new HttpSettings());
        var connections = new SortedDictionary<int, ConversationHarness>();
        foreach ((char mark, int number, byte[] bytes) in Blocks(name))
        {
            if (!connections.TryGetValue(number, out ConversationHarness? harness))
            {
                harness = new ConversationHarness(protocol, new RecordingConversation { Role = role })
                {
                    Split = _ => split,
                    ResponseCapture = responseCapture,
                };
                connections.Add(number, harness);
            }

            _ = mark switch
            {
                '>' => harness.Request(bytes),
                '<' => harness.Response(bytes),
                _ => harness.Close(),
            };
        }

        var text = new StringBuilder();
        foreach (RecordedSpan span in connections.Values.SelectMany(harness => harness.Spans))
        {
            text.Append(CultureInfo.InvariantCulture, $"{span["http.request.method"]} {span["url.path"]} {span["http.response.status_code"]} ");
            text.Append(CultureInfo.InvariantCulture, $"HTTP/{span["network.protocol.version"]} {span["user_agent.original"] ?? "-"} ");
            text.Append(CultureInfo.InvariantCulture, $"request {span["http.request.body.size"] ?? "-"} ");
            text.Append(CultureInfo.InvariantCulture, $"response {span["http.response.body.size"] ?? "-"} {span.Outcome}\n");
        }

        Assert.All(connections.Values, harness => Assert.Equal(0, harness.Conversation.MalformedCount));
        return text.ToString();
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
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../../fixtures/http"));
}
