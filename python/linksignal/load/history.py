"""The loads of a raw directory: list them, and remove one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.compute as pc
import pyarrow.parquet as pq

from linksignal.contract import raw_file, raw_schemas
from linksignal.errors import LinksignalError
from linksignal.files import is_real_file, kind_of
from linksignal.load.engine import render
from linksignal.load.landing import remove, work_folder
from linksignal.load.ledger import read_ledger, read_parquet
from linksignal.load.summary import (
    file_lines,
    listed,
    reason_at,
    title_line,
    widths_for,
)
from linksignal.paths import pasted
from linksignal.sql import open_to_read
from linksignal.text import amount, printable, shown

EXAMPLES = 3
_COUNT_COLUMNS = (
    "records_read",
    "records_landed",
    "records_rejected",
    "records_skipped",
    "duplicates",
)
Row = Mapping[str, Any]


class _Rejected(NamedTuple):
    """Records rejected for one reason, and the first of them."""

    reason: str
    column: str
    records: int
    examples: list[tuple[int, str | None]]


def history(raw_dir: Path) -> str:
    """Return the loads of a raw directory as text, oldest first.

    Parameters
    ----------
    raw_dir : Path
        Raw directory.

    Returns
    -------
    str
        Lines without a final line end.

    Raises
    ------
    LinksignalError
        Exit code 2 when there is no such directory or its ledger is broken.
    """
    ledger = ledger_of(raw_dir)
    if not ledger:
        return f"{raw_dir} has no loads."
    widths = widths_for([_counts(row) for row in ledger])
    lines = [title_line(widths)]
    for row in ledger:
        lines.extend(_load_lines(row, widths, _rejected(raw_dir, row)))
    return "\n".join(lines)


def one_load(raw_dir: Path, load_id: str) -> str:
    """Return one load as text, with examples of rejected records.

    Raises
    ------
    LinksignalError
        Exit code 2 when the directory has no such load.
    """
    row = load_of(raw_dir, load_id)
    rejected = _rejected(raw_dir, row)
    widths = widths_for([_counts(row)])
    rows = {
        table: pq.read_metadata(path).num_rows
        for table, path in files_of(raw_dir, load_id).items()
        if table not in ("loads", "rejected_records")
    }
    return "\n".join(
        [
            title_line(widths),
            *_load_lines(row, widths, []),
            *listed("    landed: ", rows),
            *_examples(rejected),
        ]
    )


def ledger_of(raw_dir: Path) -> list[dict[str, Any]]:
    """Return the rows of the ledger; raise if there is no such directory."""
    if not raw_dir.is_dir():
        raise LinksignalError(
            f"{raw_dir}: there is no such raw directory; name the one that "
            "linksignal load wrote to"
        )
    return read_ledger(raw_dir)


def load_of(raw_dir: Path, load_id: str) -> dict[str, Any]:
    """Return a load's row of the ledger; raise if there is none."""
    for row in ledger_of(raw_dir):
        if row["load_id"] == load_id:
            return row
    raise LinksignalError(
        f"{raw_dir} has no load {shown(load_id, 60)}; linksignal loads --raw "
        f"{pasted(raw_dir)} lists those it has"
    )


def files_of(raw_dir: Path, load_id: str) -> dict[str, Path]:
    """Return the files of a load by raw table."""
    if Path(load_id).name != load_id:
        raise LinksignalError(
            f"{raw_dir}: the load {shown(load_id, 60)} of the ledger cannot "
            "be the name of a file, so another tool wrote it; look there"
        )
    paths = {
        table: raw_file(raw_dir, table, load_id) for table in raw_schemas()
    }
    return {table: path for table, path in paths.items() if path.exists()}


def _counts(row: Row) -> list[int]:
    return [row[column] for column in _COUNT_COLUMNS]


def _load_lines(
    row: Row, widths: Sequence[int], rejected: Sequence[_Rejected]
) -> Iterator[str]:
    yield (
        f"{printable(row['load_id'])}: loaded "
        f"{row['loaded_at']:%Y-%m-%d %H:%M} UTC as {printable(row['format'])}"
    )
    if row.get("completeness"):
        expected = row["records_expected"]
        of = "" if expected is None else f" of {expected:,} links"
        yield f"  {row['completeness']}: {row['records_read']:,} records{of}"
    if row.get("column_map"):
        yield f"  {printable(row['column_map'])}"
    file = printable(row["file"])
    reasons = {(each.reason, each.column): each.records for each in rejected}
    yield from file_lines(file, _counts(row), widths, reasons, {})


def _rejected(raw_dir: Path, row: Row) -> list[_Rejected]:
    """Return the rejected records of a load, the most frequent reason first."""
    path = raw_file(raw_dir, "rejected_records", row["load_id"])
    if not path.exists():
        return []
    with open_to_read() as connection:
        groups = connection.execute(
            render("rejected_groups", examples=EXAMPLES), [str(path)]
        ).fetchall()
    return [
        _Rejected(
            reason,
            column or "",
            records,
            [(each["number"], each["value"]) for each in examples],
        )
        for reason, column, records, examples in groups
    ]


def _examples(rejected: Sequence[_Rejected]) -> Iterator[str]:
    for group in rejected:
        place = reason_at(group.reason, group.column)
        yield f"    rejected: {place} {group.records:,}"
        for number, value in group.examples:
            shown_value = f": {shown(value, 60)}" if value else ""
            yield f"      record {number:,}{shown_value}"


def unload(raw_dir: Path, load_id: str) -> dict[str, Any]:
    """Remove one load from a raw directory.

    Parameters
    ----------
    raw_dir : Path
        Raw directory.
    load_id : str
        Key of the load.

    Returns
    -------
    dict
        Its row of the ledger, as it was.

    Raises
    ------
    LinksignalError
        Exit code 2 when there is no such load, or when its rows share a
        file with others'; 75 while a load writes to the directory. The
        directory stays as it was then.
    """
    ledger_of(raw_dir)
    with work_folder(raw_dir):
        row = load_of(raw_dir, load_id)
        files = files_of(raw_dir, row["load_id"])
        if row["path"] not in files.values():
            raise _shared(row["path"])
        for path in files.values():
            _check_is_own(path, load_id)
        remove(raw_dir, list(files.values()))
    return row


def removed(row: Mapping[str, Any], raw_dir: Path) -> str:
    """Return the message about a removed load, from what `unload` returned."""
    return (
        f"Removed {printable(row['file'])} "
        f"({amount(row['records_landed'], 'record')}, loaded "
        f"{row['loaded_at']:%Y-%m-%d %H:%M} UTC) from {raw_dir}."
    )


def _check_is_own(path: Path, load_id: str) -> None:
    if not is_real_file(path):
        raise LinksignalError(
            f"{path} is {kind_of(path)}, which no load made; move it away"
        )
    column = read_parquet(path, ["load_id"])["load_id"]
    if pc.unique(column).to_pylist() not in ([load_id], []):
        raise _shared(path)


def _shared(path: Path) -> LinksignalError:
    return LinksignalError(
        f"{path}: this file holds rows of other loads, so another tool wrote "
        "it; remove the load with that tool"
    )
