# What the scripts share: steps that say how long they took, and private servers that are gone when the script ends.
# Sourced, not run.

REPO="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$REPO/target}"
# rustup installs here, and a new shell may not know it yet.
PATH="$PATH:${CARGO_HOME:-${HOME:-}/.cargo}/bin"
SERVERS_DIR=""
TIMES=()
TEST_LOG=""

# need_rust: ends the script where there is no cargo.
need_rust() {
    command -v cargo >/dev/null 2>&1 && return 0
    echo "$0: Rust is missing: cargo is not on the PATH. Install Rust with rustup (rust-toolchain.toml names the version) and run this again." >&2
    exit 1
}

# step "what" command…: runs it, says what it does and how long it took; a failure ends the script.
step() {
    local what="$1" began=$SECONDS
    shift
    printf '\n== %s\n' "$what"
    if ! "$@"; then
        printf '!! %s failed after %d s\n' "$what" $((SECONDS - began)) >&2
        exit 1
    fi
    TIMES+=("$(printf '%5d s  %s' $((SECONDS - began)) "$what")")
}

# Runs cargo's tests, shows what they say, and notes how long each test program took.
tested() {
    TEST_LOG="$(mktemp /tmp/ocop-tests.XXXXXX)"
    "$@" 2>&1 | tee "$TEST_LOG"
}

# How long each test program took, the longest first: seconds, crate, file. Cargo names the crate only with its own unit tests, which come
# before its other test programs.
programs_taken() {
    awk '
        /^ +Running / {
            what = $2 == "unittests" ? $3 : $2
            if (what == "src/lib.rs") { crate = $NF; sub(/.*\//, "", crate); sub(/-[0-9a-f]+\)$/, "", crate) }
        }
        /^ +Doc-tests / { what = "doc-tests"; crate = $2 }
        /^test result: .* finished in / {
            took = $NF; sub(/s$/, "", took)
            if (took >= 1) printf "%5d s  %s %s\n", took + 0.5, crate, what
        }' "$1" | sort -rn
}

# Prints how long each step took, and each test program of a second or more, the longest first.
times_taken() {
    printf '\n== Time taken (%d s in all)\n' "$SECONDS"
    printf '%s\n' "${TIMES[@]}" | sort -rn
    if [ -n "$TEST_LOG" ]; then
        printf '\n== Test programs\n'
        programs_taken "$TEST_LOG"
        rm -f "$TEST_LOG"
    fi
}

# debian PACKAGE PROGRAM…: installs the package where one of the programs is missing.
debian() {
    local package="$1" program missing=0
    shift
    for program in "$@"; do
        command -v "$program" >/dev/null 2>&1 || [ -e "$program" ] || missing=1
    done
    [ "$missing" = 0 ] && return 0
    local sudo=""
    [ "$(id -u)" = 0 ] || sudo="sudo"
    if [ -z "${APT_FRESH:-}" ]; then
        $sudo apt-get update -qq
        APT_FRESH=1
    fi
    # Installing the PostgreSQL package must not start a server of its own.
    $sudo mkdir -p /etc/postgresql-common
    [ -e /etc/postgresql-common/createcluster.conf ] ||
        echo 'create_main_cluster = false' | $sudo tee /etc/postgresql-common/createcluster.conf >/dev/null
    printf '#!/bin/sh\nexit 101\n' | $sudo tee /usr/sbin/policy-rc.d >/dev/null
    $sudo chmod +x /usr/sbin/policy-rc.d
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "$package"
    $sudo rm -f /usr/sbin/policy-rc.d
}

# free_port: a TCP port of the loopback that nobody listens on now.
free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1]); s.close()' 2>/dev/null ||
        perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1")->sockport'
}

PG_BIN=""

# Starts a private PostgreSQL and a private Redis; sets TEST_POSTGRES_URL and TEST_REDIS_URL.
start_servers() {
    SERVERS_DIR="$(mktemp -d /tmp/ocop-servers.XXXXXX)"
    chmod 755 "$SERVERS_DIR"
    PG_BIN="$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)"
    local as=() port
    # PostgreSQL refuses to run as root.
    if [ "$(id -u)" = 0 ]; then
        mkdir "$SERVERS_DIR/pg"
        chown postgres "$SERVERS_DIR/pg"
        as=(runuser -u postgres --)
    fi
    port="$(free_port)"
    "${as[@]}" "$PG_BIN/initdb" -D "$SERVERS_DIR/pg/data" -U ocop --auth=trust --encoding=UTF8 --locale=C.UTF-8 >"$SERVERS_DIR/initdb.log"
    # The tests keep PostgreSQL's promises on: fsync and synchronous_commit stay as they are.
    "${as[@]}" "$PG_BIN/pg_ctl" -D "$SERVERS_DIR/pg/data" -w -l "$SERVERS_DIR/pg/log" \
        -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=400" start >/dev/null
    export TEST_POSTGRES_URL="postgres://ocop@127.0.0.1:$port/postgres"
    port="$(free_port)"
    redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no --daemonize yes \
        --dir "$SERVERS_DIR" --pidfile "$SERVERS_DIR/redis.pid" --logfile "$SERVERS_DIR/redis.log" >/dev/null
    export TEST_REDIS_URL="redis://127.0.0.1:$port"
}

# Stops what start_servers started, and nothing else.
stop_servers() {
    [ -n "$SERVERS_DIR" ] || return 0
    [ -s "$SERVERS_DIR/redis.pid" ] && kill "$(cat "$SERVERS_DIR/redis.pid")" 2>/dev/null
    local as=()
    [ "$(id -u)" = 0 ] && as=(runuser -u postgres --)
    "${as[@]}" "$PG_BIN/pg_ctl" -D "$SERVERS_DIR/pg/data" -m immediate stop >/dev/null 2>&1
    rm -rf "$SERVERS_DIR"
    SERVERS_DIR=""
}
