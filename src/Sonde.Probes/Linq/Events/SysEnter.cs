namespace Sonde.Probes.Linq.Events;

/// <summary>A system call begins.</summary>
[Tracepoint("raw_syscalls", "sys_enter")]
public sealed record SysEnter : KernelEvent
{
    /// <summary>Its number on this architecture.</summary>
    [Field("id")]
    public long Number { get; init; }

    [Field("args[0]")]
    public ulong Argument0 { get; init; }

    [Field("args[1]")]
    public ulong Argument1 { get; init; }

    [Field("args[2]")]
    public ulong Argument2 { get; init; }
}

/// <summary>A system call returns.</summary>
[Tracepoint("raw_syscalls", "sys_exit")]
public sealed record SysExit : KernelEvent
{
    /// <summary>Its number on this architecture.</summary>
    [Field("id")]
    public long Number { get; init; }

    /// <summary>What it returns; an error's number, negated, from -4095 on.</summary>
    [Field("ret")]
    public long Result { get; init; }
}
