namespace Sonde.Probes.Linq;

/// <summary>Where the events of a record come from. The kinds and names are those of the probe language.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct, Inherited = false)]
public abstract class AttachPointAttribute : Attribute
{
    private protected AttachPointAttribute(string provider, params string[] parts) => (Provider, Parts) = (provider, parts);

    internal string Provider { get; }

    internal string[] Parts { get; }
}

/// <summary>A tracepoint: <c>[Tracepoint("tcp", "tcp_retransmit_skb")]</c>. Its fields are those of its format file.</summary>
/// <param name="group">The subsystem.</param>
/// <param name="name">The event.</param>
public sealed class TracepointAttribute(string group, string name) : AttachPointAttribute("tracepoint", group, name);

/// <summary>A tracepoint's own arguments, typed by BTF: <c>[RawTracepoint("sched_switch")]</c>.</summary>
/// <param name="name">The event.</param>
public sealed class RawTracepointAttribute(string name) : AttachPointAttribute("rawtracepoint", name);

/// <summary>The beginning of a kernel function; its fields are its parameters, typed by BTF.</summary>
/// <param name="function">The kernel's symbol.</param>
public sealed class FentryAttribute(string function) : AttachPointAttribute("fentry", function);

/// <summary>The return of a kernel function; its fields are its parameters, and <c>[Value("retval")]</c> what it returns.</summary>
/// <param name="function">The kernel's symbol.</param>
public sealed class FexitAttribute(string function) : AttachPointAttribute("fexit", function);

/// <summary>The beginning of a kernel function, by a breakpoint: it has no fields, but <c>[Value("arg0")]</c> and so on.</summary>
/// <param name="function">The kernel's symbol.</param>
public sealed class KprobeAttribute(string function) : AttachPointAttribute("kprobe", function);

/// <summary>The return of a kernel function, by a breakpoint: <c>[Value("retval")]</c>.</summary>
/// <param name="function">The kernel's symbol.</param>
public sealed class KretprobeAttribute(string function) : AttachPointAttribute("kretprobe", function);

/// <summary>The beginning of a function of a program or library: <c>[Uprobe("libc", "getaddrinfo")]</c>.</summary>
/// <param name="file">A path, or a library's short name for every copy on the machine, containers included.</param>
/// <param name="function">Its symbol.</param>
public sealed class UprobeAttribute(string file, string function) : AttachPointAttribute("uprobe", file, function);

/// <summary>The return of a function of a program or library: <c>[Value("retval")]</c>.</summary>
/// <param name="file">A path, or a library's short name for every copy on the machine, containers included.</param>
/// <param name="function">Its symbol.</param>
public sealed class UretprobeAttribute(string file, string function) : AttachPointAttribute("uretprobe", file, function);
