// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "fragment.bpf.h"
#include "ring.bpf.h"

/* One record: of the `header->size` bytes at the user's `address` (0: they can't be read) the first `capture`, at most. */
__noinline int tell_fragment(const struct fragment_record *header, __u64 address, __u32 capture, const struct mark *mark)
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
	reservation = reserve(FRAGMENT_HEAD + length);
	record = reservation.record;
	if (!record)
		return 0;
	__builtin_memcpy(record, header, sizeof(*record));
	write_mark(record, mark);
	record->kind = RECORD_FRAGMENT;
	record->length = length;
	if (length && bpf_probe_read_user((char *)record + FRAGMENT_HEAD, length, (void *)address)) {
		/* Paged out since the call, or unmapped by another thread. */
		record->length = 0;
		record->flags |= FRAGMENT_UNREADABLE;
	}
	commit(&reservation, FRAGMENT_HEAD + length);
	return 0;
}

/*
 * One record for all elements of a short vector: heads and bodies are often written as two. A function of its own, as the
 * ones that follow: kernels before 6.8 add up the stacks of three calls, and they would not fit together.
 */
__noinline int gather(const struct fragment_record *header, __u64 vector, __u32 count_of, __u32 capture,
		      const struct mark *mark)
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
	reservation = reserve(FRAGMENT_HEAD + capture);
	record = reservation.record;
	if (!record)
		return 0;
	__builtin_memcpy(record, header, sizeof(*record));
	write_mark(record, mark);
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
		if (length && bpf_probe_read_user((char *)record + FRAGMENT_HEAD + offset, length, (void *)elements[i].iov_base))
			break;
		offset += length;
	}
	record->length = offset;
	commit(&reservation, FRAGMENT_HEAD + capture);
	return 0;
}

/* One record for a longer vector, of which no more is captured than one record of a short one holds. */
__noinline int gather_long(const struct fragment_record *header, __u64 vector, __u32 count_of, __u32 capture,
			   const struct mark *mark)
{
	struct fragment_record *record;
	struct reservation reservation;
	__u32 offset = 0, length;
	struct iovec element;

	if (!header || capture > GATHERED_BYTES)
		return 0;
	reservation = reserve(FRAGMENT_HEAD + capture);
	record = reservation.record;
	if (!record)
		return 0;
	__builtin_memcpy(record, header, sizeof(*record));
	write_mark(record, mark);
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
		if (bpf_probe_read_user((char *)record + FRAGMENT_HEAD + offset, length, (void *)element.iov_base))
			break;
		offset += length;
	}
	record->length = offset;
	commit(&reservation, FRAGMENT_HEAD + capture);
	return 0;
}

/* A long vector of which much is captured: a record for each element. */
__noinline int scatter(struct fragment_record *header, const struct payload *payload, __u32 capture, const struct mark *mark)
{
	__u32 left, size, captured;
	struct iovec element;

	if (!header || !payload)
		return 0;
	left = header->size;
	/* Kernels before 6.2 refuse the loop in the form that the compiler gives it. */
#pragma clang loop unroll(full)
	for (__u32 i = 0; i < VECTOR_LENGTH; i++) {
		bool last = i + 1 == payload->vector || i + 1 == VECTOR_LENGTH;

		if (!left)
			break;
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
		tell_fragment(header, element.iov_base, captured, mark);
		header->position += size;
		header->piece++;
		capture -= size < capture ? size : capture;
	}
	return 0;
}
