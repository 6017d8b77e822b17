# What the bench starts and ends: servers, sink, agent. Sourced by bench/tracer.
# shellcheck shell=bash

declare -A started=()
agent_pid='' agent_ready='' sink_pid='' nginx_worker='' server_pid=''

# end PID: asks a process that was started here to end, and makes it end after ten seconds.
end() {
    local pid=$1 i
    [[ -n ${started[$pid]:-} ]] || return 0
    unset "started[$pid]"
    kill -TERM "$pid" 2>/dev/null || true
    for ((i = 0; i < 500; i++)); do
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.02
    done
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
}

end_all() {
    local pid
    for pid in "${!started[@]}"; do
        end "$pid"
    done
}

# free_port: a port of a fixed range that nobody listens on.
next_port=23400
free_port() {
    while ((next_port < 23500)); do
        ((++next_port))
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$next_port") 2>/dev/null; then
            port=$next_port
            return
        fi
    done
    die "no free port from 23401 to 23500"
}

await_port() {
    local i
    for ((i = 0; i < 500; i++)); do
        if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then
            return
        fi
        sleep 0.02
    done
    die "nothing listens on port $1 after ten seconds"
}

start_nginx() {
    free_port
    nginx_port=$port
    mkdir -p "$work/nginx"
    head -c 615 /dev/zero | tr '\0' x >"$work/nginx/file"
    head -c 1000000 /dev/zero | tr '\0' x >"$work/nginx/slow"
    sed -e "s|@FOLDER@|$work/nginx|g; s|@PORT@|$nginx_port|g" "$bench/servers/nginx.conf" >"$work/nginx/nginx.conf"
    nginx -p "$work/nginx" -c "$work/nginx/nginx.conf" -e "$work/nginx/nginx.log" >/dev/null 2>&1 &
    nginx_pid=$!
    started[$nginx_pid]=nginx
    await_port "$nginx_port"
    nginx_worker=$(cat "/proc/$nginx_pid/task/$nginx_pid/children")
    nginx_worker=${nginx_worker// /}
    server_pid=$nginx_worker
}

start_aspnet() {
    free_port
    aspnet_port=$port
    ASPNETCORE_URLS=http://127.0.0.1:$aspnet_port "$aspnet" >"$work/aspnet.log" 2>&1 &
    aspnet_pid=$!
    started[$aspnet_pid]=aspnet
    await_port "$aspnet_port"
}

start_sink() {
    free_port
    sink_port=$port
    "$tools/sink" "$sink_port" "$work/counts" "$nginx_port" &
    sink_pid=$!
    started[$sink_pid]=sink
    await_port "$sink_port"
}

# After it, $work/counts holds what arrived; as server spans those of nginx.
end_sink() {
    end "$sink_pid"
}

# start_agent [VARIABLE=VALUE…]: starts Sonde and waits until it says that it is ready. It exports to the sink;
# the load generators and the sink are not traced unless a variable says otherwise.
# Sets agent_ready: milliseconds from exec to that line, measured here.
start_agent() {
    local begin line
    : >"$work/agent.log"
    begin=$(now_us)
    env OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:$sink_port" OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf \
        SONDE_PROCESSES_EXCLUDE_EXECUTABLES='*/wrk,*/load,*/sink,*/redis-benchmark' "$@" \
        bash -c 'echo $$ >"$1/cgroup.procs"; echo $$ >"$2/cgroup.procs"; exec "$3" run' bash \
        "$cgroup_cpu" "$cgroup_memory" "$agent" >/dev/null 2>&"$stderr_pipe" &
    agent_pid=$!
    started[$agent_pid]=agent
    while read -r -t 20 -u "$stderr_pipe" line; do
        echo "$line" >>"$work/agent.log"
        if [[ $line == *'ready in'* ]]; then
            agent_ready=$(calculate %.0f "($(now_us) - $begin) / 1000")
            agent_says=$(sed -n 's/.*ready in \([0-9]*\) ms.*/\1/p' <<<"$line")
            return
        fi
        kill -0 "$agent_pid" 2>/dev/null || break
    done
    cat "$work/agent.log" >&2
    die "the agent did not become ready"
}

end_agent() {
    local line
    end "$agent_pid"
    while read -r -t 0.05 -u "$stderr_pipe" line; do
        echo "$line" >>"$work/agent.log"
    done
}

# memory_of PID KEY: a line of /proc/PID/status in MB.
memory_of() {
    awk -v key="$2:" '$1 == key { printf "%.1f", $2 * 1024 / 1e6 }' "/proc/$1/status"
}

# "runs nanoseconds" of all the agent's BPF programs together, while BPF statistics are on.
agent_bpf() {
    cat "/proc/$agent_pid/fdinfo/"* 2>/dev/null | awk '$1 == "run_cnt:" { runs += $2 } $1 == "run_time_ns:" { time += $2 } END { printf "%d %d\n", runs, time }'
}

# Bytes of the agent's maps and programs as the kernel states them; socket storage is not among them.
agent_memlock() {
    cat "/proc/$agent_pid/fdinfo/"* 2>/dev/null | awk '$1 == "memlock:" { sum += $2 } END { print sum }'
}

bpf_statistics() {
    echo "$1" >/proc/sys/kernel/bpf_stats_enabled
}
