"""The paths that both Python servers answer; see ../README.md."""

import http.client
import time
from http import HTTPStatus


def answer(method, path, body, upstream):
    """Returns (status, body). Calls the upstream on the thread that serves the request."""
    name, _, argument = path.lstrip("/").partition("/")
    if name == "hello":
        return 200, b"hello\n"
    if name == "bytes":
        return 200, b"x" * int(argument)
    if name == "slow":
        time.sleep(int(argument) / 1000)
        return 200, b"hello\n"
    if name == "echo":
        return 200, body
    if name == "status":
        status = int(argument)
        return status, b"" if status in (204, 304) else HTTPStatus(status).phrase.encode()
    if name == "item":
        time.sleep(int(argument) * 7 % 20 / 1000)
        return 200, argument.encode()
    if name == "relay":
        connection = http.client.HTTPConnection("127.0.0.1", upstream)
        connection.request("GET", f"/item/{argument}")
        response = connection.getresponse()
        relayed = response.read()
        connection.close()
        return response.status, relayed
    return 404, b"there is no such path"
