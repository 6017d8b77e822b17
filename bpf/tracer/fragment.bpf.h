/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Writing the record of what a call moved. */
#ifndef SONDE_FRAGMENT_H
#define SONDE_FRAGMENT_H

#include "maps.bpf.h"
#include "payload.bpf.h"

#include <bpf/bpf_core_read.h>

/*
 * Copies `header` to the ring for a call that moved `header->size` bytes, with those of them behind it that lie before
 * `window` on their side of the exchange; element by element where the call moved an I/O vector. A global function.
 */
int tell_call(struct fragment_record *header, const struct payload *payload, __u32 window);

/* The two ends of the connection, and the cgroup of the caller. `role` must be set. */
static __always_inline void write_ends(struct fragment_record *record, struct sock *sk)
{
	struct sock_common *common = &sk->__sk_common;
	struct unix_address *address;
	struct sock *server = sk;

	record->cgroup = bpf_get_current_cgroup_id();
	record->netns = common->skc_net.net->ns.inum;
	record->family = common->skc_family;
	if (record->family == AF_UNIX) {
		/* An accepted socket shares the listener's address; a client's peer has it. */
		if (record->role == ROLE_CLIENT)
			server = BPF_CORE_READ((struct unix_sock *)sk, peer);
		address = BPF_CORE_READ((struct unix_sock *)server, addr);
		if (address)
			bpf_probe_read_kernel(record->path, sizeof(record->path), &address->name[0].sun_path);
		return;
	}
	record->local_port = common->skc_num;
	record->remote_port = __builtin_bswap16(common->skc_dport);
	if (record->family == AF_INET) {
		*(__u32 *)record->local_address = common->skc_rcv_saddr;
		*(__u32 *)record->remote_address = common->skc_daddr;
		return;
	}
	for (int i = 0; i < 4; i++) {
		((__u32 *)record->local_address)[i] = common->skc_v6_rcv_saddr.in6_u.u6_addr32[i];
		((__u32 *)record->remote_address)[i] = common->skc_v6_daddr.in6_u.u6_addr32[i];
	}
}

#endif
