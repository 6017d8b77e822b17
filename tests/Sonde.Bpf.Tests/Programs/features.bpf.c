// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* What the feature table asks for, as real programs: the test loads and attaches them one at a time. */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct sock;
struct task_struct;

struct value {
	int number;
	struct bpf_spin_lock lock;
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct value);
} sockets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct value);
} tasks SEC(".maps");

SEC("?tp_btf/sched_switch")
int BPF_PROG(tracing)
{
	return 0;
}

SEC("?tp_btf/inet_sock_set_state")
int BPF_PROG(socket_storage, struct sock *sk)
{
	bpf_sk_storage_get(&sockets, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	return 0;
}

SEC("?tp_btf/inet_sock_set_state")
int BPF_PROG(spin_lock, struct sock *sk)
{
	struct value *value = bpf_sk_storage_get(&sockets, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);

	if (!value)
		return 0;
	bpf_spin_lock(&value->lock);
	value->number++;
	bpf_spin_unlock(&value->lock);
	return 0;
}

SEC("?tp_btf/sched_switch")
int BPF_PROG(task_storage)
{
	bpf_task_storage_get(&tasks, bpf_get_current_task_btf(), 0, 0);
	return 0;
}

SEC("?tp_btf/sched_process_exit")
int BPF_PROG(saved_registers)
{
	return !bpf_task_pt_regs(bpf_get_current_task_btf());
}

SEC("?iter/bpf_sk_storage_map")
int iterator(void *context)
{
	return 0;
}

SEC("?fentry/bpf_fentry_test1")
int BPF_PROG(function_entry)
{
	return 0;
}

SEC("?fexit/bpf_fentry_test1")
int BPF_PROG(function_exit)
{
	return 0;
}

SEC("?kprobe/bpf_fentry_test1")
int kernel_probe(void *context)
{
	return 0;
}

SEC("?uprobe")
int user_probe(void *context)
{
	return 0;
}
