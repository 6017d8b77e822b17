using Sonde.Tracing.Protocols;
using Sonde.Tracing.Sampling;

namespace Sonde.Tracing;

/// <summary>What the request tracer is told when it starts.</summary>
public sealed record TracingSettings
{
    /// <summary>Captured bytes of a request's beginning, over all of its calls. At least 4 KiB hold most heads.</summary>
    public int RequestCapture { get; init; } = 4096;

    /// <summary>Captured bytes of a response's beginning.</summary>
    public int ResponseCapture { get; init; } = 512;

    /// <summary>
    /// Frames that are walked in one call, of protocols that have frames: HTTP/2, PostgreSQL. Beyond that the place in the connection is
    /// lost until it can be found again.
    /// </summary>
    public int FramesPerCall { get; init; } = 1024;

    /// <summary>Bytes of the rings between kernel and Sonde, all processors' together; each gets at least 128 KiB.</summary>
    public int RingBytes { get; init; } = 8 << 20;

    /// <summary>How long a response is silent before its parser is asked whether it was complete.</summary>
    public TimeSpan QuietAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long Sonde rests between two looks at the ring buffer while there is traffic; less when much comes in. Without
    /// traffic the first record wakes it.
    /// </summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Connections that are followed at once; further ones are counted and left out.</summary>
    public int MaxConnections { get; init; } = 65_536;

    /// <summary>Whether Unix sockets are traced.</summary>
    public bool UnixSockets { get; init; } = true;

    /// <summary>Whether encrypted traffic is read, at the functions of TLS libraries.</summary>
    public bool Tls { get; init; } = true;

    /// <summary>Whether the kernel keeps account of what the time of each span was spent on.</summary>
    public bool Account { get; init; } = true;

    /// <summary>The names of the protocols that become spans; see <see cref="ProtocolCatalog"/>.</summary>
    public IReadOnlyList<string> Protocols { get; init; } = ["http"];

    /// <summary>What the protocols' parsers are told.</summary>
    public ProtocolSettings ProtocolSettings { get; init; } = new();

    /// <summary>Which traces are kept.</summary>
    public Sampler Sampler { get; init; } = Sampler.ParentBased(Sampler.AlwaysOn);
}
