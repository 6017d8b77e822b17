#!/bin/bash
# Has the kernel throw packets away, in a network namespace of its own: datagrams that a rule of the firewall drops, then datagrams to a
# port that nobody listens on.
# usage: unshare --net tests/faults/drops.sh DROPPED UNHEARD
set -euo pipefail
export PATH=$PATH:/usr/sbin:/sbin
ip link set lo up
# The firewall's lock is a file: none is to stay.
export XTABLES_LOCKFILE=/dev/null
iptables -A INPUT -p udp --dport 7777 -j DROP
exec python3 -c '
import socket, sys
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for port, times in ((7777, int(sys.argv[1])), (7778, int(sys.argv[2]))):
    for _ in range(times):
        sender.sendto(b"x", ("127.0.0.1", port))
' "$@"
