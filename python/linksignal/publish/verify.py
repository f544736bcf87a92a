"""Does a published file hold what it should? Asked in a fresh process.

``python -P -m linksignal.publish.verify FILE [BUILT]`` exits 0, or prints one
sentence and exits 1. A fresh process sees what is on the disk, not what the
writer still has in memory.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import duckdb

from linksignal.errors import LinksignalError
from linksignal.project import PUBLIC_SCHEMAS
from linksignal.publish.database import Content, columns, contents, engine
from linksignal.publish.export import STORAGE_VERSION
from linksignal.publish.info import COLUMNS
from linksignal.sql import attach

_INFO = "main.publish_info"


def verify(path: Path, built: Path | None = None) -> None:
    """Verify a file in a fresh process.

    Parameters
    ----------
    path : Path
        The file to be published.
    built : Path, optional
        The database it was exported from; its public tables must have the same
        columns.

    Raises
    ------
    LinksignalError
        What is wrong with it.
    """
    words = [str(path)] + ([str(built)] if built else [])
    checked = subprocess.run(
        [sys.executable, "-P", "-m", "linksignal.publish.verify", *words],
        capture_output=True,
        text=True,
        check=False,
    )
    if checked.returncode != 0:
        said = (checked.stdout or checked.stderr).strip().splitlines()
        reason = said[-1] if said else f"exit code {checked.returncode}"
        raise LinksignalError(f"{path.name} must not be published: {reason}")


def fault(path: Path, built: Path | None = None) -> str | None:
    """What is wrong with a file; None when nothing is.

    Parameters
    ----------
    path : Path
        The file.
    built : Path, optional
        The database it was exported from, for the columns.

    Returns
    -------
    str or None
        One sentence.
    """
    if path.with_name(path.name + ".wal").exists():
        return "a .wal lies beside it: it was not closed"
    try:
        with engine(path.parent / "spill") as connection:
            attach(connection, path, "publication")
            return _fault(connection, built)
    except duckdb.Error as error:
        return f"it cannot be read: {str(error).splitlines()[0]}"


def _fault(
    connection: duckdb.DuckDBPyConnection, built: Path | None
) -> str | None:
    found = contents(connection, "publication")
    info = found.pop(_INFO, None)
    reason = _fault_of_form(connection, info)
    if reason is not None:
        return reason
    actual = {
        name: (table.row_count, table.row_hash) for name, table in found.items()
    }
    wrong = _different(_stated(connection), actual)
    if wrong:
        return f"{wrong} is not as publish_info states"
    if built is None:
        return None
    attach(connection, built, "built")
    copied = {
        name: table.columns
        for name, table in found.items()
        if name.partition(".")[0] in PUBLIC_SCHEMAS
    }
    if not copied:
        return "it has no public table"
    # Their rows are as publish_info states those that were built.
    wrong = _different(columns(connection, "built", PUBLIC_SCHEMAS), copied)
    return f"{wrong} is not as it was built" if wrong else None


def _fault_of_form(
    connection: duckdb.DuckDBPyConnection, info: Content | None
) -> str | None:
    version = connection.execute(
        "select tags['storage_version'] from duckdb_databases() "
        "where database_name = 'publication'"
    ).fetchone()
    if not version or not str(version[0]).startswith(STORAGE_VERSION):
        return f"its storage version is {version}, not {STORAGE_VERSION}"
    if info is None or info.row_count != 1:
        return "publish_info does not have one row"
    if [name for name, _ in info.columns] != list(COLUMNS):
        return "publish_info has other columns"
    return None


def _stated(
    connection: duckdb.DuckDBPyConnection,
) -> dict[str, tuple[int, str]]:
    row = connection.execute(
        "select row_counts, row_hashes from publication.publish_info"
    ).fetchone()
    counts, hashes = (json.loads(text) for text in row or ("{}", "{}"))
    return {name: (counts[name], hashes[name]) for name in counts}


def _different(
    left: Mapping[str, object], right: Mapping[str, object]
) -> str | None:
    """Name of the first table that is not the same in both."""
    for name in sorted({*left, *right}):
        if left.get(name) != right.get(name):
            return name
    return None


def main(arguments: list[str]) -> int:
    """Verify as a process: 0, or 1 and one sentence."""
    reason = fault(*map(Path, arguments))
    if reason:
        print(reason)
    return int(reason is not None)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
