namespace Sonde.Probes.Metrics.Decoders;

/// <summary>Every decoder, one line each.</summary>
internal static class DecoderCatalog
{
    private static readonly (string Name, Func<DecoderContext, IKeyDecoder> Create)[] s_decoders =
    [
        ("cgroup", context => new CgroupDecoder(context.Processes)),
        ("device", _ => new DeviceDecoder()),
        ("errno", _ => new ErrnoDecoder()),
        ("ksym", context => new KernelSymbolDecoder(context.Symbols)),
        ("ntop", _ => new InternetAddressDecoder()),
        ("port", _ => new PortDecoder()),
        ("process", context => new ProcessDecoder(context.Processes)),
        ("signal", _ => new SignalDecoder()),
        ("syscall", _ => new SyscallDecoder()),
        ("tcp_state", _ => new TcpStateDecoder()),
        ("user", _ => new UserDecoder()),
    ];

    /// <summary>The names that a probe's file may use.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. s_decoders.Select(row => row.Name)];

    public static IKeyDecoder Create(string name, DecoderContext context) => s_decoders.First(row => row.Name == name).Create(context);
}
