using System.Globalization;

namespace Sonde.Probes.Tests.Syntax;

public sealed class SyntaxErrorTests
{
    [Theory]
    [InlineData("", "t: error: The program is empty: write an attach point and a block, like BEGIN { printf(\"hello\\n\"); }.")]
    [InlineData("BEGIN", "t:1:6: error: Expected ',', a predicate or '{' behind the attach point, not the end of the program.|BEGIN|     ^")]
    [InlineData("{ }", "t:1:1: error: Expected an attach point, like tracepoint:sched:sched_switch, not '{'.|{ }|^")]
    [InlineData("BEGIN {", "t:1:7: error: This block is never closed: add }.|BEGIN {|      ^")]
    [InlineData("BEGIN {\n\t$x = = 2;\n}", "t:2:7: error: Expected an expression, not '='.|\t$x = = 2;|\t     ^")]
    [InlineData("BEGIN { $x = 1 $y = 2; }", "t:1:16: error: Expected ';', not '$y'.|BEGIN { $x = 1 $y = 2; }|               ^~")]
    [InlineData("BEGIN { pid = 1; }", "t:1:9: error: Only variables ($x) and maps (@x) can be assigned.|BEGIN { pid = 1; }|        ^~~")]
    [InlineData("BEGIN { pid++; }", "t:1:9: error: Only variables ($x) and maps (@x) can be counted with ++.|BEGIN { pid++; }|        ^~~")]
    [InlineData("BEGIN { printf(\"x); }", "t:1:16: error: This string is never closed: add \".|BEGIN { printf(\"x); }|               ^")]
    [InlineData("BEGIN { printf(\"\\q\"); }", "t:1:17: error: Unknown escape '\\q'.|BEGIN { printf(\"\\q\"); }|                ^~")]
    [InlineData("BEGIN { f(1; }", "t:1:12: error: Expected ',' or ')', not ';'.|BEGIN { f(1; }|           ^")]
    [InlineData("BEGIN { @x[] = 1; }", "t:1:12: error: Expected a key, not ']'.|BEGIN { @x[] = 1; }|           ^")]
    [InlineData("BEGIN { $x = 0x; }", "t:1:14: error: '0x' is not a number.|BEGIN { $x = 0x; }|             ^~")]
    [InlineData("BEGIN { $x = 12ab; }", "t:1:14: error: '12ab' is not a number.|BEGIN { $x = 12ab; }|             ^~~~")]
    [InlineData("BEGIN { $x = 1e20; }", "t:1:14: error: 1e20 does not fit 64 bits.|BEGIN { $x = 1e20; }|             ^~~~")]
    [InlineData("BEGIN { $x = $0; }", "t:1:14: error: Parameters are numbered from $1 on.|BEGIN { $x = $0; }|             ^~")]
    [InlineData("BEGIN { `ls` }", "t:1:9: error: Unexpected character '`'.|BEGIN { `ls` }|        ^")]
    [InlineData("BEGIN /pid == 1 { }", "t:1:17: error: Expected '/' and a block: the end of the predicate, not '{'.|BEGIN /pid == 1 { }|                ^")]
    [InlineData("/* BEGIN { }", "t:1:1: error: This comment is never closed: add */.|/* BEGIN { }|^~")]
    [InlineData("#if 1\nBEGIN { }", "t:1:1: error: This conditional is never closed: add #endif.|#if 1|^~~~~")]
    [InlineData("#endif\nBEGIN { }", "t:1:1: error: #endif without #if.|#endif|^~~~~~")]
    [InlineData("#if A > 3\n#endif\nBEGIN { }", "t:1:1: error: A condition is a number or defined(NAME), with ! in front or not.|#if A > 3|^~~~~~~~~")]
    [InlineData("#define F(x) x\nBEGIN { F(1) }", "t:2:9: error: 'F' is a macro with parameters: only those without are supported.|BEGIN { F(1) }|        ^")]
    [InlineData("config = { max_map_keys = 1 } BEGIN { }", "t:1:1: error: A program does not set its own limits: config blocks are not supported, the limits are settings of whoever runs the program.|config = { max_map_keys = 1 } BEGIN { }|^~~~~~")]
    [InlineData("fn f() { }", "t:1:1: error: 'fn' is not supported: a program consists of attach points with what happens there, and of C's struct, union and enum.|fn f() { }|^~")]
    [InlineData("BEGIN { for ($kv : @x) { } }", "t:1:9: error: A loop over the keys of a map is not supported: loops count, for ($i : 0..10) { }.|BEGIN { for ($kv : @x) { } }|        ^~~")]
    [InlineData("struct x { int a:65; }; BEGIN { }", "t:1:18: error: A bit field has 1 to 64 bits.|struct x { int a:65; }; BEGIN { }|                 ^~")]
    public void Errors_say_where_and_what_was_expected(string text, string expected)
    {
        ProbeSource source = new(text, "t");
        ProbeException error = Assert.Throws<ProbeException>(() => source.Syntax);
        Assert.Equal(expected.Replace('|', '\n'), source.Describe(error));
    }

    [Theory]
    [InlineData("(", 100_000)]
    [InlineData("-", 100_000)]
    [InlineData("f(", 100_000)]
    [InlineData("1+", 100_000)]
    [InlineData("if 1 {", 100_000)]
    [InlineData("1 ? ", 100_000)]
    [InlineData("$x[0][", 100_000)]
    [InlineData("{", 100_000)]
    public void Depth_is_bounded(string piece, int times)
    {
        string text = "BEGIN { " + string.Concat(Enumerable.Repeat(piece, times));
        Assert.Throws<ProbeException>(() => new ProbeSource(text, "t").Syntax);
    }

    [Fact]
    public void Macros_do_not_multiply()
    {
        string text = string.Concat(Enumerable.Range(0, 40).Select(i => string.Create(CultureInfo.InvariantCulture, $"#define M{i} M{i + 1} M{i + 1}\n")));
        ProbeException error = Assert.Throws<ProbeException>(() => new ProbeSource(text + "BEGIN { M0 }", "t").Syntax);
        Assert.Equal("Macros here stand for more than 10000 words, or for each other more than 64 deep.", error.Message);
    }
}
