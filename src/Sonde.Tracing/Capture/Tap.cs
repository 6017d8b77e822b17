namespace Sonde.Tracing.Capture;

/// <summary>A way to see every socket's bytes: programs of bpf/tracer/taps/, of which one tap is loaded.</summary>
/// <param name="Name">For the doctor and the start-up line.</param>
/// <param name="Programs">The programs that it needs.</param>
/// <param name="Optional">Those that are left out where the kernel has no such function.</param>
internal sealed record Tap(string Name, IReadOnlyList<string> Programs, IReadOnlyList<string> Optional)
{
    /// <summary>Best first; the first that loads is taken.</summary>
    public static IReadOnlyList<Tap> All { get; } =
    [
        new("socket-length tracepoints", ["sonde_send", "sonde_receive"], []),
        new(
            "socket calls (fexit)",
            ["sonde_send4", "sonde_send6", "sonde_receive4", "sonde_receive6"],
            ["sonde_send_unix", "sonde_recv_unix", "sonde_sendpage"]),
    ];

    /// <summary>Every program of every tap.</summary>
    public static IEnumerable<string> AllPrograms => All.SelectMany(tap => tap.Programs.Concat(tap.Optional));
}
