using System.Text;
using CsCheck;
using Sonde.Probes.Model;
using static Sonde.Probes.Tests.Code.Tree;

namespace Sonde.Probes.Tests.Code;

/// <summary>Comparisons of strings that only the kernel sees whole: one side comes from a map that the test writes.</summary>
public sealed class StringTests
{
    private const int Capacity = 40;

    private static readonly ProbeMap _input = Map("@input", new StringType(Capacity));
    private static readonly ProbeMap _other = Map("@other", new StringType(24));
    private static readonly ProbeMap _result = Map("@result", IntegerType.Int64);

    /// <summary>Few letters, so that parts are met and beginnings are shared.</summary>
    private static readonly Gen<string> _text = Gen.Char["ab"].Array[0, 23].Select(letters => new string(letters));

    [Fact]
    public void Comparing_with_a_literal_is_what_strncmp_says() =>
        Gen.Select(_text, _text, Gen.Int[0, 30], Gen.Bool).Sample(
            (text, literal, count, isSame) =>
            {
                string compared = isSame ? text : literal;
                Assert.Equal(IsEqual(text, compared, count), 0 == Result(new CompareStrings(Value(_input), Text(compared), count, None), text));
                Assert.Equal(IsEqual(text, compared, count), 0 == Result(new CompareStrings(Text(compared), Value(_input), count, None), text));
            },
            iter: 60, threads: 1);

    [Fact]
    public void Comparing_two_texts_of_different_capacity_is_what_strncmp_says() =>
        Gen.Select(_text, _text, Gen.Int[0, 45], Gen.Bool).Sample(
            (text, other, count, isSame) =>
            {
                string compared = isSame ? text : other;
                Assert.Equal(IsEqual(text, compared, count), 0 == Result(new CompareStrings(Value(_input), Value(_other), count, None), text, compared));
            },
            iter: 60, threads: 1);

    [Fact]
    public void A_part_is_found_wherever_it_is() =>
        Gen.Select(_text, Gen.Char["ab"].Array[0, 12].Select(letters => new string(letters))).Sample(
            (text, part) => Assert.Equal(
                text.Contains(part, StringComparison.Ordinal),
                1 == Result(new StringContains(Value(_input), [.. Encoding.UTF8.GetBytes(part)], None), text)),
            iter: 60, threads: 1);

    [Fact]
    public void The_name_of_the_command_is_read()
    {
        string name = File.ReadAllText("/proc/thread-self/comm").TrimEnd('\n');
        ProbeMap names = Map("@names", IntegerType.Int64, new StringType(16));
        using KernelRun run = new(Program([names], At(
            Once, new If(Operation(BinaryOperator.Equal, new CompareStrings(CommandName, Text(name), 16, None), Number(0)), Body(
                new AssignMap(names, [CommandName], Number(1), None)), null, None))));
        run.Run();
        Assert.Equal(name, Encoding.UTF8.GetString(Assert.Single(run.Read(names).Rows).Key).TrimEnd('\0'));
    }

    [Fact]
    public void Strings_are_read_from_this_process_up_to_their_limit()
    {
        byte[] text = GC.AllocateArray<byte>(64, pinned: true);
        Encoding.UTF8.GetBytes("a text of the test").CopyTo(text, 0);
        long address;
        unsafe
        {
            fixed (byte* bytes = text)
            {
                address = (long)bytes;
            }
        }

        ProbeMap read = Map("@read", IntegerType.Int64, IntegerType.Int64, new StringType(32));
        ProbeMap limit = Map("@limit", IntegerType.Int64);
        using KernelRun run = new(Program([read, limit, _result], At(
            Once,
            new AssignMap(read, [Number(1), Read(null)], Number(1), None),
            new AssignMap(read, [Number(2), Read(Number(7))], Number(1), None),
            new AssignMap(read, [Number(3), Read(Value(limit))], Number(1), None),
            new AssignMap(read, [Number(4), Read(Operation(BinaryOperator.Multiply, Value(limit), Number(-1)))], Number(1), None),
            new AssignMap(read, [Number(5), new ReadString(Number(8), AddressSpace.User, null, new(32), None)], Number(1), None))));
        run.Write(limit, 3);
        run.Run();
        GC.KeepAlive(text);
        Assert.Equal(
            ["a text of the test", "a text", "a ", "a text of the test", ""],
            run.Read(read).Rows.OrderBy(row => row.Key[0]).Select(row => Encoding.UTF8.GetString(row.Key.AsSpan(8)).TrimEnd('\0')));

        ReadString Read(Expression? most) => new(Number(address), AddressSpace.User, most, new(32), None);
    }

    private static bool IsEqual(string first, string second, int count) =>
        first[..Math.Min(count, first.Length)] == second[..Math.Min(count, second.Length)];

    private static long Result(Expression expression, string text, string other = "")
    {
        using KernelRun run = new(Program([_input, _other, _result], At(Once, new AssignMap(_result, [], expression, None))));
        Write(run, _input, text);
        Write(run, _other, other);
        run.Run();
        return run.ReadNumber(_result);
    }

    private static void Write(KernelRun run, ProbeMap map, string text)
    {
        byte[] value = new byte[map.ValueType.Size + 8];
        _ = Encoding.UTF8.GetBytes(text, value);
        Assert.True(run.Map(map).TryUpdate(BitConverter.GetBytes(0), value));
    }
}
