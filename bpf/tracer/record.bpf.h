/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Writing records, the reader woken only when it sleeps; and the record of how an exchange stands. */
#ifndef SONDE_RECORD_H
#define SONDE_RECORD_H

#include "maps.bpf.h"

/* The reader empties the ring by the clock while there is traffic; only a reader that has gone to sleep is woken. */
static __always_inline void submit(void *record)
{
	__u64 flags = BPF_RB_NO_WAKEUP;

	if (reader_sleeps) {
		reader_sleeps = 0;
		flags = BPF_RB_FORCE_WAKEUP;
	}
	bpf_ringbuf_submit(record, flags);
}

/* How the connection's current exchange stands, copied under its lock. */
struct standing {
	__u64 exchange;
	__u64 request_size;
	__u64 request_last;
	__u64 response_size;
	__u64 response_last;
	__u64 response_tail;
	__u32 sequence;
	__u8 role;
};

static __always_inline void tell_progress(const struct standing *standing, enum progress_reason reason, __u64 time)
{
	struct progress_record *record = bpf_ringbuf_reserve(&records, sizeof(*record), 0);

	if (!record) {
		count(COUNTER_RECORDS_LOST);
		return;
	}
	record->kind = RECORD_PROGRESS;
	record->reason = reason;
	record->role = standing->role;
	record->reserved = 0;
	record->sequence = standing->sequence;
	record->exchange = standing->exchange;
	record->time = time;
	record->request_size = standing->request_size;
	record->request_last = standing->request_last;
	record->response_size = standing->response_size;
	record->response_last = standing->response_last;
	record->response_tail = standing->response_tail;
	submit(record);
}

#endif
