using System.Globalization;
using System.Text;
using Sonde.Telemetry.Attributes;
using Sonde.Telemetry.Processes;
using Sonde.Telemetry.Resources;
using Sonde.Telemetry.Spans;
using Sonde.Tracing.Connections;
using Sonde.Tracing.Protocols;
using Sonde.Tracing.Requests;
using Sonde.Tracing.Sampling;
using Sonde.Tracing.Tls;

namespace Sonde.Tracing.Tests.Connections;

/// <summary>The tracer without a kernel: a table of connections, the tracker, and the spans that come out.</summary>
internal sealed class FakeHost : IConnectionHost
{
    public FakeHost(int capacity = 100, Sampler? sampler = null, IReadOnlyList<IProtocol>? protocols = null)
    {
        Parsers = new ParserPool(protocols ?? ProtocolCatalog.All);
        Requests = new RequestTracker(sampler ?? Sampler.ParentBased(Sampler.AlwaysOn), new MonotonicClock(), Sink, Counters);
        Table = new ConnectionTable(capacity);
        Delivery = new RecordDelivery(this, Table);
    }

    public ConnectionTable Table { get; }

    public RecordDelivery Delivery { get; }

    public SpanList Sink { get; } = new();

    public RequestTracker Requests { get; }

    public TracerCounters Counters { get; } = new();

    public FakeProcesses Processes { get; } = new();

    public ParserPool Parsers { get; }

    public TlsHandshakes Handshakes { get; } = new(16);

    public List<ulong> Muted { get; } = [];

    public List<(ulong Cookie, string Protocol)> Kept { get; } = [];

    public List<FinishedSpan> Spans => Sink.Spans;

    IProcessCatalog IConnectionHost.Processes => Processes;

    /// <summary>Where servers listen.</summary>
    public HashSet<int> Listening { get; } = [];

    IListeningPorts IConnectionHost.ListeningPorts => new ListeningAt(Listening);

    public void Mute(Connection connection) => Muted.Add(connection.Cookie);

    public List<(ulong Cookie, SpanKind Role)> Turned { get; } = [];

    public void Keep(Connection connection, IProtocol protocol) => Kept.Add((connection.Cookie, protocol.Name));

    public void Turn(Connection connection) => Turned.Add((connection.Cookie, connection.Role));

    public void OpenChanged(Connection connection, bool isOpen) => Table.OpenChanged(connection, isOpen);
}

/// <summary>Listens where a test says.</summary>
internal sealed class ListeningAt(IReadOnlySet<int> ports) : IListeningPorts
{
    public bool Listens(uint networkNamespace, uint pid, int port) => ports.Contains(port);
}

/// <summary>Processes as a test wants them; any other is plain.</summary>
internal sealed class FakeProcesses : IProcessCatalog
{
    private readonly Dictionary<uint, ObservedProcess> _processes = [];

    public ObservedProcess Find(uint pid) =>
        _processes.TryGetValue(pid, out ObservedProcess? process) ? process : Add(pid);

    public ObservedProcess Add(uint pid, bool instrumented = false, bool excluded = false, string language = "python") =>
        _processes[pid] = new ObservedProcess(pid)
        {
            Resource = new Resource(
            [
                new("service.name", string.Create(CultureInfo.InvariantCulture, $"service-{pid}")),
                new("telemetry.sdk.language", language),
            ]),
            Instrumented = instrumented,
            Excluded = excluded,
        };

    public void Started(uint pid, ReadOnlySpan<byte> program, ReadOnlySpan<byte> arguments) => _processes.Remove(pid);

    public void Ended(uint pid) => _processes.Remove(pid);
}

/// <summary>What a finished span said.</summary>
internal sealed record FinishedSpan(
    TraceId Trace, SpanId Id, SpanId Parent, SpanKind Kind, bool IsSampled, bool ParentIsRemote, ulong Start, ulong End, string? Service,
    IReadOnlyDictionary<string, string> Attributes)
{
    public string? this[string key] => Attributes.GetValueOrDefault(key);

    public string? Path => this["url.path"] ?? (this["url.full"] is { } url ? new Uri(url).AbsolutePath : null);

    public ulong Duration => End - Start;
}

/// <summary>Keeps the finished spans.</summary>
internal sealed class SpanList : IRequestSink
{
    public List<FinishedSpan> Spans { get; } = [];

    public void Finished(SpanData span)
    {
        var attributes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (SpanAttribute attribute in span.Attributes)
        {
            attributes[attribute.Key.Name] = attribute.Kind is AttributeKind.Text or AttributeKind.Texts
                ? Encoding.UTF8.GetString(span.Text(attribute))
                : attribute.Number.ToString(CultureInfo.InvariantCulture);
        }

        Spans.Add(new FinishedSpan(
            span.TraceId, span.SpanId, span.ParentSpanId, span.Kind, span.IsSampled, span.ParentIsRemote, span.StartTime, span.EndTime,
            span.Resource?.ServiceName, attributes));
    }
}
