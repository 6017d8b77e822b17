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
    # Definitions of maps before their uses: libbpf 1.1's linker loses references to maps that it has not met yet.
    parts=("$folder/parts/maps.bpf.o")
    for part in "$folder"/parts/*.o; do
        [[ $part == "${parts[0]}" ]] || parts+=("$part")
    done
    # Linking drops DWARF and keeps BTF.
    bpftool gen object "$folder/tracer.bpf.o" "${parts[@]}"
done
touch artifacts/bpf/built
