"""Has connections refused since an accept queue is full, and prints "overflows", the kernel's count of them and the probe's."""
import re
import socket
import time

PORT = 7777


def counted():
    with open("/proc/net/netstat") as file:
        names, values = [line.split() for line in file if line.startswith("TcpExt:")]
    return int(values[names.index("ListenOverflows")])


def told():
    # The guest's Python has no HTTP.
    with socket.create_connection(("127.0.0.1", 9464)) as prometheus, prometheus.makefile() as page:
        prometheus.sendall(b"GET /metrics HTTP/1.1\r\n\r\n")
        found = re.search(rf'^tcp_listen_overflows_total{{[^}}]*server_port="{PORT}"[^}}]*}} (\d+)', page.read(), re.M)
    return int(found[1]) if found else 0


listener = socket.create_server(("127.0.0.1", PORT), backlog=1)
before = counted()
clients = []
# A SYN that is thrown away is sent again after a second.
while counted() - before < 20:
    clients.append(socket.socket())
    clients[-1].setblocking(False)
    clients[-1].connect_ex(listener.getsockname())
    time.sleep(0.1)
for client in clients:
    client.close()
print("overflows", counted() - before, told())
