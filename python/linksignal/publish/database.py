"""DuckDB within the build's limits, and what a database holds, by table."""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import duckdb
from duckdb import DuckDBPyConnection

_Read = TypeVar("_Read")

# As in profiles.yml.
_SETTINGS = {
    "memory_limit": ("LINKSIGNAL_MEMORY_LIMIT", "2GB"),
    "threads": ("LINKSIGNAL_THREADS", "2"),
    "max_temp_directory_size": ("LINKSIGNAL_SPILL_LIMIT", "20GB"),
}


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
        name: os.environ.get(variable, default)
        for name, (variable, default) in _SETTINGS.items()
    }
    config["temp_directory"] = str(spill)
    config["autoinstall_known_extensions"] = False
    with duckdb.connect(config=config) as connection:
        connection.execute("set TimeZone = 'UTC'")
        yield connection


def attach(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    name: str,
    options: str = "read_only",
) -> None:
    """Attach a database file under a name."""
    text = str(path).replace("'", "''")
    connection.execute(f"attach '{text}' as {name} ({options})")


def read_while_replaced(path: Path, read: Callable[[], _Read]) -> _Read:
    """Open a database file whose place another may take meanwhile.

    DuckDB 2.0 opens a file three times and reads the header by the second
    handle, all else by the third. Where a refresh puts a new file in its place
    between the two, DuckDB takes the file for broken, and another try reads
    the new one.

    Parameters
    ----------
    path : Path
        The file.
    read : callable
        Opens it, and returns what is wanted of it.

    Returns
    -------
    object
        What `read` returned.

    Raises
    ------
    duckdb.Error
        The file could not be read, and nothing took its place.
    """
    while True:
        before = _identity(path)
        try:
            return read()
        except duckdb.Error:
            if _identity(path) == before:
                raise


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_ctime_ns


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


def quoted(*names: str) -> str:
    """Qualified name for SQL."""
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


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
        f"describe {quoted(catalog, schema, table)}"
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
        f"from {quoted(catalog, schema, table)} as whole_row"
    ).fetchone()
    row_count, row_hash = row or (0, None)
    return Content(
        tuple(columns.items()),
        int(row_count),
        str(row_hash or 0),
    )


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
