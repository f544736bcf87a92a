"""Each kind of data test has an example that passes and one that fails."""

from __future__ import annotations

import json

import duckdb
import pytest

KINDS = {
    "holds": "test_holds('example', 'size > 0')",
    "unique_key": "test_unique_key('example', ['name', 'size'])",
    "row_count_is": "test_row_count_is('example', 2)",
    "covers_platforms": "test_covers_platforms('answered')",
    "covers": "test_covers('example', 'size', 'sizes')",
    "keeps_rules": "test_keeps_rules('example', {'above_0': 'size > 0', "
    "'known_name': \"name in (select 'a')\"}, "
    "{'once': ['name', 'size'], 'once_a_name': ['name']})",
    "every_verdict_follows_from_its_parts": (
        "test_every_verdict_follows_from_its_parts('judged', 'parts')"
    ),
}


@pytest.fixture(scope="module")
def kinds(dbt, built_sample, parsed, tmp_path_factory):
    database = built_sample.copy(tmp_path_factory.mktemp("kinds"))
    pairs = ", ".join(f"'{kind}': {call}" for kind, call in KINDS.items())
    template = f"{{{{ {{{pairs}}} | tojson }}}}"
    outcome = dbt(
        *("compile", "--inline", template),
        database=database,
        manifest=parsed,
    )
    return json.loads(outcome.result.results[0].node.compiled_code)


def reported(query, rows):
    with duckdb.connect() as connection:
        connection.execute("create table example (name varchar, size integer)")
        connection.execute("create table sizes as select 1 as size")
        connection.executemany("insert into example values (?, ?)", rows)
        return connection.execute(query).fetchall()


def test_every_kind_in_use_has_examples(built_sample):
    in_use = {
        node["test_metadata"]["name"]
        for node in built_sample.manifest["nodes"].values()
        if node["resource_type"] == "test"
    }

    assert in_use == set(KINDS)


def test_holds_reports_the_rows_for_which_the_condition_is_false(kinds):
    rows = [("a", 1), ("b", 0), ("c", -1)]

    assert reported(kinds["holds"], rows) == [("b", 0), ("c", -1)]


def test_holds_lets_the_unknown_pass(kinds):
    assert reported(kinds["holds"], [("a", 1), ("b", None)]) == []


def test_unique_key_reports_a_key_that_stands_twice(kinds):
    rows = [("a", 1), ("a", 1), ("b", 1)]

    assert reported(kinds["unique_key"], rows) == [("a", 1, 2)]


def test_unique_key_reports_a_key_that_is_missing_in_part(kinds):
    rows = [("a", None), (None, 1), ("b", 1)]

    assert set(reported(kinds["unique_key"], rows)) == {
        ("a", None, 1),
        (None, 1, 1),
    }


def test_unique_key_lets_keys_pass_that_differ_in_part(kinds):
    assert reported(kinds["unique_key"], [("a", 1), ("a", 2), ("b", 1)]) == []


def test_keeps_rules_names_every_rule_that_a_row_breaks(kinds):
    rows = [("a", 1), ("a", 0), ("b", -1), ("c", 2)]

    assert sorted(reported(kinds["keeps_rules"], rows)) == [
        ("above_0", "a", 0),
        ("above_0, known_name", "b", -1),
        ("known_name", "c", 2),
        ("once_a_name", "a", 1),
    ]


def test_keeps_rules_reports_a_key_that_stands_twice_or_is_missing(kinds):
    rows = [("a", 1), ("a", 1), ("a", None), (None, 3), ("a", 2)]

    assert set(reported(kinds["keeps_rules"], rows)) == {
        ("once", "a", 1),
        ("once", "a", None),
        ("once", None, 3),
        ("once_a_name", "a", 1),
        ("once_a_name", None, 3),
    }


def test_keeps_rules_lets_the_unknown_pass(kinds):
    query = kinds["keeps_rules"].partition("union all")[0]

    assert reported(query, [(None, 1), ("a", None)]) == []


@pytest.mark.parametrize("count", [1, 3])
def test_row_count_is_reports_another_count(kinds, count):
    rows = [("a", 1)] * count

    assert reported(kinds["row_count_is"], rows) == [(count,)]


def test_row_count_is_lets_the_count_pass(kinds):
    assert reported(kinds["row_count_is"], [("a", 1), ("a", None)]) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("select 1", []),
        ("delete from answered where platform = 'all'", [("all", None)]),
        ("delete from answered where platform = 'gemini'", [("gemini", None)]),
        ("insert into answered values ('claude')", [(None, "claude")]),
    ],
)
def test_covers_platforms_reports_what_is_missing_and_what_is_too_much(
    kinds, built_sample, tmp_path, change, expected
):
    with duckdb.connect(str(built_sample.copy(tmp_path))) as connection:
        connection.execute(
            "create table answered as "
            "select distinct platform from features.domain_visibility; "
            f"{change}"
        )
        found = connection.execute(kinds["covers_platforms"]).fetchall()
    assert found == expected


def test_covers_reports_a_value_of_the_other_table_that_is_lacking(kinds):
    assert reported(kinds["covers"], [("a", 2), ("b", None)]) == [(1,)]


def test_covers_lets_values_pass_that_the_other_table_does_not_use(kinds):
    assert reported(kinds["covers"], [("a", 1), ("b", 2)]) == []


# States of parts, each with whether it is decisive, and verdicts they allow.
DECIDED, CONDITION = True, False
ALLOWED = [
    (["shown"], [DECIDED], {"supported"}),
    (["shown", "open"], [DECIDED, DECIDED], {"partly_supported"}),
    (["shown", "open"], [CONDITION, DECIDED], {"undecided"}),
    (
        ["contrary_shown"],
        [DECIDED],
        {"contradicted", "partly_contradicted"},
    ),
    (
        ["contrary_shown", "shown"],
        [DECIDED, DECIDED],
        {"contradicted", "mixed"},
    ),
    (["not_testable", "open"], [DECIDED, CONDITION], {"not_testable"}),
]
VERDICTS = {verdict for _, _, allowed in ALLOWED for verdict in allowed}


@pytest.mark.parametrize(("states", "decisive", "allowed"), ALLOWED)
def test_every_verdict_follows_from_its_parts_reports_any_other_verdict(
    kinds, states, decisive, allowed
):
    query = kinds["every_verdict_follows_from_its_parts"]
    counts = [
        states.count(state)
        for state in ("shown", "contrary_shown", "open", "not_testable")
    ]
    passing = set()
    with duckdb.connect() as connection:
        connection.execute(
            "create table parts as select 'C1' as claim_id, "
            f"unnest({states}) as state, unnest({decisive}) as is_decisive"
        )
        for verdict in sorted(VERDICTS):
            connection.execute(
                "create or replace table judged as select 'C1' as claim_id, "
                "? as verdict, ? as parts, ? as parts_shown, "
                "? as parts_contrary, ? as parts_open, "
                "? as parts_not_testable",
                [verdict, len(states), *counts],
            )
            if connection.execute(query).fetchall() == []:
                passing.add(verdict)
        connection.execute("update judged set parts_open = parts_open + 1")
        miscounted = connection.execute(query).fetchall()
    assert passing == allowed
    assert len(miscounted) == 1
