"""The export: public tables and their history, in one file for readers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from duckdb import DuckDBPyConnection

from linksignal.project import PUBLIC_SCHEMAS
from linksignal.publish.database import column_types, engine, table_names
from linksignal.publish.info import Facts, Stamp, write_info
from linksignal.publish.run import Run
from linksignal.sql import attach, identifier, literal

# Readable by DuckDB 1.4 and later, whatever version writes it.
STORAGE_VERSION = "v1.4.0"


# What of a manifest becomes a table.
_TABLES = ("model", "seed")


def export(
    run: Run, manifest: Mapping[str, Any], facts: Facts
) -> dict[str, Any]:
    """Write the candidate: findings, quality, history, publish_info.

    Parameters
    ----------
    run : Run
        Has a database that passed the gate, and a copy of what is published
        when something is.
    manifest : mapping
        dbt's manifest, for the descriptions.
    facts : Facts
        What publish_info is to say.

    Returns
    -------
    dict
        The row of publish_info.

    Raises
    ------
    duckdb.Error
        The engine gave up; the candidate is worthless then.
    """
    with engine(run.folder / "spill") as connection:
        attach(connection, run.database, "built")
        attach(
            connection,
            run.candidate,
            "publication",
            f"storage_version '{STORAGE_VERSION}'",
        )
        if run.previous.exists():
            attach(connection, run.previous, "previous")
        # One transaction: hundreds of comments, each synced, take seconds.
        connection.begin()
        _copy_tables(connection)
        _comment(connection, manifest)
        write_history(connection, facts.stamp, facts.previous_run_id)
        info = write_info(connection, facts)
        connection.commit()
        connection.execute("checkpoint publication")
        connection.execute("detach publication")
    return info


def public_tables(connection: DuckDBPyConnection) -> list[tuple[str, str]]:
    """Schema and name of the tables of the build that readers may see."""
    return [
        (schema, table)
        for schema, table in table_names(connection, "built")
        if schema in PUBLIC_SCHEMAS
    ]


def _copy_tables(connection: DuckDBPyConnection) -> None:
    for schema in PUBLIC_SCHEMAS:
        connection.execute(f"create schema publication.{identifier(schema)}")
    for schema, table in public_tables(connection):
        # Sorted: the build writes rows in any order, readers use limit.
        connection.execute(
            f"create table {identifier('publication', schema, table)} as "
            f"from {identifier('built', schema, table)} order by all"
        )


def _comment(
    connection: DuckDBPyConnection, manifest: Mapping[str, Any]
) -> None:
    """Let the descriptions of the models travel with the tables."""
    built = set(public_tables(connection))
    for node in manifest["nodes"].values():
        place = (str(node.get("schema")), str(node.get("alias")))
        if node["resource_type"] not in _TABLES or place not in built:
            continue
        relation = identifier("publication", *place)
        connection.execute(
            f"comment on table {relation} is {_text(node['description'])}"
        )
        for name in column_types(connection, "publication", *place):
            column = node["columns"].get(name, {})
            connection.execute(
                f"comment on column {relation}.{identifier(name)} "
                f"is {_text(column.get('description', ''))}"
            )


def _text(text: str) -> str:
    return literal(" ".join(text.split()))


_RUN = {
    "run_id": "varchar",
    "run_number": "bigint",
    "published_at": "timestamp",
}
# By table of findings: what is kept of it, with the types it is kept in.
# A column that a build does not have is NULL in its rows.
KEPT = {
    "correlations": {
        "signal": "varchar",
        "outcome": "varchar",
        "platform": "varchar",
        "method": "varchar",
        "n": "bigint",
        "estimate": "double",
        "ci_low": "double",
        "ci_high": "double",
        "ci_level": "double",
        "status": "varchar",
        "is_simulated": "boolean",
    },
    "claims": {
        "claim_id": "varchar",
        "verdict": "varchar",
        "sentence": "varchar",
        "parts": "bigint",
        "parts_shown": "bigint",
        "parts_contrary": "bigint",
        "n": "bigint",
        "is_simulated": "boolean",
    },
}
# Main rows have no sensitivity; variants of them need no history.
_MAIN_ROWS = ("sensitivity", "none")

_DRIFT = """
create table publication.history.drift as
select
    latest.signal,
    latest.outcome,
    latest.platform,
    latest.method,
    earlier.run_id as previous_run_id,
    earlier.n as previous_n,
    earlier.estimate as previous_estimate,
    earlier.ci_low as previous_ci_low,
    earlier.ci_high as previous_ci_high,
    latest.run_id,
    latest.n,
    latest.estimate,
    latest.ci_low,
    latest.ci_high,
    latest.estimate - earlier.estimate as difference,
    latest.is_simulated
from publication.history.correlations as latest
inner join publication.history.correlations as earlier
    on
        latest.signal = earlier.signal
        and latest.outcome = earlier.outcome
        and latest.platform = earlier.platform
        and latest.method = earlier.method
        and latest.is_simulated = earlier.is_simulated
where
    latest.run_id = $run_id
    and earlier.run_id = $previous_run_id
    and latest.estimate not between earlier.ci_low and earlier.ci_high
order by all
"""

_VERDICT_DRIFT = """
create table publication.history.verdict_drift as
select
    latest.claim_id,
    earlier.run_id as previous_run_id,
    earlier.verdict as previous_verdict,
    earlier.sentence as previous_sentence,
    latest.run_id,
    latest.verdict,
    latest.sentence,
    latest.is_simulated
from publication.history.claims as latest
inner join publication.history.claims as earlier
    on
        latest.claim_id = earlier.claim_id
        and latest.is_simulated = earlier.is_simulated
where
    latest.run_id = $run_id
    and earlier.run_id = $previous_run_id
    and latest.verdict <> earlier.verdict
order by all
"""

_COMMENTS = {
    "correlations": "One row per published run and coefficient.",
    "claims": "One row per published run and claim of the study.",
    "verdict_drift": "One row per claim whose verdict is another than in the "
    "run published before this one.",
    "drift": "One row per coefficient that lies outside the interval it had "
    "in the run published before this one.",
}


def write_history(
    connection: DuckDBPyConnection, stamp: Stamp, previous_run_id: str | None
) -> None:
    """Write the schema ``history`` of a publication.

    Parameters
    ----------
    connection : DuckDBPyConnection
        With ``publication``, which holds the findings, and ``previous`` when
        something was published before.
    stamp : Stamp
        Of this run.
    previous_run_id : str or None
        Run that ``previous`` is of.
    """
    connection.execute("create schema publication.history")
    earlier = set(table_names(connection, "previous"))
    current = set(table_names(connection, "publication"))
    for table, kept in KEPT.items():
        columns = {**_RUN, **kept}
        declared = ", ".join(
            f'"{name}" {kind}' for name, kind in columns.items()
        )
        connection.execute(
            f"create table publication.history.{table} ({declared})"
        )
        if ("history", table) in earlier:
            _carry(connection, table, columns)
        if ("findings", table) in current:
            _add(connection, table, kept, stamp)
    runs = {"run_id": stamp.run_id, "previous_run_id": previous_run_id}
    for drift in (_DRIFT, _VERDICT_DRIFT):
        connection.execute(drift, runs)
    for table, comment in _COMMENTS.items():
        connection.execute(
            f"comment on table publication.history.{table} is '{comment}'"
        )


def _carry(
    connection: DuckDBPyConnection, table: str, columns: dict[str, str]
) -> None:
    known = column_types(connection, "previous", "history", table)
    listed = ", ".join(f'"{name}"' for name in columns if name in known)
    connection.execute(
        f"insert into publication.history.{table} by name "
        f"select {listed} from previous.history.{table} order by run_number"
    )


def _add(
    connection: DuckDBPyConnection,
    table: str,
    kept: dict[str, str],
    stamp: Stamp,
) -> None:
    known = column_types(connection, "publication", "findings", table)
    listed = "".join(f', "{name}"' for name in kept if name in known)
    column, value = _MAIN_ROWS
    condition = f"where {column} = '{value}'" if column in known else ""
    connection.execute(
        f"insert into publication.history.{table} by name "
        "select $run_id as run_id, $run_number as run_number, "
        f"$published_at as published_at {listed} "
        f"from publication.findings.{table} {condition} order by all",
        {
            "run_id": stamp.run_id,
            "run_number": stamp.run_number,
            "published_at": stamp.published_at,
        },
    )
