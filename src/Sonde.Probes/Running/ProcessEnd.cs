using System.Diagnostics;

namespace Sonde.Probes.Running;

/// <summary>Tells when a process ends.</summary>
internal static class ProcessEnd
{
    /// <summary>Calls back when the process has ended, at once when there is none, until the answer is disposed.</summary>
    internal static IDisposable Watch(int processId, Action ended)
    {
        Process process;
        try
        {
            process = Process.GetProcessById(processId);
        }
        catch (ArgumentException)
        {
            ended();
            return new Process();
        }

        process.Exited += (_, _) => ended();
        process.EnableRaisingEvents = true;
        if (process.HasExited)
        {
            ended();
        }

        return process;
    }
}
