"""Faults: lines that do not fit the dialect, numbered and kept apart."""

from __future__ import annotations

from collections.abc import Sequence

from duckdb import DuckDBPyConnection

from linksignal.load.gate import GatedFile
from linksignal.load.limits import Limits
from linksignal.load.refusal import refusal, shown
from linksignal.load.sql import lookup

_REASONS = {
    "MISSING COLUMNS": "too_few_columns",
    "TOO MANY COLUMNS": "too_many_columns",
    "INVALID ENCODING": "not_utf8",
    "UNQUOTED VALUE": "stray_quote",
    "LINE SIZE OVER MAXIMUM": "too_long",
}
_LINE_ENDS = "chr(13) || chr(10)"


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
        f"ltrim(csv_line, {_LINE_ENDS}) AS text, line_byte_position "
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
        f"any_value(left(ltrim(csv_line, {_LINE_ENDS}), 100)) AS value_prefix "
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
