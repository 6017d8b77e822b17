"""Requests that a test of the capture counts: byte by byte, on IPv6, on a Unix socket, pipelined, many connections."""
import os
import socket
import threading

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def serve(listener, fragments):
    """Answers each request of each connection; in single bytes when asked to."""
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=answer, args=(connection, fragments), daemon=True).start()


def answer(connection, fragments):
    seen = b""
    while True:
        part = connection.recv(1 if fragments else 65536)
        if not part:
            connection.close()
            return
        seen += part
        while b"\r\n\r\n" in seen:
            _, seen = seen.split(b"\r\n\r\n", 1)
            for piece in ([bytes([byte]) for byte in OK] if fragments else [OK]):
                connection.sendall(piece)


def listen(family, address, fragments=False):
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.bind(address)
    listener.listen(64)
    threading.Thread(target=serve, args=(listener, fragments), daemon=True).start()
    return listener.getsockname()


def call(family, address, paths, fragments=False):
    """One connection, one request after the other."""
    client = socket.socket(family, socket.SOCK_STREAM)
    client.connect(address)
    for path in paths:
        request = f"GET {path} HTTP/1.1\r\nHost: guest\r\n\r\n".encode()
        for piece in ([bytes([byte]) for byte in request] if fragments else [request]):
            client.sendall(piece)
        received = b""
        while len(received) < len(OK):
            received += client.recv(65536)
    client.close()


ipv4 = listen(socket.AF_INET, ("127.0.0.1", 0))
ipv6 = listen(socket.AF_INET6, ("::1", 0))
slow = listen(socket.AF_INET, ("127.0.0.1", 0), fragments=True)
path = f"/tmp/guest-{os.getpid()}.sock"
unix = listen(socket.AF_UNIX, path)

call(socket.AF_INET, ipv4, [f"/kept/{n}" for n in range(20)])
for n in range(20):
    call(socket.AF_INET, ipv4, [f"/closed/{n}"])
call(socket.AF_INET6, ipv6, [f"/ipv6/{n}" for n in range(10)])
call(socket.AF_INET, slow, [f"/bytes/{n}" for n in range(3)], fragments=True)
call(socket.AF_UNIX, path, [f"/unix/{n}" for n in range(10)])
os.unlink(path)
