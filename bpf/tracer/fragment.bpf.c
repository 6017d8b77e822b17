// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "fragment.bpf.h"
#include "record.bpf.h"

/* Elements of a vector that are gathered in one record. */
enum { GATHERED = 4 };

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

/* One record: of the `header->size` bytes at the user's `address` (0: they can't be read) the first `capture`, at most. */
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
	else if (length <= 4096)
		written = write_sized(header, address, length, 4096);
	else
		written = write_sized(header, address, length, FRAGMENT_BYTES);
	if (!written)
		count(COUNTER_RECORDS_LOST);
	return 0;
}

/*
 * One record for all elements of a vector, while what is captured of them fits in `capacity` bytes: heads and bodies are
 * often written as two. Reserves twice as much, because the verifier does not relate an offset to the length at it.
 */
static __always_inline bool gather(struct fragment_record *header, const struct iovec *elements, __u32 count_of,
				   __u32 capture, const __u32 capacity)
{
	struct fragment_record *record = bpf_ringbuf_reserve(&records, sizeof(*record) + 2 * capacity, 0);
	__u32 offset = 0, length;

	if (!record)
		return false;
	__builtin_memcpy(record, header, sizeof(*record));
	record->kind = RECORD_FRAGMENT;
#pragma clang loop unroll(full)
	for (__u32 i = 0; i < GATHERED; i++) {
		if (i >= count_of || offset >= capacity || offset >= capture)
			break;
		length = elements[i].iov_len < capture - offset ? elements[i].iov_len : capture - offset;
		/* The verifier of 6.1 is to see both bounds, whatever the compiler made of them. */
		barrier_var(length);
		if (length > capacity)
			break;
		barrier_var(offset);
		if (offset >= capacity)
			break;
		if (length && bpf_probe_read_user((char *)(record + 1) + offset, length, (void *)elements[i].iov_base))
			break;
		offset += length;
	}
	record->length = offset;
	submit(record);
	return true;
}

/* A long vector, or one of which much is captured: a record for each element. */
static __always_inline void scatter(struct fragment_record *header, const struct payload *payload, __u32 capture)
{
	__u32 left = header->size, size, captured;
	struct iovec element;

	/* Kernels before 6.2 refuse the loop in the form that the compiler gives it. */
#pragma clang loop unroll(full)
	for (__u32 i = 0; i < VECTOR_LENGTH; i++) {
		bool last = i + 1 == payload->vector || i + 1 == VECTOR_LENGTH;

		if (!left)
			return;
		if (bpf_probe_read_user(&element, sizeof(element), (void *)(payload->address + i * sizeof(element)))) {
			element.iov_base = 0;
			element.iov_len = left;
		}
		if (!element.iov_len && !last)
			continue;
		size = last || element.iov_len > left ? left : element.iov_len;
		captured = capture < element.iov_len ? capture : element.iov_len;
		left -= size;
		header->size = size;
		header->flags &= ~FRAGMENT_MORE;
		if (left)
			header->flags |= FRAGMENT_MORE;
		tell_fragment(header, element.iov_base, captured);
		header->position += size;
		capture -= size < capture ? size : capture;
	}
}

static __always_inline void tell_vector(struct fragment_record *header, const struct payload *payload, __u32 capture)
{
	struct iovec elements[GATHERED] = {};
	__u32 length = header->size < capture ? header->size : capture;
	bool written;

	if (payload->vector > GATHERED || length > 512) {
		scatter(header, payload, capture);
		return;
	}
	/* What follows a shorter vector is not looked at, but must not lie in another page. */
	if (payload->vector == 2)
		bpf_probe_read_user(elements, 2 * sizeof(elements[0]), (void *)payload->address);
	else if (payload->vector == 3)
		bpf_probe_read_user(elements, 3 * sizeof(elements[0]), (void *)payload->address);
	else
		bpf_probe_read_user(elements, sizeof(elements), (void *)payload->address);
	if (length <= 256)
		written = gather(header, elements, payload->vector, length, 256);
	else
		written = gather(header, elements, payload->vector, length, 512);
	if (!written)
		count(COUNTER_RECORDS_LOST);
}

__noinline int tell_call(struct fragment_record *header, const struct payload *payload, __u32 window)
{
	__u32 capture;

	if (!header || !payload)
		return 0;
	capture = header->position < window ? window - header->position : 0;
	if (!payload->readable)
		header->flags |= FRAGMENT_UNREADABLE;
	if (payload->readable && payload->vector)
		tell_vector(header, payload, capture);
	else
		tell_fragment(header, payload->readable ? payload->address : 0, capture);
	return 0;
}
