#!/usr/bin/env bash
# Does Superset read a published file? Not part of the tests: it installs
# Superset from the package index, some 700 MB, into a folder that is removed
# at the end. The server listens on this machine only; the file that is given
# is copied, never touched.
#
#   tests/clients/check_superset.sh PUBLISHED_FILE [DUCKDB_VERSION]
set -euo pipefail
published=$(realpath "$1")
duckdb=${2:-1.5.*}
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
server=""
clean() {
    [ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null || true
    rm -rf "$folder"
}
trap clean EXIT
cd "$folder"

python3 -m venv client
bin=$folder/client/bin
# Superset 6.1 needs rich and cachetools without saying so, and does not start
# with newer releases of flask-caching; wtforms-json before 0.3.5 refuses forms.
"$bin/pip" install --quiet --disable-pip-version-check \
    "apache-superset==6.1.*" rich cachetools "flask-caching<2.4" \
    "wtforms-json>=0.3.5" duckdb-engine "duckdb==$duckdb"

random() { "$bin/python" -c "import secrets; print(secrets.token_urlsafe(42))"; }
password=$(random)
port=$("$bin/python" -c "import socket; one = socket.socket(); \
one.bind(('127.0.0.1', 0)); print(one.getsockname()[1])")
cat > superset_config.py << END
SECRET_KEY = "$(random)"
SQLALCHEMY_DATABASE_URI = "sqlite:///$folder/superset.db"
END
export SUPERSET_CONFIG_PATH=$folder/superset_config.py
export SUPERSET_HOME=$folder HOME=$folder FLASK_APP=superset

run() { "$@" > log.txt 2>&1 || { tail -n 20 log.txt; exit 1; }; }
run "$bin/superset" db upgrade
run "$bin/superset" fab create-admin --username admin --firstname a \
    --lastname b --email admin@example.com --password "$password"
run "$bin/superset" init

# A folder and a name as a refresh leaves them.
mkdir root
install -m 444 "$published" root/linksignal_published.duckdb
"$bin/gunicorn" --bind "127.0.0.1:$port" --workers 1 --threads 4 \
    --timeout 300 "superset.app:create_app()" > server.txt 2>&1 &
server=$!
for _ in $(seq 300); do
    "$bin/python" -c "import urllib.request as r; \
r.urlopen('http://127.0.0.1:$port/health')" 2> /dev/null && break
    kill -0 "$server" || { tail -n 20 server.txt; exit 1; }
    sleep 1
done
"$bin/python" "$here/query_superset.py" "http://127.0.0.1:$port" "$password" \
    "$folder/root/linksignal_published.duckdb"
