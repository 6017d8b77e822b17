"""Requests that a test of the capture counts: byte by byte, on IPv6, on a Unix socket, encrypted, many connections."""
import os
import socket
import ssl
import subprocess
import threading
import time

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def serve(listener, fragments, context):
    """Answers each request of each connection; in single bytes, or encrypted, when asked to."""
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=answer, args=(connection, fragments, context), daemon=True).start()


def answer(connection, fragments, context):
    seen = b""
    if context:
        connection = context.wrap_socket(connection, server_side=True)
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


def listen(family, address, fragments=False, context=None):
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.bind(address)
    listener.listen(64)
    threading.Thread(target=serve, args=(listener, fragments, context), daemon=True).start()
    return listener.getsockname()


def call(family, address, paths, fragments=False, context=None):
    """One connection, one request after the other."""
    client = socket.socket(family, socket.SOCK_STREAM)
    client.connect(address)
    if context:
        client = context.wrap_socket(client)
    for path in paths:
        request = f"GET {path} HTTP/1.1\r\nHost: guest\r\n\r\n".encode()
        for piece in ([bytes([byte]) for byte in request] if fragments else [request]):
            client.sendall(piece)
        received = b""
        while len(received) < len(OK):
            received += client.recv(65536)
    client.close()


def encrypted():
    """What the server's side and the client's encrypt with."""
    subprocess.run(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=guest -keyout /tmp/key.pem -out /tmp/certificate.pem".split(),
        check=True, stderr=subprocess.DEVNULL)
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    server.load_cert_chain("/tmp/certificate.pem", "/tmp/key.pem")
    client.check_hostname = False
    client.load_verify_locations("/tmp/certificate.pem")
    return server, client


def seen(text):
    with open("/tmp/spans", encoding="utf-8") as spans:
        return text in spans.read()


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
server, client = encrypted()
tls = listen(socket.AF_INET, ("127.0.0.1", 0), context=server)
# The library was mapped a moment ago: it is attached to when a trial is seen.
deadline = time.monotonic() + 120
while not seen('"url.path":"/trial"') and time.monotonic() < deadline:
    call(socket.AF_INET, tls, ["/trial"], context=client)
    time.sleep(1)
call(socket.AF_INET, tls, [f"/tls/{n}" for n in range(10)], context=client)
for n in range(10, 15):
    call(socket.AF_INET, tls, [f"/tls/{n}"], context=client)
call(socket.AF_UNIX, path, [f"/unix/{n}" for n in range(10)])
os.unlink(path)
