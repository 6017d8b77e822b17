namespace Sonde.Telemetry.Attributes;

/// <summary>
/// The keys of the kernel's account of a span (docs/account.md). Durations are seconds. The first seven are a partition of the
/// span's duration; what is 0 is left out.
/// </summary>
public static class KernelAttributes
{
    public static readonly AttributeKey OnCpu = new("sonde.kernel.on_cpu.duration");
    public static readonly AttributeKey RunQueue = new("sonde.kernel.run_queue.duration");
    public static readonly AttributeKey BlockIo = new("sonde.kernel.block_io.duration");
    public static readonly AttributeKey Lock = new("sonde.kernel.lock.duration");
    public static readonly AttributeKey Network = new("sonde.kernel.network.duration");
    public static readonly AttributeKey Sleep = new("sonde.kernel.sleep.duration");
    public static readonly AttributeKey OffThread = new("sonde.kernel.off_thread.duration");

    /// <summary>Of <see cref="RunQueue"/>.</summary>
    public static readonly AttributeKey Throttled = new("sonde.kernel.throttled.duration");

    /// <summary>Before the span: on the first call of a connection.</summary>
    public static readonly AttributeKey Connect = new("sonde.kernel.connect.duration");

    public static readonly AttributeKey Retransmits = new("sonde.kernel.tcp.retransmits");
    public static readonly AttributeKey RetransmitWait = new("sonde.kernel.tcp.retransmit_wait.duration");
    public static readonly AttributeKey RoundTrip = new("sonde.kernel.tcp.rtt");

    /// <summary>One line for a person.</summary>
    public static readonly AttributeKey Cause = new("sonde.kernel.cause");
}
