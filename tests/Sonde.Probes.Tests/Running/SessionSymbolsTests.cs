using System.Runtime.InteropServices;
using Sonde.Bpf.Symbols;
using Sonde.Probes.Code;
using Sonde.Probes.Model;
using Sonde.Probes.Output;
using Sonde.Probes.Running;

namespace Sonde.Probes.Tests.Running;

public sealed class SessionSymbolsTests
{
    private static CompiledUnit Unit => new HandWritten().Counting(ProgramKind.RawTracepoint, 1, new RawTracepointTarget("sys_enter", "sys_enter", 0)).Build();

    [Fact]
    public void An_address_of_a_process_is_its_function_and_its_file()
    {
        string path = SampleLibrary.Copy();
        ulong address = (ulong)NativeLibrary.GetExport(NativeLibrary.Load(path), "sonde_sample");
        using ProbeSession session = ProbeSession.Load(Unit);
        Assert.Equal(new Symbol("sonde_sample", 2, path), session.Symbols.User(address + 2, Environment.ProcessId));
        Assert.Null(session.Symbols.User(8, Environment.ProcessId));
    }

    [Fact]
    public void Files_that_are_deleted_still_have_names_and_processes_that_are_gone_none()
    {
        string path = SampleLibrary.Copy();
        ulong address = (ulong)NativeLibrary.GetExport(NativeLibrary.Load(path), "sonde_sample");
        File.Delete(path);
        using ProbeSession session = ProbeSession.Load(Unit);
        Assert.Equal(new Symbol("sonde_sample", 0, path), session.Symbols.User(address, Environment.ProcessId));
        using ProbedCommand command = ProbedCommand.Start(["true"]);
        command.Release();
        SpinWait.SpinUntil(() => command.ExitCode is not null);
        Assert.Null(session.Symbols.User(address, command.ProcessId));
    }

    [Fact]
    public void An_address_of_the_kernel_is_its_function()
    {
        KernelSymbol symbol = KernelSymbols.Read().All.First(each => each is { Name: "schedule", IsFunction: true });
        using ProbeSession session = ProbeSession.Load(Unit);
        Assert.Equal(new Symbol("schedule", 3, ""), session.Symbols.Kernel(symbol.Address + 3));
        Assert.Null(session.Symbols.Kernel(1));
    }
}
