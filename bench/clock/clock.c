/*
 * What BPF run-time statistics show for a program that does nothing: the clock's own part in every figure of theirs.
 * Attaches two instructions to a raw tracepoint, as tp_btf programs are run, and on SIGTERM prints "runs nanoseconds".
 *
 *   clock [tracepoint]
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/bpf.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int bpf(enum bpf_cmd command, union bpf_attr *attributes)
{
	return (int)syscall(SYS_bpf, command, attributes, sizeof(*attributes));
}

int main(int argc, char **argv)
{
	/* r0 = 0; exit */
	static const struct bpf_insn instructions[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	const char *tracepoint = argc > 1 ? argv[1] : "sched_switch";
	union bpf_attr load = {
		.prog_type = BPF_PROG_TYPE_RAW_TRACEPOINT,
		.insns = (uint64_t)(uintptr_t)instructions,
		.insn_cnt = 2,
		.license = (uint64_t)(uintptr_t)"GPL",
		.prog_name = "bench_clock",
	};
	union bpf_attr attach = { .raw_tracepoint = { .name = (uint64_t)(uintptr_t)tracepoint } };
	struct bpf_prog_info figures = { 0 };
	union bpf_attr info = { .info = { .info_len = sizeof(figures), .info = (uint64_t)(uintptr_t)&figures } };
	sigset_t signals;
	int program, link, signal;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	program = bpf(BPF_PROG_LOAD, &load);
	attach.raw_tracepoint.prog_fd = (uint32_t)program;
	link = program < 0 ? -1 : bpf(BPF_RAW_TRACEPOINT_OPEN, &attach);
	if (link < 0) {
		fprintf(stderr, "clock: %s: %s\n", tracepoint, strerror(errno));
		return 1;
	}
	sigwait(&signals, &signal);
	info.info.bpf_fd = (uint32_t)program;
	if (bpf(BPF_OBJ_GET_INFO_BY_FD, &info)) {
		perror("clock");
		return 1;
	}
	printf("%llu %llu\n", figures.run_cnt, figures.run_time_ns);
	return 0;
}
