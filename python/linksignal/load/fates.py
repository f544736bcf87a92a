"""Outcomes: each record lands, or is rejected, skipped or a duplicate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from duckdb import DuckDBPyConnection

from linksignal.load.engine import row_count, run
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
_SKIPPED = "refusal is null and skip is not null"
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
    """Key of the rows of ``judged``, and conditions on them."""

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
    landed="(select distinct place from landed)",
    without_row="part = 0 and place not in (select place from landed)",
)


def decide(
    connection: DuckDBPyConnection,
    entry: Format,
    notes: Sequence[str],
    readable: int,
) -> Fates:
    """Deduplicate the rows of each table, and count what became of records.

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
    faults = row_count(connection, "faults")
    tally = _tally(connection, notes, rows)
    if faults or tally.refused or tally.refused_elements:
        _create_rejected(connection, rows)
    repeats = _create_views(connection, entry, rows)
    landed_by_table = {
        table: row_count(connection, identifier(f"rows:{table}"))
        for table in entry.tables
    }
    skip_reasons = (
        _skip_reasons(connection, rows.without_row) if tally.skipped else {}
    )
    return Fates(
        read=readable + faults,
        landed=(
            row_count(connection, rows.landed)
            if len(landed_by_table) > 1 or entry.lists
            else sum(landed_by_table.values())
        ),
        rejected=faults + tally.refused,
        skipped=sum(skip_reasons.values()),
        duplicates=(
            row_count(connection, f"duplicates where {rows.without_row}")
            if repeats
            else 0
        ),
        landed_by_table=landed_by_table,
        reject_reasons=(
            _reject_reasons(connection, "rejected")
            if faults or tally.refused
            else {}
        ),
        skip_reasons=skip_reasons,
        notes=_landed_notes(connection, tally, rows),
        elements=(
            _elements(connection, tally, rows, has_repeats=repeats > 0)
            if entry.lists
            else None
        ),
    )


@dataclass(frozen=True)
class _Tally:
    """What is counted of all rows of ``judged`` at once.

    Most files have nothing of a kind, which then needs no second look.

    Attributes
    ----------
    refused, skipped : int
        Records.
    elements, refused_elements, skipped_elements : int
        Elements of lists.
    notes : list of str
        Notes that some row has.
    """

    refused: int
    skipped: int
    elements: int
    refused_elements: int
    skipped_elements: int
    notes: list[str]


def _tally(
    connection: DuckDBPyConnection, notes: Sequence[str], rows: _Rows
) -> _Tally:
    found = run(
        connection,
        "tally",
        records=rows.records,
        elements=rows.elements,
        skipped=_SKIPPED,
        notes=notes,
    ).fetchone()
    *has_note, refused, skipped, elements, refused_parts, passed = found or ()
    return _Tally(
        refused,
        skipped,
        elements,
        refused_parts,
        passed,
        [note for note, has in zip(notes, has_note, strict=True) if has],
    )


def decide_together(
    connection: DuckDBPyConnection,
    entry: Format,
    notes: Sequence[str],
    records: Mapping[int, int],
) -> dict[int, Fates]:
    """Decide as `decide` does, each file for itself, where none is rejected.

    Parameters
    ----------
    connection : DuckDBPyConnection
        Engine after `linksignal.load.judge.judge` of several files.
    entry : Format
        Format of the files.
    notes : sequence of str
        Codes of what is worth a note.
    records : mapping of int to int
        Records by the number of the file.

    Returns
    -------
    dict of int to Fates
        By the number of the file; without files of which nothing lands, or a
        record, or an element of a record's lists, cannot be read.
    """
    rows = _PARTS if entry.lists else _RECORDS
    repeats = _create_views(connection, entry, rows, each_file=True)
    landed = _by_file(connection, rows.landed)
    refused = _by_file(connection, "judged", "refusal is not null")
    by_table = {
        table: _by_file(connection, identifier(f"rows:{table}"))
        for table in entry.tables
    }
    own = _passed_over(connection, rows.without_row, repeats)
    elements = (
        _elements_by_file(connection, rows, repeats) if entry.lists else {}
    )
    noted = _noted_by_file(connection, notes, rows)
    none = Fates(0, 0, 0, 0, 0) if entry.lists else None
    return {
        number: Fates(
            read=count,
            landed=landed[number],
            rejected=0,
            skipped=sum(own.skips.get(number, {}).values()),
            duplicates=own.duplicates.get(number, 0),
            landed_by_table={
                table: rows_of.get(number, 0)
                for table, rows_of in by_table.items()
            },
            skip_reasons=own.skips.get(number, {}),
            notes=noted.get(number, {}),
            elements=elements.get(number, none),
        )
        for number, count in records.items()
        if number in landed
        and number not in refused
        and count == landed[number] + own.count(number)
    }


@dataclass(frozen=True)
class _PassedOver:
    """Rows that are skipped, by reason, and duplicates, by file."""

    skips: Mapping[int, Mapping[str, int]]
    duplicates: Mapping[int, int]

    def count(self, number: int) -> int:
        skipped = sum(self.skips.get(number, {}).values())
        return skipped + self.duplicates.get(number, 0)


def _passed_over(
    connection: DuckDBPyConnection, condition: str, repeats: int
) -> _PassedOver:
    found = run(
        connection,
        "counts_by",
        columns=["file_number(place)", "skip"],
        relation="judged",
        condition=f"{_SKIPPED} and {condition}",
    )
    skips: dict[int, dict[str, int]] = {}
    by_count = sorted(found.fetchall(), key=lambda row: (-row[2], row[1]))
    for number, reason, count in by_count:
        skips.setdefault(number, {})[reason] = count
    duplicates = (
        _by_file(connection, "duplicates", condition) if repeats else {}
    )
    return _PassedOver(skips, duplicates)


def _by_file(
    connection: DuckDBPyConnection, relation: str, condition: str = "true"
) -> dict[int, int]:
    counts = run(
        connection,
        "counts_by",
        columns=["file_number(place)"],
        relation=relation,
        condition=condition,
    )
    return dict(counts.fetchall())


def _elements_by_file(
    connection: DuckDBPyConnection, rows: _Rows, repeats: int
) -> dict[int, Fates]:
    landed = _by_file(connection, "landed", rows.elements)
    over = _passed_over(connection, rows.elements, repeats)
    return {
        number: Fates(
            read=count,
            landed=landed.get(number, 0),
            rejected=0,
            skipped=sum(over.skips.get(number, {}).values()),
            duplicates=over.duplicates.get(number, 0),
            skip_reasons=over.skips.get(number, {}),
        )
        for number, count in _by_file(
            connection, "judged", rows.elements
        ).items()
        if count == landed.get(number, 0) + over.count(number)
    }


def _noted_by_file(
    connection: DuckDBPyConnection, notes: Sequence[str], rows: _Rows
) -> dict[int, dict[str, int]]:
    given = _tally(connection, notes, rows).notes
    if not given:
        return {}
    found = run(
        connection,
        "note_counts",
        notes=given,
        key=rows.key,
        is_per_record=rows is _PARTS,
        file_number="file_number(place)",
    ).fetchall()
    return {
        number: {
            note: count
            for note, count in zip(given, counts, strict=True)
            if count
        }
        for number, *counts, _ in found
    }


def _create_views(
    connection: DuckDBPyConnection,
    entry: Format,
    rows: _Rows,
    *,
    each_file: bool = False,
) -> int:
    """Tell the rows that land, and those that others stand for.

    Returns
    -------
    int
        Rows that others stand for; without any there are no ``duplicates``.
    """
    repeats = {
        table: _mark_rows(connection, entry, table, rows, each_file=each_file)
        for table in entry.tables
    }
    repeated = [table for table, count in repeats.items() if count]
    run(connection, "landed", tables=entry.tables, key=rows.key)
    if repeated:
        run(connection, "duplicates", tables=repeated, key=rows.key)
    return sum(repeats.values())


def _elements(
    connection: DuckDBPyConnection,
    tally: _Tally,
    rows: _Rows,
    *,
    has_repeats: bool,
) -> Fates:
    if not tally.elements:
        return Fates(0, 0, 0, 0, 0)
    return Fates(
        read=tally.elements,
        landed=row_count(connection, f"landed where {rows.elements}"),
        rejected=tally.refused_elements,
        skipped=tally.skipped_elements,
        duplicates=(
            row_count(connection, f"duplicates where {rows.elements}")
            if has_repeats
            else 0
        ),
        reject_reasons=(
            _reject_reasons(connection, "rejected_elements")
            if tally.refused_elements
            else {}
        ),
        skip_reasons=(
            _skip_reasons(connection, rows.elements)
            if tally.skipped_elements
            else {}
        ),
    )


def _create_rejected(connection: DuckDBPyConnection, rows: _Rows) -> None:
    conditions = {
        "rejected_parts": rows.records,
        "rejected_elements": rows.elements,
    }
    run(connection, "rejected", conditions=conditions)


def _mark_rows(
    connection: DuckDBPyConnection,
    entry: Format,
    table: str,
    rows: _Rows,
    *,
    each_file: bool,
) -> int:
    """Deduplicate the rows of a table, of several files each by itself.

    Returns
    -------
    int
        Rows that another one stands for.
    """
    condition = "refusal is null and skip is null"
    if entry.lists:
        parts = ", ".join(map(literal, entry.parts_of(table)))
        condition += f" and coalesce(list, '') in ({parts})"
    if table in entry.only_with:
        key = entry.fields_of(table)[entry.only_with[table]].key
        has_key = f"{identifier(key)} is not null"
        # An element of a list is there because the list names it.
        condition += (
            f" and (part > 0 or {has_key})"
            if entry.lists
            else f" and {has_key}"
        )
    apart = entry.same_but_for.get(table)
    by_column = entry.fields_of(table)
    identifying = _KEYS.get(table, by_column.keys() - {apart})
    fields = [f for name, f in by_column.items() if name in identifying]
    # What is read from the same text is equal where the first of it is.
    told = {(f.part, f.sources): f for f in reversed(fields) if f.sources}
    of_file = ["file_number(place)"] if each_file else []
    digest = f"hash({', '.join([*map(_compared, told.values()), *of_file])})"
    words = {"repeats": f"repeats:{table}", "key": rows.key}
    words |= {"condition": condition, "digest": digest}
    count = _created(run(connection, "suspects", **words))
    if count:
        content = [
            *map(_compared, fields),
            *map(identifier, ("source", "as_of")),
            *of_file,
        ]
        count = _created(
            run(
                connection,
                "repeats",
                content=dict.fromkeys(content),
                order=[*_preferred(entry, table), rows.key],
                **words,
            )
        )
    run(
        connection,
        "rows_of_table",
        rows=f"rows:{table}",
        has_repeats=count > 0,
        **words,
    )
    return count


def _created(result: DuckDBPyConnection) -> int:
    """Return the number of rows of the table that was created last."""
    row = result.fetchone()
    return int(row[0]) if row else 0


def _preferred(entry: Format, table: str) -> Iterator[str]:
    """Yield the sort keys that pick which of equal rows lands."""
    if apart := entry.same_but_for.get(table):
        yield f"{identifier(f'{table}.{apart}')} nulls last"
    by_column = entry.fields_of(table)
    for name in _NEWEST_FIRST.get(table, ()):
        if name in by_column:
            yield f"{identifier(by_column[name].key)} desc nulls last"


def _compared(field: Field) -> str:
    """Return a column as it is compared; an unknown kind of link is false."""
    column = identifier(field.key)
    is_kind = field.table in _KEYS and field.column.startswith("is_")
    return f"coalesce({column}, false)" if is_kind else column


def _reject_reasons(
    connection: DuckDBPyConnection, relation: str
) -> dict[tuple[str, str], int]:
    counts = run(
        connection,
        "counts_by",
        columns=["reason", '"column"'],
        relation=relation,
        condition="true",
    )
    return {
        (reason, column or ""): count
        for reason, column, count in counts.fetchall()
    }


def _skip_reasons(
    connection: DuckDBPyConnection, condition: str
) -> dict[str, int]:
    counts = run(
        connection,
        "counts_by",
        columns=["skip"],
        relation="judged",
        condition=f"{_SKIPPED} and {condition}",
    )
    return dict(counts.fetchall())


def _landed_notes(
    connection: DuckDBPyConnection, tally: _Tally, rows: _Rows
) -> dict[str, int]:
    """Count the landed records with each note, as far as there are any."""
    if not tally.notes:
        return {}
    row = run(
        connection,
        "note_counts",
        notes=tally.notes,
        key=rows.key,
        is_per_record=tally.elements > 0,
        file_number="",
    ).fetchone()
    return {
        note: int(number)
        for note, number in zip(tally.notes, (row or ())[:-1], strict=True)
        if number
    }
