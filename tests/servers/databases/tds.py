#!/usr/bin/env python3
"""tds.py PORT FOLDER: answers Microsoft's clients as SQL Server would ([MS-TDS] 7.4), without a database behind.

It keeps no data: a SELECT has two rows, WAITFOR waits 60 ms, a table named missing is error 208, everything else changes
one row. Without encryption, or with that of the login alone never asked for. FOLDER/log says what it executes: the error's
number or -, the statement."""
import socketserver
import struct
import sys
import time

COLLATION = bytes([0x09, 0x04, 0xD0, 0x00, 0x34])
DONE_MORE, DONE_ERROR, DONE_COUNT = 1, 2, 16
SELECT, UPDATE = 0xC1, 0xC5


def text(value):
    return bytes([len(value)]) + value.encode("utf-16-le")


def done(token, status=0, command=0, rows=0):
    return struct.pack("<BHHQ", token, status, command, rows)


def change(kind, new, old):
    return token(0xE3, bytes([kind]) + new + old)


def token(kind, body):
    return struct.pack("<BH", kind, len(body)) + body


def error(number, message):
    return token(0xAA, struct.pack("<iBBH", number, 1, 16, len(message)) + message.encode("utf-16-le") + text("tests") + text("") + struct.pack("<i", 1))


def rows():
    column = struct.pack("<IHBH", 0, 9, 0xE7, 80) + COLLATION + text("name")
    values = b"".join(b"\xd1" + struct.pack("<H", 14) + "planted".encode("utf-16-le") for _ in range(2))
    return struct.pack("<BH", 0x81, 1) + column + values


class Handler(socketserver.StreamRequestHandler):
    transaction = 0

    def setup(self):
        super().setup()
        self.handles = {}

    def handle_message(self, kind, body):
        if kind == 0x12:
            self.prelogin()
        elif kind == 0x10:
            self.reply(change(1, text("shop"), text("master")) + change(7, b"\x05" + COLLATION, b"\0")
                       + token(0xAD, b"\x01\x74\x00\x00\x04" + text("Microsoft SQL Server") + b"\x10\x00\x03\xe8")
                       + change(4, text("4096"), text("4096")) + done(0xFD))
        elif kind == 0x01:
            self.batch(self.after_headers(body).decode("utf-16-le"))
        elif kind == 0x03:
            self.call(self.after_headers(body))
        elif kind == 0x0E:
            self.transact(struct.unpack_from("<H", self.after_headers(body))[0])
        else:
            raise ValueError(f"message {kind:#x}")

    def handle(self):
        while message := self.read():
            self.handle_message(*message)

    def read(self):
        body = b""
        while len(header := self.rfile.read(8)) == 8:
            kind, status, length = struct.unpack(">BBH4x", header)
            body += self.rfile.read(length - 8)
            if status & 1:
                return kind, body
        return None

    def reply(self, body):
        for at in range(0, len(body), 4088):
            part = body[at:at + 4088]
            self.wfile.write(struct.pack(">BBHHBB", 4, int(at + 4088 >= len(body)), len(part) + 8, 52, 1 + at // 4088 & 255, 0) + part)

    def prelogin(self):
        options, data, offset = b"", b"", 5 * 4 + 1
        for kind, value in ((0, b"\x10\x00\x03\xe8\x00\x00"), (1, b"\x02"), (2, b"\x00"), (4, b"\x00")):
            options += struct.pack(">BHH", kind, offset + len(data), len(value))
            data += value
        self.reply(options + b"\xff" + data)

    @staticmethod
    def after_headers(body):
        return body[struct.unpack_from("<I", body)[0]:]

    def execute(self, statement, token_done, more=0):
        """The tokens of a statement's results, each statement's apart."""
        self.log(statement)
        out = b""
        statements = [s.strip() for s in statement.split(";") if s.strip()]
        for i, one in enumerate(statements):
            flags = more | (DONE_MORE if i + 1 < len(statements) else 0)
            if "missing" in one:
                return out + error(208, "Invalid object name 'missing'.") + done(token_done, more | DONE_ERROR, SELECT)
            if one.startswith("WAITFOR"):
                time.sleep(0.06)
                out += done(token_done, flags)
            elif one.startswith("SELECT"):
                out += rows() + done(token_done, flags | DONE_COUNT, SELECT, 2)
            else:
                out += done(token_done, flags | DONE_COUNT, UPDATE, 1)
        return out

    def batch(self, statement):
        self.reply(self.execute(statement, 0xFD))

    def call(self, body):
        length, = struct.unpack_from("<H", body)
        if length != 0xFFFF:
            self.log("EXECUTE " + body[2:2 + 2 * length].decode("utf-16-le"))
            self.reply(struct.pack("<Bi", 0x79, 0) + done(0xFE))
            return
        number, = struct.unpack_from("<H", body, 2)
        values = self.parameters(body[6:])
        returned = b""
        if number == 10:
            statement = values[0]
        elif number == 13:
            statement = values[2]
            Handler.handle_count = getattr(Handler, "handle_count", 0) + 1
            self.handles[Handler.handle_count] = statement
            returned = struct.pack("<BHBBIHBBBi", 0xAC, 0, 0, 1, 0, 0, 0x26, 4, 4, Handler.handle_count)
        elif number == 12:
            statement = self.handles[values[0]]
        else:
            self.reply(struct.pack("<Bi", 0x79, 0) + done(0xFE))
            return
        self.reply(self.execute(statement, 0xFF, DONE_MORE) + struct.pack("<Bi", 0x79, 0) + returned + done(0xFE))

    @staticmethod
    def parameters(body):
        values, at = [], 0
        while at < len(body):
            at += 1 + 2 * body[at] + 1
            kind = body[at]
            if kind == 0x26:
                size = body[at + 2]
                values.append(int.from_bytes(body[at + 3:at + 3 + size], "little") if size else None)
                at += 3 + size
            elif kind == 0xE7:
                most, = struct.unpack_from("<H", body, at + 1)
                at += 8
                if most == 0xFFFF:
                    at += 8
                    value = b""
                    while size := struct.unpack_from("<I", body, at)[0]:
                        value += body[at + 4:at + 4 + size]
                        at += 4 + size
                    at += 4
                    values.append(value.decode("utf-16-le"))
                else:
                    size, = struct.unpack_from("<H", body, at)
                    at += 2
                    values.append(None if size == 0xFFFF else body[at:at + size].decode("utf-16-le"))
                    at += 0 if size == 0xFFFF else size
            else:
                raise ValueError(f"parameter type {kind:#x}")
        return values

    def transact(self, request):
        none, number = b"\0", b"\x08" + struct.pack("<Q", 7)
        if request == 5:
            self.log("BEGIN TRANSACTION")
            self.reply(change(8, number, none) + done(0xFD))
        else:
            self.log("COMMIT TRANSACTION" if request == 7 else "ROLLBACK TRANSACTION")
            self.reply(change(9 if request == 7 else 10, none, number) + done(0xFD))

    @staticmethod
    def log(statement):
        with open(f"{sys.argv[2]}/log", "a", encoding="utf-8") as f:
            f.write(f"{'208' if 'missing' in statement else '-'} {' '.join(statement.split())}\n")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


with Server(("127.0.0.1", int(sys.argv[1])), Handler) as server:
    server.serve_forever()
