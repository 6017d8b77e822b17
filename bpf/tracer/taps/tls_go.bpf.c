// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The tap of encrypted traffic of programs in Go: (*Conn).Write and (*Conn).Read of crypto/tls, at their entries and at every
 * one of their returns, for a return probe would write into stacks that Go moves. A call belongs to its goroutine.
 *
 * A write counts at its entry: the answer to it may be read by another goroutine before it returns.
 */
#include "../plaintext.bpf.h"
#include "../registers.bpf.h"

static __always_inline struct goroutine this_goroutine(struct pt_regs *ctx)
{
	return (struct goroutine){ .address = goroutine_of(ctx), .process = bpf_get_current_pid_tgid() >> 32 };
}

SEC("uprobe")
int sonde_go_write(struct pt_regs *ctx)
{
	struct goroutine goroutine = this_goroutine(ctx);
	__u64 length = go_argument_3(ctx);
	struct go_call call = { .session = key_of(go_argument_1(ctx)), .written = length }, *known;
	struct session *session;

	/* A function whose stack has to grow begins once more. */
	known = bpf_map_lookup_elem(&go_calls, &goroutine);
	if (known && known->session.object == call.session.object && !known->buffer && known->written == length)
		return 0;
	bpf_map_update_elem(&go_calls, &goroutine, &call, BPF_ANY);
	if (!length || length > 0x7fffffff)
		return 0;
	session = session_of(&call.session);
	if (session)
		pass(session, call.session.process, DIRECTION_OUT, go_argument_2(ctx), length);
	return 0;
}

SEC("uprobe")
int sonde_go_read(struct pt_regs *ctx)
{
	struct goroutine goroutine = this_goroutine(ctx);
	struct go_call call = { .session = key_of(go_argument_1(ctx)), .buffer = go_argument_2(ctx) };

	bpf_map_update_elem(&go_calls, &goroutine, &call, BPF_ANY);
	return 0;
}

/* Either returns. */
SEC("uprobe")
int sonde_go_return(struct pt_regs *ctx)
{
	struct goroutine goroutine = this_goroutine(ctx);
	struct go_call *known = bpf_map_lookup_elem(&go_calls, &goroutine), call;
	__s64 moved = go_argument_1(ctx);
	struct session *session;

	if (!known)
		return 0;
	call = *known;
	bpf_map_delete_elem(&go_calls, &goroutine);
	if (!call.buffer || moved <= 0 || moved > 0x7fffffff)
		return 0;
	session = session_of(&call.session);
	if (session)
		pass(session, call.session.process, DIRECTION_IN, call.buffer, moved);
	return 0;
}
