using System.Text;
using CsCheck;
using Sonde.Tracing.Protocols.Http;

namespace Sonde.Tracing.Tests.Protocols.Http;

/// <summary>What holds for any traffic.</summary>
public sealed class HttpPropertyTests
{
    private static readonly Gen<string> s_path = Gen.OneOf("/", "/cart?a=1", "/users/7", "http://shop.example/x", "/img/a.png");

    private static readonly Gen<string> s_fields = Gen.OneOf(
        Gen.OneOf(
            "Host: shop\r\n",
            "Host: shop\nUser-Agent: curl\n",
            "X-Folded: a\r\n b\r\nTraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n",
            ""),
        Gen.Int[0, 6000].Select(length => $"Cookie: {new string('c', length)}\r\nHost: shop\r\n"));

    private static readonly Gen<string> s_body = Gen.Int[0, 9000].Select(length => new string('b', length));

    private static readonly Gen<string> s_framedBody = Gen.Select(s_body, Gen.Int[0, 2], Gen.Int[1, 3000], (body, framing, size) => framing switch
    {
        0 => "\r\n",
        1 => $"Content-Length: {body.Length}\r\n\r\n{body}",
        _ => $"Transfer-Encoding: chunked\r\n\r\n{Chunked(body, size)}",
    });

    private static readonly Gen<string> s_request = Gen.Select(
        Gen.OneOf("GET", "POST", "BREW"), s_path, s_fields, s_framedBody, (method, path, fields, body) =>
            $"{method} {path} HTTP/1.1\r\n{fields}{body}");

    private static readonly Gen<string> s_response = Gen.Select(
        Gen.OneOf("", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"), Gen.OneOf("200 OK", "500", "204 None\r\n\r\n"), s_framedBody,
        (early, status, body) => $"{early}HTTP/1.1 {status}"
            + (status.StartsWith("204", StringComparison.Ordinal) ? "" : "\r\n" + (body == "\r\n" ? "Content-Length: 0\r\n\r\n" : body)));

    /// <summary>Turns: the request side first, then the two sides in turn; one to three messages each.</summary>
    private static readonly Gen<string[]> s_turns = Gen.Int[1, 3].SelectMany(count =>
        Gen.Select(s_request.Array[count], s_response.Array[count], (requests, responses) =>
            new[] { string.Concat(requests), string.Concat(responses) })).Array[1, 4].Select(pairs => pairs.SelectMany(pair => pair).ToArray());

    [Fact]
    public void Any_split_of_the_same_bytes_gives_the_same_answer() =>
        Gen.Select(s_turns, Gen.Int[1, 700].Array[1, 20], Gen.Bool, Gen.Bool).Sample((turns, sizes, tail, quiet) =>
        {
            int next = 0;
            string whole = Play(turns, left => left, tail, quiet);
            Assert.Equal(whole, Play(turns, _ => sizes[next++ % sizes.Length], tail, quiet));
            Assert.Equal(whole, Play(turns, _ => 1, tail, quiet));
        }, iter: 300);

    [Fact]
    public void Exchanges_within_the_capture_make_one_span_each() =>
        Gen.Select(s_request.Where(IsSmall), s_response).Array[1, 10].Sample(pairs =>
        {
            ConversationHarness harness = New();
            foreach ((string request, string response) in pairs)
            {
                harness.Request(request).Response(response);
            }

            harness.Close();
            Assert.Equal(pairs.Length, harness.Conversation.Completed.Count());
            Assert.Equal(0, harness.Conversation.MalformedCount);
            Assert.All(harness.Spans, span => Assert.Null(span["error.type"] is "500" ? null : span["error.type"]));
        }, iter: 300);

    [Fact]
    public void Random_bytes_never_throw_and_give_back_every_span() =>
        Gen.Byte.Array[0, 300].Array[1, 10].Sample(turns =>
        {
            ConversationHarness harness = New();
            for (int i = 0; i < turns.Length; i++)
            {
                _ = i % 2 == 0 ? harness.Request(turns[i]) : harness.Response(turns[i]);
            }

            AssertAllGivenBack(harness.Close());
        }, iter: 1000);

    [Fact]
    public void Damaged_traffic_never_throws_and_gives_back_every_span() =>
        Gen.Select(s_turns, Gen.Select(Gen.Int[0, 7], Gen.Int[0, 20_000], Gen.Byte).Array[0, 20], Gen.Int[1, 700].Array[1, 9], Gen.Bool)
            .Sample((turns, damages, sizes, tells) =>
            {
                int next = 0;
                var harness = new ConversationHarness(new HttpProtocol(new HttpSettings()))
                {
                    Split = _ => sizes[next++ % sizes.Length],
                    TellsUncaptured = tells,
                };
                for (int i = 0; i < turns.Length; i++)
                {
                    var bytes = Encoding.Latin1.GetBytes(turns[i]).ToList();
                    foreach ((int kind, int place, byte value) in damages.Where(damage => damage.Item2 % turns.Length == i))
                    {
                        Damage(harness, bytes, kind, place, value);
                    }

                    _ = i % 2 == 0 ? harness.Request([.. bytes]) : harness.Response([.. bytes]);
                }

                AssertAllGivenBack(harness.Close());
            }, iter: 1000);

    private static void Damage(ConversationHarness harness, List<byte> bytes, int kind, int place, byte value)
    {
        int index = bytes.Count == 0 ? 0 : place % Math.Min(bytes.Count, 600);
        switch (kind)
        {
            case 0 when bytes.Count > 0:
                bytes[index] = value;
                break;
            case 1:
                bytes.Insert(index, value);
                break;
            case 2 when bytes.Count > 0:
                bytes.RemoveRange(index, Math.Min(bytes.Count - index, value));
                break;
            case 3:
                bytes.InsertRange(index, "\r\n\r\n"u8.ToArray());
                break;
            case 4:
                harness.Quiet();
                break;
            case 5:
                harness.Lose();
                break;
            case 6:
                bytes.RemoveRange(index, bytes.Count - index);
                break;
            default:
                harness.Close();
                break;
        }
    }

    private static ConversationHarness New() => new(new HttpProtocol(new HttpSettings()));

    private static string Play(string[] turns, Func<int, int> split, bool tail, bool quiet)
    {
        var harness = new ConversationHarness(new HttpProtocol(new HttpSettings())) { Split = split, TailIsReadable = tail };
        for (int i = 0; i < turns.Length; i++)
        {
            _ = i % 2 == 0 ? harness.Request(turns[i]) : harness.Response(turns[i]);
            if (quiet && i % 2 == 1)
            {
                harness.Quiet();
            }
        }

        return harness.Close().Conversation.ToString();
    }

    private static void AssertAllGivenBack(ConversationHarness harness) =>
        Assert.DoesNotContain(harness.Spans, span => span.Outcome == Outcome.Open);

    private static bool IsSmall(string request) => request.Length < 4096;

    private static string Chunked(string body, int size)
    {
        var text = new StringBuilder();
        for (int i = 0; i < body.Length; i += size)
        {
            string chunk = body.Substring(i, Math.Min(size, body.Length - i));
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{chunk.Length:x}\r\n{chunk}\r\n");
        }

        return text.Append("0\r\n\r\n").ToString();
    }
}
