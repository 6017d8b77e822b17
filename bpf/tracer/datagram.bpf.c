// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "call.bpf.h"
#include "datagram.bpf.h"

/* What a message begins with; 0 when that can't be read. */
static __always_inline __u64 first_of(const struct user_msghdr *message, __u64 *address)
{
	struct iovec element;
	__u64 first;

	if (bpf_probe_read_user(&element, sizeof(element), (void *)message->msg_iov) ||
	    bpf_probe_read_user(&first, sizeof(first), (void *)element.iov_base))
		return 0;
	*address = element.iov_base;
	return first;
}

/*
 * Which of a call's messages has passed: the hook runs for each, but the registers show the array. It is the one behind the last
 * one seen, unless this is another call; then the first message is another, too.
 */
static __always_inline __u32 next_message(struct datagram_socket *socket, const struct call *call, __u32 tid)
{
	__u64 address, first = 0;
	struct user_msghdr message;
	__u32 index = 0;

	if (!bpf_probe_read_user(&message, sizeof(message), (void *)call->address))
		first = first_of(&message, &address);
	if (socket->messages == call->address && socket->tid == tid && socket->first == first &&
	    socket->index + 1 < call->count)
		index = socket->index + 1;
	socket->messages = call->address;
	socket->first = first;
	socket->tid = tid;
	socket->index = index;
	return index;
}

__noinline int find_datagram(struct datagram *datagram, struct datagram_socket *socket, __u32 moved)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct user_msghdr message;
	struct call call;

	if (!datagram || !socket || moved < sizeof(datagram->first) ||
	    (task->flags & (PF_KTHREAD | PF_IO_WORKER | PF_USER_WORKER)))
		return 0;
	call = call_of(task);
	switch (call.shape) {
	case CALL_BUFFER:
		datagram->name = call.name;
		if (!bpf_probe_read_user(&datagram->first, sizeof(datagram->first), (void *)call.address))
			datagram->address = call.address;
		return 0;
	case CALL_VECTOR:
		__builtin_memset(&message, 0, sizeof(message));
		message.msg_iov = call.address;
		break;
	case CALL_MESSAGES:
		call.address += (__u64)next_message(socket, &call, task->pid) * sizeof(struct user_mmsghdr);
		/* fallthrough */
	case CALL_MESSAGE:
		if (bpf_probe_read_user(&message, sizeof(message), (void *)call.address))
			return 0;
		break;
	default:
		return 0;
	}
	datagram->name = message.msg_name;
	datagram->first = first_of(&message, &datagram->address);
	return 0;
}

/* Reads the address that a datagram is sent to, which the socket of one that talks with many does not have. */
__noinline int read_name(struct datagram_record *record, __u64 name)
{
	__u32 *remote;
	struct user_sockaddr address;

	if (!record || bpf_probe_read_user(&address, 8, (void *)name) || address.family != record->family)
		return 0;
	remote = (__u32 *)record->remote_address;
	if (address.family == AF_INET) {
		remote[0] = address.first;
	} else {
		if (bpf_probe_read_user(address.address, sizeof(address.address), (void *)(name + 8)))
			return 0;
		for (int i = 0; i < 4; i++)
			remote[i] = address.address[i];
	}
	record->remote_port = __builtin_bswap16(address.port);
	return 0;
}
