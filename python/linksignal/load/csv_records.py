"""CSV: the lines of a text file as a table of texts, and what is no line.

Several threads of the engine split a file at line ends and, where a quoted
value holds what looks like records, take its inside for records without a
word. So they read only what has no line end in a value, and one thread reads
again what they find faults in. That one never takes the inside of a quoted
value for records, but it drops what follows a quote that is never closed, and
says nothing; a second reader that only counts notices either. The dialect is
fixed, all columns are text, and what does not fit the dialect is numbered and
kept apart.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from duckdb import DuckDBPyConnection

from linksignal.errors import refusal
from linksignal.load.engine import lookup, row_count
from linksignal.load.gate import GatedFile
from linksignal.load.header import csv_reader
from linksignal.load.limits import Limits
from linksignal.load.streams import QUOTE
from linksignal.sql import literal
from linksignal.text import shown

# What stands for the place of a value that is too long in a row without any.
BARE = -1


@dataclass(frozen=True)
class Dialect:
    """How the lines of a file are cut into values.

    Attributes
    ----------
    delimiter : str
        Separator of values.
    columns : tuple of str
        The header; when empty there is none and every line is one value.
    used : frozenset of str or None
        Columns that are kept; None keeps all.
    sites : frozenset of str
        Columns of addresses, of which s0, s1, ... get the site.
    booleans : frozenset of str
        Columns that may hold nothing but truth values.
    """

    delimiter: str
    columns: tuple[str, ...] = ()
    used: frozenset[str] | None = None
    sites: frozenset[str] = frozenset()
    booleans: frozenset[str] = frozenset()

    @property
    def quote(self) -> str:
        """Quote character; lines without columns have none."""
        return QUOTE if self.columns else ""

    @property
    def names(self) -> Sequence[str]:
        """Names of the values in the engine: c0, c1, ..."""
        return [f"c{place}" for place in range(max(len(self.columns), 1))]

    @property
    def types(self) -> dict[str, str]:
        """Type that the engine reads each of `names` as."""
        if not self.columns:
            return dict.fromkeys(self.names, "VARCHAR")
        return {
            name: "BOOLEAN" if column in self.booleans else "VARCHAR"
            for name, column in zip(self.names, self.columns, strict=True)
        }

    @property
    def kept(self) -> Sequence[str]:
        """Those of `names` that are kept, and the sites in them."""
        if self.used is None:
            return self.names
        named = list(zip(self.names, self.columns, strict=True))
        return [
            *(name for name, column in named if column in self.used),
            *(
                f"site_of({name}) AS s{name[1:]}"
                for name, column in named
                if column in self.sites
            ),
        ]


def read_lines(
    connection: DuckDBPyConnection,
    link: Path,
    gated: GatedFile,
    dialect: Dialect,
    limits: Limits,
) -> None:
    """Read a text file into a table ``lines`` of place, too_long, c0, c1, ...

    `too_long` is the column of a value that is, or `BARE` where there is none.

    Every value is read, since what is not read is not checked either.

    A place counts the lines that could be read, from 1; the tables
    ``faults`` and ``shifts`` are filled from those that could not.

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
        relation = _relation(link, gated, dialect, limits)
        _read(connection, relation, gated, dialect, limits)
    check_faults(connection, gated, dialect.quote, limits)
    if dialect.quote:
        recount(connection, gated, dialect.delimiter)
    keep_faults(connection, dialect.columns)


def _read_in_threads(
    connection: DuckDBPyConnection,
    link: Path,
    gated: GatedFile,
    dialect: Dialect,
    limits: Limits,
) -> bool:
    """Read a file whose records no thread can mistake.

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
        tried = replace(dialect, booleans=booleans)
        relation = _relation(link, gated, tried, limits, is_parallel=True)
        _read(connection, relation, gated, tried, limits)
        if row_count(connection, "lines") == count:
            return True
        connection.execute(
            "DROP VIEW lines; DROP TABLE line_values; "
            "DROP TABLE engine_faults; DROP TABLE engine_scans"
        )
    return False


def _read(
    connection: DuckDBPyConnection,
    relation: str,
    gated: GatedFile,
    dialect: Dialect,
    limits: Limits,
) -> None:
    # A value that is too long is no truth value.
    looked_at = [
        (place, name)
        for place, (name, kind) in enumerate(dialect.types.items())
        if kind == "VARCHAR"
    ]
    if gated.line_ends.bound_values(limits.field_bytes):
        # What is kept is read anyway, and no value is too long.
        looked_at = [each for each in looked_at if each[1] not in dialect.kept]
    cases = " ".join(
        f"WHEN strlen({name}) > {limits.field_bytes} THEN {place}"
        for place, name in looked_at
    )
    if len(dialect.columns) > 1:
        # A row of bare separators is no record. Texts first: most have one.
        names = sorted(dialect.types, key=dialect.types.__getitem__)[::-1]
        cases = (
            f"WHEN coalesce({', '.join(f'{n}::VARCHAR' for n in names)}) "
            f"IS NULL THEN {BARE} {cases}"
        )
    too_long = f"CASE {cases} END" if cases else "NULL::INTEGER"
    connection.execute(
        f"CREATE TABLE line_values AS SELECT {too_long} AS too_long, "
        f"{', '.join(dialect.kept)} FROM {relation}; "
        "CREATE VIEW lines AS SELECT rowid + 1 AS place, * FROM line_values"
    )


def _relation(
    link: Path,
    gated: GatedFile,
    dialect: Dialect,
    limits: Limits,
    *,
    is_parallel: bool = False,
) -> str:
    options = {
        "auto_detect": "false",
        "columns": str(dialect.types),
        "header": "true" if dialect.columns else "false",
        "delim": literal(dialect.delimiter),
        "quote": literal(dialect.quote),
        "escape": literal(dialect.quote),
        "compression": literal("gzip" if gated.is_gzip else "none"),
        "strict_mode": "true",
        "parallel": str(is_parallel).lower(),
        "max_line_size": str(limits.record_bytes),
        "buffer_size": str(2 * limits.record_bytes),
        "store_rejects": "true",
        "rejects_table": "'engine_faults'",
        "rejects_scan": "'engine_scans'",
        "rejects_limit": str(limits.faults),
    }
    text = ", ".join(f"{name} = {value}" for name, value in options.items())
    return f"read_csv({literal(str(link))}, {text})"


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


_REASONS = {
    "MISSING COLUMNS": "too_few_columns",
    "TOO MANY COLUMNS": "too_many_columns",
    "INVALID ENCODING": "not_utf8",
    "UNQUOTED VALUE": "stray_quote",
    "LINE SIZE OVER MAXIMUM": "too_long",
}
_ENDS = "chr(13) || chr(10)"


def create_fault_tables(connection: DuckDBPyConnection) -> None:
    """Create the empty tables that every reader of records fills.

    ``faults`` (record_number, column, reason, value_prefix) has a row per
    malformed record; ``shifts`` (place, faults) says how many of them stand
    before the records that follow the readable one at a place.
    """
    connection.execute(
        "CREATE TABLE faults (record_number BIGINT, "
        '"column" VARCHAR, reason VARCHAR, value_prefix VARCHAR)'
    )
    connection.execute("CREATE TABLE shifts (place BIGINT, faults BIGINT)")
    connection.execute("CREATE TABLE blank_lines (slot BIGINT)")


def check_faults(
    connection: DuckDBPyConnection,
    gated: GatedFile,
    quote: str,
    limits: Limits,
) -> None:
    """Refuse a file whose faults may hide further records.

    Raises
    ------
    LinksignalError
        Exit code 3.
    """
    faults = connection.execute(
        "SELECT line, error_type, "
        f"ltrim(csv_line, {_ENDS}) AS text, line_byte_position "
        "FROM engine_faults ORDER BY line LIMIT $1",
        [limits.faults],
    )
    count = 0
    while fault := faults.fetchone():
        count += 1
        line, kind, text, start = fault
        if quote and _is_open(kind, text, quote):
            raise refusal(
                gated.name,
                f"a quote in record {line - 1} is never closed: "
                f"{shown(text)}; mend it or export again",
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


def _is_open(kind: str, text: str, quote: str) -> bool:
    """Tell whether a fault runs on beyond its record.

    A long record with an odd number of quotes at its start cannot be told
    from one whose quote is never closed.
    """
    if kind == "UNQUOTED VALUE":
        return "\n" in text or "\r" in text
    return kind == "LINE SIZE OVER MAXIMUM" and text.count(quote) % 2 == 1


def keep_faults(connection: DuckDBPyConnection, columns: Sequence[str]) -> None:
    """Fill ``faults`` and ``shifts`` from what the engine could not read."""
    names = lookup({str(place): name for place, name in enumerate(columns)})
    first_slot = 1 if columns else 0
    connection.execute(
        "CREATE TABLE fault_slots AS WITH slots AS ("
        f"SELECT line - {first_slot} AS slot, "
        "min_by(error_type, coalesce(column_idx, 0)) AS kind, "
        "min_by(column_name, column_idx)[2:] AS place, "
        f"any_value(left(ltrim(csv_line, {_ENDS}), 100)) AS value_prefix "
        "FROM engine_faults GROUP BY line) "
        "SELECT slot - (SELECT count(*) FROM blank_lines "
        "WHERE blank_lines.slot < slots.slot) AS record_number, "
        "row_number() OVER (ORDER BY slot) AS faults, "
        "place, kind, value_prefix FROM slots"
    )
    connection.execute(
        "INSERT INTO shifts SELECT record_number - faults, max(faults) "
        "FROM fault_slots GROUP BY 1"
    )
    connection.execute(
        "INSERT INTO faults SELECT record_number, "
        f"{names}[place], {lookup(_REASONS)}[kind], value_prefix "
        "FROM fault_slots"
    )
    connection.execute(
        "INSERT INTO faults SELECT lines.place + coalesce(shifts.faults, 0), "
        f"{names}[too_long::VARCHAR], 'too_long', NULL "
        "FROM (SELECT * FROM lines WHERE too_long >= 0) AS lines "
        "ASOF LEFT JOIN shifts ON lines.place > shifts.place"
    )
