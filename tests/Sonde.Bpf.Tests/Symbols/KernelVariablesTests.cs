using System.Buffers.Binary;
using System.Globalization;
using Sonde.Bpf.Symbols;
using Xunit;

namespace Sonde.Bpf.Tests.Symbols;

public sealed class KernelVariablesTests
{
    /// <summary>What lies there is the load average, in 1/2048, as <c>/proc/loadavg</c> rounds it.</summary>
    [Fact]
    public void The_load_averages_lie_where_the_kernels_code_looks_for_them()
    {
        ulong address = Assert.NotNull(KernelSymbols.FindAddress("avenrun") ?? KernelVariables.FindAddress("avenrun"));
        using KernelMemory memory = new();
        byte[] bytes = new byte[24];
        string expected, read;
        DateTime deadline = DateTime.UtcNow.AddSeconds(10);
        do
        {
            // They change every five seconds, perhaps between the two readings.
            memory.Read(address, bytes);
            expected = File.ReadAllText("/proc/loadavg");
            read = string.Join(' ', Enumerable.Range(0, 3).Select(index => Format(BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(index * 8)))));
        }
        while (!expected.StartsWith(read, StringComparison.Ordinal) && DateTime.UtcNow < deadline);

        Assert.StartsWith(read, expected, StringComparison.Ordinal);
        Assert.Null(KernelVariables.FindAddress("jiffies_of_nobody"));
    }

    [Theory]
    [InlineData("48 89 f0 90 48 8b 05 f9 0f 00 00 48 01 f0", 0x1000, 0x2004)]
    [InlineData("48 03 35 f9 ff ff ff 90", 0x1000, 0x1000)]
    [InlineData("48 8b 04 25 00 10 00 82 c3", 0x1000, 0xffffffff82001000)]
    [InlineData("48 89 07 c3 90 90 90 90 90 90", 0x1000, 0)]
    public void Operands_of_x64_are_found(string code, ulong start, ulong address) => Assert.Equal(address == 0 ? null : address, KernelVariables.FirstOperandX64(Bytes(code), start));

    /// <summary>adrp x3, +2 pages; add x3, x3, #0x9c0. adrp x3, -1 page; nop; ldr x4, [x3, #16].</summary>
    [Theory]
    [InlineData("03 00 00 d0 63 00 27 91", 0x10008, 0x129c0)]
    [InlineData("e3 ff ff f0 1f 20 03 d5 64 08 40 f9", 0x10008, 0xf010)]
    [InlineData("1f 20 03 d5 1f 20 03 d5", 0x10008, 0)]
    public void Operands_of_arm64_are_found(string code, ulong start, ulong address) => Assert.Equal(address == 0 ? null : address, KernelVariables.FirstOperandArm64(Bytes(code), start));

    // fs/proc/loadavg.c rounds by half of a hundredth.
    private static string Format(ulong value) => string.Create(CultureInfo.InvariantCulture, $"{value + 10 >> 11}.{((value + 10 & 2047) * 100) >> 11:00}");

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
}
