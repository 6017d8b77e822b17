/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What crosses from the kernel to C#: the records of the ring buffer and the few values that user space writes.
 * Sonde.AbiGen mirrors every type that has an `abi_` variable (in tracer/maps.bpf.c); enums, not macros, because
 * macros are not in BTF. No holes: records are read in place.
 */
#ifndef SONDE_ABI_H
#define SONDE_ABI_H

#include <linux/types.h>

#pragma clang diagnostic push
#pragma clang diagnostic error "-Wpadded"

/* The first byte of every record; its time stands at its ninth: CLOCK_MONOTONIC, nanoseconds. */
enum record_kind {
	RECORD_FRAGMENT = 1,
	RECORD_PROGRESS = 2,
	RECORD_EXEC = 3,
	RECORD_EXIT = 4,
	RECORD_CONNECTION = 5,
	RECORD_DATAGRAM = 6,
};

/* Who the observed process is on a connection. */
enum role {
	ROLE_UNKNOWN = 0,
	ROLE_CLIENT = 1,
	ROLE_SERVER = 2,
};

/* The two sides of an exchange. */
enum side {
	SIDE_REQUEST = 1,
	SIDE_RESPONSE = 2,
};

enum fragment_flags {
	/* More pieces of the same call follow, under the same sequence number. */
	FRAGMENT_MORE = 1,
	/* The call's bytes could not be found or read: sendfile, io_uring, a 32-bit process. */
	FRAGMENT_UNREADABLE = 2,
	/* The call was overtaken by what it caused, and joined afterwards. */
	FRAGMENT_LATE = 4,
	/* As FRAGMENT_LATE, but another call could have been meant. */
	FRAGMENT_AMBIGUOUS = 8,
	/* The connection is walked by frames: `position` is the offset in this side's stream. */
	FRAGMENT_FRAMED = 16,
	/* A frame begins with the first byte; otherwise it goes on where the last fragment of its side ended. */
	FRAGMENT_FRAME = 32,
	/* Frames of this side before this one were lost. */
	FRAGMENT_LOSS = 64,
};

enum progress_reason {
	PROGRESS_NEXT = 0,
	PROGRESS_CLOSED = 1,
	PROGRESS_QUIET = 2,
};

enum limits {
	/* Bits of an exchange id that count along its connection; the socket's cookie stands above them. */
	ORDINAL_BITS = 24,
	/* Captured bytes in one record. */
	FRAGMENT_BYTES = 8192,
	/* Elements of an I/O vector that are looked at. */
	VECTOR_LENGTH = 8,
	/* A record takes whole blocks of its ring, and there is so much room behind the ring's data. */
	BLOCK_BYTES = 64,
	RING_SLACK = 16384,
	/* The word of a record's first block, once the record is whole: its position << COMMIT_BITS | its bytes. */
	COMMIT_BITS = 16,
	PATTERNS = 96,
	PROTOCOLS = 32,
	/* Of a protocol's framing: its rules, and the types that they are for, by side. */
	FRAME_RULES = 48,
	FRAME_TYPES = 512,
	/* A TLS session is numbered like a socket's cookie, with this bit set, which no cookie reaches. */
	SESSION_BIT = 39,
	DATAGRAM_PATTERNS = 8,
	/* Captured bytes of a datagram. */
	DATAGRAM_BYTES = 1024,
	PROGRAM_BYTES = 128,
	ARGUMENT_BYTES = 256,
};

/*
 * A processor's ring of records: this head, a word for every block of the data, the data, and as much again as the longest
 * record, so that none is ever split. Positions only grow; a position modulo the ring's size is a place in the data.
 */
struct ring_head {
	/* Up to here blocks are given to records; moved by whoever writes one. */
	__u64 produced;
	__u64 reserved_line[7];
	/* Up to here they were read; moved by the reader. */
	__u64 consumed;
	__u64 reserved_line_2[7];
};

/*
 * The counters of a thread and of its connection when a call has ended, nanoseconds: only differences of two marks mean
 * anything. Thread 0: there are none.
 */
struct mark {
	/* Ready, and without a processor; `throttled` of it by a CPU quota. */
	__u64 run_queue;
	__u64 throttled;
	__u64 block_io;
	__u64 lock;
	/* For sockets; and what was not told apart from sleep. */
	__u64 network;
	__u64 sleep;
	/* Of the connection: what threads have waited for it, of their `network`. */
	__u64 waited;
	/* Of the connection: segments sent again, and the time that it stood still for them, microseconds. */
	__u32 retransmits;
	__u32 retransmit_wait;
	/* Smoothed round trip, microseconds; 0: not of TCP. */
	__u32 round_trip;
	__u32 tid;
};

/* Bytes that one call moved, or one element of its I/O vector; a mark follows, and `length` captured bytes. */
struct fragment_record {
	__u8 kind;
	__u8 side;
	__u8 role;
	__u8 flags;
	/* Counts a connection's calls that are told of; a gap is a loss, or a call that will be late. */
	__u32 sequence;
	/* End of the call. */
	__u64 time;
	/* Socket cookie << ORDINAL_BITS | place on the connection. */
	__u64 exchange;
	/* Offset from the beginning of this side of the exchange. */
	__u64 position;
	/* The request side so far: all its bytes, and when the last passed. */
	__u64 request_size;
	__u64 request_last;
	/* The call's last eight bytes, the last one highest, when more passed than was captured; else 0. */
	__u64 tail;
	__u32 pid;
	__u32 tid;
	__u32 size;
	__u32 length;
	/* TCP sequence number of the first byte; equal at both ends of a connection. */
	__u32 stream_position;
	__u8 protocol;
	/* Of one call: counts its records, all of the same sequence number. */
	__u8 piece;
	__u8 reserved[2];
};

/* Who talks with whom: before a connection's first fragment, and again now and then, lest a lost one be missed for good. */
struct connection_record {
	__u8 kind;
	__u8 role;
	__u8 family;
	/* It was seen to be opened: nothing has passed that was not seen. */
	__u8 whole;
	__u32 pid;
	__u64 time;
	/* Of the exchange that it was first seen with: the socket's cookie is in it. */
	__u64 exchange;
	/* Of a TLS session: the cookie of the socket that carries it; else 0. */
	__u64 socket;
	__u64 cgroup;
	/* Of a client: nanoseconds from its first SYN to the connection's standing; 0: not seen. */
	__u64 connect;
	__u32 netns;
	__u16 local_port;
	__u16 remote_port;
	union {
		struct {
			/* IPv4 in the first four bytes. */
			__u8 local_address[16];
			__u8 remote_address[16];
		};
		/* AF_UNIX: the beginning of the server's path, first byte 0 when abstract or unnamed. */
		__u8 path[32];
	};
};

/* How an exchange stands when its fragments do not tell. */
struct progress_record {
	__u8 kind;
	__u8 reason;
	__u8 role;
	__u8 reserved;
	__u32 sequence;
	__u64 time;
	__u64 exchange;
	__u64 request_size;
	__u64 request_last;
	__u64 response_size;
	__u64 response_last;
	/* The last eight bytes of the response, the last one highest; 0 when they could not be read. */
	__u64 response_tail;
	/* At the last call of the response, when that was not told of. */
	struct mark mark;
};

/* A process runs a new program. `program`, then `arguments`, zero-terminated each. */
struct exec_record {
	__u8 kind;
	__u8 reserved[3];
	__u32 pid;
	__u64 time;
	__u32 program_length;
	__u32 arguments_length;
	__u8 program[PROGRAM_BYTES];
	__u8 arguments[ARGUMENT_BYTES];
};

/* The last thread of a process has ended. */
struct exit_record {
	__u8 kind;
	__u8 reserved[3];
	__u32 pid;
	__u64 time;
};

/* A datagram of a protocol that is read; `length` captured bytes follow. */
struct datagram_record {
	__u8 kind;
	__u8 role;
	__u8 side;
	__u8 protocol;
	__u32 pid;
	__u64 time;
	/* The socket's cookie. */
	__u64 socket;
	__u32 tid;
	__u32 size;
	__u32 length;
	/* A positive error number: no datagram has come, but the news that one was not wanted. */
	__u32 error;
	__u16 family;
	__u16 local_port;
	__u16 remote_port;
	__u16 reserved;
	/* IPv4 in the first four bytes. All zero: not known, as of a socket that talks with many. */
	__u8 local_address[16];
	__u8 remote_address[16];
};

/* The beginning of a connection's first message, or of any datagram; compared in one word. */
struct pattern {
	__u64 value;
	__u64 mask;
	__u8 length;
	__u8 side;
	__u8 protocol;
	/* Nothing but a connection's first message begins like that. */
	__u8 is_opening;
	__u8 reserved[4];
};

enum framing_properties {
	FRAMING_LITTLE_ENDIAN = 1,
	FRAMING_UNTYPED_OPENING = 2,
	FRAMING_ALIGNS_AT_TURNS = 4,
	FRAMING_TYPES = 8,
	FRAMING_FLAGS = 16,
};

/* How much of a type of frame crosses. */
struct frame_rule {
	__u32 capture;
	/* When not 0, only frames with one of these bits. */
	__u8 flags;
	__u8 reserved[3];
};

/* Where a protocol's frames say how long they are, and which of them cross: C#'s Framing. Header length 0: it has no frames. */
struct framing {
	__u32 max_length;
	__u32 uncounted;
	__u32 preface;
	__u8 header_length;
	__u8 length_offset;
	__u8 length_width;
	__u8 type_offset;
	__u8 flags_offset;
	__u8 properties;
	__u8 reserved[2];
	/* By side (0 requests) and type: the number of the rule, from 1; 0: such frames are walked past. */
	__u8 rule_of[FRAME_TYPES];
	struct frame_rule rules[FRAME_RULES];
};

/* What user space says of a connection, all that holds at once; taken over by the sweep. */
enum verdict {
	VERDICT_MUTE = 1,
	/* Content shows the role. */
	VERDICT_CLIENT = 2,
	VERDICT_SERVER = 4,
	/* It is of protocol `verdict / VERDICT_PROTOCOL`, whatever the patterns said. */
	VERDICT_PROTOCOL = 256,
};

/* Counted per CPU in `counters`; what is common is counted in user space. */
enum counter {
	COUNTER_RECORDS_LOST = 0,
	COUNTER_CONNECTIONS_REFUSED = 1,
	COUNTER_CALLS_UNREADABLE = 2,
	COUNTER_CALLS_LATE = 3,
	COUNTER_CALLS_AMBIGUOUS = 4,
	COUNTER_CONNECTIONS_MUTED = 5,
	/* The walk of a direction's frames has lost its place. */
	COUNTER_PLACES_LOST = 6,
	COUNTER_SESSIONS_BOUND = 7,
	COUNTER_SESSIONS_REFUSED = 8,
	COUNTERS = 9,
};

#pragma clang diagnostic pop

#endif
