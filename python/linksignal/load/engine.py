"""The engine: DuckDB with bounded memory, no network, and SQL from templates.

The statements of a load are the Jinja templates in the folder ``sql``. Python
names columns and puts expressions together from the macros in ``macros.sql``;
a statement of one short line may stand in it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import duckdb
from duckdb import DuckDBPyConnection
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from linksignal.contract import highest_count
from linksignal.errors import LinksignalError, refusal
from linksignal.load.limits import LIMITS, Limits
from linksignal.sql import identifier, literal
from linksignal.text import printable

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "sql"),
    undefined=StrictUndefined,
)


@dataclass
class _Kept:
    """An engine without a database of a file, and its settings."""

    instance: DuckDBPyConnection
    settings: Mapping[str, str | int] = field(default_factory=dict)


# To start DuckDB and teach it the macros is a third of the time that a small
# file takes, so one that ended well serves the next file too. Each file has a
# database of its own in it.
_KEPT: list[_Kept] = []
_DATABASE = "of_the_file"
_PATH = f"{_DATABASE}.main,memory.main"
_NOT_OF_THE_FILE = (
    duckdb.OutOfMemoryException,
    duckdb.InterruptException,
    duckdb.BinderException,
    duckdb.CatalogException,
    duckdb.ParserException,
    duckdb.SyntaxException,
)


@contextmanager
def engine(
    work_dir: Path, limits: Limits = LIMITS, *, is_on_disk: bool = False
) -> Iterator[DuckDBPyConnection]:
    """Open a DuckDB connection with bounded memory and the parse macros.

    Parameters
    ----------
    work_dir : Path
        Folder for what it spills; the caller removes it.
    limits : Limits
        Memory, disk and threads it may use.
    is_on_disk : bool, default False
        Keep tables in a file of the folder. That takes a fifth more time;
        but of a table in memory some bytes a row can never be spilled.

    Raises
    ------
    LinksignalError
        Exit code 2 when memory or disk runs out.
    KeyboardInterrupt
        When the user stops a query.
    """
    try:
        if is_on_disk:
            with duckdb.connect(work_dir / "tables.duckdb") as connection:
                _configure(connection, work_dir, limits)
                create_macros(connection)
                yield connection
        else:
            with _in_memory(work_dir, limits) as connection:
                yield connection
    except duckdb.OutOfMemoryException as error:
        raise LinksignalError(
            f"the load ran out of memory or disk ({_first_line(error)}); "
            "nothing has landed; free disk space and load again"
        ) from error
    except (RuntimeError, duckdb.InterruptException) as error:
        # So the engine says that the user has pressed Ctrl-C.
        if "interrupted" in str(error).lower():
            raise KeyboardInterrupt from error
        raise
    except duckdb.IOException as error:
        raise LinksignalError(
            f"the load could not write to {work_dir} ({_first_line(error)}); "
            "nothing has landed; free disk space and load again"
        ) from error


def second_cursor(connection: DuckDBPyConnection) -> DuckDBPyConnection:
    """Return a cursor that sees the same relations, to read while one writes.

    Parameters
    ----------
    connection : DuckDBPyConnection
        Engine; what it registered, and its temporary tables, are its own.
    """
    cursor = connection.cursor()
    cursor.execute(f"set search_path = {literal(_search_path(connection))}")
    return cursor


@contextmanager
def reading(file: str) -> Iterator[None]:
    """Refuse a file, in one sentence, that raises an error of the engine.

    Parameters
    ----------
    file : str
        Name of the file.

    Raises
    ------
    LinksignalError
        Exit code 3.
    """
    try:
        yield
    except _NOT_OF_THE_FILE:
        raise
    except duckdb.Error as error:
        if "No space left" in str(error):
            raise
        raise refusal(file, _sentence(error)) from error


def create_macros(connection: DuckDBPyConnection) -> None:
    """Create the parse macros."""
    run(connection, "macros", highest_count=highest_count())


def render(template: str, **values: object) -> str:
    """Render a template of the folder ``sql``.

    Parameters
    ----------
    template : str
        Name of the file without its extension.
    **values
        What the template names. A name it lacks raises an error; SQL stays
        as it is, and values and names are quoted by the filters of `FILTERS`.
    """
    return _TEMPLATES.get_template(f"{template}.sql").render(values)


def run(
    connection: DuckDBPyConnection, template: str, **values: object
) -> DuckDBPyConnection:
    """Execute a template of the folder ``sql``; see `render`."""
    return connection.execute(render(template, **values))


def row_count(connection: DuckDBPyConnection, relation: str) -> int:
    """Return the number of rows of a relation."""
    row = connection.execute(f"select count(*) from {relation}").fetchone()
    return int(row[0]) if row else 0


def file_column(name: str) -> str:
    """Return the identifier of a column of the file in the engine.

    The prefix keeps it apart from the engine's own columns.
    """
    return identifier(f"file:{name}")


def site_column(name: str) -> str:
    """Return the identifier of the column of hosts in a URL column."""
    return identifier(f"site:{name}")


def cleaned(
    name: str, null_tokens: Sequence[str], macro: str = "cleaned"
) -> str:
    """Return SQL of a column's trimmed text, NULL for null tokens.

    Parameters
    ----------
    name : str
        Column of a file.
    null_tokens : sequence of str
        Texts that mean unknown, beside the empty one.
    macro : str
        What trims the text.
    """
    text = f"{macro}({file_column(name)})"
    for token in null_tokens:
        text = f"nullif({text}, {literal(token)})"
    return text


def lookup(choices: Mapping[str, str]) -> str:
    """Return a dictionary as an SQL map literal."""
    pairs = ", ".join(
        f"{literal(key)}: {literal(value)}" for key, value in choices.items()
    )
    return f"map {{{pairs}}}"


# What the templates quote names and values with.
FILTERS = {
    "identifier": identifier,
    "literal": literal,
    "file_column": file_column,
    "site_column": site_column,
    "lookup": lookup,
}
_TEMPLATES.filters.update(FILTERS)


@contextmanager
def _in_memory(work_dir: Path, limits: Limits) -> Iterator[DuckDBPyConnection]:
    """Open an empty database in memory, in an engine that has the macros."""
    kept = _KEPT.pop() if _KEPT else _Kept(_started())
    instance = kept.instance
    may_be_kept = False
    try:
        kept.settings = _configure(instance, work_dir, limits, kept.settings)
        instance.execute(f"attach ':memory:' as {_DATABASE}")
        with instance.cursor() as connection:
            connection.execute(f"set search_path = {literal(_PATH)}")
            yield connection
        may_be_kept = True
    except LinksignalError:
        # What is wrong is the file.
        may_be_kept = True
        raise
    finally:
        # One that has spilled cannot do so in the folder of another file.
        if may_be_kept and not _spill(work_dir).exists():
            instance.execute(f"detach {_DATABASE}")
            _KEPT.append(kept)
        else:
            instance.close()


def _started() -> DuckDBPyConnection:
    instance = duckdb.connect(":memory:")
    create_macros(instance)
    return instance


def _close_kept() -> None:
    while _KEPT:
        _KEPT.pop().instance.close()


# Its threads do not live on in a fork, which would wait for them.
os.register_at_fork(before=_close_kept)


def _search_path(connection: DuckDBPyConnection) -> str:
    row = connection.execute("select current_setting('search_path')").fetchone()
    return str(row[0]) if row else ""


def _spill(work_dir: Path) -> Path:
    return work_dir / "spill"


def _configure(
    connection: DuckDBPyConnection,
    work_dir: Path,
    limits: Limits,
    known: Mapping[str, str | int] = MappingProxyType({}),
) -> dict[str, str | int]:
    """Set what is not known to be set; return all settings."""
    settings: dict[str, str | int] = {
        "memory_limit": limits.memory,
        "temp_directory": str(_spill(work_dir)),
        "max_temp_directory_size": limits.spill,
        "threads": limits.threads,
        # The file goes when the load ends; nothing is worth a second copy.
        "checkpoint_threshold": "1TB",
        # The next file may lie under the same name.
        "enable_external_file_cache": "false",
        "TimeZone": "UTC",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    for name, value in settings.items():
        if known.get(name) != value:
            connection.execute(f"set global {name} = {literal(value)}")
    return settings


def _sentence(error: Exception) -> str:
    if "state machine reached an invalid state" in str(error):
        return (
            "its line ends are mixed (LF, CRLF, CR) outside quoted values; "
            "save it with one kind"
        )
    return f"it cannot be read ({_first_line(error)}); export it again"


def _first_line(error: Exception) -> str:
    # It may quote the file, and so hold what could drive a terminal.
    return printable(str(error).strip().splitlines()[0])
