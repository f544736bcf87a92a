"""DuckDB within the build's limits, and what a database holds, by table."""

from __future__ import annotations

from collections.abc import Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from duckdb import DuckDBPyConnection

from linksignal.project import AUTO, THREADS, engine_settings
from linksignal.sql import identifier, literal, read_while_replaced

_LIMITS = ("memory_limit", "threads", "max_temp_directory_size")


@contextmanager
def engine(spill: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an engine without a database of its own.

    Parameters
    ----------
    spill : Path
        Folder for what does not fit into memory.

    Yields
    ------
    DuckDBPyConnection
        To attach databases to.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        name: engine_settings()[name].value for name in _LIMITS
    }
    if config["threads"] == AUTO:
        config["threads"] = THREADS
    config["temp_directory"] = str(spill)
    config["autoinstall_known_extensions"] = False
    with duckdb.connect(config=config) as connection:
        connection.execute("set TimeZone = 'UTC'")
        # DuckDB keeps to it only when it is set after the opening.
        limit = literal(str(config["max_temp_directory_size"]))
        connection.execute(f"set max_temp_directory_size = {limit}")
        yield connection


@dataclass(frozen=True)
class Content:
    """One table.

    Attributes
    ----------
    columns : tuple of (str, str)
        Names and types, in order.
    row_count : int
        Rows.
    row_hash : str
        Sum of the hashes of the rows as text: the same for the same rows in
        any order, and in any version of the engine.
    """

    columns: tuple[tuple[str, str], ...]
    row_count: int
    row_hash: str


def read_info(path: Path) -> dict[str, Any]:
    """Row of publish_info of a published file.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    dict
        By column.

    Raises
    ------
    duckdb.Error
        It is no published file, or cannot be read.
    """
    return read_while_replaced(path, lambda: _info(path))


def _info(path: Path) -> dict[str, Any]:
    with duckdb.connect(str(path), read_only=True) as connection:
        cursor = connection.execute("from publish_info")
        names = [column[0] for column in cursor.description or ()]
        row = cursor.fetchone()
    if row is None:
        raise duckdb.InvalidInputException("publish_info is empty")
    return dict(zip(names, row, strict=True))


def table_names(
    connection: DuckDBPyConnection, catalog: str
) -> list[tuple[str, str]]:
    """Schema and name of every table of a database, sorted."""
    rows = connection.execute(
        "select schema_name, table_name from duckdb_tables() "
        "where database_name = ? and not temporary order by all",
        [catalog],
    ).fetchall()
    return [(str(schema), str(table)) for schema, table in rows]


def column_types(
    connection: DuckDBPyConnection, catalog: str, schema: str, table: str
) -> dict[str, str]:
    """Type of every column of a table, in the table's order."""
    rows = connection.execute(
        f"describe {identifier(catalog, schema, table)}"
    ).fetchall()
    return {str(name): str(kind) for name, kind, *_ in rows}


def content(
    connection: DuckDBPyConnection, catalog: str, schema: str, table: str
) -> Content:
    """Columns, number of rows and hash of one table.

    Parameters
    ----------
    connection : DuckDBPyConnection
        Has the database attached.
    catalog, schema, table : str
        Where the table is.

    Returns
    -------
    Content
    """
    columns = column_types(connection, catalog, schema, table)
    row = connection.execute(
        "select count(*), sum(md5_number_lower(whole_row::varchar)) "
        f"from {identifier(catalog, schema, table)} as whole_row"
    ).fetchone()
    row_count, row_hash = row or (0, None)
    return Content(
        tuple(columns.items()),
        int(row_count),
        str(row_hash or 0),
    )


def columns(
    connection: DuckDBPyConnection, catalog: str, schemas: Container[str]
) -> dict[str, tuple[tuple[str, str], ...]]:
    """Names and types of columns by ``schema.table``, of some schemas."""
    return {
        f"{schema}.{table}": tuple(
            column_types(connection, catalog, schema, table).items()
        )
        for schema, table in table_names(connection, catalog)
        if schema in schemas
    }


def contents(
    connection: DuckDBPyConnection,
    catalog: str,
    schemas: Container[str] | None = None,
) -> dict[str, Content]:
    """Content of every table, by ``schema.table``; of some schemas or all."""
    return {
        f"{schema}.{table}": content(connection, catalog, schema, table)
        for schema, table in table_names(connection, catalog)
        if schemas is None or schema in schemas
    }
