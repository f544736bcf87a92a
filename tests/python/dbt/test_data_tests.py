"""Every data test passes on the sample and fails on what it is made for.

The tests run as dbt compiled them, on a copy of the built sample, in
transactions that are rolled back.
"""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from data_tests import keys_of, rules_of
from linksignal.contract import read_yaml

CORRUPTIONS = {
    name: changes
    for file in sorted(Path(__file__).parent.glob("corruptions*.yml"))
    for name, changes in read_yaml(file).items()
}

# Tables that are empty in the sample: a corruption needs a row to change.
FIRST_ROWS = {
    "staging.stg_ai_totals": """
        insert into staging.stg_ai_totals by name
        select 'a.com' as domain, 'chatgpt' as platform, 'tool' as source
    """,
    "staging.stg_domain_signals": """
        insert into staging.stg_domain_signals by name
        select 'a.com' as domain, 'visits' as signal, 'own' as source,
            1 as value
    """,
    "staging.stg_superseded_links": """
        insert into staging.stg_superseded_links by name
        select 'load' as load_id, 1 as record_number
    """,
    "features.brand_domains": """
        insert into features.brand_domains by name
        select 'Acme' as brand, 'a.com' as domain, false as is_ambiguous
    """,
    "features.shared_names": """
        insert into features.shared_names by name
        select 'a.com' as domain, 'acme' as shared_name
    """,
    "features.panel_months": """
        insert into features.panel_months by name
        select date '2026-01-01' as month
    """,
    "features.referrer_months": """
        insert into features.referrer_months by name
        select 1 as snapshot_id, 1 as new_referring_domains
    """,
    "features.referrer_gains": """
        insert into features.referrer_gains by name
        select
            'a.com' as domain, 'tool' as source, date '2026-01-01' as month,
            3 as new_referring_domains, 2 as dated_referring_domains
    """,
    "features.known_link_months": """
        insert into features.known_link_months by name
        select
            'a.com' as domain, 'tool' as source, 'links' as link_grain,
            date '2026-01-01' as month
    """,
    "features.link_month_counts": """
        insert into features.link_month_counts by name
        select
            'a.com' as domain, 'tool' as source, 'links' as link_grain,
            date '2026-01-01' as month, 3 as new_referring_domains
    """,
    "features.link_months": """
        insert into features.link_months by name
        select
            'a.com' as domain, date '2026-01-01' as month,
            3 as new_referring_domains
    """,
    "quality.brand_names": """
        insert into quality.brand_names by name
        select
            'Acme' as brand, 'a.com' as domain, 'matched' as status,
            1 as answer_count
    """,
}


@dataclass(frozen=True)
class DataTest:
    """A data test, or one rule of a test that checks many.

    Attributes
    ----------
    node : dict
        The test, as in the manifest.
    query : str
        What finds the rows that break it.
    key : tuple of str
        Columns of the key that it checks; empty when it checks another rule.
    """

    node: dict
    query: str
    key: tuple = ()

    @property
    def kind(self):
        """Name of the generic test."""
        return self.node["test_metadata"]["name"]


def split_by_rule(node):
    """Give the tests that a node is, by the name of their rule."""
    query, metadata = node["compiled_code"], node["test_metadata"]
    keys = [tuple(columns) for columns in keys_of(metadata)]
    rules = rules_of(metadata)
    if not rules:
        return {node["name"]: DataTest(node, query, *keys)}
    of_keys = dict(zip(metadata["kwargs"].get("key", ()), keys, strict=True))
    return {
        rule: DataTest(
            node,
            f"select * from ({query}) as found "
            f"where list_contains(string_split(broken_rules, ', '), '{rule}')",
            of_keys.get(rule, ()),
        )
        for rule in rules
    }


@pytest.fixture(scope="module")
def nodes(built_sample):
    return built_sample.test_nodes()


@pytest.fixture(scope="module")
def data_tests(nodes):
    found = [pair for node in nodes for pair in split_by_rule(node).items()]
    assert len(dict(found)) == len(found)
    return dict(found)


@pytest.fixture(scope="module")
def tested_tables(built_sample, data_tests):
    nodes = built_sample.manifest["nodes"]
    return {
        name: "{schema}.{alias}".format(**nodes[test.node["attached_node"]])
        for name, test in data_tests.items()
    }


@pytest.fixture(scope="module")
def warehouse(built_sample, tmp_path_factory):
    copy = built_sample.copy(tmp_path_factory.mktemp("corrupted"))
    with duckdb.connect(str(copy)) as connection:
        for schema, view in connection.execute(
            "select schema_name, view_name from duckdb_views() "
            "where not internal"
        ).fetchall():
            table = f"{schema}.{view}"
            connection.execute(
                f"create temp table content as from {table}; "
                f"drop view {table}; "
                f"create table {table} as from content; "
                "drop table content;"
            )
        for insert in FIRST_ROWS.values():
            connection.execute(insert)
        yield connection


@contextlib.contextmanager
def rolled_back(connection):
    connection.begin()
    try:
        yield
    finally:
        connection.rollback()


def failing_rows(connection, test):
    query = f"select count(*) from ({test.query})"
    return connection.execute(query).fetchone()[0]


def failing_rows_after(connection, test, corruption):
    with rolled_back(connection):
        connection.execute(corruption)
        return failing_rows(connection, test)


def is_refused_or_reported(connection, test, corruption):
    """Whether the table's contract keeps a row out, or the test finds it."""
    try:
        return failing_rows_after(connection, test, corruption) == 1
    except duckdb.ConstraintException:
        return True


def first_row(table):
    return f"rowid = (select min(rowid) from {table})"


def test_every_data_test_is_an_error(nodes):
    lenient = [
        node["name"]
        for node in nodes
        if node["config"]["severity"].lower() != "error"
        or node["config"]["error_if"] != "!= 0"
        or node["config"]["fail_calc"] != "count(*)"
        or node["config"]["where"] is not None
    ]

    assert lenient == []


def test_every_tested_table_has_a_row(warehouse, tested_tables):
    empty = [
        table
        for table in sorted(set(tested_tables.values()))
        if warehouse.execute(f"select count(*) from {table}").fetchone() == (0,)
    ]

    assert empty == []


def test_every_data_test_has_a_corruption(data_tests):
    without_rule = {
        name
        for name, test in data_tests.items()
        if not test.key and test.kind != "row_count_is"
    }

    assert set(CORRUPTIONS) == without_rule


def test_every_data_test_passes_on_the_sample(warehouse, data_tests):
    failing = [
        name
        for name, test in data_tests.items()
        if failing_rows(warehouse, test)
    ]

    assert failing == []


@pytest.mark.parametrize(
    ("name", "change"),
    [
        pytest.param(name, change, id=f"{name}-{number}")
        for name, changes in CORRUPTIONS.items()
        for number, change in enumerate(changes)
    ],
)
def test_a_data_test_reports_the_one_row_that_violates_it(
    warehouse, data_tests, tested_tables, name, change
):
    table = tested_tables[name]
    corruption = f"update {table} set {change} where {first_row(table)}"

    assert failing_rows_after(warehouse, data_tests[name], corruption) == 1


def test_a_key_test_reports_a_key_that_stands_twice(
    warehouse, data_tests, tested_tables
):
    blind = [
        name
        for name, test in data_tests.items()
        for table in [tested_tables[name]]
        if test.key
        and failing_rows_after(
            warehouse,
            test,
            f"insert into {table} from {table} where {first_row(table)}",
        )
        != 1
    ]

    assert blind == []


def test_a_key_test_reports_a_missing_part_of_a_key(
    warehouse, data_tests, tested_tables
):
    blind = [
        (name, column)
        for name, test in data_tests.items()
        for table in [tested_tables[name]]
        for column in test.key
        # An expression says what stands for a part that may be missing.
        if column.isidentifier()
        and not is_refused_or_reported(
            warehouse,
            test,
            f"update {table} set {column} = null where {first_row(table)}",
        )
    ]

    assert blind == []


@pytest.mark.parametrize("change", ["insert into", "delete from"])
def test_a_count_test_reports_a_row_too_many_or_too_few(
    warehouse, data_tests, tested_tables, change
):
    blind = [
        name
        for name, test in data_tests.items()
        for table in [tested_tables[name]]
        for rows in [f"from {table} " if change.startswith("insert") else ""]
        if test.kind == "row_count_is"
        and failing_rows_after(
            warehouse,
            test,
            f"{change} {table} {rows}where {first_row(table)}",
        )
        != 1
    ]

    assert blind == []


def test_dbt_fails_on_a_corrupted_table(dbt, built_sample, parsed, tmp_path):
    database = built_sample.copy(tmp_path)
    words = ["test", "--select", "every_domain_stands_once"]
    clean = dbt(*words, database=database, manifest=parsed)
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "insert into findings.domains from findings.domains limit 1"
        )

    corrupted = dbt(*words, database=database, manifest=parsed)

    assert clean.exit_code == 0
    assert clean.statuses["every_domain_stands_once"] == "pass"
    assert corrupted.exit_code == 1
    assert corrupted.statuses["every_domain_stands_once"] == "fail"


def test_a_build_fails_at_a_record_of_an_unknown_platform(
    dbt, built_sample, parsed, project_dir, tmp_path
):
    raw_dir = tmp_path / "raw"
    shutil.copytree(project_dir / "seeds/sample", raw_dir)
    duckdb.execute(f"""
        copy (
            select * replace ('altavista' as platform, 'new' as answer_id)
            from read_parquet('{raw_dir}/ai_answers/*.parquet') limit 1
        ) to '{raw_dir}/ai_answers/more.parquet'
    """)

    outcome = dbt(
        *("build", "--exclude-resource-type", "unit_test"),
        *("--select", "platforms", "stg_ai_answers"),
        database=tmp_path / built_sample.database.name,
        variables={"raw_dir": str(raw_dir)},
        manifest=parsed,
    )

    assert outcome.exit_code == 1
    assert outcome.statuses["every_platform_is_in_the_lookup"] == "fail"
