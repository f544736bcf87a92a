"""Who reads which column of the findings, found by letting them read."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import duckdb
import xlsxwriter
from dashboards import chart_queries, notebook_queries
from linksignal.export.cells import Formats
from linksignal.export.summary import SUMMARY, write_summary
from linksignal.publish.export import KEPT
from linksignal.publish.info import _is_simulated
from linksignal.report.domain_table import read_domains
from linksignal.report.page import page
from linksignal.report.study import TABLES, read_study
from linksignal.settings import default_settings
from linksignal.show.findings import LEADING_COLUMNS, Findings
from linksignal.show.overview import ledger_text, overview
from linksignal.show.text_table import Screen
from linksignal.sql import open_to_read
from linksignal.stats.claims import judge
from linksignal.stats.claims.table import claim_table, part_table
from linksignal.stats.frames import with_outcomes

# A table and a column of it.
Column = tuple[str, str]

# A model of findings as another project names it.
MODEL = re.compile(r"\{\{ ref\('linksignal', '(\w+)'\) \}\}")
FENCED_SQL = re.compile(r"```sql\n(.*?)```", re.DOTALL)
LEDGER_TABLES = {
    judge.Coefficient: "correlations",
    judge.Difference: "correlation_contrasts",
    judge.Threshold: "authority_thresholds",
}


class Listening(Findings):
    """A database that remembers what it was asked."""

    def __init__(self, path):
        super().__init__(path)
        self.asked: list[tuple[str, Any]] = []

    def _execute(self, query, parameters):
        self.asked.append((query, parameters))
        return super()._execute(query, parameters)


class Watched(dict):
    """A row that tells which of its columns were looked at."""

    def __init__(self, values, seen):
        super().__init__(values)
        self.seen = seen

    def __getitem__(self, name):
        self.seen.add(name)
        return super().__getitem__(name)

    def get(self, name, default=None):
        self.seen.add(name)
        return super().get(name, default)

    def __or__(self, other):
        return Watched(super().__or__(other), self.seen)


class EmptyTables:
    """The tables of a database without their rows, to bind queries to."""

    def __init__(self, built_sample):
        name = built_sample.database.stem
        self._connection = open_to_read(memory="200MB")
        self._connection.execute(f"attach ':memory:' as {name}; use {name}")
        built = built_sample.frame(
            "select table_schema, table_name, "
            "list(column_name order by ordinal_position) as names, "
            "string_agg(format('\"{}\" {}', column_name, data_type), ', ') "
            "as declared from information_schema.columns group by all"
        )
        for row in built.itertuples():
            self._connection.execute(
                f"create schema if not exists {row.table_schema}; create table "
                f"{row.table_schema}.{row.table_name} ({row.declared})"
            )
        found = built[built["table_schema"] == "findings"]
        self.columns: dict[str, list[str]] = dict(
            zip(found["table_name"], map(list, found["names"]), strict=True)
        )

    def read_by(self, queries) -> set[Column]:
        """Columns without which a query is an error; a star needs none."""
        queries = list(queries)
        for query, parameters in queries:
            self._connection.execute(query, parameters)
        return {
            (table, column)
            for table, columns in self.columns.items()
            for column in columns
            if self._is_needed(table, column, queries)
        }

    def _is_needed(self, table, column, queries) -> bool:
        names = [re.compile(rf"\b{name}\b") for name in (table, column)]
        asked = [
            one for one in queries if all(name.search(one[0]) for name in names)
        ]
        if not asked:
            return False
        with self._without(table, column):
            return any(map(self._fails, asked))

    @contextlib.contextmanager
    def _without(self, table: str, column: str) -> Iterator[None]:
        self._connection.execute("begin")
        try:
            self._connection.execute(
                f'alter table findings.{table} drop column "{column}"'
            )
            yield
        finally:
            self._connection.execute("rollback")

    def _fails(self, asked) -> bool:
        query, parameters = asked
        try:
            self._connection.execute(f"explain {query}", parameters)
        except duckdb.BinderException:
            return True
        return False


def readers(built_sample, project_dir) -> dict[str, set[Column]]:
    """Columns by who reads them."""
    tables = EmptyTables(built_sample)
    nodes = built_sample.manifest["nodes"].values()
    tests = [(test.query, None) for test in built_sample.data_tests().values()]
    models = [
        (node["compiled_code"], None)
        for node in nodes
        if node["resource_type"] == "model" and node["language"] == "sql"
    ]
    return {
        "report": _report(built_sample, tables),
        "show": _show(built_sample, tables),
        "workbook": _workbook(built_sample, tables),
        "ledger": _ledger(built_sample) | _claims(built_sample),
        "history": {(table, name) for table in KEPT for name in KEPT[table]},
        "publication": tables.read_by(_publication(tables)),
        "model": tables.read_by(models),
        "guide": tables.read_by(_guides(project_dir)),
        "semantic_layer": set(_semantic_layer(built_sample.manifest)),
        "dashboard": tables.read_by(_dashboards(project_dir)),
        "data_test": tables.read_by(tests),
    }


def _report(built_sample, tables: EmptyTables) -> set[Column]:
    """Columns that queries need, and whose values the page looks at."""
    with Listening(built_sample.database) as findings:
        study, domains = read_study(findings), read_domains(findings)
    asked = [one for one in findings.asked if one[0] not in TABLES.values()]
    found = tables.read_by(asked)
    seen: dict[str, set[str]] = {name: set() for name in TABLES}
    study = replace(study, thresholds=list(map(_with_knot, study.thresholds)))
    watched = {
        field.name: [
            Watched(row, seen[field.name]) for row in getattr(study, field.name)
        ]
        for field in fields(study)
        if field.name in TABLES
    }
    page(replace(study, **watched), domains)
    for name, query in TABLES.items():
        rows = getattr(study, name)
        unseen = set(rows[0] if rows else ()) - seen[name]
        found |= {
            (table, column)
            for table, column in tables.read_by([(query, None)])
            if column not in unseen
        }
    return found


def _with_knot(row):
    """A kink that is shown: without one, nobody looks for its place."""
    if row["quantity"] != "kink":
        return row
    return row | {"knot": 50, "knot_low": 40, "knot_high": 60, "p_adjusted": 0}


def _show(built_sample, tables: EmptyTables) -> set[Column]:
    with Listening(built_sample.database) as findings:
        overview(findings, Screen())
        ledger_text(findings, Screen())
    leading = {
        (table, column)
        for table, columns in LEADING_COLUMNS.items()
        for column in columns.split()
    }
    return leading | tables.read_by(findings.asked)


def _workbook(built_sample, tables: EmptyTables) -> set[Column]:
    with Listening(built_sample.database) as findings:
        options = {"in_memory": True}
        with xlsxwriter.Workbook(io.BytesIO(), options) as book:
            sheet = book.add_worksheet(SUMMARY)
            write_summary(book, sheet, Formats(book), findings)
    return tables.read_by(findings.asked)


def _ledger(built_sample) -> set[Column]:
    """Columns of the rows that the claims are judged by."""
    found: set[Column] = set()
    look_up = judge.Findings.row

    def watched(self, wanted):
        row = look_up(self, wanted)
        if row is None:
            return None
        seen = Seen(found, LEDGER_TABLES[type(wanted)])
        return Watched(row, seen)

    frame = built_sample.frame
    with patched(judge.Findings, "row", watched):
        part_table(
            *(
                frame(f"from statistics.{name}_estimates")
                for name in ("correlation", "contrast", "threshold")
            ),
            with_outcomes(
                frame("from features.domain_features order by domain"),
                frame("from features.domain_visibility"),
            ),
            *(
                frame(f"from lookups.{name}")
                for name in ("signals", "outcomes", "platforms")
            ),
            default_settings(),
        )
    return found


def _claims(built_sample) -> set[Column]:
    """Columns of the parts without which there are no claims."""
    frame = built_sample.frame
    parts = frame("from statistics.claim_part_estimates order by claim_id")
    lookups = [
        frame(f"from lookups.{name}")
        for name in ("study_claims", "claim_outcomes")
    ]
    settings = default_settings()
    claim_table(parts, *lookups, settings)
    found = set()
    for column in parts:
        try:
            claim_table(parts.drop(columns=column), *lookups, settings)
        except KeyError:
            found.add(("claim_parts", column))
    return found


class Seen:
    """Columns of one table that were looked at."""

    def __init__(self, found: set[Column], table: str):
        self._found = found
        self._table = table

    def add(self, name: str) -> None:
        self._found.add((self._table, name))


@contextlib.contextmanager
def patched(place, name, value):
    before = getattr(place, name)
    setattr(place, name, value)
    try:
        yield
    finally:
        setattr(place, name, before)


def _publication(tables: EmptyTables) -> list[tuple[str, None]]:
    """What a publication asks to say whether its rows are simulated."""
    asked = Answering([("findings", table) for table in tables.columns])
    _is_simulated(asked)
    return [
        (query.replace('"publication".', ""), None) for query in asked.queries
    ]


class Answering:
    """A connection that knows its tables, all of them empty."""

    def __init__(self, marked):
        self.queries: list[str] = []
        self._marked = marked

    def execute(self, query):
        self.queries.append(query)
        return self

    def fetchall(self):
        self.queries.clear()
        return self._marked

    def fetchone(self):
        return (None,)


def _semantic_layer(manifest) -> Iterator[Column]:
    """Columns that measures, dimensions and entities are made of."""
    for model in manifest["semantic_models"].values():
        parts = [*model["measures"], *model["dimensions"], *model["entities"]]
        for part in parts:
            yield model["node_relation"]["alias"], part["expr"] or part["name"]


def _dashboards(project_dir) -> Iterator[tuple[str, None]]:
    """Queries of the Superset bundle and of the notebook."""
    for query in chart_queries(project_dir).values():
        yield query, None
    for query in notebook_queries(project_dir):
        yield query, None


def _guides(project_dir) -> Iterator[tuple[str, None]]:
    """Queries of the documents."""
    for path in (project_dir / "README.md", *project_dir.glob("docs/*.md")):
        for query in FENCED_SQL.findall(path.read_text("utf-8")):
            yield MODEL.sub(r"findings.\1", query), None
