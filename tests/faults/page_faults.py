"""Touches pages that are not there yet, so many and no other, under a name of its own.
usage: python3 tests/faults/page_faults.py NAME PAGES"""
import ctypes
import mmap
import sys

NAME, PAGES = sys.argv[1].encode(), int(sys.argv[2])
PR_SET_NAME = 15
libc = ctypes.CDLL(None)
libc.memset.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]


def touch(pages, name):
    memory = mmap.mmap(-1, pages * mmap.PAGESIZE)
    memory.madvise(mmap.MADV_NOHUGEPAGE)
    address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    libc.prctl(PR_SET_NAME, name, 0, 0, 0)
    libc.memset(address, 1, pages * mmap.PAGESIZE)
    libc.prctl(PR_SET_NAME, b"python3", 0, 0, 0)


# First under another name: what else the same calls touch is there afterwards.
for name in (b"sonde-warm", b"sonde-warm", NAME):
    touch(PAGES, name)
