"""Fates: each record of a file lands, is refused, skipped or a duplicate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from duckdb import DuckDBPyConnection

from linksignal.load.engine import row_count
from linksignal.load.format_file import Field, Format
from linksignal.sql import identifier, literal

# What identifies a row of a table; all its columns, where none are named. A
# kind that is unknown is none.
_KEYS = {
    "backlinks": (
        *("source_url", "target_url", "anchor", "link_kind", "is_image"),
        *("is_form", "is_frame"),
    )
}
# Of rows with one key the newest lands, as between loads in staging.
_NEWEST_FIRST = {
    "backlinks": (
        *("last_seen", "is_lost", "first_seen", "link_count", "is_nofollow"),
        *("is_ugc", "is_sponsored", "is_text", "source_page_score"),
        "source_domain",
    )
}
_SKIPPED = "refusal IS NULL AND skip IS NOT NULL"
Reasons = Mapping[tuple[str, str], int]


@dataclass(frozen=True)
class Fates:
    """Counts by fate of a file's records, or of the elements of their lists.

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
    elements : Fates or None
        What became of the elements of the records' lists. A rejected
        record takes its elements along; they are not counted then. An
        element that cannot be read is left out of a record that lands.
    """

    read: int
    landed: int
    rejected: int
    skipped: int
    duplicates: int
    landed_by_table: Mapping[str, int] = field(default_factory=dict)
    reject_reasons: Reasons = field(default_factory=dict)
    skip_reasons: Mapping[str, int] = field(default_factory=dict)
    notes: Mapping[str, int] = field(default_factory=dict)
    elements: Fates | None = None

    def __post_init__(self) -> None:
        fates = self.landed + self.rejected + self.skipped + self.duplicates
        if self.read != fates:
            raise AssertionError(
                f"of {self.read} records {fates} have a fate: {self}"
            )


@dataclass(frozen=True)
class _Rows:
    """What tells the rows of ``judged`` apart, and which are meant."""

    key: str
    records: str
    elements: str
    landed: str
    without_row: str


_RECORDS = _Rows("place", "true", "false", "landed", "true")
# A record has landed when it has, or an element of its lists.
_PARTS = _Rows(
    key="place, part",
    records="part = 0",
    elements="part > 0",
    landed="(SELECT DISTINCT place FROM landed)",
    without_row="part = 0 AND place NOT IN (SELECT place FROM landed)",
)


def decide(
    connection: DuckDBPyConnection,
    entry: Format,
    notes: Sequence[str],
    readable: int,
) -> Fates:
    """Give every record its fate, and mark the rows that land.

    Adds to the engine a view ``rows:<table>`` per raw table: the rows of
    ``judged`` that land there. Of equal rows the first one lands, of the
    states of one link the newest; a record is a duplicate when none of its
    rows does.

    Parameters
    ----------
    connection : DuckDBPyConnection
        Engine after `linksignal.load.judge.judge`.
    entry : Format
        Format of the file.
    notes : sequence of str
        Codes of what is worth a note.
    readable : int
        Records that could be read, and so were judged.
    """
    rows = _PARTS if entry.lists else _RECORDS
    _create_rejected(connection, rows)
    for table in entry.tables:
        _mark_rows(connection, entry, table, rows)
    _create_landed(connection, entry, rows)
    return Fates(
        read=readable + row_count(connection, "faults"),
        landed=row_count(connection, rows.landed),
        rejected=row_count(connection, "rejected"),
        skipped=row_count(
            connection, f"judged WHERE {_SKIPPED} AND {rows.without_row}"
        ),
        duplicates=row_count(
            connection, f"duplicates WHERE {rows.without_row}"
        ),
        landed_by_table={
            table: row_count(connection, identifier(f"rows:{table}"))
            for table in entry.tables
        },
        reject_reasons=_reject_reasons(connection, "rejected"),
        skip_reasons=_skip_reasons(connection, rows.without_row),
        notes=_count_notes(connection, notes, rows),
        elements=_elements(connection, rows) if entry.lists else None,
    )


def _elements(connection: DuckDBPyConnection, rows: _Rows) -> Fates:
    return Fates(
        read=row_count(connection, f"judged WHERE {rows.elements}"),
        landed=row_count(connection, f"landed WHERE {rows.elements}"),
        rejected=row_count(connection, "rejected_elements"),
        skipped=row_count(
            connection, f"judged WHERE {_SKIPPED} AND {rows.elements}"
        ),
        duplicates=row_count(connection, f"duplicates WHERE {rows.elements}"),
        reject_reasons=_reject_reasons(connection, "rejected_elements"),
        skip_reasons=_skip_reasons(connection, rows.elements),
    )


def _create_rejected(connection: DuckDBPyConnection, rows: _Rows) -> None:
    for name, condition in (
        ("rejected_parts", rows.records),
        ("rejected_elements", rows.elements),
    ):
        connection.execute(
            f"CREATE VIEW {name} AS "
            "SELECT judged.place + coalesce(shifts.faults, 0) "
            'AS record_number, refusal."column", refusal.reason, '
            "refusal.value_prefix FROM (SELECT place, refusal FROM judged "
            f"WHERE refusal IS NOT NULL AND {condition}) "
            "AS judged ASOF LEFT JOIN shifts ON judged.place > shifts.place"
        )
    connection.execute(
        "CREATE VIEW rejected AS FROM faults UNION ALL FROM rejected_parts"
    )


def _mark_rows(
    connection: DuckDBPyConnection, entry: Format, table: str, rows: _Rows
) -> None:
    """Find the rows of a table, and those that another one stands for.

    Only rows whose hash occurs twice are compared in full.
    """
    condition = "refusal IS NULL AND skip IS NULL"
    if entry.lists:
        parts = ", ".join(map(literal, entry.parts_of(table)))
        condition += f" AND coalesce(list, '') IN ({parts})"
    if table in entry.only_with:
        key = entry.fields_of(table)[entry.only_with[table]].key
        condition += f" AND {identifier(key)} IS NOT NULL"
    apart = entry.same_but_for.get(table)
    by_column = entry.fields_of(table)
    identifying = _KEYS.get(table, by_column.keys() - {apart})
    fields = [f for name, f in by_column.items() if name in identifying]
    first = [f"{identifier(f'{table}.{apart}')} NULLS LAST"] if apart else []
    newest = [
        f"{identifier(by_column[name].key)} DESC NULLS LAST"
        for name in _NEWEST_FIRST.get(table, ())
        if name in by_column
    ]
    order = ", ".join([*first, *newest, rows.key])
    keys = dict.fromkeys(
        [*map(_compared, fields), *map(identifier, ("source", "as_of"))]
    )
    content = ", ".join(keys)
    # What is read from the same text is equal where the first of it is.
    told = {(f.part, f.sources): f for f in reversed(fields) if f.sources}
    digest = f"hash({', '.join(map(_compared, told.values()))})"
    repeats = identifier(f"repeats:{table}")
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE suspects AS "
        f"SELECT {digest} AS content_hash FROM judged "
        f"WHERE {condition} GROUP BY ALL HAVING count(*) > 1"
    )
    suspected = condition if row_count(connection, "suspects") else "false"
    connection.execute(
        f"CREATE TABLE {repeats} AS SELECT {rows.key} FROM ("
        f"SELECT {rows.key}, row_number() OVER "
        f"(PARTITION BY {content} ORDER BY {order}) AS copy FROM judged "
        f"WHERE {suspected} AND {digest} IN (FROM suspects)) "
        "WHERE copy > 1"
    )
    connection.execute(
        f"CREATE VIEW {identifier(f'rows:{table}')} AS "
        f"SELECT * FROM judged ANTI JOIN {repeats} USING ({rows.key}) "
        f"WHERE {condition}"
    )


def _compared(field: Field) -> str:
    """Return a column as it is compared; of two kinds the unknown is none."""
    column = identifier(field.key)
    is_kind = field.table in _KEYS and field.column.startswith("is_")
    return f"coalesce({column}, false)" if is_kind else column


def _create_landed(
    connection: DuckDBPyConnection, entry: Format, rows: _Rows
) -> None:
    landed = " UNION ".join(
        f"SELECT {rows.key} FROM {identifier(f'rows:{table}')}"
        for table in entry.tables
    )
    repeated = " UNION ".join(
        f"SELECT {rows.key} FROM {identifier(f'repeats:{table}')}"
        for table in entry.tables
    )
    connection.execute(f"CREATE VIEW landed AS {landed}")
    connection.execute(
        f"CREATE VIEW duplicates AS SELECT {rows.key} FROM ({repeated}) "
        f"ANTI JOIN landed USING ({rows.key})"
    )


def _reject_reasons(
    connection: DuckDBPyConnection, relation: str
) -> dict[tuple[str, str], int]:
    return {
        (reason, column or ""): count
        for reason, column, count in connection.execute(
            'SELECT reason, "column", count(*) AS records '
            f"FROM {relation} GROUP BY ALL ORDER BY records DESC, reason"
        ).fetchall()
    }


def _skip_reasons(
    connection: DuckDBPyConnection, condition: str
) -> dict[str, int]:
    return dict(
        connection.execute(
            "SELECT skip, count(*) AS records FROM judged "
            f"WHERE {_SKIPPED} AND {condition} "
            "GROUP BY ALL ORDER BY records DESC, skip"
        ).fetchall()
    )


def _count_notes(
    connection: DuckDBPyConnection, notes: Sequence[str], rows: _Rows
) -> dict[str, int]:
    # Most files have none, which needs no look at what has landed.
    given = _noted(connection, "judged", notes, "count_if({})")
    count = "count_if({})"
    if rows is _PARTS and row_count(
        connection, f"judged WHERE {rows.elements}"
    ):
        # A note may stand at several elements of one record.
        count = "count(DISTINCT place) FILTER ({})"
    landed = f"judged SEMI JOIN landed USING ({rows.key})"
    return _noted(connection, landed, list(given), count)


def _noted(
    connection: DuckDBPyConnection,
    relation: str,
    notes: Sequence[str],
    count: str,
) -> dict[str, int]:
    """Count what has each note, without those that nothing has."""
    if not notes:
        return {}
    counts = ", ".join(count.format(identifier(f"note:{n}")) for n in notes)
    row = connection.execute(f"SELECT {counts} FROM {relation}").fetchone()
    return {
        note: int(number)
        for note, number in zip(notes, row or (), strict=True)
        if number
    }
