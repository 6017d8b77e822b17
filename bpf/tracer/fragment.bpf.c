// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "fragment.bpf.h"
#include "ring.bpf.h"

enum {
	/* Elements of a vector that are gathered in one record, and the bytes of them. */
	GATHERED = 3,
	GATHERED_BYTES = 4096,
	/* Elements of a longer vector that are looked at: clients write a pipeline as one of a piece for each command. */
	GATHERED_LONG = 128,
};

/* One record: of the `header->size` bytes at the user's `address` (0: they can't be read) the first `capture`, at most. */
__noinline int tell_fragment(const struct fragment_record *header, __u64 address, __u32 capture)
{
	struct fragment_record *record;
	struct reservation reservation;
	__u32 length;

	if (!header)
		return 0;
	length = !address ? 0 : header->size < capture ? header->size : capture;
	/* The verifier is to see the bound, whatever the compiler made of it. */
	barrier_var(length);
	if (length > FRAGMENT_BYTES)
		length = FRAGMENT_BYTES;
	reservation = reserve(sizeof(*record) + length);
	record = reservation.record;
	if (!record)
		return 0;
	__builtin_memcpy(record, header, sizeof(*record));
	record->kind = RECORD_FRAGMENT;
	record->length = length;
	if (length && bpf_probe_read_user(record + 1, length, (void *)address)) {
		/* Paged out since the call, or unmapped by another thread. */
		record->length = 0;
		record->flags |= FRAGMENT_UNREADABLE;
	}
	commit(&reservation, sizeof(*record) + length);
	return 0;
}

/*
 * One record for all elements of a short vector: heads and bodies are often written as two. A function of its own, as the
 * ones that follow: kernels before 6.8 add up the stacks of three calls, and they would not fit together.
 */
__noinline int gather(const struct fragment_record *header, __u64 vector, __u32 count_of, __u32 capture)
{
	struct iovec elements[GATHERED] = {};
	struct fragment_record *record;
	struct reservation reservation;
	__u32 offset = 0, length;

	if (!header || capture > GATHERED_BYTES)
		return 0;
	/* What follows a shorter vector is not looked at, but must not lie in another page. */
	if (count_of == 2)
		bpf_probe_read_user(elements, 2 * sizeof(elements[0]), (void *)vector);
	else
		bpf_probe_read_user(elements, sizeof(elements), (void *)vector);
	reservation = reserve(sizeof(*record) + capture);
	record = reservation.record;
	if (!record)
		return 0;
	__builtin_memcpy(record, header, sizeof(*record));
	record->kind = RECORD_FRAGMENT;
#pragma clang loop unroll(full)
	for (__u32 i = 0; i < GATHERED; i++) {
		if (i >= count_of || offset >= capture)
			break;
		length = elements[i].iov_len < capture - offset ? elements[i].iov_len : capture - offset;
		/* The verifier of 6.1 is to see both bounds, whatever the compiler made of them. */
		barrier_var(length);
		if (length > GATHERED_BYTES)
			break;
		barrier_var(offset);
		if (offset >= GATHERED_BYTES)
			break;
		if (length && bpf_probe_read_user((char *)(record + 1) + offset, length, (void *)elements[i].iov_base))
			break;
		offset += length;
	}
	record->length = offset;
	commit(&reservation, sizeof(*record) + capture);
	return 0;
}

/* One record for a longer vector, of which no more is captured than one record of a short one holds. */
__noinline int gather_long(const struct fragment_record *header, __u64 vector, __u32 count_of, __u32 capture)
{
	struct fragment_record *record;
	struct reservation reservation;
	__u32 offset = 0, length;
	struct iovec element;

	if (!header || capture > GATHERED_BYTES)
		return 0;
	reservation = reserve(sizeof(*record) + capture);
	record = reservation.record;
	if (!record)
		return 0;
	__builtin_memcpy(record, header, sizeof(*record));
	record->kind = RECORD_FRAGMENT;
	for (__u32 i = 0; i < GATHERED_LONG; i++) {
		if (i >= count_of || offset >= capture ||
		    bpf_probe_read_user(&element, sizeof(element), (void *)(vector + i * sizeof(element))))
			break;
		length = element.iov_len < capture - offset ? element.iov_len : capture - offset;
		/* No bits are lost by these; the verifier is to see bounds that do not change from turn to turn. */
		barrier_var(length);
		length &= 2 * GATHERED_BYTES - 1;
		barrier_var(offset);
		offset &= GATHERED_BYTES - 1;
		if (bpf_probe_read_user((char *)(record + 1) + offset, length, (void *)element.iov_base))
			break;
		offset += length;
	}
	record->length = offset;
	commit(&reservation, sizeof(*record) + capture);
	return 0;
}

/* A long vector of which much is captured: a record for each element. */
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
		header->piece++;
		capture -= size < capture ? size : capture;
	}
}

static __always_inline void tell_vector(struct fragment_record *header, const struct payload *payload, __u32 capture)
{
	__u32 length = header->size < capture ? header->size : capture;

	if (length > GATHERED_BYTES)
		scatter(header, payload, capture);
	else if (payload->vector > GATHERED)
		gather_long(header, payload->address, payload->vector, length);
	else
		gather(header, payload->address, payload->vector, length);
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
