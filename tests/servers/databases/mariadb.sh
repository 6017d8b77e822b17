#!/bin/bash
# mariadb.sh PORT FOLDER: a MariaDB of its own in the foreground, with a user `shop`, its password `planted`, and a database `shop`.
# FOLDER/log says what it executes.
set -euo pipefail

port=$1 folder=$2
PATH=$PATH:/usr/sbin
chown mysql "$folder"
cat >"$folder/init.sql" <<'SQL'
CREATE DATABASE IF NOT EXISTS shop;
CREATE USER IF NOT EXISTS shop@'%' IDENTIFIED BY 'planted';
GRANT ALL ON *.* TO shop@'%';
SQL
mariadb-install-db --no-defaults --user=mysql --datadir="$folder/data" --skip-test-db --auth-root-authentication-method=normal >"$folder/install.log" 2>&1
exec setpriv --pdeathsig TERM --reuid mysql --regid mysql --clear-groups -- mariadbd --no-defaults --datadir="$folder/data" --port="$port" \
    --socket="$folder/mariadb.sock" --pid-file="$folder/pid" --bind-address=127.0.0.1 --init-file="$folder/init.sql" --skip-name-resolve \
    --innodb-flush-log-at-trx-commit=0 --general-log --general-log-file="$folder/log"
