#!/bin/bash
# Runs in a guest with another kernel: switches all probes on, and prints what Sonde says of them; and "overflows", then how many
# connections that kernel, and the probe, say were refused since an accept queue was full.
# The folder that is shared holds the agent, this script and overflows.py.
cd "$(dirname "$0")" || exit
OTEL_TRACES_EXPORTER=none OTEL_METRICS_EXPORTER=prometheus SONDE_PROBES_ENABLED='*' ./sonde run >/dev/null 2>/tmp/notes &
agent=$!
for ((i = 0; i < 600; i++)); do
    grep -q 'probes are on' /tmp/notes && break
    kill -0 "$agent" 2>/dev/null || break
    sleep 0.1
done
python3 overflows.py
kill -TERM "$agent"
wait "$agent"
cat /tmp/notes
