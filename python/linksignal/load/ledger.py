"""The ledger of loads, and the Parquet files that a load writes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from json import dumps
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from duckdb import DuckDBPyConnection
from pyarrow import json

from linksignal.contract import needed_columns, raw_schemas, raw_types
from linksignal.errors import LinksignalError
from linksignal.load.engine import render, row_count, second_cursor
from linksignal.load.fates import Fates
from linksignal.load.format_file import Format
from linksignal.load.gate import GatedFile
from linksignal.sql import identifier, literal


@dataclass(frozen=True)
class Load:
    """One load of one file.

    Attributes
    ----------
    load_id : str
        The key; follows from format and content.
    file : str
        Name of the file.
    sha256 : str
        Of the file's bytes.
    format : str
        Name of the format.
    loaded_at : datetime
        UTC, without a zone.
    fates : Fates
        Counts of the records.
    completeness : str or None
        ``complete`` or ``partial``, where it is known.
    records_expected : int or None
        Links that the tool says there are of what the file is about.
    column_map : str or None
        Columns that were renamed and set, as options of the command line.
    """

    load_id: str
    file: str
    sha256: str
    format: str
    loaded_at: datetime
    fates: Fates
    completeness: str | None = None
    records_expected: int | None = None
    column_map: str | None = None

    def row(self) -> dict[str, object]:
        """Row of the raw table ``loads``."""
        return {
            "load_id": self.load_id,
            "file": self.file,
            "sha256": self.sha256,
            "format": self.format,
            "loaded_at": self.loaded_at,
            "records_read": self.fates.read,
            "records_landed": self.fates.landed,
            "records_rejected": self.fates.rejected,
            "records_skipped": self.fates.skipped,
            "duplicates": self.fates.duplicates,
            "completeness": self.completeness,
            "records_expected": self.records_expected,
            "column_map": self.column_map,
            "rows_landed": sum(self.fates.landed_by_table.values()),
        }


def load_id_of(gated: GatedFile, format_name: str, domain: str | None) -> str:
    """Return the key of a load.

    Parameters
    ----------
    gated : GatedFile
        The file.
    format_name : str
        The format it is read as.
    domain : str or None
        Domain given by the user because no record names it; then the same
        bytes may truly describe two domains.
    """
    content = gated.sha256
    if domain is not None:
        content = hashlib.sha256(f"{content} {domain}".encode()).hexdigest()
    return f"{format_name}-{content[:12]}"


def read_ledger(raw_dir: Path) -> list[dict[str, Any]]:
    """Read the loads of a raw directory.

    Returns
    -------
    list of dict
        Rows of the raw table ``loads``, the oldest first, each with the
        ``path`` of the file that holds it.

    Raises
    ------
    LinksignalError
        Exit code 2 when the ledger, or a file of it, cannot be read.
    """
    rows: list[dict[str, Any]] = []
    for path in _ledger_files(raw_dir):
        try:
            found = _as_contracted(read_parquet(path), path).to_pylist()
        except PermissionError as error:
            raise _forbidden(path) from error
        except (pa.ArrowException, OSError) as error:
            raise LinksignalError(
                f"{path}: this file of the ledger is broken; remove it and "
                "the files of the same name beside it, and load again"
            ) from error
        rows.extend({**row, "path": path} for row in found)
    return sorted(rows, key=lambda row: (row["loaded_at"], row["load_id"]))


def read_parquet(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Read a Parquet file, or some columns of it.

    `pyarrow.parquet.read_table` would import pandas, which takes longer than
    most files to load.
    """
    with pq.ParquetFile(path) as file:
        return file.read(columns)


def _as_contracted(table: pa.Table, path: Path) -> pa.Table:
    """Select columns by name, ignoring case, and cast them to the contract."""
    schema = raw_schemas()["loads"]
    delivered = {name.lower(): name for name in table.column_names}
    missing = [
        name for name in needed_columns("loads") if name not in delivered
    ]
    if missing:
        raise LinksignalError(
            f"{path}: this file of the ledger lacks {', '.join(missing)}; "
            "write these columns as the raw contract has them, or no ledger"
        )
    columns = [
        table[delivered[field.name]].cast(field.type)
        if field.name in delivered
        else pa.nulls(len(table), field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)


def _ledger_files(raw_dir: Path) -> list[Path]:
    folder = raw_dir / "loads"
    try:
        # Not glob: it takes a folder that may not be read for an empty one.
        names = os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise _forbidden(folder) from error
    return [
        folder / name for name in sorted(names) if name.endswith(".parquet")
    ]


def _forbidden(path: Path) -> LinksignalError:
    return LinksignalError(
        f"{path}: the ledger of loads cannot be read; check who may read it"
    )


def earlier_load(
    ledger: Sequence[dict[str, Any]], load_id: str, sha256: str | None
) -> tuple[str, datetime] | None:
    """Return file and time of an earlier load of the same content, if any.

    Parameters
    ----------
    ledger : sequence of dict
        What `read_ledger` gives.
    load_id : str
        Key of the load in question.
    sha256 : str or None
        Its bytes, when these alone are the content.
    """
    for row in ledger:
        if load_id == row["load_id"] or sha256 == row["sha256"]:
            return str(row["file"]), row["loaded_at"]
    return None


# As small as the first version at zstd's own level, in two thirds of the time.
_COMPACT = "parquet_version v2, compression zstd, compression_level 1"
_COMPACT_IN_PYTHON: Mapping[str, Any] = {
    "compression": "zstd",
    "compression_level": 1,
}
_REJECTED_COLUMNS = {"record_number", "column", "reason", "value_prefix"}


def write_load(
    connection: DuckDBPyConnection, load: Load, entry: Format, folder: Path
) -> dict[str, Path]:
    """Write every raw table that a load feeds.

    Parameters
    ----------
    connection : DuckDBPyConnection
        Engine after `linksignal.load.fates.decide`.
    load : Load
        Its row of the ledger.
    entry : Format
        Its format.
    folder : Path
        Where the files go.

    Returns
    -------
    dict of str to Path
        File by table. A table without rows has none; the ledger stands last.
    """
    files = {
        table: _write(connection, load, folder, table, _rows(entry, table))
        for table, rows in load.fates.landed_by_table.items()
        if rows
    }
    if load.fates.rejected:
        files["rejected_records"] = _write(
            connection, load, folder, "rejected_records", {}
        )
    files["loads"] = write_ledger(load, folder)
    return files


def write_together(
    connection: DuckDBPyConnection,
    loads: Mapping[int, Load],
    entry: Format,
    folders: Mapping[int, Path],
) -> dict[int, dict[str, Path]]:
    """Write the raw tables of loads whose files were read together.

    Parameters
    ----------
    connection : DuckDBPyConnection
        Engine after `linksignal.load.fates.decide_together`.
    loads : mapping of int to Load
        Their rows of the ledger, by the number of the file.
    entry : Format
        Their format.
    folders : mapping of int to Path
        Where the files of each go.

    Returns
    -------
    dict of int to dict of str to Path
        As `write_load` gives them.
    """
    files: dict[int, dict[str, Path]] = {number: {} for number in loads}
    for table in entry.tables:
        rows = _rows_together(connection, loads, entry, table)
        first = 0
        for number, load in sorted(loads.items()):
            count = load.fates.landed_by_table[table]
            if count:
                path = folders[number] / f"{table}.parquet"
                pq.write_table(
                    rows.slice(first, count), path, **_COMPACT_IN_PYTHON
                )
                files[number][table] = path
            first += count
    for number, load in loads.items():
        files[number]["loads"] = write_ledger(load, folders[number])
    return files


def _rows_together(
    connection: DuckDBPyConnection,
    loads: Mapping[int, Load],
    entry: Format,
    table: str,
) -> pa.Table:
    """Return the rows of a raw table, in the order of files and records."""
    keys = _rows(entry, table)
    given = {*keys, "record_number", "load_id"}
    schema = raw_schemas()[table]
    query = render(
        "rows_of_files",
        rows=f"rows:{table}",
        columns=keys,
        contracted=[_contracted(table, name, given) for name in schema.names],
        file_numbers=list(loads),
        load_ids=[load.load_id for load in loads.values()],
        has_lists=bool(entry.lists),
    )
    found: pa.Table = second_cursor(connection).sql(query).to_arrow_table()
    return found.cast(schema)


def _contracted(table: str, column: str, given: Set[str]) -> str:
    """Return SQL of a column in the type of the contract."""
    name = identifier(column)
    value = name if column in given else "null"
    return f"{value}::{raw_types(table)[column]} as {name}"


def _rows(entry: Format, table: str) -> dict[str, str]:
    """Return the typed column of each column of a raw table."""
    fields = entry.fields_of(table).items()
    keys = {column: field.key for column, field in fields}
    return {**keys, "source": "source", "as_of": "as_of"}


def _write(
    connection: DuckDBPyConnection,
    load: Load,
    folder: Path,
    table: str,
    keys: Mapping[str, str],
) -> Path:
    """Write the rows of a table; without keys, the rejected records."""
    given = {*keys, "record_number"} if keys else _REJECTED_COLUMNS
    columns = [
        f"{literal(load.load_id)}::varchar as load_id"
        if name == "load_id"
        else _contracted(table, name, given)
        for name in raw_types(table)
    ]
    if keys:
        query = render(
            "raw_table",
            rows=f"rows:{table}",
            columns=keys,
            contracted=columns,
            has_shifts=row_count(connection, "shifts") > 0,
        )
    else:
        query = render("rejected_records", contracted=columns)
    path = folder / f"{table}.parquet"
    connection.execute(
        f"copy ({query}) to {literal(path)} (format parquet, {_COMPACT})"
    )
    return path


def write_ledger(load: Load, folder: Path) -> Path:
    """Write the row of the ledger; replaces an earlier one."""
    path = folder / "loads.parquet"
    # pa.Table.from_pylist would import pandas, which takes longer than most
    # files to load.
    row = json.read_json(
        BytesIO(dumps(load.row(), default=str).encode()),
        parse_options=json.ParseOptions(
            explicit_schema=raw_schemas()["loads"],
            unexpected_field_behavior="error",
        ),
    )
    pq.write_table(row, path)
    return path
