#!/bin/bash
# One database and one role per node, so that no node can read another's. Passwords come from the secret, one `node password` a line.
set -euo pipefail
while read -r name password; do
    psql --username "$POSTGRES_USER" --set ON_ERROR_STOP=1 --set name="$name" --set password="$password" <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
SQL
done </run/secrets/node_passwords
