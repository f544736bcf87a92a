"""The tables that can be exported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import yaml

from linksignal.errors import LinksignalError
from linksignal.project import PROJECT_DIR, PUBLIC_SCHEMAS
from linksignal.show.findings import Findings

# Where an unqualified name is looked for, in this order. A published file
# also has a history, and one table beside the schemas.
SCHEMAS = (*PUBLIC_SCHEMAS, "history", "main")
_UNQUALIFIED_SCHEMA = "main"


@dataclass(frozen=True)
class ExportTable:
    """One table.

    Attributes
    ----------
    schema, name : str
        Where it is.
    columns : tuple of str
        Names, in the table's order.
    row_count : int
        Rows.
    description : str
        What one row is; empty where nobody says so.
    """

    schema: str
    name: str
    columns: tuple[str, ...]
    row_count: int
    description: str

    @property
    def label(self) -> str:
        """Name of the file or sheet: ``findings.claims``, ``publish_info``."""
        if self.schema == _UNQUALIFIED_SCHEMA:
            return self.name
        return f"{self.schema}.{self.name}"

    @property
    def query(self) -> str:
        """All rows, in an order that does not depend on how they were built."""
        return f'select * from {self.schema}."{self.name}" order by all'


def export_tables(
    findings: Findings, names: Sequence[str] = ()
) -> list[ExportTable]:
    """Tables of a database: those named, or all.

    Parameters
    ----------
    findings : Findings
        An open database, built or published.
    names : sequence of str, default ()
        Tables, with or without schema; none: all there are.

    Returns
    -------
    list of ExportTable
        In the order of `SCHEMAS`, then by name; each once.

    Raises
    ------
    LinksignalError
        There is no such table; the sentence lists those there are.
    """
    places = _places(findings)
    if not places:
        raise LinksignalError(
            f"the database {findings.path} holds no findings: run dbt build "
            "to its end"
        )
    chosen = {_place(name, places) for name in names} or set(places)
    descriptions = _descriptions(findings)
    return [
        _table(findings, place, descriptions.get(place, ""))
        for place in places
        if place in chosen
    ]


def _places(findings: Findings) -> list[tuple[str, str]]:
    rows = findings.rows(
        """
        select table_schema, table_name
        from information_schema.tables
        where list_contains(?, table_schema)
        order by list_position(?, table_schema), table_name
        """,
        [list(SCHEMAS), list(SCHEMAS)],
    )
    return [(str(schema), str(name)) for schema, name in rows]


def _place(name: str, places: list[tuple[str, str]]) -> tuple[str, str]:
    for schema, table in places:
        if name in (table, f"{schema}.{table}"):
            return schema, table
    known = ", ".join(f"{schema}.{table}" for schema, table in places)
    raise LinksignalError(f"there is no table '{name}': the tables are {known}")


def _table(
    findings: Findings, place: tuple[str, str], description: str
) -> ExportTable:
    schema, name = place
    relation = f'{schema}."{name}"'
    ((row_count,),) = findings.rows(f"select count(*) from {relation}")
    columns = [column for column, *_ in findings.rows(f"describe {relation}")]
    return ExportTable(schema, name, tuple(columns), row_count, description)


def _descriptions(findings: Findings) -> dict[tuple[str, str], str]:
    """Descriptions of the models; a published file has those of its own."""
    described = {
        (path.parent.name, model["name"]): " ".join(
            model["description"].split()
        )
        for schema in PUBLIC_SCHEMAS
        for path in (PROJECT_DIR / "models" / schema).glob("*.yml")
        for model in yaml.safe_load(path.read_text("utf-8")).get("models", [])
    }
    commented = findings.rows(
        "select schema_name, table_name, comment from duckdb_tables() "
        "where comment is not null and database_name = current_database()"
    )
    return described | {
        (schema, name): comment for schema, name, comment in commented
    }
