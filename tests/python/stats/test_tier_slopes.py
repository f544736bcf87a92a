from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from linksignal.simulate.laws import planted
from linksignal.stats.estimators.negative_binomial import (
    fit_negative_binomial,
)
from linksignal.stats.estimators.score_groups import (
    CountSample,
    group_rows,
    known_pairs,
)
from linksignal.stats.estimators.tiers import (
    coefficient_parts,
    knot_tiers,
    log_mean_slope,
    median_tiers,
)
from linksignal.stats.rules import Status
from scipy.stats import t as student

from .samples import CI_LEVEL
from .threshold_samples import biochemists, draw_curve, draw_law


def tiers(scores, counts):
    return median_tiers(known_pairs(scores, counts), CI_LEVEL)


def slope_of(scores, counts, clusters=None):
    return log_mean_slope(
        CountSample(scores, counts, clusters), CI_LEVEL
    ).estimate


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


def test_the_sandwich_agrees_with_statsmodels_on_rows():
    scores, counts = draw_curve(200, 1)
    groups = group_rows(scores)
    design = np.column_stack([np.ones(len(groups.scores)), groups.scores])
    sums = groups.sums(counts)
    fit = fit_negative_binomial(design, groups, sums, fixed_alpha=0.8)
    parts = coefficient_parts(design, groups, CountSample(scores, counts), fit)
    family = sm.families.NegativeBinomial(alpha=0.8)
    rows = sm.add_constant(scores)
    model = sm.GLM(counts, rows, family)
    fitted = model.fit(tol=1e-13)
    means, hat = fitted.mu, fitted.get_hat_matrix_diag(False)
    pulls = (counts - means) / (1 + 0.8 * means) / (1 - hat)
    bread = np.linalg.inv(-model.hessian(fitted.params, scale=1))
    expected = bread @ rows.T @ np.diag(pulls**2) @ rows @ bread
    assert parts.T @ parts == pytest.approx(expected, rel=1e-6)


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
    freedom = np.array([lower.degrees_of_freedom, upper.degrees_of_freedom])
    welch = variances.sum() ** 2 / (variances**2 / freedom).sum()
    assert difference.degrees_of_freedom == pytest.approx(welch)


def spanning(owner_count, seed):
    """Owners of one domain in each tier, 50 points apart.

    What the score does not tell is shared by both: an owner that is much
    mentioned at the upper end of the lower tier is so at that of the upper
    one, and pulls both slopes the same way.
    """
    generator = np.random.default_rng(seed)
    lower = generator.integers(0, 50, owner_count)
    scores = np.concatenate([lower, lower + 50]).astype(np.float64)
    owners = np.tile(np.arange(owner_count), 2)
    shared = generator.normal(0, 0.5, owner_count)[owners]
    means = np.exp(1.5 + shared + 0.01 * scores)
    return scores, generator.poisson(means).astype(np.float64), owners


def joint_parts(sample, cut):
    """What owners add to both tiers' coefficients, in one joint fit.

    A constant and a slope for each tier, rows one by one: the means and
    dispersions are those of the tiers, the information is that of all rows.
    """
    rows, means, alphas = [], [], []
    is_lower = sample.scores <= cut
    design = np.zeros((sample.row_count, 4))
    for first, is_in in ((0, is_lower), (2, ~is_lower)):
        groups = group_rows(sample.scores[is_in])
        columns = np.column_stack([np.ones(len(groups.scores)), groups.scores])
        sums = groups.sums(sample.counts[is_in])
        fit = fit_negative_binomial(columns, groups, sums)
        design[is_in, first] = 1
        design[is_in, first + 1] = sample.scores[is_in]
        rows.append(np.flatnonzero(is_in))
        means.append(fit.means[0][groups.group_of_row])
        alphas.append(np.full(int(is_in.sum()), fit.alpha[0]))
    order = np.argsort(np.concatenate(rows))
    mean, alpha = np.concatenate(means)[order], np.concatenate(alphas)[order]
    shrink = 1 / (1 + alpha * mean)
    residual = (sample.counts - mean) * shrink
    expected = design.T @ (design * (mean * shrink)[:, np.newaxis])
    weight = mean * (1 + alpha * sample.counts) * shrink**2
    bread = np.linalg.inv(design.T @ (design * weight[:, np.newaxis]))
    parts = []
    for owner in range(sample.cluster_count):
        own = sample.clusters == owner
        part = design[own]
        held = part.T @ (part * (mean * shrink)[own, np.newaxis])
        score = part.T @ residual[own]
        left_out = expected @ np.linalg.solve(expected - held, score)
        parts.append(bread @ left_out)
    return np.array(parts)


def test_owners_of_both_tiers_count_together_in_the_difference():
    scores, counts, owners = spanning(120, 3)
    sample = known_pairs(scores, counts, owners)
    found = median_tiers(sample, CI_LEVEL)
    parts = joint_parts(sample, found.cuts[0]) @ [0, -10, 0, 10]
    error = np.sqrt(np.sum(parts**2))
    assert found.difference.standard_error == pytest.approx(error, rel=1e-9)
    errors = [one.standard_error for one in (found.lower, found.upper)]
    # Taken for owners of one domain each, they would seem to tell less.
    assert error < 0.8 * np.hypot(*errors)
    assert found.difference.degrees_of_freedom <= 120 - 2


def test_the_error_with_owners_agrees_with_the_bootstrap_over_owners():
    # 300 resamples: Monte-Carlo error of a standard deviation 4 %, three of
    # them allowed. The plain error would be off by more than a third.
    scores, counts, owners = spanning(300, 5)
    found = median_tiers(
        known_pairs(scores, counts, owners), CI_LEVEL
    ).difference
    generator = np.random.default_rng(6)
    cut = np.median(scores)
    drawn = []
    for _ in range(300):
        chosen = generator.integers(0, 300, 300)
        rows = np.concatenate([chosen, 300 + chosen])
        lower, upper = (
            slope_of(scores[kept], counts[kept]).estimate
            for is_in in (scores[rows] <= cut, scores[rows] > cut)
            for kept in [rows[is_in]]
        )
        drawn.append(upper - lower)
    error = np.std(drawn)
    assert found.standard_error == pytest.approx(error, rel=0.12)


def test_owners_of_one_tier_leave_the_difference_as_it_is():
    scores, counts, _ = spanning(180, 3)
    is_upper = scores > np.median(scores)
    owners = np.empty(360, dtype=np.intp)
    for first, is_in in ((0, ~is_upper), (200, is_upper)):
        owners[is_in] = first + np.arange(is_in.sum()) // 3
    found = median_tiers(known_pairs(scores, counts, owners), CI_LEVEL)
    errors = np.array([found.lower.standard_error, found.upper.standard_error])
    degrees = [found.lower, found.upper]
    freedom = np.array([one.degrees_of_freedom for one in degrees])
    variance = np.sum(errors**2)
    assert found.difference.standard_error == pytest.approx(np.sqrt(variance))
    assert found.difference.degrees_of_freedom == pytest.approx(
        variance**2 / np.sum(errors**4 / freedom)
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
    told = "ll domains up to score 7 have the same value of a signal"
    assert slopes.lower.reason == f"A{told}."
    assert slopes.difference.reason == (
        f"The lower tier has no slope (a{told})."
    )


def test_a_tier_without_a_mention_is_told_as_one():
    scores = np.repeat(np.arange(10.0, 60.0), 4)
    counts = np.random.default_rng(1).poisson(4, 200) * (scores > 34)
    slopes = tiers(scores, counts.astype(float))
    assert slopes.lower.status is Status.CONSTANT_OUTCOME
    assert slopes.lower.reason == "No domain up to score 34.5 is mentioned."
    assert slopes.difference.reason == (
        "The lower tier has no slope (no domain up to score 34.5 is mentioned)."
    )
    turned = tiers(69 - scores, counts.astype(float))
    assert turned.upper.reason == "No domain above score 34.5 is mentioned."
    same = tiers(scores, np.where(scores > 34, counts, 2.0))
    assert same.lower.reason == (
        "All domains up to score 34.5 have the same value of an outcome."
    )


def test_a_slope_without_bound_is_told_of_its_tier():
    scores = np.repeat([10.0, 20, 30, 40, 50, 60], 20)
    counts = np.random.default_rng(1).poisson(4, 120) * (scores != 20)
    counts *= scores != 30
    slopes = tiers(scores, counts.astype(float))
    assert slopes.lower.status is Status.NOT_CONVERGED
    assert slopes.lower.reason == (
        "All mentions are of domains up to score 35 at one end of the scores, "
        "so that the slope has no bound."
    )


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
    found = knot_tiers(sample, np.random.default_rng(1), CI_LEVEL)
    assert found.method == "knot_of_other_half"
    assert found.cuts[0] <= found.cuts[1]
    assert found.cuts[0] == pytest.approx(45, abs=20)
    assert (found.lower.n + found.upper.n, found.difference.n) == (1500, 1500)
    again = knot_tiers(sample, np.random.default_rng(1), CI_LEVEL)
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
        known_pairs(scores, counts, owners),
        np.random.default_rng(1),
        CI_LEVEL,
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
        known_pairs(scores, counts.astype(float)),
        np.random.default_rng(2),
        CI_LEVEL,
    )
    assert found.lower.p_below(-np.log(1.25)) < 0.05
    assert found.lower.p_within(np.log(1.25)) > 0.5
    assert found.upper.p_above(0) < 0.05
