using System.Runtime.InteropServices;
using System.Text;

namespace Sonde.Bpf.Native;

/// <summary>
/// Where libbpf's messages go instead of standard error: the list of the thread that called it, if that thread collects.
/// libbpf has one print callback for the whole process, so the list is the thread's.
/// </summary>
internal static unsafe class LibbpfLog
{
    private const int DebugLevel = 2, MaxLines = 256, MaxLineLength = 4096;

    [ThreadStatic]
    private static List<string>? _lines;

    /// <summary>Collects the messages of this thread until <see cref="Scope.Dispose"/>. Scopes do not nest.</summary>
    internal static Scope Collect() => new(_lines = []);

    // The third argument is a va_list: a pointer in both the x86-64 and the arm64 calling convention.
    [UnmanagedCallersOnly]
    internal static int OnPrint(int level, byte* format, nint arguments)
    {
        List<string>? lines = _lines;
        if (lines is null || level >= DebugLevel || lines.Count >= MaxLines)
        {
            return 0;
        }

        byte* buffer = stackalloc byte[MaxLineLength];
        int length = Math.Min(Libc.vsnprintf(buffer, MaxLineLength, format, arguments), MaxLineLength - 1);
        if (length > 0)
        {
            string line = Encoding.UTF8.GetString(buffer, length).TrimEnd();
            lines.Add(line.StartsWith("libbpf: ", StringComparison.Ordinal) ? line["libbpf: ".Length..] : line);
        }

        return length;
    }

    internal readonly struct Scope(List<string> lines) : IDisposable
    {
        internal IReadOnlyList<string> Lines => lines;

        public void Dispose() => _lines = null;
    }
}
