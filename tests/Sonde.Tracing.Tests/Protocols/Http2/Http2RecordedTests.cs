using System.Globalization;
using CsCheck;
using Sonde.Telemetry.Spans;
using Sonde.Tracing.Protocols;
using Sonde.Tracing.Protocols.Http;
using Sonde.Tracing.Protocols.Http2;

namespace Sonde.Tracing.Tests.Protocols.Http2;

/// <summary>What real programs said to each other.</summary>
public sealed class Http2RecordedTests
{
    private static readonly string[] s_statuses =
    [
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE",
    ];

    public static TheoryData<string> Names => ["nginx-curl", "nginx-h2load", "node-nghttp", "node-node", "grpc-python", "grpc-go", "grpc-dotnet"];

    [Theory]
    [MemberData(nameof(Names))]
    public void Recorded_conversations_are_read_as_they_were_meant(string name)
    {
        string[] expected = File.ReadAllLines(Path.Combine(Http2Fixtures.Folder, name + ".spans"));
        foreach (SpanKind role in new[] { SpanKind.Server, SpanKind.Client })
        {
            foreach (int split in new[] { int.MaxValue, 100, 1 })
            {
                Dictionary<int, FrameHarness> connections = Play(name, role, split);
                Assert.All(connections.Values, harness => Assert.Equal(0, harness.Conversation.MalformedCount));
                RecordedSpan[] spans = [.. connections.OrderBy(each => each.Key).SelectMany(each => each.Value.Spans)];
                Assert.Equal(expected, spans.Select((span, i) => Line(span, hasStatus: i >= expected.Length || !expected[i].EndsWith(" -", StringComparison.Ordinal))));
            }
        }
    }

    /// <summary>Joined with any frame, and any frame lost: never a wrong word, only <c>(unknown)</c>.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Joined_anywhere_and_with_losses_a_name_is_right_or_unknown(string name)
    {
        var connections = Http2Fixtures.Frames(name).GroupBy(frame => frame.Connection).Select(group => group.ToArray()).ToArray();
        var truths = connections.Select(frames => Expect(frames).ToHashSet(StringComparer.Ordinal)).ToArray();
        Gen.Select(Gen.Int[0, connections.Length - 1], Gen.Double[0, 1], Gen.Int[0, 30].Array[8], Gen.OneOf(SpanKind.Server, SpanKind.Client)).Sample((which, from, losses, role) =>
        {
            (Side Side, int Connection, byte[] Bytes)[] frames = connections[which];
            FrameHarness harness = New(role, joins: true);
            int next = (int)(from * frames.Length);
            for (int i = 0; next < frames.Length; next++, i++)
            {
                if (losses.Contains(i) && i > 0)
                {
                    harness.LosePlace(frames[next].Side);
                    continue;
                }

                _ = frames[next].Side == Side.Request ? harness.Request(frames[next].Bytes) : harness.Response(frames[next].Bytes);
            }

            harness.Close();
            Assert.DoesNotContain(harness.Spans, span => span.Outcome == Outcome.Open);
            foreach (RecordedSpan span in harness.Spans.Where(span => span.Outcome == Outcome.Completed))
            {
                string path = span["rpc.method"] is { } method ? "/" + method : span["url.path"]!;
                Assert.True(path.EndsWith("(unknown)", StringComparison.Ordinal) || truths[which].Contains(path), $"{path} was never asked for");
                Assert.True(span["http.request.method"] is null or "(unknown)" || truths[which].Contains(span["http.request.method"]!), span.ToString());
            }
        }, iter: 150);
    }

    [Fact]
    public void Sides_that_were_taken_for_each_other_are_turned()
    {
        // The walk that was told that requests are responses, and the other way round.
        FrameHarness harness = New(SpanKind.Server, joins: true);
        foreach ((Side side, _, byte[] bytes) in Http2Fixtures.Frames("grpc-go"))
        {
            bool isTurned = harness.Conversation.Role == SpanKind.Client;
            _ = (side == Side.Request) == isTurned ? harness.Request(bytes) : harness.Response(bytes);
        }

        harness.Close();
        Assert.Equal(SpanKind.Client, harness.Conversation.Role);
        Assert.Equal(File.ReadAllLines(Path.Combine(Http2Fixtures.Folder, "grpc-go.spans")).Length, harness.Spans.Count);
        Assert.All(harness.Spans, span => Assert.Equal(Outcome.Completed, span.Outcome));
    }

    private static HashSet<string> Expect((Side Side, int Connection, byte[] Bytes)[] frames)
    {
        FrameHarness harness = New(SpanKind.Server, joins: true);
        foreach ((Side side, _, byte[] bytes) in frames)
        {
            _ = side == Side.Request ? harness.Request(bytes) : harness.Response(bytes);
        }

        return [.. harness.Close().Spans.SelectMany(span => new[] { "/" + span["rpc.method"], span["url.path"], span["http.request.method"] }).OfType<string>(), "POST"];
    }

    private static Dictionary<int, FrameHarness> Play(string name, SpanKind role, int split)
    {
        var connections = new Dictionary<int, FrameHarness>();
        foreach ((Side side, int connection, byte[] bytes) in Http2Fixtures.Calls(name))
        {
            if (!connections.TryGetValue(connection, out FrameHarness? harness))
            {
                harness = New(role, joins: false, split);
                connections.Add(connection, harness);
            }

            _ = bytes.Length == 0 ? harness.Close()
                : side == Side.Request ? harness.Request(bytes) : harness.Response(bytes);
        }

        return connections;
    }

    private static FrameHarness New(SpanKind role, bool joins, int split = int.MaxValue) =>
        new(new Http2Protocol(new HttpProtocol(new HttpSettings())), new RecordingConversation { Role = role }, joins) { Split = left => Math.Min(left, split) };

    /// <summary>As record.py writes it from what python3-hpack reads; calls that were given up have no status on the wire.</summary>
    private static string Line(RecordedSpan span, bool hasStatus)
    {
        Assert.Equal(Outcome.Completed, span.Outcome);
        if (span["rpc.system.name"] is null)
        {
            return $"http {span["http.request.method"]} {span["url.path"]} {span["http.response.status_code"] ?? "-"} {span["user_agent.original"] ?? "-"} {span["server.address"]}";
        }

        string status = span["rpc.response.status_code"] ?? "none";
        Assert.True(hasStatus || status is "CANCELLED" or "none", span.ToString());
        return $"grpc {span["rpc.method"]} {(hasStatus ? Array.IndexOf(s_statuses, status).ToString(CultureInfo.InvariantCulture) : "-")}";
    }
}
