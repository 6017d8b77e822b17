using System.Buffers;

namespace Sonde.Telemetry.Otlp;

/// <summary>Reads <see cref="OtlpSettings"/> from environment variables, the signal's own form of each before the general one.</summary>
internal sealed class OtlpVariables(OtlpSignal signal, Func<string, string?> environment, ICollection<string> warnings)
{
    private const int GrpcPort = 4317;
    private const string General = "OTEL_EXPORTER_OTLP_";

    /// <summary>What a token is made of (RFC 9110, 5.6.2).</summary>
    private static readonly SearchValues<char> s_token = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    /// <summary>A variable that is set; an empty value counts as unset, as the specification says.</summary>
    /// <param name="name">The part after <c>OTEL_EXPORTER_OTLP_</c> and the signal.</param>
    public (string Name, string Value, bool OfSignal)? Find(string name)
    {
        string own = $"{General}{signal.VariablePart}_{name}";
        if (environment(own)?.Trim() is { Length: > 0 } value)
        {
            return (own, value, true);
        }

        string general = General + name;
        return environment(general)?.Trim() is { Length: > 0 } generalValue ? (general, generalValue, false) : null;
    }

    public OtlpSettings Read()
    {
        OtlpProtocol? protocol = ReadProtocol();
        (Uri endpoint, OtlpProtocol carried) = ReadEndpoint(protocol);
        string? certificate = Find("CLIENT_CERTIFICATE")?.Value;
        string? key = Find("CLIENT_KEY")?.Value;
        if (certificate is null != key is null)
        {
            (string set, string missing) = key is null ? ("CLIENT_CERTIFICATE", "CLIENT_KEY") : ("CLIENT_KEY", "CLIENT_CERTIFICATE");
            warnings.Add($"{Find(set)!.Value.Name} is set without {General}{missing}: both are needed, no client certificate is used.");
            certificate = key = null;
        }

        return new OtlpSettings
        {
            Signal = signal,
            Endpoint = endpoint,
            Protocol = carried,
            Headers = ReadHeaders(),
            Compress = ReadCompression(),
            AttemptTimeout = ReadTimeout(),
            CertificateFile = Find("CERTIFICATE")?.Value,
            ClientCertificateFile = certificate,
            ClientKeyFile = key,
        };
    }

    private OtlpProtocol? ReadProtocol()
    {
        switch (Find("PROTOCOL"))
        {
            case null:
                return null;
            case (_, "grpc", _):
                return OtlpProtocol.Grpc;
            case (_, "http/protobuf", _):
                return OtlpProtocol.HttpProtobuf;
            case var (name, value, _):
                warnings.Add($"{name}={value} is not supported: use grpc or http/protobuf. The default is used.");
                return null;
        }
    }

    private (Uri Endpoint, OtlpProtocol Protocol) ReadEndpoint(OtlpProtocol? protocol)
    {
        if (Find("ENDPOINT") is (string name, string value, bool ofSignal))
        {
            if (Parse(value, protocol) is { } uri)
            {
                // A person who gives the port of gRPC means gRPC.
                OtlpProtocol carried = protocol ?? (uri.Port == GrpcPort ? OtlpProtocol.Grpc : OtlpProtocol.HttpProtobuf);
                return (carried == OtlpProtocol.Grpc ? GrpcAddress(uri) : ofSignal ? uri : HttpAddress(uri), carried);
            }

            warnings.Add($"{name}={value} is not an address: write it as http://host:port or https://host:port. "
                + "The default, a collector on this machine, is used.");
        }

        return protocol == OtlpProtocol.Grpc
            ? (GrpcAddress(new Uri("http://localhost:4317")), OtlpProtocol.Grpc)
            : (HttpAddress(new Uri("http://localhost:4318")), OtlpProtocol.HttpProtobuf);
    }

    /// <summary>
    /// An absolute address with the scheme http or https. <c>host:port</c> alone, which the specification allows for gRPC, is
    /// https unless <c>OTEL_EXPORTER_OTLP_INSECURE</c> is true.
    /// </summary>
    private Uri? Parse(string value, OtlpProtocol? protocol)
    {
        if (!value.Contains("://", StringComparison.Ordinal)
            && (protocol == OtlpProtocol.Grpc || value.EndsWith($":{GrpcPort}", StringComparison.Ordinal)))
        {
            value = (ReadInsecure() ? "http://" : "https://") + value;
        }

        return Uri.TryCreate(value, UriKind.Absolute, out Uri? uri)
            && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps)
            && uri.Host.Length > 0
                ? uri
                : null;
    }

    private bool ReadInsecure()
    {
        if (Find("INSECURE") is not (string name, string value, _))
        {
            return false;
        }

        bool insecure = value.Equals("true", StringComparison.OrdinalIgnoreCase);
        if (!insecure && !value.Equals("false", StringComparison.OrdinalIgnoreCase))
        {
            warnings.Add($"{name}={value} is neither true nor false: false is used.");
        }

        return insecure;
    }

    /// <summary>The signal's path stands below the endpoint's own ("Endpoint URLs for OTLP/HTTP").</summary>
    private Uri HttpAddress(Uri endpoint)
    {
        var address = new UriBuilder(endpoint);
        address.Path = address.Path.TrimEnd('/') + "/" + signal.HttpPath;
        return address.Uri;
    }

    private Uri GrpcAddress(Uri endpoint) =>
        new UriBuilder(endpoint) { Path = signal.GrpcMethod, Query = "", Fragment = "" }.Uri;

    /// <summary><c>key=value,key=value</c>, percent-encoded as in W3C Baggage.</summary>
    private List<KeyValuePair<string, string>> ReadHeaders()
    {
        var headers = new List<KeyValuePair<string, string>>();
        if (Find("HEADERS") is not (string name, string list, _))
        {
            return headers;
        }

        foreach (string pair in list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            int equals = pair.IndexOf('=', StringComparison.Ordinal);
            string key = equals < 0 ? "" : Uri.UnescapeDataString(pair[..equals].Trim());
            string value = equals < 0 ? "" : Uri.UnescapeDataString(pair[(equals + 1)..].Trim());
            if (key.Length == 0 || key.AsSpan().ContainsAnyExcept(s_token) || value.AsSpan().ContainsAnyInRange('\0', '\x1f'))
            {
                // The value may be a secret and is not repeated.
                warnings.Add($"{name} has an entry that is not name=value: "
                    + $"'{(equals < 0 ? "…" : pair[..equals])}'. The entry is left out.");
                continue;
            }

            headers.Add(new(key, value));
        }

        return headers;
    }

    private bool ReadCompression()
    {
        switch (Find("COMPRESSION"))
        {
            case null:
            case (_, "none", _):
                return false;
            case (_, "gzip", _):
                return true;
            case var (name, value, _):
                warnings.Add($"{name}={value} is not supported: use gzip or none. None is used.");
                return false;
        }
    }

    private TimeSpan ReadTimeout()
    {
        var standard = TimeSpan.FromSeconds(10);
        if (Find("TIMEOUT") is not (string name, string value, _))
        {
            return standard;
        }

        return Milliseconds.TryParse(value, out TimeSpan timeout)
            ? timeout == TimeSpan.Zero ? Timeout.InfiniteTimeSpan : timeout
            : Warn(standard);

        TimeSpan Warn(TimeSpan used)
        {
            warnings.Add(Milliseconds.Complaint(name, value, used));
            return used;
        }
    }
}
