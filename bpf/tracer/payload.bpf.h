/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where the bytes of a socket call are: its arguments still stand in the saved user registers when the call ends, so no
 * hook at its beginning and no state per thread is needed. System call numbers are those of the architecture's own ABI.
 */
#ifndef SONDE_PAYLOAD_H
#define SONDE_PAYLOAD_H

#include "maps.bpf.h"

#include <bpf/bpf_core_read.h>

/* One user buffer, or an I/O vector of them. */
struct payload {
	__u64 address;
	__u64 length;
	/* Elements of the vector at `address`; 0: `address` is the buffer itself. */
	__u32 vector;
};

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

static __always_inline struct call current_call(void)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
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

static __always_inline struct call current_call(void)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
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

/* Finds the user memory that the current call moved `moved` bytes from or to. False: there is none that can be read. */
static __always_inline bool find_payload(struct payload *payload, __u32 moved)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct user_msghdr message;
	struct call call;

	payload->address = 0;
	payload->length = 0;
	payload->vector = 0;
	if (task->flags & (PF_KTHREAD | PF_IO_WORKER | PF_USER_WORKER))
		return false;
	call = current_call();
	switch (call.shape) {
	case CALL_BUFFER:
		payload->address = call.address;
		payload->length = moved;
		return true;
	case CALL_VECTOR:
		payload->address = call.address;
		payload->vector = call.count;
		break;
	case CALL_MESSAGE:
		if (bpf_probe_read_user(&message, sizeof(message), (void *)call.address))
			return false;
		payload->address = message.msg_iov;
		payload->vector = message.msg_iovlen;
		break;
	default:
		return false;
	}
	if (payload->vector == 1) {
		/* The common case of a vector of one is a buffer like any other. */
		struct iovec element;

		if (bpf_probe_read_user(&element, sizeof(element), (void *)payload->address))
			return false;
		payload->address = element.iov_base;
		payload->length = moved;
		payload->vector = 0;
	}
	return true;
}

/* The first up to eight bytes, as one word; `*length` of them. */
static __always_inline __u64 first_word(const struct payload *payload, __u32 moved, __u32 *length)
{
	__u64 address = payload->address, word = 0;
	struct iovec element;

	*length = moved < 8 ? moved : 8;
	if (payload->vector) {
		if (bpf_probe_read_user(&element, sizeof(element), (void *)address))
			goto unreadable;
		address = element.iov_base;
		if (element.iov_len < *length)
			*length = element.iov_len;
	}
	if (*length && *length <= 8 && !bpf_probe_read_user(&word, *length, (void *)address))
		return word;
unreadable:
	*length = 0;
	return 0;
}

/* The last eight bytes, the last one highest; 0 when there are fewer, or they lie in a vector, or can't be read. */
static __always_inline __u64 last_word(const struct payload *payload, __u32 moved)
{
	__u64 word = 0;

	if (payload->vector || moved < sizeof(word))
		return 0;
	bpf_probe_read_user(&word, sizeof(word), (void *)(payload->address + moved - sizeof(word)));
	return word;
}

#endif
