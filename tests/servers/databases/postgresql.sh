#!/bin/bash
# postgresql.sh PORT FOLDER: a PostgreSQL of its own in the foreground, with a user and a database `shop`.
# FOLDER/log.json says what it executes.
set -euo pipefail

port=$1 folder=$2
bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
as=(setpriv --pdeathsig INT --reuid postgres --regid postgres --clear-groups --)

chown postgres "$folder"
"${as[@]}" "$bin/initdb" -D "$folder/data" -U shop -A trust -E UTF8 --locale=C --no-sync >"$folder/initdb.log"
"${as[@]}" "$bin/postgres" --single -D "$folder/data" postgres >>"$folder/initdb.log" <<<'CREATE DATABASE shop;'
exec "${as[@]}" "$bin/postgres" -D "$folder/data" -p "$port" -k "$folder" -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=200 \
    -c log_statement="${3:-all}" -c logging_collector=on -c log_destination=jsonlog -c log_directory="$folder" -c log_filename=log.log -c log_rotation_age=0
