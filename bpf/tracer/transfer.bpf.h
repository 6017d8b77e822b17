/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A call that moved bytes, and what follows from it whatever it is taken for. */
#ifndef SONDE_TRANSFER_H
#define SONDE_TRANSFER_H

#include "connection.bpf.h"

enum direction { DIRECTION_IN = 1, DIRECTION_OUT = 2 };

/* A call that moved bytes. */
struct transfer {
	enum direction direction;
	__u32 moved;
	__u32 tid;
	__u64 time;
	__u64 tail;
	/* TCP: bytes ever written to the socket, and its place in the peer's stream; `numbered` says whether they are known. */
	__u32 written;
	__u32 stream_position;
	bool numbered;
	/* What this direction began with, up to eight bytes, while the connection's protocol is not known. */
	__u64 opening;
	__u8 opening_length;
	struct match match;
};

/* Numbers the call's bytes where the protocol does. What is sent goes on where the send before has ended. */
static __always_inline void number(struct sock *sk, struct connection *connection, struct transfer *transfer)
{
	struct tcp_sock *tcp;

	if (sk->sk_protocol != IPPROTO_TCP || (transfer->direction == DIRECTION_OUT && connection->sent_known))
		return;
	tcp = bpf_skc_to_tcp_sock(sk);
	if (!tcp)
		return;
	/* include/linux/tcp.h: eight times the smoothed round trip. */
	connection->round_trip = tcp->srtt_us >> 3;
	transfer->numbered = true;
	transfer->written = tcp->write_seq;
	transfer->stream_position =
		(transfer->direction == DIRECTION_OUT ? transfer->written : tcp->copied_seq) - transfer->moved;
}

/* Bytes that were written to the socket and that no hook has accounted for; a closing FIN counts as one and is none. */
static __always_inline __u32 overtaken_bytes(struct connection *connection, const struct transfer *transfer)
{
	__s32 outstanding;

	if (!transfer->numbered)
		return 0;
	if (!connection->sent_known) {
		connection->sent = transfer->written;
		connection->sent_known = 1;
		return 0;
	}
	outstanding = transfer->written - connection->sent - connection->late_bytes;
	return outstanding > 1 ? outstanding : 0;
}

/* Content decides who asks; until it does, who speaks first. */
static __always_inline void settle_role(struct connection *connection, const struct transfer *transfer)
{
	bool out = transfer->direction == DIRECTION_OUT;
	enum role role = connection->role;

	if (!connection->protocol && transfer->match.protocol) {
		connection->protocol = transfer->match.protocol;
		role = (transfer->match.side == SIDE_REQUEST) == out ? ROLE_CLIENT : ROLE_SERVER;
	} else if (role == ROLE_UNKNOWN) {
		role = out ? ROLE_CLIENT : ROLE_SERVER;
	}
	if (role != connection->role) {
		connection->role = role;
		connection->state = STATE_IDLE;
	}
}

#endif
