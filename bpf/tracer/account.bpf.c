// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "account.bpf.h"
#include "system_call.bpf.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

struct accounts_map accounts SEC(".maps");

const volatile __u8 keep_accounts = 1;

enum {
	/* include/linux/sched.h */
	TASK_UNINTERRUPTIBLE = 0x2,
	TASK_FREEZABLE = 0x2000,
};

/* Charges the wait that has ended when the thread last came to a processor. */
static __always_inline void charge(struct thread_account *account, __u64 arrival, __u64 run_delay, __u64 left)
{
	__u64 ready = run_delay - account->run_delay;
	__s64 blocked = arrival - left - ready;

	if (account->reason == WAIT_THROTTLED)
		account->throttled += ready;
	if (blocked > 0)
		account->waited[account->reason & (WAITS - 1)] += blocked;
}

/* As the thread itself, which may leave its processor at any instruction: whoever takes `left` away charges the wait. */
static __always_inline void settle(struct thread_account *account, const struct task_struct *task)
{
	__u64 left = *(volatile __u64 *)&account->left;
	__u64 arrival = task->sched_info.last_arrival, run_delay = task->sched_info.run_delay;

	if (left && __sync_val_compare_and_swap(&account->left, left, 0) == left)
		charge(account, arrival, run_delay, left);
}

/* Says for what the thread has waited since its last call on a socket, now that another has ended. */
static __always_inline __u64 resolve(struct thread_account *account, __u32 call)
{
	__u64 polled = account->waited[WAIT_POLL], own = account->waited[WAIT_SOCKET];

	if (polled) {
		account->waited[WAIT_POLL] = 0;
		if (call & (CALL_RECEIVED | CALL_CONNECTED))
			own += polled;
		else
			account->waited[WAIT_SLEEP] += polled;
	}
	account->waited[WAIT_SOCKET] = 0;
	account->network += own;
	if (call & CALL_SEALED) {
		account->sealed += own;
		return 0;
	}
	if (call & CALL_UNSEALED)
		own += account->sealed;
	account->sealed = 0;
	return own;
}

__noinline int take_mark(struct thread_account *account, __u32 call)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct mark *mark;

	if (!account)
		return 0;
	settle(account, task);
	mark = &account->mark;
	mark->waited = resolve(account, call);
	mark->run_queue = task->sched_info.run_delay;
	mark->throttled = account->throttled;
	mark->block_io = account->waited[WAIT_BLOCK_IO];
	mark->lock = account->waited[WAIT_LOCK];
	mark->network = account->network;
	mark->sleep = account->waited[WAIT_SLEEP];
	mark->tid = task->pid;
	return 0;
}

/* Whether the CPU quota of its group has taken the processor from a thread that could run. */
static __always_inline bool is_throttled(const struct task_struct *task)
{
	/* Since 6.18 each thread is throttled by itself; `throttle_count` then shows on ordinary waits, too. */
	if (bpf_core_field_exists(task->throttled))
		return task->throttled;
	if (bpf_core_field_exists(struct cfs_rq, throttle_count))
		return task->se.cfs_rq->throttle_count > 0;
	return false;
}

static __always_inline enum wait reason_of(struct task_struct *task, bool preempted, __u32 state)
{
	state &= ~TASK_FREEZABLE;
	if (preempted || !state)
		return is_throttled(task) ? WAIT_THROTTLED : WAIT_NONE;
	if (BPF_CORE_READ_BITFIELD_PROBED(task, in_iowait))
		return WAIT_BLOCK_IO;
	/* Of the kernel's own: a semaphore, a mutex. */
	if (state & TASK_UNINTERRUPTIBLE)
		return WAIT_LOCK;
	return reason_of_call(task);
}

/*
 * A thread leaves its processor: the one hook of the account. Threads without an account pay for one load. Runs with the run
 * queue locked, whose clock has just been set.
 */
SEC("tp_btf/sched_switch")
int BPF_PROG(sonde_switch, bool preempt, struct task_struct *prev, struct task_struct *next, unsigned int prev_state)
{
	struct thread_account *account;
	__u64 run_delay, left;

	if (!prev->bpf_storage)
		return 0;
	account = bpf_task_storage_get(&accounts, prev, NULL, 0);
	if (!account)
		return 0;
	run_delay = prev->sched_info.run_delay;
	left = account->left;
	if (left)
		charge(account, prev->sched_info.last_arrival, run_delay, left);
	account->run_delay = run_delay;
	account->reason = reason_of(prev, preempt, prev_state);
	account->left = prev->se.cfs_rq->rq->clock;
	return 0;
}
