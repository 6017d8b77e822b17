# The sections of bench/tracer: each measures one thing and adds its rows. Sourced by bench/tracer.
# shellcheck shell=bash

section_start() {
    local i outside=() inside=() ready
    for ((i = 0; i < 5; i++)); do
        await_quiet
        start_agent
        outside+=("$agent_ready") inside+=("$agent_says")
        end_agent
    done
    ready=$(median "${outside[@]}")
    row "exec to ready, seen from outside" "under 300 ms" "$ready ms (the agent says $(median "${inside[@]}") ms)" "$ready < 300"
}

# compare NAME GOAL LOWEST LOAD…: rows of requests per second and latency, Sonde on against off.
compare() {
    local name=$1 goal=$2 lowest=$3
    shift 3
    pairs "$name" "$@"
    row "$name: requests/s, on against off" "$goal" "$ratio_rps ($spread_rps); $on_rps against $off_rps" "${lowest:+$ratio_rps >= $lowest}"
    row "$name: p50, p99, on against off" "" "$ratio_p50, $ratio_p99; $on_p50, $on_p99 against $off_p50, $off_p99 µs"
    row "$name: CPU of server and client a request" "" "$ratio_cpu ($spread_cpu); $on_cpu against $off_cpu µs"
}

section_saturated() {
    compare "nginx saturated" "at least 0.90" 0.90 saturate "$nginx_port" /
    half=$(calculate %d "$off_rps / 2")
    spent=$off_cpu
}

section_file() {
    compare "nginx saturated, 615-byte file by sendfile" "at least 0.90" 0.90 saturate "$nginx_port" /file
}

section_aspnet() {
    build_aspnet
    start_aspnet
    server_pid=$aspnet_pid
    saturate "$aspnet_port" /
    compare "ASP.NET Core saturated" "at least 0.90" 0.90 saturate "$aspnet_port" /
    end "$aspnet_pid"
    server_pid=$nginx_worker
}

section_sampled() {
    agent_variables=(OTEL_EBPF_SAMPLE_RATE=10)
    compare "nginx saturated, OTEL_EBPF_SAMPLE_RATE=10" "at least 0.95" 0.95 saturate "$nginx_port" /
    agent_variables=()
}

section_both() {
    agent_variables=(SONDE_PROCESSES_EXCLUDE_EXECUTABLES='*/sink')
    compare "nginx saturated, wrk traced too" "stated" "" saturate "$nginx_port" /
    agent_variables=()
}

section_half() {
    [[ -n ${half:-} ]] || { saturate "$nginx_port" / && half=$(calculate %d "$rps / 2"); }
    pairs "nginx at half of saturation" offer_half
    row "nginx at half of saturation ($half/s): p99, on against off" "at most 1.10" "$ratio_p99 ($spread_p99); $on_p99 against $off_p99 µs" "$ratio_p99 <= 1.1"
    row "the same: p50" "" "$ratio_p50 ($spread_p50); $on_p50 against $off_p50 µs"
}

# What nginx and wrk spend on a request when Sonde is off and they are saturated. Sets spent (µs).
spend() {
    await_quiet
    saturate "$nginx_port" /
    spent=$(calculate %.2f "$server_cpu + $client_cpu")
}

# measure_bpf LOAD…: sets bpf_runs and bpf_time, per request.
measure_bpf() {
    local runs time runs_before time_before
    read -r runs_before time_before <<<"$(agent_bpf)"
    "$@"
    read -r runs time <<<"$(agent_bpf)"
    bpf_runs=$(calculate %.2f "($runs - $runs_before) / $requests")
    bpf_time=$(calculate %.0f "($time - $time_before) / $requests")
}

# The clock's part in BPF statistics: what a program shows that does nothing. Sets clock_ns a run.
measure_clock() {
    local clock_pid runs time
    "$tools/clock" sched_switch >"$work/clock" &
    clock_pid=$!
    started[$clock_pid]=clock
    saturate "$nginx_port" / 3
    end "$clock_pid"
    read -r runs time <"$work/clock"
    clock_ns=$(calculate %.0f "$time / $runs")
}

# What the default probes cost is bench/metrics' business: the rows of an exchange are without.
section_kernel() {
    local own
    await_quiet
    bpf_statistics 1
    measure_clock
    start_agent SONDE_PROBES_DISABLED='*'
    sleep 1
    measure_bpf saturate "$nginx_port" /
    own=$(calculate %.2f "($bpf_time - $bpf_runs * $clock_ns) / 1000")
    row "in-kernel time an exchange, all hooks, saturated" "under 0.6 µs" "$own µs in $bpf_runs runs; with the clock's $clock_ns ns a run $(calculate %.2f "$bpf_time / 1000") µs" "$own < 0.6"
    measure_bpf offer "$usual" 100 "$long" "$nginx_port" /
    own=$(calculate %.2f "($bpf_time - $bpf_runs * $clock_ns) / 1000")
    own_kernel=$own
    row "the same at $usual/s" "" "$own µs in $bpf_runs runs; with the clock $(calculate %.2f "$bpf_time / 1000") µs"
    end_agent
    start_agent SONDE_PROBES_DISABLED='*' SONDE_TRACING_ACCOUNT=false
    sleep 1
    measure_bpf saturate "$nginx_port" /
    row "in-kernel time an exchange, saturated, without the account" "" "$(calculate %.2f "($bpf_time - $bpf_runs * $clock_ns) / 1000") µs in $bpf_runs runs"
    end_agent
    bpf_statistics 0
}

section_cost() {
    local before cpu
    [[ -n ${spent:-} ]] || spend
    await_quiet
    start_agent SONDE_PROBES_DISABLED='*'
    offer "$usual" 100 2 "$nginx_port" /
    before=$(agent_cpu)
    offer "$usual" 100 "$long" "$nginx_port" /
    cpu=$(calculate %.2f "($(agent_cpu) - $before) / 1000 / $requests")
    end_agent
    row "Sonde's CPU an exchange at $usual/s, OTLP export included" "under 1.5 µs" "$cpu µs" "$cpu < 1.5"
    row "the same against what nginx and wrk spend" "under 0.1" "$(calculate %.2f "$cpu / $spent") of $spent µs" "$cpu / $spent < 0.1"
    [[ -z ${own_kernel:-} ]] || row "the same with the kernel half, without the clock" "" "$(calculate %.2f "($cpu + $own_kernel) / $spent")"
}

section_resident() {
    local resident
    await_quiet
    start_agent
    offer "$usual" 1000 "$long" "$nginx_port" /
    resident=$(memory_of "$agent_pid" VmRSS)
    row "resident memory at $usual requests/s and 1,000 connections" "under 40 MB" \
        "$resident MB (anonymous $(memory_of "$agent_pid" RssAnon), files $(memory_of "$agent_pid" RssFile), shared, so the ring buffer, $(memory_of "$agent_pid" RssShmem); highest $(memory_of "$agent_pid" VmHWM))" "$resident < 40"
    end_agent
}

section_connections() {
    local rest idle open before runs time runs_before time_before load_pid slow_pid begin sockets=$((2 * many))
    await_quiet
    start_agent
    sleep 3
    rest=$(calculate %.1f "$(agent_kernel_memory) / 1e6")
    row "kernel memory at rest" "under 16 MB" "$rest MB charged to its memory cgroup; $(calculate %.1f "$(agent_memlock) / 1e6") MB of it maps and programs" "$rest < 16"

    # One request on each connection, then silence.
    "$tools/load" -c "$many" -n "$many" -r "$usual" -d 30 -w 30 127.0.0.1 "$nginx_port" / >"$work/load" &
    load_pid=$!
    started[$load_pid]=load
    await_text "$work/load" requests=
    sleep 2
    before=$(agent_cpu) begin=$(now_us)
    sleep 5
    idle=$(calculate %.2f "($(agent_cpu) - $before) / 10 / ($(now_us) - $begin)")
    open=$(calculate %.1f "$(agent_kernel_memory) / 1e6")
    row "kernel memory at $many connections" "under 32 MB" "$open MB, $(calculate %.0f "($open - $rest) * 1e6 / $many") bytes a connection, both of its ends being here" "$open < 32"
    row "Sonde's CPU with $many idle connections" "" "$idle % of a core"

    # Each answer that begins and then falls silent wants a sweep: two a second keep it running once a second.
    "$tools/load" -c 20 -n 20 -r 2 -d 12 127.0.0.1 "$nginx_port" /slow >/dev/null 2>&1 &
    slow_pid=$!
    started[$slow_pid]=slow
    sleep 2.5
    before=$(agent_cpu) begin=$(now_us)
    sleep 5
    idle=$(calculate %.2f "($(agent_cpu) - $before) / 10 / ($(now_us) - $begin)")
    bpf_statistics 1
    read -r runs_before time_before <<<"$(agent_bpf)"
    sleep 2
    read -r runs time <<<"$(agent_bpf)"
    bpf_statistics 0
    row "the same with answers that fall silent, so that the sweep runs every second over $sockets sockets" "under 0.5 %" \
        "$idle % of a core; $(calculate %.0f "($time - $time_before) / ($runs - $runs_before + 1)") ns in the program a socket" "$idle < 0.5"
    end "$slow_pid"
    end "$load_pid"
    end_agent
}

# await_text FILE TEXT: waits until the file has it, half a minute at most.
await_text() {
    local i
    for ((i = 0; i < 300; i++)); do
        grep -qs "$2" "$1" && return
        sleep 0.1
    done
    die "$1 did not get to $2"
}

section_idle() {
    local before begin cpu runs_before time_before runs time took
    await_quiet
    bpf_statistics 1
    start_agent
    offer 1000 32 2 "$nginx_port" /
    read -r runs_before time_before <<<"$(agent_bpf)"
    before=$(agent_cpu) begin=$(now_us)
    offer 1000 32 "$long" "$nginx_port" /
    took=$(( ($(now_us) - begin) * 1000 ))
    read -r runs time <<<"$(agent_bpf)"
    cpu=$(( $(agent_cpu) - before ))
    end_agent
    bpf_statistics 0
    cpu=$(calculate %.2f "100 * ($cpu + $time - $time_before) / $took / $cpus")
    row "CPU of the whole machine at 1,000 requests/s, Sonde and its hooks" "under 1 %" "$cpu %" "$cpu < 1"
}

section_loss() {
    local asked seen missing
    await_quiet
    end_sink
    start_sink
    start_agent
    offer "$fast" 64 "$longest" "$nginx_port" /
    asked=$requests
    end_agent
    end_sink
    seen=$(counted spans.server)
    missing=$(calculate %.4f "100 * ($asked - $seen) / $asked")
    row "spans against requests at $rate/s for $longest s" "at most 0.1 % missing" \
        "$seen of $asked, $missing % missing; Sonde counts $(counted sonde.records.lost) records lost, $(counted sonde.requests.abandoned) requests given up, $(counted sonde.spans.dropped) spans dropped" \
        "$missing <= 0.1 && $missing >= 0"
    cp "$work/counts" "$tools/counts"
    start_sink
}

# counted NAME: a figure that the sink had at its end.
counted() {
    awk -v name="$1" '$1 == name { print $2; found = 1 } END { if (!found) print 0 }' "$work/counts"
}

section_size() {
    local size
    size=$(calculate %.1f "$(stat -L -c %s "$agent") / 1e6")
    row "size of the executable" "under 20 MB" "$size MB" "$size < 20"
}
