"""Every branch of every claim's rule, on made evidence."""

from __future__ import annotations

import pytest
from linksignal.stats.claims.evidence import Evidence
from linksignal.stats.claims.names import value_text
from linksignal.stats.claims.rules import UPPER, gap_verdict, verdict

from .claim_samples import (
    contrasts,
    ledger,
    moved,
    platforms,
    signals,
    thresholds,
    tier,
)

CHATGPT, SEARCH, GEMINI = "chatgpt", "chatgpt_search", "gemini"
OVERVIEWS, PERPLEXITY = "google_ai_overviews", "perplexity"
LEANING = (GEMINI, CHATGPT, OVERVIEWS, PERPLEXITY)


def nofollow(platform="all", method="spearman"):
    return signals("nofollow_links", "follow_links", platform, "all", method)


def images(domain_set="all", method="spearman"):
    return signals("image_links", "text_links", "all", domain_set, method)


def authority(volume, method="spearman"):
    return signals("authority_score", volume, method=method)


TIERS = {
    "lower_tier_slope": tier(0.05),
    "upper_tier_slope": tier(0.6),
    "kink": {"p_value": 0.001},
}
QUALITY = {
    authority("total_backlinks"): moved(0.2),
    authority("referring_domains"): moved(0.15),
}
# As the table has them, so that two pairs stand the other way round.
AUTHORITY_ORDER = {
    platforms("authority_score", CHATGPT, SEARCH): moved(0.4),
    platforms("authority_score", CHATGPT, GEMINI): moved(0.2),
    platforms("authority_score", CHATGPT, OVERVIEWS): moved(0.2),
    platforms("authority_score", CHATGPT, PERPLEXITY): moved(0.4),
    platforms("authority_score", SEARCH, GEMINI): moved(-0.2),
    platforms("authority_score", SEARCH, OVERVIEWS): moved(-0.2),
    platforms("authority_score", GEMINI, PERPLEXITY): moved(0.2),
    platforms("authority_score", OVERVIEWS, PERPLEXITY): moved(0.15),
}
LEANINGS = {
    nofollow(GEMINI): moved(0.15),
    nofollow(CHATGPT): moved(0.2),
    nofollow(OVERVIEWS): moved(-0.2),
    nofollow(PERPLEXITY): moved(-0.2),
}
IMAGE_LEAD = {
    images(): moved(0.1),
    images("deciles_6_10"): moved(0.2),
    images("deciles_6_8"): moved(0.1),
    images("deciles_9_10"): moved(0.3),
}
IMAGE_ORDER = {
    platforms("image_links", CHATGPT, PERPLEXITY): moved(-0.2),
    platforms("image_links", GEMINI, PERPLEXITY): moved(-0.2),
    platforms("image_links", CHATGPT, SEARCH): moved(-0.2),
    platforms("image_links", SEARCH, GEMINI): moved(0.2),
    platforms("image_links", CHATGPT, OVERVIEWS): moved(0.2),
    platforms("image_links", GEMINI, OVERVIEWS): moved(0.15),
}


def equal(*keys):
    """No difference, with an error small enough to show that."""
    return dict.fromkeys(keys, moved(0.0, 0.005))


SUPPORTED = [
    ("C1", TIERS, "mentions bend upward more than a smooth curve"),
    ("C2", QUALITY, "minus referring domains is +0.150"),
    ("C3", AUTHORITY_ORDER, "Google AI Overviews minus on Perplexity is +0.15"),
    ("C4", equal(nofollow()), "within ±0.05"),
    ("C5", LEANINGS, "minus follow links on Gemini is +0.150"),
    ("C6", IMAGE_LEAD, "All 3 parts hold"),
    ("C7", IMAGE_ORDER, "on Gemini minus on Google AI Overviews is +0.150"),
]


@pytest.mark.parametrize(("claim", "evidence", "told"), SUPPORTED)
def test_a_claim_of_which_all_parts_hold_is_supported(claim, evidence, told):
    row = ledger(evidence).loc[claim]
    assert row["verdict"] == "supported"
    assert told in row["reason"]
    assert row["p_support_adjusted"] <= 0.05 < row["p_contradict_adjusted"]


@pytest.mark.parametrize(
    ("claim", "key", "kept", "told"),
    [
        ("C1", "lower_tier_slope", tier(0.2, 0.1), "3 of 4 parts are shown"),
        ("C1", "upper_tier_slope", tier(0.3, 0.3), "2 of 4 parts are shown"),
        ("C2", authority("total_backlinks"), moved(0.02), "1 of 2 parts is"),
        *(("C3", key, moved(0), "7 of 8") for key in AUTHORITY_ORDER),
        ("C4", nofollow(), moved(0.0, 0.06), "not shown to be within ±0.05"),
        *(("C5", key, moved(0), "3 of 4") for key in LEANINGS),
        ("C6", images(), moved(-0.05), "2 of 3"),
        ("C6", images("deciles_6_10"), moved(-0.05), "2 of 3"),
        ("C6", images("deciles_9_10"), moved(0.1), "2 of 3"),
        *(("C7", key, moved(0), "5 of 6") for key in IMAGE_ORDER),
    ],
)
def test_one_part_that_is_not_shown_leaves_a_claim_undecided(
    claim, key, kept, told
):
    (evidence,) = (one for name, one, _ in SUPPORTED if name == claim)
    row = ledger({**evidence, key: kept}).loc[claim]
    assert row["verdict"] == "undecided"
    assert told in row["reason"]
    assert "nor is it contradicted" in row["reason"]
    assert row["p_support_adjusted"] > 0.05 < row["p_contradict_adjusted"]


def reverse(key, by=0.2):
    """A change to the other side."""
    return {key: moved(by)}


CONTRADICTED = [
    (
        "C1",
        {"lower_tier_slope": tier(0.5), "upper_tier_slope": tier(0.5)},
        "up to the median is ×1.65 [1.59, 1.71], above ×1; ratio of mentions "
        "per 10 points of authority score above the median divided by that up "
        "to it is ×1.00 [0.95, 1.06], below ×1.25",
    ),
    (
        "C1",
        {"lower_tier_slope": tier(-0.1), "upper_tier_slope": tier(0.1)},
        "above the median is ×1.11 [1.06, 1.15], below ×1.25",
    ),
    *(
        ("C2", reverse(authority(volume), -0.2), "is -0.200")
        for volume in ("total_backlinks", "referring_domains")
    ),
    *(
        ("C3", reverse(key, -change["difference"]), "below 0")
        for key, change in AUTHORITY_ORDER.items()
    ),
    ("C4", reverse(nofollow(), 0.2), "above 0.05"),
    ("C4", reverse(nofollow(), -0.2), "below -0.05"),
    *(
        ("C5", reverse(key, -change["difference"]), "is ")
        for key, change in LEANINGS.items()
    ),
    ("C5", equal(*map(nofollow, LEANING)), "all 4 parts hold, the weakest"),
    ("C6", reverse(images(), -0.2), "below -0.05"),
    ("C6", reverse(images("deciles_6_10"), -0.2), "in deciles 6-10 is -0.200"),
    (
        "C6",
        reverse(images("deciles_9_10"), -0.3),
        "gain of image links minus text links from deciles 6-8 to deciles "
        "9-10 is -0.300",
    ),
    *(
        ("C7", reverse(key, -change["difference"]), "below 0")
        for key, change in IMAGE_ORDER.items()
    ),
]


@pytest.mark.parametrize(("claim", "evidence", "told"), CONTRADICTED)
def test_one_alternative_that_holds_contradicts_a_claim(claim, evidence, told):
    row = ledger(evidence).loc[claim]
    assert row["verdict"] == "contradicted"
    assert row["reason"].startswith("Against the claim, ")
    assert told in row["reason"]
    assert row["p_contradict_adjusted"] <= 0.05 < row["p_support_adjusted"]


BOTH = [
    (
        "C1",
        {
            "lower_tier_slope": tier(0.1, 0.01),
            "upper_tier_slope": tier(0.2, 0.01),
            "kink": {"p_value": 0.001},
        },
    ),
    (
        "C5",
        {
            nofollow(GEMINI): moved(0.02, 0.003),
            nofollow(CHATGPT): moved(0.02, 0.003),
            nofollow(OVERVIEWS): moved(-0.02, 0.003),
            nofollow(PERPLEXITY): moved(-0.02, 0.003),
        },
    ),
]


@pytest.mark.parametrize(("claim", "evidence"), BOTH)
def test_a_claim_that_is_shown_and_contradicted_is_undecided(claim, evidence):
    row = ledger(evidence).loc[claim]
    assert row["verdict"] == "undecided"
    assert row["reason"].startswith("Both are shown. For it: All 4 parts hold")
    assert "Against the claim, " in row["reason"]
    assert max(row["p_support_adjusted"], row["p_contradict_adjusted"]) <= 0.05


OPPOSED = [
    ("C2", QUALITY, authority("total_backlinks", "pearson_log1p"), -1),
    (
        "C3",
        AUTHORITY_ORDER,
        platforms("authority_score", SEARCH, GEMINI, "pearson_log1p"),
        1,
    ),
    ("C4", equal(nofollow()), nofollow(method="pearson_log1p"), 1),
    ("C4", equal(nofollow()), nofollow(method="pearson_log1p"), -1),
    ("C5", LEANINGS, nofollow(PERPLEXITY, "pearson_log1p"), 1),
    ("C6", IMAGE_LEAD, images(method="pearson_log1p"), -1),
    ("C6", IMAGE_LEAD, images("deciles_9_10", "pearson_log1p"), -1),
    (
        "C7",
        IMAGE_ORDER,
        platforms("image_links", CHATGPT, SEARCH, "pearson_log1p"),
        1,
    ),
]


@pytest.mark.parametrize(("claim", "evidence", "key", "side"), OPPOSED)
def test_pearson_of_logarithms_beyond_the_margin_takes_support_away(
    claim, evidence, key, side
):
    beyond = ledger({**evidence, key: moved(0.051 * side)}).loc[claim]
    assert beyond["verdict"] == "undecided"
    assert "but by Pearson of logarithms it is" in beyond["reason"]
    # An equality has a margin on either side, and no other side.
    where = "" if claim == "C4" else " on the other side"
    assert beyond["reason"].endswith(
        f"0.051, beyond the margin of 0.05{where}."
    )
    assert beyond["p_support_adjusted"] <= 0.05
    near = ledger({**evidence, key: moved(0.049 * side)}).loc[claim]
    assert near["verdict"] == "supported"


@pytest.mark.parametrize(
    ("claim", "key", "value", "other"),
    [
        ("C2", "authority_score", -0.2, 0.051),
        ("C4", "nofollow_links", 0.2, -0.051),
        ("C4", "nofollow_links", -0.2, 0.051),
        ("C6", "image_links", -0.2, 0.051),
    ],
)
def test_pearson_of_logarithms_beyond_the_margin_takes_contradiction_away(
    claim, key, value, other
):
    rival = {
        "authority_score": "total_backlinks",
        "nofollow_links": "follow_links",
        "image_links": "text_links",
    }[key]
    evidence = {signals(key, rival): moved(value)}
    assert ledger(evidence).loc[claim, "verdict"] == "contradicted"
    checked = signals(key, rival, method="pearson_log1p")
    row = ledger({**evidence, checked: moved(other)}).loc[claim]
    assert row["verdict"] == "undecided"
    assert "on the other side" in row["reason"]


@pytest.mark.parametrize(
    ("claim", "evidence", "key"),
    [
        ("C3", AUTHORITY_ORDER, ("authority_score", CHATGPT, PERPLEXITY)),
        ("C7", IMAGE_ORDER, ("image_links", CHATGPT, OVERVIEWS)),
    ],
)
def test_the_part_that_pearson_of_logarithms_turns_round_stands_in_the_row(
    claim, evidence, key
):
    weakest = ledger(evidence).loc[claim]
    assert weakest["estimate"] == 0.15
    checked = platforms(*key, method="pearson_log1p")
    row = ledger({**evidence, checked: moved(-0.2)}).loc[claim]
    turned = evidence[platforms(*key)]["difference"]
    assert row["verdict"] == "undecided"
    assert row["estimate"] == turned > 0.15
    assert row["ci_low"] < turned < row["ci_high"]
    told = row["estimate_label"].removeprefix("Spearman: ")
    assert row["reason"].startswith(
        f"By Spearman {told} is {turned:+.3f} "
        f"[{row['ci_low']:+.3f}, {row['ci_high']:+.3f}], above 0 "
    )
    # The claim's p is that of all its parts.
    assert row["p_support"] == weakest["p_support"]


def test_of_an_undone_contradiction_the_part_turned_round_is_told():
    key = authority("total_backlinks")
    evidence = {
        key: moved(-0.2),
        authority("total_backlinks", "pearson_log1p"): moved(0.2),
        authority("referring_domains"): moved(0.0, 0.4),
    }
    row = ledger(evidence).loc["C2"]
    assert row["verdict"] == "undecided"
    assert row["estimate"] == -0.2
    assert row["reason"].endswith(
        "+0.200, beyond the margin of 0.05 on the other side."
    )


def test_pearson_of_logarithms_of_another_part_does_not_undo_a_contradiction():
    evidence = reverse(authority("total_backlinks"), -0.2)
    other = authority("referring_domains", "pearson_log1p")
    row = ledger({**evidence, other: moved(0.3)}).loc["C2"]
    assert row["verdict"] == "contradicted"


def test_tiers_that_fit_without_a_kink_are_explained_by_a_smooth_curve():
    row = ledger({**TIERS, "kink": {"p_value": 0.31}}).loc["C1"]
    assert row["verdict"] == "undecided"
    assert row["reason"].endswith(
        "; but no kink is shown: a smooth curve explains the mentions as well "
        "(p = 0.310)."
    )
    # Only then: here the upper tier does not fit either.
    flat = {**TIERS, "upper_tier_slope": tier(0.3, 0.3)}
    row = ledger({**flat, "kink": {"p_value": 0.31}}).loc["C1"]
    assert row["reason"].startswith(
        "1 of 4 parts is shown; no kink is shown: a smooth curve explains the "
        "mentions as well (p = 0.310); nor is it contradicted "
    )


@pytest.mark.parametrize(
    ("slope", "error", "told"),
    [
        (
            2000.0,
            10.0,
            "more than ×10,000 [more than ×10,000, more than ×10,000]",
        ),
        # exp(±1.965 x 400) on either side of exp(0).
        (0.0, 400.0, "×1.00 [less than ×0.0001, more than ×10,000]"),
        # qt(.975, 498) = 1.964739; exp(9.21 - 1.964739 x .005) = 9898.874.
        (9.21, 0.005, "×9,996.60 [9,898.87, more than ×10,000]"),
        # exp(-9.2) = .00010104, exp(-9.2 ± 1.9647) = .0000142, .000721.
        (-9.2, 1.0, "×0.0001 [less than ×0.0001, 0.00072]"),
        (-2.0, 0.1, "×0.14 [0.11, 0.16]"),
    ],
)
def test_ratios_beyond_all_measure_are_cut_short(slope, error, told):
    frame = thresholds({"upper_tier_slope": tier(slope, error)})
    reading = Evidence(contrasts(), frame).read(UPPER)
    assert value_text(UPPER, reading, 0.95) == told


def test_slopes_beyond_all_measure_are_judged_like_others():
    evidence = {
        "lower_tier_slope": tier(-3000.0, 1.0),
        "upper_tier_slope": tier(-2000.0, 10.0),
    }
    row = ledger(evidence).loc["C1"]
    assert row["verdict"] == "contradicted"
    assert row["estimate"] == -2000
    assert (
        "above the median is less than ×0.0001 [less than ×0.0001, less than "
        "×0.0001], below ×1.25 (" in row["reason"]
    )


def test_a_claim_shown_by_itself_alone_says_so():
    row = ledger({**TIERS, "kink": {"p_value": 0.03}}).loc["C1"]
    assert row["verdict"] == "undecided"
    assert row["reason"].startswith("Shown by itself but not after Holm over 7")
    assert "p = 0.030, adjusted p = 0.1" in row["reason"]


def test_images_may_fall_short_by_less_than_the_margin():
    near = {images(): moved(0.0, 0.01), images("deciles_6_10"): moved(0, 0.01)}
    row = ledger({**IMAGE_LEAD, **near}).loc["C6"]
    assert row["verdict"] == "supported"


@pytest.mark.parametrize(
    ("p_support", "p_contradict", "found"),
    [
        (0.05, 0.051, "supported"),
        (0.051, 0.05, "contradicted"),
        (0.051, 0.051, "undecided"),
        (0.05, 0.05, "undecided"),
    ],
)
def test_both_lists_have_the_same_level(p_support, p_contradict, found):
    assert verdict(p_support, p_contradict, 0.05) == found


def test_of_a_contradicted_claim_the_contradiction_is_told():
    evidence = {
        authority("total_backlinks"): moved(0.01, 0.2),
        authority("referring_domains"): moved(-0.2, 0.02),
    }
    row = ledger(evidence).loc["C2"]
    assert row["verdict"] == "contradicted"
    assert row["estimate"] == -0.2
    # Where it is not, the weakest part of the claim.
    undecided = {**evidence, authority("referring_domains"): moved(0.2)}
    assert ledger(undecided).loc["C2", "estimate"] == 0.01
    # Of the leanings the one nearest to the margin.
    equal_leanings = {
        **equal(*map(nofollow, LEANING)),
        nofollow(OVERVIEWS): moved(0.02, 0.005),
    }
    assert ledger(equal_leanings).loc["C5", "estimate"] == 0.02


@pytest.mark.parametrize(
    ("gap", "share", "kink_p", "found"),
    [
        (0.1, 0.009, 0.04, "supported"),
        # A gap alone never supports.
        (0.3, 0.0, 0.06, "undecided"),
        (0.1, 0.01, 0.04, "undecided"),
        (0.1, 0.049, 0.04, "undecided"),
        (0.1, 0.05, 0.04, "contradicted"),
        (0.1, 0.05, 0.06, "contradicted"),
        (0.0, 0.0, 0.04, "contradicted"),
        (-0.1, 0.04, 0.04, "contradicted"),
        (-0.1, 0.04, 0.06, "undecided"),
    ],
)
def test_what_a_gap_shows(gap, share, kink_p, found):
    assert gap_verdict(gap, share, kink_p, 0.05) == found


@pytest.mark.parametrize(
    ("gap", "share", "kink_p", "told"),
    [
        (0.1, 0.002, 0.04, "0.2 % of studies drawn from a smooth law have a "),
        (0.1, 0.002, 0.04, "finds a kink (p = 0.040): here a gap goes with a"),
        (0.3, 0.0, 0.06, "finds no kink (p = 0.060): that decides nothing."),
        (0.1, 0.5, 0.06, "a smooth law does as much."),
        (-0.1, 1.0, 0.04, "-0.100; 100.0 % of studies"),
        (-0.1, 1.0, 0.04, "law have a gap at least as high; the kink test"),
        (-0.1, 1.0, 0.04, "here a kink goes without a gap."),
    ],
)
def test_the_reason_of_the_gap_claim_tells_its_numbers(
    gap, share, kink_p, told
):
    evidence = {
        "gap": {"estimate": gap},
        "smooth_gap_share": {"estimate": share},
        "kink": {"p_value": kink_p},
    }
    row = ledger(evidence).loc["C8"]
    assert told in row["reason"]
    assert row["estimate"] == gap
    assert row["verdict"] == gap_verdict(gap, share, kink_p, 0.05)
