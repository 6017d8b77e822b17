namespace Sonde.Telemetry.Otlp;

/// <summary>
/// What a person is told of an export: one line when the receiver goes away and one when it is back; of refusals and of
/// partial success at most a line a minute.
/// </summary>
internal sealed class ExportLog(OtlpSettings settings, Action<string> log)
{
    private const long Interval = 60_000;

    private readonly string _items = settings.Signal.Items;

    /// <summary>Without user information and path, which may hold secrets.</summary>
    private readonly string _endpoint = $"{settings.Endpoint.Scheme}://{settings.Endpoint.Authority}";

    private long? _awaySince;
    private long _quietUntil;

    /// <summary>The receiver cannot be reached, or asks to come back later.</summary>
    public void Away(ExportResult result)
    {
        if (_awaySince is null)
        {
            _awaySince = Environment.TickCount64;
            log($"cannot send {_items} to {_endpoint}: {result.Message}; trying again until it answers");
        }
    }

    /// <summary>The receiver took a request.</summary>
    public void Accepted(ExportResult result)
    {
        if (_awaySince is { } since)
        {
            _awaySince = null;
            log($"{_endpoint} takes {_items} again, after {(Environment.TickCount64 - since) / 1000.0:0.0} s");
        }

        if (result.Rejected > 0)
        {
            Limited($"{_endpoint} did not take {result.Rejected} {_items} of a request: {result.Message ?? "no reason given"}");
        }
        else if (result.Message is not null)
        {
            Limited($"{_endpoint} warns: {result.Message}");
        }
    }

    /// <summary>The receiver will never take the request.</summary>
    public void Refused(ExportResult result, int items) =>
        Limited($"{_endpoint} refused {items} {_items}, they are lost: {result.Message}");

    private void Limited(string line)
    {
        if (Environment.TickCount64 >= _quietUntil)
        {
            _quietUntil = Environment.TickCount64 + Interval;
            log(line);
        }
    }
}
