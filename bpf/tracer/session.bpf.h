/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * TLS sessions: what a library's functions show of an encrypted connection, and the bond to the socket that carries it.
 *
 * A program at a function of user space reaches no socket's storage and may take no lock, so a session is a connection
 * of its own, in a map, under a number of its own. Whose it is, the socket's hooks tell (ciphertext.bpf.h); until they have,
 * user space holds back what it hears of it.
 */
#ifndef SONDE_SESSION_H
#define SONDE_SESSION_H

#include "connection.bpf.h"
#include "introduction.bpf.h"
#include "maps.bpf.h"

enum {
	/* Beginnings of ciphertext are told apart by so many bytes: a record's header, and bytes as good as random. */
	CIPHERTEXT_BYTES = 32,
	SESSION_IDLE_SECONDS = 60,
	/* Records of one socket call whose lengths are looked at. */
	RECORDS = 4,
};

/* A library's own object: SSL *, gnutls_session_t. */
struct session_key {
	__u64 object;
	__u64 process;
};

struct session {
	struct connection connection;
	/* `socket` is 0 while no bond is known. */
	struct connection_record ends;
	/* Plaintext that has passed, for a number that is the same at both ends. */
	__u32 received;
	__u32 sent;
	/* A call's plaintext is being told of. */
	__u64 taken;
};

/* What a thread is about. */
struct tls_thread {
	/* The library's call that it is in; 0: none. */
	struct session_key inside;
	__u64 buffer;
	/* Where the call says how many bytes it has moved; 0: in its result. */
	__u64 length_at;
	__u8 direction;
	/* It hands ciphertext over itself: what it moved before, on whatever socket, says nothing. */
	__u8 hands_over;
	/* Receives since its last library call of sockets without a bond: only one alone tells something. */
	__u8 receives;
	/* Sessions without a bond have written since its last send, and not one alone. */
	__u8 is_mixed;
	__u8 reserved[4];
	/* Plaintext of a session without a bond, to be found again in the next send. 0 bytes: there is none. */
	struct session_key sender;
	__u64 sent;
	/* The last of those receives, and the lengths of its records. */
	struct connection_record received;
	__u32 lengths[RECORDS];
	/* The socket at hand: too much for the stack. */
	struct connection_record ends;
	/* The socket that has received what this thread hands to a session next. */
	struct connection_record claimed;
};

/* A goroutine, which moves from thread to thread. */
struct goroutine {
	__u64 address;
	__u64 process;
};

/* The call of crypto/tls that it is in. */
struct go_call {
	struct session_key session;
	/* Where a read puts what it reads; 0: a write, of so many bytes. */
	__u64 buffer;
	__u64 written;
};

struct ciphertext {
	__u64 words[CIPHERTEXT_BYTES / sizeof(__u64)];
};

/* By size, without BTF: the kernel lets no program of this type near a map whose values have a lock. */
struct sessions_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 16384);
	__uint(key_size, sizeof(struct session_key));
	__uint(value_size, sizeof(struct session));
};
extern struct sessions_map sessions SEC(".maps");

/* A socket's cookie to its session. */
struct bonds_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, struct session_key);
};
extern struct bonds_map bonds SEC(".maps");

struct threads_map {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct tls_thread);
};
extern struct threads_map threads SEC(".maps");

struct ciphertexts_map {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct ciphertext);
	__type(value, struct connection_record);
};
extern struct ciphertexts_map ciphertexts SEC(".maps");

/* Those of processes that were killed in a call are pushed out by newer ones. */
struct go_calls_map {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct goroutine);
	__type(value, struct go_call);
};
extern struct go_calls_map go_calls SEC(".maps");

extern __u64 sessions_begun;

static const struct session new_session = {};

/* What the thread is about; NULL when it has never called a TLS library. */
static __always_inline struct tls_thread *known_thread(struct task_struct *task)
{
	/* Almost all threads have no storage of any kind. */
	return task->bpf_storage ? bpf_task_storage_get(&threads, task, NULL, 0) : NULL;
}

static __always_inline struct tls_thread *this_thread(void)
{
	return bpf_task_storage_get(&threads, bpf_get_current_task_btf(), NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
}

static __always_inline void begin_session(struct session *session)
{
	session->connection.cookie = 1ULL << SESSION_BIT | __sync_fetch_and_add(&sessions_begun, 1);
}

/* The session of a library's object, which begins when it is first asked for. */
static __always_inline struct session *session_of(const struct session_key *key)
{
	struct session *session = bpf_map_lookup_elem(&sessions, key);

	if (session)
		return session;
	bpf_map_update_elem(&sessions, key, &new_session, BPF_NOEXIST);
	session = bpf_map_lookup_elem(&sessions, key);
	if (!session) {
		count(COUNTER_SESSIONS_REFUSED);
		return NULL;
	}
	begin_session(session);
	return session;
}

/* Says who talks with whom, as introduce() does for a socket. False when there was no room. */
static __always_inline bool introduce_session(const struct session *session, enum role role, __u32 process,
					      __u64 exchange, __u64 time)
{
	struct reservation reservation = reserve(sizeof(struct connection_record));
	struct connection_record *record = reservation.record;

	if (!record)
		return false;
	__builtin_memcpy(record, &session->ends, sizeof(*record));
	record->role = role;
	record->pid = process;
	record->time = time;
	record->exchange = exchange;
	commit(&reservation, sizeof(*record));
	return true;
}

/* The session has told its last. Its place in the map stays. */
static __always_inline void close_session(struct session *session)
{
	end_connection(&session->connection, false);
}

/* The session that a socket carries; NULL when none is known. */
static __always_inline struct session *session_on(const struct connection *connection)
{
	__u64 cookie = connection->cookie;
	struct session_key *key = tls_protocol ? bpf_map_lookup_elem(&bonds, &cookie) : NULL;

	return key ? bpf_map_lookup_elem(&sessions, key) : NULL;
}

/* Ends a session with its socket, or with the library's object. */
static __always_inline void end_session(const struct session_key *key)
{
	struct session *session = bpf_map_lookup_elem(&sessions, key);
	__u64 cookie;

	if (!session)
		return;
	close_session(session);
	cookie = session->ends.socket;
	if (cookie)
		bpf_map_delete_elem(&bonds, &cookie);
	bpf_map_delete_elem(&sessions, key);
}

/* The socket has ended, and what it carries. */
static __always_inline void end_session_on(const struct connection *connection)
{
	__u64 cookie = connection->cookie;
	struct session_key *bonded = tls_protocol ? bpf_map_lookup_elem(&bonds, &cookie) : NULL;
	struct session_key key;

	if (!bonded)
		return;
	key = *bonded;
	end_session(&key);
	bpf_map_delete_elem(&bonds, &cookie);
}

/* The session is carried by this socket. An object that has gone over to another socket is another session. */
static __always_inline void bond(struct session *session, const struct session_key *key,
				 const struct connection_record *ends)
{
	struct connection *connection = &session->connection;
	__u64 cookie = ends->socket, before = session->ends.socket;

	if (before == cookie)
		return;
	if (before) {
		close_session(session);
		bpf_map_delete_elem(&bonds, &before);
		__builtin_memset(connection, 0, sizeof(*connection));
		session->received = 0;
		session->sent = 0;
		begin_session(session);
	}
	__builtin_memcpy(&session->ends, ends, sizeof(session->ends));
	connection->whole = ends->whole;
	if (connection->role == ROLE_UNKNOWN)
		connection->role = ends->role;
	bpf_map_update_elem(&bonds, &cookie, key, BPF_ANY);
	count(COUNTER_SESSIONS_BOUND);
	/* User space waits to hear whose it is. */
	if (connection->sequence && !connection->introduced)
		connection->introduced =
			introduce_session(session, connection->role, key->process,
					  exchange_id(connection, connection->ordinal), bpf_ktime_get_ns());
}

#endif
