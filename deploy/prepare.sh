#!/usr/bin/env bash
# Prepares var/compose for docker compose: passwords, a home per node, folders for the ceremony; and .env, which says who owns them.
# Run it once, as the one who runs the containers; it never overwrites. The next steps are in docs/administration.md, "In containers".
set -euo pipefail
cd "$(dirname "$0")/.."
secrets=var/compose/secrets
nodes=(ncp.br ncp.jm ncp.us rilo.sa rilo.car wco.hub)
[ -e "$secrets" ] && { echo "$secrets is there already; nothing was changed."; exit 0; }
umask 077
mkdir -p "$secrets" var/compose/trust var/compose/trust-keys var/compose/cards
word() { head -c 24 /dev/urandom | base64 | tr '+/' '-_'; }
word >"$secrets/postgres_password"
word >"$secrets/grafana_password"
for node in "${nodes[@]}"; do
    role=${node//./_}
    password=$(word)
    echo "$role $password" >>"$secrets/node_passwords"
    echo "postgres:5432:$role:$role:$password" >>"$secrets/pgpass" # 0600 and ours, or libpq ignores it
    mkdir -p "var/compose/$node"
done
# PostgreSQL and Grafana read theirs as users of their own; the folder above stays closed.
chmod 644 "$secrets/postgres_password" "$secrets/grafana_password" "$secrets/node_passwords"
printf 'LIAISON_UID=%s\nLIAISON_GID=%s\n' "$(id -u)" "$(id -g)" >.env
echo 'Passwords are in var/compose/secrets. Next: the steps of docs/administration.md, "In containers".'
