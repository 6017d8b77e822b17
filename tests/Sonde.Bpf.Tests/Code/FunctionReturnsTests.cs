using System.Diagnostics;
using System.Globalization;
using CsCheck;
using Microsoft.Win32.SafeHandles;
using Sonde.Bpf.Code;
using Sonde.Bpf.Elf;
using Xunit;

namespace Sonde.Bpf.Tests.Code;

/// <summary>Where instructions end, as binutils says it.</summary>
public sealed class FunctionReturnsTests
{
    private const double LeastKnown = 0.999;

    /// <summary>What compilers of C and Go wrote, and people in assembly.</summary>
    [Theory]
    [InlineData("/bin/bash")]
    [InlineData("/usr/lib/go/bin/gofmt")]
    public void Each_instructions_length_is_the_disassemblers_or_unknown(string path)
    {
        Assert.SkipUnless(File.Exists(path), $"There is no {path}.");
        using SafeFileHandle file = File.OpenHandle(path);
        ElfFile elf = new(file);
        Assert.SkipUnless(elf.Machine == ElfMachine.X64, "Other processors' instructions are all of one length.");
        byte[] whole = File.ReadAllBytes(path);
        int known = 0, all = 0;
        foreach ((long address, int length, bool isReturn) in Disassemble(path).Take(400_000))
        {
            Assert.True(elf.TryGetOffset((ulong)address, out long offset));
            int found = X64Instruction.Length(whole.AsSpan((int)offset, Math.Min(16, whole.Length - (int)offset)), out bool returns);
            Assert.True(found == 0 || (found, returns) == (length, isReturn), $"{path} {address:x}: {found} {returns}, not {length} {isReturn}");
            known += found == 0 ? 0 : 1;
            all++;
        }

        Assert.InRange(known, (int)(all * LeastKnown), all);
    }

    [Fact]
    public void A_function_with_an_unknown_instruction_has_no_known_returns()
    {
        Assert.Equal([1], FunctionReturns.Find(ElfMachine.X64, [0x90, 0xC3]));
        // 06 was push %es.
        Assert.Null(FunctionReturns.Find(ElfMachine.X64, [0x90, 0x06, 0xC3]));
        Assert.Null(FunctionReturns.Find(ElfMachine.X64, [0xC3, 0xE8, 0x00]));
        Assert.Equal([4], FunctionReturns.Find(ElfMachine.Arm64, [0x1F, 0x20, 0x03, 0xD5, 0xC0, 0x03, 0x5F, 0xD6]));
    }

    [Fact]
    public void A_return_inside_of_another_instruction_is_none() =>
        // mov $0xc3c3c3c3,%eax; ret
        Assert.Equal([5], FunctionReturns.Find(ElfMachine.X64, [0xB8, 0xC3, 0xC3, 0xC3, 0xC3, 0xC3]));

    [Fact]
    public void Any_bytes_are_walked() => Gen.Byte.Array[0, 64].Sample(code =>
    {
        IReadOnlyList<int>? returns = FunctionReturns.Find(ElfMachine.X64, code);
        Assert.All(returns ?? [], at => Assert.InRange(at, 0, code.Length - 1));
    });

    /// <summary>The instructions that objdump finds, without those before a place that it could not read.</summary>
    private static IEnumerable<(long Address, int Length, bool IsReturn)> Disassemble(string path)
    {
        using Process objdump = Process.Start(new ProcessStartInfo("objdump", ["-d", "-j", ".text", "-w", "--no-show-raw-insn", path]) { RedirectStandardOutput = true })!;
        (long Address, string Text)? last = null;
        while (objdump.StandardOutput.ReadLine() is { } line)
        {
            int colon = line.IndexOf(":\t", StringComparison.Ordinal);
            if (colon < 0 || !long.TryParse(line.AsSpan(0, colon).Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long address))
            {
                last = null;
                continue;
            }

            if (last is { } before && !before.Text.Contains("(bad)", StringComparison.Ordinal) && !before.Text.StartsWith('.'))
            {
                string[] words = before.Text.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
                yield return (before.Address, (int)(address - before.Address), words.Any(word => word is "ret" or "retq"));
            }

            last = (address, line[(colon + 2)..]);
        }

        objdump.Kill();
    }
}
