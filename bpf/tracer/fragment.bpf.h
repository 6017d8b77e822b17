/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Writing the record of what a call moved. */
#ifndef SONDE_FRAGMENT_H
#define SONDE_FRAGMENT_H

#include "maps.bpf.h"
#include "payload.bpf.h"

/* What stands before a fragment's captured bytes. */
enum { FRAGMENT_HEAD = sizeof(struct fragment_record) + sizeof(struct mark) };

static __always_inline void write_mark(struct fragment_record *record, const struct mark *mark)
{
	if (mark)
		__builtin_memcpy(record + 1, mark, sizeof(*mark));
	else
		__builtin_memset(record + 1, 0, sizeof(*mark));
}

enum {
	/* Elements of a vector that are gathered in one record, and the bytes of them. */
	GATHERED = 3,
	GATHERED_BYTES = 4096,
	/* Elements of a longer vector that are looked at: clients write a pipeline as one of a piece for each command. */
	GATHERED_LONG = 128,
};

/*
 * Global functions, which copy `header` to the ring and behind it `capture` of the call's bytes, at most. `mark` may be NULL.
 * Each is called by the program itself: kernels before 6.8 add up the stacks, and three would not fit together.
 */
int tell_fragment(const struct fragment_record *header, __u64 address, __u32 capture, const struct mark *mark);
int gather(const struct fragment_record *header, __u64 vector, __u32 count_of, __u32 capture, const struct mark *mark);
int gather_long(const struct fragment_record *header, __u64 vector, __u32 count_of, __u32 capture, const struct mark *mark);
int scatter(struct fragment_record *header, const struct payload *payload, __u32 capture, const struct mark *mark);

/*
 * Tells of a call that moved `header->size` bytes, with those of them that lie before `window` on their side of the exchange;
 * element by element where the call moved an I/O vector of which much is captured.
 */
static __always_inline void tell_call(struct fragment_record *header, const struct payload *payload, __u32 window,
				      const struct mark *mark)
{
	__u32 capture = header->position < window ? window - header->position : 0;
	__u32 length = header->size < capture ? header->size : capture;

	if (!payload->readable)
		header->flags |= FRAGMENT_UNREADABLE;
	if (!payload->readable || !payload->vector)
		tell_fragment(header, payload->readable ? payload->address : 0, capture, mark);
	else if (length > GATHERED_BYTES)
		scatter(header, payload, capture, mark);
	else if (payload->vector > GATHERED)
		gather_long(header, payload->address, payload->vector, length, mark);
	else
		gather(header, payload->address, payload->vector, length, mark);
}

#endif
