"""The table of hosts: each distinct site of a file, read once."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
from duckdb import DuckDBPyConnection

from linksignal.load.engine import row_count
from linksignal.load.hosts import read_host, suffix_table
from linksignal.load.rules import RULES
from linksignal.load.texts import FieldText

_BATCH_ROWS = 100_000
# Labels of the longest rule of the public suffix list.
_MOST_LABELS = 4
# No label, and no name, of so few characters is too long.
_IS_PLAIN = (
    "(length(authority) <= 63 "
    "AND regexp_full_match(authority, '[a-z0-9_-][a-z0-9_.-]*[.][a-z]+') "
    "AND NOT contains(authority, '..') AND NOT contains(authority, 'xn--') "
    "AND NOT ends_with(authority, '.localhost'))"
)
_SCHEMA = pa.schema(
    [
        ("site", pa.string()),
        ("host", pa.string()),
        ("domain", pa.string()),
        ("reason", pa.string()),
        ("is_lookalike", pa.bool_()),
    ]
)


def create_hosts(
    connection: DuckDBPyConnection, texts: Sequence[FieldText]
) -> None:
    """Create ``hosts``: site, and the attributes of `Host`.

    ``hosts<number>`` has those that stand in the texts of a number: a join
    holds its whole table in memory, and targets are far fewer than sources.
    """
    numbers = dict.fromkeys(
        text.number for text in texts if RULES[text.field.rule].needs_host
    )
    for number in numbers:
        connection.execute(
            f"CREATE TABLE sites{number} AS "
            f"SELECT DISTINCT a{number} AS site FROM texts"
        )
    every = " UNION ".join(f"FROM sites{number}" for number in numbers)
    connection.execute(
        f"CREATE TABLE sites AS {every or 'SELECT NULL::VARCHAR AS site'}; "
        "CREATE TABLE authorities AS SELECT site AS authority FROM sites "
        "WHERE is_authority(site); "
        "CREATE TABLE spellings AS SELECT site, "
        "site_authority(site) AS authority FROM sites "
        "WHERE NOT is_authority(site); "
        "INSERT INTO authorities SELECT DISTINCT authority FROM spellings "
        "ANTI JOIN authorities USING (authority)"
    )
    _read_plain(connection)
    _read_others(connection)
    connection.execute(
        "INSERT INTO hosts SELECT spellings.site, hosts.* EXCLUDE (site) "
        "FROM spellings JOIN hosts ON hosts.site = spellings.authority; "
        "DROP TABLE sites; DROP TABLE authorities; DROP TABLE spellings"
    )
    for number in numbers:
        _create_own(connection, number)


def _create_own(connection: DuckDBPyConnection, number: int) -> None:
    """Create ``hosts<number>``, apart only where that saves much."""
    own = row_count(connection, f"sites{number}")
    if 2 * own > row_count(connection, "hosts"):
        query = f"CREATE VIEW hosts{number} AS FROM hosts"
    else:
        query = (
            f"CREATE TABLE hosts{number} AS "
            f"FROM hosts SEMI JOIN sites{number} USING (site)"
        )
    connection.execute(f"{query}; DROP TABLE sites{number}")


def _read_plain(connection: DuckDBPyConnection) -> None:
    """Read what needs no more than the table of public suffixes.

    Most hosts are plain: reading them here is many times faster than one by
    one, and gives what `read_host` gives.
    """
    connection.register("suffix_table", suffix_table())
    tails = range(1, _MOST_LABELS + 1)
    node = ", ".join(
        f"{_deepest(attribute, tails)} AS {attribute}"
        for attribute in ("labels", "suffix_labels", "has_wildcard")
    )
    joins = " ".join(
        f"LEFT JOIN suffixes AS n{count} ON n{count}.name = {_tail(count)}"
        for count in tails
    )
    connection.execute(
        "CREATE TABLE suffixes AS FROM suffix_table; "
        "CREATE TABLE hosts AS WITH plain AS ("
        "SELECT authority, string_split(authority, '.') AS names "
        f"FROM authorities WHERE {_IS_PLAIN}), "
        f"nodes AS (SELECT authority, names, {node} "
        f"FROM plain {joins}), "
        "cut AS (SELECT authority, names, CASE WHEN has_wildcard "
        "AND len(names) > labels THEN labels + 1 "
        "ELSE coalesce(suffix_labels, 0) END AS suffix_labels "
        "FROM nodes), "
        "named AS (SELECT authority, "
        "array_to_string(names[-(suffix_labels + 1):], '.') AS domain, "
        "CASE WHEN suffix_labels = 0 THEN 'unknown_suffix' "
        "WHEN len(names) <= suffix_labels THEN 'public_suffix' "
        "WHEN regexp_matches(names[-(suffix_labels + 1)], '^-|_|-$') "
        "THEN 'bad_label' END AS reason FROM cut) "
        "SELECT authority AS site, "
        "CASE WHEN reason IS NULL THEN authority END AS host, "
        "CASE WHEN reason IS NULL THEN domain END AS domain, "
        "reason, false AS is_lookalike FROM named; "
        "DROP TABLE suffixes"
    )
    connection.unregister("suffix_table")


def _tail(count: int) -> str:
    """Return the last labels of a name; NULL where it has fewer."""
    return " || '.' || ".join(f"names[-{n}]" for n in range(count, 0, -1))


def _deepest(attribute: str, tails: Sequence[int]) -> str:
    nodes = ", ".join(f"n{count}.{attribute}" for count in reversed(tails))
    return f"coalesce({nodes})"


def _read_others(connection: DuckDBPyConnection) -> None:
    reader = connection.cursor()
    reader.execute(f"SELECT authority FROM authorities WHERE NOT {_IS_PLAIN}")
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
