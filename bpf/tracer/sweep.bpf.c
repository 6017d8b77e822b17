// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A pass over all connections, made while user space waits for a response's end or has something to say: tells of
 * responses that have been silent for a while, and takes over verdicts.
 */
#include "connection.bpf.h"
#include "session.bpf.h"

#include <bpf/bpf_tracing.h>

/* Content decides, and user space has seen more of it than the patterns. */
static __always_inline void judge(struct connection *connection, __u32 verdict)
{
	__u8 role = verdict & VERDICT_CLIENT ? ROLE_CLIENT : verdict & VERDICT_SERVER ? ROLE_SERVER : connection->role;

	if (verdict >= VERDICT_PROTOCOL) {
		connection->protocol = verdict / VERDICT_PROTOCOL;
		connection->muted = 0;
	}
	if (role != connection->role) {
		connection->role = role;
		connection->state = STATE_IDLE;
	}
}

static __always_inline void sweep(struct connection *connection, __u64 now, bool shared)
{
	__u64 cookie = connection->cookie;
	struct standing standing = {};
	__u32 *verdict;
	bool quiet = false;

	verdict = any_verdicts ? bpf_map_lookup_elem(&verdicts, &cookie) : NULL;
	if (verdict) {
		if (*verdict & VERDICT_MUTE)
			end_connection(connection, shared);
		else
			judge(connection, *verdict);
		bpf_map_delete_elem(&verdicts, &cookie);
	}
	if (connection->muted || !connection->dirty)
		return;
	if (shared)
		bpf_spin_lock(&connection->lock);
	if (connection->dirty && connection->response_last + quiet_after <= now) {
		stand(connection, &standing);
		quiet = true;
	}
	if (shared)
		bpf_spin_unlock(&connection->lock);
	if (quiet)
		tell_progress(&standing, PROGRESS_QUIET, now);
}

/* The iterator's own pointer to the value can't be locked: look the storage up. */
SEC("iter/bpf_sk_storage_map")
int sonde_sweep(struct bpf_iter__bpf_sk_storage_map *ctx)
{
	const struct connection *seen = ctx->value;
	struct sock *sk = ctx->sk;
	struct connection *connection;
	__u64 cookie;

	if (!sk || !seen)
		return 0;
	/* Almost all of thousands of idle connections end here. */
	if (!seen->dirty && !any_verdicts && sk->__sk_common.skc_family != AF_UNIX)
		return 0;
	connection = bpf_sk_storage_get(&connections, sk, NULL, 0);
	if (!connection)
		return 0;
	if (sk->__sk_common.skc_family == AF_UNIX) {
		cookie = connection->cookie;
		connection = bpf_map_lookup_elem(&unix_connections, &cookie);
		if (connection)
			connection->alive = 1;
	} else {
		sweep(connection, bpf_ktime_get_ns(), true);
	}
	return 0;
}

/* Runs after the pass over the sockets. Unix sockets end unseen: what that pass has not met is gone. */
SEC("iter/bpf_map_elem")
int sonde_sweep_unix(struct bpf_iter__bpf_map_elem *ctx)
{
	struct connection *connection;
	const __u64 *key = ctx->key;
	__u64 cookie;

	if (!key)
		return 0;
	cookie = *key;
	connection = bpf_map_lookup_elem(&unix_connections, &cookie);
	if (!connection)
		return 0;
	if (connection->alive) {
		connection->alive = 0;
		sweep(connection, bpf_ktime_get_ns(), true);
		return 0;
	}
	end_connection(connection, true);
	bpf_map_delete_elem(&unix_connections, &cookie);
	return 0;
}

/* As the pass over the sockets, for TLS sessions. One whose socket has never been found is given up when it is idle. */
SEC("iter/bpf_map_elem")
int sonde_sweep_tls(struct bpf_iter__bpf_map_elem *ctx)
{
	const struct session_key *seen = ctx->key;
	struct connection *connection;
	struct session *session;
	struct session_key key;
	__u64 now, last;

	if (!seen)
		return 0;
	key = *seen;
	session = bpf_map_lookup_elem(&sessions, &key);
	if (!session)
		return 0;
	now = bpf_ktime_get_ns();
	connection = &session->connection;
	sweep(connection, now, false);
	last = connection->request_last > connection->response_last ? connection->request_last :
								      connection->response_last;
	if (!session->ends.socket && last + SESSION_IDLE_SECONDS * 1000000000ULL < now)
		end_session(&key);
	return 0;
}
