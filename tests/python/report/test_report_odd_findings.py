"""Findings that no build of today writes still give a report."""

from __future__ import annotations

import duckdb
import pytest
from browsing import data_in
from linksignal.errors import ExitCode, LinksignalError
from linksignal.report.domain_table import read_domains
from linksignal.report.page import page
from linksignal.report.study import read_study
from linksignal.show.findings import Findings

TABLES = (
    "findings.domains",
    "findings.correlations",
    "findings.deciles",
    "findings.authority_thresholds",
    "findings.correlation_contrasts",
    "findings.claims",
    "findings.platform_coverage",
)


def report_of(built_sample, folder, change):
    database = built_sample.copy(folder)
    with duckdb.connect(str(database)) as connection:
        change(connection)
    with Findings(database) as findings:
        return page(read_study(findings), read_domains(findings))


def set_all_floats(connection, value):
    for table in TABLES:
        columns = connection.execute(
            "select column_name from information_schema.columns "
            "where table_schema || '.' || table_name = ? "
            "and data_type = 'DOUBLE'",
            [table],
        ).fetchall()
        changes = ", ".join(f"\"{name}\" = '{value}'" for (name,) in columns)
        connection.execute(f"update {table} set {changes}")


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_what_is_no_number_is_missing(built_sample, tmp_path, value):
    text = report_of(
        built_sample,
        tmp_path,
        lambda connection: set_all_floats(connection, value),
    )
    assert "no correlation with AI mentions can be tested" in text
    assert "Nothing to draw" in text


def test_without_coverage_no_platform_is_named_in_the_answer(
    built_sample, tmp_path
):
    text = report_of(
        built_sample,
        tmp_path,
        lambda connection: connection.execute(
            "delete from findings.platform_coverage"
        ),
    )
    assert "no platform has answers or totals" in text


def make_strange(connection):
    for statement in (
        "update findings.claims set verdict = 'half_true' "
        "where claim_id = 'C1'",
        "update findings.claims set verdict = 'not_testable', missing = null "
        "where claim_id = 'C2'",
        "update findings.authority_thresholds set p_adjusted = null, "
        "knot = 30 where quantity = 'kink'",
        "update findings.platform_coverage set platform = 'oracle' "
        "where platform = 'gemini'",
        "update findings.correlations set platform = 'oracle' "
        "where platform = 'gemini'",
        "alter table findings.domains alter category type date "
        "using date '2020-01-31'",
    ):
        connection.execute(statement)


def test_values_of_other_versions_are_shown_as_they_are(built_sample, tmp_path):
    text = report_of(built_sample, tmp_path, make_strange)
    assert "half true" in text
    assert "C2 could not be tested: –" in text
    assert "oracle" in text
    (category,) = {
        domain["row"][1] for domain in data_in(text)["domains"]["listed"]
    }
    assert category == "2020-01-31"
    assert "no test of a kink" in text


@pytest.mark.parametrize(
    "change",
    [
        "alter table findings.claims drop column sentence",
        "create table publish_info as select 'today' as run_id",
    ],
)
def test_a_database_without_a_column_is_of_another_version(
    built_sample, tmp_path, change
):
    with pytest.raises(LinksignalError, match="another version"):
        report_of(
            built_sample,
            tmp_path,
            lambda connection: connection.execute(change),
        )


PUBLISHED = (
    "create table publish_info as select '000001-x' as run_id, "
    "timestamp '2026-01-31 10:00:00' as published_at, 'r' as raw_hash, "
    "null as loads_hash, 0 as load_count, '0.1.0' as linksignal_version, "
    "'1.11.0' as dbt_version, $1::varchar as package_versions"
)


@pytest.mark.parametrize("text", ["{", "", "[]", "null", "[" * 100_000])
def test_versions_that_are_no_json_object_are_told_in_a_sentence(
    built_sample, tmp_path, text
):
    with pytest.raises(LinksignalError, match="no JSON object") as caught:
        report_of(
            built_sample,
            tmp_path,
            lambda connection: connection.execute(PUBLISHED, [text]),
        )
    assert caught.value.exit_code == ExitCode.CONFIGURATION


@pytest.mark.parametrize("text", [None, "{}", '{"numpy": "2.4.9"}'])
def test_versions_that_are_stated_are_shown(built_sample, tmp_path, text):
    report = report_of(
        built_sample,
        tmp_path,
        lambda connection: connection.execute(PUBLISHED, [text]),
    )
    assert "run 000001-x, published 2026-01-31 10:00 UTC" in report
    assert ("2.4.9" in report) == ("2.4.9" in (text or ""))


def test_of_percentiles_no_slope_and_no_threshold_is_shown(
    built_sample, tmp_path
):
    def make_percentiles(connection):
        connection.execute(
            "update findings.domains set authority_scale = 'centrality'"
        )

    plain = report_of(built_sample, tmp_path, lambda connection: None)
    text = report_of(built_sample, tmp_path, make_percentiles)
    assert "Ten points more go with" in plain
    assert "Ten points more go with" not in text
    assert "kink shown against" in plain
    assert "kink shown against" not in text
    assert "percentile within a list (centrality)" in text
    assert "percentile within a list" not in plain


def test_a_number_that_is_missing_stands_where_the_numbers_stand(
    built_sample, tmp_path
):
    """A domain named more where none is usual has no range."""

    def leave_out(connection):
        connection.execute(
            "update findings.domain_outlook set prediction_low = null, "
            "prediction_high = null where domain = (select max(domain) from "
            "findings.domain_outlook where platform = 'all' "
            "and standing = 'more')"
        )

    text = report_of(built_sample, tmp_path, leave_out)
    assert "<td class=n>–" in text
    assert "without a range none is usual" in text
