# The machine: its processors, a cgroup to account the agent in, and quiet moments. Sourced by bench/tracer.
# shellcheck shell=bash

cpus=$(nproc)
readonly cpus

now_us() {
    echo "${EPOCHREALTIME/[.,]/}"
}

# cpu_idle SECONDS: how many percent of all processors are idle for so long.
cpu_idle() {
    local before after
    before=$(head -n 1 /proc/stat)
    sleep "$1"
    after=$(head -n 1 /proc/stat)
    printf '%s\n%s\n' "$before" "$after" | awk '
        { total = 0; for (i = 2; i <= 9; i++) total += $i
          if (NR == 1) { t = total; idle = $5 + $6 } else printf "%d\n", 100 * ($5 + $6 - idle) / (total - t) }'
}

# Others' work and others' tracers distort what is measured: waits for a quiet moment, a minute at most; counts if none came.
disturbed=0
await_quiet() {
    local deadline=$((SECONDS + ${BENCH_PATIENCE:-60}))
    while (( $(cpu_idle 0.4) < 85 )) || other_tracers; do
        if ((SECONDS >= deadline)); then
            ((++disturbed))
            return
        fi
        sleep 0.5
    done
}

# Whether somebody else's Sonde is loaded. Only called while none of ours runs.
other_tracers() {
    command -v bpftool >/dev/null && bpftool prog show 2>/dev/null | grep -q 'name sonde_send'
}

# The agent runs in a cgroup of its own: its CPU time and the kernel memory that is charged to it are exact there.
# Version 1 has a hierarchy per controller, version 2 has one.
cgroup=sonde-bench-$$
cgroup_cpu='' cgroup_memory=''

make_cgroups() {
    local mount
    if mount=$(mount_of cgroup cpuacct); then
        cgroup_cpu=$mount/$cgroup
        cgroup_memory=$(mount_of cgroup memory)/$cgroup
    else
        mount=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
        echo +memory >"$mount/cgroup.subtree_control"
        cgroup_cpu=$mount/$cgroup
        cgroup_memory=$cgroup_cpu
    fi
    mkdir -p "$cgroup_cpu" "$cgroup_memory"
}

# mount_of TYPE OPTION: where a file system of that type with that option is mounted.
mount_of() {
    awk -v type="$1" -v option="$2" '$3 == type && ("," $4 ",") ~ "," option "," { print $2; found = 1; exit } END { exit !found }' /proc/mounts
}

remove_cgroups() {
    [[ -z $cgroup_cpu ]] || rmdir "$cgroup_cpu" 2>/dev/null || true
    [[ -z $cgroup_memory ]] || rmdir "$cgroup_memory" 2>/dev/null || true
}

# CPU time of all that ever ran in the cgroup, in nanoseconds.
agent_cpu() {
    if [[ -e $cgroup_cpu/cpuacct.usage ]]; then
        cat "$cgroup_cpu/cpuacct.usage"
    else
        awk '$1 == "usage_usec" { print $2 * 1000 }' "$cgroup_cpu/cpu.stat"
    fi
}

# Kernel memory charged to the agent, in bytes: maps, ring buffer, socket storage, programs, and its own kernel stacks and page tables.
agent_kernel_memory() {
    if [[ -e $cgroup_memory/memory.kmem.usage_in_bytes ]]; then
        cat "$cgroup_memory/memory.kmem.usage_in_bytes"
    else
        awk '$1 == "kernel" { print $2 }' "$cgroup_memory/memory.stat"
    fi
}

# process_cpu PID: CPU time of all threads that a process has, in nanoseconds.
process_cpu() {
    cat "/proc/$1/task/"*/schedstat | awk '{ sum += $1 } END { printf "%.0f\n", sum }'
}

# median NUMBER…
median() {
    printf '%s\n' "$@" | sort -g | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

# calculate FORMAT EXPRESSION: arithmetic with fractions.
calculate() {
    awk "BEGIN { printf \"$1\", $2 }"
}
