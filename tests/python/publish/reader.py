"""A reader that polls a published file.

``python reader.py FILE COUNT`` reads that often and prints the runs it saw.
Every read opens the file anew, as a dashboard does after a refresh, and
compares the rows with what publish_info of the same connection states.
"""

from __future__ import annotations

import json
import sys

import duckdb

TABLES = ("findings.platform_coverage", "findings.correlations")
HASH = "select sum(md5_number_lower(one::varchar))::varchar from {} as one"


def read(path: str, table: str) -> str:
    """Read once: the run that was seen; an error when rows do not fit it."""
    config = {"threads": 1}
    with duckdb.connect(path, read_only=True, config=config) as connection:
        connection.execute("set TimeZone = 'UTC'")
        run_id, hashes = connection.execute(
            "select run_id, row_hashes from publish_info"
        ).fetchone()
        (found,) = connection.execute(HASH.format(table)).fetchone()
    if json.loads(hashes)[table] != found:
        raise AssertionError(f"{table} is not of run {run_id}")
    return run_id


if __name__ == "__main__":
    path, count = sys.argv[1], int(sys.argv[2])
    runs = {read(path, TABLES[number % 2]) for number in range(count)}
    print(json.dumps(sorted(runs)))
