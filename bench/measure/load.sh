# Load and what it showed. Sourced by bench/tracer.
# shellcheck shell=bash

# saturate PORT PATH [SECONDS]: as much as one thread of wrk can ask for over 32 connections.
# Sets rps, p50, p99 (µs), requests, client_cpu (µs a request).
saturate() {
    local out cpu TIMEFORMAT='%U %S'
    { cpu=$( { time wrk -t1 -c32 -d"${3:-$seconds}s" --latency "http://127.0.0.1:$1$2" >"$work/wrk" 2>&1; } 2>&1 ); } || die "wrk failed: $(cat "$work/wrk")"
    out=$(awk '
        function us(text) { return text ~ /us$/ ? text + 0 : text ~ /ms$/ ? text * 1000 : text * 1000000 }
        $1 == "50%" { p50 = us($2) } $1 == "99%" { p99 = us($2) }
        /requests in/ { requests = $1 } /Requests\/sec:/ { rps = $2 } /Non-2xx|Socket errors/ { bad = 1 }
        END { if (bad || !requests) exit 1; print rps, p50, p99, requests }' "$work/wrk") || die "wrk saw errors: $(cat "$work/wrk")"
    read -r rps p50 p99 requests <<<"$out"
    client_cpu=$(calculate %.2f "(${cpu/ / + }) * 1e6 / $requests")
}

# offer RATE CONNECTIONS SECONDS PORT PATH: requests at a fixed rate. Sets requests, errors, rate, p50, p99, p999 (µs).
offer() {
    local out
    out=$("$tools/load" -r "$1" -c "$2" -d "$3" 127.0.0.1 "$4" "$5") || die "load failed"
    requests='' errors='' rate='' p50='' p99='' p999=''
    eval "$(tr ' ' '\n' <<<"$out" | grep -E '^(requests|errors|rate|p50|p99|p999)=[0-9.]+$')"
}

# pairs NAME LOAD…: runs the load with Sonde off and on in turn, so that what drifts hits both alike.
# The agent's variables are in the array agent_variables. Sets off_X and on_X (medians) and ratio_X (median of the pairs,
# with the lowest and highest in spread_X) for X of rps, p50, p99.
pairs() {
    local name=$1 i x
    local -A off=() on=() ratio=()
    shift
    for ((i = 0; i < pair_count; i++)); do
        await_quiet
        "$@"
        local off_one=("$rps" "$p50" "$p99")
        start_agent "${agent_variables[@]}"
        sleep 0.5
        "$@"
        end_agent
        progress "$name: off ${off_one[*]}, on $rps $p50 $p99 (requests/s, p50, p99 µs)"
        off[rps]+=" ${off_one[0]}" off[p50]+=" ${off_one[1]}" off[p99]+=" ${off_one[2]}"
        on[rps]+=" $rps" on[p50]+=" $p50" on[p99]+=" $p99"
        ratio[rps]+=" $(calculate %.3f "$rps / ${off_one[0]}")"
        ratio[p50]+=" $(calculate %.3f "$p50 / ${off_one[1]}")"
        ratio[p99]+=" $(calculate %.3f "$p99 / ${off_one[2]}")"
    done
    for x in rps p50 p99; do
        # shellcheck disable=SC2086
        {
            printf -v "off_$x" '%.0f' "$(median ${off[$x]})"
            printf -v "on_$x" '%.0f' "$(median ${on[$x]})"
            printf -v "ratio_$x" '%.2f' "$(median ${ratio[$x]})"
            printf -v "spread_$x" '%s' "$(printf '%s\n' ${ratio[$x]} | sort -g | awk 'NR == 1 { low = $1 } END { printf "%.2f–%.2f", low, $1 }')"
        }
    done
}

# offer, named as saturate names its figures.
offer_half() {
    offer "$half" 32 "$seconds" "$nginx_port" /
    rps=$rate client_cpu=0
    ((errors == 0)) || progress "load: $errors requests were not answered"
}
