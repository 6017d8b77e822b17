#!/bin/bash
# Runs in a guest with another kernel: traces known requests and prints "name expected found" for each kind.
# The folder that is shared holds the agent, this script and capture.py.
cd "$(dirname "$0")" || exit
rm -f /tmp/spans /tmp/notes
./sonde run --format json >/tmp/spans 2>/tmp/notes &
agent=$!
for ((i = 0; i < 300; i++)); do
    grep -q 'ready in' /tmp/notes && break
    kill -0 "$agent" 2>/dev/null || break
    sleep 0.1
done
python3 capture.py
for ((i = 0; i < 100; i++)); do
    [[ $(grep -c '"url.path":"/unix/9"' /tmp/spans) -ge 2 ]] && break
    sleep 0.1
done
kill -TERM "$agent"
wait "$agent"
echo "status 0 $?"
count() {
    echo "$1 $2 $(grep "\"kind\":\"$3\"" /tmp/spans | grep '"http.response.status_code":200' | grep -c "\"url.path\":\"/$4/")"
}
for kind in server client; do
    count "$kind-kept" 20 $kind kept
    count "$kind-closed" 20 $kind closed
    count "$kind-ipv6" 10 $kind ipv6
    count "$kind-bytes" 3 $kind bytes
    count "$kind-tls" 15 $kind tls
    count "$kind-unix" 10 $kind unix
done
sed 's/^/# /' /tmp/notes
