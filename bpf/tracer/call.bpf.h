/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the current thread has asked of the kernel: the arguments of its system call, in the saved user registers. */
#ifndef SONDE_CALL_H
#define SONDE_CALL_H

#include "kernel.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

enum call_shape { CALL_OTHER, CALL_BUFFER, CALL_VECTOR, CALL_MESSAGE, CALL_MESSAGES };

struct call {
	enum call_shape shape;
	/* Of the buffer, the vector, the message, or the first of the messages. */
	__u64 address;
	/* Of the vector's elements, or of the messages. */
	__u64 count;
	/* Where a datagram goes; 0: the call does not say. */
	__u64 name;
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
	case 299: /* recvmmsg */
	case 307: /* sendmmsg */
		return CALL_MESSAGES;
	default:
		return CALL_OTHER;
	}
}

static __always_inline struct call call_of(struct task_struct *task)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	struct call call = {};
	__u64 number;

	/* __USER32_CS: a 32-bit process, whose numbers and layouts are others. */
	if (regs->cs == 0x23)
		return call;
	call.address = keep(regs->si);
	call.count = keep(regs->dx);
	number = keep(regs->orig_ax);
	call.shape = shape_of_call(number);
	if (number == 44) /* sendto */
		call.name = keep(regs->r8);
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
	case 243: /* recvmmsg */
	case 269: /* sendmmsg */
		return CALL_MESSAGES;
	default:
		return CALL_OTHER;
	}
}

static __always_inline struct call call_of(struct task_struct *task)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	struct call call = {};
	__u64 number;

	/* PSR_MODE32_BIT */
	if (regs->pstate & 0x10)
		return call;
	call.address = keep(regs->regs[1]);
	call.count = keep(regs->regs[2]);
	number = keep(regs->syscallno);
	call.shape = shape_of_call(number);
	if (number == 206) /* sendto */
		call.name = keep(regs->regs[4]);
	return call;
}

#endif

#endif
