"""The gRPC shop with grpcio (the C core). Arguments: server PORT | client PORT CALLS | crowd PORT CALLS AT-ONCE

Messages are raw bytes; what a request says decides how it is answered: a name of a status, `slow MS`, anything else.
The client writes a line for each call: kind, status, milliseconds.
"""
import sys
import threading
import time
from concurrent import futures

import grpc

SERVICE = "sonde.test.Shop"


def answer(request, context):
    words = request.decode().split()
    if words[0] == "slow":
        time.sleep(int(words[1]) / 1000)
    elif hasattr(grpc.StatusCode, words[0]):
        context.abort(getattr(grpc.StatusCode, words[0]), f"asked for {words[0]}")
    return b"receipt for " + request


def buy(request, context):
    return answer(request, context)


def watch(request, context):
    for _ in range(3):
        yield answer(request, context)


def fill(requests, context):
    return answer(list(requests)[-1], context)


def chat(requests, context):
    for request in requests:
        yield answer(request, context)


def serve(port):
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=32))
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, {
        "Buy": grpc.unary_unary_rpc_method_handler(buy),
        "Watch": grpc.unary_stream_rpc_method_handler(watch),
        "Fill": grpc.stream_unary_rpc_method_handler(fill),
        "Chat": grpc.stream_stream_rpc_method_handler(chat),
    }),))
    server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    server.wait_for_termination()


class Client:
    def __init__(self, port):
        self.channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        path = f"/{SERVICE}/"
        self.calls = {
            "Buy": self.channel.unary_unary(path + "Buy"),
            "Watch": self.channel.unary_stream(path + "Watch"),
            "Fill": self.channel.stream_unary(path + "Fill"),
            "Chat": self.channel.stream_stream(path + "Chat"),
            "Nothing": self.channel.unary_unary(path + "Nothing"),
        }

    def call(self, kind, message, timeout=None, cancel_after=None):
        begin, code = time.perf_counter(), "OK"
        try:
            argument = iter([message, message]) if kind in ("Fill", "Chat") else message
            if cancel_after is not None:
                call = self.calls[kind](argument, timeout=timeout) if kind in ("Watch", "Chat") else self.calls[kind].future(argument, timeout=timeout)
                threading.Timer(cancel_after, call.cancel).start()
                list(call) if kind in ("Watch", "Chat") else call.result()
            elif kind in ("Watch", "Chat"):
                list(self.calls[kind](argument, timeout=timeout))
            else:
                self.calls[kind](argument, timeout=timeout)
        except grpc.RpcError as error:
            code = error.code().name
        except grpc.FutureCancelledError:
            code = "CANCELLED"
        print(kind, code, f"{(time.perf_counter() - begin) * 1000:.3f}", flush=True)


def mix(client):
    for kind in ("Buy", "Watch", "Fill", "Chat"):
        client.call(kind, b"tea")
        client.call(kind, b"slow 60")
    for code in ("NOT_FOUND", "INTERNAL", "INVALID_ARGUMENT", "UNAVAILABLE"):
        client.call("Buy", code.encode())
    client.call("Watch", b"NOT_FOUND")
    client.call("Nothing", b"tea")
    client.call("Buy", b"slow 400", timeout=0.1)
    client.call("Watch", b"slow 400", cancel_after=0.1)


def main():
    role, port = sys.argv[1], int(sys.argv[2])
    if role == "server":
        serve(port)
    elif role == "client":
        client = Client(port)
        for _ in range(int(sys.argv[3])):
            mix(client)
    elif role == "wait":
        # Calls whenever a line comes.
        client = Client(port)
        for line in sys.stdin:
            client.call("Buy", line.strip().encode())
    else:
        client = Client(port)
        with futures.ThreadPoolExecutor(int(sys.argv[4])) as pool:
            for _ in range(int(sys.argv[3])):
                pool.submit(client.call, "Buy", b"slow 5")


if __name__ == "__main__":
    main()
