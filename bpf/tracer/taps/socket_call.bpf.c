// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The tap of kernels before 6.3: the ends of the address families' send and receive functions. They are called through
 * proto_ops from another file than the one that defines them, so no compiler inlines them, as it does sock_sendmsg().
 */
#include "../exchange.bpf.h"

#include <bpf/bpf_tracing.h>

static __always_inline int moved_by_call(struct socket *socket, enum direction direction, int result, int flags)
{
	struct sock *sk = socket->sk;

	return sk ? moved(sk, direction, result, flags) : 0;
}

SEC("fexit/inet_sendmsg")
int BPF_PROG(sonde_send4, struct socket *sock, void *msg, unsigned long size, int ret)
{
	return moved_by_call(sock, DIRECTION_OUT, ret, 0);
}

SEC("fexit/inet6_sendmsg")
int BPF_PROG(sonde_send6, struct socket *sock, void *msg, unsigned long size, int ret)
{
	return moved_by_call(sock, DIRECTION_OUT, ret, 0);
}

SEC("fexit/unix_stream_sendmsg")
int BPF_PROG(sonde_send_unix, struct socket *sock, void *msg, unsigned long size, int ret)
{
	return moved_by_call(sock, DIRECTION_OUT, ret, 0);
}

/* sendfile and splice to a socket, until 6.5. */
SEC("fexit/inet_sendpage")
int BPF_PROG(sonde_sendpage, struct socket *sock, void *page, int offset, unsigned long size, int flags, long ret)
{
	return moved_by_call(sock, DIRECTION_OUT, ret, 0);
}

SEC("fexit/inet_recvmsg")
int BPF_PROG(sonde_receive4, struct socket *sock, void *msg, unsigned long size, int flags, int ret)
{
	return moved_by_call(sock, DIRECTION_IN, ret, flags);
}

SEC("fexit/inet6_recvmsg")
int BPF_PROG(sonde_receive6, struct socket *sock, void *msg, unsigned long size, int flags, int ret)
{
	return moved_by_call(sock, DIRECTION_IN, ret, flags);
}

SEC("fexit/unix_stream_recvmsg")
int BPF_PROG(sonde_recv_unix, struct socket *sock, void *msg, unsigned long size, int flags, int ret)
{
	return moved_by_call(sock, DIRECTION_IN, ret, flags);
}
