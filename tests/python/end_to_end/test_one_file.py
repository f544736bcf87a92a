"""A new platform, signal, outcome, format, expectation or status is one file.

Each is added to a copy of the project, which then builds a small study, shows
it and writes its report.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from linksignal.sql import open_to_read
from raw_folders import write_raw
from small_studies import ORIGIN, answers, domains_named, ordinary, references

DOMAINS = domains_named(40)
SPOKEN = ["chatgpt", "perplexity", "poe"]
QUICK = {"resample_count": 100, "draw_count": 10}
COPIED = ("models", "macros", "seeds/lookups", "python", "tests/generic")

DBT = "from dbt.cli.main import cli; cli()"
# Runs one command after the other: each alone would import all anew.
COMMANDS = """
import contextlib, io, json, sys
from linksignal.cli import main
for words in sys.stdin:
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exit_code = main(json.loads(words))
    print(json.dumps([exit_code, said.getvalue()]), flush=True)
"""
LOOKUPS = "seeds/lookups"
LINES = {
    f"{LOOKUPS}/platforms.csv": "poe,Poe by Quora,false,920,quora poe",
    f"{LOOKUPS}/signals.csv": (
        "links_a_domain,Links a referring domain,links,log1p,"
        '"total_backlinks / nullif(referring_domains, 0)",910'
    ),
    f"{LOOKUPS}/outcomes.csv": (
        "unnamed_citations,Citations without the name,answers,log1p,true,"
        "Answers that cite the domain and do not name its brand.,"
        "is_cited and not is_mentioned,,,906\n"
        "share_of_citations,Share of citations,share (0-1),none,false,"
        "Share of the study domains' citations.,,citations,,907"
    ),
    f"{LOOKUPS}/statuses.csv": "seasonal,Seasonal,It is not the season.",
}
SUITE = "python/linksignal/quality/suites/domains.json"
# Domains for which all signals are known.
TOGETHER = 29
EXPECTATION = {
    "type": "expect_column_values_to_not_be_null",
    "kwargs": {"column": "authority_score"},
    "meta": {"id": "every_domain_has_a_score"},
    "severity": "warning",
}
FORMAT = "python/linksignal/load/formats/acme_ratings.yml"
FORMAT_TEXT = """\
description: Ratings of domains by Acme.
how: Ask Acme for them.
source: acme
containers: [csv]
tables:
  domain_scores:
    domain: {from: acme_domain, parse: domain, grain: rank, missing: reject}
    scale: {value: 0-100}
    score: {from: acme_rating, parse: score, missing: no_value}
"""


@dataclass(frozen=True)
class Extended:
    """A copy of the project with one addition of each kind, and its build."""

    folder: Path
    commands: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def raw_dir(self) -> Path:
        return self.folder / "raw"

    @property
    def database(self) -> Path:
        return self.folder / "linksignal.duckdb"

    def environment(self) -> dict[str, str]:
        return os.environ | {
            "PYTHONPATH": str(self.folder / "python"),
            "LINKSIGNAL_DATABASE": str(self.database),
        }

    def python(self, *words: str | Path, is_refused: bool = False) -> str:
        """Run a program of the copy, which must succeed, or fail."""
        run = subprocess.run(
            [sys.executable, *map(str, words)],
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert bool(run.returncode) == is_refused, run.stdout + run.stderr
        return run.stdout

    def dbt(self, *words: str, is_refused: bool = False) -> str:
        chosen = {"raw_dir": str(self.raw_dir), **QUICK}
        variables = ("--vars", json.dumps(chosen))
        return self.python("-c", DBT, *words, *variables, is_refused=is_refused)

    def linksignal(self, *words: str | Path) -> str:
        """Run a command of the copy, which must succeed."""
        if not self.commands:
            self.commands.append(
                subprocess.Popen(
                    [sys.executable, "-c", COMMANDS],
                    cwd=self.folder,
                    env=self.environment(),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
        (process,) = self.commands
        process.stdin.write(f"{json.dumps([*map(str, words)])}\n")
        process.stdin.flush()
        exit_code, said = json.loads(process.stdout.readline())
        assert exit_code == 0, said
        return said

    def close(self) -> None:
        for process in self.commands:
            process.stdin.close()
            process.wait()

    def frame(self, query: str) -> pd.DataFrame:
        with open_to_read(self.database, "500MB") as connection:
            return connection.execute(query).df()


def delivered() -> list[dict[str, object]]:
    """Branded searches of all domains but one, and a trend of some."""
    searches = [
        {**ORIGIN, "domain": domain, "signal": "Branded searches", "value": v}
        for v, domain in enumerate(DOMAINS[1:])
    ]
    trends = [
        {**ORIGIN, "domain": domain, "signal": "trend", "value": 7.0 - v % 19}
        for v, domain in enumerate(DOMAINS[:30])
    ]
    return [*searches, *trends]


@pytest.fixture(scope="module")
def extended(project_dir, tmp_path_factory) -> Iterator[Extended]:
    copy = Extended(tmp_path_factory.mktemp("extended"))
    for name in COPIED:
        shutil.copytree(project_dir / name, copy.folder / name)
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(project_dir / name, copy.folder / name)
    for name, line in LINES.items():
        with (copy.folder / name).open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")
    suite = json.loads((copy.folder / SUITE).read_text("utf-8"))
    suite["expectations"].append(EXPECTATION)
    (copy.folder / SUITE).write_text(json.dumps(suite), "utf-8")
    (copy.folder / FORMAT).write_text(FORMAT_TEXT, "utf-8")
    study = ordinary(
        40,
        ai_answers=answers(SPOKEN),
        ai_references=references(DOMAINS, SPOKEN),
        domain_signals=delivered(),
    )
    write_raw(copy.raw_dir, study)
    copy.dbt("build")
    yield copy
    copy.close()


@pytest.fixture(scope="module")
def report(extended) -> str:
    page = extended.folder / "report.html"
    extended.linksignal("report", "--db", extended.database, "--out", page)
    return page.read_text(encoding="utf-8")


def shown(extended, table) -> str:
    return extended.linksignal(
        *("show", table, "--rows", "0", "--db", extended.database)
    )


def test_a_platform_is_one_line(extended, report):
    tables = {
        "correlations": "platform",
        "deciles": "platform",
        "authority_thresholds": "platform",
        "correlation_contrasts": "platform_a",
        "domain_outcomes": "platform",
        "domain_outlook": "platform",
        "joint_effects": "platform",
        "joint_summaries": "platform",
        "platform_coverage": "platform",
        "signal_importance": "platform",
    }
    for table, column in tables.items():
        found = extended.frame(
            f"select count(*) as n from findings.{table} where {column} = 'poe'"
        )
        assert found["n"][0], table
    assert "poe" in shown(extended, "platform_coverage")
    assert "Poe by Quora" in report


def test_a_signal_is_one_line(extended, report):
    of_signal = "where signal = 'links_a_domain'"
    values = extended.frame(
        "select value, total_backlinks / referring_domains as expected "
        f"from findings.domain_signals join findings.domains using (domain) "
        f"{of_signal}"
    )
    assert len(values) == 40
    assert (values["value"] == values["expected"]).all()
    methods = extended.frame(
        f"select distinct method from findings.correlations {of_signal}"
    )
    assert len(methods) == 5
    assert len(extended.frame(f"from findings.deciles {of_signal}"))
    assert "links_a_domain" in shown(extended, "correlations")
    assert "Links a referring domain" in report


def test_an_outcome_is_one_line(extended, report):
    values = extended.frame(
        "pivot (from findings.domain_outcomes where platform = 'poe') "
        "on outcome using first(value) group by domain"
    )
    assert values["unnamed_citations"].sum() > 0
    # Every reference of the small study is a citation.
    assert (values["unnamed_citations"] == values["citations"]).all()
    assert values["share_of_citations"].sum() == pytest.approx(1)
    found = extended.frame(
        "from findings.correlations where outcome = 'unnamed_citations'"
    )
    # It is a main outcome: by every method, with every sensitivity.
    assert set(found["method"]) == {
        "spearman",
        "pearson_log1p",
        "pearson",
        "kendall_tau_b",
        "partial_spearman",
    }
    assert "prompt_halves" in set(found["sensitivity"])
    assert "unnamed_citations" in shown(extended, "domain_outcomes")
    told = extended.frame(
        "select effects_sentence from findings.joint_summaries "
        "where outcome = 'unnamed_citations'"
    )
    assert "citations without the name" in told["effects_sentence"][0]
    assert "Citations without the name" in report


def test_an_expectation_is_one_entry_of_a_suite(extended, report):
    found = extended.frame(
        "select is_met from quality.data_quality "
        "where expectation_id like '%every_domain_has_a_score%'"
    )
    assert found["is_met"].to_list() == [True]
    assert "every_domain_has_a_score" in shown(extended, "data_quality")
    checks = extended.frame(
        "select count(*) as total from quality.data_quality"
    )
    assert f"{checks['total'][0]} checks of the public tables" in report


def test_a_format_is_one_file(extended):
    export = extended.folder / "ratings.csv"
    export.write_text("acme_domain,acme_rating\nexample.com,61\n", "utf-8")
    said = extended.linksignal(
        *("load", export, "--raw", extended.folder / "other"),
        *("--as-of", "2026-01-31"),
    )
    assert "acme_ratings" in said
    assert "Ratings of domains by Acme." in extended.linksignal(
        "formats", "acme_ratings"
    )
    (file,) = (extended.folder / "other" / "domain_scores").iterdir()
    rows = duckdb.read_parquet(str(file)).fetchall()
    assert len(rows) == 1


def test_a_status_is_one_line(extended):
    said = extended.python(
        "-c",
        "from linksignal.stats.rules import Status\n"
        "from linksignal.stats.estimate import without_numbers\n"
        "print(without_numbers(3, Status('seasonal')).columns())",
    )
    assert "'status': 'seasonal', 'reason': 'It is not the season.'" in said
    database = shutil.copy(
        extended.database, extended.folder / "seasonal.duckdb"
    )
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "update findings.deciles set status = 'seasonal' "
            "where signal = 'text_links'"
        )
    page = extended.folder / "seasonal.html"
    extended.linksignal("report", "--db", database, "--out", page)
    assert "seasonal" in page.read_text(encoding="utf-8")


def test_a_delivered_signal_stands_in_every_table(extended, report):
    of_signal = "where signal = 'branded_searches'"
    known = extended.frame(
        f"select domain, value from findings.domain_signals {of_signal}"
    ).set_index("domain")["value"]
    assert known.isna().to_dict()["d0.com"]
    assert known.drop("d0.com").to_dict() == {
        domain: float(v) for v, domain in enumerate(DOMAINS[1:])
    }
    correlations = extended.frame(f"from findings.correlations {of_signal}")
    assert set(correlations["platform"]) == {*SPOKEN, "all"}
    assert correlations.query("status == 'ok'")["n"].max() == 39
    assert len(extended.frame(f"from findings.deciles {of_signal}"))
    for table in ("joint_effects", "signal_importance"):
        rows = extended.frame(
            f"from findings.{table} where term = 'branded_searches'"
        )
        assert set(rows["platform"]) == {*SPOKEN, "all"}
        # It takes part; that the signals of these domains follow from each
        # other, so that none has a ratio of its own, is told.
        of_mentions = rows.query("outcome == 'ai_mentions'")
        assert set(of_mentions["n"]) == {TOGETHER}
        assert of_mentions.query("status != 'ok'")["reason"].notna().all()
    against = extended.frame(
        "select distinct signal_b from findings.correlation_contrasts "
        "where signal_a = 'branded_searches'"
    )
    assert set(against["signal_b"]) == {"authority_score", "referring_domains"}
    trend = extended.frame(
        "select transform from features.study_signals where signal = 'trend'"
    )
    assert trend["transform"].to_list() == ["none"]
    assert "branded_searches" in shown(extended, "domain_signals")
    assert "Branded searches" in report
    out = extended.folder / "exported"
    extended.linksignal(
        *("export", "--format", "csv", "domain_signals"),
        *("--db", extended.database, "--out", out),
    )
    exported = "".join(path.read_text("utf-8") for path in out.rglob("*.csv"))
    assert exported.count("branded_searches") == 40


CLAIMS = "select * exclude (input_hash) from findings.claims order by claim_id"
PARTS = (
    "select * exclude (input_hash) from findings.claim_parts "
    "order by claim_id, part"
)
PAIRS = (
    "select * exclude (p_family_wise, input_hash) "
    "from findings.correlations "
    "where signal not in ('branded_searches', 'trend') "
    "order by signal, outcome, platform, method, sensitivity"
)


def test_no_claim_rests_on_a_delivered_signal(extended):
    """Last of all: without the raw table the same tables are built anew."""
    signals = "select distinct signal from findings.correlations"
    with_delivered = set(extended.frame(signals)["signal"])
    before = [extended.frame(query) for query in (CLAIMS, PARTS, PAIRS)]
    shutil.rmtree(extended.raw_dir / "domain_signals")
    extended.dbt("run", "--select", "+claims", "+claim_parts", "+correlations")
    after = [extended.frame(query) for query in (CLAIMS, PARTS, PAIRS)]
    for one, other in zip(before, after, strict=True):
        pd.testing.assert_frame_equal(one, other, rtol=1e-12)
    without = set(extended.frame(signals)["signal"])
    assert with_delivered - without == {"branded_searches", "trend"}
    assert "links_a_domain" in without


def test_a_comma_too_many_is_told_with_its_line(extended):
    path = extended.folder / LOOKUPS / "signals.csv"
    lines = len(path.read_text("utf-8").splitlines())
    with path.open("a") as file:
        file.write("wide,Wide,links,none,greatest(text_links, 1),11\n")
    said = extended.dbt("compile", "-s", "signal_values", is_refused=True)
    assert f"CSV Error on Line: {lines + 1}" in said
    assert "Expected Number of Columns: 6 Found: 7" in said
