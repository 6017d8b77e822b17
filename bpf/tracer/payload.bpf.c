// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "payload.bpf.h"

#include <bpf/bpf_core_read.h>

/* Elements of a vector that are looked at for a message's first bytes. */
enum { FIRST_ELEMENTS = 3 };

enum call_shape { CALL_OTHER, CALL_BUFFER, CALL_VECTOR, CALL_MESSAGE };

struct call {
	enum call_shape shape;
	__u64 address;
	__u64 count;
};

/* Keeps the compiler from merging this load with one through another kind of pointer, which the verifier refuses. */
static __always_inline __u64 keep(__u64 value)
{
	barrier_var(value);
	return value;
}

#if defined(__TARGET_ARCH_x86)

static __always_inline enum call_shape shape_of_call(__u64 number)
{
	switch (number) {
	case 0: /* read */
	case 1: /* write */
	case 44: /* sendto */
	case 45: /* recvfrom */
		return CALL_BUFFER;
	case 19: /* readv */
	case 20: /* writev */
	case 327: /* preadv2 */
	case 328: /* pwritev2 */
		return CALL_VECTOR;
	case 46: /* sendmsg */
	case 47: /* recvmsg */
		return CALL_MESSAGE;
	default:
		return CALL_OTHER;
	}
}

static __always_inline struct call call_of(struct task_struct *task)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	struct call call = {};

	/* __USER32_CS: a 32-bit process, whose numbers and layouts are others. */
	if (regs->cs == 0x23)
		return call;
	call.address = keep(regs->si);
	call.count = keep(regs->dx);
	call.shape = shape_of_call(keep(regs->orig_ax));
	return call;
}

#elif defined(__TARGET_ARCH_arm64)

static __always_inline enum call_shape shape_of_call(__u64 number)
{
	switch (number) {
	case 63: /* read */
	case 64: /* write */
	case 206: /* sendto */
	case 207: /* recvfrom */
		return CALL_BUFFER;
	case 65: /* readv */
	case 66: /* writev */
	case 286: /* preadv2 */
	case 287: /* pwritev2 */
		return CALL_VECTOR;
	case 211: /* sendmsg */
	case 212: /* recvmsg */
		return CALL_MESSAGE;
	default:
		return CALL_OTHER;
	}
}

static __always_inline struct call call_of(struct task_struct *task)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	struct call call = {};

	/* PSR_MODE32_BIT */
	if (regs->pstate & 0x10)
		return call;
	call.address = keep(regs->regs[1]);
	call.count = keep(regs->regs[2]);
	call.shape = shape_of_call(keep(regs->syscallno));
	return call;
}

#endif

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
