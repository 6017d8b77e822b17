using Xunit;

namespace Sonde.EndToEnd.Tests.Harness;

/// <summary>The published agent, running.</summary>
internal sealed class SondeProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly TemporaryFolder _folder = new();

    private SondeProcess() => Spans = new SpanLog(Output);

    public SpanLog Spans { get; }

    public ChildProcess Process { get; private set; } = null!;

    /// <summary>The file of its standard output.</summary>
    public string Output => Path.Combine(_folder.Path, "spans.json");

    /// <summary>Starts <c>sonde run</c> and waits until it captures.</summary>
    public static async Task<SondeProcess> StartAsync(Dictionary<string, string>? environment = null, params string[] options)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Tracing needs root.");
        Assert.True(File.Exists(Repository.Agent), $"{Repository.Agent} is missing: ./test publishes it.");
        SondeProcess sonde = new();
        sonde.Process = ChildProcess.Start("sh", ["-c", "exec \"$0\" run \"$@\" >\"$OUTPUT\"", Repository.Agent, .. options],
            new Dictionary<string, string>(environment ?? []) { ["OUTPUT"] = sonde.Output }, sonde.Listen);
        Task first = await Task.WhenAny(sonde._ready.Task, sonde.Process.WaitForExitAsync(Patience), Task.Delay(Patience));
        if (first != sonde._ready.Task)
        {
            await sonde.DisposeAsync();
            Assert.Fail($"Sonde did not become ready: {sonde.Process.Errors}");
        }

        return sonde;
    }

    /// <summary>Waits for so many server spans on a port, and makes sure that there are no more.</summary>
    public Task<Span[]> ServedAsync(int port, int count) => ExactlyAsync(span => span.Kind == "server" && span.Port == port && !IsExport(span), count);

    /// <summary>Waits for so many client spans of calls to a port, and makes sure that there are no more.</summary>
    public Task<Span[]> CalledAsync(int port, int count) => ExactlyAsync(span => span.Kind == "client" && span.Port == port && !IsExport(span), count);

    /// <summary>Other agents of the tests export to collectors, whose ports the system may hand out again.</summary>
    private static bool IsExport(Span span) => span.Path is { } path && path.StartsWith("/v1/", StringComparison.Ordinal);

    /// <summary>Waits for so many spans, and makes sure that there are no more.</summary>
    public async Task<Span[]> ExactlyAsync(Func<Span, bool> fits, int count)
    {
        await Spans.WaitForAsync(fits, count, Patience);
        await DrainAsync();
        Span[] found = Spans.Where(fits);
        Assert.True(found.Length == count, $"{found.Length} spans, not {count}:\n{string.Join('\n', found.Take(20))}");
        return found;
    }

    /// <summary>Makes a request of its own and waits for its span: what was to be said of earlier ones has then been said.</summary>
    public async Task DrainAsync()
    {
        using Sentinel sentinel = new();
        await sentinel.CallAsync();
        await Spans.WaitForAsync(span => span.Port == sentinel.Port, 2, Patience);
    }

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        Spans.Dispose();
        _folder.Dispose();
    }

    private void Listen(ChildProcess process) => process.Error += line =>
    {
        if (line.StartsWith("sonde: ready", StringComparison.Ordinal))
        {
            _ready.TrySetResult();
        }
    };
}
