"""Resolves names at a slow name server, in a network and a mount namespace of its own, and prints the process id, the calls and the
nanoseconds that they took: in all, and at the least for each by the server's delay.

usage: unshare --net --mount python3 tests/faults/resolutions.py CALLS MILLISECONDS
"""
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

CALLS, DELAY = int(sys.argv[1]), int(sys.argv[2]) / 1000

subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
with tempfile.NamedTemporaryFile("w") as settings:
    settings.write("nameserver 127.0.0.1\noptions timeout:5\n")
    settings.flush()
    subprocess.run(["mount", "--bind", settings.name, "/etc/resolv.conf"], check=True)

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 53))


def answer(question, client):
    """One address, 198.18.0.9, late."""
    time.sleep(DELAY)
    end = question.index(b"\0", 12) + 5
    head = question[:2] + struct.pack(">HHHHH", 0x8180, 1, 1, 0, 0)
    record = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 0, 4) + bytes([198, 18, 0, 9])
    server.sendto(head + question[12:end] + record, client)


def serve():
    while True:
        question, client = server.recvfrom(512)
        threading.Thread(target=answer, args=(question, client), daemon=True).start()


threading.Thread(target=serve, daemon=True).start()
spent = 0
for i in range(CALLS):
    begin = time.monotonic_ns()
    [(*_, address)] = socket.getaddrinfo(f"name-{i}.example.", 80, socket.AF_INET, socket.SOCK_STREAM)
    spent += time.monotonic_ns() - begin
    assert address == ("198.18.0.9", 80), address
print(os.getpid(), CALLS, spent)
