#!/bin/bash
# install-packages PACKAGE…: installs Debian packages without starting the services that they bring.
set -euo pipefail

policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
fi

export DEBIAN_FRONTEND=noninteractive
apt-get install -qy --no-install-recommends "$@" || {
    apt-get update -q
    apt-get install -qy --no-install-recommends "$@"
}
