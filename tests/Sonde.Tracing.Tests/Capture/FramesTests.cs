using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Sonde.Telemetry.Spans;
using Sonde.Tracing.Protocols;

namespace Sonde.Tracing.Tests.Capture;

/// <summary>The kernel's walk of frames, with real sockets of other processes: what crosses is what was sent.</summary>
public sealed class FramesTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("plain", 8, 100)]
    [InlineData("cut", 8, 50)]
    [InlineData("vectors", 8, 50)]
    [InlineData("dribbled", 2, 10)]
    [InlineData("bodies", 2, 20)]
    [InlineData("sendfile", 2, 20)]
    [InlineData("unix", 4, 50)]
    [InlineData("threads", 8, 1000)]
    public void What_crosses_is_what_was_sent_in_its_order(string situation, int connections, int turns)
    {
        var protocol = new WitnessProtocol();
        using var tracer = new RunningTracer(protocols: [protocol]);
        (long lost, long late) = (tracer.Figures.PlacesLost, tracer.Figures.CallsLate);
        IReadOnlyList<string> sent = tracer.Start("frames.py", situation, connections, turns).AwaitLines();
        protocol.Name8 = tracer.Prefix[1..9];
        protocol.AwaitClosed(2 * connections);
        output.WriteLine($"{situation}: {sent.Count} frames cross, {tracer.Figures.CallsLate - late} late sends, {tracer.Figures.RecordsLost} records lost");
        foreach (SpanKind role in new[] { SpanKind.Server, SpanKind.Client })
        {
            for (int connection = 0; connection < connections; connection++)
            {
                foreach (Side side in new[] { Side.Request, Side.Response })
                {
                    string start = string.Create(CultureInfo.InvariantCulture, $"{connection} {side} ");
                    Assert.Equal(sent.Where(line => line.StartsWith(start, StringComparison.Ordinal)), protocol.Of(role, connection).Where(line => line.StartsWith(start, StringComparison.Ordinal)));
                }
            }
        }

        Assert.Equal(lost, tracer.Figures.PlacesLost);
        if (situation == "threads")
        {
            Assert.All(Enumerable.Range(0, connections), connection => AssertAnswersFollow(protocol.Of(SpanKind.Client, connection)));
            Assert.All(Enumerable.Range(0, connections), connection => AssertAnswersFollow(protocol.Of(SpanKind.Server, connection)));
        }
    }

    [Fact]
    public void More_frames_in_a_call_than_are_walked_are_a_loss_and_the_next_call_is_found()
    {
        var protocol = new WitnessProtocol();
        using var tracer = new RunningTracer(protocols: [protocol]);
        long lost = tracer.Figures.PlacesLost;
        IReadOnlyList<string> sent = tracer.Start("frames.py", "many", 2, 20).AwaitLines();
        protocol.Name8 = tracer.Prefix[1..9];
        protocol.AwaitClosed(4);
        for (int connection = 0; connection < 2; connection++)
        {
            IReadOnlyList<string> seen = protocol.Of(SpanKind.Client, connection);
            Assert.Equal(10, seen.Count(line => line == "Request lost"));
            string start = string.Create(CultureInfo.InvariantCulture, $"{connection} Request ");
            Assert.Equal(sent.Where(line => line.StartsWith(start, StringComparison.Ordinal)), seen.Where(line => line.StartsWith(start, StringComparison.Ordinal)));
        }

        Assert.InRange(tracer.Figures.PlacesLost - lost, 20, long.MaxValue);
    }

    [Fact]
    public void A_connection_older_than_the_tracer_is_found_at_the_next_call_that_begins_with_a_pattern()
    {
        RunningTracer.SkipWithoutRights();
        string prefix = Program.NewPrefix();
        using var program = new Program("frames.py", "older", prefix, 4, 20);
        program.AwaitStanding();
        var protocol = new WitnessProtocol { Name8 = prefix[1..9] };
        using var tracer = new RunningTracer(prefix, [protocol]);
        program.GoOn();
        IReadOnlyList<string> sent = program.AwaitLines();
        protocol.AwaitClosed(8);
        for (int connection = 0; connection < 4; connection++)
        {
            foreach (SpanKind role in new[] { SpanKind.Server, SpanKind.Client })
            {
                IReadOnlyList<string> seen = protocol.Of(role, connection);
                Assert.Equal(["Request lost", "Response lost"], seen.Where(line => line.EndsWith("lost", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
                foreach (string side in new[] { "Request", "Response" })
                {
                    string start = string.Create(CultureInfo.InvariantCulture, $"{connection} {side} ");
                    Assert.Equal(sent.Where(line => line.StartsWith(start, StringComparison.Ordinal)), seen.Where(line => line.StartsWith(start, StringComparison.Ordinal)));
                }
            }
        }
    }

    private static void AssertAnswersFollow(IReadOnlyList<string> lines)
    {
        HashSet<string> asked = new(StringComparer.Ordinal);
        foreach (string[] words in lines.Select(line => line.Split(' ')).Where(words => words.Length == 5))
        {
            if (words[1] == "Request")
            {
                asked.Add(words[4]);
            }
            else
            {
                Assert.Contains(words[4], asked);
            }
        }
    }

    /// <summary>The protocol of frames.py; keeps what its parsers were told.</summary>
    private sealed class WitnessProtocol : IProtocol
    {
        private readonly ConcurrentQueue<(SpanKind Role, string Name, int Connection, IReadOnlyList<string> Lines)> _closed = [];

        public string Name => "toy";

        /// <summary>What the frames of the test's program begin with.</summary>
        public string Name8 { get; set; } = "";

        public IReadOnlyList<Pattern> Patterns { get; } =
        [
            Pattern.Request("TOY!") with { IsOpening = true },
            Pattern.Request("Q\0\0\0"),
            Pattern.Response("C\0\0\0"),
        ];

        public Framing Framing { get; } = new()
        {
            HeaderLength = 5,
            LengthOffset = 1,
            LengthWidth = 4,
            Uncounted = 1,
            TypeOffset = 0,
            MaxLength = 4 << 20,
            RequestPreface = 4,
            Crossing =
            [
                new FrameRule(Side.Request, (byte)'Q', 40),
                new FrameRule(Side.Request, (byte)'E', 5),
                new FrameRule(Side.Response, (byte)'C', 1000),
                new FrameRule(Side.Response, (byte)'Z', 5),
            ],
        };

        public bool Recognizes(ReadOnlySpan<byte> request, ReadOnlySpan<byte> response) => false;

        public ConversationParser CreateParser() => new Witness(this);

        public IReadOnlyList<string> Of(SpanKind role, int connection) =>
            Assert.Single(_closed, each => each.Role == role && each.Connection == connection && each.Name == Name8).Lines;

        public void AwaitClosed(int count)
        {
            long begin = Stopwatch.GetTimestamp();
            while (_closed.Count(each => each.Name == Name8) < count && Stopwatch.GetElapsedTime(begin) < TimeSpan.FromSeconds(15))
            {
                Thread.Sleep(50);
            }
        }

        private sealed class Witness(WitnessProtocol protocol) : FrameParser(protocol.Framing)
        {
            private List<string> _lines = [];
            private string _name = "";
            private int _connection;

            protected override void Begin() => (_lines, _name) = ([], "");

            protected override void ReadFrame(in Frame frame)
            {
                string number = "-";
                if ((char)frame.Type is 'Q' or 'C')
                {
                    string[] words = Encoding.Latin1.GetString(frame.Bytes[5..26]).Split(' ');
                    (_name, _connection, number) = (words[0], int.Parse(words[1], CultureInfo.InvariantCulture), words[2]);
                    Assert.True(frame.Bytes[26..].IndexOfAnyExcept((byte)'x') < 0, "the filler is as it was sent");
                }

                Assert.False(frame.IsCut);
                _lines.Add(string.Create(CultureInfo.InvariantCulture, $"{_connection} {frame.Side} {(char)frame.Type} {frame.Length} {number}"));
            }

            protected override void Lose(Side side) => _lines.Add($"{side} lost");

            protected override void Close(ulong time) => protocol._closed.Enqueue((Conversation.Role, _name, _connection, _lines));
        }
    }
}
