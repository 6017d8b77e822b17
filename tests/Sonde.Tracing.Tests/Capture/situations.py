"""Connections that are somehow special; each is one function. Prints the server's port (0 for Unix sockets) when it stands.

The client and the server are two processes unless a function says otherwise. `wait()` waits for a line from the test.
"""
import os
import socket
import sys
import time

FOLDER, PREFIX, COUNT = sys.argv[2], sys.argv[3], int(sys.argv[4])


def wait():
    sys.stdin.readline()


def say(*words):
    print(*words, flush=True)


def get(path):
    return f"GET {PREFIX}{path} HTTP/1.1\r\nHost: shop\r\n\r\n".encode()


def post(path, body):
    return f"POST {PREFIX}{path} HTTP/1.1\r\nHost: shop\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


def response(body):
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def listener(family=socket.AF_INET):
    made = socket.socket(family, socket.SOCK_STREAM)
    made.bind(FOLDER + "/app.sock" if family == socket.AF_UNIX else ("127.0.0.1", 0))
    made.listen(1000)
    say(0 if family == socket.AF_UNIX else made.getsockname()[1])
    return made


def connect(to):
    made = socket.socket(to.family, socket.SOCK_STREAM)
    made.connect(to.getsockname())
    return made


def as_server(work):
    """Runs a function in another process."""
    if os.fork() == 0:
        work()
        os._exit(0)


def half_closed():
    """The client says all it has to say, and the answer has come and the connection ended before it reads."""
    server = listener()

    def answer():
        for number in range(COUNT):
            connection, _ = server.accept()
            while connection.recv(65536):
                pass
            connection.sendall(response(b"x" * number))
            connection.close()

    as_server(answer)
    for number in range(COUNT):
        client = connect(server)
        client.sendall(get(f"/{number}"))
        client.shutdown(socket.SHUT_WR)
        time.sleep(0.05)
        while client.recv(65536):
            pass
        client.close()
    os.wait()


def reset():
    """The server answers without having read all, and closes: the answer is followed by a reset before the client reads."""
    server = listener()

    def answer():
        for number in range(COUNT):
            connection, _ = server.accept()
            connection.recv(len(post(f"/{number}", "")))
            connection.sendall(response(b"x" * number))
            connection.close()

    as_server(answer)
    for number in range(COUNT):
        client = connect(server)
        client.sendall(post(f"/{number}", "not read " * 50))
        time.sleep(0.05)
        try:
            while client.recv(65536):
                pass
        except ConnectionResetError:
            pass
        client.close()
    os.wait()


def greeting():
    """The server speaks first, then both are silent until the client says something like HTTP."""
    server = listener()

    def answer():
        connection, _ = server.accept()
        connection.sendall(b"220 mail.example ESMTP\r\n")
        connection.recv(65536)
        connection.sendall(b"502 command not implemented\r\n")
        connection.recv(65536)

    as_server(answer)
    client = connect(server)
    client.recv(65536)
    client.sendall(get("/0"))
    client.recv(65536)
    client.close()
    os.wait()


def strangers():
    """Connections of a protocol that nobody reads."""
    server = listener()

    def answer():
        for _ in range(COUNT):
            connection, _ = server.accept()
            while data := connection.recv(65536):
                connection.sendall(data)

    as_server(answer)
    for _ in range(COUNT):
        client = connect(server)
        for turn in range(10):
            client.sendall(b"\x02\x00binary %d" % turn)
            client.recv(65536)
        client.close()
    os.wait()


def older():
    """Connections that stand, idle or in the middle of an exchange, before the test lets them go on."""
    server = listener()
    clients = [connect(server) for _ in range(COUNT)]
    to_server, from_test = os.pipe()[::-1]

    def answer():
        connections = [server.accept()[0] for _ in range(COUNT)]
        for number, connection in enumerate(connections):
            if number % 3 > 0:
                connection.recv(65536)
            if number % 3 == 1:
                connection.sendall(response(b"before"))
        say("stand")
        os.read(from_test, 1)
        for number, connection in enumerate(connections):
            if number % 3 == 2:
                connection.sendall(response(b"before"))
        for turn in range(5):
            for connection in connections:
                connection.recv(65536)
                connection.sendall(response(b"x" * turn))

    for number, client in enumerate(clients):
        if number % 3 > 0:
            client.sendall(get(f"/before/{number}"))
    as_server(answer)
    for number, client in enumerate(clients):
        if number % 3 == 1:
            client.recv(65536)
    wait()
    os.write(to_server, b"!")
    for number, client in enumerate(clients):
        if number % 3 == 2:
            client.recv(65536)
    for turn in range(5):
        for number, client in enumerate(clients):
            client.sendall(get(f"/after/{number}/{turn}"))
            client.recv(65536)
    os.wait()


def unix():
    """Many Unix connections one after another, one request each."""
    server = listener(socket.AF_UNIX)

    def answer():
        for number in range(COUNT):
            connection, _ = server.accept()
            connection.recv(65536)
            connection.sendall(response(b"x" * (number % 100)))
            connection.close()

    as_server(answer)
    for number in range(COUNT):
        client = connect(server)
        client.sendall(get(f"/{number}"))
        client.recv(65536)
        client.close()
        if number % 4000 == 3999:
            time.sleep(2.5)
    os.wait()


def idle():
    """Connections that stand and do nothing until the test lets them go; both ends are this process's."""
    server = listener()
    made = []
    for _ in range(COUNT):
        made.append((connect(server), server.accept()[0]))
    say("stand")
    wait()


globals()[sys.argv[1]]()
