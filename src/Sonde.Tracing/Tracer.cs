using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Sonde.Telemetry.Processes;
using Sonde.Tracing.Abi;
using Sonde.Tracing.Capture;
using Sonde.Tracing.Connections;
using Sonde.Tracing.Protocols;
using Sonde.Tracing.Requests;

namespace Sonde.Tracing;

/// <summary>
/// The request tracer: reads the kernel's records, in order, and makes a span of every request. One thread runs it; the
/// figures may be read from others.
/// </summary>
public sealed class Tracer : IConnectionHost, IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);

    /// <summary>How long a gap in a connection's numbers may be an overtaken call, nanoseconds; after that it is a loss.</summary>
    private const ulong GapPatience = 100_000_000;

    /// <summary>A pass over 10,000 connections takes 2 to 3 ms: at most so often, nanoseconds.</summary>
    private const ulong SweepInterval = 1_000_000_000;

    private readonly TracingSettings _settings;
    private readonly IProcessCatalog _processes;
    private readonly KernelCapture _capture;
    private readonly ConnectionTable _connections;
    private readonly MonotonicClock _clock = new();
    private readonly Bpf.RecordHandler _read;
    private ulong _nextTick;
    private ulong _nextSweep;
    private bool _verdictsWait;

    /// <summary>Loads and attaches the kernel half: from here on requests are captured.</summary>
    /// <param name="settings">What to trace, and how much of it.</param>
    /// <param name="processes">Whose process is this?</param>
    /// <param name="sink">Takes the finished requests.</param>
    /// <exception cref="Bpf.BpfException">The kernel refused; the message says why and what to do.</exception>
    public Tracer(TracingSettings settings, IProcessCatalog processes, IRequestSink sink)
    {
        _settings = settings;
        _processes = processes;
        _read = Read;
        IProtocol[] protocols = [.. ProtocolCatalog.Create(settings.ProtocolSettings).Where(each => settings.Protocols.Contains(each.Name))];
        Parsers = new ParserPool(protocols);
        Requests = new RequestTracker(settings.Sampler, _clock, sink, Counters);
        _connections = new ConnectionTable(settings.MaxConnections);
        _capture = KernelCapture.Start(settings, Parsers);
        Figures = new TracerFigures(Counters, _capture);
    }

    /// <summary>What the tracer says of itself.</summary>
    public TracerFigures Figures { get; }

    internal TracerCounters Counters { get; } = new();

    internal RequestTracker Requests { get; }

    internal ParserPool Parsers { get; }

    RequestTracker IConnectionHost.Requests => Requests;

    TracerCounters IConnectionHost.Counters => Counters;

    IProcessCatalog IConnectionHost.Processes => _processes;

    ParserPool IConnectionHost.Parsers => Parsers;

    /// <summary>Traces until it is told to stop, then reads what is still in the ring.</summary>
    public void Run(CancellationToken stop)
    {
        using CancellationTokenRegistration registration = stop.Register(_capture.Ring.Wake);
        while (!stop.IsCancellationRequested)
        {
            Counters.Wakeup();
            int read = _capture.Ring.Consume(_read);
            KeepTime();
            if (read > 0)
            {
                // While there is traffic the clock wakes the reader, not the kernel: no wake-up per request.
                _capture.Ring.Pause(_settings.PollInterval);
            }
            else
            {
                Sleep();
            }
        }

        _capture.Ring.Consume(_read);
        _connections.CloseAll();
    }

    /// <inheritdoc/>
    public void Dispose() => _capture.Dispose();

    void IConnectionHost.Mute(Connection connection)
    {
        if (_capture.Verdicts.TryUpdate(connection.Cookie, (uint)Verdict.Mute))
        {
            _verdictsWait = true;
        }

        if (connection.Process is { Excluded: true } process && _capture.ExcludedProcesses.TryUpdate(process.Pid, (byte)1))
        {
            _capture.AnnounceExclusions();
        }
    }

    void IConnectionHost.Keep(Connection connection, IProtocol protocol)
    {
        uint number = (uint)(Parsers.Protocols.ToList().IndexOf(protocol) + 1);
        _verdictsWait |= _capture.Verdicts.TryUpdate(connection.Cookie, (uint)Verdict.Protocol + number);
    }

    void IConnectionHost.OpenChanged(Connection connection, bool isOpen) => _connections.OpenChanged(connection, isOpen);

    private void Sleep()
    {
        _capture.AnnounceSleep();
        if (_capture.Ring.UnreadBytes == 0)
        {
            _capture.Ring.Wait(_connections.HasWork || _verdictsWait ? Tick : TimeSpan.FromSeconds(5));
        }
    }

    private void Read(ReadOnlySpan<byte> record)
    {
        Counters.Record();
        switch ((RecordKind)record[0])
        {
            case RecordKind.Fragment:
                ref readonly FragmentRecord fragment = ref MemoryMarshal.AsRef<FragmentRecord>(record);
                Arrange(record, fragment.Exchange, fragment.Sequence, _connections.FindOrAdd(this, fragment));
                break;
            case RecordKind.Progress:
                ref readonly ProgressRecord progress = ref MemoryMarshal.AsRef<ProgressRecord>(record);
                Arrange(record, progress.Exchange, progress.Sequence, _connections.Find(progress.Exchange));
                break;
            case RecordKind.Exec:
                ref readonly ExecRecord exec = ref MemoryMarshal.AsRef<ExecRecord>(record);
                _processes.Started(exec.Pid, exec.Program[..(int)exec.ProgramLength], exec.Arguments[..(int)exec.ArgumentsLength]);
                break;
            case RecordKind.Exit:
                uint pid = MemoryMarshal.AsRef<ExitRecord>(record).Pid;
                _processes.Ended(pid);
                _capture.ExcludedProcesses.TryDelete(pid);
                break;
        }
    }

    private void Arrange(ReadOnlySpan<byte> record, ulong exchange, uint sequence, Connection? connection)
    {
        if (connection is null)
        {
            return;
        }

        int ahead = connection.Sequence.Compare(sequence);
        if (ahead < 0)
        {
            // Its gap was given up before it came.
            Counters.Missed(1);
            return;
        }

        if (ahead > 0)
        {
            if (connection.Sequence.IsFull)
            {
                GiveUpGap(connection);
            }

            connection.Sequence.Hold(sequence, record, MonotonicClock.Now);
            _connections.Held(connection);
            return;
        }

        if (Deliver(connection, record))
        {
            DeliverHeld(connection);
        }
    }

    /// <summary>Gives a record to its connection; false when that was the connection's last.</summary>
    private bool Deliver(Connection connection, ReadOnlySpan<byte> record)
    {
        if ((RecordKind)record[0] == RecordKind.Fragment)
        {
            ref readonly FragmentRecord fragment = ref MemoryMarshal.AsRef<FragmentRecord>(record);
            var flags = (FragmentFlags)fragment.Flags;
            connection.Sequence.Advance(isLast: (flags & FragmentFlags.More) == 0);
            ulong notAfter = (flags & FragmentFlags.Late) != 0 ? connection.Sequence.NotAfter() : ulong.MaxValue;
            int header = Unsafe.SizeOf<FragmentRecord>();
            connection.Read(fragment, record.Slice(header, (int)fragment.Length), notAfter);
            return true;
        }

        ref readonly ProgressRecord progress = ref MemoryMarshal.AsRef<ProgressRecord>(record);
        connection.Sequence.Advance(isLast: true);
        connection.Progress(progress);
        if ((Abi.ProgressReason)progress.Reason != Abi.ProgressReason.Closed)
        {
            return true;
        }

        connection.Close();
        _connections.Remove(connection);
        return false;
    }

    private void DeliverHeld(Connection connection)
    {
        while (connection.Sequence.TryTake(out HeldRecord held))
        {
            bool goesOn = Deliver(connection, held.Span);
            System.Buffers.ArrayPool<byte>.Shared.Return(held.Bytes);
            if (!goesOn)
            {
                return;
            }
        }
    }

    private void GiveUpGap(Connection connection)
    {
        Counters.Missed(connection.Sequence.SkipGap());
        connection.Resynchronize();
        DeliverHeld(connection);
    }

    /// <summary>What is due by the clock: lost gaps at once, the rest a few times a second.</summary>
    private void KeepTime()
    {
        ulong now = MonotonicClock.Now;
        foreach (Connection connection in _connections.TakeHeldBefore(now - GapPatience))
        {
            GiveUpGap(connection);
        }

        if (now < _nextTick)
        {
            return;
        }

        _nextTick = now + (ulong)Tick.TotalNanoseconds;
        _clock.Synchronize();
        ulong silentSince = now - (ulong)_settings.QuietAfter.TotalNanoseconds;
        if (now >= _nextSweep && (_verdictsWait || _connections.AnyAwaitsEnd(silentSince)))
        {
            _verdictsWait = false;
            _nextSweep = now + SweepInterval;
            _capture.Sweep();
            _capture.Ring.Consume(_read);
            _connections.AskIfQuiet(silentSince);
        }
    }
}
