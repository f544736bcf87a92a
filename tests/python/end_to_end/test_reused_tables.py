"""What a refresh builds of what has changed is what a whole build gives."""

from __future__ import annotations

import copy
import shutil

import duckdb
import pytest
from drawn_studies import STUDY
from linksignal.digest import read_code
from linksignal.project import find_project
from linksignal.publish.inputs import read_inputs
from linksignal.publish.reuse import Changes, Reuse, models, read_graph

EVERYTHING = "fqn:*"


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


@pytest.fixture(scope="module")
def base(workbench, tmp_path_factory):
    """A whole build, and what it was made of."""
    workbench.write(STUDY)
    workbench.make(EVERYTHING)
    database = tmp_path_factory.mktemp("base") / workbench.database.name
    shutil.copy(workbench.database, database)
    return database, made_of(workbench)


def made_of(workbench, **settings):
    """Digests of code and raw tables as they are now."""
    variables = {
        "raw_dir": str(workbench.raw_dir),
        **workbench.variables,
        **settings,
    }
    code = read_code(find_project(), variables)
    return code, read_inputs(workbench.raw_dir).tables


def built_on(workbench, base, graph, now, **settings):
    """Build on the base what a refresh would; return it, and its models."""
    database, before = base
    reuse = Reuse("base", graph, Changes.between(*before, *now))
    shutil.copy(database, workbench.database)
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
    assert partial != contents(base[0])


@pytest.mark.parametrize(
    ("name", "value", "kept", "built"),
    [
        ("ci_level", "0.9", "domain_visibility", "correlations"),
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
    assert partial != contents(base[0])
