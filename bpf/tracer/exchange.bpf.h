/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Cutting a connection into exchanges. A tap calls received() or sent() once for every call that moved bytes, at its
 * end; everything else follows from the direction in which bytes move.
 *
 * The hooks run without the socket's lock, so the hook of a send may run after the peer's answer to it was read on
 * another thread. TCP tells: more was written to the socket (write_seq) than hooks have accounted for. The place of
 * the overtaken call is then kept, sequence number included, and its hook joins it; the reader of the records waits
 * for the gap in the sequence to be filled. A receive is never overtaken: nobody knows the bytes before it returns.
 */
#ifndef SONDE_EXCHANGE_H
#define SONDE_EXCHANGE_H

#include "account.bpf.h"
#include "ciphertext.bpf.h"
#include "connection.bpf.h"
#include "datagrams.bpf.h"
#include "fragment.bpf.h"
#include "framed.bpf.h"
#include "introduction.bpf.h"
#include "maps.bpf.h"
#include "payload.bpf.h"
#include "record.bpf.h"
#include "transfer.bpf.h"

/* What it means, decided under the lock and told after it. */
struct decision {
	struct fragment_record fragment;
	struct standing before;
	/* Of the thread that made the call; NULL: it has none. */
	const struct mark *mark;
	/* Bytes to capture of this side of the exchange. */
	__u32 window;
	bool tell;
	bool tell_before;
	bool muted;
};

/* The exchange before has ended; another begins. */
static __always_inline void open_exchange(struct connection *connection, struct decision *decision)
{
	if (connection->state == STATE_RESPONSE && connection->dirty) {
		stand(connection, &decision->before);
		decision->tell_before = true;
	}
	connection->ordinal++;
	connection->request_size = 0;
	connection->request_last = 0;
	connection->response_size = 0;
	connection->response_last = 0;
	connection->response_tail = 0;
	connection->dirty = 0;
}

/* Keeps the place of a send whose hook has yet to run. */
static __always_inline void expect_late(struct connection *connection, enum side side, __u64 position, __u32 bytes,
					__u32 reader)
{
	if (connection->late_bytes && ++connection->late_missed > 3)
		/* The arithmetic does not hold on this socket (bytes that no hook sees): rely on it no longer. */
		connection->sent_known = 0;
	connection->late_side = side;
	connection->late_position = position;
	connection->late_bytes = bytes;
	connection->late_ordinal = connection->ordinal;
	connection->late_sequence = connection->sequence++;
	connection->late_reader = reader;
}

/* Accounts for a send's bytes; true when it is the one that was overtaken. */
static __always_inline bool join_late(struct connection *connection, const struct transfer *transfer,
				      struct decision *decision)
{
	struct fragment_record *fragment = &decision->fragment;

	if (!connection->sent_known) {
		connection->sent = transfer->written;
		connection->sent_known = transfer->numbered;
		return false;
	}
	fragment->stream_position = connection->sent;
	connection->sent += transfer->moved;
	/* A thread's own hooks run in order: what it read was not the answer to a send that it makes now. */
	if (!connection->late_bytes || connection->late_reader == transfer->tid)
		return false;
	fragment->flags = FRAGMENT_LATE;
	if (connection->late_bytes != transfer->moved)
		fragment->flags |= FRAGMENT_AMBIGUOUS;
	fragment->side = connection->late_side;
	fragment->exchange = exchange_id(connection, connection->late_ordinal);
	fragment->position = connection->late_position;
	fragment->sequence = connection->late_sequence;
	if (fragment->side == SIDE_REQUEST && connection->late_ordinal == connection->ordinal) {
		connection->request_size += transfer->moved;
		connection->request_last = transfer->time;
	}
	connection->late_bytes = 0;
	decision->tell = true;
	return true;
}

/* Counts changes of direction on a connection of no known protocol; true when it is to be left alone from now on. */
static __always_inline bool is_stranger(struct connection *connection, const struct transfer *transfer)
{
	if (connection->protocol)
		return false;
	connection->opening = transfer->opening;
	connection->opening_length = transfer->opening_length;
	if (connection->direction != transfer->direction) {
		connection->direction = transfer->direction;
		connection->turns++;
	}
	connection->lanes[transfer->direction == DIRECTION_OUT].position += transfer->moved;
	return connection->turns > TURNS_OF_A_STRANGER;
}

static __always_inline void decide(struct connection *connection, const struct transfer *transfer,
				   struct decision *decision)
{
	struct fragment_record *fragment = &decision->fragment;
	__u32 overtaken = 0;
	enum side side;
	bool seals;

	/* Ended by the sweep or with its socket since the glance before the lock. */
	if (connection->muted)
		return;
	settle_role(connection, transfer);
	if (is_stranger(connection, transfer)) {
		connection->muted = 1;
		decision->muted = true;
		stand(connection, &decision->before);
		decision->tell_before = true;
		return;
	}
	fragment->role = connection->role;
	fragment->protocol = connection->protocol;
	side = (transfer->direction == DIRECTION_OUT) == (connection->role == ROLE_CLIENT) ? SIDE_REQUEST : SIDE_RESPONSE;
	fragment->side = side;
	/* Both have said hello, and the client ends the handshake: the rest is ciphertext. */
	seals = tls_protocol && connection->protocol == tls_protocol && side == SIDE_REQUEST &&
		connection->state == STATE_RESPONSE;
	if (transfer->direction == DIRECTION_OUT) {
		if (join_late(connection, transfer, decision))
			return;
	} else {
		overtaken = overtaken_bytes(connection, transfer);
	}

	if (side == SIDE_REQUEST) {
		if (connection->state != STATE_REQUEST || overtaken) {
			if (overtaken && connection->state != STATE_IDLE) {
				expect_late(connection, SIDE_RESPONSE, connection->response_size, overtaken, transfer->tid);
				connection->dirty = 0;
			}
			open_exchange(connection, decision);
			connection->state = STATE_REQUEST;
		}
		fragment->position = connection->request_size;
		connection->request_size += transfer->moved;
		connection->request_last = transfer->time;
		decision->window = request_capture;
	} else {
		if (connection->state == STATE_IDLE || (overtaken && connection->state == STATE_RESPONSE)) {
			open_exchange(connection, decision);
			if (overtaken)
				expect_late(connection, SIDE_REQUEST, 0, overtaken, transfer->tid);
		}
		connection->state = STATE_RESPONSE;
		fragment->position = connection->response_size;
		connection->response_size += transfer->moved;
		connection->response_last = transfer->time;
		connection->response_tail = transfer->tail;
		decision->window = response_capture;
		/* Further on in the response side another response begins: the answers to pipelined requests. */
		if (fragment->position && transfer->match.side == SIDE_RESPONSE &&
		    transfer->match.protocol == connection->protocol)
			decision->window += fragment->position;
	}
	fragment->exchange = exchange_id(connection, connection->ordinal);
	decision->tell = fragment->position < decision->window;
	if (decision->tell)
		fragment->sequence = connection->sequence++;
	connection->dirty = side == SIDE_RESPONSE && !decision->tell;
	if (seals) {
		decision->window = 1;
		connection->sealed = 1;
		connection->muted = 1;
	}
}

/* A message may come in calls too short to tell its protocol by: their bytes count together. */
static __always_inline void open_with(const struct connection *connection, const struct payload *payload,
				      struct transfer *transfer)
{
	__u32 held = connection->direction == transfer->direction ? connection->opening_length : 0;
	__u32 length = held + payload->first_length;

	transfer->opening = held ? connection->opening : 0;
	if (held < sizeof(transfer->opening))
		transfer->opening |= payload->first << 8 * held;
	transfer->opening_length = length < sizeof(transfer->opening) ? length : sizeof(transfer->opening);
	if (held < sizeof(transfer->opening)) {
		transfer->match = match_patterns(transfer->opening, transfer->opening_length);
		return;
	}
	/* Joined in the middle of something: a walk of frames may begin with any call. */
	transfer->match = match_patterns(payload->first, payload->first_length);
	if (!is_framed(transfer->match.protocol))
		transfer->match.protocol = 0;
}

/* Processes that are left alone are looked at once a connection, before its first exchange. */
static __always_inline bool is_excluded(const struct connection *connection, __u64 id)
{
	__u32 process = id >> 32;

	return any_excluded && connection->state == STATE_IDLE &&
	       bpf_map_lookup_elem(&excluded_processes, &process);
}

/* While the connection's protocol is not known, looks for it in the call's first bytes; true when it is one of frames. */
static __always_inline bool is_of_frames(struct connection *connection, struct transfer *transfer, struct payload *payload)
{
	if (connection->protocol)
		return is_framed(connection->protocol);
	if (!payload->first_length)
		read_first(payload, transfer->moved);
	open_with(connection, payload, transfer);
	return is_framed(transfer->match.protocol);
}

/*
 * Finds out what a call's bytes mean. `shared`: other threads may be at the same connection. Sessions are nobody else's
 * while their library's call lasts, and what runs at a function of user space may not take locks.
 */
static __always_inline void cut(struct connection *connection, struct transfer *transfer, struct payload *payload,
				struct decision *decision, __u64 id, bool shared)
{
	struct fragment_record *fragment = &decision->fragment;
	/* Glances without the lock, which decide no more than what is read of the payload. */
	bool answers = (transfer->direction == DIRECTION_OUT) == (connection->role == ROLE_SERVER);
	bool is_long = connection->response_size + transfer->moved > response_capture;
	struct mark *mark = NULL;

	if (connection->protocol && answers && connection->response_size && is_long) {
		read_first(payload, transfer->moved);
		transfer->match = match_patterns(payload->first, payload->first_length);
	}
	/* The end of a long response may be the only sign that it is complete. */
	if (answers && is_long)
		read_last(payload, transfer->moved);
	transfer->tail = payload->last;
	if (connection->protocol || transfer->match.protocol)
		mark = mark_call(connection, transfer->direction == DIRECTION_IN, shared);
	else
		pass_by(transfer->direction == DIRECTION_IN, false);

	if (shared)
		bpf_spin_lock(&connection->lock);
	decide(connection, transfer, decision);
	if (mark)
		join_mark(connection, mark, fragment->side == SIDE_RESPONSE && !decision->tell);
	if (!(fragment->flags & FRAGMENT_LATE)) {
		fragment->request_size = connection->request_size;
		fragment->request_last = connection->request_last;
	}
	if (shared)
		bpf_spin_unlock(&connection->lock);

	fragment->time = transfer->time;
	fragment->tail = transfer->tail;
	if (transfer->numbered)
		fragment->stream_position = transfer->stream_position;
	fragment->pid = id >> 32;
	fragment->tid = (__u32)id;
	fragment->size = transfer->moved;
	decision->mark = mark;
}

/* Whether user space is to be told, with this fragment, who talks with whom. */
static __always_inline bool needs_introduction(const struct connection *connection, const struct decision *decision)
{
	const struct fragment_record *fragment = &decision->fragment;

	return decision->tell &&
	       (!connection->introduced ||
		(!fragment->position && !(fragment->exchange % EXCHANGES_BETWEEN_INTRODUCTIONS)));
}

/* Tells user space what was found out. */
static __always_inline void tell(struct decision *decision, const struct payload *payload)
{
	struct fragment_record *fragment = &decision->fragment;

	if (decision->tell_before)
		tell_progress(&decision->before, decision->muted ? PROGRESS_CLOSED : PROGRESS_NEXT, fragment->time);
	if (decision->tell)
		tell_call(fragment, payload, decision->window, decision->mark);
	if (!payload->readable)
		count(COUNTER_CALLS_UNREADABLE);
	if (fragment->flags & FRAGMENT_LATE)
		count(fragment->flags & FRAGMENT_AMBIGUOUS ? COUNTER_CALLS_AMBIGUOUS : COUNTER_CALLS_LATE);
	if (decision->muted)
		count(COUNTER_CONNECTIONS_MUTED);
}

static __always_inline void move(struct sock *sk, struct connection *connection, enum direction direction, __u32 moved,
				 __u64 id)
{
	struct transfer transfer = { .direction = direction, .moved = moved, .tid = (__u32)id };
	struct decision decision = {};
	struct payload payload;
	struct walk *walk;

	if (is_excluded(connection, id)) {
		connection->muted = 1;
		return;
	}
	transfer.time = bpf_ktime_get_ns();
	find_payload(&payload, moved);
	if (may_be_ciphertext(connection, &payload, moved)) {
		move_ciphertext(sk, connection, &payload, direction == DIRECTION_IN, moved);
		if (connection->sealed)
			return;
	}
	number(sk, connection, &transfer);
	if (is_of_frames(connection, &transfer, &payload)) {
		walk = walk_call(connection, &transfer, &payload, id, true);
		if (!walk)
			return;
		if (walk_needs_introduction(connection, walk))
			connection->introduced = introduce(sk, &walk->header, connection);
		tell_walk(walk);
		return;
	}
	cut(connection, &transfer, &payload, &decision, id, true);
	if (needs_introduction(connection, &decision))
		connection->introduced = introduce(sk, &decision.fragment, connection);
	tell(&decision, &payload);
}

/* Ciphertext has passed, of which nothing is told. */
static __always_inline void move_sealed(struct sock *sk, struct connection *connection, enum direction direction,
					__u32 moved)
{
	struct payload payload;

	pass_by(direction == DIRECTION_IN, true);
	if (!any_libraries || is_bonded(connection))
		return;
	find_payload(&payload, moved);
	move_ciphertext(sk, connection, &payload, direction == DIRECTION_IN, moved);
}

/* The peer sends no more: for a client that is the end of the response, whenever it gets to closing the socket. */
static __always_inline void finished(struct sock *sk, struct connection *connection)
{
	struct session *session = session_on(connection);
	struct standing standing;
	struct tcp_sock *tcp;

	if (connection->role != ROLE_CLIENT || (!connection->sequence && !session))
		return;
	/* A receive of no bytes also returns 0. */
	if (!(sk->sk_shutdown & RCV_SHUTDOWN))
		return;
	tcp = sk->sk_protocol == IPPROTO_TCP ? bpf_skc_to_tcp_sock(sk) : NULL;
	if (tcp && tcp->copied_seq != tcp->rcv_nxt)
		return;
	if (session)
		close_session(session);
	if (!connection->sequence || connection->sealed)
		return;
	bpf_spin_lock(&connection->lock);
	stand(connection, &standing);
	bpf_spin_unlock(&connection->lock);
	tell_progress(&standing, PROGRESS_CLOSED, bpf_ktime_get_ns());
}

/* A call on a socket has ended; `result` is what it returned, `flags` are its MSG_ flags. Taps call this, and this alone. */
static __always_inline int moved(struct sock *sk, enum direction direction, int result, int flags)
{
	struct connection *connection;
	__u64 id;

	/* MSG_OOB, MSG_PEEK, MSG_ERRQUEUE: bytes beside the stream, or ones that will be read again. */
	if (flags & (0x1 | MSG_PEEK | 0x2000))
		return 0;
	if (datagram_pattern_count && is_datagram(sk)) {
		pass_by(direction == DIRECTION_IN, false);
		return pass_datagram(sk, direction == DIRECTION_OUT, result);
	}
	if (result < 0 || (!result && direction == DIRECTION_OUT))
		return 0;
	if (!is_stream(sk)) {
		pass_by(direction == DIRECTION_IN, false);
		return 0;
	}
	if (sk->__sk_common.skc_family == AF_UNIX)
		connection = unix_connection(sk);
	else
		connection = inet_connection(sk);
	if (!connection) {
		count(COUNTER_CONNECTIONS_REFUSED);
		return 0;
	}
	/* Those that are left alone cost no more than this. */
	if (connection->muted && !connection->sealed) {
		pass_by(direction == DIRECTION_IN, false);
		return 0;
	}
	id = bpf_get_current_pid_tgid();
	if (id >> 32 == own_process) {
		connection->muted = 1;
		return 0;
	}
	if (!result)
		finished(sk, connection);
	else if (connection->sealed)
		move_sealed(sk, connection, direction, result);
	else
		move(sk, connection, direction, result, id);
	return 0;
}

#endif
