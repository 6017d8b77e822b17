using System.Text;
using CsCheck;
using Sonde.Tracing.Protocols;

namespace Sonde.Tracing.Tests.Protocols;

public sealed class FrameParserTests
{
    private static readonly Gen<(Side Side, string Text)[]> s_turns =
        Gen.Select(Gen.OneOf(Side.Request, Side.Response), Gen.Select(Gen.OneOf('Q', 'E', 'D', 'C', 'Z'), Gen.Int[0, 60]).Array[1, 6])
            .Select((side, frames) => (side, string.Concat(frames.Select(frame => ToyProtocol.Frame(frame.Item1, frame.Item2))))).Array[1, 6];

    [Fact]
    public void Only_what_the_rules_name_comes_and_as_much_of_it_as_they_say()
    {
        Assert.Equal(
            ["Request Q at 4 35/35 2", "Request E at 1039 5/1005 2", "Response C at 0 24/105 3", "Response Z at 5110 6/6 3", "closed"],
            Log(new ToyProtocol(), play => play
                .Request("TOY!" + ToyProtocol.Frame('Q', 30) + ToyProtocol.Frame('P', 995) + ToyProtocol.Frame('E', 1000))
                .Response(ToyProtocol.Frame('C', 100) + ToyProtocol.Frame('D', 5000) + ToyProtocol.Frame('Z', 1))
                .Close()));
    }

    [Fact]
    public void A_header_that_crosses_alone_is_told_when_its_frame_has_passed() =>
        Assert.Equal(
            ["Request Q at 4 5/5 2", "Request E at 9 5/105 4", "Request Q at 114 7/7 4"],
            Log(new ToyProtocol(), play => play
                .Request("TOY!" + ToyProtocol.Frame('Q', 0) + ToyProtocol.Frame('E', 100)[..30])
                .Request(ToyProtocol.Frame('E', 100)[30..70])
                .Request(ToyProtocol.Frame('E', 100)[70..] + ToyProtocol.Frame('Q', 2))));

    [Fact]
    public void Lengths_that_make_no_sense_are_a_loss_and_a_pattern_finds_the_place_again() =>
        Assert.Equal(
            ["Request Q at 4 6/6 2", "Request lost", "Request Q at 18 6/6 4"],
            Log(new ToyProtocol(), play => play
                .Request("TOY!" + ToyProtocol.Frame('Q', 1) + "Q\x7f\x7f\x7f\x7f")
                .Request("xyz")
                .Request(ToyProtocol.Frame('Q', 1))));

    [Fact]
    public void Bytes_that_cannot_be_read_are_passed_over_within_a_frame_and_cut_one_that_was_captured()
    {
        Assert.Equal(
            ["Request Q at 4 6/6 2", "Request Q at 115 6/6 4"],
            Log(new ToyProtocol(), play => play
                .Request("TOY!" + ToyProtocol.Frame('Q', 1) + ToyProtocol.Frame('D', 100)[..5])
                .Unreadable(Side.Request, 100)
                .Request(ToyProtocol.Frame('Q', 1))));
        Assert.Equal(
            ["Request Q at 4 10/35 cut 3", "Request Q at 39 6/6 4"],
            Log(new ToyProtocol(), play => play
                .Request("TOY!" + ToyProtocol.Frame('Q', 30)[..10])
                .Unreadable(Side.Request, 25)
                .Request(ToyProtocol.Frame('Q', 1))));
    }

    [Fact]
    public void Frames_too_many_for_a_call_are_a_loss()
    {
        string[] log = Log(new ToyProtocol(), play => play.Request("TOY!" + string.Concat(Enumerable.Repeat(ToyProtocol.Frame('D', 1), 2000))));
        Assert.Equal(["Request lost"], log);
    }

    [Fact]
    public void What_came_before_a_loss_of_records_is_dropped_and_so_is_what_continues_it() =>
        Assert.Equal(
            ["Request lost", "Response lost", "Request Q at 44 6/6 4"],
            Log(new ToyProtocol(), play => play
                .Request("TOY!" + ToyProtocol.Frame('Q', 35)[..30])
                .Lose()
                .Request(ToyProtocol.Frame('Q', 35)[30..])
                .Request(ToyProtocol.Frame('Q', 1))));

    [Fact]
    public void A_connection_that_is_joined_is_found_at_a_turn()
    {
        var framing = new ToyProtocol().Framing;
        var protocol = new ToyProtocol
        {
            Framing = new Framing
            {
                HeaderLength = 5,
                LengthOffset = 1,
                LengthWidth = 4,
                Uncounted = 1,
                TypeOffset = 0,
                MaxLength = 1 << 20,
                AlignsAtTurns = true,
                Crossing = framing.Crossing,
            },
        };
        Assert.Equal(
            ["Response lost", "Response C at 0 24/35 3", "Request lost", "Request Q at 8 6/6 4"],
            Log(protocol, play => play.Request("the rest").Response(ToyProtocol.Frame('C', 30)).Request(ToyProtocol.Frame('Q', 1)), joins: true));
    }

    [Fact]
    public void An_opening_without_types_and_its_answers_of_a_byte_cross()
    {
        var toy = new ToyProtocol();
        var protocol = new ToyProtocol
        {
            Framing = new Framing
            {
                HeaderLength = 5,
                LengthOffset = 1,
                LengthWidth = 4,
                Uncounted = 1,
                TypeOffset = 0,
                MaxLength = 1 << 20,
                HasUntypedOpening = true,
                Crossing = [new FrameRule(Side.Request, 0, 100), .. toy.Framing.Crossing],
            },
        };
        Assert.Equal(
            ["Request \0 at 0 8/8 2", "Response \0 at 0 1/1 3", "Request \0 at 8 24/24 4", "Response Z at 1 6/6 5", "Request Q at 32 6/6 6"],
            Log(protocol, play => play
                .Request(ToyProtocol.Untyped("\x04\xd2\x16\x2f"))
                .Response("N")
                .Request(ToyProtocol.Untyped("user, database, and so"[..20]))
                .Response(ToyProtocol.Frame('Z', 1))
                .Request(ToyProtocol.Frame('Q', 1))));
    }

    [Fact]
    public void Sides_turn_with_all_that_is_known_of_them()
    {
        var conversation = new RecordingConversation();
        Assert.Equal(
            ["Request Q at 4 9/9 2", "Response Z at 13 6/6 2"],
            Log(new ToyProtocol
            {
                Framing = new Framing
                {
                    HeaderLength = 5,
                    LengthOffset = 1,
                    LengthWidth = 4,
                    Uncounted = 1,
                    TypeOffset = 0,
                    MaxLength = 1 << 20,
                    RequestPreface = 4,
                    Crossing = [.. from side in new[] { Side.Request, Side.Response } from type in "QZ" select new FrameRule(side, (byte)type, 40)],
                },
            },
            play => play.Request("TOY!" + ToyProtocol.Frame('Q', "turn") + ToyProtocol.Frame('Z', 1)), conversation: conversation));
        Assert.True(conversation.IsTurned);
    }

    [Fact]
    public void Any_split_of_the_bytes_gives_the_same_frames() =>
        Gen.Select(s_turns, Gen.Int[1, 20].Array[1, 8]).Sample((turns, sizes) =>
        {
            int next = 0;
            Assert.Equal(Play(turns, left => left), Play(turns, _ => sizes[next++ % sizes.Length]));
        });

    [Fact]
    public void Random_bytes_never_throw() =>
        Gen.Select(Gen.Select(Gen.OneOf(Side.Request, Side.Response), Gen.Byte.Array[1, 300]).Array[1, 6], Gen.Int[1, 50]).Sample((turns, size) =>
            Play([.. turns.Select(turn => (turn.Item1, Encoding.Latin1.GetString(turn.Item2)))], _ => size));

    [Fact]
    public void Random_pieces_in_any_order_never_throw() =>
        Gen.Select(Gen.Byte.Array[0, 40], Gen.Int[0, 60], Gen.Bool, Gen.Bool, Gen.OneOf(Side.Request, Side.Response), Gen.Int[0, 20]).Array[1, 20].Sample(pieces =>
        {
            var parser = (ToyParser)new ToyProtocol().CreateParser();
            parser.Reset(new RecordingConversation());
            foreach ((byte[] bytes, int position, bool begins, bool follows, Side side, int missing) in pieces)
            {
                parser.Read(new Fragment
                {
                    Exchange = 1,
                    Side = side,
                    Position = (ulong)position,
                    Size = (ulong)(bytes.Length + missing),
                    Bytes = bytes,
                    Time = 1,
                    ThreadId = 1,
                    BeginsFrame = begins,
                    FollowsLoss = follows,
                });
            }
        });

    [Fact]
    public void Frames_allocate_nothing_whole_or_in_pieces()
    {
        var parser = new SilentParser(new ToyProtocol().Framing);
        parser.Reset(new RecordingConversation());
        byte[] bytes = Encoding.Latin1.GetBytes(ToyProtocol.Frame('Q', 30) + ToyProtocol.Frame('Q', 20));
        void Play(int count)
        {
            ulong position = 0;
            for (int i = 0; i < count; i++)
            {
                foreach ((int from, int to) in stackalloc[] { (0, bytes.Length), (0, 3), (3, 40), (40, bytes.Length) })
                {
                    parser.Read(new Fragment
                    {
                        Exchange = 1,
                        Side = Side.Request,
                        Position = position,
                        Size = (ulong)(to - from),
                        Bytes = bytes.AsSpan(from, to - from),
                        Time = 1,
                        ThreadId = 1,
                        BeginsFrame = from == 0,
                    });
                    position += (ulong)(to - from);
                }
            }
        }

        Play(100);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Play(1000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(4400, parser.Frames);
    }

    private static string[] Log(ToyProtocol protocol, Action<FrameHarness> play, bool joins = false, RecordingConversation? conversation = null)
    {
        var spy = new Spy(protocol);
        var harness = new FrameHarness(spy, conversation, joins);
        play(harness);
        return [.. spy.Parser.Log.Select(line => line.Contains(" at ", StringComparison.Ordinal) ? line[..line.LastIndexOf(' ')] : line)];
    }

    private static string Play((Side Side, string Text)[] turns, Func<int, int> split)
    {
        var spy = new Spy(new ToyProtocol());
        var harness = new FrameHarness(spy) { Split = split };
        harness.Request("TOY!");
        foreach ((Side side, string text) in turns)
        {
            _ = side == Side.Request ? harness.Request(text) : harness.Response(text);
        }

        return string.Join('\n', spy.Parser.Log);
    }

    /// <summary>Keeps the one parser that it made.</summary>
    private sealed class Spy(ToyProtocol protocol) : IProtocol
    {
        public ToyParser Parser { get; } = (ToyParser)protocol.CreateParser();

        public string Name => protocol.Name;

        public IReadOnlyList<Pattern> Patterns => protocol.Patterns;

        public Framing? Framing => protocol.Framing;

        public bool Recognizes(ReadOnlySpan<byte> request, ReadOnlySpan<byte> response) => false;

        public ConversationParser CreateParser() => Parser;
    }

    private sealed class SilentParser(Framing framing) : FrameParser(framing)
    {
        public int Frames { get; private set; }

        protected override void Begin() => Frames = 0;

        protected override void ReadFrame(in Frame frame) => Frames++;

        protected override void Lose(Side side)
        {
        }

        protected override void Close(ulong time)
        {
        }
    }
}
