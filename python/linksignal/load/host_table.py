"""The table of hosts: each distinct authority of a file, read once."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
from duckdb import DuckDBPyConnection

from linksignal.load.hosts import read_host
from linksignal.load.rules import RULES
from linksignal.load.texts import FieldText

_BATCH_ROWS = 100_000
_SCHEMA = pa.schema(
    [
        ("authority", pa.string()),
        ("host", pa.string()),
        ("domain", pa.string()),
        ("reason", pa.string()),
        ("is_lookalike", pa.bool_()),
    ]
)


def create_hosts(
    connection: DuckDBPyConnection, texts: Sequence[FieldText]
) -> None:
    """Create ``hosts``: authority, and the attributes of `Host`."""
    connection.execute(
        "CREATE TABLE hosts (authority VARCHAR, host VARCHAR, "
        "domain VARCHAR, reason VARCHAR, is_lookalike BOOLEAN)"
    )
    numbers = dict.fromkeys(
        text.number for text in texts if RULES[text.field.rule].needs_host
    )
    if not numbers:
        return
    every = " UNION ALL ".join(
        f"SELECT a{number} AS authority FROM texts" for number in numbers
    )
    reader = connection.cursor()
    reader.execute(
        f"SELECT DISTINCT authority FROM ({every}) WHERE authority IS NOT NULL"
    )
    while rows := reader.fetchmany(_BATCH_ROWS):
        connection.register("host_batch", _batch([row[0] for row in rows]))
        connection.execute("INSERT INTO hosts SELECT * FROM host_batch")
        connection.unregister("host_batch")


def _batch(authorities: list[str]) -> pa.Table:
    hosts = list(map(read_host, authorities))
    columns: list[list[str | bool | None]] = [
        [*authorities],
        [host.host for host in hosts],
        [host.domain for host in hosts],
        [host.reason for host in hosts],
        [host.is_lookalike for host in hosts],
    ]
    return pa.table(
        [pa.array(c, f.type) for c, f in zip(columns, _SCHEMA, strict=True)],
        schema=_SCHEMA,
    )
