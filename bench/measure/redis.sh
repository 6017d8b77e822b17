# Redis: the section of bench/tracer that saturates it. Sourced by bench/tracer.
# shellcheck shell=bash

start_redis() {
    free_port
    redis_port=$port
    redis-server --port "$redis_port" --bind 127.0.0.1 --save '' --daemonize no --logfile '' --dir "$work" >/dev/null 2>&1 &
    redis_pid=$!
    started[$redis_pid]=redis
    await_port "$redis_port"
}

# saturate_redis DEPTH: GETs over 32 connections, DEPTH of them in flight on each, for about $seconds. Sets what saturate does.
saturate_redis() {
    local out cpu before TIMEFORMAT='%U %S' speed
    # As many as take so long, by a short run.
    speed=$(redis-benchmark -p "$redis_port" -c 32 -P "$1" -t get -n 50000 --csv | tail -n 1 | cut -d, -f2 | tr -d '"')
    requests=$(calculate %d "$speed * $seconds")
    before=$(process_cpu "$server_pid")
    { cpu=$( { time redis-benchmark -p "$redis_port" -c 32 -P "$1" -t get -n "$requests" --csv >"$work/redis-benchmark" 2>&1; } 2>&1 ); } ||
        die "redis-benchmark failed: $(cat "$work/redis-benchmark")"
    # "test","rps","avg_latency_ms","min_latency_ms","p50_latency_ms","p95_latency_ms","p99_latency_ms","max_latency_ms"
    out=$(tail -n 1 "$work/redis-benchmark" | tr -d '"' | awk -F, '{ print $2, $5 * 1000, $7 * 1000 }')
    read -r rps p50 p99 <<<"$out"
    client_cpu=$(calculate %.2f "(${cpu/ / + }) * 1e6 / $requests")
    server_cpu=$(calculate %.2f "($(process_cpu "$server_pid") - $before) / 1000 / $requests")
}

section_redis() {
    command -v redis-benchmark >/dev/null || die "redis-benchmark is missing: apt-get install redis-server"
    start_redis
    server_pid=$redis_pid
    agent_variables=(OTEL_EBPF_PROTOCOLS=redis)
    compare "Redis saturated, 32 connections" "at least 0.95" 0.95 saturate_redis 1
    compare "Redis saturated, pipelines of 16" "stated" "" saturate_redis 16
    agent_variables=()
    end "$redis_pid"
    server_pid=$nginx_worker
}
