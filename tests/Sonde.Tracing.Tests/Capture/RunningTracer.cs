using System.Diagnostics;
using System.Globalization;
using System.Text;
using Sonde.Telemetry.Attributes;
using Sonde.Telemetry.Spans;
using Sonde.Tracing.Protocols;
using Sonde.Tracing.Requests;
using Sonde.Tracing.Tests.Connections;

namespace Sonde.Tracing.Tests.Capture;

/// <summary>The tracer on this machine's kernel, and the programs whose requests it is to see.</summary>
/// <remarks>It sees all of the machine: only the spans of its own programs are kept, whose paths begin with <see cref="Prefix"/>.</remarks>
internal sealed class RunningTracer : IRequestSink, IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);

    private readonly CancellationTokenSource _stop = new();
    private readonly SpanList _spans = new();
    private readonly List<Program> _programs = [];
    private readonly Thread _thread;
    private readonly byte[] _prefix;

    /// <param name="prefix">That of programs that were started before.</param>
    /// <param name="protocols">What it reads; HTTP by default.</param>
    public RunningTracer(string? prefix = null, IReadOnlyList<IProtocol>? protocols = null)
    {
        SkipWithoutRights();
        Prefix = prefix ?? Program.NewPrefix();
        _prefix = Encoding.UTF8.GetBytes(Prefix);

        // Room for whatever else happens on the machine.
        Tracer = new Tracer(
            new TracingSettings { RingBytes = 64 << 20 }, new FakeProcesses(), this, protocols ?? [.. ProtocolCatalog.All.Where(each => each.Name == "http")]);
        _thread = new Thread(() => Tracer.Run(_stop.Token)) { Name = "tracer" };
        _thread.Start();
    }

    public Tracer Tracer { get; }

    public TracerFigures Figures => Tracer.Figures;

    public static void SkipWithoutRights() => Assert.SkipUnless(Environment.IsPrivilegedProcess, "Tracing needs root.");

    /// <summary>What the paths of its programs' requests begin with.</summary>
    public string Prefix { get; }

    /// <summary>Starts a Python script of this folder.</summary>
    public Program Start(string script, string situation, params int[] numbers)
    {
        var program = new Program(script, situation, Prefix, numbers);
        _programs.Add(program);
        return program;
    }

    /// <summary>Waits until there are so many spans of a kind.</summary>
    /// <returns>Those that there are by then.</returns>
    public FinishedSpan[] Await(SpanKind kind, int count)
    {
        long begin = Stopwatch.GetTimestamp();
        while (true)
        {
            lock (_spans)
            {
                FinishedSpan[] spans = [.. _spans.Spans.Where(span => span.Kind == kind)];
                if (spans.Length >= count || Stopwatch.GetElapsedTime(begin) > s_patience)
                {
                    return spans;
                }
            }

            Thread.Sleep(50);
        }
    }

    void IRequestSink.Finished(SpanData span)
    {
        if (!span.TryGet(SemanticAttributes.UrlPath, out SpanAttribute path) && !span.TryGet(SemanticAttributes.UrlFull, out path)
            || span.Text(path).IndexOf(_prefix) < 0)
        {
            return;
        }

        lock (_spans)
        {
            ((IRequestSink)_spans).Finished(span);
        }
    }

    public void Dispose()
    {
        _programs.ForEach(program => program.Dispose());
        _stop.Cancel();
        _thread.Join();
        Tracer.Dispose();
        _stop.Dispose();
    }
}

/// <summary>A Python script of this folder.</summary>
internal sealed class Program : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sonde-tracing-");
    private readonly Process _process;

    public Program(string script, string situation, string prefix, params int[] numbers)
    {
        var start = new ProcessStartInfo("python3")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in (string[])[Path.Combine(AppContext.BaseDirectory, "Capture", script), situation, _folder.FullName, prefix])
        {
            start.ArgumentList.Add(argument);
        }

        foreach (int number in numbers)
        {
            start.ArgumentList.Add(number.ToString(CultureInfo.InvariantCulture));
        }

        _process = Process.Start(start)!;
        Port = int.Parse(_process.StandardOutput.ReadLine() ?? _process.StandardError.ReadToEnd(), CultureInfo.InvariantCulture);
    }

    /// <summary>The server's port; 0 for a Unix socket.</summary>
    public int Port { get; }

    public static string NewPrefix() => $"/{Guid.NewGuid():N}";

    /// <summary>Waits for the program to say that its connections stand.</summary>
    public void AwaitStanding() => Assert.Equal("stand", _process.StandardOutput.ReadLine());

    /// <summary>What it prints before it ends.</summary>
    public IReadOnlyList<string> AwaitLines()
    {
        List<string> lines = [];
        while (_process.StandardOutput.ReadLine() is { } line)
        {
            lines.Add(line);
        }

        AwaitEnd();
        return lines;
    }

    public void GoOn() => _process.StandardInput.WriteLine();

    public void AwaitEnd()
    {
        Assert.True(_process.WaitForExit(TimeSpan.FromSeconds(60)), "the program does not end");
        Assert.Equal("", _process.StandardError.ReadToEnd());
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
        _folder.Delete(recursive: true);
    }
}
