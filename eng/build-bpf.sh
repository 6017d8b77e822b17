#!/bin/bash
# Compiles bpf/tracer/**/*.bpf.c for both architectures and links them to one object each: artifacts/bpf/{x64,arm64}/tracer.bpf.o.
set -euo pipefail
cd "$(dirname "$0")/.."
shopt -s globstar nullglob

flags=(-O2 -g -target bpf -mcpu=v3 -Wall -Werror -Ibpf/include -Ibpf/tracer)
# <linux/bpf.h> includes <asm/types.h>, which Debian keeps apart for each architecture; it is the same for all of them.
flags+=(-idirafter "/usr/include/$(uname -m)-linux-gnu")

for pair in x64:x86 arm64:arm64; do
    folder=artifacts/bpf/${pair%:*}
    rm -rf "$folder"
    mkdir -p "$folder/parts"
    for source in bpf/tracer/**/*.bpf.c; do
        clang "${flags[@]}" "-D__TARGET_ARCH_${pair#*:}" -c "$source" -o "$folder/parts/$(basename "$source" .c).o"
    done
    parts=("$folder"/parts/*.o)
    # Linking drops DWARF and keeps BTF.
    ((${#parts[@]} == 0)) || bpftool gen object "$folder/tracer.bpf.o" "${parts[@]}"
done
touch artifacts/bpf/built
