"""Runs again what dbt ran: the same statements over other raw rows.

What dbt makes of a model depends on the vars and on which columns the raw
tables have, not on their rows, so that for a further study of the same shape
dbt need not work it out again.
"""

from __future__ import annotations

import types
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

SETTINGS = {
    "memory_limit": "2GB",
    "preserve_insertion_order": False,
    "threads": 2,
}


@dataclass(frozen=True)
class Statement:
    """What dbt ran for one model: SQL, or a Python module."""

    schema: str
    model: str
    language: str
    text: str


def statements_of(results: Iterable[Any], target: Path) -> list[Statement]:
    """Read what dbt ran, in its order.

    Parameters
    ----------
    results : iterable
        dbt's results of `run`.
    target : Path
        dbt's target folder.

    Returns
    -------
    list of Statement
        They make each table under its own name, where dbt makes it under
        another first.
    """
    folder = target / "run" / "linksignal"
    return [
        Statement(
            result.node.schema,
            result.node.name,
            result.node.language,
            (folder / result.node.original_file_path)
            .read_text("utf-8")
            .replace(f'"{result.node.name}__dbt_tmp"', f'"{result.node.name}"'),
        )
        for result in results
        if result.node.resource_type == "model"
    ]


def replay(statements: Sequence[Statement], database: Path) -> None:
    """Run statements in a database that has the lookups only."""
    spilled = {
        "temp_directory": f"{database}.tmp",
        "max_temp_directory_size": "2GB",
    }
    with duckdb.connect(
        str(database), config={**SETTINGS, **spilled}
    ) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for schema in {statement.schema for statement in statements}:
            connection.execute(f'create schema "{schema}"')
        for statement in statements:
            if statement.language == "sql":
                connection.execute(statement.text)
            else:
                run_python(statement, connection)


def run_python(
    statement: Statement, connection: duckdb.DuckDBPyConnection
) -> None:
    """Run a Python model, as the adapter does."""
    module = types.ModuleType(statement.model)
    exec(compile(statement.text, statement.model, "exec"), module.__dict__)

    def load(relation: str) -> duckdb.DuckDBPyRelation:
        return connection.query(f"select * from {relation}")

    rows = module.model(module.dbtObj(load), connection)
    is_relation = isinstance(rows, duckdb.DuckDBPyRelation)
    module.materialize(rows, connection if is_relation else connection.cursor())


def shape_of(raw_dir: Path) -> frozenset[tuple[Any, ...]]:
    """Tables of a raw folder, their kinds of files and their columns."""
    return frozenset(
        (file.parent.name, file.suffix, columns_of(file))
        for file in raw_dir.rglob("*")
        if file.is_file()
    )


def columns_of(file: Path) -> tuple[tuple[str, str], ...]:
    """Name and type of each column of a Parquet file."""
    if file.suffix != ".parquet":
        return ()
    schema = pq.read_schema(file)
    return tuple(
        (name, str(type_))
        for name, type_ in zip(schema.names, schema.types, strict=True)
    )
