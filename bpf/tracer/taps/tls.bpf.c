// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The tap of encrypted traffic: the functions of TLS libraries that take and give plaintext. What a function is called with
 * is kept from its entry to its return, and what it has moved then goes the way of a socket's bytes.
 *
 * SSL_write(SSL *, buffer, int), gnutls_record_send(session, buffer, size_t) and their opposites return what they have
 * moved; SSL_write_ex(SSL *, buffer, size_t, size_t *) and its opposite return 1 and say how much through the pointer.
 */
#include "../plaintext.bpf.h"
#include "../registers.bpf.h"

/* The thread has handed over what a socket has received: it is this session's. */
static __always_inline void claim(struct tls_thread *thread, const struct session_key *key)
{
	struct session *session;

	if (!thread->claimed.socket)
		return;
	session = session_of(key);
	if (session)
		bond(session, key, &thread->claimed);
	thread->claimed.socket = 0;
}

static __always_inline int enter(__u64 object, __u64 buffer, __u64 length_at, enum direction direction)
{
	struct tls_thread *thread;

	if (is_own())
		return 0;
	thread = this_thread();
	if (!thread)
		return 0;
	thread->inside = key_of(object);
	thread->buffer = buffer;
	thread->length_at = length_at;
	thread->direction = direction;
	claim(thread, &thread->inside);
	return 0;
}

/* Plaintext was read that came in the thread's last receive, if that receive had a record of its length. */
static __always_inline void look_back_at_received(const struct tls_thread *thread, const struct session_key *key,
						  struct session *session, __u32 moved)
{
	__u64 cookie = thread->received.socket;

	if (!thread->hands_over && one_holds(thread->lengths, moved) && !bpf_map_lookup_elem(&bonds, &cookie))
		bond(session, key, &thread->received);
}

/* Plaintext was written, to be found again in what the thread sends next. */
static __always_inline void keep_sent(struct tls_thread *thread, const struct session_key *key, __u32 moved)
{
	if (!thread->sent) {
		thread->sender = *key;
		thread->sent = moved;
	} else if (thread->sender.object != key->object) {
		thread->is_mixed = 1;
	}
}

SEC("uprobe")
int sonde_tls_write(struct pt_regs *ctx)
{
	return enter(argument_1(ctx), argument_2(ctx), 0, DIRECTION_OUT);
}

SEC("uprobe")
int sonde_tls_read(struct pt_regs *ctx)
{
	return enter(argument_1(ctx), argument_2(ctx), 0, DIRECTION_IN);
}

SEC("uprobe")
int sonde_tls_ex_write(struct pt_regs *ctx)
{
	return enter(argument_1(ctx), argument_2(ctx), argument_4(ctx), DIRECTION_OUT);
}

SEC("uprobe")
int sonde_tls_ex_read(struct pt_regs *ctx)
{
	return enter(argument_1(ctx), argument_2(ctx), argument_4(ctx), DIRECTION_IN);
}

/* SSL_sendfile(SSL *, int, off_t, size_t, int), with kernel TLS: the file's bytes pass through no buffer. */
SEC("uprobe")
int sonde_tls_sendfile(struct pt_regs *ctx)
{
	return enter(argument_1(ctx), 0, 0, DIRECTION_OUT);
}

/* All of them return here. */
SEC("uretprobe")
int sonde_tls_return(struct pt_regs *ctx)
{
	struct tls_thread *thread = known_thread(bpf_get_current_task_btf());
	__s32 result = result_of(ctx);
	struct session *session;
	struct session_key key;
	__u64 moved = 0;
	bool is_alone;

	if (!thread || !thread->inside.object)
		return 0;
	key = thread->inside;
	thread->inside.object = 0;
	is_alone = thread->receives == 1;
	thread->receives = 0;
	if (result <= 0)
		return 0;
	moved = result;
	if (thread->length_at && bpf_probe_read_user(&moved, sizeof(moved), (void *)thread->length_at))
		return 0;
	if (!moved || moved > 0x7fffffff)
		return 0;
	session = session_of(&key);
	if (!session)
		return 0;
	if (is_alone && thread->direction == DIRECTION_IN && !session->ends.socket)
		look_back_at_received(thread, &key, session, moved);
	pass(session, key.process, thread->direction, thread->buffer, moved);
	if (thread->direction == DIRECTION_OUT && !session->ends.socket)
		keep_sent(thread, &key, moved);
	return 0;
}

/* SSL_free(SSL *), gnutls_deinit(session) */
SEC("uprobe")
int sonde_tls_free(struct pt_regs *ctx)
{
	struct session_key key = key_of(argument_1(ctx));

	end_session(&key);
	return 0;
}

/* CryptoNative_SslDoHandshake(SSL *), of .NET: called once what was received is handed over. */
SEC("uprobe")
int sonde_tls_hello(struct pt_regs *ctx)
{
	struct tls_thread *thread = known_thread(bpf_get_current_task_btf());
	struct session_key key = key_of(argument_1(ctx));

	if (thread)
		claim(thread, &key);
	return 0;
}

/* CryptoNative_BioWrite(BIO *, buffer, int32_t), of .NET: ciphertext on its way from a socket to a session. */
SEC("uprobe")
int sonde_tls_hand(struct pt_regs *ctx)
{
	struct ciphertext beginning;
	struct tls_thread *thread;
	struct connection_record *ends;

	if (is_own() || (__s32)argument_3(ctx) < (__s32)sizeof(beginning))
		return 0;
	thread = this_thread();
	if (!thread)
		return 0;
	thread->hands_over = 1;
	thread->claimed.socket = 0;
	if (bpf_probe_read_user(&beginning, sizeof(beginning), (void *)argument_2(ctx)))
		return 0;
	ends = bpf_map_lookup_elem(&ciphertexts, &beginning);
	if (!ends)
		return 0;
	__builtin_memcpy(&thread->claimed, ends, sizeof(thread->claimed));
	bpf_map_delete_elem(&ciphertexts, &beginning);
	return 0;
}
