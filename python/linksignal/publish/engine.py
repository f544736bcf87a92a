"""DuckDB for the export: within the build's limits, spilling in the run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import duckdb

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
