/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where a datagram is, and to whom it goes. */
#ifndef SONDE_DATAGRAM_H
#define SONDE_DATAGRAM_H

#include "maps.bpf.h"

/* Where a datagram's bytes are in user memory. */
struct datagram {
	/* 0: not known. */
	__u64 address;
	/* Of the address that it goes to; 0: the call names none. */
	__u64 name;
	/* Its first eight bytes. */
	__u64 first;
};

/* Global functions: the verifier looks at each once. */
int find_datagram(struct datagram *datagram, struct datagram_socket *socket, __u32 moved);
int read_name(struct datagram_record *record, __u64 name);

#endif
