"""A dbt-duckdb plugin that turns an unusable database into one sentence.

Without it a missing folder, a locked file or a setting that DuckDB does not
know ends ``dbt build`` in a page of Python. Named in ``profiles.yml``; dbt
imports it, nothing else does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from importlib import metadata
from itertools import chain
from pathlib import Path
from typing import Any

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt.flags import get_flags
from dbt_common.exceptions import DbtRuntimeError

from linksignal.dbt_process import collect_rarely
from linksignal.dbt_savings import save_work
from linksignal.project import (
    AUTO,
    PROJECT_DIR,
    SAMPLE,
    THREADS,
    Project,
    engine_settings,
    parse_yaml,
)
from linksignal.sql import literal

# DuckDB hands out rows by 122,880. At raw files of less a second thread ends no
# build sooner, and takes a thirtieth more CPU.
SMALL_RAW_BYTES = 4_000_000


def refusal(path: str) -> str | None:
    """Say why a database file cannot be opened for writing.

    Parameters
    ----------
    path : str
        Path of the DuckDB file, or ``:memory:``.

    Returns
    -------
    str or None
        One sentence; None when the file can be opened or created.
    """
    if path == ":memory:":
        return None
    folder = Path(path).absolute().parent
    if Path(path).stem in _taken_names():
        return (
            f"the database {path} cannot be named like a schema, or "
            f"{Path(path).stem}.claims would mean two things: set "
            "LINKSIGNAL_DATABASE to a file with another name"
        )
    if not folder.is_dir():
        return (
            f"the database folder {folder} does not exist: create it, or set "
            "LINKSIGNAL_DATABASE to a file in a folder that does"
        )
    try:
        duckdb.connect(path).close()
    except duckdb.Error as error:
        holder = re.search(r"\(PID (\d+)\)", str(error))
        if holder:
            return (
                f"the database {path} is locked by process {holder[1]}: wait "
                "for it to end, or set LINKSIGNAL_DATABASE to another file"
            )
        reason = str(error).splitlines()[0]
        return f"the database {path} cannot be opened: {reason}"
    return None


def _taken_names() -> set[str]:
    """Names of schemas, DuckDB's own and those of ``dbt_project.yml``."""
    text = (PROJECT_DIR / "dbt_project.yml").read_text(encoding="utf-8")
    project = parse_yaml(text)
    folders = (
        *project["models"]["linksignal"].values(),
        *project["seeds"]["linksignal"].values(),
    )
    own = {"main", "raw", "information_schema", "pg_catalog"}
    return own | {folder["+schema"] for folder in folders}


def settings_refusal(chosen: dict[str, Any]) -> str | None:
    """Say which setting DuckDB does not take.

    Parameters
    ----------
    chosen : dict of str to Any
        Name and value, as in ``profiles.yml``.

    Returns
    -------
    str or None
        One sentence; None when DuckDB takes them all.
    """
    with duckdb.connect() as connection:
        for name, value in chosen.items():
            try:
                connection.execute(f"SET {name} = ?", [str(value)])
                if name == "threads":
                    int(value)
            except (duckdb.Error, ValueError) as error:
                reason = str(error).splitlines()[0]
                declared = engine_settings().get(name)
                known = declared.variable if declared else name
                return (
                    f"{known} has the value {value!r}, which cannot be used: "
                    f"{reason}"
                )
    return None


def threads_for(project: Project, given: Mapping[str, Any]) -> int:
    """How many threads of DuckDB a study keeps busy.

    Parameters
    ----------
    project : Project
        Its settings say where the raw tables are.
    given : mapping of str to Any
        Settings that go before those, as of ``--vars``.

    Returns
    -------
    int
        1 for raw files of less than `SMALL_RAW_BYTES` together; else
        `THREADS`, also where they cannot be found or lie in a database.
    """
    settings = {**project.settings(), **given}
    if settings.get("raw_database") or settings.get("raw_schema"):
        return THREADS
    named = str(settings.get("raw_dir") or SAMPLE)
    folder = (PROJECT_DIR if named == SAMPLE else project.folder) / named
    with suppress(OSError, ValueError):
        # The second are links that Spark has counted.
        files = chain(
            folder.glob("*/*.parquet"), folder.glob("links/*/*.parquet")
        )
        if 0 < sum(file.stat().st_size for file in files) < SMALL_RAW_BYTES:
            return 1
    return THREADS


def _project() -> Project:
    """The project that dbt runs, whatever the working directory."""
    return Project(Path(getattr(get_flags(), "PROJECT_DIR", "")).resolve())


class Plugin(BasePlugin):
    """Checks settings and database file before dbt opens it.

    Where linksignal is a package of a project with a profile of its own, that
    profile is nobody's business but the project's.
    """

    def initialize(self, config: dict[str, Any]) -> None:
        """Save work that nobody sees, in a plain ``dbt build`` too.

        Parameters
        ----------
        config : dict
            Options of the plugin; there are none.
        """
        collect_rarely()
        save_work()

    def update_connection_config(
        self, creds: Any, config: dict[str, Any]
    ) -> None:
        """Raise dbt's own error, which dbt prints as one sentence.

        Parameters
        ----------
        creds : DuckDBCredentials
            The profile's credentials; a relative ``path`` becomes one of the
            project's folder, whatever the working directory.
        config : dict
            Options of the connection; ``temp_directory`` lies beside the
            database, and ``auto`` threads become a number.

        Raises
        ------
        DbtRuntimeError
            The settings or the database cannot be used.
        """
        project = _project()
        if config.get("threads") == AUTO:
            given = getattr(get_flags(), "VARS", None) or {}
            config["threads"] = threads_for(project, given)
        if not project.is_ours:
            return
        if creds.path != ":memory:":
            creds.path = str((project.folder / creds.path).resolve())
            config["temp_directory"] = f"{creds.path}.tmp"
        options = {name: config[name] for name in creds.config_options or {}}
        chosen = {**options, **(creds.settings or {})}
        reason = settings_refusal(chosen) or refusal(creds.path)
        if reason:
            raise DbtRuntimeError(reason)

    def configure_connection(self, conn: Any) -> None:
        """Set the profile's settings once; dbt-duckdb does at each node.

        Parameters
        ----------
        conn : DuckDBPyConnection
            What the cursors of the nodes are made of. A setting that DuckDB
            keeps for each of them stays in the credentials.
        """
        of_cursors = {}
        for name, value in (self.creds.settings or {}).items():
            try:
                conn.execute(f"SET GLOBAL {name} = {literal(str(value))}")
            except duckdb.Error:
                of_cursors[name] = value
        self.creds.settings = of_cursors

    def configure_cursor(self, cursor: Any) -> None:
        """Let SQL know the folders and the installed version.

        Parameters
        ----------
        cursor : DuckDBPyConnection
            Gets the variable ``linksignal``, JSON text that the macro
            process_fact reads: ``project_dir`` and ``linksignal_dir``,
            absolute paths of the project that runs and of linksignal's own,
            and ``linksignal_version``.
        """
        folder = str(getattr(get_flags(), "PROJECT_DIR", ""))
        cursor.execute(_declaration(folder))


@cache
def _declaration(folder: str) -> str:
    """SQL that sets the variable; dbt opens a cursor for each node.

    One variable for all: each statement costs a third of a millisecond.
    """
    facts = {
        "project_dir": str(Path(folder).resolve()),
        "linksignal_dir": str(PROJECT_DIR),
        "linksignal_version": metadata.version("linksignal"),
    }
    return f"SET VARIABLE linksignal = {literal(json.dumps(facts))}"
