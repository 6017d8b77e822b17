using System.Globalization;
using Sonde.Bpf.Native;

namespace Sonde.Bpf.Links;

/// <summary>Timers and counters of perf on every CPU that is online: programs of type <see cref="BpfProgramType.PerfEvent"/>.</summary>
public static class SamplingLink
{
    /// <summary>A timer on each CPU.</summary>
    /// <param name="program">The program.</param>
    /// <param name="period">Nanoseconds between two; with <paramref name="isFrequency"/> times a second.</param>
    /// <param name="isFrequency">Which of the two.</param>
    /// <param name="name">For messages.</param>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public static BpfLink AttachTimer(BpfProgram program, long period, bool isFrequency, string name) =>
        AttachEach(program, PerfCall.Software, PerfCall.CpuClock, period, isFrequency, name);

    /// <summary>A software or hardware event on each CPU.</summary>
    /// <param name="program">The program.</param>
    /// <param name="isHardware"><c>PERF_TYPE_HARDWARE</c>, else <c>PERF_TYPE_SOFTWARE</c>.</param>
    /// <param name="config">Which (linux/perf_event.h, <c>enum perf_sw_ids</c>, <c>enum perf_hw_id</c>).</param>
    /// <param name="count">The program runs every so many.</param>
    /// <param name="name">For messages.</param>
    /// <exception cref="BpfException">The kernel refused, or the machine has no such counter.</exception>
    public static BpfLink AttachEvent(BpfProgram program, bool isHardware, long config, long count, string name) =>
        AttachEach(program, isHardware ? PerfCall.Hardware : PerfCall.Software, (ulong)config, count, isFrequency: false, name);

    private static BpfLink AttachEach(BpfProgram program, uint type, ulong config, long period, bool isFrequency, string name)
    {
        List<int> events = [];
        try
        {
            foreach (int cpu in OnlineCpus())
            {
                events.Add(ProgramEvent.Attach(PerfCall.OpenSampler(type, config, (ulong)period, isFrequency, cpu), program, name));
            }
        }
        catch (BpfException)
        {
            new BpfLink([.. events]).Dispose();
            throw;
        }

        return new([.. events]);
    }

    /// <summary>The kernel's list: <c>0-3,6</c>.</summary>
    internal static IEnumerable<int> OnlineCpus()
    {
        foreach (string range in File.ReadAllText("/sys/devices/system/cpu/online").Trim().Split(','))
        {
            int[] ends = [.. range.Split('-').Select(each => int.Parse(each, CultureInfo.InvariantCulture))];
            for (int cpu = ends[0]; cpu <= ends[^1]; cpu++)
            {
                yield return cpu;
            }
        }
    }
}
