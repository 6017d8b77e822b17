#!/bin/bash
# Runs in a guest with another kernel: attaches each program that is shared for a few seconds and prints "name status errors".
# The folder that is shared holds the agent, this script and the programs.
cd "$(dirname "$0")" || exit
for program in *.bt; do
    timeout -s INT -k 20 "${SECONDS_EACH:-3}" ./sonde probe "$program" >/tmp/output 2>/tmp/errors </dev/null
    status=$?
    # timeout answers 124 when it had to interrupt, and that is how these programs end.
    ((status == 124)) && status=0
    grep -q '^Attaching [0-9]* probe' /tmp/output || status=unattached
    echo "$program $status $(wc -l </tmp/errors)"
    sed "s/^/# $program: /" /tmp/errors
done
