// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Programs that begin and processes that end, so that a name is known even of those that live for milliseconds. */
#include "maps.bpf.h"
#include "record.bpf.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

SEC("tp_btf/sched_process_exec")
int BPF_PROG(sonde_exec, struct task_struct *task, int old_pid, struct linux_binprm *binprm)
{
	struct reservation reservation = reserve(sizeof(struct exec_record));
	struct exec_record *record = reservation.record;
	struct mm_struct *memory;
	__u64 start, length;
	long read;

	if (!record)
		return 0;
	record->kind = RECORD_EXEC;
	__builtin_memset(record->reserved, 0, sizeof(record->reserved));
	record->pid = task->tgid;
	record->time = bpf_ktime_get_ns();
	read = bpf_probe_read_kernel_str(record->program, sizeof(record->program), binprm->filename);
	record->program_length = read > 0 ? read - 1 : 0;
	record->arguments_length = 0;
	memory = task->mm;
	if (memory) {
		start = memory->arg_start;
		length = memory->arg_end - start;
		if (length > sizeof(record->arguments))
			length = sizeof(record->arguments);
		if (!bpf_probe_read_user(record->arguments, length, (void *)start))
			record->arguments_length = length;
	}
	commit(&reservation, sizeof(*record));
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(sonde_exit, struct task_struct *task)
{
	struct reservation reservation;
	struct exit_record *record;

	if (task->signal->live.counter)
		return 0;
	reservation = reserve(sizeof(struct exit_record));
	record = reservation.record;
	if (!record)
		return 0;
	record->kind = RECORD_EXIT;
	__builtin_memset(record->reserved, 0, sizeof(record->reserved));
	record->pid = task->tgid;
	record->time = bpf_ktime_get_ns();
	commit(&reservation, sizeof(*record));
	return 0;
}

/* Run once by Sonde itself: which process it is, as the hooks see it, whatever PID namespace it runs in. */
SEC("syscall")
int sonde_identify(void *context)
{
	own_process = bpf_get_current_pid_tgid() >> 32;
	return 0;
}
