using Sonde.Bpf.Symbols;
using Xunit;

namespace Sonde.Bpf.Tests.Symbols;

public sealed class KernelSymbolsTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void An_address_leads_to_the_symbol_before_it_modules_included()
    {
        File.WriteAllText(_path, "ffffffff81000000 T start\nffffffff81000010 t inner\nffffffff82000000 D counted\nffffffffc0000000 t helper\t[sample]\n");
        KernelSymbols symbols = KernelSymbols.Read(_path);
        Assert.Equal(4, symbols.Count);
        Assert.False(symbols.AreAddressesHidden);
        Assert.True(symbols.TryFind(0xffffffff8100001f, out KernelSymbol inner));
        Assert.Equal(new("inner", 0xffffffff81000010, "", true), inner);
        Assert.True(symbols.TryFind(0xffffffffc0000004, out KernelSymbol helper));
        Assert.Equal(new("helper", 0xffffffffc0000000, "sample", true), helper);
        Assert.False(symbols.TryFind(0x1000, out _));
        Assert.Equal(0xffffffff82000000, KernelSymbols.FindAddress("counted", _path));
        Assert.Null(KernelSymbols.FindAddress("count", _path));
    }

    [Fact]
    public void Addresses_that_the_kernel_hides_lead_nowhere()
    {
        File.WriteAllText(_path, "0000000000000000 T start\n0000000000000000 t inner\n");
        KernelSymbols symbols = KernelSymbols.Read(_path);
        Assert.True(symbols.AreAddressesHidden);
        Assert.False(symbols.TryFind(0x1000, out _));
        Assert.Null(KernelSymbols.FindAddress("inner", _path));
    }

    [Fact]
    public void The_running_kernels_symbols_are_all_read_in_order()
    {
        KernelSymbols symbols = KernelSymbols.Read();
        int lines = File.ReadLines(KernelSymbols.Path).Count();
        // BPF programs come and go meanwhile.
        Assert.InRange(symbols.Count, lines - 100, lines + 100);
        Assert.Contains(symbols.All, symbol => symbol is { Name: "tcp_sendmsg", IsFunction: true, Module: "" });
        ulong address = KernelSymbols.FindAddress("tcp_sendmsg")!.Value;
        Assert.True(symbols.TryFind(address + 1, out KernelSymbol found));
        Assert.Equal("tcp_sendmsg", found.Name);
    }
}
