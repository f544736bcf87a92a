"""DuckDB for the export: within the build's limits, spilling in the run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

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
