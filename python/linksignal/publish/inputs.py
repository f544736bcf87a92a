"""What goes into a build: new exports, the raw files, and their age."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath

import duckdb

from linksignal.contract import raw_schemas
from linksignal.errors import ExitCode, LinksignalError, NothingToLand
from linksignal.files import sha256_of
from linksignal.load.batch import load_files
from linksignal.load.inputs import Input, find_inputs, is_archive, unpack
from linksignal.load.landing import is_settled, settled
from linksignal.load.ledger import read_ledger
from linksignal.load.progress import Progress
from linksignal.load.stage import Options
from linksignal.load.summary import report, warnings
from linksignal.sql import open_to_read

# A list of domains does not age, and a list loaded twice is refused.
_AGELESS = ("study_domains",)
# What Spark hands over in place of link rows (docs/spark.md): below the raw
# directory, and there, which snapshots it has counted.
_LINKS = "links"
_LINK_SNAPSHOTS = f"{_LINKS}/snapshot_loads"

Stamp = tuple[str, int, int, int, int]


@dataclass(frozen=True)
class Inputs:
    """A raw directory as it was at one moment.

    Attributes
    ----------
    raw_hash : str
        SHA-256 over names and contents of all files that dbt reads.
    tables : dict of str to str
        The same of each raw table that has files.
    loads_hash : str or None
        SHA-256 over the sorted SHA-256 of the loaded exports; None when
        no ledger of loads is there.
    load_count : int
        Rows of that ledger.
    newest : dict of str to date or None
        Newest ``as_of`` of each raw table that is there; None when no row
        has one.
    stamps : tuple
        Name, inode, size and both times of change of every file.
    """

    raw_hash: str
    tables: Mapping[str, str]
    loads_hash: str | None
    load_count: int
    newest: Mapping[str, date | None]
    stamps: tuple[Stamp, ...]


def read_inputs(raw_dir: Path, links_from: str = "rows") -> Inputs:
    """Identify the content of a raw directory.

    Parameters
    ----------
    raw_dir : Path
        Raw directory.
    links_from : str, default "rows"
        The setting: ``spark`` where a build reads no link rows, but what Spark
        has handed over.

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
            f"the raw directory {raw_dir} does not exist or holds no Parquet "
            "files: load exports into it first with linksignal load, or name "
            "them with --load"
        )
    try:
        return _identified(raw_dir, stamps, links_from)
    except (FileNotFoundError, duckdb.IOException) as error:
        raise _changed(raw_dir) from error


def _identified(
    raw_dir: Path, stamps: tuple[Stamp, ...], links_from: str
) -> Inputs:
    whole = hashlib.sha256()
    tables: dict[str, str] = {}
    for name, *_ in stamps:
        line = f"{name}\n{sha256_of(raw_dir / name)}\n"
        whole.update(line.encode())
        table = name.split("/")[-2]
        so_far = f"{tables.get(table, '')}\n{line}"
        tables[table] = hashlib.sha256(so_far.encode()).hexdigest()
    loaded = loaded_hashes(raw_dir)
    loads = "\n".join(sorted(loaded))
    return Inputs(
        raw_hash=whole.hexdigest(),
        tables=tables,
        loads_hash=hashlib.sha256(loads.encode()).hexdigest()
        if loaded
        else None,
        load_count=len(loaded),
        newest=_newest(raw_dir, links_from),
        stamps=stamps,
    )


def read_stamps(raw_dir: Path) -> tuple[Stamp, ...]:
    """Name, inode, size, both times of change of the files that dbt reads."""
    found = []
    folders = [raw_dir / table for table in sorted(raw_schemas())]
    folders += sorted((raw_dir / _LINKS).glob("*"))
    for folder in folders:
        for path in sorted(folder.glob("*.parquet")):
            stat = path.stat()
            # The second time cannot be set back.
            times = (stat.st_mtime_ns, stat.st_ctime_ns)
            name = path.relative_to(raw_dir).as_posix()
            found.append((name, stat.st_ino, stat.st_size, *times))
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


def _newest(raw_dir: Path, links_from: str) -> dict[str, date | None]:
    with open_to_read() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return {
            table: _newest_day(
                connection, sorted((raw_dir / table).glob("*.parquet"))
            )
            for table in _aging(raw_dir, links_from)
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


def _aging(raw_dir: Path, links_from: str) -> Sequence[str]:
    tables = {
        table
        for table, schema in raw_schemas().items()
        if "as_of" in schema.names and table not in _AGELESS
    }
    if links_from == "spark":
        tables = tables - {"backlinks"} | {_LINK_SNAPSHOTS}
    return [
        table
        for table in sorted(tables)
        if any((raw_dir / table).glob("*.parquet"))
    ]


def load_new(files: Sequence[Path], raw_dir: Path, folder: Path) -> list[str]:
    """Load the exports whose content has not been loaded yet.

    Parameters
    ----------
    files : sequence of Path
        Files, folders and archives, as ``linksignal load`` takes them.
    raw_dir : Path
        Where they land.
    folder : Path
        Takes the loader's report and, meanwhile, the members of archives.

    Returns
    -------
    list of str
        What is to be known: a sentence for each file that has nothing to
        land, for what the loader warns of, and for each file that was
        skipped. A schedule may hand over all of them again and again.

    Raises
    ------
    LinksignalError
        As the loader raises it: 3 for a refused file, and where no file has
        anything to land and none has been loaded before; 75 while another
        load is at work. Nothing has landed then.
    """
    if not files:
        return []
    known = set(loaded_hashes(raw_dir))
    members = folder / "members"
    new, skipped = [], []
    for each in _opened(files, raw_dir, members):
        sha256 = sha256_of(each.path) if each.path.is_file() else None
        if sha256 in known:
            skipped.append(f"{each.name} was skipped: its content is loaded")
            continue
        new.append(each.path)
        if sha256 is not None:
            known.add(sha256)
    told = []
    if new:
        try:
            told = _load(new, raw_dir, folder / "load_output.txt")
        except NothingToLand as error:
            if not skipped:
                raise
            told = list(map(str, error.without_data))
    shutil.rmtree(members, ignore_errors=True)
    return [*told, *skipped]


def _opened(
    files: Sequence[Path], raw_dir: Path, members: Path
) -> Iterator[Input]:
    """Yield files one by one: those of folders, and members of archives."""
    for number, each in enumerate(find_inputs(files, raw_dir).inputs):
        if each.path.is_file() and is_archive(each.path):
            place = members / str(number)
            place.mkdir(parents=True)
            yield from map(_named, unpack(each, place).inputs)
        else:
            yield each


def _named(member: Input) -> Input:
    """Give an unpacked member its name back: dates may stand in it."""
    folder = member.path.with_name(f"{member.path.name}.member")
    folder.mkdir()
    path = folder / PurePosixPath(member.name).name
    return Input(member.path.rename(path), member.name)


def _load(files: Sequence[Path], raw_dir: Path, log: Path) -> list[str]:
    loaded = load_files(
        files, raw_dir, Options(), progress=Progress.on_stderr()
    )
    log.write_text(f"{report(loaded.staged, raw_dir)}\n", encoding="utf-8")
    return [*map(str, loaded.refused), *warnings(loaded.staged)]
