using CsCheck;

namespace Sonde.Probes.Tests.Binding;

/// <summary>Programs that are right by the grammar; whether they mean anything is left to chance, which the names favour.</summary>
internal static class RandomPrograms
{
    private static readonly string[] _names =
        ["pid", "tid", "comm", "nsecs", "cpu", "arg0", "arg1", "retval", "curtask", "kstack", "ustack", "probe", "func", "username", "rand", "elapsed", "AF_INET", "TCP_CLOSE", "args", "perf"];

    private static readonly string[] _functions =
        ["str", "buf", "ntop", "macaddr", "ksym", "usym", "kaddr", "reg", "kstack", "ustack", "strncmp", "strcontains", "strftime", "kptr", "uptr", "bswap", "nsecs",
         "printf", "cat", "join", "time", "print", "clear", "zero", "delete", "exit", "count", "sum", "hist", "lhist", "min", "avg", "stats", "system"];

    private static readonly string[] _members = ["pid", "comm", "parent", "family", "v6", "u6_addr8", "next", "filename", "ret", "args", "id", "prev_comm", "next_pid", "argv", "words", "shutdown", "sk", "flags", "nothing",
         "__sk_common", "skc_family", "real_parent", "mm", "se", "skc_v6_daddr", "in6_u", "bytes", "skaddr", "prev_state", "rqtp"];

    private static readonly string[] _types = ["struct sock *", "struct task_struct *", "uint8", "int32", "uint64", "char *", "void *", "struct mine *", "struct sock", "pid_t", "uint16 **"];

    private static readonly string[] _operators = ["+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>", "==", "!=", "<", "<=", ">", ">=", "&&", "||"];

    private static readonly Gen<string> _variable = Gen.OneOf("$a", "$b", "$c");

    private static readonly Gen<string> _leaf = Gen.Frequency(
        (3, Gen.Int[0, 20].Select(number => $"{number}")),
        (1, Gen.OneOf("0xffffffffffffffff", "1e6", "9223372036854775807", "$1", "$2", "$#", "str($1)")),
        (2, Gen.OneOf("\"a\"", "\"\"", "\"some text\"", "\"%d %s\"", "\"%H\"")),
        (4, Gen.OneOf(_names)),
        (4, _variable),
        (3, Gen.OneOf(_members).Select(member => $"args->{member}")),
        (2, Gen.OneOf("@m", "@n[1]", "@k[comm, pid]", "@q[arg0]")));

    private static readonly Gen<string> _expression = Gen.Recursive<string>((depth, inner) => depth > 4 ? _leaf : Gen.Frequency(
        (4, _leaf),
        (3, Gen.Select(inner, Gen.OneOf(_operators), inner, (left, sign, right) => $"({left} {sign} {right})")),
        (1, Gen.Select(Gen.OneOf("-", "~", "!", "*", "&"), inner, (sign, operand) => $"{sign}{operand}")),
        (2, Gen.Select(inner, Gen.OneOf(_members), (operand, member) => $"({operand})->{member}")),
        (1, Gen.Select(inner, inner, (operand, index) => $"({operand})[{index}]")),
        (1, Gen.Select(inner, Gen.Int[0, 2], (operand, index) => $"({operand}).{index}")),
        (2, Gen.Select(Gen.OneOf(_types), inner, (type, operand) => $"({type})({operand})")),
        (1, Gen.Select(inner, inner, inner, (condition, one, other) => $"({condition} ? {one} : {other})")),
        (1, Gen.Select(inner, inner, (one, other) => $"({one}, {other})")),
        (1, Gen.Select(_variable, Gen.OneOf("++", "--"), Gen.Bool, (variable, sign, before) => before ? sign + variable : variable + sign)),
        (3, Gen.Select(Gen.OneOf(_functions), inner.Array[0, 3], (function, arguments) => $"{function}({string.Join(", ", arguments)})"))));

    private static readonly Gen<string> _map = Gen.Frequency(
        (1, Gen.OneOf("@", "@m")),
        (1, _expression.Select(key => $"@n[{key}]")),
        (1, Gen.Select(_expression, _expression, (one, other) => $"@k[{one}, {other}]")));

    private static readonly Gen<string> _statement = Gen.Recursive<string>((depth, inner) => depth > 3 ? _expression.Select(expression => $"{expression};") : Gen.Frequency(
        (4, _expression.Select(expression => $"{expression};")),
        (4, Gen.Select(_variable, Gen.OneOf("=", "+=", "<<=", "/="), _expression, (variable, sign, value) => $"{variable} {sign} {value};")),
        (4, Gen.Select(_map, Gen.OneOf("=", "+=", "-=", "|="), _expression, (map, sign, value) => $"{map} {sign} {value};")),
        (2, _map.Select(map => $"{map}++;")),
        (2, Gen.Select(_expression, inner, inner, (condition, then, otherwise) => $"if ({condition}) {{ {then} }} else {{ {otherwise} }}")),
        (1, Gen.Select(_expression, inner, (condition, body) => $"while ({condition}) {{ {body} break; }}")),
        (1, Gen.Select(_variable, _expression, inner, (variable, end, body) => $"for ({variable} : 0..{end}) {{ {body} continue; }}")),
        (1, Gen.Select(Gen.Int[0, 5], inner, (count, body) => $"unroll({count}) {{ {body} }}"))));

    /// <summary>Programs at some of the attach points.</summary>
    public static Gen<string> At(params string[] points) => Clause(points).Array[1, 3].Select(clauses =>
        $"#define TWO 2\nstruct mine {{ int a:3; char comm[8]; struct sock *next; }};\n{string.Join('\n', clauses)}");

    private static Gen<string> Clause(string[] points) => Gen.Select(
        Gen.OneOf(points).Array[1, 2],
        Gen.Frequency((2, Gen.Const("")), (1, _expression.Select(predicate => $" /{predicate}/"))),
        _statement.Array[0, 4],
        (points, predicate, body) => $"{string.Join(", ", points)}{predicate} {{ $a = 1; $b = comm; {string.Join(' ', body)} }}");

    /// <summary>Words of the language in no order.</summary>
    public static Gen<string> Soup { get; } = Gen.OneOf(
        [.. _names, .. _functions, .. _operators, .. _types, .. SamplePoints.Names, "BEGIN", "{", "}", "(", ")", "[", "]", ";", ",", "?", ":", ".", "..", "->", "++", "/", "=",
         "@", "@x", "$x", "$1", "$#", "$", "#", "\n#define X (X + 1)\n", "\n#if 0\n", "\n#endif\n", "\n#else\n", "\"text\"", "\"", "'", "\\", "//", "/*", "*/", "struct", "enum",
         "if", "else", "while", "for", "unroll", "return", "1", "0x", "1e6", "99999999999999999999", "sizeof", "offsetof", "\u00fc", "\ud83d", "\0"])
        .Array[0, 40].Select(words => string.Join(' ', words));
}
