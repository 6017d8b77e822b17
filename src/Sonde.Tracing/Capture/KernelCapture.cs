using System.Diagnostics.CodeAnalysis;
using Sonde.Bpf;
using Sonde.Tracing.Abi;
using Sonde.Tracing.Connections;

namespace Sonde.Tracing.Capture;

/// <summary>The kernel half of the tracer, loaded and attached: its records, its sweep, its maps.</summary>
internal sealed class KernelCapture : IDisposable
{
    private const string Resource = "tracer.bpf.o";

    private static readonly string[] Always = ["sonde_state", "sonde_destroy", "sonde_exec", "sonde_exit"];

    /// <summary>The kernel's account of time; where it has them not, spans go without.</summary>
    private static readonly string[] AccountPrograms = ["sonde_switch", "sonde_retransmit"];

    private readonly LoadedObject _object;
    private readonly MappedArray _memory;
    private readonly RingBuffer _wakes;
    private readonly List<BpfLink> _links = [];
    private readonly BpfIterator _sweep;
    private readonly BpfIterator? _sweepUnix;
    private readonly BpfIterator? _sweepTls;

    private KernelCapture(LoadedObject loaded, Tap tap, TracingSettings settings)
    {
        _object = loaded;
        Tap = tap;
        _object.Program("sonde_identify").Run();
        RingSize = SizeOfRing(settings);
        _wakes = new RingBuffer(_object.Map("wakes"));
        _memory = new MappedArray(_object.Map("rings"));
        Rings = new RecordRings(MapRings(_memory, RingSize));
        _sweep = _object.Program("sonde_sweep").AttachIterator(_object.Map("connections"));
        _sweepUnix = settings.UnixSockets ? _object.Program("sonde_sweep_unix").AttachIterator(_object.Map("unix_connections")) : null;
        _sweepTls = settings.Tls ? _object.Program(TlsTap.Sweep).AttachIterator(_object.Map("sessions")) : null;
        ConnectionsMap = _object.Map("connections");
        Verdicts = _object.Map("verdicts");
        ExcludedProcesses = _object.Map("excluded_processes");
        CountersMap = _object.Map("counters");
        IEnumerable<string> taps = tap.Programs.Concat(tap.Optional).Concat(AccountPrograms);
        KeepsAccount = settings.Account && _object.Programs.Any(each => each.Name == AccountPrograms[0]);
        foreach (BpfProgram program in _object.Programs.Where(each => Always.Contains(each.Name) || taps.Contains(each.Name)))
        {
            _links.Add(program.Attach());
        }
    }

    /// <summary>The tap that delivers the bytes.</summary>
    public Tap Tap { get; }

    public RecordRings Rings { get; }

    /// <summary>Whether the kernel keeps account of threads' time.</summary>
    public bool KeepsAccount { get; }

    /// <summary>Bytes of each processor's ring.</summary>
    public int RingSize { get; }

    public BpfMap ConnectionsMap { get; }

    public BpfMap Verdicts { get; }

    public BpfMap ExcludedProcesses { get; }

    public BpfMap CountersMap { get; }

    public IReadOnlyList<BpfProgram> Programs => _object.Programs;

    public IReadOnlyList<BpfMap> Maps => _object.Maps;

    /// <summary>Loads the programs with the best tap that this kernel has, and attaches them.</summary>
    /// <exception cref="BpfException">The kernel refused; the message says why.</exception>
    public static KernelCapture Start(TracingSettings settings, ParserPool parsers)
    {
        BpfLoadException? refusal = null;
        foreach (Tap tap in Tap.All)
        {
            if (TryLoad(settings, parsers, tap, out LoadedObject? loaded, ref refusal))
            {
                try
                {
                    return new KernelCapture(loaded, tap, settings);
                }
                catch
                {
                    loaded.Dispose();
                    throw;
                }
            }
        }

        throw refusal!;
    }

    /// <summary>Tells the kernel that the next record is to wake the reader; call it before the last look at the ring.</summary>
    public void AnnounceSleep()
    {
        Volatile.Write(ref _object.Variable<uint>("reader_sleeps"), 1);
        // Before the last look: a record whose room was taken after it finds the word set.
        Interlocked.MemoryBarrier();
    }

    /// <summary>Whether the sweep is to look for verdicts.</summary>
    public void AnnounceVerdicts(bool any) => Volatile.Write(ref _object.Variable<uint>("any_verdicts"), any ? 1u : 0);

    /// <summary>Whether the kernel is to look new connections' processes up among the excluded.</summary>
    public void AnnounceExclusions() => Volatile.Write(ref _object.Variable<uint>("any_excluded"), 1);

    /// <summary>A TLS library is attached to: sockets with ciphertext are looked at from now on.</summary>
    /// <param name="isGo">It is a program in Go.</param>
    public void AnnounceLibraries(bool isGo)
    {
        Volatile.Write(ref _object.Variable<uint>("any_libraries"), 1);
        if (isGo)
        {
            Volatile.Write(ref _object.Variable<uint>("any_go"), 1);
        }
    }

    /// <summary>One of the loaded programs.</summary>
    public BpfProgram Program(string name) => _object.Program(name);

    /// <summary>Waits until the kernel announces a record, <see cref="Wake"/> is called or the time is up.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public void Wait(TimeSpan timeout)
    {
        _wakes.Wait(timeout);
        // They carry no data: to be consumed is all that they are for.
        _wakes.Consume(static _ => { });
    }

    /// <inheritdoc cref="RingBuffer.Pause"/>
    public void Pause(TimeSpan time) => _wakes.Pause(time);

    /// <inheritdoc cref="RingBuffer.Wake"/>
    public void Wake() => _wakes.Wake();

    /// <summary>Looks at all connections once: tells of silent responses, takes verdicts over.</summary>
    public void Sweep()
    {
        _sweep.Pass();
        _sweepUnix?.Pass();
        _sweepTls?.Pass();
    }

    /// <summary>One of the kernel's counters, over all processors.</summary>
    public ulong Count(Counter counter)
    {
        Span<ulong> sum = stackalloc ulong[1];
        return CountersMap.TrySum((uint)counter, sum) ? sum[0] : 0;
    }

    public void Dispose()
    {
        foreach (BpfLink link in _links)
        {
            link.Dispose();
        }

        _sweep.Dispose();
        _sweepUnix?.Dispose();
        _sweepTls?.Dispose();
        Rings.Close();
        _memory.Dispose();
        _wakes.Dispose();
        _object.Dispose();
    }

    private static bool TryLoad(
        TracingSettings settings, ParserPool parsers, Tap tap, [NotNullWhen(true)] out LoadedObject? loaded, ref BpfLoadException? refusal)
    {
        var missing = new HashSet<string>(StringComparer.Ordinal);
        while (true)
        {
            using BpfObject blueprint = Open(settings, parsers, tap, missing);
            try
            {
                loaded = blueprint.Load();
                return true;
            }
            catch (BpfLoadException failure) when (failure.Program is { } program && (tap.Optional.Contains(program) || AccountPrograms.Contains(program)) && missing.Add(program))
            {
                // Try again without it.
            }
            catch (BpfLoadException failure)
            {
                // The best tap's refusal tells most, unless it was just not there.
                refusal = refusal is null || Tap.All[0].Programs.Contains(refusal.Program ?? "") ? failure : refusal;
                loaded = null;
                return false;
            }
        }
    }

    private static BpfObject Open(TracingSettings settings, ParserPool parsers, Tap tap, HashSet<string> missing)
    {
        using Stream resource = typeof(KernelCapture).Assembly.GetManifestResourceStream(Resource)
            ?? throw new BpfException($"This build lacks {Resource}.", 0);
        BpfObject blueprint = BpfObject.Open((UnmanagedMemoryStream)resource, "tracer");
        foreach (ProgramBlueprint program in blueprint.Programs.Where(each => Tap.AllPrograms.Contains(each.Name)))
        {
            program.Autoload = (tap.Programs.Contains(program.Name) || tap.Optional.Contains(program.Name)) && !missing.Contains(program.Name);
        }

        foreach (ProgramBlueprint program in blueprint.Programs.Where(each => TlsTap.Programs.Contains(each.Name)))
        {
            program.Autoload = settings.Tls;
            program.SetAttachType(TlsTap.AttachType);
        }

        if (!settings.Tls)
        {
            blueprint.Programs.Single(each => each.Name == TlsTap.Sweep).Autoload = false;
            blueprint.Map("sessions").MaxEntries = 1;
            blueprint.Map("bonds").MaxEntries = 1;
            blueprint.Map("ciphertexts").MaxEntries = 1;
            blueprint.Map("go_calls").MaxEntries = 1;
        }

        foreach (ProgramBlueprint program in blueprint.Programs.Where(each => AccountPrograms.Contains(each.Name)))
        {
            program.Autoload = settings.Account && !missing.Contains(program.Name);
        }

        blueprint.SetConstant("keep_accounts", (byte)(settings.Account && !missing.Contains(AccountPrograms[0]) ? 1 : 0));
        blueprint.SetConstant("tls_protocol", parsers.TlsNumber);
        blueprint.SetConstant("patterns", PatternTable.Of(parsers.Protocols, out uint count));
        blueprint.SetConstant("pattern_count", count);
        blueprint.SetConstant("framings", FramingTable.Of(parsers.Protocols));
        blueprint.SetConstant("frames_per_call", (uint)settings.FramesPerCall);
        blueprint.SetConstant("datagram_patterns", DatagramPatternTable.Of(parsers.Protocols, out uint datagrams));
        blueprint.SetConstant("datagram_pattern_count", datagrams);
        blueprint.SetConstant("request_capture", (uint)settings.RequestCapture);
        blueprint.SetConstant("response_capture", (uint)settings.ResponseCapture);
        blueprint.SetConstant("quiet_after", (ulong)settings.QuietAfter.TotalNanoseconds);
        blueprint.SetConstant("trace_unix", (byte)(settings.UnixSockets ? 1 : 0));
        blueprint.SetConstant("ring_size", (uint)SizeOfRing(settings));
        blueprint.Map("rings").MaxEntries = (uint)BpfMap.PossibleCpus;
        blueprint.Map("rings").ValueSize = ProcessorRing.MemorySize(SizeOfRing(settings));
        return blueprint;
    }

    private static unsafe ProcessorRing[] MapRings(MappedArray memory, int size)
    {
        var rings = new ProcessorRing[memory.Count];
        for (int i = 0; i < rings.Length; i++)
        {
            rings[i] = new ProcessorRing(memory[i], size);
        }

        return rings;
    }

    private static int SizeOfRing(TracingSettings settings) => RecordRings.SizeOfEach(settings.RingBytes, BpfMap.PossibleCpus);
}
