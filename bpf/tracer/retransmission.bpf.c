// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Segments that are sent again, and how long the exchange stood still for them. The skb and the socket have forgotten by now
 * when the lost segment was sent; the connection knows when its last call has sent something.
 */
#include "account.bpf.h"

#include <bpf/bpf_core_read.h>

/* Since when nothing was heard of what is sent again: 0 when what is sent again is of no exchange that goes on. */
static __always_inline __u64 sent_at(const struct connection *connection)
{
	__u64 sent = 0;

	/* Once the answer comes the request has arrived, and a request that comes has had the answer to the one before. */
	if (connection->role == ROLE_CLIENT && connection->state == STATE_REQUEST)
		sent = connection->request_last;
	else if (connection->role == ROLE_SERVER && connection->state == STATE_RESPONSE)
		sent = connection->response_last;
	return sent && sent < connection->retransmit_last ? connection->retransmit_last : sent;
}

/* (const struct sock *, const struct sk_buff *[, int err]); with the socket locked, so one at a time. */
SEC("tp_btf/tcp_retransmit_skb")
int sonde_retransmit(__u64 *context)
{
	struct connection *connection = bpf_sk_storage_get(&connections, (struct sock *)context[0], NULL, 0);
	struct sk_buff *skb = (struct sk_buff *)context[1];
	__u64 now, sent;
	__u16 segments;

	if (!connection)
		return 0;
	/* Kernels that say so also tell of those that failed. */
	if (bpf_core_field_exists(struct trace_event_raw_tcp_retransmit_skb, err) && (int)context[2])
		return 0;
	now = bpf_ktime_get_ns();
	sent = sent_at(connection);
	segments = BPF_CORE_READ((struct tcp_skb_cb *)&skb->cb, tcp_gso_segs);
	connection->retransmits += segments ? segments : 1;
	if (sent && sent < now)
		connection->retransmit_wait += (now - sent) / 1000;
	connection->retransmit_last = now;
	return 0;
}
