"""Fates: each record of a file lands, is refused, skipped or a duplicate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from linksignal.load.format_file import Format
from linksignal.load.sql import identifier

_SKIPPED = "refusal IS NULL AND skip IS NOT NULL"


@dataclass(frozen=True)
class Fates:
    """Counts of a file's records by fate.

    Attributes
    ----------
    read, landed, rejected, skipped, duplicates : int
        Every record read has exactly one of the other four fates.
    landed_by_table : mapping of str to int
        Rows by raw table; a record may land in several.
    reject_reasons : mapping of (str, str) to int
        Rejected records by reason and column.
    skip_reasons, notes : mapping of str to int
        Skipped records by reason; landed records by note.
    """

    read: int
    landed: int
    rejected: int
    skipped: int
    duplicates: int
    landed_by_table: Mapping[str, int]
    reject_reasons: Mapping[tuple[str, str], int]
    skip_reasons: Mapping[str, int]
    notes: Mapping[str, int]

    def __post_init__(self) -> None:
        fates = self.landed + self.rejected + self.skipped + self.duplicates
        if self.read != fates:
            raise AssertionError(
                f"of {self.read} records {fates} have a fate: {self}"
            )


def decide(
    connection: DuckDBPyConnection, entry: Format, notes: Sequence[str]
) -> Fates:
    """Give every record its fate, and mark the rows that land.

    Adds to the engine a view ``rows:<table>`` per raw table: the rows of
    ``judged`` that land there. Of equal rows the first one lands; a record
    is a duplicate when none of its rows does.
    """
    _create_rejected(connection)
    for table in entry.tables:
        _mark_rows(connection, entry, table)
    _create_landed(connection, entry)
    return Fates(
        read=_count(connection, "records") + _count(connection, "faults"),
        landed=_count(connection, "landed"),
        rejected=_count(connection, "rejected"),
        skipped=_count(connection, f"judged WHERE {_SKIPPED}"),
        duplicates=_count(connection, "duplicates"),
        landed_by_table={
            table: _count(connection, identifier(f"rows:{table}"))
            for table in entry.tables
        },
        reject_reasons={
            (reason, column or ""): count
            for reason, column, count in connection.execute(
                'SELECT reason, "column", count(*) AS records FROM rejected '
                "GROUP BY ALL ORDER BY records DESC, reason"
            ).fetchall()
        },
        skip_reasons=dict(
            connection.execute(
                "SELECT skip, count(*) AS records FROM judged "
                f"WHERE {_SKIPPED} GROUP BY ALL ORDER BY records DESC, skip"
            ).fetchall()
        ),
        notes=_count_notes(connection, notes),
    )


def _create_rejected(connection: DuckDBPyConnection) -> None:
    connection.execute(
        "CREATE VIEW rejected AS SELECT * FROM faults UNION ALL "
        "SELECT judged.place + coalesce(shifts.faults, 0), "
        'refusal."column", refusal.reason, refusal.value_prefix '
        "FROM (SELECT place, refusal FROM judged WHERE refusal IS NOT NULL) "
        "AS judged ASOF LEFT JOIN shifts ON judged.place > shifts.place"
    )


def _mark_rows(
    connection: DuckDBPyConnection, entry: Format, table: str
) -> None:
    """Find the rows of a table, and those equal to an earlier one.

    Only rows whose hash occurs twice are compared in full.
    """
    condition = "refusal IS NULL AND skip IS NULL"
    if table in entry.only_with:
        key = entry.fields_of(table)[entry.only_with[table]].key
        condition += f" AND {identifier(key)} IS NOT NULL"
    keys = [field.key for field in entry.fields_of(table).values()]
    content = ", ".join(
        identifier(key) for key in dict.fromkeys([*keys, "source", "as_of"])
    )
    repeats = identifier(f"repeats:{table}")
    connection.execute(
        f"CREATE TABLE {repeats} AS WITH suspects AS ("
        f"SELECT hash({content}) AS content_hash FROM judged "
        f"WHERE {condition} GROUP BY ALL HAVING count(*) > 1) "
        "SELECT place FROM (SELECT place, row_number() OVER "
        f"(PARTITION BY {content} ORDER BY place) AS copy FROM judged "
        f"WHERE {condition} AND hash({content}) IN (FROM suspects)) "
        "WHERE copy > 1"
    )
    connection.execute(
        f"CREATE VIEW {identifier(f'rows:{table}')} AS "
        f"SELECT * FROM judged ANTI JOIN {repeats} USING (place) "
        f"WHERE {condition}"
    )


def _create_landed(connection: DuckDBPyConnection, entry: Format) -> None:
    landed = " UNION ".join(
        f"SELECT place FROM {identifier(f'rows:{table}')}"
        for table in entry.tables
    )
    repeated = " UNION ".join(
        f"SELECT place FROM {identifier(f'repeats:{table}')}"
        for table in entry.tables
    )
    connection.execute(f"CREATE VIEW landed AS {landed}")
    connection.execute(
        f"CREATE VIEW duplicates AS SELECT place FROM ({repeated}) "
        "ANTI JOIN landed USING (place)"
    )


def _count(connection: DuckDBPyConnection, relation: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {relation}").fetchone()
    return int(row[0]) if row else 0


def _count_notes(
    connection: DuckDBPyConnection, notes: Sequence[str]
) -> dict[str, int]:
    if not notes:
        return {}
    counts = ", ".join(
        f"count_if({identifier(f'note:{code}')})" for code in notes
    )
    row = connection.execute(
        f"SELECT {counts} FROM judged SEMI JOIN landed USING (place)"
    ).fetchone()
    return {
        code: int(count)
        for code, count in zip(notes, row or (), strict=True)
        if count
    }
