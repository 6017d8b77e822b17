namespace Sonde.Probes.Linq.Events;

/// <summary>A program asks for a host's addresses, by any C library on the machine.</summary>
[Uprobe("libc", "getaddrinfo")]
public sealed record GetAddrInfo : KernelEvent
{
    /// <summary>The host, cut to 63 bytes.</summary>
    [Value("str(arg0)")]
    public string Host { get; init; } = "";
}

/// <summary>A program has got a host's addresses, or not.</summary>
[Uretprobe("libc", "getaddrinfo")]
public sealed record GetAddrInfoReturn : KernelEvent
{
    /// <summary>0, or one of the library's <c>EAI_</c> errors.</summary>
    [Value("(int32)retval")]
    public int Error { get; init; }
}
