# The bench's own programs, compiled when they are older than their sources. Sourced by bench/tracer and bench/guests.
# shellcheck shell=bash

compile_tools() {
    local tool source
    mkdir -p "$tools"
    for tool in load sink clock; do
        source=$bench/$tool/$tool.c
        [[ -e $tools/$tool && ! $source -nt $tools/$tool ]] && continue
        command -v cc >/dev/null || die "a C compiler is missing: apt-get install gcc libc6-dev"
        cc -O2 -Wall -Wextra -o "$tools/$tool" "$source" || die "$source does not compile"
    done
}
