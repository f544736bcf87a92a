#!/usr/bin/env bash
# Can older clients read a published file? Not part of the tests: it installs
# each client from the package index into a folder that is removed at the end.
#
#   tests/clients/check_old_clients.sh PUBLISHED_FILE [DUCKDB_VERSION...]
set -euo pipefail
published=$(realpath "$1")
shift
versions=("$@")
[ ${#versions[@]} -gt 0 ] || versions=("1.4.*" "1.5.*")
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
before=$(sha256sum < "$published")

for version in "${versions[@]}"; do
    python3 -m venv "$folder/client"
    "$folder/client/bin/pip" install --quiet --disable-pip-version-check \
        "duckdb==$version" duckdb-engine
    "$folder/client/bin/python" "$here/read_published.py" "$published"
    rm -rf "$folder/client"
done

[ "$before" = "$(sha256sum < "$published")" ] || {
    echo "a client changed the file"
    exit 1
}
