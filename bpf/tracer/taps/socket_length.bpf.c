// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The tap of kernels 6.3 and newer: tracepoints at the end of every socket send and receive (net/socket.c). */
#include "../exchange.bpf.h"

#include <bpf/bpf_tracing.h>

SEC("tp_btf/sock_send_length")
int BPF_PROG(sonde_send, struct sock *sk, int ret, int flags)
{
	return moved(sk, DIRECTION_OUT, ret, flags);
}

SEC("tp_btf/sock_recv_length")
int BPF_PROG(sonde_receive, struct sock *sk, int ret, int flags)
{
	return moved(sk, DIRECTION_IN, ret, flags);
}
