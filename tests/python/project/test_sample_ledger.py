"""The ledger of the bundled sample at the default settings, as reviewed.

The sample is calibrated to published coefficients and has no law behind it:
none of its verdicts is true or false. What is fixed here is that rows, tables
and sentences agree, and that nothing moves them unseen.
"""

from __future__ import annotations

import pandas as pd
import pytest
import yaml
from linksignal.stats.claims.table import claim_table
from linksignal.stats.frames import with_outcomes
from linksignal.stats.tables.thresholds import threshold_table

REVIEWED = {
    "C1": (
        "undecided",
        "3 of 4 parts are shown; ratio of mentions per 10 points of authority "
        "score up to the median is ×1.31 [1.19, 1.43], not shown to be below "
        "×1.25 (p = 0.836); nor is it contradicted (adjusted p = 0.113).",
    ),
    "C2": (
        "undecided",
        "Shown by itself but not after Holm over 7 claims: authority score "
        "minus total backlinks is +0.050 [+0.003, +0.097], above 0 (p = 0.019, "
        "adjusted p = 0.094); nor is it contradicted (adjusted p = 1.000).",
    ),
    "C3": (
        "undecided",
        "1 of 8 parts is shown; authority score on Gemini minus on Perplexity "
        "is -0.034 [-0.087, +0.020], not shown to be above 0 (p = 0.891); nor "
        "is it contradicted (adjusted p = 1.000).",
    ),
    "C4": (
        "supported",
        "Nofollow links minus follow links is +0.005 [-0.032, +0.042], within "
        "±0.05 (adjusted p = 0.049).",
    ),
    "C5": (
        "undecided",
        "0 of 4 parts are shown; nofollow links minus follow links on Google "
        "AI Overviews is +0.025 [-0.014, +0.064], not shown to be below 0 "
        "(p = 0.896); nor is it contradicted (adjusted p = 1.000).",
    ),
    "C6": (
        "supported",
        "All 3 parts hold, the weakest: gain of image links minus text links "
        "from deciles 6-8 to deciles 9-10 is +0.198 [+0.041, +0.355], above 0 "
        "(adjusted p = 0.048).",
    ),
    "C7": (
        "undecided",
        "0 of 6 parts are shown; image links on ChatGPT Search minus on "
        "ChatGPT is -0.016 [-0.071, +0.040], not shown to be above 0 "
        "(p = 0.711); nor is it contradicted (adjusted p = 1.000).",
    ),
    "C8": (
        "contradicted",
        "Spearman minus Pearson is -0.078; 100.0 % of studies drawn from a "
        "smooth law have a gap at least as high; the kink test finds a kink "
        "(p = 0.005): here a kink goes without a gap.",
    ),
}


@pytest.fixture(scope="module")
def settings(project_dir):
    text = (project_dir / "dbt_project.yml").read_text(encoding="utf-8")
    return yaml.safe_load(text)["vars"]


@pytest.fixture(scope="module")
def ledger(built_sample, settings):
    features = with_outcomes(
        built_sample.frame("from features.domain_features"),
        built_sample.frame("from features.domain_visibility"),
    )
    thresholds = threshold_table(
        features,
        ["all"],
        seed=settings["seed"],
        draw_count=settings["draw_count"],
        ci_level=settings["ci_level"],
    )
    found = claim_table(
        built_sample.frame("from statistics.contrast_estimates"),
        thresholds.to_pandas(),
        features,
        built_sample.frame("from lookups.platforms order by sort_order"),
        built_sample.frame("from lookups.study_claims order by claim_id"),
        ci_level=settings["ci_level"],
        equivalence_margin=settings["equivalence_margin"],
        link_count_tolerance=settings["link_count_tolerance"],
    )
    return found.to_pandas().set_index("claim_id")


def test_verdicts_and_reasons_are_the_reviewed_ones(ledger):
    found = {
        claim: (row["verdict"], row["reason"])
        for claim, row in ledger.iterrows()
    }
    assert found == REVIEWED


def test_the_ledger_of_the_sample_says_that_it_is_simulated(built_sample):
    found = built_sample.frame("from findings.claims")
    assert len(found) == len(REVIEWED)
    assert found["is_simulated"].all()


def test_the_number_in_the_reason_is_that_of_the_row(ledger):
    for claim, row in ledger.drop(index="C1").iterrows():
        assert f"{row['estimate']:+.3f}" in row["reason"], claim
        if pd.notna(row["ci_low"]):
            interval = f"[{row['ci_low']:+.3f}, {row['ci_high']:+.3f}]"
            assert interval in row["reason"], claim


def test_the_build_judges_alike_where_draws_play_no_part(built_sample, ledger):
    found = built_sample.frame("from findings.claims").set_index("claim_id")
    columns = ["verdict", "reason", "n", "estimate", "p_support"]
    pd.testing.assert_frame_equal(
        found.drop(index="C8")[columns],
        ledger.drop(index="C8")[columns],
        rtol=1e-9,
    )


def test_the_published_figures_are_recovered(ledger):
    differences = ledger["published_difference"].dropna()
    assert list(differences.index) == ["C4", "C6", "C8"]
    assert (differences.abs() <= 0.03).all()
