"""HTTP/1.1 between two processes whose threads share their sockets.

Of each connection one thread writes the requests and another reads the responses; at the server one thread reads the
requests and two others answer them. Request N of connection C is for PREFIX/C/N and its response's body has N bytes. Prints
the server's port (0 for Unix sockets) and ends with status 0 when every response was the right one.
"""
import os
import queue
import socket
import sys
import threading

FAMILY, FOLDER, PREFIX, CONNECTIONS, REQUESTS = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
IPPROTO_MPTCP = 262


def new_socket():
    if FAMILY == "unix":
        return socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    family = socket.AF_INET6 if FAMILY == "inet6" else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM, IPPROTO_MPTCP if FAMILY == "mptcp" else 0)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def pairs():
    """The client's and the server's socket of each connection."""
    if FAMILY == "socketpair":
        print(0, flush=True)
        return [socket.socketpair() for _ in range(CONNECTIONS)]
    listener = new_socket()
    listener.bind(FOLDER + "/app.sock" if FAMILY == "unix" else ("::1" if FAMILY == "inet6" else "127.0.0.1", 0))
    listener.listen(CONNECTIONS)
    print(0 if FAMILY == "unix" else listener.getsockname()[1], flush=True)
    made = []
    for _ in range(CONNECTIONS):
        client = new_socket()
        client.connect(listener.getsockname())
        made.append((client, listener.accept()[0]))
    return made


def messages(connection):
    """The messages that come on a connection: the first line and the body's length."""
    data = b""
    while True:
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more:
                return
            data += more
        head, _, data = data.partition(b"\r\n\r\n")
        length = int((head.lower() + b"\r\n").partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
        while len(data) < length:
            data += connection.recv(65536)
        data = data[length:]
        yield head.split(b"\r\n")[0], length


def start(*workers):
    threads = [threading.Thread(target=work) for work in workers]
    for thread in threads:
        thread.start()
    return threads


def serve(connection):
    asked = queue.SimpleQueue()

    def read():
        for line, _ in messages(connection):
            asked.put(int(line.split(b" ")[1].rpartition(b"/")[2]))
        asked.put(None)
        asked.put(None)

    def answer():
        while (number := asked.get()) is not None:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % number + b"x" * number)

    return start(read, answer, answer)


def ask(connection, name, wrong):
    answered = threading.Semaphore(1)

    def write():
        for number in range(REQUESTS):
            answered.acquire()
            connection.sendall(b"GET %s/%d/%d HTTP/1.1\r\nHost: shop\r\n\r\n" % (PREFIX.encode(), name, number))

    def read():
        number = 0
        for line, length in messages(connection):
            if line != b"HTTP/1.1 200 OK" or length != number:
                wrong.append((name, number, line, length))
            number += 1
            answered.release()
            if number == REQUESTS:
                connection.shutdown(socket.SHUT_RDWR)

    return start(write, read)


def main():
    made = pairs()
    if os.fork() == 0:
        for client, _ in made:
            client.close()
        for thread in [thread for _, server in made for thread in serve(server)]:
            thread.join()
        os._exit(0)
    for _, server in made:
        server.close()
    wrong = []
    for thread in [thread for name, (client, _) in enumerate(made) for thread in ask(client, name, wrong)]:
        thread.join()
    os.wait()
    sys.exit(f"wrong: {wrong}" if wrong else 0)


main()
