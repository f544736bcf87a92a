"""The relations of a load are those that the architecture describes."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from duckdb import DuckDBPyConnection
from export_samples import (
    SAMPLES,
    Sample,
    document,
    overview,
    reference,
    results_page,
    tasks,
)
from linksignal.load import engine as engines
from linksignal.load import stage as staging
from linksignal.load.batch import load_files
from linksignal.load.stage import Options
from linksignal.project import PROJECT_DIR

DAY = date(2026, 1, 31)
ARCHITECTURE = PROJECT_DIR / "docs" / "architecture.md"
# A redirector, a broken record, a blank line, a control character, a host
# that is spelled in another way, a duplicate.
REFERENCES = (
    "answer_id,position,url,domain,as_of,source\n"
    "a1,1,https://www.google.com/url?q=https%3A%2F%2Fx.com%2Fa,x.com,"
    "2026-01-30,own\n"
    "a2,1,\x07https://y.com/,Y.com,2026-01-30,own\n"
    "a3\n"
    "\n"
    '"a4",2,"https://EXAMPLE.org?q=1",z.com,,own\n'
    '"a4",2,"https://EXAMPLE.org?q=1",z.com,,own\n'
)
REDIRECTED = "https://www.google.com/url?q=https%3A%2F%2Fx.com%2Fa"
RESULTS = document(
    tasks(
        results_page(
            overview(
                reference("google.com", REDIRECTED),
                reference("google.com", REDIRECTED),
            ),
            keyword="a\x07b",
        )
    )
)
# Registered by Python, seen by no statement but the next.
REGISTERED = {"suffix_table"}
Relations = dict[str, set[str]]


def as_parquet() -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table({"answer_id": ["a"], "platform": ["gemini"]}), file)
    return file.getvalue()


# The study's brands are looked for in the texts of answers behind it.
INPUTS: dict[str, tuple[Sample, dict[str, Any]]] = {
    "study_domains": (SAMPLES["study_domains"], {}),
    "references": (("references.csv", REFERENCES.encode()), {}),
    "parquet": (("answers.parquet", as_parquet()), {}),
    "results": (("results.json", RESULTS), {}),
    "no_data": (
        ("none.csv", b"ERROR 50 :: NOTHING FOUND"),
        {"format_name": "semrush_backlinks_overview", "domain": "a.com"},
    ),
    **{
        name: (SAMPLES[name], {})
        for name in (
            *("semrush_backlinks", "ai_citations", "openai_responses"),
            *("dataforseo_llm_mentions", "semrush_referring_domains"),
        )
    },
}


@dataclass(frozen=True)
class Told:
    """What a statement has told, before the next one is executed."""

    row: tuple[Any, ...] | None

    def fetchone(self) -> tuple[Any, ...] | None:
        return self.row


class Watched:
    """A connection that looks at what there is after every statement."""

    def __init__(
        self,
        real: DuckDBPyConnection,
        columns: Relations,
        created: Relations,
        rendered: list[str],
    ) -> None:
        self.real = real
        self.columns = columns
        self.created = created
        self.rendered = rendered
        self.known: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def execute(self, query: str, parameters: Any = None) -> Any:
        result = None
        for statement in self.real.extract_statements(query):
            result = self.real.execute(statement, parameters)
            if statement.type.name in ("CREATE", "ALTER", "DROP"):
                result = Told(result.fetchone())
                self.look()
        return result

    def look(self) -> None:
        rows = self.real.execute(
            "select table_name, column_name from duckdb_columns() "
            "where not internal"
        ).fetchall()
        for relation, column in rows:
            name = general(relation)
            if name not in REGISTERED:
                self.columns.setdefault(name, set()).add(general(column))
                if relation not in self.known:
                    creator = self.created.setdefault(self.rendered[-1], set())
                    creator.add(name)
        self.known = {relation for relation, _ in rows}


def general(name: str) -> str:
    """Put letters in the place of what depends on the file."""
    name = re.sub(r"^(rows|repeats):.*", r"\1:T", name)
    name = re.sub(r"^(file|site):.*", r"\1:COLUMN", name)
    name = re.sub(r"^note:.*", "note:CODE", name)
    name = re.sub(r"^[a-z_]+\.[a-z_]+$", "T.COLUMN", name)
    return re.sub(r"_\d+$", "_N", name)


@pytest.fixture(scope="module")
def seen(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Relations, Relations]:
    """Columns by relation, and relations by template, of some loads."""
    columns: Relations = {}
    created: Relations = {}
    rendered: list[str] = []
    opened, render = staging.engine, engines.render

    @contextmanager
    def watched(*words: Any, **options: Any) -> Iterator[Any]:
        with opened(*words, **options) as connection:
            yield Watched(connection, columns, created, rendered)

    def noted(template: str, **values: object) -> str:
        rendered.append(template)
        return render(template, **values)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(staging, "engine", watched)
        patch.setattr(engines, "render", noted)
        folder = tmp_path_factory.mktemp("relations")
        for name, ((file, data), words) in INPUTS.items():
            path = folder / name / file
            path.parent.mkdir()
            path.write_bytes(data)
            options = {"as_of": DAY, "max_rejected": 1.0, **words}
            format_name = options.pop("format_name", None)
            raw = folder / "raw"
            load_files([path], raw, Options(**options), format_name)
    return columns, created


def documented() -> tuple[Relations, Relations]:
    """The same as the architecture tells it."""
    columns: Relations = {}
    created: Relations = {}
    text = ARCHITECTURE.read_text(encoding="utf-8")
    table = text.split("<!-- relations:")[1].split("\n\n")[1]
    templates: list[str] = []
    for line in table.splitlines()[2:]:
        first, named, told = line.split("|")[1:4]
        templates = names_in(first) or templates
        for relation in names_in(named):
            others = re.findall(r"the columns of `([^`]+)`", told)
            own = re.sub(r"the columns of `[^`]+`", "", told)
            columns[relation] = set(names_in(own)).union(
                *(columns[other] for other in others)
            )
            for template in templates:
                created.setdefault(template, set()).add(relation)
    return columns, created


def names_in(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_relations_and_columns_are_those_documented(
    seen: tuple[Relations, Relations],
) -> None:
    columns, _ = documented()
    found = dict(seen[0])
    for own in ("engine_faults", "engine_scans"):
        assert columns.pop(own) == set()
        assert found.pop(own)
    assert found == columns


def test_each_template_creates_the_relations_documented(
    seen: tuple[Relations, Relations],
) -> None:
    _, created = documented()
    # Of names that Python gives, next to no template.
    (own,) = created.pop("texts.py")
    found = {name: each - {own} for name, each in seen[1].items()}
    assert {name: each for name, each in found.items() if each} == created
