namespace Sonde.Telemetry.Otlp;

/// <summary>How OTLP is carried.</summary>
public enum OtlpProtocol
{
    HttpProtobuf,
    Grpc,
}

/// <summary>
/// Where and how one signal is exported: the <c>OTEL_EXPORTER_OTLP_*</c> variables of OpenTelemetry's specification
/// ("OpenTelemetry Protocol Exporter"), each of which has a form of the signal's own that wins.
/// </summary>
public sealed record OtlpSettings
{
    /// <summary>What is exported.</summary>
    public required OtlpSignal Signal { get; init; }

    /// <summary>The address that requests go to, path included; <c>https</c> means TLS.</summary>
    public required Uri Endpoint { get; init; }

    public OtlpProtocol Protocol { get; init; }

    /// <summary>Sent with every request. May hold secrets: never shown.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>Whether requests are compressed with gzip.</summary>
    public bool Compress { get; init; }

    /// <summary>The time for one attempt, connecting included; <see cref="Timeout.InfiniteTimeSpan"/> for no limit.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A PEM file with the certificates that the server's is checked against, in place of the system's.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>A PEM file with the client's certificate, followed by its chain.</summary>
    public string? ClientCertificateFile { get; init; }

    /// <summary>A PEM file with the client's private key.</summary>
    public string? ClientKeyFile { get; init; }

    /// <summary>Whether the environment names an endpoint for the signal, and so asks for OTLP without being asked.</summary>
    /// <param name="signal">What would be exported.</param>
    /// <param name="environment">Looks an environment variable up.</param>
    public static bool IsEndpointSet(OtlpSignal signal, Func<string, string?> environment) =>
        new OtlpVariables(signal, environment, []).Find("ENDPOINT") is not null;

    /// <summary>Reads the settings of a signal.</summary>
    /// <param name="signal">What is exported.</param>
    /// <param name="environment">Looks an environment variable up.</param>
    /// <param name="warnings">Gets a sentence for each value that cannot be used; its default is used instead.</param>
    public static OtlpSettings Read(OtlpSignal signal, Func<string, string?> environment, ICollection<string> warnings) =>
        new OtlpVariables(signal, environment, warnings).Read();
}
