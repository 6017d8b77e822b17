using System.Buffers.Text;
using System.Text;

namespace Sonde.Discovery.Procfs;

/// <summary>What is used of <c>/proc/PID/stat</c> (proc_pid_stat(5)).</summary>
/// <param name="Name">Field 2: the leader's name, 15 bytes at most.</param>
/// <param name="IsKernelThread">Field 9 has <c>PF_KTHREAD</c>.</param>
/// <param name="StartTime">Field 22: clock ticks from boot to the process's start; with the id it names a process for good. Never zero.</param>
internal readonly record struct ProcessStat(string Name, bool IsKernelThread, ulong StartTime)
{
    private const int FlagsField = 9;
    private const int StartTimeField = 22;
    private const ulong KernelThreadFlag = 0x00200000; // PF_KTHREAD, include/linux/sched.h

    public static bool TryParse(ReadOnlySpan<byte> line, out ProcessStat stat)
    {
        stat = default;
        var open = line.IndexOf((byte)'(');
        // The name may hold parentheses and spaces of its own; nothing after it does.
        var close = line.LastIndexOf((byte)')');
        if (open < 0 || close < open)
        {
            return false;
        }

        ulong flags = 0;
        ulong startTime = 0;
        var field = 2;
        var rest = line[(close + 1)..];
        foreach (var range in rest.Split((byte)' '))
        {
            // The first piece is the empty one between the parenthesis and the space.
            var text = rest[range];
            if (field == FlagsField && !Utf8Parser.TryParse(text, out flags, out _))
            {
                return false;
            }

            if (field == StartTimeField)
            {
                if (!Utf8Parser.TryParse(text, out startTime, out _))
                {
                    return false;
                }

                // The idle task and init start in tick zero, which here stands for "unknown".
                stat = new ProcessStat(Encoding.UTF8.GetString(line[(open + 1)..close]), (flags & KernelThreadFlag) != 0, Math.Max(startTime, 1));
                return true;
            }

            field++;
        }

        return false;
    }
}
