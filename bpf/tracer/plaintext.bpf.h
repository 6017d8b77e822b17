/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Plaintext that a program at a library's function has seen goes the way of a socket's bytes. */
#ifndef SONDE_PLAINTEXT_H
#define SONDE_PLAINTEXT_H

#include "exchange.bpf.h"

static __always_inline bool is_own(void)
{
	return bpf_get_current_pid_tgid() >> 32 == own_process;
}

static __always_inline struct session_key key_of(__u64 object)
{
	return (struct session_key){ .object = object, .process = bpf_get_current_pid_tgid() >> 32 };
}

/* Tries to have a session for itself: what another thread does with it takes microseconds. */
enum { TRIES = 512 };

/*
 * In C one thread is at a library's object at a time. In Go one goroutine may read while another writes: the second waits. If the
 * first was put aside by the scheduler meanwhile, it waits no longer; a number may then be missing or come twice, and is counted
 * as missed.
 */
static __always_inline bool take(struct session *session)
{
	for (int i = 0; i < TRIES; i++) {
		if (!__sync_lock_test_and_set(&session->taken, 1))
			return true;
	}
	return false;
}

static __always_inline void give_back(struct session *session, bool taken)
{
	if (taken)
		__sync_lock_test_and_set(&session->taken, 0);
}

/* Plaintext has passed: `address` is where it lies, 0 when that is not known. */
static __always_inline void tell_plaintext(struct session *session, __u32 process, enum direction direction, __u64 address,
				 __u32 moved)
{
	struct connection *connection = &session->connection;
	__u64 id = bpf_get_current_pid_tgid();
	struct transfer transfer = { .direction = direction, .moved = moved, .tid = (__u32)id };
	struct payload payload = { .address = address, .readable = address != 0 };
	struct decision decision = {};
	struct walk *walk;
	__u32 *passed = direction == DIRECTION_IN ? &session->received : &session->sent;
	__u32 position = *passed;

	*passed = position + moved;
	if (connection->muted)
		return;
	if (is_excluded(connection, id)) {
		connection->muted = 1;
		return;
	}
	transfer.time = bpf_ktime_get_ns();
	/* The plaintext is numbered as TCP numbers bytes: both ends of the connection count alike. 0 is no number. */
	if (is_of_frames(connection, &transfer, &payload)) {
		walk = walk_call(connection, &transfer, &payload, id, false);
		if (!walk)
			return;
		walk->header.stream_position = position + 1;
		if (session->ends.socket && walk_needs_introduction(connection, walk))
			connection->introduced = introduce_session(session, walk->header.role, process,
								   walk->header.exchange, transfer.time);
		tell_walk(walk);
		return;
	}
	cut(connection, &transfer, &payload, &decision, id, false);
	decision.fragment.stream_position = position + 1;
	if (session->ends.socket && needs_introduction(connection, &decision))
		connection->introduced = introduce_session(session, decision.fragment.role, process,
							   decision.fragment.exchange, transfer.time);
	tell(&decision, &payload);
}

static __always_inline void pass(struct session *session, __u32 process, enum direction direction, __u64 address,
				 __u32 moved)
{
	bool taken = take(session);

	tell_plaintext(session, process, direction, address, moved);
	give_back(session, taken);
}

#endif
