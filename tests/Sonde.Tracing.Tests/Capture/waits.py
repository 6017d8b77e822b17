"""A server with a thread for each connection, whose requests wait in a known way, and a client that calls it.

GET PREFIX/KIND waits; the GET PREFIX/truth/KIND/N behind it says for how many microseconds, measured by the server itself: by its
clocks, and by what /proc/thread-self/schedstat shows of its time on a processor and in the run queue; for `loss`, whose request's
segment is dropped once on its way, the client says so. Kinds: sleep, lock, network, poll, disk, cpu, run_queue, upload, loss.
Prints the server's port, and ends with status 0.
"""
import mmap
import os
import select
import socket
import subprocess
import sys
import threading
import time

SITUATION, FOLDER, PREFIX = sys.argv[1:4]
PAUSE = 0.1


def lose_a_segment(port):
    """The second one with data that goes to the port, in a network namespace of its own."""
    rule = "-A INPUT -p tcp --dport %d -m length --length 90: -m statistic --mode nth --every 100000 --packet 1 -j DROP" % port
    subprocess.run(["iptables", "-w", *rule.split()], check=True)


def thread_times():
    """Nanoseconds on a processor and in the run queue."""
    with open("/proc/thread-self/schedstat") as file:
        cpu, queue, _ = file.read().split()
    return int(cpu), int(queue)


def sleep():
    time.sleep(PAUSE)
    return PAUSE


def lock():
    held, taken, released = threading.Lock(), threading.Event(), []

    def hold():
        with held:
            taken.set()
            time.sleep(PAUSE)
            released.append(time.monotonic())

    threading.Thread(target=hold).start()
    taken.wait()
    begin = time.monotonic()
    with held:
        return released[0] - begin


def listener():
    made = socket.socket()
    made.bind(("127.0.0.1", 0))
    made.listen()
    return made


def call(wait):
    """Asks a peer that speaks no protocol that anybody knows, and takes its time."""
    peer = listener()

    def answer():
        asked = peer.accept()[0]
        asked.recv(10)
        time.sleep(PAUSE)
        asked.send(b"\x01\x02\x03")

    threading.Thread(target=answer).start()
    with socket.create_connection(peer.getsockname()) as asking:
        asking.send(b"\x03\x02\x01")
        begin = time.monotonic()
        wait(asking)
        asking.recv(10)
        return time.monotonic() - begin


def network():
    return call(lambda asking: None)


def poll():
    return call(lambda asking: select.select([asking], [], [], 10))


def disk():
    block = mmap.mmap(-1, 65536)
    file = os.open(os.path.join(FOLDER, "disk"), os.O_CREAT | os.O_WRONLY | os.O_DIRECT | os.O_DSYNC, 0o600)
    begin, (cpu, queue) = time.monotonic(), thread_times()
    while time.monotonic() < begin + PAUSE:
        os.write(file, block)
    now, (cpu_now, queue_now) = time.monotonic(), thread_times()
    os.close(file)
    return now - begin - (cpu_now - cpu + queue_now - queue) / 1e9


def spin(seconds):
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def cpu():
    begin = thread_times()[0]
    spin(PAUSE)
    return (thread_times()[0] - begin) / 1e9


def run_queue():
    processor = min(os.sched_getaffinity(0))
    others = [
        subprocess.Popen(["taskset", "-c", str(processor), sys.executable, "-c", "while True: pass"]) for _ in range(2)
    ]
    time.sleep(PAUSE)
    all_of_them = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {processor})
    begin = thread_times()[1]
    spin(PAUSE / 2)
    waited = (thread_times()[1] - begin) / 1e9
    os.sched_setaffinity(0, all_of_them)
    for other in others:
        other.kill()
        other.wait()
    return waited


def loss():
    return 0


def serve(connection):
    data, truth = b"", "0"
    while True:
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more:
                return
            data += more
        head, _, data = data.partition(b"\r\n\r\n")
        path = head.split(b" ")[1].decode()[len(PREFIX) + 1:]
        if path == "upload":
            begin = time.monotonic()
            data += connection.recv(65536)
            truth, data = str(int((time.monotonic() - begin) * 1e6)), b""
        elif not path.startswith("truth"):
            truth = str(int(globals()[path]() * 1e6))
        body = truth.encode()
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


def accept(server):
    while True:
        connection = server.accept()[0]
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=serve, args=(connection,), daemon=True).start()


def get(client, path, body=b""):
    begin = time.monotonic()
    client.sendall(b"GET %s/%s HTTP/1.1\r\nHost: waits\r\nContent-Length: %d\r\n\r\n" % (PREFIX.encode(), path.encode(), len(body)))
    if body:
        time.sleep(PAUSE)
        client.sendall(body)
    answer = client.recv(65536).rpartition(b"\r\n")[2].decode()
    return str(int((time.monotonic() - begin) * 1e6)) if path == "loss" else answer


if SITUATION == "loss":
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    if "SONDE_OWN_NETWORK" not in os.environ:
        os.environ["SONDE_OWN_NETWORK"] = "1"
        os.execvp("unshare", ["unshare", "--net", sys.executable, *sys.argv])
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
server = listener()
if SITUATION == "loss":
    lose_a_segment(server.getsockname()[1])
print(server.getsockname()[1], flush=True)
threading.Thread(target=accept, args=(server,), daemon=True).start()
with socket.create_connection(server.getsockname()) as client:
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    get(client, "truth/none/0")
    truth = get(client, SITUATION, b"body" if SITUATION == "upload" else b"")
    get(client, f"truth/{SITUATION}/{truth}")
