"""publish_info: where the published tables come from, in one row."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import metadata
from typing import TYPE_CHECKING, Any

import duckdb

from linksignal.project import PROJECT_DIR, PUBLIC_SCHEMAS, Project
from linksignal.publish.database import contents
from linksignal.sql import identifier

if TYPE_CHECKING:
    # What verifies a file need not import what loads exports.
    from linksignal.publish.inputs import Inputs

_PACKAGES = (
    "dbt-duckdb",
    "duckdb",
    "great-expectations",
    "numpy",
    "pandas",
    "pyarrow",
    "scipy",
    "statsmodels",
)
# Where the raw tables lie is not the readers' business.
_PRIVATE_SETTINGS = ("raw_dir", "raw_database", "raw_schema")

COLUMNS = {
    "run_id": ("varchar", "Run that made this file."),
    "run_number": (
        "bigint",
        "Its number; larger is later, whatever clocks say",
    ),
    "previous_run_id": ("varchar", "Run published before it; NULL = none."),
    "published_at": ("timestamp", "Time of the export, UTC."),
    "is_simulated": (
        "boolean",
        "Simulated rows: they describe no real domain.",
    ),
    "raw_hash": ("varchar", "SHA-256 over names and contents of raw files."),
    "loads_hash": ("varchar", "SHA-256 over the sorted SHA-256 of the loads."),
    "load_count": (
        "bigint",
        "Loaded exports; 0 = there is no ledger of loads.",
    ),
    "newest_as_of": ("varchar", "JSON: newest as_of by raw table."),
    "seed": ("bigint", "Seed of the random generator."),
    "settings": ("varchar", "JSON: vars of the build, without paths."),
    "linksignal_version": ("varchar", "Version of linksignal."),
    "dbt_version": ("varchar", "Version of dbt-core."),
    "package_versions": ("varchar", "JSON: versions of the other packages."),
    "row_counts": ("varchar", "JSON: rows by table of this file."),
    "row_hashes": ("varchar", "JSON: hash of the rows by table of this file."),
}


@dataclass(frozen=True)
class Stamp:
    """What marks the rows of a run.

    Attributes
    ----------
    run_id : str
        The run.
    run_number : int
        Its place in the order of runs.
    published_at : datetime
        UTC, without a zone.
    """

    run_id: str
    run_number: int
    published_at: datetime


@dataclass(frozen=True)
class Facts:
    """What publish_info says beyond what the tables themselves show.

    Attributes
    ----------
    stamp : Stamp
        Run, number, time.
    previous_run_id : str or None
        Run published before.
    inputs : Inputs
        What went in.
    variables : mapping
        Vars given to dbt.
    dbt_version : str
        As the manifest states it.
    """

    stamp: Stamp
    previous_run_id: str | None
    inputs: Inputs
    variables: Mapping[str, Any]
    dbt_version: str


def write_info(
    connection: duckdb.DuckDBPyConnection, facts: Facts
) -> dict[str, Any]:
    """Write the table; all others must be there.

    Parameters
    ----------
    connection : DuckDBPyConnection
        With ``publication``, and ``built``, whose public tables it must hold.
    facts : Facts
        What to say.

    Returns
    -------
    dict
        The row.
    """
    row = _row(connection, facts)
    declared = ", ".join(
        f"{name} {kind}" for name, (kind, _) in COLUMNS.items()
    )
    connection.execute(f"create table publication.publish_info ({declared})")
    places = ", ".join(f"${name}" for name in COLUMNS)
    connection.execute(
        f"insert into publication.publish_info values ({places})", row
    )
    connection.execute(
        "comment on table publication.publish_info is "
        "'One row: where the tables of this file come from.'"
    )
    for name, (_, meaning) in COLUMNS.items():
        connection.execute(
            f"comment on column publication.publish_info.{name} is '{meaning}'"
        )
    return row


def _row(connection: duckdb.DuckDBPyConnection, facts: Facts) -> dict[str, Any]:
    # Of copied tables, what was built: whether the copies are that is for a
    # fresh process to find out.
    stated = {
        **contents(connection, "built", PUBLIC_SCHEMAS),
        **contents(connection, "publication", ("history",)),
    }
    settings = _settings(facts.variables)
    return {
        "run_id": facts.stamp.run_id,
        "run_number": facts.stamp.run_number,
        "previous_run_id": facts.previous_run_id,
        "published_at": facts.stamp.published_at,
        "is_simulated": _is_simulated(connection),
        "raw_hash": facts.inputs.raw_hash,
        "loads_hash": facts.inputs.loads_hash,
        "load_count": facts.inputs.load_count,
        "newest_as_of": _json(facts.inputs.newest),
        "seed": settings.get("seed"),
        "settings": _json(settings),
        "linksignal_version": metadata.version("linksignal"),
        "dbt_version": facts.dbt_version,
        "package_versions": _json(
            {name: metadata.version(name) for name in _PACKAGES}
        ),
        "row_counts": _json(
            {name: table.row_count for name, table in stated.items()}
        ),
        "row_hashes": _json(
            {name: table.row_hash for name, table in stated.items()}
        ),
    }


def _settings(variables: Mapping[str, Any]) -> dict[str, Any]:
    defaults = Project(PROJECT_DIR).settings()
    return {
        name: value
        for name, value in {**defaults, **variables}.items()
        if name in defaults and name not in _PRIVATE_SETTINGS
    }


def _is_simulated(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether any public row is marked so."""
    marked = connection.execute(
        "select schema_name, table_name from duckdb_columns() "
        "where database_name = 'publication' and column_name = 'is_simulated'"
    ).fetchall()
    for schema, table in marked:
        relation = identifier("publication", schema, table)
        row = connection.execute(
            f"select bool_or(is_simulated) from {relation}"
        ).fetchone()
        if row and row[0]:
            return True
    return False


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(dict(value), default=str, sort_keys=True)
