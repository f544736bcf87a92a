"""Platforms count when they have answers, of the study or not."""

from __future__ import annotations

import csv
import shutil

import duckdb
import pytest
from browsing import data_in
from linksignal import lookups
from linksignal.cli import main
from linksignal.load import platforms as spellings
from linksignal.report import wording
from linksignal.report.page import write_report
from small_studies import answers, domains_named, ordinary, references

DOMAINS = domains_named(40)
PUBLIC = (
    "correlations",
    "correlation_contrasts",
    "authority_thresholds",
    "deciles",
    "domain_outcomes",
    "platform_coverage",
)


def platforms_in(table):
    """The platforms of a table, whichever columns name them."""
    columns = [name for name in table if name.startswith("platform")]
    return {platform for name in columns for platform in table[name]}


def shown(capsys, workbench, *words):
    assert main(["show", *words, "--db", str(workbench.database)]) == 0
    return capsys.readouterr().out


def built(workbench, spoken):
    """Forty domains with answers of these platforms, built and tested."""
    workbench.write(
        ordinary(
            40,
            ai_answers=answers(spoken),
            ai_references=references(DOMAINS, spoken),
        )
    )
    workbench.build()
    return {name: workbench.table(f"findings.{name}") for name in PUBLIC}


def mentions(tables):
    outcomes = tables["domain_outcomes"].query("outcome == 'ai_mentions'")
    return outcomes.pivot(index="domain", columns="platform", values="value")


@pytest.fixture(scope="module")
def three(workbench):
    return built(workbench, ["chatgpt", "perplexity", "claude"])


@pytest.mark.parametrize("table", [*PUBLIC])
def test_every_platform_with_answers_has_rows(three, table):
    expected = {"chatgpt", "perplexity", "claude", "all"}
    if table == "platform_coverage":
        known = three[table].dropna(subset="outcome_source")
        assert set(known["platform"]) == expected - {"all"}
    else:
        assert platforms_in(three[table]) == expected


def test_every_platform_with_answers_has_coefficients(three):
    found = three["correlations"]
    main_rows = found[
        (found["sensitivity"] == "none")
        & (found["method"] == "spearman")
        & (found["signal"] == "total_backlinks")
        & (found["outcome"] == "ai_mentions")
    ].set_index("platform")
    assert (main_rows["n"] == 40).all()
    assert (
        main_rows.loc[["chatgpt", "perplexity", "claude"], "estimate"]
        .between(-1, 1)
        .all()
    )


def test_all_sums_the_platforms_of_the_study_that_have_answers(three):
    counts = mentions(three)
    assert (counts["all"] == counts["chatgpt"] + counts["perplexity"]).all()
    coverage = three["platform_coverage"].set_index("platform")
    summed = coverage.index[coverage["is_in_all"]]
    assert set(summed) == {"chatgpt", "perplexity"}


def test_the_report_and_the_terminal_say_what_all_sums(
    three, workbench, capsys
):
    said = (
        "All platforms together: ChatGPT and Perplexity. Apart from them: "
        "Claude. Answers are not added to a tool's totals"
    )
    out = workbench.folder / "report.html"
    write_report(workbench.database, out)
    page = out.read_text("utf-8").replace("&#39;", "'")
    assert said in " ".join(page.split())
    assert "AI mentions: Claude" in str(data_in(page)["domains"])
    assert said in " ".join(shown(capsys, workbench).split())
    assert "claude" in shown(capsys, workbench, "deciles", "--rows", "0")


def test_without_answers_of_the_study_platforms_all_sums_the_others(workbench):
    tables = built(workbench, ["claude", "copilot"])
    counts = mentions(tables)
    assert (counts["all"] == counts["claude"] + counts["copilot"]).all()
    claims = workbench.table("findings.claims").set_index("claim_id")
    for claim in ("C3", "C5", "C7"):
        assert claims.loc[claim, "verdict"] == "not_testable"


@pytest.fixture
def with_oracle(project_dir, tmp_path, monkeypatch):
    """A platform of our own, in a copy of the lookups and nowhere else."""
    folder = tmp_path / "seeds" / "lookups"
    shutil.copytree(project_dir / "seeds" / "lookups", folder)
    with (folder / "platforms.csv").open("a", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerow(
            ["oracle", "The Oracle", "false", 99, "delphi|pythia"]
        )
    caches = (lookups.lookup_rows, wording.labels, spellings._spellings)
    monkeypatch.setattr(lookups, "PROJECT_DIR", tmp_path)
    for cached in caches:
        cached.cache_clear()
    yield folder / "platforms.csv"
    monkeypatch.undo()
    for cached in caches:
        cached.cache_clear()


def test_a_platform_added_to_the_lookup_alone_has_its_rows_everywhere(
    workbench, with_oracle, tmp_path, capsys
):
    workbench.write(
        ordinary(
            40,
            ai_answers=answers(["chatgpt"]),
            ai_references=references(DOMAINS, ["chatgpt"]),
        )
    )
    words = ["--raw", str(workbench.raw_dir), "--as-of", "2024-06-30"]
    load_answers(tmp_path, words)
    # A ledger of loads vouches for all rows; those written here have none.
    shutil.rmtree(workbench.raw_dir / "loads")
    workbench.begin()
    with duckdb.connect(str(workbench.database)) as connection:
        connection.execute(
            "create or replace table lookups.platforms as "
            f"from read_csv('{with_oracle}')"
        )
    workbench.run("run")
    assert workbench.failing_tests() == []
    for table in PUBLIC:
        found = workbench.table(f"findings.{table}")
        assert "oracle" in platforms_in(found), table
    out = workbench.folder / "report.html"
    write_report(workbench.database, out)
    assert "Apart from them: The Oracle." in out.read_text("utf-8")
    assert "The Oracle" in shown(capsys, workbench)


def load_answers(folder, words):
    """Load answers of the added platform by one of its spellings."""
    answered = folder / "answers.csv"
    referenced = folder / "references.csv"
    answered.write_text(
        "answer_id,platform,prompt_id,prompt,is_branded,answered_at\n"
        + "".join(
            f"o{number},Delphi,p{number},which way,,2024-05-01T10:00:00Z\n"
            for number in range(20)
        )
    )
    referenced.write_text(
        "answer_id,kind,domain,url,position\n"
        + "".join(
            f"o{number},citation,{domain},,\n"
            for number in range(20)
            for domain in DOMAINS[: 2 * number + 1]
        )
    )
    assert main(["load", str(answered), str(referenced), *words]) == 0
