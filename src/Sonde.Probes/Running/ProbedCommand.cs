using System.ComponentModel;
using System.Diagnostics;
using System.IO.Pipes;
using Sonde.Probes.Model;

namespace Sonde.Probes.Running;

/// <summary>
/// A command that waits until the probes are attached. A shell waits in its stead for the end of a pipe and then becomes the command, so
/// the process, and its number, is there from the start.
/// </summary>
public sealed class ProbedCommand : IDisposable
{
    private readonly Process _process;
    private readonly AnonymousPipeServerStream _gate;

    private ProbedCommand(Process process, AnonymousPipeServerStream gate)
    {
        _process = process;
        _gate = gate;
    }

    public int ProcessId => _process.Id;

    /// <summary>What it returned, or null while it runs.</summary>
    public int? ExitCode => _process.HasExited ? _process.ExitCode : null;

    /// <summary>Starts a command that waits. It has this process's standard input, output and error.</summary>
    /// <param name="command">The executable, which is looked for in <c>PATH</c>, and its arguments.</param>
    /// <exception cref="ProbeException">There is no such executable.</exception>
    public static ProbedCommand Start(IReadOnlyList<string> command)
    {
        ArgumentOutOfRangeException.ThrowIfZero(command.Count, nameof(command));
        if (!IsExecutable(command[0]))
        {
            throw new ProbeException($"'{command[0]}' cannot be run: there is no such executable.", SourceSpan.None);
        }

        AnonymousPipeServerStream gate = new(PipeDirection.Out, HandleInheritability.None);
        string end = $"/proc/{Environment.ProcessId}/fd/{gate.ClientSafePipeHandle.DangerousGetHandle()}";
        // Reading a byte, not the end: descriptors that other children inherited would keep the pipe open.
        ProcessStartInfo start = new("/bin/sh") { ArgumentList = { "-c", "read -r _ < \"$0\" && exec \"$@\"", end } };
        foreach (string word in command)
        {
            start.ArgumentList.Add(word);
        }

        try
        {
            return new(Process.Start(start)!, gate);
        }
        catch (Win32Exception refused)
        {
            gate.Dispose();
            throw new ProbeException($"'{command[0]}' cannot be run: {refused.Message}.", SourceSpan.None, refused);
        }
    }

    /// <summary>Lets it go.</summary>
    public void Release()
    {
        try
        {
            _gate.Write("\n"u8);
        }
        catch (IOException)
        {
            // It has ended already; whoever waits for that is told.
        }
    }

    /// <summary>Ends it if it still runs.</summary>
    public void Dispose()
    {
        _gate.Dispose();
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended.
        }

        _process.Dispose();
    }

    private static bool IsExecutable(string name) => name.Contains('/')
        ? File.Exists(name)
        : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, name)));
}
