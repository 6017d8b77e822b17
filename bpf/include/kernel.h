/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel fields that Sonde reads, and no others. Offsets come from the running kernel's BTF (CO-RE): fields are
 * found by name, so a partial struct is enough, and fields of anonymous unions stand flat.
 */
#ifndef SONDE_KERNEL_H
#define SONDE_KERNEL_H

#include <linux/bpf.h>
#include <linux/types.h>

#include <stdbool.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wpadded"

struct ns_common {
	unsigned int inum;
};

struct net {
	struct ns_common ns;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct in6_addr {
	union {
		__u32 u6_addr32[4];
	} in6_u;
};

struct sock_common {
	__u32 skc_daddr;
	__u32 skc_rcv_saddr;
	__u16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
};

struct sock {
	struct sock_common __sk_common;
	__u16 sk_type;
	__u16 sk_protocol;
	__u8 sk_shutdown;
};

struct socket {
	struct sock *sk;
};

struct tcp_sock {
	__u32 write_seq;
	__u32 copied_seq;
	__u32 rcv_nxt;
	__u32 srtt_us;
};

struct sk_buff {
	char cb[48];
};

struct tcp_skb_cb {
	__u16 tcp_gso_segs;
};

struct trace_event_raw_tcp_retransmit_skb {
	int err;
};

struct sockaddr_un {
	unsigned short sun_family;
	char sun_path[108];
};

struct unix_address {
	int len;
	struct sockaddr_un name[0];
};

struct unix_sock {
	struct unix_address *addr;
	struct sock *peer;
};

struct mm_struct {
	unsigned long arg_start;
	unsigned long arg_end;
};

typedef struct {
	int counter;
} atomic_t;

struct signal_struct {
	atomic_t live;
};

struct bpf_local_storage;

struct rq {
	__u64 clock;
};

struct cfs_rq {
	struct rq *rq;
	int throttle_count;
};

struct sched_entity {
	struct cfs_rq *cfs_rq;
};

struct sched_info {
	unsigned long long run_delay;
	unsigned long long last_arrival;
};

struct inode {
	unsigned short i_mode;
};

struct file {
	struct inode *f_inode;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct task_struct {
	unsigned int flags;
	int pid;
	int tgid;
	struct bpf_local_storage *bpf_storage;
	struct mm_struct *mm;
	struct signal_struct *signal;
	struct files_struct *files;
	struct sched_info sched_info;
	struct sched_entity se;
	unsigned int in_iowait : 1;
	/* Since 6.18. */
	bool throttled;
};

struct linux_binprm {
	const char *filename;
};

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long r14;
	unsigned long bx;
	unsigned long cx;
	unsigned long ax;
	unsigned long r8;
	unsigned long orig_ax;
	unsigned long di;
	unsigned long si;
	unsigned long dx;
	unsigned long cs;
};
#elif defined(__TARGET_ARCH_arm64)
struct user_pt_regs {
	__u64 regs[31];
	__u64 pstate;
};

struct pt_regs {
	__u64 regs[31];
	__u64 pstate;
	int syscallno;
};
#else
#error "no register layout for this architecture"
#endif

struct bpf_iter__bpf_sk_storage_map {
	struct bpf_map *map;
	struct sock *sk;
	void *value;
};

struct bpf_iter__bpf_map_elem {
	struct bpf_map *map;
	void *key;
	void *value;
};

#pragma clang diagnostic pop
#pragma clang attribute pop

/* User memory, in the layout of the system call interface (include/uapi): not relocated. */
struct iovec {
	__u64 iov_base;
	__u64 iov_len;
};

struct user_msghdr {
	__u64 msg_name;
	__u64 msg_namelen;
	__u64 msg_iov;
	__u64 msg_iovlen;
};

/* sendmmsg() and recvmmsg() take an array of these. */
struct user_mmsghdr {
	struct user_msghdr msg_hdr;
	__u64 msg_control[3];
	__u64 msg_len;
};

struct user_sockaddr {
	__u16 family;
	/* Network order. */
	__u16 port;
	/* AF_INET: the address; AF_INET6: flow information, which the address follows. */
	__u32 first;
	__u32 address[4];
};

enum {
	AF_UNIX = 1,
	AF_INET = 2,
	AF_INET6 = 10,
	SOCK_STREAM = 1,
	SOCK_DGRAM = 2,
	IPPROTO_TCP = 6,
	IPPROTO_UDP = 17,
	ECONNREFUSED = 111,
	MSG_PEEK = 2,
	/* include/net/sock.h */
	RCV_SHUTDOWN = 1,
	/* include/net/tcp_states.h */
	TCP_ESTABLISHED = 1,
	TCP_SYN_SENT = 2,
	TCP_SYN_RECV = 3,
	TCP_CLOSE = 7,
	/* include/linux/sched.h: kernel threads and the workers of io_uring have no registers of a user's. */
	PF_IO_WORKER = 0x00000010,
	PF_USER_WORKER = 0x00004000,
	PF_KTHREAD = 0x00200000,
};

#endif
