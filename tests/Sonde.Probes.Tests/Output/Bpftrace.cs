using System.Diagnostics;

namespace Sonde.Probes.Tests.Output;

/// <summary>The real bpftrace.</summary>
internal static class Bpftrace
{
    /// <summary>What a program writes to standard output.</summary>
    public static string Run(string program, params string[] options)
    {
        var start = new ProcessStartInfo("bpftrace", [.. options, "-e", program])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = System.Text.Encoding.Latin1,
        };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(30)), "bpftrace does not end");
        Assert.True(process.ExitCode == 0, errors.Result);
        return output;
    }
}
