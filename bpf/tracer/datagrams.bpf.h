/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Datagrams of protocols that begin in a known way. There are no exchanges to cut: each datagram that matches a pattern crosses
 * whole, and user space finds out what answers what. A socket on which none matches is left alone after a few.
 */
#ifndef SONDE_DATAGRAMS_H
#define SONDE_DATAGRAMS_H

#include "datagram.bpf.h"
#include "ring.bpf.h"

/* A socket none of whose first so many datagrams matches carries something else. */
enum { DATAGRAMS_OF_A_STRANGER = 8 };

static __always_inline bool is_datagram(struct sock *sk)
{
	return sk->sk_type == SOCK_DGRAM && sk->sk_protocol == IPPROTO_UDP;
}

static __always_inline struct datagram_socket *datagram_socket(struct sock *sk)
{
	struct datagram_socket *socket = bpf_sk_storage_get(&datagram_sockets, sk, NULL, 0);

	if (socket)
		return socket;
	socket = bpf_sk_storage_get(&datagram_sockets, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (socket)
		socket->cookie = bpf_get_socket_cookie(sk);
	return socket;
}

/* Finds the pattern that the datagram begins with; false when there is none. */
static __always_inline bool match_datagram(struct datagram_socket *socket, struct datagram_record *header, __u64 word,
					   bool out)
{
	for (__u32 i = 0; i < DATAGRAM_PATTERNS; i++) {
		if (i >= datagram_pattern_count)
			break;
		if ((word ^ datagram_patterns[i].value) & datagram_patterns[i].mask)
			continue;
		header->side = datagram_patterns[i].side;
		header->protocol = datagram_patterns[i].protocol;
		header->role = (header->side == SIDE_REQUEST) == out ? ROLE_CLIENT : ROLE_SERVER;
		socket->protocol = header->protocol;
		socket->role = header->role;
		return true;
	}
	return false;
}

static __always_inline void write_ends(struct datagram_record *header, const struct sock_common *common)
{
	__u32 *local = (__u32 *)header->local_address, *remote = (__u32 *)header->remote_address;

	header->family = common->skc_family;
	header->local_port = common->skc_num;
	header->remote_port = __builtin_bswap16(common->skc_dport);
	if (common->skc_family == AF_INET) {
		local[0] = common->skc_rcv_saddr;
		remote[0] = common->skc_daddr;
		return;
	}
	for (int i = 0; i < 4; i++) {
		local[i] = common->skc_v6_rcv_saddr.in6_u.u6_addr32[i];
		remote[i] = common->skc_v6_daddr.in6_u.u6_addr32[i];
	}
}

static __always_inline void tell_datagram(const struct datagram_record *header, __u64 address)
{
	__u32 length = !address ? 0 : header->size < DATAGRAM_BYTES ? header->size : DATAGRAM_BYTES;
	struct datagram_record *record;
	struct reservation reservation;

	barrier_var(length);
	if (length > DATAGRAM_BYTES)
		length = DATAGRAM_BYTES;
	reservation = reserve(sizeof(*record) + length);
	record = reservation.record;
	if (!record)
		return;
	__builtin_memcpy(record, header, sizeof(*record));
	record->length = length;
	if (length && bpf_probe_read_user(record + 1, length, (void *)address))
		record->length = 0;
	commit(&reservation, sizeof(*record) + length);
}

/* A datagram has passed, or an error was told; `result` is what the call returned. Its stack is not that of streams. */
static __noinline int pass_datagram(struct sock *sk, bool out, int result)
{
	struct datagram_record header = { .kind = RECORD_DATAGRAM };
	__u64 id = bpf_get_current_pid_tgid();
	struct datagram_socket *socket;
	struct datagram datagram = {};
	__u32 process = id >> 32;

	socket = datagram_socket(sk);
	if (!socket || socket->muted)
		return 0;
	if (process == own_process) {
		socket->muted = 1;
		return 0;
	}
	if (result < 0) {
		/* Nobody listens there: the host said so of something that was sent before. */
		if (result != -ECONNREFUSED || !socket->protocol)
			return 0;
		header.error = ECONNREFUSED;
		header.side = SIDE_RESPONSE;
		header.protocol = socket->protocol;
		header.role = socket->role;
	} else {
		find_datagram(&datagram, socket, result);
		if (!match_datagram(socket, &header, datagram.first, out)) {
			if (!socket->protocol && ++socket->strangers > DATAGRAMS_OF_A_STRANGER)
				socket->muted = 1;
			return 0;
		}
		header.size = result;
	}
	if (any_excluded && bpf_map_lookup_elem(&excluded_processes, &process))
		return 0;
	header.pid = process;
	header.tid = (__u32)id;
	header.time = bpf_ktime_get_ns();
	header.socket = socket->cookie;
	write_ends(&header, &sk->__sk_common);
	if (out && datagram.name)
		read_name(&header, datagram.name);
	tell_datagram(&header, datagram.address);
	return 0;
}

#endif
