using System.Runtime.InteropServices;

namespace Sonde.Bpf.Native;

/// <summary><c>struct bpf_object_open_opts</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct OpenOptions
{
    internal nuint Size;
    internal byte* ObjectName;
    internal byte RelaxedMaps;
    internal byte* PinRootPath;
    internal uint Reserved;
    internal byte* KernelConfiguration;
    internal byte* CustomBtfPath;
    internal byte* Log;
    internal nuint LogSize;
    internal uint LogLevel;
}

/// <summary><c>struct bpf_iter_attach_opts</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct IteratorOptions
{
    internal nuint Size;
    internal IteratorTarget* Target;
    internal uint TargetSize;
}

/// <summary><c>union bpf_iter_link_info</c>, of which the map is used here.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
internal struct IteratorTarget
{
    internal int MapFd;
}

/// <summary><c>struct bpf_test_run_opts</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct TestRunOptions
{
    internal nuint Size;
    internal void* DataIn;
    internal void* DataOut;
    internal uint DataSizeIn;
    internal uint DataSizeOut;
    internal void* ContextIn;
    internal void* ContextOut;
    internal uint ContextSizeIn;
    internal uint ContextSizeOut;
    internal uint Result;
    internal int Repeat;
    internal uint Duration;
    internal uint Flags;
    internal uint Cpu;
    internal uint BatchSize;
}

/// <summary><c>struct bpf_prog_info</c> up to its last field that is read here (linux/bpf.h).</summary>
[StructLayout(LayoutKind.Explicit, Size = 224)]
internal struct ProgramInfo
{
    [FieldOffset(4)] internal uint Id;
    [FieldOffset(16)] internal uint JitedSize;
    [FieldOffset(192)] internal ulong RunTimeNanoseconds;
    [FieldOffset(200)] internal ulong RunCount;
    [FieldOffset(208)] internal ulong RecursionMisses;
    [FieldOffset(216)] internal uint VerifiedInstructions;
}
