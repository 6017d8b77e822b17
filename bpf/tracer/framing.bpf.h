/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The walk of a connection's frames: one direction's bytes, call by call, by the numbers of its protocol's framing. Knows of
 * the rest of the tracer only what stands in struct walk.
 */
#ifndef SONDE_FRAMING_H
#define SONDE_FRAMING_H

#include "maps.bpf.h"
#include "payload.bpf.h"

enum walk_limits {
	/* User memory that is read at once: reading costs much, copying little. */
	CHUNK_BYTES = 1024,
	/* Of a header: Framing.MaxHeaderLength. */
	HEADER_BYTES = 16,
	/* Records a call; with one more that tells of a loss, a byte counts them. */
	PIECES = 255,
	/* Elements of an I/O vector: read at once, and all that a call may have (UIO_MAXIOV). */
	ELEMENTS_READ = 16,
	ELEMENTS = 1024,
};

/* Bytes that cross: those of a header that was kept, if any, and the ones at the user's `address` behind it. */
struct piece {
	/* In the stream; of how many of its bytes this is all that crosses. */
	__u64 position;
	__u64 address;
	__u64 header[2];
	__u32 size;
	/* At `address`. */
	__u32 length;
	__u8 header_length;
	/* enum fragment_flags */
	__u8 flags;
	__u8 reserved[6];
};

struct walk {
	/* In use on this processor. */
	__u64 taken;
	/* Given: the call's bytes, the lane as it stood. The lane is as it stands afterwards. */
	struct payload payload;
	struct lane lane;
	__u32 moved;
	/* The call is told of; `header` holds what its records have in common, and the place of its first byte. */
	__u32 tells;
	struct fragment_record header;
	struct mark mark;
	/* Found: */
	__u32 count;
	__u32 places_lost;
	struct piece pieces[PIECES + 1];
	/* Where the walk is: bytes of the call to come, of the vector's element, elements met and read. */
	__u32 left;
	__u32 frames;
	__u64 address;
	__u64 element_left;
	__u32 element;
	__u32 elements_from;
	__u32 elements_held;
	/* What was read of user memory, and where it lies there. */
	__u32 chunk_length;
	__u64 chunk_address;
	__u64 elements[2 * ELEMENTS_READ];
	__u8 chunk[CHUNK_BYTES + HEADER_BYTES];
};

/* Working memory: more than one a processor, for one call may interrupt another. */
struct walks_map {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 3);
	__type(key, __u32);
	__type(value, struct walk);
};
extern struct walks_map walks SEC(".maps");

/* Walks the call's bytes. A global function. */
int walk_frames(struct walk *walk);

/* Tells of the walk's pieces. A global function. */
int tell_pieces(struct walk *walk);

static __always_inline const volatile struct framing *framing_of(__u32 protocol)
{
	/* The verifier is to see the bound, whatever the compiler made of it. */
	barrier_var(protocol);
	protocol &= PROTOCOLS - 1;
	return &framings[protocol];
}

static __always_inline bool is_framed(__u32 protocol)
{
	return framing_of(protocol)->header_length;
}

#endif
