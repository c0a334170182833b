#!/bin/sh
# Makes the roles of docker-compose.yml when the database is new: one owns the schema and migrates it, one has the
# rights of the service (`flashsale migrate --grant` gives them), one reads what exporters show.
set -eu

psql -v ON_ERROR_STOP=1 -v owner="$OWNER_PASSWORD" -v service="$SERVICE_PASSWORD" -v watcher="$WATCHER_PASSWORD" \
    --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
create role flashsale_owner login password :'owner';
create role flashsale login password :'service';
create role flashsale_watcher login password :'watcher' in role pg_monitor;
select format('alter database %I owner to flashsale_owner', current_database()) \gexec
SQL
