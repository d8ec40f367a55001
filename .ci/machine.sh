# What .ci/run needs of the machine: programs from apt where they are missing, a PostgreSQL and a Redis of its own.
# shellcheck shell=bash

PATH=$PATH:/usr/sbin:/sbin # runuser and useradd, which not everybody's PATH has

has() { command -v "$1" >/dev/null 2>&1; }

as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi; }

install_programs() {
  local wanted=()
  has chromium || has chromium-browser || has google-chrome || wanted+=(chromium)
  has soffice || wanted+=(libreoffice-calc)
  has ssconvert || wanted+=(gnumeric)
  has xgettext || wanted+=(gettext)
  has redis-server || wanted+=(redis-server)
  postgresql_answers || [ -n "$(postgresql_programs)" ] || wanted+=(postgresql)
  if [ ${#wanted[@]} -eq 0 ]; then return; fi
  if ! has apt-get; then
    echo "These are missing and there is no apt-get to install them: ${wanted[*]}" >&2
    exit 1
  fi
  echo "Installing ${wanted[*]} ..."
  as_root apt-get -qq update
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${wanted[@]}" >/dev/null
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

postgresql_programs() { # the folder with initdb, or nothing
  local program
  for program in "$(command -v initdb || true)" /usr/lib/postgresql/*/bin/initdb; do
    if [ -x "$program" ]; then dirname "$(readlink -f "$program")"; return; fi
  done
}

postgresql_answers() { # can this user make databases on the local server?
  has psql && [ "$(psql -h 127.0.0.1 -d postgres -Atqc \
    "select rolcreatedb or rolsuper from pg_roles where rolname = current_user" 2>/dev/null)" = t ]
}

start_services() {
  services=$(mktemp -d)
  ci_database=advocate_ci_$$
  start_redis
  # One of its own where that can be: without fsync the tests that empty all tables end in half the time.
  if [ -n "$(postgresql_programs)" ]; then
    start_postgresql
  else
    CI_DATABASE_URL=postgres://$(id -un)@127.0.0.1/$ci_database
    psql -h 127.0.0.1 -d postgres -qc "create database $ci_database"
  fi
  echo "PostgreSQL: $CI_DATABASE_URL   Redis: $CI_REDIS_URL"
}

start_redis() {
  local port
  port=$(free_port)
  redis-server --port "$port" --bind 127.0.0.1 --save "" --appendonly no --dir "$services" >"$services/redis.log" 2>&1 &
  redis_pid=$!
  CI_REDIS_URL=redis://127.0.0.1:$port/0
}

start_postgresql() {
  local port folder run=()
  port=$(free_port)
  folder=$(postgresql_programs)
  if [ "$(id -u)" -eq 0 ]; then # PostgreSQL refuses to run as root
    id postgres >/dev/null 2>&1 || useradd --system postgres
    chown postgres "$services"
    run=(runuser -u postgres --)
  fi
  "${run[@]}" "$folder/initdb" -D "$services/pg" -U ci -A trust -E UTF8 --locale=C.UTF-8 >"$services/initdb.log"
  "${run[@]}" "$folder/pg_ctl" -D "$services/pg" -w -l "$services/pg.log" \
    -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off -c synchronous_commit=off \
      -c full_page_writes=off" start >/dev/null
  pg_stop=("${run[@]}" "$folder/pg_ctl" -D "$services/pg" -m immediate stop)
  "$folder/psql" -h 127.0.0.1 -p "$port" -U ci -d postgres -qc "create database $ci_database"
  CI_DATABASE_URL=postgres://ci@127.0.0.1:$port/$ci_database
}

stop_services() {
  [ -z "${redis_pid:-}" ] || kill "$redis_pid" 2>/dev/null || true
  if [ -n "${pg_stop:-}" ]; then
    "${pg_stop[@]}" >/dev/null 2>&1 || true
  else
    drop_databases
  fi
  rm -rf "$services"
}

drop_databases() { # ours, the test databases that pytest made of it, and nobody else's
  psql -h 127.0.0.1 -d postgres -Atqc "select format('drop database %I with (force);', datname) from pg_database
    where datname = '$ci_database' or datname like 'test\_$ci_database%'" |
    psql -h 127.0.0.1 -d postgres -q || true
}
