using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Sonde.EndToEnd.Tests.Harness;

/// <summary>A process that the tests started, and that ends when they do, however they end.</summary>
internal sealed partial class ChildProcess : IAsyncDisposable
{
    public const int Interrupt = 2;
    public const int Kill = 9;
    public const int Terminate = 15;

    private static readonly TimeSpan PatienceOnStop = TimeSpan.FromSeconds(10);
    private static readonly BlockingCollection<Action> Launches = [];
    private readonly Process _process;
    private readonly StringBuilder _errors = new();

    // The kernel ends a child (PR_SET_PDEATHSIG) when the thread that started it ends: so one thread starts all, and stays.
    static ChildProcess() => new Thread(() =>
    {
        foreach (Action launch in Launches.GetConsumingEnumerable())
        {
            launch();
        }
    })
    { IsBackground = true, Name = "launcher" }.Start();

    private ChildProcess(Process process) => _process = process;

    /// <summary>The standard output's lines; set before anything is written, or lines are missed.</summary>
    public event Action<string>? Output;

    /// <summary>The standard error's lines.</summary>
    public event Action<string>? Error;

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>All that was written to the standard error.</summary>
    public string Errors
    {
        get
        {
            lock (_errors)
            {
                return _errors.ToString();
            }
        }
    }

    /// <summary>Starts a program; an empty value in the environment removes the variable.</summary>
    public static ChildProcess Start(
        string program, IEnumerable<string> arguments, IEnumerable<KeyValuePair<string, string>>? environment = null, Action<ChildProcess>? listen = null)
    {
        ProcessStartInfo start = new("setpriv", ["--pdeathsig", "TERM", "--", program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach ((string name, string value) in environment ?? [])
        {
            start.Environment[name] = value;
        }

        ChildProcess child = new(new Process { StartInfo = start });
        listen?.Invoke(child);
        child.Launch();
        return child;
    }

    public void Signal(int signal)
    {
        if (!_process.HasExited)
        {
            _ = SendSignal(_process.Id, signal);
        }
    }

    /// <summary>Waits until the process has ended and its output was read.</summary>
    public async Task WaitForExitAsync(TimeSpan deadline)
    {
        using CancellationTokenSource timeout = new(deadline);
        try
        {
            await _process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{_process.StartInfo.ArgumentList[3]} has not ended within {deadline.TotalSeconds} s. {Errors}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        Signal(Terminate);
        try
        {
            await WaitForExitAsync(PatienceOnStop);
        }
        catch (TimeoutException)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private void Launch()
    {
        _process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is not null)
            {
                Output?.Invoke(line.Data);
            }
        };
        _process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is null)
            {
                return;
            }

            lock (_errors)
            {
                _errors.AppendLine(line.Data);
            }

            Error?.Invoke(line.Data);
        };

        TaskCompletionSource started = new();
        Launches.Add(() =>
        {
            try
            {
                _process.Start();
                started.SetResult();
            }
            catch (Exception e) when (e is System.ComponentModel.Win32Exception or IOException)
            {
                started.SetException(e);
            }
        });
        started.Task.GetAwaiter().GetResult();
        _process.StandardInput.Close();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int process, int signal);
}
