/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Connections that carry many conversations at once. Each direction is a lane, walked by frames; what a call moved crosses
 * as one numbered group of records, so that user space has both lanes in one order.
 *
 * In a lane that order is the stream's: whoever speaks frames makes one call after the other in a direction, or they would
 * garble each other, and a hook runs within its call. Two calls of a direction at the same time have no order that could be
 * known: then the place is lost. Between the lanes a send may be overtaken by what it caused (see exchange.bpf.h): a receive
 * that finds bytes written whose hook has yet to run leaves that send a number before its own. There is one such send at
 * most. Of one that blocks for longer than user space waits, the number is given up and counts as a loss of records.
 */
#ifndef SONDE_FRAMED_H
#define SONDE_FRAMED_H

#include "account.bpf.h"
#include "connection.bpf.h"
#include "framing.bpf.h"
#include "introduction.bpf.h"
#include "transfer.bpf.h"

/* User space is told again who talks with whom, should it have missed it, after so many calls. */
enum { CALLS_BETWEEN_INTRODUCTIONS = 1024 };

static __always_inline struct walk *take_walk(void)
{
	struct walk *walk;

#pragma clang loop unroll(full)
	for (__u32 i = 0; i < 3; i++) {
		__u32 key = i;

		walk = bpf_map_lookup_elem(&walks, &key);
		if (walk && !__sync_lock_test_and_set(&walk->taken, 1))
			return walk;
	}
	return NULL;
}

static __always_inline struct lane *lane_of(struct connection *connection, enum direction direction)
{
	return &connection->lanes[direction == DIRECTION_OUT];
}

/* The lane's next frame begins here. */
static __always_inline void place(struct lane *lane)
{
	lane->placed = 1;
	lane->left = 0;
	lane->capture_left = 0;
	lane->header_held = 0;
	lane->header_waits = 0;
}

/* Of the direction that the protocol was told by: what it began with may have come in calls too short to tell. Under the lock. */
static __always_inline void open_lane(struct connection *connection, const struct transfer *transfer, bool is_fresh, __u32 preface)
{
	struct lane *lane = lane_of(connection, transfer->direction);
	__u32 held = connection->direction == transfer->direction ? connection->opening_length : 0;

	if (held >= sizeof(transfer->opening))
		held = 0;
	place(lane);
	lane->lossy = !is_fresh || lane->position != held;
	if (preface) {
		lane->left = preface > held ? preface - held : 0;
	} else if (held) {
		lane->start = lane->position - held;
		lane->header[0] = transfer->opening & ((1ULL << 8 * held) - 1);
		lane->header[1] = 0;
		lane->header_held = held;
	}
}

/* The connection's protocol is known now, and has frames. Under the lock. */
static __always_inline void begin_lanes(struct connection *connection, const struct transfer *transfer)
{
	const volatile struct framing *framing = framing_of(connection->protocol);
	bool is_matched = transfer->match.protocol == connection->protocol;
	bool is_opening = is_matched && transfer->match.is_opening;
	bool is_fresh = is_opening || (connection->whole && is_matched && !framing->preface);
	struct lane *request = lane_of(connection, connection->role == ROLE_CLIENT ? DIRECTION_OUT : DIRECTION_IN);
	struct lane *here = lane_of(connection, transfer->direction);
	struct lane *there = lane_of(connection, transfer->direction == DIRECTION_OUT ? DIRECTION_IN : DIRECTION_OUT);

	connection->walked = connection->protocol;
	connection->state = STATE_REQUEST;
	connection->dirty = 0;
	here->opened = 0;
	there->opened = 0;
	here->placed = 0;
	here->lossy = 1;
	if (is_matched)
		open_lane(connection, transfer, is_fresh, is_opening && here == request ? framing->preface : 0);
	place(there);
	there->placed = is_fresh && !there->position;
	there->lossy = !there->placed;
	if (there->placed && there == request && is_opening)
		there->left = framing->preface;
}

/* Which side the call's bytes are, and where in the lane; false when they are not to be walked. Under the lock. */
static __always_inline bool begin_call(struct connection *connection, const struct transfer *transfer, struct walk *walk)
{
	struct lane *lane = lane_of(connection, transfer->direction);
	bool out = transfer->direction == DIRECTION_OUT, turns;

	if (connection->muted)
		return false;
	/* Who connected is known, and frames of both sides may look alike. */
	if (!connection->whole || transfer->match.is_opening)
		settle_role(connection, transfer);
	else if (!connection->protocol)
		connection->protocol = transfer->match.protocol;
	if (connection->walked != connection->protocol)
		begin_lanes(connection, transfer);
	turns = connection->direction && connection->direction != transfer->direction;
	connection->direction = transfer->direction;
	if (!lane->placed && (transfer->match.protocol == connection->protocol ||
			      (turns && framing_of(connection->protocol)->properties & FRAMING_ALIGNS_AT_TURNS)))
		place(lane);
	if (lane->walking) {
		lane->collided = 1;
		return false;
	}
	lane->walking = 1;
	walk->lane = *lane;
	walk->header.protocol = connection->protocol;
	walk->header.role = connection->role;
	walk->header.side = out == (connection->role == ROLE_CLIENT) ? SIDE_REQUEST : SIDE_RESPONSE;
	return true;
}

/* Gives the call its number among the connection's. Under the lock. */
static __always_inline void number_call(struct connection *connection, const struct transfer *transfer, struct walk *walk)
{
	struct fragment_record *header = &walk->header;
	__u32 overtaken;

	walk->tells = walk->count;
	if (transfer->direction == DIRECTION_OUT) {
		if (!connection->sent_known) {
			connection->sent = transfer->written;
			connection->sent_known = transfer->numbered;
		} else {
			header->stream_position = connection->sent;
			connection->sent += transfer->moved;
			/* A thread's own hooks run in order: what it read was not the answer to a send that it makes now. */
			if (connection->late_bytes && connection->late_reader != transfer->tid) {
				header->flags |= FRAGMENT_LATE;
				header->sequence = connection->late_sequence;
				connection->late_bytes = 0;
				walk->tells = 1;
				return;
			}
		}
	}
	if (!walk->tells)
		return;
	if (transfer->direction == DIRECTION_IN && !connection->late_bytes) {
		overtaken = overtaken_bytes(connection, transfer);
		if (overtaken) {
			connection->late_bytes = overtaken;
			connection->late_sequence = connection->sequence++;
			connection->late_reader = transfer->tid;
		}
	}
	header->sequence = connection->sequence++;
}

/* The lane is as the walk left it. Under the lock. */
static __always_inline void end_call(struct connection *connection, const struct transfer *transfer, struct walk *walk)
{
	struct lane *lane = lane_of(connection, transfer->direction);
	bool collided = lane->collided;

	*lane = walk->lane;
	lane->walking = 0;
	lane->collided = 0;
	if (collided) {
		walk->places_lost++;
		place(lane);
		lane->placed = 0;
		lane->lossy = 1;
	}
}

/* What no walk can be made of: its bytes are missing in the lane. */
static __always_inline void miss_call(struct connection *connection, const struct transfer *transfer, bool shared)
{
	struct lane *lane = lane_of(connection, transfer->direction);

	if (shared)
		bpf_spin_lock(&connection->lock);
	lane->position += transfer->moved;
	lane->placed = 0;
	lane->lossy = 1;
	if (shared)
		bpf_spin_unlock(&connection->lock);
	count(COUNTER_PLACES_LOST);
}

/*
 * Walks a call's bytes; NULL when there is nothing to tell of them. What comes back goes to tell_walk(). `shared`: other
 * threads may be at the same connection (exchange.bpf.h).
 */
static __always_inline struct walk *walk_call(struct connection *connection, struct transfer *transfer,
					      struct payload *payload, __u64 id, bool shared)
{
	struct walk *walk = take_walk();
	struct fragment_record *header;
	struct mark *mark;
	bool walks;

	if (!walk) {
		miss_call(connection, transfer, shared);
		return NULL;
	}
	/* What is decided stands in the walk, not in registers: there the verifier need not follow every way to it. */
	header = &walk->header;
	__builtin_memset(header, 0, sizeof(*header));
	header->flags = FRAGMENT_FRAMED;
	header->time = transfer->time;
	header->pid = id >> 32;
	header->tid = (__u32)id;
	header->stream_position = transfer->numbered ? transfer->stream_position : 0;
	header->exchange = exchange_id(connection, connection->ordinal);
	walk->payload = *payload;
	walk->moved = transfer->moved;
	if (connection->protocol && !lane_of(connection, transfer->direction)->placed) {
		if (!payload->first_length)
			read_first(payload, transfer->moved);
		transfer->match = match_patterns(payload->first, payload->first_length);
	}
	if (shared)
		bpf_spin_lock(&connection->lock);
	walks = begin_call(connection, transfer, walk);
	if (shared)
		bpf_spin_unlock(&connection->lock);
	if (!walks) {
		walk->taken = 0;
		return NULL;
	}
	header->position = walk->lane.position;
	walk_frames(walk);
	mark = mark_call(connection, transfer->direction == DIRECTION_IN, shared);
	if (shared)
		bpf_spin_lock(&connection->lock);
	if (mark)
		join_mark(connection, mark, false);
	end_call(connection, transfer, walk);
	number_call(connection, transfer, walk);
	if (shared)
		bpf_spin_unlock(&connection->lock);
	if (mark)
		__builtin_memcpy(&walk->mark, mark, sizeof(walk->mark));
	else
		__builtin_memset(&walk->mark, 0, sizeof(walk->mark));
	if (walk->places_lost)
		count(COUNTER_PLACES_LOST);
	if (!walk->payload.readable)
		count(COUNTER_CALLS_UNREADABLE);
	if (header->flags & FRAGMENT_LATE)
		count(COUNTER_CALLS_LATE);
	if (!walk->tells) {
		walk->taken = 0;
		return NULL;
	}
	return walk;
}

/* Whether user space is to be told, with this call, who talks with whom. */
static __always_inline bool walk_needs_introduction(const struct connection *connection, const struct walk *walk)
{
	return !connection->introduced || !(walk->header.sequence % CALLS_BETWEEN_INTRODUCTIONS);
}

static __always_inline void tell_walk(struct walk *walk)
{
	tell_pieces(walk);
	walk->taken = 0;
}

#endif
