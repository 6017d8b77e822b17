namespace Sonde.Bpf.Native;

/// <summary><c>BPF_PROG_TEST_RUN</c> of a raw tracepoint program: 8 bytes of context for each argument.</summary>
internal static unsafe class TestRun
{
    /// <summary>The most arguments that a raw tracepoint has.</summary>
    private const int ContextWords = 12;

    /// <summary>Runs it once on this CPU, with zeroes for arguments; -errno when the kernel refused.</summary>
    internal static int Once(int programFd)
    {
        ulong* context = stackalloc ulong[ContextWords];
        new Span<ulong>(context, ContextWords).Clear();
        TestRunOptions options = new() { Size = (nuint)sizeof(TestRunOptions), ContextIn = context, ContextSizeIn = ContextWords * sizeof(ulong) };
        return Libbpf.bpf_prog_test_run_opts(programFd, &options);
    }
}
