using System.Globalization;

namespace Sonde.Bpf.Instructions;

/// <summary>What the kernel calls its helpers (linux/bpf.h).</summary>
internal static class HelperNames
{
    internal static string Of(BpfHelper helper) => helper switch
    {
        BpfHelper.MapLookup => "bpf_map_lookup_elem",
        BpfHelper.MapUpdate => "bpf_map_update_elem",
        BpfHelper.MapDelete => "bpf_map_delete_elem",
        BpfHelper.Nanoseconds => "bpf_ktime_get_ns",
        BpfHelper.Random => "bpf_get_prandom_u32",
        BpfHelper.Processor => "bpf_get_smp_processor_id",
        BpfHelper.ProcessAndThread => "bpf_get_current_pid_tgid",
        BpfHelper.UserAndGroup => "bpf_get_current_uid_gid",
        BpfHelper.CommandName => "bpf_get_current_comm",
        BpfHelper.StackId => "bpf_get_stackid",
        BpfHelper.CurrentTask => "bpf_get_current_task",
        BpfHelper.CgroupId => "bpf_get_current_cgroup_id",
        BpfHelper.SpinLock => "bpf_spin_lock",
        BpfHelper.SpinUnlock => "bpf_spin_unlock",
        BpfHelper.SocketStorageGet => "bpf_sk_storage_get",
        BpfHelper.ReadUser => "bpf_probe_read_user",
        BpfHelper.ReadKernel => "bpf_probe_read_kernel",
        BpfHelper.ReadUserString => "bpf_probe_read_user_str",
        BpfHelper.ReadKernelString => "bpf_probe_read_kernel_str",
        BpfHelper.BootNanoseconds => "bpf_ktime_get_boot_ns",
        BpfHelper.RingReserve => "bpf_ringbuf_reserve",
        BpfHelper.RingSubmit => "bpf_ringbuf_submit",
        BpfHelper.RingDiscard => "bpf_ringbuf_discard",
        BpfHelper.TaskStorageGet => "bpf_task_storage_get",
        BpfHelper.TaskStorageDelete => "bpf_task_storage_delete",
        BpfHelper.CurrentTaskBtf => "bpf_get_current_task_btf",
        BpfHelper.FunctionAddress => "bpf_get_func_ip",
        BpfHelper.TaskRegisters => "bpf_task_pt_regs",
        _ => "helper_" + ((int)helper).ToString(CultureInfo.InvariantCulture),
    };
}
