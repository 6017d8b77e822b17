using CsCheck;
using Sonde.Bpf;
using Sonde.Probes.Attach;
using Sonde.Probes.Model;
using Sonde.Probes.Tests.Code;

namespace Sonde.Probes.Tests.Binding;

/// <summary>What the compiler accepts, the verifier accepts.</summary>
public sealed class AcceptedProgramTests
{
    private static readonly string[] _points =
    [
        "BEGIN", "END", "interval:s:1", "profile:hz:99", "tracepoint:sched:sched_switch", "tracepoint:sched:sched_process_exec", "tracepoint:syscalls:sys_enter_openat",
        "tracepoint:syscalls:sys_exit_openat", "tracepoint:syscalls:sys_enter_execve", "tracepoint:raw_syscalls:sys_enter", "tracepoint:syscalls:sys_enter_nanosleep",
        "kprobe:vfs_read", "kretprobe:vfs_read", "uprobe:/bin/bash:readline", "rawtracepoint:sched_switch",
    ];

    [Fact]
    public void Random_programs_are_loaded() => LoadAll(RandomPrograms.At(_points), iterations: 3000, least: 20);

    [Fact]
    public void Random_programs_with_the_right_types_are_loaded() => LoadAll(MeaningfulPrograms.At(_points), iterations: 150, least: 100);

    [Theory]
    [MemberData(nameof(Tools))]
    public void Tools_are_loaded(string path)
    {
        using MachineAttachPoints points = new();
        if (TryBind(File.ReadAllText(path), points) is { } program)
        {
            Load(program, path);
        }
    }

    public static TheoryData<string> Tools => Syntax.ToolsTests.Tools;

    private static void LoadAll(Gen<string> programs, int iterations, int least)
    {
        using MachineAttachPoints points = new();
        int loaded = 0;
        programs.Sample(
            text =>
            {
                if (TryBind(text, points) is { } program)
                {
                    Load(program, text);
                    loaded++;
                }
            },
            iter: iterations, threads: 1);
        Assert.True(loaded >= least, $"Only {loaded} programs meant something.");
    }

    private static ProbeProgram? TryBind(string text, MachineAttachPoints points)
    {
        try
        {
            return new ProbeSource(text, "random").Bind(points, new ProbeOptions { Arguments = ["12", "text"] });
        }
        catch (ProbeException)
        {
            return null;
        }
    }

    private static void Load(ProbeProgram program, string text)
    {
        try
        {
            using KernelRun run = new(program);
            run.Load();
        }
        catch (ProbeException)
        {
            // The code generator has its own limits, and says so.
        }
        catch (BpfException refused)
        {
            Assert.Fail($"{refused.Message}\n{text}\n{string.Join("\n", (refused as BpfLoadException)?.LastLines ?? [])}");
        }
    }
}
