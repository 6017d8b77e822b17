/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Arguments and results of a function of user space, by the architecture's calling convention for C. */
#ifndef SONDE_REGISTERS_H
#define SONDE_REGISTERS_H

#include "kernel.h"

#if defined(__TARGET_ARCH_x86)

/* System V AMD64 ABI, 3.2.3. */
#define argument_1(context) ((context)->di)
#define argument_2(context) ((context)->si)
#define argument_3(context) ((context)->dx)
#define argument_4(context) ((context)->cx)
#define result_of(context) ((context)->ax)

/* Go's ABIInternal (cmd/compile/abi-internal.md), since 1.17. The first result is where the first argument was. */
#define go_argument_1(context) ((context)->ax)
#define go_argument_2(context) ((context)->bx)
#define go_argument_3(context) ((context)->cx)
#define goroutine_of(context) ((context)->r14)

#elif defined(__TARGET_ARCH_arm64)

/* AAPCS64, 6.8.2. */
#define argument_1(context) ((context)->regs[0])
#define argument_2(context) ((context)->regs[1])
#define argument_3(context) ((context)->regs[2])
#define argument_4(context) ((context)->regs[3])
#define result_of(context) ((context)->regs[0])

/* Go's ABIInternal (cmd/compile/abi-internal.md), since 1.18. The first result is where the first argument was. */
#define go_argument_1(context) ((context)->regs[0])
#define go_argument_2(context) ((context)->regs[1])
#define go_argument_3(context) ((context)->regs[2])
#define goroutine_of(context) ((context)->regs[28])

#endif

#endif
