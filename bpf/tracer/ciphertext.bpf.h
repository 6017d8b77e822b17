/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Learning which socket carries a TLS session. What the library does with a socket itself happens inside its own calls: a
 * socket call that moves a TLS record in there is the session's. Where the application moves ciphertext between the two, three
 * things tell: a session's plaintext and the next send of the thread, or a thread's receive and the plaintext read after it,
 * when the length of a record fits; and the ciphertext itself, where a runtime's function that hands it over can be seen.
 */
#ifndef SONDE_CIPHERTEXT_H
#define SONDE_CIPHERTEXT_H

#include "payload.bpf.h"
#include "registers.bpf.h"
#include "session.bpf.h"

enum {
	/* RFC 8446, 5.1: type, version, length. */
	RECORD_HEADER = 5,
	RECORD_CHANGE_CIPHER_SPEC = 20,
	RECORD_APPLICATION_DATA = 23,
	RECORD_PLAINTEXT = 16384,
	RECORD_CIPHERTEXT = RECORD_PLAINTEXT + 2048,
	/* What encryption adds: 16 (ChaCha20 in TLS 1.2) to 84 (AES-CBC with SHA-384). */
	OVERHEAD_LEAST = 16,
	OVERHEAD_MOST = 84,
	/* A socket whose session is not found in so many calls has none that can be seen. */
	ATTEMPTS = 64,
};

static __always_inline __u32 record_length(__u64 header)
{
	return (header >> 24 & 0xff) << 8 | (header >> 32 & 0xff);
}

/* Whether these bytes can be a TLS record's header. */
static __always_inline bool begins_record(const struct payload *payload)
{
	__u64 header = payload->first;
	__u32 type = header & 0xff, version = header >> 16 & 0xff;

	return payload->first_length >= RECORD_HEADER && type >= RECORD_CHANGE_CIPHER_SPEC &&
	       type <= RECORD_APPLICATION_DATA && (header >> 8 & 0xff) == 3 && version <= 4 &&
	       record_length(header) <= RECORD_CIPHERTEXT;
}

static __always_inline bool is_application_data(__u64 header)
{
	return (header & 0xffff) == (0x0300 | RECORD_APPLICATION_DATA);
}

/* Whether a record of this length can hold so many bytes of plaintext, or the first of them. */
static __always_inline bool holds(__u32 length, __u64 plaintext)
{
	__u32 bytes = plaintext < RECORD_PLAINTEXT ? plaintext : RECORD_PLAINTEXT;

	return length >= bytes + OVERHEAD_LEAST && length <= bytes + OVERHEAD_MOST;
}

static __always_inline bool one_holds(const __u32 *lengths, __u64 plaintext)
{
	bool fits = false;

	for (int i = 0; i < RECORDS; i++)
		fits |= lengths[i] && holds(lengths[i], plaintext);
	return fits;
}

/* Reads the lengths of the call's first records of application data; others count as 0. */
static __always_inline void read_lengths(const struct payload *payload, __u32 moved, __u32 *lengths)
{
	__u64 header = payload->first;
	__u32 offset = 0;

	for (int i = 0; i < RECORDS; i++)
		lengths[i] = 0;
#pragma clang loop unroll(full)
	for (int i = 0; i < RECORDS; i++) {
		if (is_application_data(header))
			lengths[i] = record_length(header);
		offset += RECORD_HEADER + record_length(header);
		if (offset + RECORD_HEADER > moved || payload->vector)
			break;
		header = 0;
		if (bpf_probe_read_user(&header, RECORD_HEADER, (void *)(payload->address + offset)))
			break;
	}
}

/* The socket as one that a session may belong to. Where the handshake was seen, all of the session was. */
static __always_inline void describe_socket(struct connection_record *ends, struct sock *sk,
					    const struct connection *connection)
{
	describe(ends, sk, connection->role, !connection->sealed || connection->protocol == tls_protocol);
	ends->connect = connection->connect;
	ends->socket = connection->cookie;
}

/* A send: of the plaintext that the thread has just given to a session? */
static __always_inline void look_back(struct sock *sk, struct connection *connection, struct tls_thread *thread,
				      const struct payload *payload, __u32 moved)
{
	__u32 lengths[RECORDS];
	struct session *session;
	bool fits;

	if (!thread || !thread->sent || thread->hands_over)
		return;
	read_lengths(payload, moved, lengths);
	fits = !thread->is_mixed && one_holds(lengths, thread->sent);
	thread->sent = 0;
	thread->is_mixed = 0;
	if (!fits)
		return;
	session = bpf_map_lookup_elem(&sessions, &thread->sender);
	if (!session || session->ends.socket)
		return;
	describe_socket(&thread->ends, sk, connection);
	bond(session, &thread->sender, &thread->ends);
}

/* A receive: kept until a session asks for it, on this thread by length, on any thread by content. */
static __always_inline void keep_received(struct sock *sk, struct connection *connection, const struct payload *payload,
					  __u32 moved)
{
	struct tls_thread *thread = this_thread();
	struct ciphertext beginning;

	if (!thread)
		return;
	read_lengths(payload, moved, thread->lengths);
	describe_socket(&thread->received, sk, connection);
	if ((thread->lengths[0] | thread->lengths[1] | thread->lengths[2] | thread->lengths[3]) && thread->receives < 2)
		thread->receives++;
	if (moved < sizeof(beginning) || payload->vector ||
	    bpf_probe_read_user(&beginning, sizeof(beginning), (void *)payload->address))
		return;
	bpf_map_update_elem(&ciphertexts, &beginning, &thread->received, BPF_ANY);
}

/* Whether the socket's session is known. */
static __always_inline bool is_bonded(const struct connection *connection)
{
	__u64 cookie = connection->cookie;

	return bpf_map_lookup_elem(&bonds, &cookie) != NULL;
}

/* The session in whose call the goroutine is that makes this system call: Go keeps it in a register of its own. */
static __always_inline struct session_key *goroutine_inside(struct task_struct *task)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	struct goroutine goroutine = {
		.address = goroutine_of(regs),
		.process = bpf_get_current_pid_tgid() >> 32,
	};
	struct go_call *call = bpf_map_lookup_elem(&go_calls, &goroutine);

	return call ? &call->session : NULL;
}

/* A socket call inside a library's call moves a record: the socket is the session's. */
static __always_inline void bond_inside(struct sock *sk, struct connection *connection, struct tls_thread *thread,
					const struct session_key *key, const struct payload *payload)
{
	struct session *session = session_of(key);

	if (is_application_data(payload->first)) {
		connection->sealed = 1;
		connection->muted = 1;
	} else if (connection->protocol != tls_protocol) {
		/* STARTTLS and its like: what was spoken in the clear is over, and a handshake begins. */
		connection->protocol = 0;
		connection->opening_length = 0;
		connection->turns = 0;
		connection->state = STATE_IDLE;
	}
	describe_socket(&thread->ends, sk, connection);
	if (session)
		bond(session, key, &thread->ends);
}

/*
 * A call on a socket that may carry a TLS session, which is not known. A function of its own: its frame of the stack is only
 * there while it runs.
 */
static __noinline __attribute__((unused)) int move_ciphertext(struct sock *sk, struct connection *connection,
							      struct payload *payload, bool is_inbound, __u32 moved)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct tls_thread *thread = known_thread(task);
	struct session_key *inside = NULL;

	if (!payload->first_length)
		read_first(payload, moved);
	if (!begins_record(payload))
		return 0;
	if (thread && thread->inside.object)
		inside = &thread->inside;
	else if (any_go)
		inside = goroutine_inside(task);
	if (inside) {
		if (!thread)
			thread = this_thread();
		if (thread)
			bond_inside(sk, connection, thread, inside, payload);
		return 0;
	}
	if (connection->attempts >= ATTEMPTS || !any_libraries)
		return 0;
	connection->attempts++;
	if (is_inbound)
		keep_received(sk, connection, payload, moved);
	else
		look_back(sk, connection, thread, payload, moved);
	return 0;
}

/* Whether a connection of what seems to be plaintext is to be looked at as one of ciphertext. */
static __always_inline bool may_be_ciphertext(struct connection *connection, struct payload *payload, __u32 moved)
{
	struct tls_thread *thread;

	if (!tls_protocol)
		return false;
	if (connection->protocol == tls_protocol)
		return !is_bonded(connection);
	if (!connection->protocol) {
		read_first(payload, moved);
		if (begins_record(payload)) {
			/* In the middle of a connection that is older than Sonde; a handshake has its patterns. */
			if (is_application_data(payload->first)) {
				connection->sealed = 1;
				connection->muted = 1;
			}
			return true;
		}
	}
	thread = any_libraries ? known_thread(bpf_get_current_task_btf()) : NULL;
	return thread && thread->inside.object;
}

#endif
