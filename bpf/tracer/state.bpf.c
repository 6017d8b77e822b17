// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Beginning and end of a connection, from the TCP state machine (net/ipv4/af_inet.c: inet_sk_set_state). */
#include "connection.bpf.h"
#include "own.bpf.h"

#include <bpf/bpf_tracing.h>

static __always_inline void begin(struct sock *sk, enum role role)
{
	struct connection *connection = inet_connection(sk);
	struct tcp_sock *tcp;

	if (!connection) {
		count(COUNTER_CONNECTIONS_REFUSED);
		return;
	}
	if (connection->own) {
		keep_own_end(sk, connection);
		return;
	}
	if (role == ROLE_SERVER && is_own_client(sk)) {
		connection->muted = 1;
		return;
	}
	connection->role = role;
	tcp = sk->sk_protocol == IPPROTO_TCP ? bpf_skc_to_tcp_sock(sk) : NULL;
	if (tcp) {
		connection->sent = tcp->write_seq;
		connection->sent_known = 1;
	}
}

static __always_inline void end(struct sock *sk)
{
	struct connection *connection = bpf_sk_storage_get(&connections, sk, NULL, 0);
	struct standing standing;

	if (connection && connection->own)
		forget_own_end(sk, connection);
	/* What user space was never told of, it need not forget. */
	if (!connection || connection->muted || !connection->sequence)
		return;
	bpf_spin_lock(&connection->lock);
	stand(connection, &standing);
	bpf_spin_unlock(&connection->lock);
	tell_progress(&standing, PROGRESS_CLOSED, bpf_ktime_get_ns());
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(sonde_state, struct sock *sk, int oldstate, int newstate)
{
	if (!is_stream(sk))
		return 0;
	if (newstate == TCP_ESTABLISHED) {
		if (oldstate == TCP_SYN_SENT)
			begin(sk, ROLE_CLIENT);
		else if (oldstate == TCP_SYN_RECV)
			begin(sk, ROLE_SERVER);
	} else if (newstate == TCP_SYN_SENT) {
		mark_own(sk);
	} else if (newstate == TCP_CLOSE) {
		end(sk);
	}
	return 0;
}
