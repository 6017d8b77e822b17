// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0)
/* One program of each kind that the loader's tests need. */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile __u64 step = 1;
const volatile __u32 wanted_pid = 0;
__u64 total = 0;
__u32 from_user = 7;

enum record_kind {
	RECORD_PLAIN = 1,
	RECORD_ODD_ONE = 2,
	RECORDS = 3,
};

enum text_flags {
	TEXT_SHORT = 1,
	TEXT_LONG = 0x40000000,
};

enum sizes {
	TEXT_BYTES = 8,
	HISTORY = 2,
};

struct origin {
	__u32 process;
	__s32 offset;
};

struct record {
	__u64 number;
	union {
		__u8 text[TEXT_BYTES];
		struct {
			__u16 first;
			__u8 reserved[2];
			char last[4];
		};
	};
	struct origin origin;
	__u16 history[HISTORY];
	enum record_kind kind;
};

const struct record *abi_record;
const enum text_flags *abi_text_flags;
const enum sizes *abi_sizes;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} records SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} table SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64[2]);
} counters SEC(".maps");

struct socket_state {
	__u64 seen;
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct socket_state);
} sockets SEC(".maps");

struct emit_request {
	__u32 count;
	__u32 discarded;
	__u32 dropped;
	__u32 length;
};

/* Writes count records, and discards one after each if asked to. */
SEC("syscall")
int emit(struct emit_request *request)
{
	for (__u32 i = 0; i < 600; i++) {
		if (i >= request->count)
			break;
		struct record *record = bpf_ringbuf_reserve(&records, sizeof(*record), 0);
		if (!record) {
			request->dropped++;
			continue;
		}
		record->number = total;
		__builtin_memcpy(record->text, "sonde!!", 8);
		record->origin.process = bpf_get_current_pid_tgid() >> 32;
		record->origin.offset = -5;
		record->history[0] = 3;
		record->history[1] = 4;
		record->kind = RECORD_ODD_ONE;
		bpf_ringbuf_submit(record, 0);
		__sync_fetch_and_add(&total, step);
		if (!request->discarded)
			continue;
		record = bpf_ringbuf_reserve(&records, sizeof(*record), 0);
		if (record)
			bpf_ringbuf_discard(record, 0);
	}
	__u32 zero = 0;
	__u64 *counter = bpf_map_lookup_elem(&counters, &zero);
	if (counter) {
		counter[0] += request->count;
		counter[1] += from_user;
	}
	return 42;
}

SEC("raw_tp/sys_enter")
int count_calls(void *context)
{
	if (wanted_pid && bpf_get_current_pid_tgid() >> 32 == wanted_pid)
		__sync_fetch_and_add(&total, step);
	return 0;
}

struct sock;
struct bpf_iter_meta;

struct bpf_iter__bpf_sk_storage_map {
	struct bpf_iter_meta *meta;
	void *map;
	struct sock *sk;
	struct socket_state *value;
} __attribute__((preserve_access_index));

SEC("?iter/bpf_sk_storage_map")
int sweep(struct bpf_iter__bpf_sk_storage_map *context)
{
	if (context->value)
		__sync_fetch_and_add(&total, 1);
	return 0;
}

SEC("?tp_btf/no_such_tracepoint")
int missing_hook(void *context)
{
	return 0;
}

/* Refused: reads beyond the value. */
SEC("?raw_tp/sys_exit")
int wild_read(void *context)
{
	__u32 key = 0;
	__u64 *value = bpf_map_lookup_elem(&table, &key);

	return value[1];
}
