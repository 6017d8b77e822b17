namespace Sonde.Bpf;

/// <summary><c>enum bpf_attach_type</c> (linux/bpf.h), as far as it is used here.</summary>
public enum BpfAttachType
{
    /// <summary>Of program types that need none; in linux/bpf.h the number of <c>BPF_CGROUP_INET_INGRESS</c>.</summary>
    None = 0,

    /// <summary><c>tp_btf</c>.</summary>
    RawTracepoint = 23,

    /// <summary><c>fentry</c>.</summary>
    FunctionEntry = 24,

    /// <summary><c>fexit</c>.</summary>
    FunctionExit = 25,
    Iterator = 28,
    KprobeMulti = 42,
    TcxIngress = 46,
    UprobeMulti = 48,
}
