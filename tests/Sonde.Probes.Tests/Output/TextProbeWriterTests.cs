using Sonde.Probes.Model;
using Sonde.Probes.Running;
using static Sonde.Probes.Tests.Output.Sample;

namespace Sonde.Probes.Tests.Output;

public sealed class TextProbeWriterTests
{
    [Theory]
    [InlineData("%d %u %x %X %o %lld %llu", "-1, -1, -1, 255, 8, -7, -7", -1, -1, -1, 255, 8, -7, -7)]
    [InlineData("%5d|%-5d|%05d|%hd|%hhd|%c|", "42, 42, 42, 70000, 300, 65", 42, 42, 42, 70000, 300, 65)]
    [InlineData("%lx %zu %jd %td %hx %hhx", "-1, -1, -1, -1, -1, -1", -1, -1, -1, -1, -1, -1)]
    [InlineData("%08d|%-08d|%8.3d|%.3d|%5x|%-5x|", "-5, -5, 5, 5, 255, 255", -5, -5, 5, 5, 255, 255)]
    [InlineData("%p|%p|%20p|%-8p|%016llx", "4096, 0, 4096, 17, 255", 4096, 0, 4096, 17, 255)]
    [InlineData("a%cb%d|%5c|%-5c|%5c|", "0, 5, 65, 65, 0", 0, 5, 65, 65, 0)]
    [InlineData("50%% %d%%%d of 100%%", "3, 4", 3, 4)]
    public void Integers_are_formatted_as_bpftrace_does(string format, string arguments, params int[] values)
    {
        string expected = Bpftrace.Run($"BEGIN {{ printf(\"{format}\\n\", {arguments}); exit(); }}");

        using var sample = new Sample();
        sample.Writer.Attaching(1);
        sample.Writer.Write(new FormatOutput(FormatKind.Print, format + "\n", [.. values.Select(_ => Int)]), Bytes([.. values.Cast<object>()]));
        sample.Writer.End([]);

        Assert.Equal(expected, sample.Written);
    }

    [Theory]
    [InlineData("%s|%10s|%-10s|%.3s|%10.2s|%-10.10s|", "abc", "abc", "abc", "abcdef", "abcdef", "abcdefghijklmnop")]
    [InlineData("%s|%5s|%.2s|", "\\x80\\xff", "é", "é")]
    [InlineData("%s", "")]
    public void Strings_are_formatted_as_bpftrace_does(string format, params string[] values)
    {
        string expected = Bpftrace.Run($"BEGIN {{ printf(\"{format}\\n\"{string.Concat(values.Select(value => $", \"{value}\""))}); exit(); }}");

        using var sample = new Sample();
        sample.Writer.Attaching(1);
        object[] bytes = [.. values.Select(value => value == "é" ? "\u00c3\u00a9" : value.Replace("\\x80\\xff", "\u0080\u00ff", StringComparison.Ordinal))];
        sample.Writer.Write(new FormatOutput(FormatKind.Print, format + "\n", [.. values.Select(_ => Text)]), Bytes(bytes));
        sample.Writer.End([]);

        Assert.Equal(expected, sample.Written);
    }

    [Fact]
    public void Buffers_are_formatted_as_bpftrace_does()
    {
        string expected = Bpftrace.Run("""BEGIN { $b = buf("a\x01 \xff\\", 5); printf("%r|%rx|%rh|\n", $b, $b, $b); exit(); }""");

        using var sample = new Sample();
        sample.Writer.Attaching(1);
        var type = new BufferType(8);
        byte[] value = Bytes(5, "a\u0001 \u00ff\\".Select(character => (byte)character).Concat(new byte[3]).ToArray());
        sample.Writer.Write(new FormatOutput(FormatKind.Print, "%r|%rx|%rh|\n", [type, type, type]), Bytes(value, value, value));
        sample.Writer.End([]);

        Assert.Equal(expected, sample.Written);
    }

    [Fact]
    public void Maps_are_sorted_and_printed_as_bpftrace_does()
    {
        string expected = Bpftrace.Run("""
            BEGIN {
              @ = 5; @a[1] = 5; @a[2] = 3; @a[3] = -1; @s["b"] = "x"; @s["a"] = "y"; @s["aa"] = "c"; @u = (uint8)200;
              @t["z", 1] = (1, "q", (2, 3)); @t["a", -5] = (1, "r", (2, 3)); @t["a", 3] = (0, "", (0, 0));
              @n[-1] = "q"; @n[5] = "q"; @n[300] = "q"; @pp[(uint64)0xffffffffffffffff] = 1; @pt[(uint8 *)5] = 1; @pv = (uint8 *)5;
              @big = (uint64)-1; @b = buf("a\x01b", 3); @n4 = ntop(0x0100007f); @who = username; @pr[probe] = 1; @e[1] = 1; clear(@e);
              print(@a, 2); print(@a, 0, 2); print(@big, 0, 2); print((1, "x", (2, "y"))); print(-5); print("text"); print((uint64)-1); print(@e);
              exit();
            }
            """);

        using var sample = new Sample();
        var inner = new TupleType([Int, Int]);
        var tuple = new TupleType([Int, Text, inner]);
        MapSnapshot a = Values(Map("@a", Int, Int), (Bytes(1), Bytes(5)), (Bytes(2), Bytes(3)), (Bytes(3), Bytes(-1)));
        MapSnapshot big = Values(Map("@big", Unsigned), ([], Bytes(-1)));
        MapSnapshot empty = Values(Map("@e", Int, Int));
        var pointer = new PointerType(TargetVoid.Instance, AddressSpace.Kernel);
        sample.Writer.Attaching(1);
        sample.Writer.Write(a, 2);
        sample.Writer.Write(a, 0, 2);
        sample.Writer.Write(big, 0, 2);
        var printed = new TupleType([Int, Text, new TupleType([Int, Text])]);
        sample.Writer.Write(new PrintValueOutput(printed), Bytes(1, "x", 2, "y"));
        sample.Writer.Write(new PrintValueOutput(Int), Bytes(-5));
        sample.Writer.Write(new PrintValueOutput(Text), Bytes("text"));
        sample.Writer.Write(new PrintValueOutput(Unsigned), Bytes(-1));
        sample.Writer.Write(empty);
        sample.Writer.End(
        [
            a,
            big,
            empty,
            Values(Map("@", Int), ([], Bytes(5))),
            Values(Map("@s", Text, Text), (Bytes("b"), Bytes("x")), (Bytes("a"), Bytes("y")), (Bytes("aa"), Bytes("c"))),
            Values(Map("@u", new IntegerType(1, false)), ([], Bytes(200))),
            Values(
                Map("@t", tuple, Text, Int), (Bytes("z", 1), Bytes(1, "q", 2, 3)), (Bytes("a", -5), Bytes(1, "r", 2, 3)), (Bytes("a", 3), Bytes(0, "", 0, 0))),
            Values(Map("@n", Text, Int), (Bytes(-1), Bytes("q")), (Bytes(5), Bytes("q")), (Bytes(300), Bytes("q"))),
            Values(Map("@pp", Int, Unsigned), (Bytes(-1), Bytes(1))),
            Values(Map("@pt", Int, pointer), (Bytes(5), Bytes(1))),
            Values(Map("@pv", pointer), ([], Bytes(5))),
            Values(Map("@b", new BufferType(8)), ([], Bytes(3, new byte[] { 97, 1, 98, 0, 0, 0, 0, 0 }))),
            Values(Map("@n4", new RenderedType(Rendering.InternetAddress)), ([], Bytes(2, 0x0100007f, 0))),
            Values(Map("@who", new RenderedType(Rendering.UserName)), ([], Bytes(0))),
            Values(Map("@pr", Int, new RenderedType(Rendering.ProbeName)), (Bytes(0), Bytes(1))),
        ]);

        Assert.Equal(expected, sample.Written);
    }

    [Fact]
    public void Aggregations_are_printed_as_bpftrace_does()
    {
        string expected = Bpftrace.Run("""
            BEGIN {
              @c = count(); @su[1] = sum(5); @su[2] = sum(-5); @su[3] = sum(3); @mi[1] = min(5); @mi[2] = min(-5); @ma[1] = max(5);
              @av[1] = avg(10); @av[2] = avg(-9); @av[3] = avg(6); @st["x"] = stats(4); @st["y"] = stats(-7);
              print(@av, 1); print(@av, 5, 2); print(@st); print(@su, 0, 2); exit();
            }
            """);

        using var sample = new Sample();
        MapSnapshot average = Rows(
            Map("@av", AggregationKind.Average, Int),
            (Bytes(1), new MeanCell(1, 10)), (Bytes(2), new MeanCell(1, -9)), (Bytes(3), new MeanCell(1, 6)));
        MapSnapshot statistics = Rows(
            Map("@st", AggregationKind.Statistics, Text), (Bytes("x"), new MeanCell(1, 4)), (Bytes("y"), new MeanCell(1, -7)));
        MapSnapshot sum = Rows(
            Map("@su", AggregationKind.Sum, Int), (Bytes(1), new NumberCell(5)), (Bytes(2), new NumberCell(-5)), (Bytes(3), new NumberCell(3)));
        sample.Writer.Attaching(1);
        sample.Writer.Write(average, 1);
        sample.Writer.Write(average, 5, 2);
        sample.Writer.Write(statistics);
        sample.Writer.Write(sum, 0, 2);
        sample.Writer.End(
        [
            average,
            statistics,
            sum,
            Rows(Map("@c", AggregationKind.Count), ([], new NumberCell(1))),
            Rows(Map("@mi", AggregationKind.Minimum, Int), (Bytes(1), new NumberCell(5)), (Bytes(2), new NumberCell(-5))),
            Rows(Map("@ma", AggregationKind.Maximum, Int), (Bytes(1), new NumberCell(5))),
        ]);

        Assert.Equal(expected, sample.Written);
    }

    [Fact]
    public void Histograms_are_drawn_as_bpftrace_does()
    {
        string expected = Bpftrace.Run("""
            BEGIN {
              @h = hist(1); @h = hist(0); @h = hist(-5); @h = hist(1024); @h = hist(1025); @h = hist(5000); @h = hist(1 << 30); @h = hist(2000);
              @k[1] = hist(5); @k[1] = hist(5); @k[3] = hist(5); @k[2] = hist(7); @k[2] = hist(8); @k[2] = hist(9);
              @l = lhist(2000, 0, 4096, 1024); @l = lhist(-5000, 0, 4096, 1024); @l = lhist(2001, 0, 4096, 1024);
              @m = lhist(25, 10, 110, 10); @m = lhist(500, 10, 110, 10); @m = lhist(-5, 10, 110, 10);
              @z = hist(3); zero(@z);
              print(@k, 1); print(@k, 0, 2); print(@l, 0, 2); print(@z);
              exit();
            }
            """);

        using var sample = new Sample();
        MapSnapshot keyed = Rows(
            Map("@k", AggregationKind.PowerOfTwo, Int), (Bytes(1), Histogram(5, 5)), (Bytes(3), Histogram(5)), (Bytes(2), Histogram(7, 8, 9)));
        MapSnapshot linear = Rows(Linear("@l", 0, 4096, 1024), ([], Buckets(6, 2, 2, 0)));
        MapSnapshot zero = Rows(Map("@z", AggregationKind.PowerOfTwo), ([], Histogram()));
        sample.Writer.Attaching(1);
        sample.Writer.Write(keyed, 1);
        sample.Writer.Write(keyed, 0, 2);
        sample.Writer.Write(linear, 0, 2);
        sample.Writer.Write(zero);
        sample.Writer.End(
        [
            keyed,
            linear,
            zero,
            Rows(Map("@h", AggregationKind.PowerOfTwo), ([], Histogram(1, 0, -5, 1024, 1025, 5000, 1 << 30, 2000))),
            Rows(Linear("@m", 10, 110, 10), ([], Buckets(12, 2, 11, 0))),
        ]);

        Assert.Equal(expected, sample.Written);
    }

    [Fact]
    public void Stacks_and_symbols_stand_on_lines_of_their_own()
    {
        var kernel = new RenderedType(Rendering.KernelStack) { Depth = 2 };
        var user = new RenderedType(Rendering.UserStack);
        using var sample = new Sample();

        sample.Writer.Write(new FormatOutput(FormatKind.Print, "A%sB\n", [kernel]), Bytes(7));
        sample.Writer.Write(Rows(Map("@k", AggregationKind.Count, kernel), (Bytes(7), new NumberCell(3))));
        sample.Writer.Write(Rows(Map("@u", AggregationKind.Count, user, Text), (Bytes(7L | (12L << 32), "sh"), new NumberCell(3))));
        sample.Writer.Write(Values(Map("@s", kernel), ([], Bytes(7))));
        sample.Writer.Write(Values(Map("@y", new RenderedType(Rendering.KernelSymbol), Int), (Bytes(1), Bytes(0)), (Bytes(2), Bytes(0x1010))));
        sample.Writer.Write(new PrintValueOutput(kernel), Bytes(-14));

        Assert.Equal(
            """
            A
                    schedule+16
                    schedule+32
            B
            @k[
                schedule+16
                schedule+32
            ]: 3
            @u[
                main_of_12+16
                main_of_12+32
                0x9000
            , sh]: 3
            @s: 
                    schedule+16
                    schedule+32

            @y[1]: 0@y[2]: schedule


            """,
            sample.Written);
    }

    [Fact]
    public void Files_times_and_joined_words_are_shown()
    {
        using var sample = new Sample();

        sample.Writer.Write(new FormatOutput(FormatKind.Cat, "/proc/%s/type", [Text]), Bytes("../proc/sys/kernel/../../filesystems/../sys/kernel/ostype/.."));
        sample.Writer.Write(new FormatOutput(FormatKind.Cat, "/proc/sys/kernel/%s", [Text]), Bytes("ostype"));
        sample.Writer.Write(new FormatOutput(FormatKind.Join, " ", [Text, Text, Text, Text]), Bytes("/bin/echo", "hello", "", "never"));
        sample.Writer.Write(new TimeOutput("%%|%Y\n"), []);

        Assert.Equal($"Linux\n/bin/echo hello\n%|{DateTime.Now.Year}\n", sample.Written);
        Assert.Single(sample.Complaints);
    }
}
