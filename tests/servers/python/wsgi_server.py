"""wsgiref with a thread for each connection, and a connection for each request.

Usage: wsgi_server.py PORT UPSTREAM
"""

import sys
from http import HTTPStatus
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from routes import answer

port, upstream = int(sys.argv[1]), int(sys.argv[2])


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 512


class Handler(WSGIRequestHandler):
    def log_message(self, *_):
        pass


def application(environ, start_response):
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    status, body = answer(environ["REQUEST_METHOD"], environ["PATH_INFO"], body, upstream)
    start_response(f"{status} {HTTPStatus(status).phrase}", [("Content-Length", str(len(body)))])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


make_server("127.0.0.1", port, application, Server, Handler).serve_forever()
