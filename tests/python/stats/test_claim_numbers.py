"""The ledger's numbers, against numbers made apart from it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from linksignal.simulate.laws import planted
from linksignal.stats.claims.evidence import Evidence
from linksignal.stats.claims.ledger import ledger_of
from linksignal.stats.claims.power import detectable_distance
from linksignal.stats.claims.rules import RISE
from linksignal.stats.estimate import Estimate
from linksignal.stats.families import holm
from linksignal.stats.tables.thresholds import threshold_table
from scipy.integrate import quad

from .claim_samples import (
    FEATURES,
    contrasts,
    judged,
    ledger,
    moved,
    platforms,
    signals,
    thresholds,
    tier,
)
from .contrast_samples import draw_frame, signal_key, table
from .threshold_samples import draw_features, with_deciles

DEGREES = 998


def tail(statistic, degrees=DEGREES):
    """Upper tail of Student's law, by adding up its density."""
    log_scale = math.lgamma((degrees + 1) / 2) - math.lgamma(degrees / 2)
    scale = math.exp(log_scale) / math.sqrt(degrees * math.pi)

    def density(value):
        return scale * (1 + value**2 / degrees) ** (-(degrees + 1) / 2)

    return quad(density, statistic, np.inf, epsabs=1e-13)[0]


def test_holm_gives_the_numbers_of_r():
    # p.adjust(c(.04, .001, NA, .02, .3, .02), "holm"), the NA left out:
    # .001 x 5, .02 x 4, .02 x 3 (not below the one before), .04 x 2, .3 x 1,
    # each at least the one before.
    p_values = np.array([0.04, 0.001, np.nan, 0.02, 0.3, 0.02])
    expected = [0.08, 0.005, np.nan, 0.08, 0.3, 0.08]
    np.testing.assert_allclose(holm(p_values), expected, rtol=1e-12)


def test_support_is_the_largest_p_of_the_parts():
    evidence = {
        signals("authority_score", "total_backlinks"): moved(0.05),
        signals("authority_score", "referring_domains"): moved(0.06),
    }
    row = ledger(evidence).loc["C2"]
    assert row["p_support"] == pytest.approx(tail(0.05 / 0.02), rel=1e-8)
    # The part with the larger p decides: its number stands in the row.
    assert row["estimate"] == 0.05
    assert row["estimate_label"].endswith(
        "authority score minus total backlinks"
    )
    # qt(.975, 998) = 1.962344
    reach = 1.962344 * 0.02
    assert row["ci_low"] == pytest.approx(0.05 - reach, abs=1e-7)
    assert row["ci_high"] == pytest.approx(0.05 + reach, abs=1e-7)


def test_contradiction_is_the_smallest_p_times_the_alternatives():
    evidence = {
        signals("authority_score", "total_backlinks"): moved(-0.05),
        signals("authority_score", "referring_domains"): moved(-0.03),
    }
    row = ledger(evidence).loc["C2"]
    assert row["p_contradict"] == pytest.approx(2 * tail(2.5), rel=1e-8)
    evidence = {signals("image_links", "text_links"): moved(-0.12)}
    row = ledger(evidence).loc["C6"]
    # Against -0.05; of three alternatives.
    assert row["p_contradict"] == pytest.approx(3 * tail(3.5), rel=1e-7)
    # The same size on the other side supports nothing and stays at one.
    assert ledger().loc["C2", "p_contradict"] == 1


def test_a_difference_beyond_the_margin_is_looked_for_on_both_sides():
    for difference in (0.1, -0.1):
        evidence = {
            signals("nofollow_links", "follow_links"): moved(difference)
        }
        row = ledger(evidence).loc["C4"]
        assert row["p_contradict"] == pytest.approx(2 * tail(2.5), rel=1e-8)
        assert row["p_support"] == pytest.approx(1 - tail(2.5), rel=1e-8)


def test_equivalence_is_the_larger_of_two_one_sided_p():
    evidence = {signals("nofollow_links", "follow_links"): moved(0.01)}
    row = ledger(evidence).loc["C4"]
    assert row["p_support"] == pytest.approx(tail(0.04 / 0.02), rel=1e-8)


def test_the_margin_is_that_of_the_setting():
    evidence = {signals("nofollow_links", "follow_links"): moved(0.1)}
    row = ledger(evidence, equivalence_margin=0.2).loc["C4"]
    assert row["p_support"] == pytest.approx(tail(0.1 / 0.02), rel=1e-6)
    assert "within ±0.2" in row["reason"]
    assert row["equivalence_margin"] == 0.2


def test_the_tiers_are_tested_with_the_degrees_of_their_rows():
    evidence = {
        "lower_tier_slope": tier(0.10, 0.05),
        "upper_tier_slope": tier(0.30, 0.10),
        "kink": {"p_value": 0.01},
    }
    row = ledger(evidence).loc["C1"]
    # Weakest: 0.30 - 0.10 with variances .0025 and .01 on 498 degrees each.
    degrees = 0.0125**2 / (0.0025**2 / 498 + 0.01**2 / 498)
    support = tail(0.2 / math.sqrt(0.0125), degrees)
    assert row["p_support"] == pytest.approx(support, rel=1e-8)
    # Second alternative: the upper slope below log(1.25), p near .77; first:
    # the larger p of "lower above 0" and "growth below log(1.25)".
    growth = tail((math.log(1.25) - 0.2) / math.sqrt(0.0125), degrees)
    first = max(tail(2.0, 498), growth)
    assert first < 0.5
    assert row["p_contradict"] == pytest.approx(2 * first, rel=1e-8)


def test_disjoint_deciles_have_independent_errors():
    evidence = {
        signals("image_links", "text_links"): moved(0.5),
        signals("image_links", "text_links", domain_set="deciles_6_10"): (
            moved(0.5)
        ),
        signals("image_links", "text_links", domain_set="deciles_6_8"): (
            moved(0.10, 0.03) | {"n": 302}
        ),
        signals("image_links", "text_links", domain_set="deciles_9_10"): (
            moved(0.22, 0.04) | {"n": 202}
        ),
    }
    row = ledger(evidence).loc["C6"]
    # SE sqrt(.03^2 + .04^2) = .05; Welch: .05^4 / (.03^4/300 + .04^4/200).
    degrees = 0.05**4 / (0.03**4 / 300 + 0.04**4 / 200)
    assert row["estimate"] == pytest.approx(0.12)
    assert row["p_support"] == pytest.approx(tail(2.4, degrees), rel=1e-8)
    assert row["n"] == 504


def test_holm_runs_over_the_testable_claims_and_each_list_apart():
    row = ledger()
    seven = row.drop("C8")
    for column in ("p_support", "p_contradict"):
        order = seven[column].sort_values()
        expected = np.maximum.accumulate(order * np.arange(7, 0, -1))
        np.testing.assert_allclose(
            seven.loc[order.index, f"{column}_adjusted"],
            expected.clip(upper=1),
            rtol=1e-12,
        )
    assert (seven["adjust_method"] == "holm").all()
    gap = row.loc["C8"]
    names = [name for name in row.columns if name.startswith("p_")]
    assert len(names) == 4
    assert gap[[*names, "adjust_method"]].isna().all()


def test_a_claim_that_cannot_be_tested_leaves_the_family():
    broken = {"status": "not_converged", "reason": "The fit did not converge."}
    evidence = {signals("nofollow_links", "follow_links"): moved(0.0, 0.02)}
    alone = ledger(evidence).loc["C4"]
    assert alone["p_support_adjusted"] == pytest.approx(
        7 * alone["p_support"], rel=1e-12
    )
    row = ledger({**evidence, "kink": broken})
    assert row.loc["C1", "verdict"] == "not_testable"
    assert row.loc["C4", "p_support_adjusted"] == pytest.approx(
        6 * alone["p_support"], rel=1e-12
    )


def test_the_level_is_what_the_level_of_the_intervals_leaves():
    p_value = tail(2.5)
    adjusted = 7 * p_value
    assert 0.04 < adjusted < 0.05
    evidence = {signals("nofollow_links", "follow_links"): moved(0.0, 0.02)}
    assert ledger(evidence).loc["C4", "verdict"] == "supported"
    strict = ledger(evidence, ci_level=0.99).loc["C4"]
    assert strict["verdict"] == "undecided"
    assert strict["p_support"] == pytest.approx(p_value, rel=1e-8)


def test_published_figures_stand_beside_the_same_figures_here():
    evidence = {
        signals("nofollow_links", "follow_links"): moved(0.03),
        signals("image_links", "text_links"): moved(0.02),
        "gap": {"estimate": 0.07},
    }
    rows = ledger(evidence)
    here = {"C4": 0.03, "C6": 0.02, "C8": 0.07}
    for claim, row in rows.iterrows():
        if claim not in here:
            assert (
                row[["published", "replicated", "published_label"]].isna().all()
            )
            continue
        assert row["replicated"] == here[claim]
        assert row["published_difference"] == pytest.approx(
            here[claim] - row["published"]
        )


def test_the_growth_of_the_slopes_is_that_of_the_table_of_thresholds():
    frame = with_deciles(
        draw_features(planted("threshold"), 300, np.random.default_rng(4))
    )
    found = threshold_table(frame, ["all"], seed=1, draw_count=9).to_pandas()
    reading = Evidence(contrasts(), found).read(RISE)
    row = found.set_index("quantity").loc["tier_slope_difference"]
    assert reading.estimate == pytest.approx(row["estimate"], rel=1e-12)
    assert reading.n == row["n"]
    low, high = reading.interval(0.95)
    assert (low, high) == pytest.approx(
        (row["ci_low"], row["ci_high"]), rel=1e-9
    )


def test_the_numbers_are_those_of_the_table_of_contrasts():
    features = draw_frame(400, seed=6)
    found = ledger_of(features, seed=1, draw_count=19).set_index("claim_id")
    rows = table(features)
    row = rows.loc[signal_key("nofollow_links", "follow_links")]
    assert found.loc["C4", "estimate"] == row["difference"]
    within = Estimate(400, row["difference"]).with_error(
        row["standard_error"], row["degrees_of_freedom"], 0.95, "t"
    )
    assert found.loc["C4", "p_support"] == pytest.approx(
        within.p_within(0.05), rel=1e-12
    )
    pair = [
        rows.loc[signal_key("authority_score", volume)]
        for volume in ("total_backlinks", "referring_domains")
    ]
    # One-sided from two-sided: half of it, or what half of it leaves.
    one_sided = [
        one["p_value"] / 2 if one["difference"] > 0 else 1 - one["p_value"] / 2
        for one in pair
    ]
    assert found.loc["C2", "p_support"] == pytest.approx(
        max(one_sided), rel=1e-9
    )
    weakest = pair[int(np.argmax(one_sided))]
    columns = ["n", "ci_low", "ci_high"]
    assert found.loc["C2", columns].tolist() == pytest.approx(
        weakest[columns].tolist()
    )


def test_how_far_from_its_bound_a_part_is_found():
    # .03 * (qnorm(1 - .05 / 7) + qnorm(.8)) = .03 * (2.449977 + .841621)
    assert detectable_distance(0.03, 0.05 / 7) == pytest.approx(
        0.0987479, abs=1e-6
    )
    generator = np.random.default_rng(3)
    distance = detectable_distance(1.0, 0.01)
    draws = generator.normal(distance, 1.0, 40_000)
    share = np.mean(
        [math.erfc(one / math.sqrt(2)) / 2 <= 0.01 for one in draws]
    )
    assert share == pytest.approx(0.80, abs=4 * math.sqrt(0.16 / 40_000))


def test_the_power_note_tells_the_least_sharp_part():
    evidence = {
        signals("authority_score", "total_backlinks"): moved(0.1, 0.03),
        signals("authority_score", "referring_domains"): moved(0.0, 0.01),
    }
    row = ledger(evidence).loc["C2"]
    assert "0.099 beyond its bound" in row["power_note"]
    assert row["power_note"].endswith(
        ", at the first step of Holm over 7 claims; both parts must be found "
        "at once."
    )
    order = ledger().loc["C3", "power_note"]
    assert order.endswith("; all 8 parts must be found at once.")
    assert "1,234 domains" in ledger().loc["C4", "power_note"]
    assert ledger().loc["C1", "power_note"] == "Low."


def test_draws_too_few_for_a_small_p_are_told():
    # 1 / 140 x 7 = .05, 1 / 139 x 7 > .05.
    enough = ledger({"kink": {"draw_count": 139}}, ci_level=0.95)
    assert enough.loc["C1", "power_note"] == "Low."
    few = ledger({"kink": {"draw_count": 138}}, ci_level=0.95)
    assert few.loc["C1", "power_note"] == (
        "Low. With 138 draws its p is 0.007 or more: too large at the first "
        "step of Holm over 7 claims."
    )
    # C8 is not adjusted.
    assert few.loc["C8", "power_note"] == "Low."
    # By itself its kink needs 1 / (B + 1) of the level: 19 draws, not 18.
    enough, few = (
        ledger({"kink": {"draw_count": draws}}).loc["C8", "power_note"]
        for draws in (19, 18)
    )
    assert enough == "Low."
    assert few == (
        "Low. With 18 draws its p is 0.053 or more: too large at the level of "
        "0.05."
    )


@pytest.mark.parametrize("changed", [0, 1])
def test_the_fingerprint_is_of_both_tables(changed):
    tables = [contrasts(), thresholds()]
    (before,) = judged(*tables)["input_hash"].unique()
    tables[changed] = tables[changed].assign(input_hash="c")
    (after,) = judged(*tables)["input_hash"].unique()
    assert len(before) == len(after) == 64
    assert before != after


def test_the_fingerprint_is_of_what_makes_a_claim_untestable_too():
    listed = FEATURES.assign(link_grain="links", link_source="tool")
    summed = listed.assign(
        link_grain="profile",
        text_links=5,
        image_links=5,
        total_backlinks=6,
    )
    frames = [
        summed,
        summed.assign(link_grain="links"),
        summed.assign(link_source="other"),
        summed.assign(authority_score=np.nan),
    ]
    found = [judged(contrasts(), thresholds(), one) for one in frames]
    assert [one.loc["C6", "verdict"] for one in found] == [
        "not_testable",
        "undecided",
        "not_testable",
        "not_testable",
    ]
    assert len({one["input_hash"].iloc[0] for one in found}) == len(frames)


def test_of_a_single_claim_there_is_no_step_of_holm():
    broken = {"status": "not_converged", "reason": "A fit failed."}
    all_but_quality = {
        signals("nofollow_links", "follow_links"): broken,
        signals("image_links", "text_links"): broken,
        signals("nofollow_links", "follow_links", "gemini"): broken,
        platforms("authority_score", "chatgpt", "gemini"): broken,
        platforms("image_links", "chatgpt", "perplexity"): broken,
        "kink": broken,
    }
    rows = ledger(all_but_quality)
    assert list(rows.index[rows["verdict"] != "not_testable"]) == ["C2"]
    # .02 * (qnorm(.95) + qnorm(.8)) = .02 * (1.644854 + .841621)
    assert rows.loc["C2", "power_note"].endswith(
        "find a part that is 0.050 beyond its bound, at the level of 0.05; "
        "both parts must be found at once."
    )
