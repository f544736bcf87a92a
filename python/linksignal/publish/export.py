"""The export: public tables into a file that older clients can read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from duckdb import DuckDBPyConnection

from linksignal.publish.contents import column_types, quoted, table_names
from linksignal.publish.engine import attach, engine
from linksignal.publish.history import write_history
from linksignal.publish.info import Facts, write_info
from linksignal.publish.run import Run

PUBLIC_SCHEMAS = ("findings", "quality")
# Readable by DuckDB 1.4 and later, whatever version writes it.
STORAGE_VERSION = "v1.4.0"


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
        connection.execute(f"create schema publication.{quoted(schema)}")
    for schema, table in public_tables(connection):
        # Sorted: the build writes rows in any order, readers use limit.
        connection.execute(
            f"create table {quoted('publication', schema, table)} as "
            f"from {quoted('built', schema, table)} order by all"
        )


def _comment(
    connection: DuckDBPyConnection, manifest: Mapping[str, Any]
) -> None:
    """Let the descriptions of the models travel with the tables."""
    built = set(public_tables(connection))
    for node in manifest["nodes"].values():
        place = (str(node.get("schema")), str(node.get("alias")))
        if node["resource_type"] != "model" or place not in built:
            continue
        relation = quoted("publication", *place)
        connection.execute(
            f"comment on table {relation} is {_text(node['description'])}"
        )
        for name in column_types(connection, "publication", *place):
            column = node["columns"].get(name, {})
            connection.execute(
                f"comment on column {relation}.{quoted(name)} "
                f"is {_text(column.get('description', ''))}"
            )


def _text(text: str) -> str:
    flat = " ".join(text.split())
    return "'" + flat.replace("'", "''") + "'"
