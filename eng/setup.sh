# What ./sonde and ./test share: install what is missing, build what is stale. Sourced by both.
# Speaks on standard error only, one line a step, and not at all when there is nothing to do.
# shellcheck shell=bash disable=SC2034

set -euo pipefail

root=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
case $(uname -m) in
    aarch64) rid=linux-arm64 ;;
    *) rid=linux-x64 ;;
esac
readonly root rid
readonly logs=$root/artifacts/logs
readonly agent=$root/artifacts/publish/Sonde.Agent/release_$rid/sonde
export PATH="$PATH:/usr/sbin:/sbin"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
# Without these the SDK asks for libicu, which nothing here needs; the second lets it name other cultures all the same.
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 DOTNET_SYSTEM_GLOBALIZATION_PREDEFINED_CULTURES_ONLY=false

# What proves that a package is there (a command, or a file), and the Debian package that brings it.
readonly build_needs=(
    clang:clang
    bpftool:bpftool
    ld:binutils
    /usr/include/asm-generic/types.h:linux-libc-dev
    /usr/include/bpf/libbpf.h:libbpf-dev
    /usr/include/libelf.h:libelf-dev
    /usr/include/zlib.h:zlib1g-dev
)
readonly test_needs=(
    nginx:nginx-light
    apache2:apache2-bin
    wrk:wrk
    curl:curl
    go:golang-go
    javac:openjdk-17-jdk-headless
    node:nodejs
    python3:python3
    npm:npm
    psql:postgresql
    mariadbd:mariadb-server
    /usr/share/java/postgresql.jar:libpostgresql-jdbc-java
    /usr/lib/python3/dist-packages/psycopg2/__init__.py:python3-psycopg2
    /usr/lib/python3/dist-packages/pymysql/__init__.py:python3-pymysql
    redis-server:redis-server
    /usr/share/nodejs/redis:node-redis
    /usr/lib/python3/dist-packages/redis:python3-redis
    dnsmasq:dnsmasq-base
    dig:bind9-dnsutils
    openssl:openssl
    bpftrace:bpftrace
    promtool:prometheus
    ip:iproute2
    iptables:iptables
    bpftrace:bpftrace
)

die() {
    echo "${0##*/}: $*" >&2
    exit 1
}

# step LABEL COMMAND…: runs the command, says how long it took, and shows the end of what it wrote when it fails.
step() {
    local label=$1 log begin=${EPOCHREALTIME/./} status=0
    shift
    mkdir -p "$logs"
    log=$logs/${label//[^[:alnum:]]/-}.log
    "$@" >"$log" 2>&1 </dev/null || status=$?
    printf '%-40s %6.1f s\n' "$label" "$(( (${EPOCHREALTIME/./} - begin) / 100000 ))e-1" >&2
    if ((status != 0)); then
        tail -n 20 "$log" >&2
        die "'$label' failed; all of its output is in $log"
    fi
}

# need NAME:PACKAGE…: installs the packages whose names are not to be found, or says in one line which they are.
need() {
    local entry proof missing=()
    for entry; do
        proof=${entry%:*}
        [[ $proof == /* && -e $proof ]] || command -v "$proof" >/dev/null || missing+=("${entry#*:}")
    done
    ((${#missing[@]} == 0)) && return

    command -v apt-get >/dev/null || die "install what these Debian packages hold, then try again: ${missing[*]}"
    local as_root=()
    if ((EUID != 0)); then
        sudo -n true 2>/dev/null || die "not root, and no sudo without a password; run: apt-get install ${missing[*]}"
        as_root=(sudo)
    fi
    step "Install ${missing[*]}" "${as_root[@]}" eng/install-packages.sh "${missing[@]}"
}

# Checks for the SDK that global.json pins.
need_dotnet() {
    local version
    version=$(sed -n 's/.*"version": *"\([^"]*\)".*/\1/p' global.json)
    command -v dotnet >/dev/null || PATH="$PATH:$HOME/.dotnet"
    command -v dotnet >/dev/null || die ".NET SDK $version is missing: https://dot.net/download"
    dotnet --version >/dev/null 2>&1 || die ".NET SDK $version is missing, there is only: $(cd / && dotnet --list-sdks | cut -d' ' -f1 | xargs)"
    # For executables that are not published: they look for the runtime in its usual places only.
    DOTNET_ROOT=$(dirname "$(readlink -f "$(command -v dotnet)")")
    export DOTNET_ROOT
}

# newer_than FILE PLACE…: whether a place holds something newer than the file, or there is no such file.
newer_than() {
    local file=$1
    shift
    [[ ! -e $file || -n $(find "$@" -newer "$file" -print -quit 2>/dev/null) ]]
}

build_bpf() {
    if newer_than artifacts/bpf/built bpf eng/build-bpf.sh; then
        step "Compile the BPF objects" eng/build-bpf.sh
    fi
}

publish_agent() {
    if newer_than "$agent" src bpf global.json Directory.*.props; then
        # Restored for all runtimes: the lock files name them, and a restore for one alone is refused.
        step "Restore the agent" dotnet restore src/Sonde.Agent
        step "Publish the agent" dotnet publish src/Sonde.Agent --no-restore -c Release -r "$rid"
        touch "$agent"
    fi
}
