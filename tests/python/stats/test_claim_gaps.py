"""Claims that cannot be tested say what is missing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from linksignal.stats.claims.ledger import ledger_of
from linksignal.stats.claims.overlap import overlap_reason

from .claim_samples import ledger, platforms, signals
from .contrast_samples import draw_frame

FRAME = draw_frame(200, seed=8)
TESTED = {"supported", "contradicted", "undecided"}


def untested(features, *claims):
    """Reasons of the claims, which must be the only ones not testable."""
    found = ledger_of(features, seed=1, draw_count=9).set_index("claim_id")
    assert len(found) == 8
    silent = found[found["verdict"] == "not_testable"]
    assert set(silent.index) == set(claims)
    assert set(found["verdict"]) <= TESTED | {"not_testable"}
    numbers = ["estimate", "ci_low", "p_support", "p_contradict", "replicated"]
    assert silent[numbers].isna().all(axis=None)
    assert found.drop(index=silent.index)["estimate"].notna().all()
    return silent["reason"].to_dict()


def test_a_complete_study_has_no_gap():
    assert untested(FRAME) == {}


def test_fewer_than_ten_distinct_scores_are_counted():
    rough = FRAME.assign(authority_score=FRAME["authority_score"] // 12)
    count = rough["authority_score"].nunique()
    assert 2 < count < 10
    reasons = untested(rough, "C1", "C6", "C8")
    assert set(reasons.values()) == {
        f"Distinct authority scores: {count}; the claim needs 10."
    }


def test_without_scores_an_export_is_missing():
    reasons = untested(
        FRAME.assign(authority_score=np.nan), "C1", "C2", "C3", "C6", "C8"
    )
    assert set(reasons.values()) == {
        "No domain has an authority score: an export with scores is missing."
    }


def test_platforms_without_outcome_are_named():
    silent = FRAME.assign(
        ai_mentions_gemini=np.nan, ai_mentions_chatgpt_search=np.nan
    )
    reasons = untested(silent, "C3", "C5", "C7")
    both = "There are no answers or totals of ChatGPT Search and Gemini."
    assert reasons["C3"] == reasons["C7"] == both
    # C5 does not need ChatGPT Search.
    assert reasons["C5"] == "There are no answers or totals of Gemini."


def test_no_platform_at_all():
    columns = [name for name in FRAME if name.startswith("ai_mentions")]
    reasons = untested(
        FRAME.assign(**dict.fromkeys(columns, np.nan)),
        *(f"C{number}" for number in range(1, 9)),
    )
    assert reasons["C2"] == "No platform has answers or totals."


def test_unknown_and_absent_image_links_are_told_apart():
    reasons = untested(FRAME.assign(image_links=np.nan), "C6", "C7")
    assert set(reasons.values()) == {"No domain has a count of image links."}
    reasons = untested(FRAME.assign(image_links=0), "C6", "C7")
    assert set(reasons.values()) == {
        "200 domains have the same image links: 0."
    }


def test_large_numbers_are_written_out():
    reasons = untested(FRAME.assign(image_links=1_234_567), "C6", "C7")
    assert set(reasons.values()) == {
        "200 domains have the same image links: 1,234,567."
    }


def test_scores_that_are_mostly_the_same():
    few = FRAME.head(12).copy()
    few["authority_score"] = [5.0] * 4 + list(range(10, 18))
    found = ledger_of(few, seed=1, draw_count=9).set_index("claim_id")
    assert found.loc["C2", "reason"] == (
        "Only 8 of 12 domains have another authority score than the most "
        "common one; the claim needs 10."
    )


def test_tiers_narrower_than_the_step_of_a_slope():
    # Percentiles within a list of millions, of domains near its top.
    ranks = FRAME["authority_score"].rank(method="first")
    top = FRAME.assign(authority_score=99.9 + ranks / 2000)
    reasons = untested(top, "C1")
    assert reasons["C1"] == (
        "The authority scores up to the median span 0.0495 points; a slope "
        "per 10 points needs 10 or more."
    )


@pytest.mark.parametrize(
    ("upper_span", "missing"), [(9.9, {"C1"}), (10.0, set())]
)
def test_the_upper_tier_needs_the_step_of_a_slope(upper_span, missing):
    ranks = FRAME["authority_score"].rank(method="first").to_numpy()
    upper = 80 + np.round((ranks - 101) * upper_span / 99, 9)
    spread = FRAME.assign(
        authority_score=np.where(ranks <= 100, ranks / 2, upper)
    )
    reasons = untested(spread, *missing)
    if missing:
        assert reasons["C1"] == (
            "The authority scores above the median span 9.9 points; a slope "
            "per 10 points needs 10 or more."
        )


def totals(frame, grain="profile"):
    """The same link counts as the totals of a tool."""
    return frame.assign(link_grain=grain, link_source="tool")


def test_image_links_also_counted_as_text():
    doubled = totals(FRAME)
    rows = doubled.index[:30]
    # Text links that take in all image links, of domains with many of these.
    doubled.loc[rows, "total_backlinks"] = 100
    doubled.loc[rows, "text_links"] = 95
    doubled.loc[rows, "image_links"] = 40
    reasons = untested(doubled, "C6", "C7")
    assert set(reasons.values()) == {
        "Image links are also counted as text: in the totals of tool, text "
        "and image links together exceed all links of 30 of 200 domains."
    }
    # Links counted one by one may be both, and are no totals.
    assert overlap_reason(doubled.assign(link_grain="links"), 0.1) is None
    assert overlap_reason(doubled.drop(columns="link_grain"), 0.1) is None


def test_domains_are_counted_among_those_of_the_tools_named():
    frame = pd.DataFrame(
        {
            "total_backlinks": [90, 200, 200, 90, 90],
            "text_links": [90, 90, 90, 90, 90],
            "image_links": [90, 90, 90, 9, 90],
            "link_grain": ["profile"] * 4 + ["links"],
            "link_source": ["odd", "odd", "even", "even", "odd"],
        }
    )
    assert overlap_reason(frame, 0.1) == (
        "Image links are also counted as text: in the totals of odd, text "
        "and image links together exceed all links of 1 of 2 domains."
    )
    for nothing in (None, np.nan, pd.NA):
        unnamed = frame.assign(
            link_source=[nothing, nothing, "even", "even", "odd"]
        )
        assert overlap_reason(unnamed, 0.1) == (
            "Image links are also counted as text: in the totals of a tool "
            "without a name, text and image links together exceed all links "
            "of 1 of 2 domains."
        )
    assert "of a tool without a name, " in overlap_reason(
        frame.assign(link_source=np.nan), 0.1
    )


def test_totals_that_add_up_within_the_tolerance_do_not_overlap():
    frame = pd.DataFrame(
        {
            "total_backlinks": [90, None, 0, 90],
            "text_links": [60, 5, 0, None],
            "image_links": [40, 5, 0, 70],
        }
    )
    # 100 exceeds 90 by a tenth of itself, not by more.
    assert overlap_reason(totals(frame), 0.1) is None
    found = overlap_reason(totals(frame), 0.09)
    assert found.endswith("exceed all links of 1 of 4 domains.")


def test_too_few_domains_are_counted():
    reasons = untested(FRAME.head(9), *(f"C{number}" for number in range(1, 9)))
    assert reasons["C1"] == (
        "Domains with authority score and AI mentions: 9; the claim needs 10."
    )
    assert reasons["C4"] == (
        "Domains with nofollow links, follow links and AI mentions: 9; the "
        "claim needs 10."
    )


def test_too_few_domains_of_some_deciles_are_counted():
    few = FRAME.head(40)
    reasons = untested(few, "C6")
    assert reasons["C6"].startswith(
        "Domains in deciles 9-10 with image links, "
    )
    assert ": 8; the claim needs 10." in reasons["C6"]
    found = ledger_of(few, seed=1, draw_count=9).set_index("claim_id")
    assert found.loc["C6", "n"] == 8
    assert found.loc["C7", "n"] == 40


def test_two_sides_that_never_meet():
    rows = np.arange(len(FRAME)) < 100
    columns = [name for name in FRAME if name.startswith("ai_mentions")]
    apart = FRAME.assign(
        **{name: FRAME[name].where(rows) for name in columns},
        authority_score=FRAME["authority_score"].where(~rows),
    )
    reasons = untested(apart, "C1", "C2", "C3", "C6", "C8")
    assert reasons["C1"] == (
        "Domains with authority score and AI mentions: 0; the claim needs 10."
    )


def test_outcomes_that_are_all_equal():
    columns = [name for name in FRAME if name.startswith("ai_mentions")]
    reasons = untested(
        FRAME.assign(**dict.fromkeys(columns, 0)),
        *(f"C{number}" for number in range(1, 9)),
    )
    assert reasons["C2"] == "200 domains have the same AI mentions: 0."
    assert reasons["C5"] == (
        "200 domains have the same AI mentions on Gemini: 0."
    )


def test_a_kink_needs_mentions():
    rare = FRAME.assign(
        ai_mentions_all=FRAME["ai_mentions_all"].where(
            FRAME["ai_mentions_all"].rank(method="first") > 180, 0
        )
    )
    reasons = untested(rare, "C1", "C6", "C8")
    assert (
        reasons["C1"]
        == reasons["C8"]
        == ("20 of 200 domains have AI mentions; the kink test needs 30.")
    )
    middle = rare[rare["authority_decile"].between(6, 8)]
    count = int((middle["ai_mentions_all"] > 0).sum())
    assert reasons["C6"] == (
        f"Only {count} of {len(middle)} domains in deciles 6-8 have another "
        "number of AI mentions than the most common one; the claim needs 10."
    )


@pytest.mark.parametrize(
    ("claim", "key", "told"),
    [
        (
            "C1",
            "upper_tier_slope",
            "Ratio of mentions per 10 points of authority score above the "
            "median (500 domains) cannot be tested: a fit failed.",
        ),
        (
            "C2",
            signals("authority_score", "referring_domains"),
            "Authority score minus referring domains (1,000 domains) cannot "
            "be tested: a fit failed.",
        ),
        (
            "C3",
            platforms("authority_score", "chatgpt_search", "perplexity"),
            None,
        ),
        (
            "C6",
            signals("image_links", "text_links", domain_set="deciles_6_8"),
            "Image links minus text links in deciles 6-8 (1,000 domains) "
            "cannot be tested: a fit failed.",
        ),
        (
            "C8",
            "smooth_gap_share",
            "Share of smooth draws with a gap at least as high (1,000 "
            "domains) cannot be tested: a fit failed.",
        ),
    ],
)
def test_the_reason_of_an_estimate_is_passed_on(claim, key, told):
    broken = {"status": "not_converged", "reason": "A fit failed."}
    rows = ledger({key: broken})
    if told is None:
        # ChatGPT Search and Perplexity are in no order among themselves.
        assert rows.loc[claim, "verdict"] != "not_testable"
        return
    assert rows.loc[claim, "verdict"] == "not_testable"
    assert rows.loc[claim, "reason"] == told
    assert (rows.drop(index=claim)["verdict"] != "not_testable").all()


def test_the_other_method_is_not_needed():
    key = signals(
        "authority_score", "referring_domains", method="pearson_log1p"
    )
    broken = {"status": "unreliable", "reason": "x", "difference": np.nan}
    assert ledger({key: broken}).loc["C2", "verdict"] != "not_testable"


def test_the_verdict_is_the_same_whatever_the_order_of_domains():
    shuffled = FRAME.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(
        ledger_of(FRAME, seed=1, draw_count=19),
        ledger_of(shuffled, seed=1, draw_count=19),
    )
