using Sonde.Telemetry.Spans;

namespace Sonde.Telemetry.Metrics;

/// <summary>One duration histogram and how many series it has.</summary>
internal sealed class RequestMetric(RequestInstrument request)
{
    /// <summary>Seconds; the semantic conventions advise them for every duration of a request.</summary>
    private static readonly double[] s_bounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

    public static IReadOnlyList<double> Bounds => s_bounds;

    public Instrument Instrument { get; } = new()
    {
        Name = request.Name,
        Description = request.Description,
        Unit = "s",
        Kind = InstrumentKind.Histogram,
        Bounds = Bounds,
    };

    /// <summary>Series besides <see cref="Overflow"/>.</summary>
    public int SeriesCount { get; set; }

    /// <summary>What goes beyond the limit of series; null when nothing did.</summary>
    public RequestSeries? Overflow { get; set; }

    /// <summary>The bucket whose upper bound, inclusive, is the first that the value does not exceed.</summary>
    public static int BucketOf(double seconds)
    {
        int bucket = 0;
        while (bucket < s_bounds.Length && seconds > s_bounds[bucket])
        {
            bucket++;
        }

        return bucket;
    }
}
