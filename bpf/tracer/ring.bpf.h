/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Records to user space, through a ring for each processor in memory that both sides map. Writing one takes no lock and
 * calls no helper: the kernel's own ring buffer has one lock for all processors, and is a third of what a record costs.
 *
 * A program stays on its processor, but another one may interrupt it there: blocks are taken by compare and exchange, and
 * a record counts once its word is written, in whatever order that happens. The word holds the record's position, so what
 * an earlier turn has left is told from it, and stands apart from the data, so no payload can pass for one.
 */
#ifndef SONDE_RING_H
#define SONDE_RING_H

#include "maps.bpf.h"

/* Interrupted that often in a few instructions: the record is lost. */
enum { RESERVATION_ATTEMPTS = 4 };

struct reservation {
	struct ring_head *ring;
	/* Null: there was no room. */
	void *record;
	__u64 position;
};

/* Takes room for `size` bytes, at most RING_SLACK, of which the caller fills `bytes` before it commits. */
static __always_inline struct reservation reserve(__u32 size)
{
	__u32 processor = bpf_get_smp_processor_id(), taken = (size + BLOCK_BYTES - 1) & ~(BLOCK_BYTES - 1);
	struct reservation reservation = { .ring = bpf_map_lookup_elem(&rings, &processor) };
	struct ring_head *ring = reservation.ring;
	__u64 position;

	if (!ring)
		return reservation;
#pragma clang loop unroll(full)
	for (int i = 0; i < RESERVATION_ATTEMPTS; i++) {
		position = *(volatile __u64 *)&ring->produced;
		if (position + taken - *(volatile __u64 *)&ring->consumed > ring_size)
			break;
		if (__sync_val_compare_and_swap(&ring->produced, position, position + taken) == position) {
			reservation.position = position;
			reservation.record = (void *)(ring + 1) + ring_size / BLOCK_BYTES * sizeof(__u64) +
					     (position & (ring_size - 1));
			return reservation;
		}
	}
	count(COUNTER_RECORDS_LOST);
	return reservation;
}

/* Stores a word after all that was stored before. An x86 processor keeps that order; others do in an exchange. */
static __always_inline void publish(__u64 *place, __u64 word)
{
#if defined(__TARGET_ARCH_x86)
	barrier();
	*(volatile __u64 *)place = word;
#else
	__sync_lock_test_and_set(place, word);
#endif
}

/* The record is whole: `size` as reserved. The reader is woken only when it sleeps; while there is traffic it looks by the clock. */
static __always_inline void commit(const struct reservation *reservation, __u32 size)
{
	__u64 *words = (void *)(reservation->ring + 1);
	void *news;

	publish(&words[(reservation->position & (ring_size - 1)) / BLOCK_BYTES],
		reservation->position << COMMIT_BITS | size);
	/* A reader that goes to sleep looks at `produced` once more, which was moved before. */
	if (!reader_sleeps)
		return;
	reader_sleeps = 0;
	news = bpf_ringbuf_reserve(&wakes, sizeof(__u64), 0);
	if (news)
		bpf_ringbuf_discard(news, BPF_RB_FORCE_WAKEUP);
}

#endif
