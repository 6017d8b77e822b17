using System.Text.Json;
using Sonde.Probes.Model;
using Sonde.Probes.Running;
using static Sonde.Probes.Tests.Output.Sample;

namespace Sonde.Probes.Tests.Output;

public sealed class JsonProbeWriterTests
{
    [Fact]
    public void Lines_are_those_of_bpftrace()
    {
        string expected = Bpftrace.Run(
            """
            BEGIN {
              @ = 5; @a["x"] = 1; @a["y"] = -2; @b[1, "k"] = 3; @t = (1, "a", (2, 3)); @s = "he\"\n\tllo\x01\\"; @e[1] = 1; clear(@e);
              @h = hist(4); @h = hist(0); @h = hist(-4); @l = lhist(5, 0, 10, 2); @l = lhist(-1, 0, 10, 2); @l = lhist(11, 0, 10, 2);
              @hk["x"] = hist(3); @st = stats(5); @sk[1, "y"] = stats(4); @av = avg(4); @ak[4] = avg(3); @z = hist(1); zero(@z); @p = (uint8 *)5;
              @n = ntop(0x0100007f); @bf = buf("a\x01", 2);
              printf("hi %d\n", 4); print((1, "x", (2, 3))); print(5); print("str"); print(@h); print(@e);
              exit();
            }
            """,
            "-f", "json");

        using var sample = new Sample(isJson: true);
        var tuple = new TupleType([Int, Text, new TupleType([Int, Int])]);
        MapSnapshot histogram = Rows(Map("@h", AggregationKind.PowerOfTwo), ([], Histogram(4, 0, -4)));
        sample.Writer.Attaching(1);
        sample.Writer.Write(new FormatOutput(FormatKind.Print, "hi %d\n", [Int]), Bytes(4));
        sample.Writer.Write(new PrintValueOutput(tuple), Bytes(1, "x", 2, 3));
        sample.Writer.Write(new PrintValueOutput(Int), Bytes(5));
        sample.Writer.Write(new PrintValueOutput(Text), Bytes("str"));
        sample.Writer.Write(histogram);
        sample.Writer.Write(Values(Map("@e", Int, Int)));
        sample.Writer.End(
        [
            histogram,
            Values(Map("@", Int), ([], Bytes(5))),
            Values(Map("@a", Int, Text), (Bytes("x"), Bytes(1)), (Bytes("y"), Bytes(-2))),
            Values(Map("@b", Int, Int, Text), (Bytes(1, "k"), Bytes(3))),
            Values(Map("@e", Int, Int)),
            Values(Map("@t", tuple), ([], Bytes(1, "a", 2, 3))),
            Values(Map("@s", Text), ([], Bytes("he\"\n\tllo\u0001\\"))),
            Rows(Linear("@l", 0, 10, 2), ([], Buckets(7, 3, 0, 6))),
            Rows(Map("@hk", AggregationKind.PowerOfTwo, Text), (Bytes("x"), Histogram(3))),
            Rows(Map("@st", AggregationKind.Statistics), ([], new MeanCell(1, 5))),
            Rows(Map("@sk", AggregationKind.Statistics, Int, Text), (Bytes(1, "y"), new MeanCell(1, 4))),
            Rows(Map("@av", AggregationKind.Average), ([], new MeanCell(1, 4))),
            Rows(Map("@ak", AggregationKind.Average, Int), (Bytes(4), new MeanCell(1, 3))),
            Rows(Map("@z", AggregationKind.PowerOfTwo), ([], Histogram())),
            Values(Map("@p", new PointerType(TargetVoid.Instance, AddressSpace.Kernel)), ([], Bytes(5))),
            Values(Map("@n", new RenderedType(Rendering.InternetAddress)), ([], Bytes(2, 0x0100007f, 0))),
            Values(Map("@bf", new BufferType(8)), ([], Bytes(2, new byte[] { 97, 1, 0, 0, 0, 0, 0, 0 }))),
        ]);

        Assert.Equal(expected, sample.Written);
    }

    [Fact]
    public void Every_line_is_JSON_whatever_the_bytes()
    {
        using var sample = new Sample(isJson: true);

        sample.Writer.Write(new FormatOutput(FormatKind.Print, "%s", [Text]), Bytes("\u00c3\u00a9\u00ff\u007f\u001f"));
        sample.Writer.Write(new PrintValueOutput(new RenderedType(Rendering.MacAddress)), Bytes(0x0605040302ffL));

        string[] lines = System.Text.Encoding.UTF8.GetString(System.Text.Encoding.Latin1.GetBytes(sample.Written)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] data = [.. lines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("data").GetString()!)];
        Assert.Equal(["é\ufffd\u007f\u001f", "FF:02:03:04:05:06"], data);
    }
}
