namespace Sonde.Bpf;

/// <summary>An object could not be opened or loaded: the verifier refused a program, a map could not be made, a type is missing.</summary>
public sealed class BpfLoadException : BpfException
{
    private const int LastLineCount = 12;

    internal BpfLoadException(string summary, int error, string? program, string fullLog)
        : base(summary, error)
    {
        Program = program;
        FullLog = fullLog;
    }

    /// <summary>The program that failed; null when it was not a program.</summary>
    public string? Program { get; }

    /// <summary>The verifier's log, if it wrote one, then libbpf's messages. May be megabytes.</summary>
    public string FullLog { get; }

    /// <summary>The end of the log, which is where the reason stands.</summary>
    public IReadOnlyList<string> LastLines
    {
        get
        {
            string[] lines = FullLog.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            return lines[^Math.Min(LastLineCount, lines.Length)..];
        }
    }
}
