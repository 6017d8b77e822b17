namespace Sonde.Telemetry.Metrics;

/// <summary>Reads metrics for an exporter until it is disposed of.</summary>
public interface IMetricReader : IAsyncDisposable
{
    /// <summary>Sends everything that is pending, within the given time.</summary>
    /// <returns>Whether everything was taken.</returns>
    Task<bool> FlushAsync(TimeSpan within);
}
