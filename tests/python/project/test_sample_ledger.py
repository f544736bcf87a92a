"""The ledger of the bundled sample, with the settings that tests build with.

The sample is calibrated to published coefficients and has no law behind it:
none of its verdicts is true or false. What is fixed here is that rows, tables
and sentences agree, and that nothing moves them unseen.
"""

from __future__ import annotations

import pandas as pd
import pytest
from linksignal.settings import default_settings
from linksignal.stats.claims.table import claim_table, part_table
from linksignal.stats.frames import with_outcomes

# Verdict; parts shown, contrary and open.
REVIEWED = {
    "C1": ("undecided", 1, 0, 3),
    "C2": ("supported", 2, 0, 0),
    "C3": ("undecided", 0, 0, 8),
    "C4": ("supported", 3, 0, 0),
    "C5": ("undecided", 0, 0, 4),
    "C6": ("supported", 5, 0, 0),
    "C7": ("undecided", 0, 0, 6),
    "C8": ("partly_contradicted", 0, 1, 4),
}
COUNTS = ["parts_shown", "parts_contrary", "parts_open"]

# Two of the sentences, whole.
SETTLED = {
    "C1": (
        "About 2,500 domains would settle whether the curve bends; at these "
        "estimates all that is open would take more than 20,000 domains."
    ),
    "C7": (
        "At these estimates it would take more than 20,000 domains to settle "
        "any of the 6 parts that are open."
    ),
}


@pytest.fixture(scope="module")
def claims(built_sample):
    return built_sample.frame("from findings.claims").set_index("claim_id")


@pytest.fixture(scope="module")
def parts(built_sample):
    return built_sample.frame("from findings.claim_parts")


@pytest.fixture(scope="module")
def judged(built_sample):
    """The ledger made anew from the published tables."""
    found = part_table(
        *(
            built_sample.frame(f"from findings.{name}")
            for name in (
                "correlations",
                "correlation_contrasts",
                "authority_thresholds",
            )
        ),
        with_outcomes(
            built_sample.frame("from features.domain_features order by domain"),
            built_sample.frame("from features.domain_visibility"),
        ),
        *(
            built_sample.frame(f"from lookups.{name}")
            for name in ("signals", "outcomes", "platforms")
        ),
        default_settings(),
    ).to_pandas()
    return found, claim_table(
        found,
        built_sample.frame("from lookups.study_claims order by claim_id"),
        built_sample.frame("from lookups.claim_outcomes"),
        default_settings(),
    ).to_pandas()


def test_verdicts_and_parts_are_the_reviewed_ones(claims):
    found = {
        claim: (row["verdict"], *row[COUNTS].tolist())
        for claim, row in claims.iterrows()
    }
    assert found == REVIEWED


@pytest.mark.parametrize("claim", SETTLED)
def test_what_would_settle_it_is_as_reviewed(claims, claim):
    assert SETTLED[claim] in claims.loc[claim, "sentence"]


def test_the_ledger_of_the_sample_says_that_it_is_simulated(claims, parts):
    assert claims["is_simulated"].all()
    assert parts["is_simulated"].all()


def test_the_ledger_follows_from_the_published_tables(judged, claims, parts):
    key = ["claim_id", "part"]
    made, ledger = judged
    published = parts[made.columns].sort_values(key, ignore_index=True)
    made = made.sort_values(key, ignore_index=True)
    columns = made.columns.drop("input_hash")
    # Both read missing whole numbers alike.
    published, made = published.convert_dtypes(), made.convert_dtypes()
    pd.testing.assert_frame_equal(
        published[columns], made[columns], check_dtype=False, rtol=1e-9
    )
    columns = ["verdict", "sentence", "n", "holds_after_holm", *COUNTS]
    pd.testing.assert_frame_equal(
        claims.sort_index()[columns].convert_dtypes(),
        ledger.set_index("claim_id")[columns].convert_dtypes(),
    )


def test_a_claim_is_told_by_its_verdict_and_its_parts(
    built_sample, claims, parts
):
    labels = built_sample.frame(
        "select outcome, label from lookups.claim_outcomes "
        "where kind = 'verdict'"
    ).set_index("outcome")["label"]
    for claim, row in claims.iterrows():
        assert row["sentence"].startswith(f"{labels[row['verdict']]}: "), claim
        own = parts[parts["claim_id"] == claim]
        told = [
            name
            for name, sentence in zip(own["part"], own["sentence"], strict=True)
            if sentence[1:] in row["sentence"]
        ]
        assert told, claim


def test_the_number_in_the_sentence_is_that_of_the_row(parts):
    of_ranks = parts[parts["quantity"].str.contains("Spearman")]
    assert len(of_ranks) > 10
    for row in of_ranks.itertuples():
        sign = "" if "and AI mentions" in row.quantity else "+"
        # An end that two decimals would write as zero has more of them.
        digits = 2
        while not (round(row.ci_low, digits) and round(row.ci_high, digits)):
            digits += 1
        numbers = [
            f"{value:{sign}z.{digits}f}"
            for value in (row.estimate, row.ci_low, row.ci_high)
        ]
        interval = "{} ({} to {})".format(*numbers)
        assert interval in row.sentence, (row.claim_id, row.part)


def test_conditions_are_the_coefficients_of_the_correlations(
    built_sample, parts
):
    found = built_sample.frame(
        "select signal, estimate from findings.correlations "
        "where method = 'spearman' and sensitivity = 'none' "
        "and outcome = 'ai_mentions' and platform = 'all'"
    ).set_index("signal")["estimate"]
    conditions = parts[parts["part"].str.endswith("_links_count")]
    assert len(conditions) == 4
    for row in conditions.itertuples():
        signal = row.part.removesuffix("_count")
        assert row.estimate == pytest.approx(found[signal], abs=1e-12)


def test_the_published_figures_are_recovered(claims):
    differences = claims["published_difference"].dropna().sort_index()
    assert list(differences.index) == ["C4", "C6", "C8"]
    assert (differences.abs() <= 0.03).all()
