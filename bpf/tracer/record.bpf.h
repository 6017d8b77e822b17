/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Writing the record of how an exchange stands. */
#ifndef SONDE_RECORD_H
#define SONDE_RECORD_H

#include "ring.bpf.h"

/* How the connection's current exchange stands, copied under its lock. */
struct standing {
	__u64 exchange;
	__u64 request_size;
	__u64 request_last;
	__u64 response_size;
	__u64 response_last;
	__u64 response_tail;
	/* The connection's; NULL: nothing is to be told. */
	const struct mark *mark;
	__u32 sequence;
	__u8 role;
};

static __always_inline void tell_progress(const struct standing *standing, enum progress_reason reason, __u64 time)
{
	struct reservation reservation = reserve(sizeof(struct progress_record));
	struct progress_record *record = reservation.record;

	if (!record)
		return;
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
	if (standing->mark)
		__builtin_memcpy(&record->mark, standing->mark, sizeof(record->mark));
	commit(&reservation, sizeof(*record));
}

#endif
