// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "call.bpf.h"
#include "payload.bpf.h"

/* Elements of a vector that are looked at for a message's first bytes. */
enum { FIRST_ELEMENTS = 3 };

/* Finds the user memory that the current call moved bytes from or to. */
__noinline int find_payload(struct payload *payload, __u32 moved)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct user_msghdr message;
	struct iovec element;
	struct call call;

	if (!payload)
		return 0;
	__builtin_memset(payload, 0, sizeof(*payload));
	if (task->flags & (PF_KTHREAD | PF_IO_WORKER | PF_USER_WORKER))
		return 0;
	call = call_of(task);
	payload->address = call.address;
	switch (call.shape) {
	case CALL_BUFFER:
		payload->readable = true;
		return 0;
	case CALL_VECTOR:
		payload->vector = call.count;
		break;
	case CALL_MESSAGE:
		if (bpf_probe_read_user(&message, sizeof(message), (void *)call.address))
			return 0;
		payload->address = message.msg_iov;
		payload->vector = message.msg_iovlen;
		break;
	default:
		return 0;
	}
	if (payload->vector == 1) {
		/* The common case of a vector of one is a buffer like any other. */
		if (bpf_probe_read_user(&element, sizeof(element), (void *)payload->address))
			return 0;
		payload->address = element.iov_base;
		payload->vector = 0;
	}
	payload->readable = true;
	return 0;
}

/* Reads the first up to eight bytes; of a vector, as many as its first elements have. */
__noinline int read_first(struct payload *payload, __u32 moved)
{
	__u32 wanted = moved < 8 ? moved : 8, offset = 0, length;
	struct iovec element;

	if (!payload || !payload->readable)
		return 0;
	element.iov_base = payload->address;
	element.iov_len = wanted;
#pragma clang loop unroll(full)
	for (__u32 i = 0; i < FIRST_ELEMENTS; i++) {
		if (payload->vector && (i >= payload->vector ||
					bpf_probe_read_user(&element, sizeof(element),
							    (void *)(payload->address + i * sizeof(element)))))
			break;
		length = element.iov_len < wanted - offset ? element.iov_len : wanted - offset;
		/* The verifier is to see the bounds, whatever the compiler made of them. */
		barrier_var(length);
		length &= 15;
		barrier_var(offset);
		offset &= 7;
		if (length > 8 || bpf_probe_read_user((char *)&payload->first + offset, length, (void *)element.iov_base))
			break;
		offset += length;
		payload->first_length = offset;
		if (offset >= wanted)
			break;
	}
	return 0;
}

/* Reads the last eight bytes; none if there are fewer, or they lie in a vector. */
__noinline int read_last(struct payload *payload, __u32 moved)
{
	if (!payload || !payload->readable || payload->vector || moved < sizeof(payload->last))
		return 0;
	if (bpf_probe_read_user(&payload->last, sizeof(payload->last),
				(void *)(payload->address + moved - sizeof(payload->last))))
		payload->last = 0;
	return 0;
}
