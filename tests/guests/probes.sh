#!/bin/bash
# Runs in a guest with another kernel: attaches each program that is shared, ends it, and prints "name status errors", or
# "name lacks function".
# The folder that is shared holds the agent, this script and the programs.
cd "$(dirname "$0")" || exit
mountpoint -q /sys/kernel/tracing || mount -t tracefs none /sys/kernel/tracing
set -m # with job control, a program in the background does not ignore SIGINT
for program in *.bt; do
    ./sonde probe "$program" >/tmp/output 2>/tmp/errors </dev/null &
    probe=$!
    for ((i = 0; i < 150; i++)); do
        grep -q '^Attaching [0-9]* probe' /tmp/output && break
        kill -0 "$probe" 2>/dev/null || break
        sleep 0.1
    done
    sleep 1
    kill -INT "$probe" 2>/dev/null
    wait "$probe"
    status=$?
    grep -q '^Attaching [0-9]* probe' /tmp/output || status=unattached
    # A function that this kernel does not let anybody attach to: renamed, inlined, not traceable, in a module.
    missing=$(sed -n "s/.* could not be attached to '\([^']*\)'.*/\1/p;s/.* has no function \([^;]*\);.*/\1/p" /tmp/errors | head -n 1)
    if [[ $missing ]] && ! grep -qE "^$missing( |$)" /sys/kernel/tracing/available_filter_functions; then
        echo "$program lacks $missing"
        continue
    fi
    echo "$program $status $(grep -vc '^sonde: warning' /tmp/errors)"
    sed "s/^/# $program: /" /tmp/errors
done
