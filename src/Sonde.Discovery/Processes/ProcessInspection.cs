using Sonde.Bpf.Elf;
using Sonde.Discovery.Containers;
using Sonde.Discovery.Instrumentation;
using Sonde.Discovery.Naming;
using Sonde.Discovery.Procfs;
using Sonde.Discovery.Resources;
using Sonde.Discovery.Runtimes;

namespace Sonde.Discovery.Processes;

/// <summary>Finds out about one process: from <c>/proc</c> while it is there, from the note of its start when it is not.</summary>
internal sealed class ProcessInspection(ProcessFilesystem proc, ExecNotes notes, ContainerNames containerNames)
{
    // The read buffer's size: a command line that fills it is cut.
    private const int MaxCommandLine = 64 * 1024;

    /// <summary>What can be found out; whatever may not be read is left unknown.</summary>
    public ProcessFacts Inspect(uint pid) => proc.TryReadStat(pid, out var stat) ? Present(pid, stat) : Gone(pid);

    private ProcessFacts Gone(uint pid) =>
        !notes.TryFind(pid, out var program, out var arguments) ? new ProcessFacts { Pid = pid }
            : new ProcessFacts
            {
                Pid = pid,
                ExecutablePath = program,
                Arguments = arguments,
                Runtime = RuntimeDetection.FromProgramName(ProgramText.WithoutVersion(ProgramText.FileName(program)))
                    ?? (arguments.Length > 0 ? RuntimeDetection.FromProgramName(ProgramText.WithoutVersion(ProgramText.NameIn(arguments[0]))) : null),
                Instrumented = OpenTelemetrySigns.InArguments(arguments),
            };

    private ProcessFacts Present(uint pid, ProcessStat stat)
    {
        if (stat.IsKernelThread)
        {
            return new ProcessFacts { Pid = pid, StartTime = stat.StartTime, KernelName = stat.Name };
        }

        var executable = proc.Link(pid, "exe");
        var commandLine = proc.Read(pid, "cmdline");
        var arguments = ArgumentVector.Parse(commandLine, commandLine.Length == MaxCommandLine);
        if (executable is null && arguments.Length == 0 && notes.TryFind(pid, out var started, out var noted))
        {
            // A zombie: its memory is gone, the note of its start is not.
            (executable, arguments) = (started, noted);
        }

        var group = ControlGroup.Parse(proc.Read(pid, "cgroup"));
        var environment = ProcessEnvironment.Read(proc, pid);
        var mapped = MappedFiles.Read(proc, pid);
        GoBuildInfo? go = null;
        var program = executable is not null ? ProgramText.FileName(executable) : arguments.Length > 0 ? ProgramText.NameIn(arguments[0]) : "";
        var runtime = RuntimeDetection.FromProgramName(ProgramText.WithoutVersion(program));
        runtime ??= mapped.Runtime ?? (executable is null ? null : RuntimeOfExecutable(pid, out go));
        return new ProcessFacts
        {
            Pid = pid,
            StartTime = stat.StartTime,
            KernelName = stat.Name,
            ExecutablePath = executable,
            Arguments = arguments,
            Declared = DeclaredAttributes.From(environment),
            ContainerId = group.ContainerId,
            ContainerName = group.ContainerId is null ? null : containerNames.Find(group.ContainerId),
            Unit = group.Unit,
            Runtime = runtime,
            Go = go,
            Instrumented = !environment.SdkDisabled && (environment.LoadsOpenTelemetry || mapped.OpenTelemetry || OpenTelemetrySigns.InArguments(arguments)),
            Files = FilesOf(pid),
        };
    }

    private LanguageRuntime? RuntimeOfExecutable(uint pid, out GoBuildInfo? go)
    {
        go = null;
        using var file = proc.Open(pid, "exe");
        return file is null ? null : RuntimeDetection.FromExecutable(new ElfFile(file), out go);
    }

    private ApplicationFiles FilesOf(uint pid)
    {
        var folder = proc.Link(pid, "cwd");
        // Within a chroot the kernel shows us the way from our own root.
        var root = proc.Link(pid, "root");
        if (folder is not null && root is { Length: > 1 } && (folder == root || folder.StartsWith(root + "/", StringComparison.Ordinal)))
        {
            folder = folder.Length == root.Length ? "/" : folder[root.Length..];
        }

        return new ApplicationFiles(root is null ? null : proc.PathOf(pid, "root"), folder);
    }
}
