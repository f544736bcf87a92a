"""What goes into a build: which raw files, and how old they are."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from linksignal.errors import ExitCode, LinksignalError
from linksignal.files import sha256_of
from linksignal.load.ledger import read_ledger
from linksignal.load.publish import is_settled, settled
from linksignal.raw import raw_schemas

# A list of domains does not age, and a list loaded twice is refused.
_AGELESS = ("study_domains",)

Stamp = tuple[str, int, int, int]


@dataclass(frozen=True)
class Inputs:
    """A raw directory as it was at one moment.

    Attributes
    ----------
    raw_hash : str
        SHA-256 over names and contents of all files that dbt reads.
    loads_hash : str or None
        SHA-256 over the sorted SHA-256 of the loaded exports; None when
        no ledger of loads is there.
    load_count : int
        Rows of that ledger.
    newest : dict of str to date or None
        Newest ``as_of`` of each raw table that is there; None when no row
        has one.
    stamps : tuple
        Name, inode, size and time of change of every file.
    """

    raw_hash: str
    loads_hash: str | None
    load_count: int
    newest: Mapping[str, date | None]
    stamps: tuple[Stamp, ...]


def read_inputs(raw_dir: Path) -> Inputs:
    """Identify the content of a raw directory.

    Parameters
    ----------
    raw_dir : Path
        Raw directory.

    Returns
    -------
    Inputs

    Raises
    ------
    LinksignalError
        2 when there is nothing in it, or when what a killed load left cannot
        be mended; 75 while a load is at work there.
    """
    stamps: tuple[Stamp, ...] = ()
    if raw_dir.is_dir():
        # Between two loads: half of one must not be taken for the whole.
        with settled(raw_dir):
            stamps = read_stamps(raw_dir)
    if not stamps:
        raise LinksignalError(
            f"--raw {raw_dir} does not exist or holds no Parquet files: load "
            "exports into it first, or name them with --load"
        )
    try:
        return _identified(raw_dir, stamps)
    except (FileNotFoundError, duckdb.IOException) as error:
        raise _changed(raw_dir) from error


def _identified(raw_dir: Path, stamps: tuple[Stamp, ...]) -> Inputs:
    digest = hashlib.sha256()
    for name, *_ in stamps:
        digest.update(f"{name}\n{sha256_of(raw_dir / name)}\n".encode())
    loaded = loaded_hashes(raw_dir)
    loads = "\n".join(sorted(loaded))
    return Inputs(
        raw_hash=digest.hexdigest(),
        loads_hash=hashlib.sha256(loads.encode()).hexdigest()
        if loaded
        else None,
        load_count=len(loaded),
        newest=_newest(raw_dir),
        stamps=stamps,
    )


def read_stamps(raw_dir: Path) -> tuple[Stamp, ...]:
    """Name, inode, size and time of change of the files that dbt reads."""
    found = []
    for table in sorted(raw_schemas()):
        for path in sorted((raw_dir / table).glob("*.parquet")):
            stat = path.stat()
            name = f"{table}/{path.name}"
            found.append((name, stat.st_ino, stat.st_size, stat.st_mtime_ns))
    return tuple(found)


def check_unchanged(raw_dir: Path, inputs: Inputs) -> None:
    """Refuse a build whose input was written to while it was read.

    Parameters
    ----------
    raw_dir : Path
        Raw directory.
    inputs : Inputs
        What it was before the build.

    Raises
    ------
    LinksignalError
        75: another process is loading, and the build may hold half of it.
    """
    if read_stamps(raw_dir) != inputs.stamps or not is_settled(raw_dir):
        raise _changed(raw_dir)


def _changed(raw_dir: Path) -> LinksignalError:
    return LinksignalError(
        f"the files in {raw_dir} changed while they were being read: nothing "
        "was published; refresh again when the load has ended",
        ExitCode.BUSY,
    )


def loaded_hashes(raw_dir: Path) -> list[str]:
    """SHA-256 of every export that was loaded; none without a ledger."""
    return [str(row["sha256"]) for row in read_ledger(raw_dir)]


def stale(
    newest: Mapping[str, date | None], today: date, max_age_days: int
) -> list[str]:
    """Say which raw tables are too old.

    Parameters
    ----------
    newest : mapping of str to date or None
        Newest ``as_of`` by raw table.
    today : date
        UTC date to count from.
    max_age_days : int
        Age up to which a table is fresh, days.

    Returns
    -------
    list of str
        A sentence for each table that is older or states no date.
    """
    told = []
    for table, as_of in newest.items():
        if as_of is None:
            told.append(f"{table} states no date")
        elif (today - as_of).days > max_age_days:
            told.append(
                f"{table} is {(today - as_of).days} days old (newest as_of "
                f"{as_of}, allowed {max_age_days} days)"
            )
    return told


def _newest(raw_dir: Path) -> dict[str, date | None]:
    with duckdb.connect(config={"memory_limit": "1GB"}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return {
            table: _newest_day(
                connection, sorted((raw_dir / table).glob("*.parquet"))
            )
            for table in _aging(raw_dir)
        }


def _newest_day(
    connection: duckdb.DuckDBPyConnection, paths: Sequence[Path]
) -> date | None:
    """Newest ``as_of`` as ``dbt build`` reads it; None when none is a day."""
    # A path may hold what DuckDB takes for a wildcard.
    files = [re.sub(r"([*?[])", r"[\1]", str(path)) for path in paths]
    try:
        found = connection.execute(
            "SELECT max(TRY_CAST(left(CAST(as_of AS VARCHAR), 10) AS DATE)) "
            "FROM read_parquet(?, union_by_name = true, "
            "hive_partitioning = false)",
            [files],
        ).fetchone()
    except duckdb.BinderException:
        return None
    day = found[0] if found else None
    return day if isinstance(day, date) else None


def _aging(raw_dir: Path) -> Sequence[str]:
    return [
        table
        for table, schema in sorted(raw_schemas().items())
        if "as_of" in schema.names
        and table not in _AGELESS
        and any((raw_dir / table).glob("*.parquet"))
    ]
