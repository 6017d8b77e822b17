"""http.server with a thread or a process for each connection, kept alive.

Usage: http_server.py PORT UPSTREAM [ADDRESS]
With TLS_CERTIFICATE and TLS_KEY in the environment, files, it encrypts.
ADDRESS may also be unix:PATH, mptcp (127.0.0.1 over Multipath TCP) or fork (a process for each connection).
GET /exec replaces the program by itself, keeping the sockets, before it is answered.
"""

import os
import socket
import socketserver
import ssl
import sys
from http.server import BaseHTTPRequestHandler

from routes import answer

port, upstream = int(sys.argv[1]), int(sys.argv[2])
address = sys.argv[3] if len(sys.argv) > 3 else "127.0.0.1"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = not address.startswith("unix:")

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/exec":
            sockets = self.server.fileno(), self.connection.fileno()
            for socket_ in sockets:
                os.set_inheritable(socket_, True)
            os.execv(sys.executable, [sys.executable, *sys.argv[:3], "fd:%d:%d" % sockets])
        self.reply(*answer(self.command, self.path.partition("?")[0], body, upstream))

    def reply(self, status, body):
        self.send_response(status)
        if status not in (204, 304):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and body:
            self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = do_OPTIONS = do_PATCH = handle_any

    def log_message(self, *_):
        pass

    def address_string(self):
        return str(self.client_address)


def listening_socket():
    if address.startswith("fd:"):
        listener, connection = (socket.socket(fileno=int(number)) for number in address.split(":")[1:])
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nagain\n")
        connection.close()
        return listener
    if address.startswith("unix:"):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(address[5:])
    else:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_MPTCP if address == "mptcp" else 0)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1" if address in ("mptcp", "fork") else address, port))
    listener.listen(512)
    if "TLS_CERTIFICATE" in os.environ:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(os.environ["TLS_CERTIFICATE"], os.environ["TLS_KEY"])
        # The handshake is made by the connection's own thread, when it first reads.
        listener = context.wrap_socket(listener, server_side=True, do_handshake_on_connect=False)
    return listener


class Server(socketserver.ForkingMixIn if address == "fork" else socketserver.ThreadingMixIn, socketserver.BaseServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(None, Handler)
        self.socket = listening_socket()

    def fileno(self):
        return self.socket.fileno()

    def get_request(self):
        return self.socket.accept()

    def close_request(self, request):
        request.close()

    def shutdown_request(self, request):
        request.close()


Server().serve_forever()
