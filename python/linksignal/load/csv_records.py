"""CSV: the lines of a text file as a table of texts, and what is no line.

Several threads of the engine split a file at line ends and, where a quoted
value holds what looks like records, take its inside for records without a
word. So they read only what has no line end in a value, and one thread reads
again what they find faults in. The dialect is fixed, all columns are text,
and what does not fit the dialect is kept apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from duckdb import DuckDBPyConnection

from linksignal.load.csv_faults import check_faults, keep_faults
from linksignal.load.csv_recount import quick_count, recount
from linksignal.load.engine import row_count
from linksignal.load.gate import GatedFile
from linksignal.load.limits import Limits
from linksignal.load.quote_parity import QUOTE
from linksignal.load.sql import literal

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
