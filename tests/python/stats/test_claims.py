"""The ledger on made findings: states, verdicts and what they depend on."""

from __future__ import annotations

import re
from dataclasses import replace
from math import log

import numpy as np
import pandas as pd
import pytest
from linksignal.stats.claims import words
from linksignal.stats.claims.judge import State, Verdict, verdict_of
from linksignal.stats.claims.rules import (
    KINK,
    LOWER,
    STEEPER,
    UPPER,
    Coefficient,
    Difference,
    Threshold,
    claim_rules,
)
from linksignal.stats.claims.testable import (
    flags_caveat,
    link_sources,
    overlap_reason,
)
from linksignal.text import (
    LARGEST_RATIO,
    change_interval,
    change_with_interval,
)
from scipy.stats import norm
from scipy.stats import t as student

from .claim_samples import (
    CLAIMS,
    FEATURES,
    PARTS,
    ROW_COUNT,
    ROWS,
    associated,
    ledger,
    moved,
    part,
    parts_of,
    slope,
)
from .contrast_samples import LOOKUPS
from .samples import chosen

RULES = {rule.claim_id: rule for rule in claim_rules(chosen().flat_ratio)}
NOFOLLOW, FOLLOW = Coefficient("nofollow_links"), Coefficient("follow_links")
BOTH_COUNT = {NOFOLLOW: associated(), FOLLOW: associated()}
THRESHOLD = {
    LOWER: slope(0.02),
    UPPER: slope(0.6),
    STEEPER: slope(0.58, 0.03),
    KINK: {"p_value": 0.001, "estimate": 0.6, "knot": 40.0},
}


MIX = {
    "C4": Difference(
        "nofollow_links", "all", "follow_links", "all", "composition"
    ),
    "C6": Difference("image_links", "all", "text_links", "all", "composition"),
}
MIX_IN_DECILES = replace(MIX["C6"], domain_set="deciles_6_10")


def forms(claim, name):
    return PARTS[claim, name].holds.forms


def all_forms(claim, name, change):
    return dict.fromkeys(forms(claim, name), change)


# --- parts -------------------------------------------------------------------
def test_a_part_alone_is_shown_exactly_where_its_interval_leaves_the_bound():
    key = forms("C2", "authority_over_total_backlinks")[0]
    for difference in np.linspace(0.0, 0.08, 41):
        row = part(
            "C2",
            "authority_over_total_backlinks",
            {key: moved(float(difference))},
        )
        assert (row["p_for"] <= 0.05) == (row["ci_low"] >= 0)


def test_the_p_of_a_part_is_twice_the_one_sided_p_by_its_own_error():
    key = forms("C2", "authority_over_total_backlinks")[0]
    change = {**moved(0.05), "degrees_of_freedom": 7.0}
    row = part("C2", "authority_over_total_backlinks", {key: change})
    assert row["p_for"] == pytest.approx(2 * student.sf(2.5, 7))
    assert row["p_against"] == 1


def test_of_two_forms_the_less_sure_decides_and_is_told():
    slopes, thinned = forms("C3", "chatgpt_over_gemini")
    row = part(
        "C3",
        "chatgpt_over_gemini",
        {slopes: moved(0.5), thinned: moved(0.03)},
    )
    assert row["estimate"] == 0.03
    assert "equal thickness" in row["quantity"]
    assert row["p_for"] == pytest.approx(2 * student.sf(1.5, 998))
    # One form alone reverses nothing either.
    row = part(
        "C3",
        "chatgpt_over_gemini",
        {slopes: moved(-0.5), thinned: moved(0.0)},
    )
    assert row["state"] == "open"


def test_a_contrast_that_stands_the_other_way_round_is_turned():
    forward = forms("C7", "perplexity_over_chatgpt")
    turned = {row.turned for row in forward}
    assert not turned & set(ROWS)
    found = part(
        "C7", "perplexity_over_chatgpt", {row: moved(0.4) for row in forward}
    )
    assert found["state"] == "shown"
    assert found["estimate"] == 0.4


def test_parts_are_adjusted_by_holm_within_their_claim():
    pair = [
        forms("C2", f"authority_over_{volume}")[0]
        for volume in ("total_backlinks", "referring_domains")
    ]
    # p = .0340 and .0455: each alone is below .05, by Holm neither is.
    changes = {pair[0]: moved(0.0425), pair[1]: moved(0.04005)}
    parts = parts_of(changes)
    parts = parts[parts["claim_id"] == "C2"]
    assert (parts["p_for"] < 0.05).all()
    assert (parts["state"] == "open").all()
    assert (parts["evidence_for"] == "weak").all()
    smallest = parts["p_for"].min()
    assert parts["p_for_within"].tolist() == pytest.approx([2 * smallest] * 2)


def test_new_prompts_widen_the_comparison_of_platforms_alone():
    changes = {
        row: {**moved(0.06), "se_prompt": 0.03}
        for claim, name in (
            ("C3", "chatgpt_over_gemini"),
            ("C2", "authority_over_total_backlinks"),
        )
        for row in forms(claim, name)
    }
    platforms = part("C3", "chatgpt_over_gemini", changes)
    assert platforms["standard_error"] == pytest.approx(np.hypot(0.02, 0.03))
    assert pd.isna(platforms["reason"])
    gauges = part("C2", "authority_over_total_backlinks", changes)
    assert gauges["standard_error"] == 0.02
    # Without an error of prompts the part says that they are held fixed.
    assert (
        "prompts are taken as they are"
        in (part("C3", "chatgpt_over_gemini")["reason"])
    )


def test_domains_needed_give_the_power_they_promise():
    key = forms("C2", "authority_over_total_backlinks")[0]
    row = part("C2", "authority_over_total_backlinks", {key: moved(0.03)})
    # Two parts are open: each direction has .025, over two parts .0125.
    reach = norm.isf(0.0125) + norm.ppf(0.8)
    expected = 1000 * (reach * 0.02 / 0.03) ** 2
    assert row["domains_needed"] == np.ceil(expected)
    assert row["smallest_effect"] == pytest.approx(reach * 0.02)
    # Simulated: with so many domains 80 % of estimates are significant.
    error = 0.02 * np.sqrt(1000 / expected)
    draws = np.random.default_rng(1).normal(0.03, error, 20_000)
    assert np.mean(draws > norm.isf(0.0125) * error) == pytest.approx(
        0.8, abs=0.01
    )


def test_more_domains_do_not_help_against_an_error_of_prompts():
    row = part(
        "C3",
        "chatgpt_over_gemini",
        all_forms(
            "C3", "chatgpt_over_gemini", {**moved(0.03), "se_prompt": 0.03}
        ),
    )
    assert pd.isna(row["domains_needed"])


# --- verdicts ----------------------------------------------------------------
def test_a_threshold_is_supported_where_all_four_parts_are_shown():
    row = ledger(THRESHOLD).loc["C1"]
    assert row["verdict"] == "supported"
    assert row["parts_shown"] == row["parts"] == 4


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        # Falling below is not flat.
        ({LOWER: slope(-0.6), STEEPER: slope(1.2)}, "mixed"),
        # A straight rise is as steep below.
        (
            {LOWER: slope(0.5), UPPER: slope(0.5), STEEPER: slope(0.0, 0.03)},
            "contradicted",
        ),
        ({UPPER: slope(-0.3), STEEPER: slope(-0.3)}, "contradicted"),
        # A small gain beyond a threshold is a gain.
        ({UPPER: slope(0.15), STEEPER: slope(0.13, 0.03)}, "supported"),
        ({KINK: {"p_value": 0.4}}, "partly_supported"),
        # A condition alone supports nothing.
        (
            {
                KINK: {"p_value": 0.4},
                UPPER: slope(0.0, 0.1),
                STEEPER: slope(0.0, 0.1),
            },
            "undecided",
        ),
    ],
)
def test_what_becomes_of_the_threshold(changes, verdict):
    assert ledger({**THRESHOLD, **changes}).loc["C1", "verdict"] == verdict


def test_a_rise_below_needs_to_be_shown_before_it_contradicts():
    changes = {
        **THRESHOLD,
        LOWER: slope(0.1, 0.2),
        UPPER: slope(0.1, 0.05),
        STEEPER: slope(0.0, 0.03),
        KINK: {"p_value": 0.5},
    }
    row = part("C1", "steeper_above", changes)
    assert row["state"] == "open"


def test_equal_coefficients_are_alike_only_where_both_are_above_zero():
    equal = all_forms("C4", "alike", moved(0.0, 0.005))
    assert ledger(equal).loc["C4", "verdict"] == "undecided"
    assert ledger({**equal, **BOTH_COUNT}).loc["C4", "verdict"] == "supported"


def test_alike_by_one_form_alone_is_open():
    plain, thinned = forms("C4", "alike")
    changes = {**BOTH_COUNT, plain: moved(0.0, 0.005), thinned: moved(0.1)}
    assert ledger(changes).loc["C4", "verdict"] == "undecided"
    changes = {
        **BOTH_COUNT,
        plain: moved(0.2),
        thinned: moved(0.2),
        MIX["C4"]: moved(0.1),
    }
    assert ledger(changes).loc["C4", "verdict"] == "contradicted"
    # Beyond the margin on two different sides is no difference of either.
    changes = {**BOTH_COUNT, plain: moved(0.2), thinned: moved(-0.2)}
    assert ledger(changes).loc["C4", "verdict"] == "undecided"


@pytest.mark.parametrize("claim", ["C2", "C3", "C5", "C7"])
def test_an_order_is_supported_contradicted_mixed_or_partly_so(claim):
    names = [part.name for part in RULES[claim].parts]

    def with_signs(signs):
        changes = {}
        for name, sign in zip(names, signs, strict=True):
            change = {**moved(0.4 * sign), "se_prompt": 0.001}
            changes |= all_forms(claim, name, change)
        return ledger(changes).loc[claim, "verdict"]

    rest = [0] * (len(names) - 2)
    assert with_signs([1] * len(names)) == "supported"
    assert with_signs([-1] * len(names)) == "contradicted"
    assert with_signs([1, 0, *rest]) == "partly_supported"
    assert with_signs([-1, 0, *rest]) == "partly_contradicted"
    assert with_signs([1, -1, *rest]) == "mixed"
    assert with_signs([0, 0, *rest]) == "undecided"


def test_image_links_may_fall_short_by_less_than_the_margin():
    images = {
        Coefficient("image_links"): associated(),
        Coefficient("text_links"): associated(),
    }
    short = {
        row: moved(-0.02, 0.005)
        for name in ("at_least_like_text", "at_least_in_deciles_6_10")
        for row in forms("C6", name)
    }
    top = Difference(
        "image_links",
        "all",
        "text_links",
        "all",
        "spearman_thinned",
        "deciles_9_10",
    )
    supported = {**images, **short, top: moved(0.3)}
    assert ledger(supported).loc["C6", "verdict"] == "supported"
    far = {row: moved(-0.2, 0.005) for row in short}
    mix = {row: moved(-0.1) for row in (MIX["C6"], MIX_IN_DECILES)}
    changes = {**images, **far, **mix}
    assert ledger(changes).loc["C6", "verdict"] == "contradicted"


def mix_of(claim, change):
    """All that makes the contrary of C4 or C6, but for the mix of kinds."""
    signals = {"C4": ("nofollow_links", "follow_links")}
    pair = signals.get(claim, ("image_links", "text_links"))
    names = {"C4": ["alike"]}.get(
        claim, ["at_least_like_text", "at_least_in_deciles_6_10"]
    )
    return {
        **{Coefficient(signal): associated() for signal in pair},
        **{
            row: moved(-0.2, 0.005)
            for name in names
            for row in forms(claim, name)
        },
        MIX[claim]: change,
        **({} if claim == "C4" else {MIX_IN_DECILES: change}),
    }


@pytest.mark.parametrize("claim", ["C4", "C6"])
@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        (moved(-0.1), "contradicted"),
        # A share that varies by itself lowers the correlations alone.
        (moved(0.0), "undecided"),
        # Nor is it a difference where the mix tells the other way.
        (moved(0.1), "undecided"),
        # Without the joint model the contrary is not shown; the part stays.
        ({"status": "not_converged", "reason": "No fit."}, "undecided"),
    ],
)
def test_kinds_differ_only_where_their_mix_tells_so_too(claim, change, verdict):
    found = ledger(mix_of(claim, change)).loc[claim]
    assert found["verdict"] == verdict
    assert found["parts_not_testable"] == 0


def test_kinds_that_are_alike_need_no_joint_model():
    equal = all_forms("C4", "alike", moved(0.0, 0.005))
    broken = {MIX["C4"]: {"status": "not_converged", "reason": "No fit."}}
    changes = {**equal, **BOTH_COUNT, **broken}
    assert ledger(changes).loc["C4", "verdict"] == "supported"


def gap(signal, outcome, **numbers):
    return {
        Threshold("smooth_gap_share", signal, outcome): {
            "estimate": numbers["share"]
        },
        Threshold("gap", signal, outcome): {"estimate": numbers["gap"]},
        Threshold("kink", signal, outcome): {"p_value": numbers["kink"]},
        Coefficient(signal, outcome): associated(),
    }


@pytest.mark.parametrize(
    ("share", "above", "kink", "state"),
    [
        (0.5, 0.1, 0.5, "contrary_shown"),
        (0.0, 0.1, 0.001, "shown"),
        (0.0, 0.1, 0.4, "open"),
        (0.03, 0.1, 0.001, "open"),
        (0.055, 0.1, 0.4, "open"),
        (0.5, -0.1, 0.001, "not_testable"),
    ],
)
def test_what_a_gap_shows(share, above, kink, state):
    changes = gap(
        "authority_score", "share_of_voice", share=share, gap=above, kink=kink
    )
    row = part("C8", "authority_score_share_of_voice", changes)
    assert row["state"] == state


@pytest.mark.parametrize(
    ("share", "told"),
    [
        (0.0, "none of the draws"),
        (0.0005, "less than 0.1 % of draws"),
        (0.015, "1.5 % of draws"),
        (0.52, "52 % of draws"),
        (0.997, "over 99 % of draws"),
        (1.0, "all draws"),
    ],
)
def test_a_share_of_draws_is_no_more_exact_than_their_number(share, told):
    changes = gap(
        "authority_score", "share_of_voice", share=share, gap=0.1, kink=0.4
    )
    row = part("C8", "authority_score_share_of_voice", changes)
    assert f"does as much in {told}" in row["sentence"]


def test_nothing_associated_gives_no_verdict_at_all():
    found = ledger()
    assert set(found["verdict"]) == {"undecided", "not_testable"}
    assert found["holds_after_holm"].isna().all()


def test_holm_over_the_claims_is_told_and_changes_no_verdict():
    alone = {
        forms("C2", n)[0]: moved(0.05)
        for n in (
            "authority_over_total_backlinks",
            "authority_over_referring_domains",
        )
    }
    row = ledger(alone).loc["C2"]
    assert row["verdict"] == "supported"
    assert not row["holds_after_holm"]
    sure = {key: moved(0.5) for key in alone}
    assert ledger(sure).loc["C2", "holds_after_holm"]


def test_every_state_of_the_parts_has_one_verdict():
    for rule in RULES.values():
        names = [part.name for part in rule.parts]
        for state, verdict in (
            (State.SHOWN, Verdict.SUPPORTED),
            (State.CONTRARY_SHOWN, Verdict.CONTRADICTED),
            (State.OPEN, Verdict.UNDECIDED),
            (State.NOT_TESTABLE, Verdict.NOT_TESTABLE),
        ):
            assert verdict_of(rule, dict.fromkeys(names, state)) is verdict


# --- sentences ---------------------------------------------------------------
@pytest.mark.parametrize(
    ("low", "high", "told"),
    [
        (1.19, 1.43, "(19-43 %)"),
        (0.6, 0.9, "(10-40 %)"),
        (0.9, 1.12, "(10 % fewer to 12 % more)"),
        (1.68, 2.04, "(1.7 to 2.0 times as many)"),
        (2.4, 3.1, "(2.4 to 3.1 times as many)"),
        (0.8, 2.5, "(20 % fewer to 2.5 times as many)"),
        (1.5, 1e9, "(1.5 to over 100 times as many)"),
        # What leaves out no change must not be written as reaching it.
        (1.003, 1.04, "(0.3-4 %)"),
        (0.96, 0.9997, "(0.03-4 %)"),
        (0.997, 1.04, "(0.3 % fewer to 4 % more)"),
        (1.0, 1.04, "(0-4 %)"),
        (1.02, 2.4, "(1.02 to 2.4 times as many)"),
    ],
)
def test_an_interval_of_a_ratio_is_told_in_one_unit(low, high, told):
    told = told.replace("over 100", f"over {LARGEST_RATIO:,}")
    assert change_interval(log(low), log(high)) == told


@pytest.mark.parametrize(
    ("estimate", "low", "high", "told"),
    [
        (1.02, 1.003, 1.04, "2 % more mentions (0.3-4 %)"),
        (1.003, 1.001, 1.005, "0.3 % more mentions (0.1-0.5 %)"),
        (1.003, 0.9, 1.1, "as many mentions (10 % fewer to 10 % more)"),
    ],
)
def test_a_change_is_none_only_inside_its_interval(estimate, low, high, told):
    ends = map(log, (estimate, low, high))
    assert change_with_interval(*ends) == told


@pytest.mark.parametrize(
    ("difference", "error", "told"),
    [
        (0.05, 0.02, "0.35 against 0.30, apart by +0.05 (+0.01 to +0.09)"),
        # An interval that leaves out zero by a hair does not reach it.
        (
            0.005,
            0.0024,
            "0.3050 against 0.3000, apart by +0.0050 (+0.0003 to +0.0097)",
        ),
        (0.004, 0.001, "0.304 against 0.300, apart by +0.004 (+0.002 to"),
        (0.001, 0.02, "0.30 against 0.30, apart by +0.00 (-0.04 to +0.04)"),
    ],
)
def test_no_end_of_an_interval_is_written_as_zero(difference, error, told):
    name = "authority_over_total_backlinks"
    changes = all_forms("C2", name, moved(difference, error))
    assert told in part("C2", name, changes)["sentence"]


def test_a_margin_is_not_written_as_zero():
    thin = {"equivalence_margin": 0.0042}
    changes = all_forms("C4", "alike", thin)
    assert "within 0.004" in part("C4", "alike", changes)["sentence"]


def test_slopes_that_differ_are_not_told_alike():
    rule = RULES["C3"].parts[0]
    slopes = [row for row in rule.rows if row.method == "slope"]
    changes = {
        row: {"estimate_a": 0.114, "estimate_b": 0.117, **moved_slope}
        for row in slopes
        for moved_slope in [{"difference": -0.003, "standard_error": 0.001}]
    }
    sentence = part("C3", rule.name, changes)["sentence"]
    assert "12.1 % more mentions on" in sentence
    assert "12.4 % more mentions on" in sentence


def test_all_four_parts_of_a_threshold_do_not_tell_it_from_an_s_shaped_curve():
    sentence = ledger(THRESHOLD).loc["C1", "sentence"]
    assert "or along a steep S-shaped curve" in sentence
    assert "does not tell which of the two" in sentence


def gauges(first, second):
    keys = [
        forms("C2", f"authority_over_{volume}")[0]
        for volume in ("total_backlinks", "referring_domains")
    ]
    changes = dict(zip(keys, map(moved, (first, second)), strict=True))
    return ledger(changes).loc["C2", "sentence"]


def test_domains_that_would_settle_it_are_told_where_a_study_may_have_them():
    sentence = gauges(0.02, 0.03)
    assert re.search(r"About [\d,]+ domains would settle it\.", sentence)


def test_what_some_domains_would_settle_is_named_where_they_settle_not_all():
    sentence = gauges(0.03, 0.001)
    assert (
        "domains would settle whether authority score is a better gauge of AI "
        "mentions than total backlinks; at these estimates the other open part "
        "would take more than 20,000 domains." in sentence
    )


def test_more_domains_than_any_study_has_are_not_counted():
    assert (
        "At these estimates it would take more than 20,000 domains to settle "
        "any of the 2 parts that are open." in gauges(0.002, 0.001)
    )
    # One part alone is named; 0.4 is shown.
    assert (
        "At these estimates it would take more than 20,000 domains to settle "
        "whether authority score is a better gauge of AI mentions than "
        "referring domains." in gauges(0.4, 0.001)
    )


@pytest.mark.parametrize(
    ("second", "told"),
    [
        (0.4, "The evidence is strong."),
        (
            0.05,
            "The evidence is weak for the least certain part, strong for the "
            "most certain one.",
        ),
    ],
)
def test_the_evidence_of_a_claim_is_that_of_its_parts(second, told):
    assert told in gauges(0.4, second)


def test_where_each_half_has_a_cut_of_its_own_both_are_told():
    """And the bend of all domains with its interval, which holds them."""
    changes = {
        row: {**change, "tier_cut_low": 25.0, "tier_cut_high": 35.0}
        for row, change in THRESHOLD.items()
    }
    kink = next(row for row in THRESHOLD if row.quantity == "kink")
    changes[kink] |= {"knot": 31.2, "knot_low": 22.0, "knot_high": 38.4}
    parts = part("C1", "steeper_above", changes)
    assert "above a score of 25-35 than below" in parts["sentence"]
    bend = part("C1", "bend", changes)["sentence"]
    assert "at a score of about 31 (22 to 38), as" in bend
    same = part("C1", "steeper_above", THRESHOLD)["sentence"]
    assert "above a score of 40 than below" in same


# --- what is missing ---------------------------------------------------------
def test_a_part_without_its_row_says_so_and_the_rest_is_tested():
    key = forms("C3", "chatgpt_over_gemini")[0]
    broken = {"status": "not_converged", "reason": "The fit failed."}
    found = ledger({key: broken}).loc["C3"]
    assert found["parts_not_testable"] == 1
    assert found["verdict"] == "undecided"
    assert found["missing"] == (
        "Authority score on ChatGPT against Gemini (1,000 domains) cannot be "
        "tested: the fit failed."
    )


def test_a_reason_that_begins_with_a_name_keeps_its_capital():
    key = forms("C3", "chatgpt_over_gemini")[0]
    reason = "ChatGPT Search: too few domains."
    broken = {"status": "too_few", "reason": reason}
    missing = ledger({key: broken}).loc["C3", "missing"]
    assert "cannot be tested: ChatGPT Search: too few" in missing


@pytest.mark.parametrize(
    ("column", "claims", "told"),
    [
        ("authority_score", {"C1", "C2", "C3"}, "export with scores"),
        ("image_links", {"C6", "C7"}, "No domain has a count of image links."),
        ("ai_mentions_all", {"C1", "C2", "C4"}, "No platform has answers"),
    ],
)
def test_what_is_missing_is_named(column, claims, told):
    features = FEATURES.assign(**{column: np.nan})
    found = ledger(features=features)
    for claim in claims:
        assert found.loc[claim, "verdict"] == "not_testable"
        assert told in found.loc[claim, "missing"]


def test_what_cannot_be_tested_is_said_beside_a_verdict_on_the_rest():
    features = FEATURES.assign(total_backlinks=np.nan)
    sentence = ledger(features=features).loc["C2", "sentence"]
    assert "than referring domains is open" in sentence
    assert (
        "One part cannot be tested: no domain has a count of total backlinks."
    ) in sentence
    assert "cannot be tested" not in ledger().loc["C2", "sentence"]


def test_a_reason_that_says_so_itself_is_not_introduced():
    told = "The gap (90 domains) cannot be tested: it has no counts."
    part = {"state": "not_testable", "sentence": told}
    assert list(words._untested([part])) == [told]


def test_domains_are_counted_among_the_parts_that_are_tested():
    gone = {
        PARTS["C2", "authority_over_total_backlinks"].rows[0]: {
            "n": 0,
            "status": "no_overlap",
            "reason": "Nothing.",
        }
    }
    assert ledger(gone).loc["C2", "n"] == ROW_COUNT


@pytest.mark.parametrize("scale", ["centrality", "rank", "0-1000"])
def test_where_mentions_bend_is_no_question_to_a_percentile(scale):
    features = FEATURES.assign(authority_scale=scale)
    found = ledger(features=features)
    assert found.loc["C1", "verdict"] == "not_testable"
    assert found.loc["C1", "missing"] == (
        f"The authority score is a percentile within a list ({scale}): it "
        "tells who stands higher and not by how much, so where mentions bend "
        "needs a score of 0-100."
    )
    parts = parts_of(features=features).set_index(["claim_id", "part"])
    gaps = parts.loc["C8", "reason"].str.startswith("The authority score is a")
    assert gaps[gaps].index.tolist() == ["authority_score_share_of_voice"]
    assert found.loc["C2", "verdict"] == ledger().loc["C2", "verdict"]
    plain = ledger(features=FEATURES.assign(authority_scale="0-100"))
    assert plain["verdict"].equals(ledger()["verdict"])


def test_no_step_of_a_percentile_is_told_beside_platforms():
    slopes, thinned = forms("C3", "chatgpt_over_gemini")
    changes = {
        slopes: {**moved(2.5, 2.0), "estimate_a": 6.265},
        thinned: moved(0.5),
    }
    told = {
        scale: parts_of(changes, FEATURES.assign(authority_scale=scale))
        .set_index(["claim_id", "part"])
        .loc["C3"]
        for scale in ("0-100", "rank")
    }
    sentences = {
        scale: rows.loc["chatgpt_over_gemini", "sentence"]
        for scale, rows in told.items()
    }
    assert "ten more points go with 525.8 times" in sentences["0-100"]
    assert sentences["rank"].endswith(
        "is open: over its percentile the slopes of mentions are apart by "
        "+1.2 standard errors."
    )
    assert not told["rank"]["sentence"].str.contains("points").any()
    assert told["rank"]["state"].equals(told["0-100"]["state"])


def test_image_links_counted_as_text_cannot_be_compared():
    doubled = FEATURES.assign(
        link_grain="profile",
        link_source="tool",
        total_backlinks=100,
        text_links=95,
        image_links=40,
    )
    found = ledger(features=doubled)
    assert found.loc["C6", "verdict"] == "not_testable"
    assert found.loc["C6", "missing"].startswith(
        "Image links are also counted as text: in the totals of tool, text "
    )
    # 100 exceeds 90 by a tenth of itself, not by more.
    near = doubled.assign(total_backlinks=90, text_links=60)
    assert overlap_reason(near, 0.1) is None
    assert overlap_reason(near, 0.09) is not None


def test_nofollow_claims_name_the_tool_that_flags():
    flagged = FEATURES.assign(link_source="semrush")
    for claim in ("C4", "C5"):
        sentence = ledger(features=flagged).loc[claim, "sentence"]
        assert "as their source tells it (semrush); a tool" in sentence
        assert "sees only part" in sentence
    two = FEATURES.assign(
        link_source=["ahrefs", "semrush"] * (len(FEATURES) // 2)
    )
    assert "as their sources tell it (ahrefs and semrush)" in flags_caveat(
        link_sources(two)
    )
    assert "as their source tells it; a tool" in flags_caveat([])
    assert "tells it" not in ledger(features=flagged).loc["C2", "sentence"]


# --- metamorphic -------------------------------------------------------------
def test_a_claim_does_not_depend_on_rows_it_does_not_use():
    rng = np.random.default_rng(3)
    changes = {
        row: moved(float(rng.normal(0, 0.1)))
        for row in ROWS
        if isinstance(row, Difference)
    }
    whole = ledger(changes)
    parts = parts_of(changes)
    for claim, rule in RULES.items():
        used = {
            row
            for part in rule.parts
            for row in (*part.rows, *filter(None, [part.plain, part.premise]))
        }
        broken = {
            row: {**changes.get(row, {}), "status": "too_few", "reason": "Few."}
            for row in ROWS
            if row not in used
        }
        mixed = {**changes, **broken}
        columns = ["verdict", "sentence", "n"]
        assert (
            ledger(mixed).loc[claim, columns].equals(whole.loc[claim, columns])
        )
        of_claim = parts["claim_id"] == claim
        pd.testing.assert_frame_equal(
            parts_of(mixed)[of_claim], parts[of_claim]
        )


# --- lookups -----------------------------------------------------------------
def test_published_figures_are_differences_of_published_coefficients():
    published = pd.read_csv(LOOKUPS / "published_coefficients.csv")
    value = {
        (row.signal, row.outcome, row.method): row.published
        for row in published.itertuples()
    }

    def of(signal, method="spearman", outcome="ai_mentions"):
        return value[signal, outcome, method]

    expected = {
        "C4": of("nofollow_links") - of("follow_links"),
        "C6": of("image_links") - of("text_links"),
        "C8": of("authority_score", outcome="share_of_voice")
        - of("authority_score", "pearson", "share_of_voice"),
    }
    found = CLAIMS.set_index("claim_id")["published"].dropna()
    assert found.to_dict() == pytest.approx(expected, abs=1e-12)
    named = CLAIMS.dropna(subset="published_part")
    assert all(
        (row.claim_id, row.published_part) in PARTS
        for row in named.itertuples()
    )


def test_a_coefficient_is_tested_by_its_published_error():
    """By z over its error, whatever p by permutation stands beside it."""
    row = {"estimate": 0.3, "standard_error": 0.1, "p_value": 0.9}
    found = part("C4", "nofollow_links_count", {NOFOLLOW: row})
    expected = 2 * student.sf(np.arctanh(0.3) / 0.1, 998)
    assert found["p_for"] == pytest.approx(expected, rel=1e-9)
