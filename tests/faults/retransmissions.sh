#!/bin/bash
# Loses TCP segments on purpose, between two network namespaces, and prints what the sender's kernel counted (TcpRetransSegs):
# first on a connection that loses data, then on one that loses its first SYN.
# usage: unshare --net --mount tests/faults/retransmissions.sh PORT; the sender uses the ports PORT to PORT + 1, the receiver 7777 and 7778.
set -euo pipefail
export PATH=$PATH:/usr/sbin:/sbin
# Namespaces and locks are files there: none is to stay.
mount -t tmpfs none /run
ip netns add far
ip link add near type veth peer name far netns far
ip addr add 198.18.0.1/24 dev near
ip link set near up
ip -n far addr add 198.18.0.2/24 dev far
ip -n far link set far up
drop() {
    ip netns exec far iptables -w -A INPUT -p tcp "$@" -j DROP
}
# Of what carries data every third is lost; of the SYN to the other port the first.
drop --dport 7777 -m length --length 60: -m statistic --mode nth --every 3 --packet 1
drop --dport 7778 --syn -m statistic --mode nth --every 1000 --packet 0
python3 - "$1" <<'PYTHON'
import os, socket, subprocess, sys, time

PORT = int(sys.argv[1])
RECEIVER = """
import socket, threading
def serve(port):
    listener = socket.create_server(('198.18.0.2', port))
    print(flush=True)
    connection, _ = listener.accept()
    while connection.recv(65536):
        pass
    connection.close()
threads = [threading.Thread(target=serve, args=(port,)) for port in (7777, 7778)]
for each in threads: each.start()
for each in threads: each.join()
"""

def retransmitted():
    with open("/proc/net/snmp") as file:
        names, values = [line.split() for line in file if line.startswith("Tcp:")]
    return int(values[names.index("RetransSegs")])

receiver = subprocess.Popen(["ip", "netns", "exec", "far", "python3", "-c", RECEIVER], stdout=subprocess.PIPE)
for _ in range(2):
    receiver.stdout.readline()
before = retransmitted()

def send(own, port, amounts):
    with socket.create_connection(("198.18.0.2", port), source_address=("198.18.0.1", own)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for amount in amounts:
            connection.sendall(bytes(amount))
            time.sleep(0.01)
        connection.shutdown(socket.SHUT_WR)
        connection.recv(1)

# Small ones are a segment each; large ones are cut by the device, and one loss is of many segments.
send(PORT, 7777, [100] * 20 + [100_000] * 10)
middle = retransmitted()
send(PORT + 1, 7778, [100])
receiver.wait()
print(middle - before, retransmitted() - middle)
PYTHON
