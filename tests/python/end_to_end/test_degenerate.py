"""Studies with too little in them build, and say what is missing."""

from __future__ import annotations

import duckdb
import pytest
from comparing import main_rows
from drawn_studies import OF_THE_STUDY as PLATFORMS
from linksignal.report.page import write_report
from pandas.testing import assert_frame_equal
from small_studies import (
    answers,
    domains_named,
    listed,
    ordinary,
    profiles,
    references,
    study,
    totals,
)

CLAIMS = [f"C{number}" for number in range(1, 9)]


def statuses(tables, **which):
    """The statuses of the main rows of a platform, signal or outcome.

    Those with controls apart: what they lack may be a control.
    """
    found = main_rows(tables["correlations"])
    found = found[found["controls"].isna()]
    for column, value in which.items():
        found = found[found[column] == value]
    assert len(found)
    return set(found["status"])


def build(workbench, raw_tables):
    """Build a study and check what holds however little is in it."""
    workbench.write(raw_tables)
    tables = workbench.build()
    pairs = tables["correlations"]
    platforms = set(tables["domain_outcomes"]["platform"])
    assert set(pairs["platform"]) == platforms
    # Main outcomes by five methods, two of them with six sensitivities; the
    # others by these two methods alone.
    signals = workbench.table("features.study_signals")
    is_main = workbench.table("lookups.outcomes")["is_main"]
    rows_a_signal = is_main.sum() * (5 + 2 * 6) + (~is_main).sum() * 2
    assert len(signals) >= 9
    assert len(pairs) == len(signals) * len(platforms) * rows_a_signal
    is_silent = ~pairs["status"].isin(["ok", "unreliable"])
    assert pairs.loc[is_silent, "estimate"].isna().all()
    claims = workbench.table("findings.claims").set_index("claim_id")
    assert list(claims.index) == CLAIMS
    is_silent = claims["verdict"] == "not_testable"
    assert claims.loc[is_silent, "missing"].notna().all()
    parts = workbench.table("findings.claim_parts")
    counted = parts.groupby("claim_id").size()
    assert (counted == claims["parts"]).all()
    is_silent = parts["state"] == "not_testable"
    assert parts.loc[is_silent, "reason"].notna().all()
    assert parts.loc[is_silent, "estimate"].isna().all()
    return {**tables, "claims": claims, "parts": parts}


ALL_DRAWN = """() => [...document.querySelectorAll('[data-chart]')]
    .every((place) => place.querySelector('svg'))"""


def look(workbench, page_of, width):
    """Open the report: every figure has its chart, or says it has none."""
    out = workbench.folder / "report.html"
    write_report(workbench.database, out)
    page = page_of(out, width=width)
    page.wait_for_selector("html[data-drawn]")
    page.click("details.more summary")
    page.wait_for_function(ALL_DRAWN)
    bare = page.locator("figure:not(:has(svg, .nothing, .heat))")
    assert bare.count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    return page


def untested(tables):
    """Claims that cannot be tested."""
    claims = tables["claims"]
    return list(claims.index[claims["verdict"] == "not_testable"])


def reasons(tables, claim_id):
    """Why parts of a claim cannot be tested, by part."""
    parts = tables["parts"]
    found = parts[
        (parts["claim_id"] == claim_id) & (parts["state"] == "not_testable")
    ]
    return dict(zip(found["part"], found["reason"], strict=True))


@pytest.fixture(scope="module")
def few_domains(workbench, request):
    """A study of that many domains, and what was built of it."""
    return request.param, build(workbench, ordinary(request.param))


@pytest.mark.parametrize("few_domains", [1, 9, 3], indirect=True)
def test_a_study_of_fewer_than_ten_domains_has_too_few(few_domains):
    domain_count, tables = few_domains
    assert len(tables["domains"]) == domain_count
    assert statuses(tables, platform="chatgpt") == {"too_few"}
    assert "gemini" not in set(tables["correlations"]["platform"])
    assert "ok" not in set(tables["deciles"]["status"])
    assert untested(tables) == CLAIMS
    domains = f"{domain_count} domain{'s' if domain_count > 1 else ''}"
    assert reasons(tables, "C1")["rises_above"] == (
        f"Upper tier slope of authority score and AI mentions ({domains}) "
        "cannot be tested: fewer than 10 domains have all the values."
    )
    assert reasons(tables, "C2")["authority_over_total_backlinks"] == (
        f"Authority score against total backlinks ({domains}) cannot be "
        "tested: fewer than 10 domains have all the values."
    )
    silent = "There are no answers or totals of Gemini."
    for claim, part in {
        "C3": "chatgpt_over_gemini",
        "C5": "gemini_to_nofollow_links",
        "C7": "perplexity_over_gemini",
    }.items():
        assert reasons(tables, claim)[part] == silent


@pytest.mark.parametrize("few_domains", [3], indirect=True)
def test_the_report_of_three_domains_says_what_it_cannot_show(
    few_domains, workbench, page_of
):
    page = look(workbench, page_of, 900)
    assert "These data cannot tell" in page.inner_text("p.answer")
    assert page.locator("#domain-table tbody tr").count() == 3


def test_the_report_of_one_platform_shows_it(workbench, page_of):
    domains = domains_named(40)
    spoken = ["perplexity"]
    build(
        workbench,
        ordinary(
            40,
            ai_answers=answers(spoken),
            ai_references=references(domains, spoken),
        ),
    )
    page = look(workbench, page_of, 1600)
    assert page.locator("#figure-deciles_perplexity svg").count() == 1
    assert page.locator("#figure-deciles_gemini").count() == 0


@pytest.fixture(scope="module")
def without_mentions(workbench):
    """Thirty domains that no answer references."""
    elsewhere = references(["elsewhere.example"], PLATFORMS)
    return build(workbench, ordinary(30, ai_references=elsewhere))


def test_mentions_that_are_all_zero_are_a_constant_outcome(without_mentions):
    found = statuses(without_mentions, platform="all", outcome="ai_mentions")
    assert found == {"constant_outcome"}


def test_the_report_of_no_mentions_is_drawn(
    without_mentions, workbench, page_of
):
    page = look(workbench, page_of, 380)
    assert "not testable" in page.locator(".strip-title").first.inner_text()


def test_claims_about_no_mentions_say_so(without_mentions):
    assert untested(without_mentions) == CLAIMS
    same = "(30 domains) cannot be tested: all domains have the same value"
    for reason in reasons(without_mentions, "C2").values():
        assert f"{same} of an outcome." in reason
    shares = "authority_score_share_of_voice"
    assert reasons(without_mentions, "C8")[shares] == (
        "No platform has answers that give AI share of voice."
    )


def test_shares_of_no_mentions_are_unknown(without_mentions):
    found = statuses(without_mentions, outcome="share_of_voice")
    assert found == {"no_overlap"}


def test_a_platform_without_answers_has_no_correlations(without_mentions):
    assert "gemini" not in set(without_mentions["correlations"]["platform"])


@pytest.fixture(scope="module")
def only_sums(workbench):
    """Thirty domains with profiles and totals, and nothing else."""
    domains = domains_named(30)
    return build(
        workbench,
        study(backlink_profiles=profiles(domains), ai_totals=totals(domains)),
    )


def test_profiles_and_totals_are_enough_for_coefficients(only_sums):
    domains = only_sums["domains"]
    assert set(domains["link_grain"]) == {"profile"}
    outcomes = only_sums["domain_outcomes"]
    assert set(outcomes["platform"]) == {*PLATFORMS, "all"}
    known = outcomes.dropna(subset="value").groupby("outcome")["domain"].size()
    assert known["ai_mentions"] == len(outcomes) / 5
    found = statuses(
        only_sums,
        signal="total_backlinks",
        outcome="ai_mentions",
        method="spearman",
    )
    assert found == {"ok"}


def test_the_report_without_scores_is_drawn(only_sums, workbench, page_of):
    page = look(workbench, page_of, 900)
    assert page.locator("#figure-deciles_all .nothing").count() == 1


def test_an_exact_line_has_an_estimate_and_no_interval(only_sums):
    found = statuses(
        only_sums,
        signal="total_backlinks",
        outcome="share_of_voice",
        method="spearman",
    )
    assert found == {"unreliable"}


def test_a_constant_signal_is_named(only_sums):
    found = statuses(only_sums, signal="image_links", outcome="ai_mentions")
    assert found == {"constant_signal"}


def test_without_scores_authority_has_no_overlap(only_sums):
    assert statuses(only_sums, signal="authority_score") == {"no_overlap"}
    assert only_sums["domains"]["authority_decile"].isna().all()


def test_claims_name_the_export_or_the_column_that_is_missing(only_sums):
    assert untested(only_sums) == CLAIMS
    no_scores = (
        "No domain has an authority score: an export with scores is missing."
    )
    claims = only_sums["claims"]
    for claim in ("C1", "C2", "C3"):
        assert claims.loc[claim, "missing"] == no_scores
    in_deciles = reasons(only_sums, "C6")["at_least_in_deciles_6_10"]
    in_shares = reasons(only_sums, "C8")["authority_score_share_of_voice"]
    assert in_deciles == in_shares == no_scores
    same = "(30 domains) cannot be tested: all domains have the same value"
    for claim, part, pair in (
        ("C4", "alike", "Nofollow links against follow links"),
        (
            *("C5", "gemini_to_nofollow_links"),
            "Nofollow links against follow links on Gemini",
        ),
        (
            *("C7", "perplexity_over_chatgpt"),
            "Image links on Perplexity against ChatGPT",
        ),
    ):
        assert reasons(only_sums, claim)[part] == f"{pair} {same} of a signal."


def test_a_study_where_no_domain_has_both_sides_has_no_overlap(workbench):
    domains = domains_named(30)
    tables = build(
        workbench,
        study(
            study_domains=listed(domains),
            backlink_profiles=profiles(domains[:15]),
            ai_totals=totals(domains[15:]),
        ),
    )
    assert statuses(tables) == {"no_overlap"}
    assert (tables["correlations"]["n"] == 0).all()
    assert untested(tables) == CLAIMS
    assert reasons(tables, "C4")["alike"] == (
        "Nofollow links against follow links (0 domains) cannot be tested: no "
        "domain has all the values."
    )


def test_what_is_run_again_is_what_dbt_makes(workbench, without_mentions):
    """What dbt ran for the study without mentions is run for another."""
    workbench.write(ordinary(25))
    shapes = len(workbench.ran)
    workbench.build()
    assert len(workbench.ran) == shapes
    again = contents(workbench)
    workbench.begin()
    workbench.run("run", "--select", "+claims")
    made = contents(workbench)
    assert {"findings.claims", "staging.stg_backlinks"} < made.keys()
    for table, expected in made.items():
        assert_frame_equal(again[table], expected, rtol=1e-12)


def contents(workbench):
    """Columns, with their types, and rows of every table and view."""
    with duckdb.connect(str(workbench.database), read_only=True) as connection:
        columns = connection.execute(
            "select schema_name || '.' || table_name as relation, column_name, "
            "data_type, is_nullable from duckdb_columns() where not internal "
            "order by all"
        ).df()
        tables = {
            relation: connection.execute(f"from {relation} order by all").df()
            for relation in columns["relation"].unique()
        }
    declared = {
        f"{relation} as declared": of_relation.reset_index(drop=True)
        for relation, of_relation in columns.groupby("relation")
    }
    return {**tables, **declared}
