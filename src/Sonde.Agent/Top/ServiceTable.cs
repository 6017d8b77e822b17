using Sonde.Telemetry.Export;
using Sonde.Telemetry.Spans;

namespace Sonde.Agent.Top;

/// <summary>
/// Sums all spans up by service and role, and by name below that, over the last five to ten seconds. The number of rows is limited;
/// what goes beyond it is counted in rows called <see cref="Other"/>.
/// </summary>
internal sealed class ServiceTable : ISpanExporter
{
    /// <summary>The row of those for which there was no more room.</summary>
    public const string Other = "{other}";

    /// <summary>The length of a window.</summary>
    public static readonly TimeSpan WindowLength = TimeSpan.FromSeconds(5);

    private const int MaxServices = 256;
    private const int MaxNames = 64;
    private const int MaxRows = 1024;
    private const int MaxNameLength = 200;
    private const int ForgetAfter = 12;

    // Held by the tracer's thread for a count, by the terminal's for a sum of at most all rows, once per second.
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Service, SpanKind Kind), Service> _services = [];
    private readonly TimeProvider _clock;
    private readonly long _started;
    private long _turned;
    private bool _hasFull;
    private int _rows;

    /// <param name="clock">Tells the time.</param>
    public ServiceTable(TimeProvider clock)
    {
        _clock = clock;
        _started = _turned = clock.GetTimestamp();
    }

    /// <inheritdoc/>
    public void Export(SpanData span)
    {
        if (span.Kind == SpanKind.Internal)
        {
            return;
        }

        ulong duration = span.EndTime > span.StartTime ? span.EndTime - span.StartTime : 0;
        lock (_gate)
        {
            Turn();
            Service service = FindService(span.Resource?.ServiceName ?? Other, span.Kind);
            (string name, RequestTally tally) = FindName(service, span.Name);
            service.Tally.Add(span, duration, name);
            tally.Add(span, duration, name);
        }
    }

    /// <inheritdoc/>
    public Task FlushAsync(TimeSpan within) => Task.CompletedTask;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Sums all rows up.</summary>
    public IReadOnlyList<ServiceFigures> Read()
    {
        lock (_gate)
        {
            Turn();
            double seconds = _clock.GetElapsedTime(_turned).TotalSeconds + (_hasFull ? WindowLength.TotalSeconds : 0);
            seconds = Math.Max(seconds, Math.Min(1, _clock.GetElapsedTime(_started).TotalSeconds + 0.001));
            return
            [
                .. _services.Select(service => new ServiceFigures(
                    service.Key.Service,
                    service.Key.Kind,
                    service.Value.Tally.Sum(seconds),
                    [.. service.Value.Names.Select(name => new NameFigures(name.Key, name.Value.Sum(seconds)))])),
            ];
        }
    }

    /// <summary>Begins new windows when it is time; forgets rows that have been idle for a minute.</summary>
    private void Turn()
    {
        TimeSpan elapsed = _clock.GetElapsedTime(_turned);
        if (elapsed < WindowLength)
        {
            return;
        }

        int turns = elapsed < 2 * WindowLength ? 1 : 2;
        for (int i = 0; i < turns; i++)
        {
            TurnAll();
        }

        _hasFull = true;
        _turned += (long)((elapsed.Ticks / WindowLength.Ticks) * WindowLength.TotalSeconds * _clock.TimestampFrequency);
    }

    private void TurnAll()
    {
        foreach ((var key, Service service) in _services)
        {
            service.Tally.Turn();
            foreach ((string name, RequestTally tally) in service.Names)
            {
                tally.Turn();
                if (tally.Idle > ForgetAfter)
                {
                    service.Names.Remove(name);
                    _rows--;
                }
            }

            if (service.Tally.Idle > ForgetAfter)
            {
                _services.Remove(key);
            }
        }
    }

    private Service FindService(string name, SpanKind kind)
    {
        if (!_services.TryGetValue((name, kind), out Service? service))
        {
            if (_services.Count >= MaxServices && name != Other)
            {
                return FindService(Other, kind);
            }

            service = new Service();
            _services.Add((name, kind), service);
        }

        return service;
    }

    private (string Name, RequestTally Tally) FindName(Service service, ReadOnlySpan<byte> utf8)
    {
        Span<char> buffer = stackalloc char[MaxNameLength];
        System.Text.Unicode.Utf8.ToUtf16(utf8, buffer, out _, out int length);
        ReadOnlySpan<char> name = buffer[..length];
        var names = service.Names.GetAlternateLookup<ReadOnlySpan<char>>();
        if (names.TryGetValue(name, out string? known, out RequestTally? tally))
        {
            return (known, tally);
        }

        if (service.Names.Count >= MaxNames || _rows >= MaxRows)
        {
            name = Other;
            if (names.TryGetValue(name, out known, out tally))
            {
                return (known, tally);
            }
        }

        string added = new(name);
        tally = new RequestTally();
        service.Names.Add(added, tally);
        _rows++;
        return (added, tally);
    }

    private sealed class Service
    {
        public RequestTally Tally { get; } = new();

        public Dictionary<string, RequestTally> Names { get; } = new(StringComparer.Ordinal);
    }
}

/// <summary>A service in one role.</summary>
/// <param name="Name"><c>service.name</c>.</param>
/// <param name="Kind">Whether it answers or asks.</param>
/// <param name="Figures">Of all its requests.</param>
/// <param name="Names">By the spans' names.</param>
internal sealed record ServiceFigures(string Name, SpanKind Kind, RequestFigures Figures, IReadOnlyList<NameFigures> Names);

/// <summary>The requests of one name.</summary>
internal sealed record NameFigures(string Name, RequestFigures Figures);
