/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Finding a socket's connection, and its patterns and place. */
#ifndef SONDE_CONNECTION_H
#define SONDE_CONNECTION_H

#include "maps.bpf.h"
#include "record.bpf.h"

#include <bpf/bpf_core_read.h>

/* A connection that no pattern matches within so many changes of direction is none that Sonde reads. */
enum { TURNS_OF_A_STRANGER = 4 };

static __always_inline struct connection *unix_connection(struct sock *sk)
{
	/* A Unix socket ends without a tracepoint and takes its storage along: a map outlives it until the sweep. */
	__u64 cookie = bpf_get_socket_cookie(sk);
	struct connection *connection = bpf_map_lookup_elem(&unix_connections, &cookie);
	struct connection *sign;

	if (connection || !trace_unix)
		return connection;
	/* By what lies in the socket's own storage the sweep knows that it lives. */
	sign = bpf_sk_storage_get(&connections, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!sign)
		return NULL;
	sign->cookie = cookie;
	bpf_map_update_elem(&unix_connections, &cookie, zeros, BPF_NOEXIST);
	connection = bpf_map_lookup_elem(&unix_connections, &cookie);
	if (connection) {
		connection->cookie = cookie;
		connection->alive = 1;
	}
	return connection;
}

static __always_inline struct connection *inet_connection(struct sock *sk)
{
	struct connection *connection = bpf_sk_storage_get(&connections, sk, NULL, 0);

	if (connection)
		return connection;
	connection = bpf_sk_storage_get(&connections, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (connection)
		connection->cookie = bpf_get_socket_cookie(sk);
	return connection;
}

static __always_inline bool is_stream(struct sock *sk)
{
	/* sk_type is a bit field in kernels before 5.6 only; those are refused. */
	return sk->sk_type == SOCK_STREAM;
}

static __always_inline __u64 exchange_id(const struct connection *connection, __u32 ordinal)
{
	return connection->cookie << ORDINAL_BITS | (ordinal & ((1 << ORDINAL_BITS) - 1));
}

/* Copies how the exchange stands and takes a sequence number for telling it. Under the lock. */
static __always_inline void stand(struct connection *connection, struct standing *standing)
{
	standing->exchange = exchange_id(connection, connection->ordinal);
	standing->request_size = connection->request_size;
	standing->request_last = connection->request_last;
	standing->response_size = connection->response_size;
	standing->response_last = connection->response_last;
	standing->response_tail = connection->response_tail;
	standing->mark = &connection->mark;
	standing->role = connection->role;
	standing->sequence = connection->sequence++;
	connection->dirty = 0;
}

/*
 * Nothing more will pass, or is to: user space is told, once, if it knows of the connection. `shared`: other threads may be at
 * it, and it has a lock that may be taken.
 */
static __always_inline void end_connection(struct connection *connection, bool shared)
{
	struct standing standing;

	if (connection->muted && !connection->sealed)
		return;
	connection->muted = 1;
	connection->sealed = 0;
	if (!connection->sequence)
		return;
	if (shared)
		bpf_spin_lock(&connection->lock);
	stand(connection, &standing);
	if (shared)
		bpf_spin_unlock(&connection->lock);
	tell_progress(&standing, PROGRESS_CLOSED, bpf_ktime_get_ns());
}

struct match {
	__u8 protocol;
	__u8 side;
	__u8 is_opening;
};

/* The protocol whose message begins with these bytes. */
static __always_inline struct match match_patterns(__u64 word, __u32 length)
{
	struct match match = {};

	for (__u32 i = 0; i < PATTERNS; i++) {
		if (i >= pattern_count)
			break;
		if (patterns[i].length <= length && ((word ^ patterns[i].value) & patterns[i].mask) == 0) {
			match.protocol = patterns[i].protocol;
			match.side = patterns[i].side;
			match.is_opening = patterns[i].is_opening;
			break;
		}
	}
	return match;
}

#endif
