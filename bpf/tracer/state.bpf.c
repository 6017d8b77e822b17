// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Beginning and end of a connection, from the TCP state machine (net/ipv4/af_inet.c: inet_sk_set_state). A connection may
 * be over while its last bytes are still to be read (a reset behind the answer, a client that closed its own side): then
 * it ends with its socket (net/ipv4/tcp_ipv4.c: tcp_v4_destroy_sock, which IPv6 uses too).
 */
#include "account.bpf.h"
#include "connection.bpf.h"
#include "own.bpf.h"
#include "session.bpf.h"

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
	connection->whole = 1;
	if (connection->connect)
		connection->connect = bpf_ktime_get_ns() - connection->connect;
	tcp = sk->sk_protocol == IPPROTO_TCP ? bpf_skc_to_tcp_sock(sk) : NULL;
	if (tcp) {
		connection->sent = tcp->write_seq;
		connection->sent_known = 1;
	}
}

static __always_inline void begin_connect(struct sock *sk)
{
	struct connection *connection = keep_accounts ? inet_connection(sk) : NULL;

	if (connection)
		connection->connect = bpf_ktime_get_ns();
}

static __always_inline void end(struct sock *sk)
{
	struct connection *connection = bpf_sk_storage_get(&connections, sk, NULL, 0);

	if (!connection)
		return;
	if (connection->own)
		forget_own_end(sk, connection);
	end_session_on(connection);
	end_connection(connection, true);
}

/* A FIN that nobody has read counts as a byte: harmless, the socket ends soon after. */
static __always_inline bool has_unread(struct sock *sk)
{
	struct tcp_sock *tcp = sk->sk_protocol == IPPROTO_TCP ? bpf_skc_to_tcp_sock(sk) : NULL;

	return tcp && tcp->rcv_nxt != tcp->copied_seq;
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
		begin_connect(sk);
	} else if (newstate == TCP_CLOSE && !has_unread(sk)) {
		end(sk);
	}
	return 0;
}

SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(sonde_destroy, struct sock *sk)
{
	end(sk);
	return 0;
}
