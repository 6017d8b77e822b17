using Sonde.Probes.Attach;
using Sonde.Probes.Model;
using Sonde.Probes.Syntax;

namespace Sonde.Probes.Tests.Syntax;

public sealed class ParserTests
{
    [Theory]
    [InlineData("1 + 2 * 3", "(Add 1 (Multiply 2 3))")]
    [InlineData("1 - 2 - 3", "(Subtract (Subtract 1 2) 3)")]
    [InlineData("1 << 2 + 3 < 4 == 5 & 6 ^ 7 | 8 && 9 || 10", "(Or (And (BitOr (BitXor (BitAnd (Equal (Less (ShiftLeft 1 (Add 2 3)) 4) 5) 6) 7) 8) 9) 10)")]
    [InlineData("a ? b : c ? d : e", "(? a b (? c d e))")]
    [InlineData("- $ret", "(Negate $ret)")]
    [InlineData("!~*&x", "(Not (Complement (Dereference (AddressOf x))))")]
    [InlineData("$i++ + ++$i", "(Add (post++ $i) (pre++ $i))")]
    [InlineData("@x[1, comm]--", "(post-- @x[1, comm])")]
    [InlineData("@", "@")]
    [InlineData("@[pid]", "@[pid]")]
    [InlineData("args->a.b->c[3].d", "(member (at (member (member (member args a) b) c) 3) d)")]
    [InlineData("$t.0.1", "(item (item $t 0) 1)")]
    [InlineData("(1, comm, \"x\")", "(tuple 1, comm, \"x\")")]
    [InlineData("(uint64)args->rqtp->tv_nsec / 1e6", "(Divide (cast uint64 (member (member args rqtp) tv_nsec)) 1000000)")]
    [InlineData("((struct bio *)arg1)->bi_bdev", "(member (cast struct bio* arg1) bi_bdev)")]
    [InlineData("(const unsigned  long int **)x", "(cast unsigned long int** x)")]
    [InlineData("(uint8[16])x", "(cast uint8[16] x)")]
    [InlineData("(sock_t *)x", "(cast sock_t* x)")]
    [InlineData("(pid_t)$x", "(cast pid_t $x)")]
    [InlineData("(pid) - 1", "(Subtract pid 1)")]
    [InlineData("(pid)", "pid")]
    [InlineData("sizeof(struct x)", "(sizeof struct x)")]
    [InlineData("sizeof($x)", "(sizeof $x)")]
    [InlineData("offsetof(struct x, a.b)", "(offsetof struct x a.b)")]
    [InlineData("str($1, $#)", "str($1, $#)")]
    [InlineData("kstack(perf, 3)", "kstack(perf, 3)")]
    [InlineData("f()", "f()")]
    public void Expressions_have_the_precedence_of_C(string text, string expected) => Assert.Equal(expected, SyntaxText.Of(Expression(text)));

    [Theory]
    [InlineData("42", 42)]
    [InlineData("0", 0)]
    [InlineData("052", 42)]
    [InlineData("0x2aUL", 42)]
    [InlineData("0XfF", 255)]
    [InlineData("0b101010", 42)]
    [InlineData("1_000", 1000)]
    [InlineData("1e6", 1_000_000)]
    [InlineData("12e2ull", 1200)]
    [InlineData("18446744073709551615", ulong.MaxValue)]
    public void Numbers_are_spelt_in_many_ways(string text, ulong expected) => Assert.Equal(expected, Assert.IsType<IntegerSyntax>(Expression(text)).Value);

    [Theory]
    [InlineData(@"""a\n\t\\\""\x41\101\0""", new byte[] { 97, 10, 9, 92, 34, 65, 65, 0 })]
    [InlineData("\"\u00fc\"", new byte[] { 0xc3, 0xbc })]
    [InlineData("\"\"", new byte[0])]
    public void Strings_have_escapes(string text, byte[] expected) => Assert.Equal(expected, Assert.IsType<StringSyntax>(Expression(text)).Bytes);

    [Theory]
    [InlineData("$x = 1; @ = count(); @y[1] += 2", "{ $x = 1; @ = count(); @y[1] Add= 2; }")]
    [InlineData("if (pid) { f(); } else if tid { g() } else { }", "{ if pid { f(); } else { if tid { g(); } else {  } } }")]
    [InlineData("while ($i < 5) { $i++; continue; break }", "{ while (Less $i 5) { (post++ $i); Continue; Break; } }")]
    [InlineData("for ($i : 0..10) { return; }", "{ for $i : 0..10 { Return; } }")]
    [InlineData("unroll(3) { printf(\"x\"); }; { exit(); }", "{ unroll 3 { printf(\"x\"); } { exit(); } }")]
    [InlineData("let $x = 5; let $y;", "{ $x = 5; {  } }")]
    [InlineData("/* a */ f(); // b\n # define X 3\n g(X);", "{ f(); g(3); }")]
    public void Statements_end_with_semicolons(string text, string expected) => Assert.Equal(expected, SyntaxText.Of(Clause($"BEGIN {{ {text} }}").Body));

    [Theory]
    [InlineData("BEGIN{}", "BEGIN")]
    [InlineData("tracepoint:sched:sched_*\n/pid == 1/\n{ }", "tracepoint:sched:sched_*", "(Equal pid 1)")]
    [InlineData("kprobe:f/pid/{ }", "kprobe:f", "pid")]
    [InlineData("kprobe:f /pid / 2 / // half\n { }", "kprobe:f", "(Divide pid 2)")]
    [InlineData("uprobe:/usr/lib/*/libc.so.6:malloc/* all */{ }", "uprobe:/usr/lib/*/libc.so.6:malloc")]
    [InlineData("usdt:./a:\"b c\" { }", "usdt:./a:b c")]
    [InlineData("kprobe:a.constprop.*,\n// both\nkretprobe:b+0x10 { }", "kprobe:a.constprop.* kretprobe:b+0x10")]
    [InlineData("interval:s:1 { }", "interval:s:1")]
    [InlineData("config:x { }", "config:x")]
    public void Attach_points_are_not_made_of_tokens(string text, string points, string? predicate = null)
    {
        ClauseSyntax clause = Clause(text);
        Assert.Equal(points, string.Join(' ', clause.AttachPoints));
        Assert.Equal(predicate, clause.Predicate is { } found ? SyntaxText.Of(found) : null);
        foreach (AttachPattern pattern in clause.AttachPoints)
        {
            Assert.Equal(pattern.ToString(), text.Substring(pattern.Span.Start, pattern.Span.Length).Replace("\"", ""));
        }
    }

    [Theory]
    [InlineData("#ifndef BPFTRACE_HAVE_BTF\nnonsense {\n#else\nBEGIN { }\n#endif\nEND { }", "BEGIN END")]
    [InlineData("#ifdef X\na { }\n#elif 1\nBEGIN { }\n#else\nb { }\n#endif", "BEGIN")]
    [InlineData("#if 0\n# if 1\na { }\n#endif\nb { }\n#endif\nBEGIN { }", "BEGIN")]
    [InlineData("#define X\n#if defined(X)\nBEGIN { }\n#endif\n#undef X\n#if !defined(X)\nEND { }\n#endif", "BEGIN END")]
    [InlineData("#!/usr/bin/env bpftrace\n#include <linux/fs.h>\n/*\n# not a directive\n*/\nBEGIN { }", "BEGIN")]
    public void Directives_choose_lines(string text, string points) =>
        Assert.Equal(points, string.Join(' ', Parser.Parse(text).Clauses.Select(clause => clause.AttachPoints[0])));

    [Fact]
    public void Macros_stand_for_tokens_where_they_are_used()
    {
        const string Text = "#define A (B + \\\n 1) // three\n#define B B2\n#define B2 2\n#define C C\nBEGIN { f(A, C); }";
        CallSyntax call = Assert.IsType<CallSyntax>(Assert.IsType<ExpressionStatementSyntax>(Clause(Text).Body.Statements[0]).Expression);
        Assert.Equal("f((Add 2 1), C)", SyntaxText.Of(call));
        Assert.Equal("A", Text.Substring(call.Arguments[0].Span.Start, call.Arguments[0].Span.Length));
    }

    [Fact]
    public void Definitions_are_those_of_C()
    {
        ProgramSyntax program = Parser.Parse("""
            struct a { int x, *y; unsigned long z[2][3]; struct b c; union { char d; struct { u8 e:3; u8 f:5; }; }; } __attribute__((packed));
            typedef struct { int g; } *h;
            enum i { J, K = 5, L, M = -1 };
            BEGIN { }
            """);
        Assert.Equal(["struct a", "struct h"], program.Structures.Select(structure => structure.Name));
        StructureSyntax structure = program.Structures[0];
        Assert.True(structure.IsPacked);
        Assert.Equal(
            ["x int", "y int*", "z unsigned long[2][3]", "c struct b", " "],
            structure.Members.Select(member => $"{member.Name} {SyntaxText.Of(member.Type)}"));
        Assert.True(structure.Members[4].Structure!.IsUnion);
        Assert.Equal([3, 5], structure.Members[4].Structure!.Members[1].Structure!.Members.Select(member => member.Bits));
        Assert.Equal("h struct h*", program.Typedefs.Select(typedef => $"{typedef.Name} {SyntaxText.Of(typedef.Type)}").Single());
        Assert.Equal([new("J", 0), new("K", 5), new("L", 6), new("M", -1)], program.Enumerations[0].Constants);
    }

    [Fact]
    public void Every_node_knows_its_text()
    {
        const string Text = "BEGIN { $x = @a[pid] + (args->b); }";
        AssignmentSyntax assignment = Assert.IsType<AssignmentSyntax>(Clause(Text).Body.Statements[0]);
        BinarySyntax sum = Assert.IsType<BinarySyntax>(assignment.Value);
        Assert.Equal("$x = @a[pid] + (args->b)", TextOf(assignment.Span));
        Assert.Equal("$x", TextOf(assignment.Target.Span));
        Assert.Equal("@a[pid]", TextOf(sum.Left.Span));
        Assert.Equal("args->b", TextOf(sum.Right.Span));
        Assert.Equal("b", TextOf(Assert.IsType<MemberSyntax>(sum.Right).NameSpan));

        string TextOf(SourceSpan span) => Text.Substring(span.Start, span.Length);
    }

    private static ExpressionSyntax Expression(string text) =>
        Assert.IsType<ExpressionStatementSyntax>(Assert.Single(Clause($"BEGIN {{ {text} }}").Body.Statements)).Expression;

    private static ClauseSyntax Clause(string text) => Assert.Single(Parser.Parse(text).Clauses);
}
