/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Writing the record of who talks with whom: once a connection, not with every request. */
#ifndef SONDE_INTRODUCTION_H
#define SONDE_INTRODUCTION_H

#include "ring.bpf.h"

#include <bpf/bpf_core_read.h>

/* An introduction that was lost, or that came when user space had no room, is made good after so many exchanges. */
enum { EXCHANGES_BETWEEN_INTRODUCTIONS = 64 };

static __always_inline void write_unix_path(struct connection_record *record, struct sock *sk, enum role role)
{
	struct unix_address *address;
	struct sock *server = sk;

	/* An accepted socket shares the listener's address; a client's peer has it. */
	if (role == ROLE_CLIENT)
		server = BPF_CORE_READ((struct unix_sock *)sk, peer);
	address = BPF_CORE_READ((struct unix_sock *)server, addr);
	if (!address || bpf_probe_read_kernel(record->path, sizeof(record->path), &address->name[0].sun_path))
		__builtin_memset(record->path, 0, sizeof(record->path));
}

static __always_inline void write_addresses(struct connection_record *record, const struct sock_common *common)
{
	__u32 *local = (__u32 *)record->local_address, *remote = (__u32 *)record->remote_address;

	if (common->skc_family == AF_INET) {
		__builtin_memset(record->path, 0, sizeof(record->path));
		local[0] = common->skc_rcv_saddr;
		remote[0] = common->skc_daddr;
		return;
	}
	for (int i = 0; i < 4; i++) {
		local[i] = common->skc_v6_rcv_saddr.in6_u.u6_addr32[i];
		remote[i] = common->skc_v6_daddr.in6_u.u6_addr32[i];
	}
}

/* Writes what is known of a socket's two ends. */
static __always_inline void describe(struct connection_record *record, struct sock *sk, enum role role, bool whole)
{
	struct sock_common *common = &sk->__sk_common;

	record->kind = RECORD_CONNECTION;
	record->role = role;
	record->family = common->skc_family;
	record->whole = whole;
	record->cgroup = bpf_get_current_cgroup_id();
	record->netns = common->skc_net.net->ns.inum;
	record->local_port = common->skc_num;
	record->remote_port = __builtin_bswap16(common->skc_dport);
	if (common->skc_family == AF_UNIX)
		write_unix_path(record, sk, role);
	else
		write_addresses(record, common);
}

/* False when there was no room. */
static __always_inline bool introduce(struct sock *sk, const struct fragment_record *first, const struct connection *connection)
{
	struct reservation reservation = reserve(sizeof(struct connection_record));
	struct connection_record *record = reservation.record;

	if (!record)
		return false;
	describe(record, sk, first->role, connection->whole);
	record->pid = first->pid;
	record->time = first->time;
	record->exchange = first->exchange;
	record->connect = connection->connect;
	record->socket = 0;
	commit(&reservation, sizeof(*record));
	return true;
}

#endif
