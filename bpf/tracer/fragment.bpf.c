// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "fragment.bpf.h"
#include "record.bpf.h"

/* A reservation for `capacity` captured bytes: the verifier wants the size as a constant. */
static __always_inline bool write_sized(const struct fragment_record *header, __u64 address, __u32 length,
					const __u32 capacity)
{
	struct fragment_record *record = bpf_ringbuf_reserve(&records, sizeof(*record) + capacity, 0);

	if (!record)
		return false;
	__builtin_memcpy(record, header, sizeof(*record));
	if (length > capacity)
		length = capacity;
	record->kind = RECORD_FRAGMENT;
	record->length = length;
	if (length && bpf_probe_read_user(record + 1, length, (void *)address)) {
		/* Paged out since the call, or unmapped by another thread. */
		record->length = 0;
		record->flags |= FRAGMENT_UNREADABLE;
	}
	submit(record);
	return true;
}

__noinline int tell_fragment(const struct fragment_record *header, __u64 address, __u32 capture)
{
	__u32 length;
	bool written;

	if (!header)
		return 0;
	length = !address ? 0 : header->size < capture ? header->size : capture;
	if (length <= 128)
		written = write_sized(header, address, length, 128);
	else if (length <= 384)
		written = write_sized(header, address, length, 384);
	else if (length <= 1024)
		written = write_sized(header, address, length, 1024);
	else
		written = write_sized(header, address, length, FRAGMENT_BYTES);
	if (!written)
		count(COUNTER_RECORDS_LOST);
	return 0;
}
