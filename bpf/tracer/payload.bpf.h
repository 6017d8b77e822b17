/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where the bytes of a socket call are: its arguments still stand in the saved user registers when the call ends, so no
 * hook at its beginning and no state per thread is needed.
 */
#ifndef SONDE_PAYLOAD_H
#define SONDE_PAYLOAD_H

#include "maps.bpf.h"

/* One user buffer, or an I/O vector of them. */
struct payload {
	__u64 address;
	/* The first up to eight bytes in one word, and how many; the last eight, the last one highest. 0 until read. */
	__u64 first;
	__u64 last;
	__u32 first_length;
	/* Elements of the vector at `address`; 0: `address` is the buffer itself. */
	__u32 vector;
	/* Whether the call's bytes are known to be there at all. */
	__u64 readable;
};

/* Global functions: the verifier looks at each once, not once for every path that leads there. */
int find_payload(struct payload *payload, __u32 moved);
int read_first(struct payload *payload, __u32 moved);
int read_last(struct payload *payload, __u32 moved);

#endif
