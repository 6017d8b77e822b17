using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Sonde.Bpf.Native;

/// <summary><c>perf_event_open(2)</c> and its controls (linux/perf_event.h). Each answers a descriptor or 0, or -errno.</summary>
internal static unsafe class PerfCall
{
    internal const uint Hardware = 0, Software = 1;
    internal const ulong CpuClock = 0;

    private const uint Tracepoint = 2;
    private const ulong Dummy = 9;
    private const nuint Enable = 0x2400, SetProgram = 0x40042408;
    private const nint CloseOnExec = 8;
    private const int EveryProcess = -1;

    /// <summary>Bits of <see cref="EventAttributes.Flags"/>.</summary>
    private const ulong Disabled = 1, TellMappings = 1 << 8, IsFrequency = 1 << 10, WakeByBytes = 1 << 14, TellInodes = 1 << 23;

    private static readonly nint _perfEventOpen = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 241 : 298;

    /// <summary>Where the kernel says that it has a kind of event: <c>kprobe</c>, <c>uprobe</c>.</summary>
    internal static string SourcePath(string source) => $"/sys/bus/event_source/devices/{source}/type";

    internal static bool HasSource(string source) => File.Exists(SourcePath(source));

    /// <summary>A tracepoint by its number. A program attached to it runs on every CPU, whatever CPU the event is of.</summary>
    internal static int OpenTracepoint(int id)
    {
        EventAttributes attributes = new() { Type = Tracepoint, Config = (ulong)id, Period = 1 };
        return Open(&attributes, EveryProcess, 0);
    }

    /// <summary>A probe in the kernel or in a file. A program attached to it runs on every CPU.</summary>
    /// <param name="source"><c>kprobe</c> or <c>uprobe</c>.</param>
    /// <param name="functionOrPath">The kernel's function or the file.</param>
    /// <param name="offset">Bytes into it.</param>
    /// <param name="isReturn">Where the function returns instead of where it begins.</param>
    /// <param name="semaphore">For uprobes: where in the file 2 bytes lie that count who is attached; 0 for none.</param>
    /// <param name="processId">One process or -1 for all.</param>
    internal static int OpenProbe(string source, string functionOrPath, ulong offset, bool isReturn = false, uint semaphore = 0, int processId = EveryProcess)
    {
        fixed (byte* target = Encoding.UTF8.GetBytes(functionOrPath + '\0'))
        {
            EventAttributes attributes = new()
            {
                Type = TypeOf(source),
                Config = (isReturn ? 1u : 0) | (ulong)semaphore << 32,
                Config1 = (ulong)target,
                Config2 = offset,
                Flags = Disabled,
            };
            return Open(&attributes, processId, processId == EveryProcess ? 0 : -1);
        }
    }

    /// <summary>An event of one CPU that comes every so many, or so many times a second.</summary>
    internal static int OpenSampler(uint type, ulong config, ulong period, bool isFrequency, int cpu)
    {
        EventAttributes attributes = new() { Type = type, Config = config, Period = period, Flags = Disabled | (isFrequency ? IsFrequency : 0) };
        return Open(&attributes, EveryProcess, cpu);
    }

    /// <summary>What is mapped executable on a CPU, as <c>PERF_RECORD_MMAP2</c> in the event's memory; ready to read with each record.</summary>
    internal static int OpenMappings(int cpu)
    {
        // Counted in bytes: only samples are counted in events, and these are none.
        EventAttributes attributes = new() { Type = Software, Config = Dummy, Flags = TellMappings | TellInodes | WakeByBytes, WakeUpAfter = 1 };
        return Open(&attributes, EveryProcess, cpu);
    }

    /// <summary>Has the event run a program.</summary>
    internal static int Attach(int eventFd, int programFd)
    {
        int result = Libc.Result(Libc.ioctl(eventFd, SetProgram, programFd));
        return result < 0 ? result : Libc.Result(Libc.ioctl(eventFd, Enable, 0));
    }

    private static uint TypeOf(string source) =>
        HasSource(source) ? uint.Parse(File.ReadAllText(SourcePath(source)), CultureInfo.InvariantCulture) : uint.MaxValue;

    private static int Open(EventAttributes* attributes, int processId, int cpu)
    {
        attributes->Size = (uint)sizeof(EventAttributes);
        return Libc.Result(Libc.syscall(_perfEventOpen, (nint)attributes, processId, cpu, -1, CloseOnExec));
    }

    /// <summary><c>struct perf_event_attr</c>, version 1: 72 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct EventAttributes
    {
        internal uint Type;
        internal uint Size;
        internal ulong Config;
        internal ulong Period;
        internal ulong SampleType;
        internal ulong ReadFormat;
        internal ulong Flags;
        internal uint WakeUpAfter;
        internal uint BreakpointType;
        internal ulong Config1;
        internal ulong Config2;
    }
}
