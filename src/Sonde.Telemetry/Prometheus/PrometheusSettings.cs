using System.Globalization;
using System.Net;

namespace Sonde.Telemetry.Prometheus;

/// <summary>Where Prometheus finds the metrics (OpenTelemetry specification, "Prometheus Exporter").</summary>
/// <param name="Host">A name or an address to listen on.</param>
/// <param name="Port">A TCP port; 0 for any.</param>
public sealed record PrometheusSettings(string Host, int Port)
{
    private const string HostVariable = "OTEL_EXPORTER_PROMETHEUS_HOST";
    private const string PortVariable = "OTEL_EXPORTER_PROMETHEUS_PORT";
    private const string StandardHost = "localhost";
    private const int StandardPort = 9464;

    /// <summary>Reads the variables; gets a warning for one that cannot be used.</summary>
    public static PrometheusSettings Read(Func<string, string?> environment, ICollection<string> warnings)
    {
        string host = environment(HostVariable)?.Trim() is { Length: > 0 } text ? text : StandardHost;
        int port = StandardPort;
        if (environment(PortVariable)?.Trim() is { Length: > 0 } number
            && !(int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port <= IPEndPoint.MaxPort))
        {
            warnings.Add($"{PortVariable} must be a port, not '{number}'; {StandardPort} is used");
            port = StandardPort;
        }

        return new PrometheusSettings(host, port);
    }
}
