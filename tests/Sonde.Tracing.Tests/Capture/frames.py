"""A protocol of frames between two processes' ends: a type, four bytes of length that count themselves, and the rest.

Requests are Q (their number is told) and E; D is a body, on both sides. C and Z answer. Prints the server's port, and before it
ends a line for each frame that crosses: connection, side, type, length, number.
"""
import os
import random
import socket
import struct
import sys
import threading

SITUATION, FOLDER, PREFIX, CONNECTIONS, TURNS = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
NAME = PREFIX[1:9]
FAMILY = socket.AF_UNIX if SITUATION == "unix" else socket.AF_INET


def frame(kind, connection, number, size):
    text = (b"%s %04d %06d " % (NAME.encode(), connection, number)).ljust(size, b"x")[:max(size, 21)]
    return kind + struct.pack(">I", 4 + len(text)) + text


def pairs():
    listener = socket.socket(FAMILY, socket.SOCK_STREAM)
    listener.bind(FOLDER + "/app.sock" if SITUATION == "unix" else ("127.0.0.1", 0))
    listener.listen(CONNECTIONS)
    print(0 if SITUATION == "unix" else listener.getsockname()[1], flush=True)
    made = []
    for _ in range(CONNECTIONS):
        client = socket.socket(FAMILY, socket.SOCK_STREAM)
        client.connect(listener.getsockname())
        server = listener.accept()[0]
        if SITUATION != "unix":
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made.append((client, server))
    return made


class End:
    """Sends frames in the situation's way, and reads as many bytes as are due."""

    def __init__(self, sock, connection, side, chance):
        self.sock, self.connection, self.side, self.chance, self.log = sock, connection, side, chance, []

    def note(self, data):
        position = 0
        while position < len(data):
            kind, length = chr(data[position]), 1 + struct.unpack(">I", data[position + 1:position + 5])[0]
            if kind in "QECZ":
                number = data[position + 5:position + 26].split()[2].decode() if kind in "QC" else "-"
                self.log.append(f"{self.connection} {self.side} {kind} {length} {number}")
            position += length

    def send(self, data, preface=b""):
        self.note(data)
        data = preface + data
        if SITUATION == "dribbled":
            for i in range(len(data)):
                self.sock.sendall(data[i:i + 1])
        elif SITUATION == "vectors":
            cuts = sorted({0, len(data), *(self.chance.randrange(len(data)) for _ in range(self.chance.randrange(1, 60)))})
            parts = [data[a:b] for a, b in zip(cuts, cuts[1:])]
            sent = self.sock.sendmsg(parts)
            self.sock.sendall(data[sent:])
        elif SITUATION in ("cut", "threads"):
            while data:
                size = self.chance.randrange(1, 200)
                self.sock.sendall(data[:size])
                data = data[size:]
        else:
            self.sock.sendall(data)

    def receive(self, count):
        data = bytearray()
        while len(data) < count:
            left = count - len(data)
            if SITUATION == "dribbled":
                more = self.sock.recv(1)
            elif SITUATION == "vectors":
                buffers = [bytearray(self.chance.randrange(1, 30)) for _ in range(40)]
                size = self.sock.recvmsg_into(buffers)[0]
                more = b"".join(bytes(buffer) for buffer in buffers)[:size]
            elif SITUATION in ("cut", "threads"):
                more = self.sock.recv(self.chance.randrange(1, 300))
            else:
                more = self.sock.recv(min(left, 1 << 20))
            if not more:
                return bytes(data)
            data += more
        return bytes(data)


def batch(kinds, connection, turn, chance):
    sizes = (21, 60) if SITUATION == "dribbled" else (21, 400)
    data = b""
    for number in range(chance.randrange(1, 8)):
        data += frame(chance.choice(kinds), connection, 100 * turn + number, chance.randrange(*sizes))
    return data


def talk(connection, client, server):
    """Both ends in turns: what the client sends, the server reads and answers."""
    chance = random.Random(connection)
    asks, answers = End(client, connection, "Request", chance), End(server, connection, "Response", chance)
    if SITUATION == "older":
        asks.sock.sendall(b"TOY!" + frame(b"D", connection, 0, 30)[:20])
        answers.receive(24)
        yield
        asks.sock.sendall(frame(b"D", connection, 0, 30)[20:])
        answers.receive(15)
    for turn in range(TURNS):
        first = b"TOY!" if turn == 0 and SITUATION != "older" else b""
        request = frame(b"Q", connection, 100 * turn + 99, 30) + batch([b"Q", b"E", b"D"], connection, turn, chance)
        if SITUATION == "bodies":
            request += frame(b"D", connection, turn, 700_000) + frame(b"E", connection, turn, 300_000) + frame(b"Q", connection, turn, 50)
        if SITUATION == "many":
            # More than are walked in a call, in every other turn: its own frames do not count.
            if turn % 2:
                request = b"".join(frame(b"D", connection, turn, 21) for _ in range(3000))
        writer = threading.Thread(target=asks.send, args=(request, first))
        writer.start()
        answers.receive(len(first) + len(request))
        writer.join()
        if SITUATION == "sendfile":
            body = frame(b"D", connection, turn, 200_000)
            with open(FOLDER + "/body", "wb") as file:
                file.write(body)
            response = frame(b"C", connection, 100 * turn, 40)
            answers.note(response)
            server.send(response + body[:5], socket.MSG_MORE)
            with open(FOLDER + "/body", "rb") as file:
                offset = 5
                sender = threading.Thread(target=asks.receive, args=(len(response) + len(body),))
                sender.start()
                while offset < len(body):
                    offset += os.sendfile(server.fileno(), file.fileno(), offset, len(body) - offset)
                sender.join()
        response = frame(b"C", connection, 100 * turn + 99, 30) + batch([b"C", b"D", b"Z"], connection, turn, chance)
        answers.send(response)
        asks.receive(len(response))
    client.close()
    server.close()
    yield asks.log + answers.log


def duplex(connection, client, server):
    """Requests are written by one thread and answers read by another, each end; every request is answered at once."""
    asks, answers = End(client, connection, "Request", random.Random(connection)), End(server, connection, "Response", random.Random(~connection))

    def write():
        for turn in range(TURNS):
            asks.note(frame(b"Q", connection, turn, 40))
            client.sendall((b"TOY!" if turn == 0 else b"") + frame(b"Q", connection, turn, 40))

    def answer():
        server.recv(4)
        for turn in range(TURNS):
            answers.receive_exactly(45)
            answers.note(frame(b"C", connection, turn, 30))
            server.sendall(frame(b"C", connection, turn, 30))

    def receive_exactly(count):
        data = b""
        while len(data) < count:
            data += server.recv(count - len(data))

    answers.receive_exactly = receive_exactly
    threads = [threading.Thread(target=write), threading.Thread(target=answer)]
    for thread in threads:
        thread.start()
    left = TURNS * 35
    while left:
        left -= len(client.recv(35))
    for thread in threads:
        thread.join()
    client.close()
    server.close()
    yield asks.log + answers.log


sockets = pairs()
talks = [(duplex if SITUATION == "threads" else talk)(number, client, server) for number, (client, server) in enumerate(sockets)]
if SITUATION == "older":
    for each in talks:
        next(each)
    print("stand", flush=True)
    sys.stdin.readline()
for each in talks:
    for line in next(each):
        print(line)
