"""CSV: parse a text file into a table of text columns, and malformed lines.

DuckDB's parallel CSV reader splits a file at newlines and, if a quoted value
contains what looks like records, silently parses these as records. So it is
used only for files without newlines in quoted values, and a file in which it
finds malformed lines is parsed again by one thread. The single-threaded reader
silently drops what follows an unclosed quote; an independent count of records
detects that. The dialect is fixed, all columns are text, and malformed lines
are numbered and kept apart.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from duckdb import DuckDBPyConnection

from linksignal.errors import refusal
from linksignal.load.engine import render, row_count, run
from linksignal.load.gate import GatedFile
from linksignal.load.header import csv_reader
from linksignal.load.limits import Limits
from linksignal.load.recognise import Recognised
from linksignal.load.rules import RULES
from linksignal.load.streams import QUOTE
from linksignal.text import shown

# What stands for the place of a value that is too long in a row without any.
BARE = -1


@dataclass(frozen=True)
class Dialect:
    """Dialect of a CSV file, and the columns to keep.

    Attributes
    ----------
    delimiter : str
        Separator of values.
    columns : tuple of str
        The header; when empty there is none and every line is one value.
    used : frozenset of str or None
        Columns that are kept; None keeps all.
    sites : frozenset of str
        Columns of addresses, whose sites are kept as well.
    booleans : frozenset of str
        Columns that may hold nothing but truth values.
    is_parallel : bool
        Several threads of the engine split the file at line ends.
    """

    delimiter: str
    columns: tuple[str, ...] = ()
    used: frozenset[str] | None = None
    sites: frozenset[str] = frozenset()
    booleans: frozenset[str] = frozenset()
    is_parallel: bool = False

    @property
    def quote(self) -> str:
        """Quote character; lines without columns have none."""
        return QUOTE if self.columns else ""

    @property
    def types(self) -> dict[str, str]:
        """Type that each value of a line is parsed as, by its name in SQL."""
        if not self.columns:
            return {"value_0": "VARCHAR"}
        return {
            f"value_{position}": "BOOLEAN"
            if column in self.booleans
            else "VARCHAR"
            for position, column in enumerate(self.columns)
        }

    @property
    def kept(self) -> dict[str, str]:
        """SQL of the values to keep, and of the hosts in them."""
        if self.used is None:
            return {name: name for name in self.types}
        columns = list(enumerate(self.columns))
        values = (n for n, column in columns if column in self.used)
        sites = (n for n, column in columns if column in self.sites)
        return {
            **{f"value_{n}": f"value_{n}" for n in values},
            **{f"site_{n}": f"site_of(value_{n})" for n in sites},
        }


def site_columns(file: Recognised) -> frozenset[str]:
    """Return the URL columns whose hosts are extracted while parsing.

    Extracting the host costs as much as all other work on a URL, and it is
    needed twice. URLs that are put together from several columns wait.
    """
    if file.header.container != "csv" or file.entry.lists:
        return frozenset()
    found = [
        file.spelled(field.sources)
        for field in file.entry.fields
        if RULES[field.rule].needs_host
        and field.default is None
        and not field.settings.get("host_first")
    ]
    return frozenset(
        names[0]
        for names in found
        if len(names) == 1 and not file.entry.null_tokens
    )


def boolean_columns(file: Recognised) -> frozenset[str]:
    """Return the columns that the engine may try to parse as booleans.

    Whatever it accepts is a boolean by our rule too, and it parses them many
    times faster than text. If it meets another word, the column is text.
    """
    entry = file.entry
    if file.header.container != "csv" or entry.lists or entry.null_tokens:
        return frozenset()
    readers: dict[str, list[str]] = {}
    for field in entry.fields:
        is_plain = len(field.sources) == 1 and field.default is None
        for name in file.spelled(field.sources):
            readers.setdefault(name, []).append(field.rule if is_plain else "")
    others = set(file.spelled(entry.only))
    others |= set(file.spelled(f.within for f in entry.fields if f.within))
    return frozenset(
        name
        for name, rules in readers.items()
        if set(rules) == {"boolean"} and name not in others
    )


def read_lines(
    connection: DuckDBPyConnection,
    link: Path,
    gated: GatedFile,
    dialect: Dialect,
    limits: Limits,
) -> None:
    """Read a text file into a view ``lines`` and the tables of faults.

    ``lines`` has place (of the lines that could be read, from 1), too_long
    (the position of a value that is, or `BARE` where there is none) and
    value_0, value_1, ... with site_0, site_1, ... as far as they are kept;
    ``faults``, ``shifts`` and ``blank_lines`` hold the others. Every value is
    read, since what is not read is not checked either.

    Parameters
    ----------
    connection : DuckDBPyConnection
        Engine with the empty tables ``faults`` and ``shifts``.
    link : Path
        The file under a name without special characters.
    gated : GatedFile
        What the gate learned about it.
    dialect : Dialect
        How its lines are cut.
    limits : Limits
        Sizes of values and records.

    Raises
    ------
    LinksignalError
        Exit code 3 when a quote is never closed, the last record is cut
        off, or there are too many faults to tell.
    """
    if not _read_in_threads(connection, link, gated, dialect, limits):
        dialect = replace(dialect, booleans=frozenset())
        _read(connection, link, gated, dialect, limits)
    has_faults = check_faults(connection, gated, dialect.quote, limits)
    if dialect.quote:
        recount(connection, gated, dialect.delimiter)
    if has_faults:
        keep_faults(connection, dialect.columns)
    if _looked_at(gated, dialect, limits):
        keep_long_values(connection, dialect.columns)


def _read_in_threads(
    connection: DuckDBPyConnection,
    link: Path,
    gated: GatedFile,
    dialect: Dialect,
    limits: Limits,
) -> bool:
    """Parse a file in several threads, if that is safe.

    Returns
    -------
    bool
        False, and nothing is read, where there is no such certainty.
    """
    ends = gated.line_ends
    count = quick_count(gated, dialect.delimiter)
    if gated.is_gzip or not dialect.quote or count is None:
        return False
    if ends.in_values or ends.is_mixed:
        return False
    for booleans in dict.fromkeys((dialect.booleans, frozenset())):
        tried = replace(dialect, booleans=booleans, is_parallel=True)
        _read(connection, link, gated, tried, limits)
        if row_count(connection, "lines") == count:
            return True
        connection.execute(
            "drop view lines; drop table line_values; "
            "drop table engine_faults; drop table engine_scans"
        )
    return False


def _read(
    connection: DuckDBPyConnection,
    link: Path,
    gated: GatedFile,
    dialect: Dialect,
    limits: Limits,
) -> None:
    types = dialect.types
    # A row of bare separators is no record. Texts first: most have one.
    any_value = sorted(types, key=types.__getitem__)[::-1]
    run(
        connection,
        "lines",
        path=link,
        types=types,
        kept=dialect.kept,
        has_header=str(bool(dialect.columns)).lower(),
        delimiter=dialect.delimiter,
        quote=dialect.quote,
        compression="gzip" if gated.is_gzip else "none",
        is_parallel=str(dialect.is_parallel).lower(),
        looked_at=_looked_at(gated, dialect, limits),
        any_value=any_value if len(types) > 1 else [],
        bare=BARE,
        longest_value=limits.field_bytes,
        longest_record=limits.record_bytes,
        most_faults=limits.faults,
    )


def _looked_at(gated: GatedFile, dialect: Dialect, limits: Limits) -> list[int]:
    """Return the positions of the values that may be too long."""
    return [
        position
        for position, (name, kind) in enumerate(dialect.types.items())
        # A value that is too long is no truth value.
        if kind == "VARCHAR"
        # What is kept is read anyway, and no value may be too long.
        and not (
            name in dialect.kept
            and gated.line_ends.bound_values(limits.field_bytes)
        )
    ]


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
    """Count the records independently, if the engine could have lost any.

    Fills the table ``blank_lines``: the blank lines before the last fault,
    among whose numbers the engine counts them.

    Raises
    ------
    LinksignalError
        Exit code 3 when a quote is never closed, or the two readers do not
        find the same number of records.
    """
    ends = gated.line_ends
    if not (ends.has_quotes or ends.has_blank_lines):
        return
    faults, last_line = _row(
        connection, "select count(distinct line), max(line) from engine_faults"
    )
    if not (ends.has_quotes or faults):
        return
    lines = row_count(connection, "lines")
    if lines + faults == quick_count(gated, delimiter):
        return
    count = _count(gated, delimiter, last_line or 0)
    if count.is_open:
        raise refusal(
            gated.name,
            f"a quote in its last record, {count.records}, is never closed; "
            "fix it or export again",
        )
    if count.records != lines + faults:
        raise refusal(
            gated.name,
            f"its quotes can be read in two ways, as {lines + faults:,} and "
            f"as {count.records:,} records; export it again",
        )
    connection.execute(
        "insert into blank_lines select unnest($1)", [count.blank_slots]
    )


def _row(connection: DuckDBPyConnection, query: str) -> tuple[int, ...]:
    return connection.execute(query).fetchone() or ()


def quick_count(gated: GatedFile, delimiter: str) -> int | None:
    """Count the records below the header from what the gate has counted.

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
    """Yield the lines, and a sentinel that an unclosed quote would swallow."""
    opener = gzip.open if gated.is_gzip else open
    with opener(
        gated.data, "rt", encoding="utf-8-sig", errors="replace", newline=""
    ) as file:
        yield from file
    if not gated.ends_in_newline:
        yield "\n"
    yield _END


_REASONS = {
    "MISSING COLUMNS": "too_few_columns",
    "TOO MANY COLUMNS": "too_many_columns",
    "INVALID ENCODING": "not_utf8",
    "UNQUOTED VALUE": "stray_quote",
    "LINE SIZE OVER MAXIMUM": "too_long",
}


def create_fault_tables(connection: DuckDBPyConnection) -> None:
    """Create the empty tables that every reader of records fills.

    ``faults`` (record_number, column, reason, value_prefix) has a row per
    malformed record; ``shifts`` (place, faults) says how many of them stand
    before the records that follow the readable one at a place.
    """
    run(connection, "fault_tables")


def check_faults(
    connection: DuckDBPyConnection,
    gated: GatedFile,
    quote: str,
    limits: Limits,
) -> bool:
    """Refuse a file whose malformed lines may hide further records.

    Returns
    -------
    bool
        There are malformed lines.

    Raises
    ------
    LinksignalError
        Exit code 3.
    """
    if not row_count(connection, "engine_faults"):
        return False
    faults = connection.execute(render("engine_faults"), [limits.faults])
    count = 0
    while fault := faults.fetchone():
        count += 1
        line, kind, text, start = fault
        if quote and _is_open(kind, text, quote):
            raise refusal(
                gated.name,
                f"a quote in record {line - 1} is never closed: "
                f"{shown(text)}; fix it or export again",
            )
        is_last = start + len(text.encode()) >= gated.text_bytes
        is_whole = gated.ends_in_newline or kind == "TOO MANY COLUMNS"
        if is_last and not is_whole:
            raise refusal(
                gated.name,
                f"its last record, {line - 1}, is cut off: {shown(text)}; "
                "export it again",
            )
    if count >= limits.faults:
        raise refusal(
            gated.name,
            f"it has {limits.faults:,} malformed records or more; check "
            "its separator",
        )
    return True


def _is_open(kind: str, text: str, quote: str) -> bool:
    """Return whether a malformed line extends beyond its record.

    A long record with an odd number of quotes at its start cannot be told
    from one whose quote is never closed.
    """
    if kind == "UNQUOTED VALUE":
        return "\n" in text or "\r" in text
    return kind == "LINE SIZE OVER MAXIMUM" and text.count(quote) % 2 == 1


def keep_faults(connection: DuckDBPyConnection, columns: Sequence[str]) -> None:
    """Fill ``faults`` and ``shifts`` from the lines that were not parsed."""
    run(
        connection,
        "faults",
        columns={str(n): name for n, name in enumerate(columns)},
        reasons=_REASONS,
        first_slot=1 if columns else 0,
    )


def keep_long_values(
    connection: DuckDBPyConnection, columns: Sequence[str]
) -> None:
    """Add to ``faults`` the lines with a value that is too long.

    ``shifts`` must be filled.
    """
    run(
        connection,
        "long_values",
        columns={str(n): name for n, name in enumerate(columns)},
    )
