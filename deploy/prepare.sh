#!/usr/bin/env bash
# Prepares var/compose for docker compose: passwords, the training federation's trust, a home per node. Run once; never overwrites.
# The nodes' databases are made at the first start, so homes are initialised inside the containers' network: see docs/administration.md.
set -euo pipefail
cd "$(dirname "$0")/.."
secrets=var/compose/secrets
nodes=(ncp.br ncp.jm ncp.us rilo.sa rilo.car wco.hub)
[ -e "$secrets" ] && { echo "$secrets is there already; nothing was changed."; exit 0; }
umask 077
mkdir -p "$secrets"
word() { head -c 24 /dev/urandom | base64 | tr '+/' '-_'; }
word >"$secrets/postgres_password"
word >"$secrets/grafana_password"
for node in "${nodes[@]}"; do
    role=${node//./_}
    password=$(word)
    echo "$role $password" >>"$secrets/node_passwords"
    echo "postgres:5432:$role:$role:$password" >>"$secrets/pgpass"
    mkdir -p "var/compose/$node"
done
echo "Passwords are in $secrets. Next: docker compose up --detach --wait kafka postgres, then initialise each node as docs/administration.md shows."
