using System.Diagnostics;
using Sonde.Telemetry.Processes;

namespace Sonde.Discovery.Tests.RealProcesses;

/// <summary>A process that a test started, and that ends with it.</summary>
internal sealed class RunningProgram : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly Process _process;

    private RunningProgram(Process process) => _process = process;

    public static string? Locate(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Prepend("/usr/sbin").Prepend("/usr/bin")
        .Select(folder => Path.Combine(folder, program))
        .FirstOrDefault(File.Exists);

    /// <summary>The program's path; the test is skipped, visibly, where it isn't installed.</summary>
    public static string Require(string program)
    {
        var path = Locate(program);
        Assert.SkipWhen(path is null, $"{program} is not installed");
        return path;
    }

    /// <summary>Starts a program that waits on its standard input.</summary>
    public static RunningProgram Start(string program, string folder, string[] arguments, params (string Name, string Value)[] environment) =>
        new(Process.Start(Info(program, folder, arguments, environment))!);

    /// <summary>Runs a program to its end.</summary>
    public static async Task RunAsync(string program, string folder, string[] arguments, params (string Name, string Value)[] environment)
    {
        using var process = Process.Start(Info(program, folder, arguments, environment))!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {await output}{await errors}");
    }

    /// <summary>Asks new catalogs for the process until one gives the name, or time is up: what was started may first be on its way there.</summary>
    public Task<ObservedProcess> FindAsync(Func<ObservedProcess, bool> isExpected) => FindAsync((uint)_process.Id, isExpected);

    public static async Task<ObservedProcess> FindAsync(uint pid, Func<ObservedProcess, bool> isExpected)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var process = new ProcessCatalog(new DiscoverySettings()).Find(pid);
            if (isExpected(process) || Stopwatch.GetElapsedTime(started) > Deadline)
            {
                return process;
            }

            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    public async Task<uint> FindChildAsync(Func<ObservedProcess, bool> isExpected)
    {
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < Deadline)
        {
            var children = await File.ReadAllTextAsync($"/proc/{_process.Id}/task/{_process.Id}/children", TestContext.Current.CancellationToken);
            foreach (var child in children.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                var pid = uint.Parse(child, null);
                if (isExpected(new ProcessCatalog(new DiscoverySettings()).Find(pid)))
                {
                    return pid;
                }
            }

            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        throw new TimeoutException("No such child.");
    }

    /// <summary>Lets a program go on that waits for a line.</summary>
    public void WriteLine()
    {
        _process.StandardInput.WriteLine();
        _process.StandardInput.Flush();
    }

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }

    private static ProcessStartInfo Info(string program, string folder, string[] arguments, (string Name, string Value)[] environment)
    {
        var info = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            info.Environment[name] = value;
        }

        return info;
    }
}
