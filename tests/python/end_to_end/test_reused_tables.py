"""What a refresh builds of what has changed is what a whole build gives."""

from __future__ import annotations

import copy
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import duckdb
import pytest
from drawn_studies import STUDY as DRAWN
from linksignal.digest import read_code
from linksignal.project import find_project
from linksignal.publish.inputs import read_inputs
from linksignal.publish.reuse import (
    Changes,
    Reuse,
    broken_tests,
    compiled_tests,
    drop_stale,
    models,
    read_graph,
)

EVERYTHING = "fqn:*"
# Which tables are built again has nothing to do with the number of platforms,
# and each takes as long in all statistics.
PLATFORMS = ("chatgpt", "copilot")
STUDY = {
    table: {
        load: [
            row for row in rows if row.get("platform", "chatgpt") in PLATFORMS
        ]
        for load, rows in loads.items()
    }
    for table, loads in DRAWN.items()
}


def with_fewer(table):
    """The study without some records of a table, in the same loads."""
    study = copy.deepcopy(STUDY)
    study[table] = {
        load: [row for place, row in enumerate(rows) if place % 9]
        for load, rows in study[table].items()
    }
    return study


def contents(database):
    """Rows of every table and view, as a number, by its name."""
    with duckdb.connect(str(database), read_only=True) as connection:
        names = connection.execute(
            "select table_schema || '.' || table_name "
            "from information_schema.tables"
        ).fetchall()
        return {
            name: connection.execute(
                "select count(*), sum(md5_number_lower(each_row::varchar)) "
                f"from {name} as each_row"
            ).fetchone()
            for (name,) in names
        }


class Base(NamedTuple):
    """A whole build, what it was made of, and what it holds."""

    database: Path
    made_of: tuple
    contents: dict


@pytest.fixture(scope="module")
def base(workbench, tmp_path_factory):
    """A whole build, and what it was made of."""
    workbench.write(STUDY)
    workbench.make(EVERYTHING)
    database = tmp_path_factory.mktemp("base") / workbench.database.name
    shutil.copy(workbench.database, database)
    return Base(database, made_of(workbench), contents(database))


def made_of(workbench, **settings):
    """Digests of code and raw tables as they are now."""
    variables = {
        "raw_dir": str(workbench.raw_dir),
        **workbench.variables,
        **settings,
    }
    code = read_code(find_project(), variables)
    return code, read_inputs(workbench.raw_dir).tables


def reuse_of(base, graph, now, tests=None):
    """What a refresh would use again of the base."""
    changes = Changes.between(*base.made_of, *now)
    return Reuse("base", graph, changes, tests or {})


def run_of(workbench):
    """The workbench, as the folder of a run."""
    return SimpleNamespace(
        database=workbench.database, folder=workbench.database.parent
    )


def built_on(workbench, base, graph, now, **settings):
    """Build on the base what a refresh would; return it, and its models."""
    reuse = reuse_of(base, graph, now)
    shutil.copy(base.database, workbench.database)
    drop_stale(run_of(workbench), reuse)
    outcome = workbench.run(
        *("run", "--select", *reuse.selected),
        *("--indirect-selection", "empty"),
        **settings,
    )
    ran = {result.node.unique_id for result in outcome.result}
    return contents(workbench.database), set(models(ran))


@pytest.fixture(scope="module")
def graph(parsed):
    return read_graph(parsed.writable_manifest().to_dict())


@pytest.mark.parametrize(
    ("table", "kept", "built"),
    [
        ("ai_references", "domain_links", "domain_visibility"),
        ("ai_answers", "domain_links", "domain_visibility"),
        ("domain_scores", "domain_visibility", "authority_deciles"),
        ("backlinks", "stg_ai_answers", "domain_links"),
    ],
)
def test_other_rows_of_a_raw_table(workbench, base, graph, table, kept, built):
    workbench.write(with_fewer(table))
    partial, ran = built_on(workbench, base, graph, made_of(workbench))
    assert built in ran
    assert kept not in ran
    workbench.make(EVERYTHING)
    assert contents(workbench.database) == partial
    assert partial != base.contents


@pytest.mark.parametrize(
    ("name", "value", "kept", "built"),
    [
        ("ci_level", "0.9", "domain_visibility", "correlations"),
        ("seed", "7", "link_counts", "correlations"),
        (
            "link_count_tolerance",
            "0.3",
            "domain_links",
            "link_count_deviations",
        ),
        ("backlinks_as_of", "2025-06-30", "stg_ai_answers", "domain_links"),
    ],
)
def test_another_setting(workbench, base, graph, name, value, kept, built):
    workbench.write(STUDY)
    settings = {name: value}
    now = made_of(workbench, **settings)
    partial, ran = built_on(workbench, base, graph, now, **settings)
    assert built in ran
    assert kept not in ran
    workbench.make(EVERYTHING, **settings)
    assert contents(workbench.database) == partial
    assert partial != base.contents


def test_other_sql_of_a_model(workbench, base, graph, parsed, monkeypatch):
    workbench.write(STUDY)
    node = parsed.nodes["model.linksignal.domain_links"]
    fewer = f"select * from ({node.raw_code}) order by domain, source limit 5"
    monkeypatch.setattr(node, "raw_code", fewer)
    code, tables = made_of(workbench)
    files = {**code.files, node.original_file_path: "other"}
    now = replace(code, files=files), tables
    partial, ran = built_on(workbench, base, graph, now)
    assert "domain_links" in ran
    assert not ran & {"link_counts", "domain_visibility"}
    workbench.begin()
    workbench.run("run", "--select", EVERYTHING)
    assert contents(workbench.database) == partial
    assert partial != base.contents


def compiled(workbench, parsed, **settings):
    """Queries of all data tests, as dbt compiles them now."""
    words = ("compile", "--select", "resource_type:test")
    outcome = workbench.run(*words, **settings)
    results = [
        {"unique_id": node.unique_id, "compiled_code": node.compiled_code}
        for node in (each.node for each in outcome.result)
    ]
    manifest = parsed.writable_manifest().to_dict()
    return compiled_tests(manifest, {"results": results}, {})


def test_the_data_tests_that_run_apart_are_those_that_dbt_would_run(
    workbench, base, graph, parsed
):
    workbench.write(STUDY)
    shutil.copy(base.database, workbench.database)
    queries = compiled(workbench, parsed)
    tests = {name for name in graph if name.startswith("test.")}
    assert set(queries) == tests
    for table in ("ai_references", "ai_answers", "backlinks"):
        workbench.write(with_fewer(table))
        reuse = reuse_of(base, graph, made_of(workbench), queries)
        apart = reuse.same_tests(graph)
        assert len(apart) > len(tests) / 3
        now = compiled(workbench, parsed)
        assert apart.items() <= now.items()
    workbench.write(STUDY)
    for setting in ({"ci_level": "0.9"}, {"link_count_tolerance": "0.3"}):
        reuse = reuse_of(base, graph, made_of(workbench, **setting), queries)
        apart = reuse.same_tests(graph)
        assert apart
        now = compiled(workbench, parsed, **setting)
        assert apart.items() <= now.items()


def test_data_tests_that_run_apart_find_what_is_wrong(
    workbench, base, graph, parsed
):
    workbench.write(STUDY)
    shutil.copy(base.database, workbench.database)
    queries = compiled(workbench, parsed)
    run = run_of(workbench)
    assert broken_tests(run, queries) == []
    with duckdb.connect(str(workbench.database)) as connection:
        connection.execute(
            "insert into findings.domains from findings.domains limit 1"
        )
    broken = broken_tests(run, queries)
    assert any(
        "model.linksignal.domains" in parsed.nodes[name].depends_on.nodes
        for name in broken
    )
    with duckdb.connect(str(workbench.database)) as connection:
        connection.execute("drop table findings.claims")
    assert any("claims" in name for name in broken_tests(run, queries))
