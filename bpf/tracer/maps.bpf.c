// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The definitions of what maps.bpf.h declares, and the types that AbiGen mirrors. */
#include "framing.bpf.h"
#include "maps.bpf.h"
#include "session.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct connections_map connections SEC(".maps");
struct datagram_sockets_map datagram_sockets SEC(".maps");
struct unix_connections_map unix_connections SEC(".maps");
struct rings_map rings SEC(".maps");
struct wakes_map wakes SEC(".maps");
struct verdicts_map verdicts SEC(".maps");
struct excluded_processes_map excluded_processes SEC(".maps");
struct own_ends_map own_ends SEC(".maps");
struct walks_map walks SEC(".maps");
struct counters_map counters SEC(".maps");
struct sessions_map sessions SEC(".maps");
struct bonds_map bonds SEC(".maps");
struct threads_map threads SEC(".maps");
struct ciphertexts_map ciphertexts SEC(".maps");
struct go_calls_map go_calls SEC(".maps");

const char zeros[sizeof(struct connection)] = {};

const volatile struct pattern patterns[PATTERNS] = {};
const volatile __u32 pattern_count = 0;
const volatile struct framing framings[PROTOCOLS] = {};
const volatile __u32 frames_per_call = 1024;
const volatile struct pattern datagram_patterns[DATAGRAM_PATTERNS] = {};
const volatile __u32 datagram_pattern_count = 0;
const volatile __u32 request_capture = 4096;
const volatile __u32 response_capture = 512;
const volatile __u64 quiet_after = 1000000000;
const volatile __u32 ring_size = 4096;
const volatile __u8 trace_unix = 1;
const volatile __u8 tls_protocol = 0;

__u32 own_process = 0;
__u32 any_excluded = 0;
__u32 any_verdicts = 0;
__u32 reader_sleeps = 0;
__u32 any_libraries = 0;
__u32 any_go = 0;
__u64 sessions_begun = 0;

const struct ring_head *abi_ring_head;
const struct mark *abi_mark;
const struct fragment_record *abi_fragment_record;
const struct connection_record *abi_connection_record;
const struct progress_record *abi_progress_record;
const struct datagram_record *abi_datagram_record;
const struct exec_record *abi_exec_record;
const struct exit_record *abi_exit_record;
const struct pattern *abi_pattern;
const struct framing *abi_framing;
const enum framing_properties *abi_framing_properties;
const enum record_kind *abi_record_kind;
const enum role *abi_role;
const enum side *abi_side;
const enum fragment_flags *abi_fragment_flags;
const enum progress_reason *abi_progress_reason;
const enum limits *abi_limits;
const enum verdict *abi_verdict;
const enum counter *abi_counter;
