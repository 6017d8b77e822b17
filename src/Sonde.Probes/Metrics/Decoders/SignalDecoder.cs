namespace Sonde.Probes.Metrics.Decoders;

/// <summary>A signal (<c>include/uapi/asm-generic/signal.h</c>, the same on x86-64 and arm64).</summary>
internal sealed class SignalDecoder : IKeyDecoder
{
    private const int FirstRealTime = 32;

    private static readonly string[] s_names =
    [
        "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1", "SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGALRM",
        "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF",
        "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS",
    ];

    public object? Decode(long number) =>
        number > 0 && number <= s_names.Length ? s_names[number - 1] : number >= FirstRealTime ? $"SIGRTMIN+{number - FirstRealTime}" : number;
}
