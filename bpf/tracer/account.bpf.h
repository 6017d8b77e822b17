/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel's account of a thread's time: what it waited for since its account was opened, in counters that only grow. What the
 * scheduler counts itself is read: the time in the run queue. The rest is moved when the thread leaves its processor
 * (account.bpf.c). A mark is a copy of the counters, taken when a call of the thread on a socket ends; the difference of two
 * marks of a thread is what became of the time between them, and what it does not hold was spent on a processor.
 */
#ifndef SONDE_ACCOUNT_H
#define SONDE_ACCOUNT_H

#include "abi.h"
#include "kernel.h"
#include "maps.bpf.h"

/* Why a thread has left its processor. */
enum wait {
	/* It was pushed out, and waits for a processor. */
	WAIT_NONE = 0,
	WAIT_THROTTLED,
	WAIT_BLOCK_IO,
	WAIT_LOCK,
	WAIT_SLEEP,
	/* In a call on a socket; for which connection, the end of the call tells. */
	WAIT_SOCKET,
	/* For any of several descriptors, or a timer: what the thread does next tells which. */
	WAIT_POLL,
	WAITS = 8,
};

struct thread_account {
	/* At the thread's last call on a socket that was looked at. */
	struct mark mark;
	/* Nanoseconds by reason. WAIT_SOCKET and WAIT_POLL: since the thread's last call on a socket. */
	__u64 waited[WAITS];
	__u64 network;
	__u64 throttled;
	/* Of `network`, what an encrypted connection's socket has waited and its plaintext has not yet claimed. */
	__u64 sealed;
	/* The run queue's clock when the thread last left a processor, its run_delay then, and why. 0: it is charged. */
	__u64 left;
	__u64 run_delay;
	__u32 reason;
	__u32 reserved;
};

struct accounts_map {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct thread_account);
};
extern struct accounts_map accounts SEC(".maps");

/* Set before loading: whether there are accounts at all. */
extern const volatile __u8 keep_accounts;

/* What a call on a socket does to the waits before it. */
enum call_end {
	CALL_SENT = 1,
	CALL_RECEIVED = 2,
	/* The bytes are ciphertext: whose they are, the library's call tells. */
	CALL_SEALED = 4,
	/* The plaintext of a connection whose socket moved ciphertext before. */
	CALL_UNSEALED = 8,
	/* The first of a client's connection: a poll before it waited for the connection to stand. */
	CALL_CONNECTED = 16,
};

/*
 * A call of the current thread on a socket has ended: brings its counters up to date, its mark among them, whose `waited` is
 * what the thread has waited for just this call. A global function; `call` is of enum call_end.
 */
int take_mark(struct thread_account *account, __u32 call);

/* The current thread's account; NULL when it has none. */
static __always_inline struct thread_account *known_account(void)
{
	struct task_struct *task = bpf_get_current_task_btf();

	/* Almost all threads have no storage of any kind. */
	return keep_accounts && task->bpf_storage ? bpf_task_storage_get(&accounts, task, NULL, 0) : NULL;
}

/* The current thread's account, opened when it has none. */
static __always_inline struct thread_account *this_account(void)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (!keep_accounts || task->flags & (PF_KTHREAD | PF_IO_WORKER | PF_USER_WORKER))
		return NULL;
	return bpf_task_storage_get(&accounts, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
}

/* What the end of a call that moved a connection's bytes does. */
static __always_inline __u32 ending_of(const struct connection *connection, bool is_receive, bool is_socket)
{
	__u32 call = is_receive ? CALL_RECEIVED : CALL_SENT;

	if (!is_socket)
		call |= CALL_UNSEALED;
	if (!is_receive && connection->state == STATE_IDLE)
		call |= CALL_CONNECTED;
	return call;
}

/* Adds what is the connection's. Under its lock. `keeps`: user space is not told of this call. */
static __always_inline void join_mark(struct connection *connection, struct mark *mark, bool keeps)
{
	connection->waited += mark->waited;
	mark->waited = connection->waited;
	mark->retransmits = connection->retransmits;
	mark->retransmit_wait = connection->retransmit_wait;
	mark->round_trip = connection->round_trip;
	if (keeps)
		__builtin_memcpy(&connection->mark, mark, sizeof(*mark));
}

/* The current thread's mark at the end of a call that moved a connection's bytes; NULL when there is none. */
static __always_inline struct mark *mark_call(const struct connection *connection, bool is_receive, bool is_socket)
{
	struct thread_account *account = this_account();

	if (!account)
		return NULL;
	take_mark(account, ending_of(connection, is_receive, is_socket));
	return &account->mark;
}

/* A call on a socket that is not looked at, or that moved ciphertext: it may be what the thread has waited for. */
static __always_inline void pass_by(bool is_receive, bool is_ciphertext)
{
	struct thread_account *account = known_account();

	if (account)
		take_mark(account, (is_receive ? CALL_RECEIVED : CALL_SENT) | (is_ciphertext ? CALL_SEALED : 0));
}

#endif
