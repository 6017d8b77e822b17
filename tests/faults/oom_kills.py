"""Has the kernel kill processes that want more memory than their control group may have (version 1 or 2), and prints how many it killed.
usage: oom_kills.py NAME TIMES; NAME becomes the name of each process."""
import os
import signal
import sys

NAME, TIMES = sys.argv[1], int(sys.argv[2])
LIMIT = 32 << 20


def group():
    """A group of its own below this process's, and the file of its limit."""
    own = [line.rstrip("\n").split(":", 2) for line in open("/proc/self/cgroup")]
    mounts = [line.split() for line in open("/proc/mounts")]
    for _, controllers, path in own:
        if "memory" in controllers.split(","):
            root = next(mount[1] for mount in mounts if mount[2] == "cgroup" and "memory" in mount[3].split(","))
            return make(root, path), "memory.limit_in_bytes"
    root = next(mount[1] for mount in mounts if mount[2] == "cgroup2")
    if "memory" not in open(f"{root}/cgroup.subtree_control").read():
        open(f"{root}/cgroup.subtree_control", "w").write("+memory")
    return make(root, ""), "memory.max"


def make(root, path):
    # In a container the path may be that of the host.
    parent = root + path if os.path.isdir(root + path) else root
    folder = f"{parent}/sonde-oom-{os.getpid()}"
    os.mkdir(folder)
    return folder


def grow():
    open(f"{folder}/cgroup.procs", "w").write("0")
    open("/proc/self/comm", "w").write(NAME)
    open("/proc/self/oom_score_adj", "w").write("1000")
    hoard = []
    while len(hoard) < 64:
        hoard.append(bytearray(b"x") * (1 << 20))
    os._exit(0)


folder, limit = group()
killed = 0
try:
    open(f"{folder}/{limit}", "w").write(str(LIMIT))
    for _ in range(TIMES):
        child = os.fork()
        if child == 0:
            grow()
        killed += os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
finally:
    os.rmdir(folder)
print(killed)
