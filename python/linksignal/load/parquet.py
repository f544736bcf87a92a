"""Parquet: the rows of one load in the types of the raw contract."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from duckdb import DuckDBPyConnection

from linksignal.contract import raw_schemas
from linksignal.load.format_file import Format
from linksignal.load.ledger import Load
from linksignal.load.sql import identifier, literal

# As small as the first version at zstd's own level, in two thirds of the time.
_COMPACT = "PARQUET_VERSION v2, COMPRESSION zstd, COMPRESSION_LEVEL 1"
_ENGINE_TYPES = {
    "string": "VARCHAR",
    "list<item: string>": "VARCHAR[]",
    "list<element: string>": "VARCHAR[]",
    "int64": "BIGINT",
    "double": "DOUBLE",
    "bool": "BOOLEAN",
    "date32[day]": "DATE",
    "timestamp[us]": "TIMESTAMP",
}


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
    relations = {
        table: _rows(connection, entry, table)
        for table, rows in load.fates.landed_by_table.items()
        if rows
    }
    if load.fates.rejected:
        relations["rejected_records"] = (
            "(SELECT * FROM rejected ORDER BY record_number)"
        )
    files = {
        table: _write(connection, table, relation, load.load_id, folder)
        for table, relation in relations.items()
    }
    files["loads"] = write_ledger(load, folder)
    return files


def _rows(connection: DuckDBPyConnection, entry: Format, table: str) -> str:
    """Return a table's rows, renamed and with the numbers of their records."""
    kept = identifier(f"rows:{table}")
    # The join sorts every row, so it is left out where it changes nothing.
    if connection.execute("FROM shifts LIMIT 1").fetchone() is None:
        numbered = (
            f"SELECT kept.place AS record_number, {{}} FROM {kept} AS kept"
        )
    else:
        numbered = (
            "SELECT kept.place + coalesce(shifts.faults, 0) AS record_number, "
            f"{{}} FROM {kept} AS kept "
            "ASOF LEFT JOIN shifts ON kept.place > shifts.place"
        )
    keys = {
        column: field.key for column, field in entry.fields_of(table).items()
    }
    keys = {**keys, "source": "source", "as_of": "as_of"}
    columns = ", ".join(
        f"{identifier(key)} AS {identifier(column)}"
        for column, key in keys.items()
    )
    return f"({numbered.format(columns)})"


def _write(
    connection: DuckDBPyConnection,
    table: str,
    relation: str,
    load_id: str,
    folder: Path,
) -> Path:
    schema = raw_schemas()[table]
    given = connection.execute(f"SELECT * FROM {relation} LIMIT 0").description
    names = {column[0] for column in given or []}
    columns = ", ".join(
        f"{_column(field.name, names, load_id)}::"
        f"{_ENGINE_TYPES[str(field.type)]} AS {identifier(field.name)}"
        for field in schema
    )
    path = folder / f"{table}.parquet"
    connection.execute(
        f"COPY (SELECT {columns} FROM {relation}) TO {literal(str(path))} "
        f"(FORMAT parquet, {_COMPACT})"
    )
    return path


def _column(name: str, given: set[str], load_id: str) -> str:
    if name == "load_id":
        return literal(load_id)
    return identifier(name) if name in given else "NULL"


def write_ledger(load: Load, folder: Path) -> Path:
    """Write the row of the ledger, in place of an earlier one."""
    path = folder / "loads.parquet"
    row = pa.Table.from_pylist([load.row()], schema=raw_schemas()["loads"])
    pq.write_table(row, path)
    return path
