using CsCheck;

namespace Sonde.Probes.Tests.Binding;

/// <summary>Programs whose types are right, so that nearly all are accepted: numbers where numbers belong, strings where strings do.</summary>
internal static class MeaningfulPrograms
{
    private const int Deepest = 3;

    private static readonly Gen<string> _numberLeaf = Gen.OneOf(
        "0", "1", "7", "255", "-1", "1e6", "0x7fffffffffffffff", "pid", "tid", "uid", "cpu", "rand", "nsecs", "elapsed", "cgroup", "$a", "$i", "@m", "@n[pid]", "@k[comm, 1]",
        "curtask->pid", "curtask->real_parent->pid", "curtask->mm->start_brk", "curtask->se.vruntime", "((struct task_struct *)@n[1])->pid", "*(nsecs)", "$t.0", "@t[cpu].0",
        "sizeof(struct sock)");

    private static readonly Gen<string> _textLeaf = Gen.OneOf(
        "comm", "\"\"", "\"ab\"", "\"a text of some length\"", "$b", "@s[pid]", "curtask->comm", "curtask->real_parent->comm", "$t.1", "@t[cpu].1", "str($1)");

    private static readonly Gen<string> _text = Gen.Recursive<string>((depth, inner) => depth > 1 ? _textLeaf : Gen.Frequency(
        (4, _textLeaf),
        (1, _numberLeaf.Select(address => $"str({address})")),
        (1, Gen.Select(_numberLeaf, inner, inner, (condition, one, other) => $"({condition} ? {one} : {other})"))));

    private static readonly Gen<string> _number = Gen.Recursive<string>((depth, inner) => depth > Deepest ? _numberLeaf : Gen.Frequency(
        (3, _numberLeaf),
        (4, Gen.Select(inner, Gen.OneOf("+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>", "==", "<", ">=", "&&", "||"), inner, (left, sign, right) => $"({left} {sign} {right})")),
        (1, Gen.Select(Gen.OneOf("-", "~", "!"), inner, (sign, operand) => $"{sign}({operand})")),
        (1, Gen.Select(Gen.OneOf("uint8", "int16", "uint32", "int64"), inner, (type, operand) => $"({type})({operand})")),
        (1, Gen.Select(inner, inner, inner, (condition, one, other) => $"({condition} ? {one} : {other})")),
        (1, Gen.Select(inner, Gen.OneOf("$i++", "--$i"), (condition, step) => $"({condition} && {step})")),
        (1, Gen.Select(_text, Gen.OneOf("==", "!="), _text, (left, sign, right) => $"({left} {sign} {right})")),
        (1, Gen.Select(_text, _text, (left, right) => $"strncmp({left}, {right}, 3)")),
        (1, _text.Select(text => $"strcontains({text}, \"b\")")),
        (1, inner.Select(operand => $"bswap({operand})"))));

    private static readonly Gen<string> _statement = Gen.Recursive<string>((depth, inner) => Gen.Frequency(
        (2, _number.Select(value => $"$a = {value};")),
        (1, _text.Select(value => $"$b = {value};")),
        (1, Gen.Select(_number, _text, (one, other) => $"$t = ({one}, {other});")),
        (1, Gen.Select(_number, _text, (one, other) => $"@t[cpu] = ({one}, {other});")),
        (2, _number.Select(value => $"@m = {value};")),
        (2, Gen.Select(_number, _number, (key, value) => $"@n[{key}] += {value};")),
        (1, Gen.Select(_text, _number, _number, (one, other, value) => $"@k[{one}, {other}] = {value};")),
        (1, Gen.Select(_number, _text, (key, value) => $"@s[{key}] = {value};")),
        (1, _number.Select(key => $"delete(@s[{key}]);")),
        (1, Gen.Select(_text, _number, (key, value) => $"@h[{key}] = hist({value});")),
        (1, Gen.Select(_number, _number, (key, value) => $"@l[{key}] = lhist({value}, 0, 100, 10);")),
        (1, Gen.Select(_text, _number, (key, value) => $"@g[({key}, {value})] = stats({value});")),
        (1, _number.Select(value => $"@c[kstack, ustack(5), {value}] = count();")),
        (2, Gen.Select(_number, _text, _number, (one, two, three) => $"printf(\"%d %s %x %s\\n\", {one}, {two}, {three}, ksym({one}));")),
        (1, Gen.Select(_number, _number, (place, length) => $"printf(\"%r %s\", buf({place}, {length}), str({place}, {length}));")),
        (1, _number.Select(value => $"print(({value}, ntop({value}), strftime(\"%H\", nsecs)));")),
        (depth > 2 ? 0 : 3, Gen.Select(_number, inner, inner, (condition, then, otherwise) => $"if ({condition}) {{ {then} }} else {{ {otherwise} }}")),
        (depth > 1 ? 0 : 1, Gen.Select(_number, inner, (condition, body) => $"$w = 0; while ($w++ < 4 && {condition}) {{ {body} if ({condition}) {{ continue; }} }}")),
        (depth > 1 ? 0 : 1, inner.Select(body => $"for ($f : 0..3) {{ {body} }}")),
        (depth > 1 ? 0 : 1, inner.Select(body => $"unroll(3) {{ {body} }}"))));

    /// <summary>Programs at one of the attach points.</summary>
    public static Gen<string> At(params string[] points) => Gen.Select(
        Gen.OneOf(points), _statement.Array[1, 4],
        (point, body) =>
            $"BEGIN {{ @m = 1; @n[1] = 1; @k[comm, 1] = 1; @s[1] = comm; @t[1] = (1, comm); }}\n{point} /cpu >= 0/ {{ $a = 1; $b = comm; $i = 0; $t = (1, comm); {string.Join(' ', body)} }}");
}
