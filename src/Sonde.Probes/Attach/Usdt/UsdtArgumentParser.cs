using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;
using Sonde.Bpf.Elf;
using Sonde.Probes.Attach.Registers;
using Sonde.Probes.Model;

namespace Sonde.Probes.Attach.Usdt;

/// <summary>
/// Reads where a static probe's arguments are, as the assembler of the architecture spells operands: <c>-4@%eax 8@-16(%rbp)</c> on
/// x86-64, <c>-4@w0 8@[sp, 16]</c> on arm64.
/// </summary>
internal sealed partial class UsdtArgumentParser(ElfMachine machine, RegisterTable registers, Func<string, long?> distanceTo)
{
    /// <summary>All arguments of a note.</summary>
    /// <param name="machine">The file's architecture.</param>
    /// <param name="arguments">The note's text.</param>
    /// <param name="distanceTo">How far a symbol of the file lies from the probe's place, in bytes; null when there is none.</param>
    internal static IReadOnlyList<UsdtArgument> Parse(ElfMachine machine, string arguments, Func<string, long?> distanceTo)
    {
        if (RegisterTable.Of(machine) is not { } registers)
        {
            return [];
        }

        UsdtArgumentParser parser = new(machine, registers, distanceTo);
        return [.. Operands.Matches(arguments).Select(match => parser.ParseOperand(match))];
    }

    private UsdtArgument ParseOperand(Match match)
    {
        string text = match.Groups["operand"].Value;
        int size = match.Groups["size"].Success && int.TryParse(match.Groups["size"].ValueSpan, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int given) ? given : 8;
        if (size is not (1 or 2 or 4 or 8 or -1 or -2 or -4 or -8) || match.Groups["float"].Success)
        {
            return new UsdtUnreadable(match.Value);
        }

        IntegerType type = new(Math.Abs(size), size < 0);
        return (machine == ElfMachine.Arm64 ? ParseArm64(text, type) : ParseX64(text, type)) ?? new UsdtUnreadable(match.Value);
    }

    private UsdtArgument? ParseX64(string text, IntegerType type)
    {
        if (text.StartsWith('$') && TryNumber(text.AsSpan(1), out long constant))
        {
            return new UsdtConstant(type, constant);
        }

        if (text.StartsWith('%') && text.IndexOf('(') < 0)
        {
            return TryRegister(text[1..], out string? name) ? new UsdtRegister(type, name) : null;
        }

        Match memory = X64Memory.Match(text);
        if (!memory.Success)
        {
            return null;
        }

        string? baseName = null, indexName = null;
        if ((memory.Groups["base"].Success && !TryRegister(memory.Groups["base"].Value, out baseName))
            || (memory.Groups["index"].Success && !TryRegister(memory.Groups["index"].Value, out indexName)))
        {
            return null;
        }

        long offset = 0;
        if (memory.Groups["symbol"].Success)
        {
            // Counts from the instruction pointer, and that is the probe's place.
            if (baseName != registers.InstructionPointer || distanceTo(memory.Groups["symbol"].Value) is not { } distance)
            {
                return null;
            }

            offset = distance;
        }

        foreach (Capture number in memory.Groups["offset"].Captures)
        {
            offset += TryNumber(number.ValueSpan, out long part) ? part : long.MaxValue / 4;
        }

        if (offset != (int)offset)
        {
            return null;
        }

        int scale = memory.Groups["scale"].Success ? int.Parse(memory.Groups["scale"].ValueSpan, CultureInfo.InvariantCulture) : 1;
        return new UsdtMemory(type, baseName, indexName, scale, (int)offset);
    }

    private UsdtArgument? ParseArm64(string text, IntegerType type)
    {
        if (TryNumber(text.AsSpan().TrimStart('#'), out long constant))
        {
            return new UsdtConstant(type, constant);
        }

        if (TryRegister(text, out string? name))
        {
            return new UsdtRegister(type, name);
        }

        Match memory = Arm64Memory.Match(text);
        if (!memory.Success || !TryRegister(memory.Groups["base"].Value, out string? baseName))
        {
            return null;
        }

        string rest = memory.Groups["rest"].Value.TrimStart('#');
        return rest.Length == 0 ? new UsdtMemory(type, baseName, null, 1, 0)
            : TryNumber(rest, out long offset) && offset == (int)offset ? new UsdtMemory(type, baseName, null, 1, (int)offset)
            : TryRegister(rest, out string? index) ? new UsdtMemory(type, baseName, index, 1, 0)
            : null;
    }

    /// <summary>Answers the saved register that a name of the assembler stands for; its width comes from the size before the <c>@</c>.</summary>
    private bool TryRegister(string name, [NotNullWhen(true)] out string? saved)
    {
        saved = registers.Parts.TryGetValue(name.Trim(), out (string Register, int Width) part) ? part.Register : null;
        return saved is not null;
    }

    private static bool TryNumber(ReadOnlySpan<char> text, out long value)
    {
        bool isNegative = text.StartsWith('-');
        ReadOnlySpan<char> digits = text.TrimStart("+-");
        bool isNumber = digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? long.TryParse(digits[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value)
            : long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out value) || TryUnsigned(digits, out value);
        value = isNegative ? -value : value;
        return isNumber;
    }

    private static bool TryUnsigned(ReadOnlySpan<char> digits, out long value)
    {
        bool isNumber = ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number);
        value = (long)number;
        return isNumber;
    }

    // An operand in brackets has spaces of its own.
    [GeneratedRegex(@"(?:(?<size>-?\d+)(?<float>f)?@)?(?<operand>\[[^\]]*\]|[^\s\[]+)", RegexOptions.CultureInvariant)]
    private static partial Regex Operands { get; }

    [GeneratedRegex(@"^(?<offset>[+-]?(?:0x[0-9a-fA-F]+|\d+))?(?<symbol>[A-Za-z_.][\w.$@]*)?(?<offset>[+-](?:0x[0-9a-fA-F]+|\d+))*\((?:%(?<base>\w+))?\s*(?:,\s*%(?<index>\w+)\s*(?:,\s*(?<scale>[1248]))?)?\)$", RegexOptions.CultureInvariant)]
    private static partial Regex X64Memory { get; }

    [GeneratedRegex(@"^\[\s*(?<base>\w+)\s*(?:,\s*(?<rest>[^\]]*?)\s*)?\]$", RegexOptions.CultureInvariant)]
    private static partial Regex Arm64Memory { get; }
}
