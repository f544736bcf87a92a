from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from linksignal.simulate.laws import planted
from linksignal.stats.estimators.negative_binomial import (
    fit_negative_binomial,
    log_mean_slope,
    sandwich_covariance,
)
from linksignal.stats.estimators.score_groups import (
    CountSample,
    group_rows,
    known_pairs,
)
from linksignal.stats.estimators.tiers import knot_tiers, median_tiers
from linksignal.stats.rules import Status
from scipy.stats import t as student

from .threshold_samples import biochemists, draw_curve, draw_law


def tiers(scores, counts):
    return median_tiers(known_pairs(scores, counts))


def slope_of(scores, counts, clusters=None):
    return log_mean_slope(CountSample(scores, counts, clusters))


def test_slopes_and_errors_agree_with_r():
    # s, y as in test_negative_binomial.py
    # for (lo in c(TRUE, FALSE)) {
    #   i <- if (lo) s <= median(s) else s > median(s)
    #   d <- data.frame(y = y[i], s = s[i] / 10); m <- glm(y ~ s, poisson, d)
    #   for (j in 1:200) {
    #     th <- theta.mm(d$y, fitted(m), df.residual(m), limit = 200,
    #                    eps = 1e-14)
    #     m <- glm(y ~ s, negative.binomial(th), d,
    #              control = list(epsilon = 1e-14, maxit = 100)) }
    #   X <- model.matrix(m); mu <- fitted(m)
    #   r <- (d$y - mu) / (1 + mu / th) / (1 - hatvalues(m))
    #   H <- -optimHess(coef(m), function(b) sum(dnbinom(
    #     d$y, size = th, mu = exp(X %*% b), log = TRUE)),
    #     control = list(ndeps = rep(1e-4, 2)))
    #   V <- solve(H) %*% crossprod(X * r) %*% solve(H)
    #   cat(coef(m)[2], sqrt(V[2, 2]), "\n") }
    slopes = tiers(*biochemists())
    assert (slopes.lower.n, slopes.upper.n) == (492, 423)
    assert slopes.lower.estimate == pytest.approx(1.15185712405, abs=1e-6)
    assert slopes.upper.estimate == pytest.approx(0.223018408967, abs=1e-6)
    # R stops where the deviance stands still, a little before the scores do.
    assert slopes.lower.standard_error == pytest.approx(0.28548728025, rel=1e-5)
    assert slopes.upper.standard_error == pytest.approx(
        0.0514670725561, rel=1e-5
    )


def test_the_plain_sandwich_agrees_with_statsmodels_on_rows():
    scores, counts = draw_curve(200, 1)
    groups = group_rows(scores)
    sums = groups.sums(counts)
    design = np.column_stack([np.ones(len(groups.scores)), groups.scores])
    fit = fit_negative_binomial(design, groups, sums, fixed_alpha=0.8)
    found = sandwich_covariance(
        design, groups, CountSample(scores, counts), fit, leverage_power=0
    )
    family = sm.families.NegativeBinomial(alpha=0.8)
    model = sm.GLM(counts, sm.add_constant(scores), family)
    expected = model.fit(tol=1e-13, cov_type="HC0")
    assert np.sqrt(np.diag(found)) == pytest.approx(expected.bse, rel=1e-6)


def test_the_difference_has_the_variance_of_both():
    slopes = tiers(*draw_curve(300, 2))
    difference, lower, upper = slopes.difference, slopes.lower, slopes.upper
    assert difference.n == 300
    assert difference.estimate == upper.estimate - lower.estimate
    variances = np.array([lower.standard_error, upper.standard_error]) ** 2
    assert difference.standard_error**2 == pytest.approx(variances.sum())
    assert (
        min(lower.degrees_of_freedom, upper.degrees_of_freedom)
        <= difference.degrees_of_freedom
    )
    assert difference.degrees_of_freedom <= (
        lower.degrees_of_freedom + upper.degrees_of_freedom
    )


def test_the_median_score_belongs_to_the_lower_tier():
    scores = np.repeat(np.arange(11.0), 20)
    counts = np.random.default_rng(1).poisson(4, 220).astype(float)
    slopes = tiers(scores, counts)
    assert (slopes.lower.n, slopes.upper.n) == (120, 100)
    is_lower = scores <= 5
    expected = slope_of(scores[is_lower], counts[is_lower])
    assert slopes.lower == expected


def test_a_flat_lower_tier_and_a_steep_upper_one_are_told_apart():
    slopes = tiers(*draw_law(planted("threshold"), 1000, 3))
    assert slopes.lower.p_below(np.log(1.25)) < 0.05
    assert slopes.upper.p_above(0) < 0.05
    assert slopes.difference.p_above(0) < 0.05


def test_one_sided_tests_are_those_of_students_law():
    slope = tiers(*draw_curve(300, 4)).lower
    distance = (slope.estimate - 0.1) / slope.standard_error
    expected = student.sf(distance, slope.n - 2)
    assert slope.p_above(0.1) == pytest.approx(expected)
    assert slope.p_below(0.1) == pytest.approx(1 - expected)
    half = min(slope.p_above(0), slope.p_below(0))
    assert slope.p_value == pytest.approx(2 * half)
    assert np.isnan(tiers(*draw_curve(5, 4)).lower.p_above(0))


@given(seed=st.integers(0, 2**32 - 1), factor=st.sampled_from([0.1, 2.0, 7.0]))
@settings(max_examples=25, deadline=None)
def test_the_unit_of_the_score_only_scales_the_slope(seed, factor):
    scores, counts = draw_curve(120, seed)
    slope = slope_of(scores, counts)
    scaled = slope_of(factor * scores, counts)
    assert slope.estimate == pytest.approx(factor * scaled.estimate, abs=1e-6)
    assert slope.p_value == pytest.approx(scaled.p_value, abs=1e-6)


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_rows_may_stand_in_any_order(seed):
    scores, counts = draw_curve(80, seed)
    order = np.random.default_rng(seed).permutation(80)
    there = tiers(scores, counts)
    assert tiers(scores[order], counts[order]) == there


def test_equal_slopes_are_told_apart_at_about_the_level():
    # 300 studies of 50 domains a tier, where 6-7 % are: bound 6.5 % widened
    # by three standard errors, 4.3 points.
    law = planted("none")
    row_count, limit, study_count = 100, 0.065, 300
    found = [
        tiers(*draw_law(law, row_count, [5, seed])).difference.p_value
        for seed in range(study_count)
    ]
    share = np.mean(np.array(found) <= 0.05)
    assert share <= limit + 3 * np.sqrt(limit * (1 - limit) / study_count)


def degenerate():
    scores, counts = draw_curve(100, 6)
    few = np.zeros(100)
    few[:9] = np.arange(1, 10)
    return {
        "no rows": (scores[:0], counts[:0], Status.NO_OVERLAP),
        "no outcome": (scores, counts * np.nan, Status.NO_OVERLAP),
        "one row": (scores[:1], counts[:1], Status.TOO_FEW),
        "nine rows": (scores[:9], counts[:9], Status.TOO_FEW),
        "one score": (scores * 0, counts, Status.CONSTANT_SIGNAL),
        "all zero": (scores, counts * 0, Status.CONSTANT_OUTCOME),
        "nine off zero": (scores, few, Status.TOO_FEW_DISTINCT),
        "infinite": (scores, counts + np.inf, Status.UNRELIABLE),
    }


@pytest.mark.parametrize("name", degenerate())
def test_degenerate_input_has_a_status_and_no_numbers(name):
    scores, counts, status = degenerate()[name]
    slopes = tiers(scores, counts)
    for measure in (slopes.lower, slopes.upper, slopes.difference):
        assert measure.status is status
        assert measure.reason
        assert np.isnan([measure.estimate, measure.p_value]).all()


def test_a_tier_without_a_slope_leaves_the_other():
    scores = np.append(np.full(60, 7.0), np.arange(50) % 25 + 10.0)
    counts = np.random.default_rng(1).poisson(4, 110).astype(float)
    slopes = tiers(scores, counts)
    assert slopes.lower.status is Status.CONSTANT_SIGNAL
    assert slopes.upper.status is Status.OK
    assert slopes.difference.status is Status.CONSTANT_SIGNAL
    assert "lower" in slopes.difference.reason


def test_a_slope_without_bound_is_not_converged():
    scores = np.repeat([1.0, 2.0], 40)
    counts = np.where(scores == 2, np.arange(80) % 3, 0.0)
    slope = slope_of(scores, counts)
    assert slope.status is Status.NOT_CONVERGED
    assert np.isnan(slope.estimate)
    assert "one end of the scores" in slope.reason


@pytest.mark.parametrize("outlier", [1e6, 1e15])
def test_a_huge_outlier_is_survived(outlier):
    scores, counts = draw_curve(100, 7)
    counts[0] = outlier
    slopes = tiers(scores, counts)
    for measure in (slopes.lower, slopes.upper, slopes.difference):
        is_ok = measure.status is Status.OK
        assert is_ok == np.isfinite(measure.p_value)


def test_each_half_is_split_at_the_knot_of_the_other():
    scores, counts = draw_law(planted("threshold", threshold_score=45), 1500, 3)
    sample = known_pairs(scores, counts)
    found = knot_tiers(sample, np.random.default_rng(1))
    assert found.method == "knot_of_other_half"
    assert found.cuts[0] <= found.cuts[1]
    assert found.cuts[0] == pytest.approx(45, abs=20)
    assert (found.lower.n + found.upper.n, found.difference.n) == (1500, 1500)
    again = knot_tiers(sample, np.random.default_rng(1))
    assert again == found
    is_first = np.zeros(1500, dtype=bool)
    is_first[np.random.default_rng(1).permutation(1500)[:750]] = True
    # Whichever half has which cut, the mean of the halves is the estimate.
    averages = []
    for cuts in (found.cuts, found.cuts[::-1]):
        halves = [
            slope_of(
                scores[half & (scores <= cut)], counts[half & (scores <= cut)]
            )
            for half, cut in zip((is_first, ~is_first), cuts, strict=True)
        ]
        errors = np.array([half.standard_error for half in halves])
        averages.append(
            (
                np.mean([half.estimate for half in halves]),
                np.sqrt((errors**2).sum()) / 2,
            )
        )
    assert (found.lower.estimate, found.lower.standard_error) in [
        pytest.approx(average) for average in averages
    ]


def test_owners_stay_in_one_half():
    scores, counts = draw_law(planted("threshold", threshold_score=30), 900, 4)
    owners = np.arange(900) // 3
    found = knot_tiers(
        known_pairs(scores, counts, owners), np.random.default_rng(1)
    )
    assert found.lower.ci_method == "wald_t_sandwich_clusters"
    assert found.lower.degrees_of_freedom < 600


def test_like_domains_of_one_owner_count_once_in_a_slope():
    scores, counts = draw_curve(120, 9)
    alone = slope_of(scores, counts)
    tripled = slope_of(
        np.tile(scores, 3), np.tile(counts, 3), np.tile(np.arange(120), 3)
    )
    assert tripled.estimate == pytest.approx(alone.estimate, abs=2e-3)
    assert tripled.standard_error == pytest.approx(
        alone.standard_error, rel=0.01
    )
    assert tripled.degrees_of_freedom == 118


def test_owners_of_single_domains_change_nothing():
    scores, counts = draw_curve(120, 9)
    found = slope_of(scores, counts, np.arange(120))
    alone = slope_of(scores, counts)
    assert found.standard_error == pytest.approx(alone.standard_error)


def test_falling_below_is_an_estimate_of_its_own():
    scores, _ = draw_curve(2000, 8)
    generator = np.random.default_rng(8)
    counts = generator.poisson(2 * np.exp(0.04 * np.abs(scores - 35)))
    found = knot_tiers(
        known_pairs(scores, counts.astype(float)), np.random.default_rng(2)
    )
    assert found.lower.p_below(-np.log(1.25)) < 0.05
    assert found.lower.p_within(np.log(1.25)) > 0.5
    assert found.upper.p_above(0) < 0.05
