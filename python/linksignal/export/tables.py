"""The tables that can be exported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from linksignal.contract import Description, descriptions
from linksignal.errors import LinksignalError
from linksignal.project import PUBLIC_SCHEMAS
from linksignal.show.findings import (
    Findings,
    leading_first,
    reading_order,
)
from linksignal.sql import identifier
from linksignal.text import meant, printable

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
    types : tuple of str
        Their types, as DuckDB writes them.
    row_count : int
        Rows.
    description : Description
        What one row is, and what the columns mean, as far as anybody says so.
    """

    schema: str
    name: str
    columns: tuple[str, ...]
    types: tuple[str, ...]
    row_count: int
    description: Description

    @property
    def label(self) -> str:
        """Name of the file or sheet: ``findings.claims``, ``publish_info``."""
        if self.schema == _UNQUALIFIED_SCHEMA:
            return self.name
        return f"{self.schema}.{self.name}"

    @property
    def query(self) -> str:
        """All rows, the main ones first, in an order of their values."""
        return self._query(self.columns)

    @property
    def reading_order(self) -> tuple[str, ...]:
        """Columns in the order in which people read them."""
        return tuple(leading_first(self.name, self.columns))

    @property
    def reading_query(self) -> str:
        """All rows, by the columns of `reading_order`."""
        return self._query(self.reading_order)

    def _query(self, columns: Sequence[str]) -> str:
        return (
            f"select {', '.join(map(identifier, columns))} "
            f"from {identifier(self.schema, self.name)} "
            f"order by {reading_order(columns)}"
        )


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
    described = _descriptions(findings)
    return [
        _table(findings, place, described.get(place, Description("", {})))
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
    near = meant(name.rpartition(".")[2], (table for _, table in places))
    raise LinksignalError(
        f"there is no table '{printable(name)}'{near}: the tables are {known}"
    )


def _table(
    findings: Findings, place: tuple[str, str], description: Description
) -> ExportTable:
    relation = identifier(*place)
    ((row_count,),) = findings.rows(f"select count(*) from {relation}")
    columns, types, *_ = zip(
        *findings.rows(f"describe {relation}"), strict=True
    )
    return ExportTable(*place, columns, types, row_count, description)


def _descriptions(findings: Findings) -> dict[tuple[str, str], Description]:
    """Descriptions of the models; a published file has those of its own."""
    columns: dict[tuple[str, str], dict[str, str]] = {}
    for schema, name, column, comment in findings.rows(_COLUMN_COMMENTS):
        columns.setdefault((schema, name), {})[column] = comment
    tables = {
        (schema, name): comment
        for schema, name, comment in findings.rows(_TABLE_COMMENTS)
    }
    return dict(descriptions()) | {
        place: Description(tables.get(place, ""), columns.get(place, {}))
        for place in {*tables, *columns}
    }


_TABLE_COMMENTS = """
select schema_name, table_name, comment from duckdb_tables()
where comment is not null and database_name = current_database()
"""

_COLUMN_COMMENTS = """
select schema_name, table_name, column_name, comment from duckdb_columns()
where comment is not null and database_name = current_database()
"""
