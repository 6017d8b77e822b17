"""Tears TCP connections down by a reset: closed with SO_LINGER of no time, or refused since nobody listens.
usage: unshare --net python3 tests/faults/resets.py CLOSED REFUSED"""
import socket
import struct
import subprocess
import sys

CLOSED, REFUSED = int(sys.argv[1]), int(sys.argv[2])
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
listener = socket.create_server(("127.0.0.1", 0))
for _ in range(CLOSED):
    one = socket.create_connection(listener.getsockname())
    other, _ = listener.accept()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    one.close()
    try:
        other.recv(1)
    except ConnectionResetError:
        pass
    else:
        sys.exit("the connection was not reset")
    other.close()
nobody = socket.socket()
nobody.bind(("127.0.0.1", 0))
for _ in range(REFUSED):
    with socket.socket() as client:
        if client.connect_ex(nobody.getsockname()) != 111:
            sys.exit("the connection was not refused")
