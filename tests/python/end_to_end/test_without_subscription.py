"""Raw answers of three APIs and a free web graph give verdicts."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from free_study import FORMS, FreeStudy, write_free_study
from linksignal.cli import main

UNKNOWN = (
    *("total_backlinks", "follow_links", "nofollow_links", "text_links"),
    *("image_links", "follow_share", "image_share"),
)
# No value that a program has and no person says.
LEAKED = re.compile(r"\b(nan|NaN|None|null|inf)\b")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> FreeStudy:
    """The files that a user has."""
    return write_free_study(tmp_path_factory.mktemp("free") / "files")


@pytest.fixture(scope="module")
def database(study: FreeStudy, workbench: Any) -> Path:
    """What a load of them, and a build that passes all tests, make of them."""
    workbench.clear()
    words = ["load", "--quiet", "--raw", str(workbench.raw_dir)]
    assert main([*words, str(study.folder)]) == 0
    workbench.build()
    return Path(workbench.database)


@pytest.fixture(scope="module")
def claims(database: Path) -> dict[str, dict[str, Any]]:
    """The ledger by claim."""
    with duckdb.connect(str(database), read_only=True) as connection:
        table = connection.sql("from findings.claims").to_arrow_table()
    return {row["claim_id"]: row for row in table.to_pylist()}


def rows(database: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_referring_domains_and_citations_are_those_that_were_written(
    database: Path, study: FreeStudy
) -> None:
    found = rows(
        database,
        "select domain, referring_domains from features.domain_features",
    )
    assert dict(found) == study.referring_domains
    cited = rows(
        database,
        "select platform, domain, value::bigint from findings.domain_outcomes "
        "where outcome = 'citations' and platform <> 'all' and value > 0",
    )
    assert {(p, d): count for p, d, count in cited} == study.citations
    assert {platform for platform, *_ in cited} == set(FORMS)


def test_the_planted_association_is_found(database: Path) -> None:
    found = rows(
        database,
        "select signal, n, ci_low > 0.4, status from findings.correlations "
        "where method = 'spearman' and sensitivity = 'none' "
        "and outcome = 'ai_mentions' and platform = 'all'",
    )
    by_signal = {signal: rest for signal, *rest in found}
    assert by_signal.pop("referring_domains") == [120, True, "ok"]
    assert by_signal.pop("authority_score") == [117, True, "ok"]
    assert by_signal == {name: [0, None, "no_overlap"] for name in UNKNOWN}


def test_claims_that_need_more_say_what_they_need(
    claims: dict[str, dict[str, Any]],
) -> None:
    needed = {
        "C1": "needs a score of 0-100.",
        "C4": "no domain has a count of nofollow links.",
        "C5": "no domain has a count of follow links and nofollow links.",
        "C6": "no domain has a count of image links.",
        "C7": "no domain has a count of image links.",
        "C8": "needs a score of 0-100.",
    }
    for claim, reason in needed.items():
        assert claims[claim]["verdict"] == "not_testable"
        assert reason in claims[claim]["sentence"]
    for claim in ("C2", "C3"):
        assert claims[claim]["verdict"] != "not_testable"
        assert claims[claim]["n"] >= 117
    assert (
        "One part cannot be tested: no domain has a count of total backlinks."
    ) in claims["C2"]["sentence"]
    assert "no answers or totals of ChatGPT." in claims["C3"]["sentence"]


def test_quality_names_what_is_thin_and_nothing_critical(
    database: Path,
) -> None:
    unmet = rows(
        database,
        "select expectation_id, severity from quality.data_quality "
        "where not is_met order by all",
    )
    assert unmet == [
        ("claims_can_mostly_be_tested", "warning"),
        ("correlations_are_mostly_defined", "warning"),
        ("platform_coverage_is_complete", "warning"),
    ]
    assert not rows(database, "from quality.link_count_deviations")


def test_report_terminal_and_workbook_say_no_more_than_is_known(
    database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "report.html"
    words = ["--db", str(database)]
    assert main(["report", *words, "--out", str(out)]) == 0
    page = out.read_text("utf-8")
    page = re.sub(r"<(script|style|svg)\b.*?</\1>", "", page, flags=re.DOTALL)
    text = unescape(re.sub(r"<[^>]+>", "\n", page))
    assert not LEAKED.search(text)
    assert "of \n2\n backlink signals" in text
    assert "percentile within a list (centrality)" in text
    assert "Ten points more" not in text
    capsys.readouterr()
    assert main(["show", *words]) == 0
    assert not LEAKED.search(capsys.readouterr().out)
    book = tmp_path / "book.xlsx"
    export = ["export", "--format", "xlsx", *words, "--out", str(book)]
    assert main([*export, "domains", "claims"]) == 0
    sheet = openpyxl.load_workbook(book)["findings.domains"]
    header, *values = sheet.iter_rows(values_only=True)
    unknown = header.index("total_backlinks")
    assert {row[unknown] for row in values} == {None}
