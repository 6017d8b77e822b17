using System.Runtime.InteropServices;
using CsCheck;
using Microsoft.Win32.SafeHandles;
using Sonde.Bpf.Elf;
using Xunit;

namespace Sonde.Bpf.Tests.Elf;

public sealed class ElfFileTests
{
    [Fact]
    public void A_symbols_place_in_the_file_holds_the_bytes_that_run()
    {
        using SafeFileHandle handle = File.OpenHandle(CompiledLibrary.Path);
        ElfFile file = new(handle);
        Assert.True(file.IsElf);
        ElfSymbols symbols = ElfSymbols.Of(file);
        Assert.True(symbols.TryFind("twice", out ElfSymbol twice));
        Assert.True(twice.IsFunction);
        Assert.True(file.TryGetOffset(twice.Address, out long offset));
        byte[] stored = new byte[twice.Size], running = new byte[twice.Size];
        Assert.Equal(stored.Length, RandomAccess.Read(handle, stored, offset));
        Marshal.Copy(CompiledLibrary.AddressOf("twice"), running, 0, running.Length);
        Assert.Equal(running, stored);
        Assert.True(file.TryGetAddress(offset, out ulong address));
        Assert.Equal(twice.Address, address);
    }

    [Fact]
    public void Hidden_functions_and_variables_are_found_and_addresses_lead_back_to_functions()
    {
        using SafeFileHandle handle = File.OpenHandle(CompiledLibrary.Path);
        ElfSymbols symbols = ElfSymbols.Of(new(handle));
        Assert.True(symbols.TryFind("counted", out ElfSymbol counted));
        Assert.False(counted.IsFunction);
        Assert.Equal(4u, counted.Size);
        Assert.True(symbols.TryFind("hidden_sum", out ElfSymbol hidden));
        Assert.True(symbols.TryFindFunction(hidden.Address + hidden.Size - 1, out ElfSymbol found));
        Assert.Equal("hidden_sum", found.Name);
        Assert.False(symbols.TryFindFunction(counted.Address, out _));
        Assert.False(symbols.TryFind("hidden", out _));
    }

    [Fact]
    public void Static_probes_are_read_with_place_semaphore_and_arguments()
    {
        using SafeFileHandle handle = File.OpenHandle(CompiledLibrary.Path);
        ElfFile file = new(handle);
        UsdtNote note = Assert.Single(UsdtNote.Of(file));
        Assert.Equal(("sample", "doubled", "-4@$5 8@-16(%rbp)"), (note.Provider, note.Name, note.Arguments));
        byte[] nop = new byte[1];
        RandomAccess.Read(handle, nop, note.Offset);
        Assert.Equal(0x90, nop[0]);
        ElfSymbols symbols = ElfSymbols.Of(file);
        Assert.True(symbols.TryFind("probe_semaphore", out ElfSymbol semaphore));
        Assert.True(file.TryGetOffset(semaphore.Address, out long offset));
        Assert.Equal(offset, note.SemaphoreOffset);
    }

    [Fact]
    public void Other_files_are_no_elf_files_and_damaged_ones_have_what_can_be_read()
    {
        Assert.False(new ElfFile("#!/bin/sh\n"u8.ToArray()).IsElf);
        byte[] whole = File.ReadAllBytes(CompiledLibrary.Path);
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Int[0, whole.Length - 1], Gen.Byte).Sample((length, place, value) =>
        {
            byte[] damaged = whole[..length];
            if (place < length)
            {
                damaged[place] = value;
            }

            ElfFile file = new(damaged);
            foreach (ElfSymbol symbol in ElfSymbols.Of(file).All)
            {
                Assert.NotEmpty(symbol.Name);
            }

            Assert.InRange(UsdtNote.Of(file).Count, 0, 1);
        });
    }
}
