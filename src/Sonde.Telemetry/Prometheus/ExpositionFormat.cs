using System.Globalization;

namespace Sonde.Telemetry.Prometheus;

/// <summary>The forms in which metrics are exposed.</summary>
internal enum ExpositionFormat
{
    /// <summary>Prometheus' own text, version 0.0.4.</summary>
    Classic,

    /// <summary>OpenMetrics 1.0, which has exemplars.</summary>
    OpenMetrics,
}

/// <summary>Agrees on a form.</summary>
internal static class ExpositionFormats
{
    private const string OpenMetricsType = "application/openmetrics-text";

    public static string ContentType(ExpositionFormat format) => format == ExpositionFormat.OpenMetrics
        ? $"{OpenMetricsType}; version=1.0.0; charset=utf-8"
        : "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>The form that an <c>Accept</c> field likes best (RFC 9110, 12.5.1); the classic one unless OpenMetrics 1.0 is named.</summary>
    public static ExpositionFormat Choose(string accept)
    {
        double classic = 0, openMetrics = 0;
        foreach (string range in accept.Split(','))
        {
            string[] parts = range.Split(';', StringSplitOptions.TrimEntries);
            double quality = Parameter(parts, "q") is { } text
                && double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value) ? value : 1;
            switch (parts[0])
            {
                case OpenMetricsType when Parameter(parts, "version") is null or "1.0.0":
                    openMetrics = Math.Max(openMetrics, quality);
                    break;
                case "text/plain":
                    classic = Math.Max(classic, quality);
                    break;
            }
        }

        return openMetrics > 0 && openMetrics >= classic ? ExpositionFormat.OpenMetrics : ExpositionFormat.Classic;
    }

    private static string? Parameter(string[] parts, string name) =>
        parts.Skip(1).FirstOrDefault(part => part.StartsWith(name + "=", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim('"');
}
