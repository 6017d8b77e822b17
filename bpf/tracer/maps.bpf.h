/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The maps and settings that the tracer's programs share; defined in maps.bpf.c. */
#ifndef SONDE_MAPS_H
#define SONDE_MAPS_H

#include "abi.h"
#include "kernel.h"

#include <stdbool.h>

#include <bpf/bpf_helpers.h>

enum connection_state {
	/* Nothing has passed yet. */
	STATE_IDLE = 0,
	STATE_REQUEST = 1,
	STATE_RESPONSE = 2,
};

/* One direction of a connection that is walked by frames. */
struct lane {
	/* Bytes that have passed. */
	__u64 position;
	/* The frame at hand: where it began, and its header, or as much of that as has come; first byte lowest. */
	__u64 start;
	__u64 header[2];
	/* Its bytes to come after the header, and how many of them are captured. */
	__u32 left;
	__u32 capture_left;
	/* Of the header; 0: none has come, or all of it. */
	__u8 header_held;
	/* All of the header and nothing else crosses, when the frame has passed. */
	__u8 header_waits;
	/* Whether the walk knows where it is; and whether it was lost, which has yet to be told. */
	__u8 placed;
	__u8 lossy;
	/* A frame of more than a byte has passed. */
	__u8 opened;
	/* A call's bytes are being walked now; and another call's would have been, meanwhile. */
	__u8 walking;
	__u8 collided;
	__u8 reserved;
};

/* What the kernel keeps of a connection: no payload, only how its current exchange stands. */
struct connection {
	struct bpf_spin_lock lock;
	__u32 sequence;
	__u64 cookie;
	__u64 request_size;
	__u64 request_last;
	__u64 response_size;
	__u64 response_last;
	__u64 response_tail;
	/* What the current direction began with, of a connection whose protocol is not known yet. */
	__u64 opening;
	/* Of a send that was overtaken: its exchange and place, kept until its hook has run. 0 bytes: there is none. */
	__u64 late_position;
	__u32 late_ordinal;
	__u32 late_sequence;
	__u32 late_bytes;
	/* The thread whose read showed that a send is under way: it cannot be that thread's own. */
	__u32 late_reader;
	__u32 ordinal;
	/* Of a client: when its first SYN was sent, and once it is established how long that took. */
	__u64 connect;
	/* Segments sent again, and how long that took, microseconds; see struct mark. */
	__u32 retransmits;
	__u32 retransmit_wait;
	__u64 retransmit_last;
	__u64 waited;
	struct mark mark;
	__u32 round_trip;
	/* TCP sequence number up to which send hooks have run. */
	__u32 sent;
	__u8 late_side;
	__u8 late_missed;
	__u8 state;
	__u8 role;
	__u8 protocol;
	/* Changes of direction seen while no pattern has matched. */
	__u8 turns;
	__u8 direction;
	__u8 opening_length;
	/* Whole bytes: the kernel refuses BTF with bit fields beside a spin lock. */
	__u8 sent_known;
	__u8 muted;
	/* What passes is ciphertext: the plaintext is a session's (session.bpf.h). */
	__u8 sealed;
	/* Calls at which the session was looked for in vain. */
	__u8 attempts;
	__u8 dirty;
	/* Sonde's own, as a client. */
	__u8 own;
	/* Of a Unix socket: met since the last sweep. */
	__u8 alive;
	/* User space knows who talks with whom. */
	__u8 introduced;
	/* It was seen to be opened. */
	__u8 whole;
	/* The protocol by whose framing the lanes are walked; 0: they are not. */
	__u8 walked;
	struct lane lanes[2];
};

/* What the kernel keeps of a datagram socket. */
struct datagram_socket {
	__u64 cookie;
	/* Of a call with many messages: where they are, what the first begins with, and which was seen last. */
	__u64 messages;
	__u64 first;
	__u32 tid;
	__u32 index;
	/* Datagrams that no pattern matched; none counts once one has. */
	__u8 strangers;
	__u8 protocol;
	/* Who the process was in the last datagram. */
	__u8 role;
	__u8 muted;
	__u32 reserved;
};

struct datagram_sockets_map {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct datagram_socket);
};
extern struct datagram_sockets_map datagram_sockets SEC(".maps");

struct connections_map {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct connection);
};
extern struct connections_map connections SEC(".maps");

struct unix_connections_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, struct connection);
};
extern struct unix_connections_map unix_connections SEC(".maps");

/* A ring of records for each processor: see ring.bpf.h. Number and size of the values are set before loading. */
struct rings_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__uint(value_size, sizeof(struct ring_head) + RING_SLACK + 4096 + 4096 / BLOCK_BYTES * sizeof(__u64));
};
extern struct rings_map rings SEC(".maps");

/* Carries nothing but the news that there is something in the rings. */
struct wakes_map {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
};
extern struct wakes_map wakes SEC(".maps");

/* Those of connections that have ended meanwhile are pushed out by newer ones. */
struct verdicts_map {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, __u64);
	__type(value, __u32);
};
extern struct verdicts_map verdicts SEC(".maps");

struct excluded_processes_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, __u8);
};
extern struct excluded_processes_map excluded_processes SEC(".maps");

/* Local end of a connection that Sonde itself has opened: its other end, if on this machine, is none of a service's. */
struct own_end {
	/* IPv4, or the four words of IPv6 folded. */
	__u32 address;
	__u32 port;
};

struct own_ends_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 256);
	__type(key, struct own_end);
	__type(value, __u64);
};
extern struct own_ends_map own_ends SEC(".maps");

struct counters_map {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, COUNTERS);
	__type(key, __u32);
	__type(value, __u64);
};
extern struct counters_map counters SEC(".maps");

/* A new connection: too much for the stack. */
extern const char zeros[sizeof(struct connection)];

/* Set before loading. */
extern const volatile struct pattern patterns[PATTERNS];
extern const volatile __u32 pattern_count;
extern const volatile struct framing framings[PROTOCOLS];
/* Frames that are walked in one call, at most. */
extern const volatile __u32 frames_per_call;
extern const volatile struct pattern datagram_patterns[DATAGRAM_PATTERNS];
extern const volatile __u32 datagram_pattern_count;
extern const volatile __u32 request_capture;
extern const volatile __u32 response_capture;
extern const volatile __u64 quiet_after;
/* Bytes of data in each processor's ring: a power of two. */
extern const volatile __u32 ring_size;
extern const volatile __u8 trace_unix;
/* The number by which the patterns know a TLS handshake; 0: encrypted traffic is not read. */
extern const volatile __u8 tls_protocol;

/* Set while running. Sonde's own process, as the kernel's first PID namespace numbers it. */
extern __u32 own_process;
/* Whether these maps hold any; and whether the reader sleeps and wants to be woken by the next record. */
extern __u32 any_verdicts;
extern __u32 any_excluded;
extern __u32 reader_sleeps;
/* Whether a TLS library is attached to. */
extern __u32 any_libraries;
/* Whether a program in Go is. */
extern __u32 any_go;

static __always_inline void count(__u32 counter)
{
	__u64 *value = bpf_map_lookup_elem(&counters, &counter);

	if (value)
		*value += 1;
}

#endif
