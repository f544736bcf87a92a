"""Recount: the records of a CSV file, counted by a second reader.

One thread of the engine never takes the inside of a quoted value for
records, but it drops what follows a quote that is never closed, and says
nothing. A second reader that only counts notices either.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from linksignal.load.gate import GatedFile
from linksignal.load.header import csv_reader
from linksignal.load.refusal import refusal

_END = "the end of the file"
_LINE_ENDS = ("\n", "\r")


@dataclass(frozen=True)
class _Count:
    records: int
    is_open: bool
    blank_slots: list[int]


def recount(
    connection: DuckDBPyConnection,
    gated: GatedFile,
    delimiter: str,
) -> None:
    """Count the records again where the engine could have lost any.

    Fills the table ``blank_lines``: the blank lines before the last fault,
    among whose numbers the engine counts them.

    Raises
    ------
    LinksignalError
        Exit code 3 when a quote is never closed, or the two readers do not
        find the same number of records.
    """
    faults, last_line = _row(
        connection, "SELECT count(DISTINCT line), max(line) FROM engine_faults"
    )
    ends = gated.line_ends
    if not (ends.has_quotes or (ends.has_blank_lines and faults)):
        return
    (lines,) = _row(connection, "SELECT count(*) FROM lines")
    if lines + faults == quick_count(gated, delimiter):
        return
    count = _count(gated, delimiter, last_line or 0)
    if count.is_open:
        raise refusal(
            gated.name,
            f"a quote in its last record, {count.records}, is never closed; "
            "mend it or export again",
        )
    if count.records != lines + faults:
        raise refusal(
            gated.name,
            f"its quotes can be read in two ways, as {lines + faults:,} and "
            f"as {count.records:,} records; export it again",
        )
    connection.execute(
        "INSERT INTO blank_lines SELECT unnest($1)", [count.blank_slots]
    )


def _row(connection: DuckDBPyConnection, query: str) -> tuple[int, ...]:
    return connection.execute(query).fetchone() or ()


def quick_count(gated: GatedFile, delimiter: str) -> int | None:
    """Count the records below the header by what the gate saw.

    Returns
    -------
    int or None
        None where that is not certain.
    """
    ends = gated.line_ends
    if not ends.are_of_records(delimiter) or gated.head.startswith(_LINE_ENDS):
        return None
    return ends.of_records - gated.ends_in_newline


def _count(gated: GatedFile, delimiter: str, last_line: int) -> _Count:
    reader = csv_reader(_lines(gated), delimiter)
    header = next(reader)
    records = blank_lines = 0
    blank_slots = []
    record: list[str] = header
    for slot, record in enumerate(reader, start=1):
        if record or len(header) == 1:
            records += 1
        else:
            blank_lines += 1
            if slot < last_line:
                blank_slots.append(slot)
    is_open = record != [_END]
    return _Count(records - (not is_open), is_open, blank_slots)


def _lines(gated: GatedFile) -> Iterator[str]:
    """Yield the lines, and one more that an open quote would swallow."""
    opener = gzip.open if gated.is_gzip else open
    with opener(
        gated.data, "rt", encoding="utf-8-sig", errors="replace", newline=""
    ) as file:
        yield from file
    if not gated.ends_in_newline:
        yield "\n"
    yield _END
