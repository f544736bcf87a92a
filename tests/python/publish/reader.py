"""A reader that polls a published file.

``python reader.py FILE COUNT STOP`` reads that often, and on until there is a
file STOP; then it prints the runs it saw, and how often it connected again.
Every read opens the file anew, as a dashboard does after a refresh, and
compares the rows with what publish_info of the same connection states.
"""

from __future__ import annotations

import itertools
import json
import os
import sys

import duckdb

TABLES = ("findings.platform_coverage", "findings.correlations")
HASH = "select sum(md5_number_lower(one::varchar))::varchar from {} as one"
CONFIG = {"threads": 1, "memory_limit": "1GB", "temp_directory": ""}


def connect(path: str) -> tuple[duckdb.DuckDBPyConnection, int]:
    """Connect, again where another file took the place of the first."""
    for attempts in itertools.count():
        before = os.stat(path)
        try:
            connection = duckdb.connect(path, read_only=True, config=CONFIG)
        except duckdb.Error:
            if os.path.samestat(os.stat(path), before):
                raise
        else:
            return connection, attempts
    raise AssertionError


def read(path: str, table: str) -> tuple[str, int]:
    """Read once: the run that was seen; an error when rows do not fit it."""
    connection, attempts = connect(path)
    with connection:
        connection.execute("set TimeZone = 'UTC'")
        run_id, hashes = connection.execute(
            "select run_id, row_hashes from publish_info"
        ).fetchone()
        (found,) = connection.execute(HASH.format(table)).fetchone()
    if json.loads(hashes)[table] != found:
        raise AssertionError(f"{table} is not of run {run_id}")
    return run_id, attempts


if __name__ == "__main__":
    path, count, stop = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    runs, again = set(), 0
    for number in itertools.count(1):
        run, attempts = read(path, TABLES[number % 2])
        runs.add(run)
        again += attempts
        if number >= count and os.path.exists(stop):
            break
    print(json.dumps({"runs": sorted(runs), "again": again}))
