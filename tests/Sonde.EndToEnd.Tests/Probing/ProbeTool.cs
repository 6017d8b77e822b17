using System.Diagnostics;
using System.Globalization;
using Sonde.EndToEnd.Tests.Harness;
using Xunit;

namespace Sonde.EndToEnd.Tests.Probing;

/// <summary><c>sonde probe</c> or bpftrace, running a program; its output goes to files.</summary>
internal sealed class ProbeTool : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan PatienceOnEnd = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan PauseBetweenSignals = TimeSpan.FromSeconds(5);

    private readonly TemporaryFolder _folder = new();
    private readonly ChildProcess _process;

    private ProbeTool(string name, string[] command)
    {
        Name = name;
        // bpftrace looks for tracefs at its usual place, and nothing is mounted there on every machine: it gets a mount of its own.
        const string Script = "[ -e /sys/kernel/tracing/events ] || mount -t tracefs none /sys/kernel/tracing; exec \"$@\" >\"$OUTPUT\" 2>\"$ERRORS\"";
        _process = ChildProcess.Start("unshare", ["-m", "sh", "-c", Script, "sh", .. command], new Dictionary<string, string>
        {
            ["OUTPUT"] = Path.Combine(_folder.Path, "output"),
            ["ERRORS"] = Path.Combine(_folder.Path, "errors"),
        });
    }

    public string Name { get; }

    public int ExitCode => _process.ExitCode;

    public string Output => Read("output");

    public string Errors => string.Join('\n', Read("errors").Split('\n').Where(line => !line.Contains("RLIMIT_MEMLOCK", StringComparison.Ordinal)));

    private bool HasAttached => Output.Contains("Attaching", StringComparison.Ordinal);

    public static ProbeTool Sonde(params string[] arguments) => new("sonde", [Repository.Agent, "probe", .. arguments]);

    public static ProbeTool Bpftrace(params string[] arguments) => new("bpftrace", ["bpftrace", .. arguments]);

    /// <summary>Skips the test where neither can run.</summary>
    public static void Require()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Probes need root.");
        Assert.True(File.Exists(Repository.Agent), $"{Repository.Agent} is missing: ./test publishes it.");
    }

    /// <summary>Waits until the output is as it should be.</summary>
    public async Task UntilAsync(Func<string, bool> hasCome)
    {
        var time = Stopwatch.StartNew();
        while (!hasCome(Output))
        {
            Assert.False(_process.HasExited, $"{Name} has ended: {Errors}{Output}");
            Assert.True(time.Elapsed < Patience, $"{Name} does not get there: {Errors}{Output}");
            await Task.Delay(50);
        }
    }

    /// <summary>Waits until it says that it attaches; when all is attached, no tool says.</summary>
    public Task AttachedAsync() => UntilAsync(_ => HasAttached);

    /// <summary>Has it end. Again and again: a signal that comes while bpftrace attaches is forgotten.</summary>
    /// <returns>What was written to standard output.</returns>
    public async Task<string> InterruptAsync()
    {
        for (var time = Stopwatch.StartNew(); !_process.HasExited && time.Elapsed < PatienceOnEnd;)
        {
            _process.Signal(ChildProcess.Interrupt);
            for (var pause = Stopwatch.StartNew(); !_process.HasExited && pause.Elapsed < PauseBetweenSignals;)
            {
                await Task.Delay(20);
            }
        }

        return await EndAsync();
    }

    /// <summary>Waits for the end.</summary>
    /// <returns>What was written to standard output.</returns>
    public async Task<string> EndAsync()
    {
        try
        {
            await _process.WaitForExitAsync(PatienceOnEnd);
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"{this} {late.Message}", late);
        }

        return Output;
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _folder.Dispose();
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name} {(_process.HasExited ? ExitCode : null)}: {Errors}{Output}");

    private string Read(string name)
    {
        string path = Path.Combine(_folder.Path, name);
        return File.Exists(path) ? File.ReadAllText(path, System.Text.Encoding.Latin1) : "";
    }
}
