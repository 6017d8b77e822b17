/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sonde's own connections. Its exporter's server may be on this machine, and that end is no service's business either.
 * A client is established before its server's socket exists, so the port is known in time; before it is connected it
 * has none, and afterwards the state changes in interrupts, where nobody's process is current. Hence the mark.
 */
#ifndef SONDE_OWN_H
#define SONDE_OWN_H

#include "connection.bpf.h"

/* Sonde opens a connection: called in the context of connect(). */
static __always_inline void mark_own(struct sock *sk)
{
	struct connection *connection;

	if (bpf_get_current_pid_tgid() >> 32 != own_process)
		return;
	connection = inet_connection(sk);
	if (connection) {
		connection->muted = 1;
		connection->own = 1;
	}
}

static __always_inline __u32 fold(const struct in6_addr *address)
{
	__u32 first = address->in6_u.u6_addr32[0], second = address->in6_u.u6_addr32[1];
	__u32 third = address->in6_u.u6_addr32[2], fourth = address->in6_u.u6_addr32[3];

	/* An IPv4-mapped address is that IPv4 address. */
	if (!first && !second && third == __builtin_bswap32(0xffff))
		return fourth;
	return first ^ second ^ third ^ fourth;
}

static __always_inline struct own_end local_end(struct sock *sk)
{
	struct sock_common *common = &sk->__sk_common;
	bool is_ipv4 = common->skc_family == AF_INET;

	return (struct own_end){
		.address = is_ipv4 ? common->skc_rcv_saddr : fold(&common->skc_v6_rcv_saddr),
		.port = common->skc_num,
	};
}

static __always_inline struct own_end remote_end(struct sock *sk)
{
	struct sock_common *common = &sk->__sk_common;
	bool is_ipv4 = common->skc_family == AF_INET;

	return (struct own_end){
		.address = is_ipv4 ? common->skc_daddr : fold(&common->skc_v6_daddr),
		.port = __builtin_bswap16(common->skc_dport),
	};
}

static __always_inline void keep_own_end(struct sock *sk, const struct connection *connection)
{
	struct own_end end = local_end(sk);

	bpf_map_update_elem(&own_ends, &end, &connection->cookie, BPF_ANY);
}

static __always_inline void forget_own_end(struct sock *sk, const struct connection *connection)
{
	struct own_end end = local_end(sk);
	__u64 *cookie = bpf_map_lookup_elem(&own_ends, &end);

	if (cookie && *cookie == connection->cookie)
		bpf_map_delete_elem(&own_ends, &end);
}

/* Whether the client of an accepted connection is Sonde. */
static __always_inline bool is_own_client(struct sock *sk)
{
	struct own_end end = remote_end(sk);

	return bpf_map_lookup_elem(&own_ends, &end) != NULL;
}

#endif
