/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* For what a thread waits, by the system call that it is in. */
#ifndef SONDE_SYSTEM_CALL_H
#define SONDE_SYSTEM_CALL_H

#include "account.bpf.h"

#include <bpf/bpf_core_read.h>

enum call_kind { CALL_IS_OTHER, CALL_IS_LOCK, CALL_IS_SOCKET, CALL_IS_POLL, CALL_IS_FILE };

enum {
	/* include/uapi/linux/stat.h */
	S_IFMT = 0170000,
	S_IFSOCK = 0140000,
};

#if defined(__TARGET_ARCH_x86)

static __always_inline enum call_kind kind_of_call(__u64 number)
{
	switch (number) {
	case 202: /* futex */
	case 449: /* futex_waitv */
	case 455: /* futex_wait */
		return CALL_IS_LOCK;
	case 7: /* poll */
	case 23: /* select */
	case 232: /* epoll_wait */
	case 270: /* pselect6 */
	case 271: /* ppoll */
	case 281: /* epoll_pwait */
	case 441: /* epoll_pwait2 */
		return CALL_IS_POLL;
	case 42: /* connect */
	case 43: /* accept */
	case 44: /* sendto */
	case 45: /* recvfrom */
	case 46: /* sendmsg */
	case 47: /* recvmsg */
	case 288: /* accept4 */
	case 299: /* recvmmsg */
	case 307: /* sendmmsg */
		return CALL_IS_SOCKET;
	case 0: /* read */
	case 1: /* write */
	case 19: /* readv */
	case 20: /* writev */
	case 40: /* sendfile */
	case 327: /* preadv2 */
	case 328: /* pwritev2 */
		return CALL_IS_FILE;
	default:
		return CALL_IS_OTHER;
	}
}

#elif defined(__TARGET_ARCH_arm64)

static __always_inline enum call_kind kind_of_call(__u64 number)
{
	switch (number) {
	case 98: /* futex */
	case 449: /* futex_waitv */
	case 455: /* futex_wait */
		return CALL_IS_LOCK;
	case 22: /* epoll_pwait */
	case 72: /* pselect6 */
	case 73: /* ppoll */
	case 441: /* epoll_pwait2 */
		return CALL_IS_POLL;
	case 202: /* accept */
	case 203: /* connect */
	case 206: /* sendto */
	case 207: /* recvfrom */
	case 211: /* sendmsg */
	case 212: /* recvmsg */
	case 242: /* accept4 */
	case 243: /* recvmmsg */
	case 269: /* sendmmsg */
		return CALL_IS_SOCKET;
	case 63: /* read */
	case 64: /* write */
	case 65: /* readv */
	case 66: /* writev */
	case 71: /* sendfile */
	case 286: /* preadv2 */
	case 287: /* pwritev2 */
		return CALL_IS_FILE;
	default:
		return CALL_IS_OTHER;
	}
}

#endif

static __always_inline bool is_socket(const struct task_struct *task, __u64 descriptor)
{
	struct fdtable *table = task->files->fdt;
	struct file *file;

	if (descriptor >= table->max_fds ||
	    bpf_probe_read_kernel(&file, sizeof(file), table->fd + descriptor) || !file)
		return false;
	return (BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) == S_IFSOCK;
}

/* The thread sleeps in a system call; a page fault, which is none, waits for the disk or for a lock of the kernel. */
static __always_inline enum wait reason_of_call(struct task_struct *task)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	__u64 number, descriptor;

#if defined(__TARGET_ARCH_x86)
	/* __USER32_CS: a 32-bit process, whose numbers are others. */
	if (regs->cs == 0x23)
		return WAIT_SLEEP;
	number = regs->orig_ax;
	descriptor = regs->di;
#elif defined(__TARGET_ARCH_arm64)
	/* PSR_MODE32_BIT */
	if (regs->pstate & 0x10)
		return WAIT_SLEEP;
	number = regs->syscallno;
	descriptor = regs->regs[0];
#endif
	switch (kind_of_call(number)) {
	case CALL_IS_LOCK:
		return WAIT_LOCK;
	case CALL_IS_POLL:
		return WAIT_POLL;
	case CALL_IS_SOCKET:
		return WAIT_SOCKET;
	case CALL_IS_FILE:
		return is_socket(task, descriptor) ? WAIT_SOCKET : WAIT_SLEEP;
	default:
		return WAIT_SLEEP;
	}
}

#endif
