"""SQL with logic has unit tests."""

from __future__ import annotations

import re

from test_macros import EVERY_SETTING

# Select columns and join one row: their contract and their keys say it all.
WITHOUT_LOGIC = {
    "domain_signals",
    "study_settings",
    "authority_thresholds",
    "claim_parts",
    "claims",
    "domain_outlook",
    "link_opportunities",
    "correlation_contrasts",
    "correlations",
    "deciles",
    "domains",
    "joint_effects",
    "joint_summaries",
    "main_claims",
    "panel_effects",
    "signal_importance",
    "time_spine_days",
}


def test_every_sql_model_with_logic_has_a_unit_test(built_sample):
    models = {
        node["name"]
        for node in built_sample.manifest["nodes"].values()
        if node["resource_type"] == "model" and node["language"] == "sql"
    }
    tested = {
        unit_test["model"]
        for unit_test in built_sample.manifest["unit_tests"].values()
    }

    assert models - tested == WITHOUT_LOGIC


def test_unit_tests_pass_whatever_the_settings_of_the_build(
    dbt, built_sample, parsed, tmp_path
):
    outcome = dbt(
        *("test", "--select", "test_type:unit"),
        database=built_sample.copy(tmp_path),
        variables=EVERY_SETTING,
        manifest=parsed,
    )

    assert outcome.exit_code == 0, outcome.output
    passed = [name for name, to in outcome.statuses.items() if to == "pass"]
    assert len(passed) == len(built_sample.manifest["unit_tests"])


def test_with_links_from_spark_every_unit_test_gives_what_its_model_reads(
    dbt, tmp_path
):
    parsed = dbt(
        "parse",
        database=tmp_path / "none.duckdb",
        variables={"links_from": "spark"},
    ).result

    lacking = {}
    for unit_test in parsed.unit_tests.values():
        (model,) = unit_test.depends_on.nodes
        read = {
            name.split(".")[-1]
            for name in parsed.nodes[model].depends_on.nodes
            if not name.startswith("seed.")
        }
        given = {
            re.findall("'([^']+)'", each.input)[-1]
            for each in unit_test.given
            if each.input != "this"
        }
        if not read <= given:
            lacking[unit_test.name] = read - given
    assert len(parsed.unit_tests) > 50
    assert lacking == {}
