using Sonde.Bpf.Native;

namespace Sonde.Bpf;

/// <summary>The kernel or libbpf refused something. The message is one sentence that can be shown to the user.</summary>
public class BpfException : Exception
{
    public BpfException(string summary, int error)
        : base(summary) => Error = error;

    /// <summary>The positive error number (errno).</summary>
    public int Error { get; }

    /// <summary>The message under its own name.</summary>
    public string Summary => Message;

    internal static BpfException From(string what, int error) =>
        new($"{what}: {Errno.Describe(error)} (errno {error}).{LoadFailure.Advice(error)}", error);
}
