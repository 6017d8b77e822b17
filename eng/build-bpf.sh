#!/bin/bash
# Compiles every bpf/tracer/*.bpf.c for both architectures, to artifacts/bpf/{x64,arm64}/*.bpf.o.
set -euo pipefail
cd "$(dirname "$0")/.."

flags=(-O2 -g -target bpf -mcpu=v3 -Wall -Werror -Ibpf/include)
# <linux/bpf.h> includes <asm/types.h>, which Debian keeps apart for each architecture; it is the same for all of them.
flags+=(-idirafter "/usr/include/$(uname -m)-linux-gnu")

shopt -s nullglob
for pair in x64:x86 arm64:arm64; do
    folder=artifacts/bpf/${pair%:*}
    mkdir -p "$folder"
    for source in bpf/tracer/*.bpf.c; do
        object=$folder/$(basename "$source" .c).o
        clang "${flags[@]}" "-D__TARGET_ARCH_${pair#*:}" -c "$source" -o "$object"
        # Without DWARF; BTF stays.
        llvm-strip -g "$object"
    done
done
touch artifacts/bpf/built
