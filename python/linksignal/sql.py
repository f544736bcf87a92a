"""Values and names as they stand in SQL, and database files to read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import duckdb
from duckdb import DuckDBPyConnection

_Read = TypeVar("_Read")


def literal(value: str | float | Path | None) -> str:
    """Return a value as an SQL literal; None is NULL."""
    if value is None:
        return "null"
    if isinstance(value, str | Path):
        return "'" + str(value).replace("'", "''") + "'"
    return repr(value)


def identifier(*names: str) -> str:
    """Return a name, qualified by those before it, as SQL identifiers."""
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


def json_path(name: str) -> str:
    """Return the path of a key, or of a key in an object, ``key.key``."""
    keys = name.replace("\\", "\\\\").replace('"', '\\"').split(".")
    return "$" + "".join(f'."{key}"' for key in keys)


def attach(
    connection: DuckDBPyConnection,
    path: Path,
    name: str,
    options: str = "read_only",
) -> None:
    """Attach a database file under a name."""
    connection.execute(f"attach {literal(path)} as {name} ({options})")


def open_to_read(
    path: Path | None = None, memory: str = "1GB"
) -> DuckDBPyConnection:
    """Open DuckDB to read a few rows for people: nothing goes to disk.

    Parameters
    ----------
    path : Path, optional
        Database file, which is opened for reading only; without it there is
        none, and files are attached or named in queries.
    memory : str, default "1GB"
        Memory limit.

    Returns
    -------
    DuckDBPyConnection
        A query that needs more memory fails.
    """
    # Without a folder to spill to nothing is written. DuckDB 2.0 shows a limit
    # of 0 bytes that it gets at the opening, and spills past it.
    return duckdb.connect(
        ":memory:" if path is None else str(path),
        read_only=path is not None,
        config={"memory_limit": memory, "temp_directory": ""},
    )


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
