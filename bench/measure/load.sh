# Load and what it showed. Sourced by bench/tracer.
# shellcheck shell=bash

# saturate PORT PATH [SECONDS]: as much as one thread of wrk can ask for over 32 connections.
# Sets rps, p50, p99 (µs), requests, client_cpu and server_cpu (µs a request; the server is the process server_pid).
saturate() {
    local out cpu before TIMEFORMAT='%U %S'
    before=$(process_cpu "$server_pid")
    { cpu=$( { time wrk -t1 -c32 -d"${3:-$seconds}s" --latency "http://127.0.0.1:$1$2" >"$work/wrk" 2>&1; } 2>&1 ); } || die "wrk failed: $(cat "$work/wrk")"
    out=$(awk '
        function us(text) { return text ~ /us$/ ? text + 0 : text ~ /ms$/ ? text * 1000 : text * 1000000 }
        $1 == "50%" { p50 = us($2) } $1 == "99%" { p99 = us($2) }
        /requests in/ { requests = $1 } /Requests\/sec:/ { rps = $2 } /Non-2xx|Socket errors/ { bad = 1 }
        END { if (bad || !requests) exit 1; print rps, p50, p99, requests }' "$work/wrk") || die "wrk saw errors: $(cat "$work/wrk")"
    read -r rps p50 p99 requests <<<"$out"
    client_cpu=$(calculate %.2f "(${cpu/ / + }) * 1e6 / $requests")
    server_cpu=$(calculate %.2f "($(process_cpu "$server_pid") - $before) / 1000 / $requests")
}

# offer RATE CONNECTIONS SECONDS PORT PATH: requests at a fixed rate. Sets requests, errors, rate, p50, p99, and load_cpu, all in µs.
offer() {
    local out
    out=$("$tools/load" -r "$1" -c "$2" -d "$3" 127.0.0.1 "$4" "$5") || die "load failed"
    out=$(awk '{ for (i = 1; i <= NF; i++) { split($i, part, "="); v[part[1]] = part[2] }
        print v["requests"], v["errors"], v["rate"], v["p50"], v["p99"], v["cpu"] }' <<<"$out")
    read -r requests errors rate p50 p99 load_cpu <<<"$out"
}

# pairs NAME LOAD…: runs the load with Sonde off and on in turn, so that what drifts hits both alike.
# The agent's variables are in the array agent_variables. Sets off_X and on_X (medians) and ratio_X (median of the pairs,
# with the lowest and highest in spread_X) for X of rps, p50, p99 and cpu, which is what server and client spend on a request.
pairs() {
    local name=$1 i x format
    local -A off=() on=() ratio=() one=()
    shift
    for ((i = 0; i < pair_count; i++)); do
        await_quiet
        "$@"
        one=([rps]=$rps [p50]=$p50 [p99]=$p99 [cpu]=$(calculate %.2f "$server_cpu + $client_cpu"))
        start_agent "${agent_variables[@]}"
        sleep 0.5
        "$@"
        end_agent
        cpu=$(calculate %.2f "$server_cpu + $client_cpu")
        progress "$name: off ${one[rps]} ${one[p50]} ${one[p99]} ${one[cpu]}, on $rps $p50 $p99 $cpu (requests/s, p50, p99, CPU in µs)"
        for x in rps p50 p99 cpu; do
            off[$x]+=" ${one[$x]}"
            on[$x]+=" ${!x}"
            ratio[$x]+=" $(calculate %.3f "${!x} / ${one[$x]}")"
        done
    done
    for x in rps p50 p99 cpu; do
        [[ $x == cpu ]] && format=%.1f || format=%.0f
        # shellcheck disable=SC2086
        {
            printf -v "off_$x" "$format" "$(median ${off[$x]})"
            printf -v "on_$x" "$format" "$(median ${on[$x]})"
            printf -v "ratio_$x" '%.2f' "$(median ${ratio[$x]})"
            printf -v "spread_$x" '%s' "$(printf '%s\n' ${ratio[$x]} | sort -g | awk 'NR == 1 { low = $1 } END { printf "%.2f–%.2f", low, $1 }')"
        }
    done
}

# offer, named as saturate names its figures.
offer_half() {
    local before
    before=$(process_cpu "$server_pid")
    offer "$half" 32 "$seconds" "$nginx_port" /
    rps=$rate client_cpu=$(calculate %.2f "$load_cpu / $requests")
    server_cpu=$(calculate %.2f "($(process_cpu "$server_pid") - $before) / 1000 / $requests")
    ((errors == 0)) || progress "load: $errors requests were not answered"
}
