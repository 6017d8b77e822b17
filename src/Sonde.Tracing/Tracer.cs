using System.Runtime.InteropServices;
using Sonde.Bpf.Mappings;
using Sonde.Telemetry.Processes;
using Sonde.Telemetry.Spans;
using Sonde.Tracing.Abi;
using Sonde.Tracing.Capture;
using Sonde.Tracing.Connections;
using Sonde.Tracing.Datagrams;
using Sonde.Tracing.Protocols;
using Sonde.Tracing.Requests;
using Sonde.Tracing.Tls;

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

    /// <summary>A pass visits every socket with storage, milliseconds for thousands of them: at most so often, nanoseconds.</summary>
    private const ulong SweepInterval = 1_000_000_000;

    /// <summary>And however many sockets there are, passes take no more of a processor than one part in so many.</summary>
    private const ulong SweepRest = 220;

    /// <summary>Unix sockets end unseen: how often those that have are looked for, nanoseconds; more often where there are many.</summary>
    private const ulong UnixInterval = 5_000_000_000;

    private const int ManyUnixConnections = 1000;

    /// <summary>Records read before a look at the clock: where more come than can be read, the rings are never empty.</summary>
    private const int Batch = 16_384;

    /// <summary>The part of a ring that may be full while the reader lets everybody else go first: 1 of so many.</summary>
    private const int RoomForCourtesy = 4;

    private const int LastBatch = 1_000_000;

    private readonly TracingSettings _settings;
    private readonly IProcessCatalog _processes;
    private readonly KernelCapture _capture;
    private readonly ConnectionTable _connections;
    private readonly RecordDelivery _delivery;
    private readonly DatagramDelivery _datagrams;
    private readonly MonotonicClock _clock = new();
    private readonly Bpf.RecordHandler _read;
    private readonly ReadingPace _pace;
    private ulong _nextTick;
    private ulong _nextSweep;
    private ulong _nextUnixSweep;
    private bool _verdictsWait;

    /// <summary>Loads and attaches the kernel half: from here on requests are captured.</summary>
    /// <param name="settings">What to trace, and how much of it.</param>
    /// <param name="processes">Whose process is this?</param>
    /// <param name="sink">Takes the finished requests.</param>
    /// <exception cref="Bpf.BpfException">The kernel refused; the message says why and what to do.</exception>
    public Tracer(TracingSettings settings, IProcessCatalog processes, IRequestSink sink)
        : this(settings, processes, sink, [.. ProtocolCatalog.Create(settings.ProtocolSettings).Where(each => each.Names.Any(settings.Protocols.Contains))])
    {
    }

    internal Tracer(TracingSettings settings, IProcessCatalog processes, IRequestSink sink, IReadOnlyList<IProtocol> protocols)
    {
        _settings = settings;
        _processes = processes;
        _read = Read;
        Handshakes = new TlsHandshakes(settings.MaxConnections);
        Parsers = new ParserPool(settings.Tls ? [.. protocols, new TlsProtocol(Handshakes)] : protocols);
        Requests = new RequestTracker(settings.Sampler, _clock, sink, Counters);
        _connections = new ConnectionTable(settings.MaxConnections);
        _delivery = new RecordDelivery(this, _connections);
        _datagrams = new DatagramDelivery(this);
        _capture = KernelCapture.Start(settings, Parsers);
        Requests.KeepsAccount = _capture.KeepsAccount;
        _pace = new ReadingPace(_capture.RingSize, settings.PollInterval);
        Figures = new TracerFigures(Counters, _capture, Parsers.Protocols);
    }

    /// <summary>What the tracer says of itself.</summary>
    public TracerFigures Figures { get; }

    internal TracerCounters Counters { get; } = new();

    internal RequestTracker Requests { get; }

    internal ParserPool Parsers { get; }

    internal TlsHandshakes Handshakes { get; }

    RequestTracker IConnectionHost.Requests => Requests;

    TracerCounters IConnectionHost.Counters => Counters;

    IProcessCatalog IConnectionHost.Processes => _processes;

    ParserPool IConnectionHost.Parsers => Parsers;

    TlsHandshakes IConnectionHost.Handshakes => Handshakes;

    IListeningPorts IConnectionHost.ListeningPorts { get; } = ListeningPorts.OfThisMachine();

    /// <summary>
    /// Reads encrypted traffic at the functions of every TLS library that is in use, from when each is found until the answer is disposed.
    /// Takes a while; may run on any thread.
    /// </summary>
    /// <param name="files">Tells which libraries and executables are in use.</param>
    /// <param name="warn">Takes a sentence for each that could not be attached to.</param>
    /// <exception cref="Bpf.BpfException">What is in use cannot be watched.</exception>
    public IDisposable WatchLibraries(IMappedFiles files, Action<string> warn)
    {
        var tap = new TlsTap(_capture, Figures, warn);
        tap.Watch(files);
        return tap;
    }

    /// <summary>Traces until it is told to stop, then reads what is still in the rings.</summary>
    public void Run(CancellationToken stop)
    {
        using CancellationTokenRegistration registration = stop.Register(_capture.Wake);
        using var courtesy = new ReaderCourtesy(() => _capture.Rings.FullestBytes, _capture.RingSize / RoomForCourtesy);
        TimeSpan pause = _settings.PollInterval;
        while (!stop.IsCancellationRequested)
        {
            Counters.Wakeup();
            long waiting = _capture.Rings.FullestBytes;
            int read = _capture.Rings.Consume(_read, Batch);
            KeepTime(isBehind: read == Batch);
            if (read == Batch)
            {
                continue;
            }

            if (read > 0)
            {
                // While there is traffic the clock wakes the reader, not the kernel: no wake-up per request.
                pause = _pace.Next(waiting, pause);
                Begin(courtesy, pause);
                _capture.Pause(pause);
            }
            else
            {
                courtesy.End();
                Sleep();
            }
        }

        courtesy.End();
        _capture.Rings.Consume(_read, LastBatch);
        _connections.CloseAll();
        _datagrams.End();
    }

    /// <inheritdoc/>
    public void Dispose() => _capture.Dispose();

    void IConnectionHost.Mute(Connection connection)
    {
        Judge(connection, (uint)Verdict.Mute);
        if (connection.Process is { Excluded: true } process && _capture.ExcludedProcesses.TryUpdate(process.Pid, (byte)1))
        {
            _capture.AnnounceExclusions();
        }
    }

    void IConnectionHost.Keep(Connection connection, IProtocol protocol)
    {
        uint number = (uint)(Parsers.Protocols.ToList().IndexOf(protocol) + 1);
        Judge(connection, (uint)Verdict.Protocol * number);
    }

    void IConnectionHost.Turn(Connection connection) =>
        Judge(connection, (uint)(connection.Role == SpanKind.Server ? Verdict.Server : Verdict.Client));

    void IConnectionHost.OpenChanged(Connection connection, bool isOpen) => _connections.OpenChanged(connection, isOpen);

    private void Judge(Connection connection, uint verdict) =>
        _verdictsWait |= _capture.Verdicts.TryUpdate(connection.Cookie, connection.Judge(verdict));

    /// <summary>Many Unix sockets must be forgotten as fast as they end: that cannot wait.</summary>
    private void Begin(ReaderCourtesy courtesy, TimeSpan pause)
    {
        if (_connections.UnixConnections > ManyUnixConnections)
        {
            courtesy.End();
        }
        else
        {
            courtesy.Begin(pause);
        }
    }

    private void Sleep()
    {
        _capture.AnnounceSleep();
        if (_capture.Rings.UnreadBytes == 0)
        {
            bool hasWork = _connections.HasWork || _datagrams.HasWork || _verdictsWait || _connections.UnixConnections > ManyUnixConnections;
            _capture.Wait(hasWork ? Tick : TimeSpan.FromSeconds(5));
        }
    }

    private void Read(ReadOnlySpan<byte> record)
    {
        Counters.Record();
        switch ((RecordKind)record[0])
        {
            case RecordKind.Fragment or RecordKind.Progress or RecordKind.Connection:
                _delivery.Read(record);
                break;
            case RecordKind.Datagram:
                _datagrams.Read(record);
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

    /// <summary>What is due by the clock: lost gaps at once, the rest a few times a second.</summary>
    /// <param name="isBehind">There is more in the ring: what seems late or silent may be just unread.</param>
    private void KeepTime(bool isBehind)
    {
        ulong now = MonotonicClock.Now;
        if (!isBehind)
        {
            _delivery.GiveUpGapsBefore(now - GapPatience);
        }

        if (now < _nextTick)
        {
            return;
        }

        _nextTick = now + (ulong)Tick.TotalNanoseconds;
        _clock.Synchronize();
        if (!isBehind)
        {
            _datagrams.Pass(now);
        }

        ulong silentSince = now - (ulong)_settings.QuietAfter.TotalNanoseconds;
        bool isUnixDue = _settings.UnixSockets && (now >= _nextUnixSweep || _connections.UnixConnections > ManyUnixConnections);
        if (now >= _nextSweep && (_verdictsWait || isUnixDue || _connections.AnyAwaitsEnd(silentSince)))
        {
            _capture.AnnounceVerdicts(_verdictsWait);
            _verdictsWait = false;
            _capture.Sweep();
            // Unix sockets must be forgotten as fast as they end, or there is no room for new ones.
            _nextSweep = _connections.UnixConnections > ManyUnixConnections
                ? _nextTick
                : now + Math.Max(SweepInterval, SweepRest * (MonotonicClock.Now - now));
            _nextUnixSweep = now + UnixInterval;
            if (_capture.Rings.Consume(_read, Batch) < Batch)
            {
                _connections.AskIfQuiet(silentSince);
            }
        }
    }
}
