from __future__ import annotations

import warnings

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from linksignal.stats.estimators.negative_binomial import (
    fit_negative_binomial,
    log_likelihoods,
    observed_values,
)
from linksignal.stats.estimators.score_groups import (
    MAX_GROUPS,
    GroupSums,
    group_bins,
    group_rows,
)
from linksignal.stats.estimators.smooth_law import fit_null, smooth_terms
from scipy.stats import nbinom

from .threshold_samples import biochemists, draw_curve


def terms(scores):
    return np.column_stack(
        [np.ones(len(scores)), scores, np.log1p(scores), scores**2]
    )


def smooth_fit(scores, counts):
    groups = group_rows(scores)
    return fit_null(groups, groups.sums(counts), smooth_terms)


def test_groups_hold_the_sums_of_the_rows():
    scores = np.array([3.0, 1, 3, 2, 1, 3])
    counts = np.array([5.0, 0, 1, 7, 2, 1])
    groups = group_rows(scores)
    sums = groups.sums(counts)
    assert groups.scores.tolist() == [1, 2, 3]
    assert groups.sizes.tolist() == [2, 1, 3]
    assert sums.totals.tolist() == [[2, 7, 7]]
    assert sums.squares.tolist() == [[4, 49, 27]]


def test_weights_are_numbers_where_the_square_of_a_mean_is_none():
    groups = group_rows(np.array([1.0, 2]))
    sums = groups.sums(np.array([3.0, 1e6]))
    alpha, means = np.array([1e6]), np.array([[1e160, 1e-3]])
    with np.errstate(all="raise", under="ignore"):
        _, weights = observed_values(alpha, means, groups, sums)
    sizes = 1 + 1e6 * np.array([3.0, 1e6])
    expected = [sizes[0] / 1e172, 1e-3 * sizes[1] / 1001.0**2]
    assert weights[0] == pytest.approx(expected, rel=1e-12, abs=0)


def test_moment_fit_agrees_with_r():
    # library(MASS); data(bioChemists, package = "pscl")
    # s <- bioChemists$ment; y <- bioChemists$art
    # f <- y ~ s + log1p(s) + I(s^2); m <- glm(f, poisson)
    # for (i in 1:200) {
    #   th <- theta.mm(y, fitted(m), df.residual(m), limit = 200,
    #                  eps = 1e-14)
    #   m <- glm(f, negative.binomial(th),
    #            control = list(epsilon = 1e-14, maxit = 100)) }
    # 1 / th; fitted(m)[match(c(0, 7, 20, 77), s)]
    null = smooth_fit(*biochemists())
    at = np.searchsorted(null.groups.scores, [0, 7, 20, 77])
    assert null.is_converged
    assert null.alpha == pytest.approx(0.512775329775, abs=1e-8)
    expected = [0.925501006021, 1.63318537338, 2.57517068478, 2.66027169834]
    assert null.means[at] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("alpha", [0.0, 0.3, 5.0])
def test_fit_at_fixed_alpha_agrees_with_statsmodels_on_rows(alpha):
    scores, counts = draw_curve(300, 1)
    groups = group_rows(scores)
    fit = fit_negative_binomial(
        smooth_terms(groups),
        groups,
        groups.sums(counts),
        fixed_alpha=alpha,
    )
    family = (
        sm.families.NegativeBinomial(alpha=alpha)
        if alpha
        else sm.families.Poisson()
    )
    expected = sm.GLM(counts, terms(scores), family).fit(tol=1e-13)
    means = fit.means[0][np.searchsorted(groups.scores, scores)]
    assert fit.is_converged.all()
    assert means == pytest.approx(expected.fittedvalues, rel=1e-6)


def test_moment_alpha_sets_pearsons_chi_square_to_its_freedom():
    scores, counts = draw_curve(500, 2)
    null = smooth_fit(scores, counts)
    means = null.means[np.searchsorted(null.groups.scores, scores)]
    pearson = (counts - means) ** 2 / (means + null.alpha * means**2)
    assert pearson.sum() == pytest.approx(500 - 4, rel=1e-7)


def test_counts_less_spread_than_poisson_have_alpha_zero():
    scores = np.tile(np.arange(20.0), 10)
    counts = np.round(1 + scores / 4)
    assert smooth_fit(scores, counts).alpha == 0


def test_sets_fitted_together_are_fitted_as_if_alone():
    scores, _ = draw_curve(200, 3)
    sets = np.vstack([draw_curve(200, seed)[1] for seed in range(4)])
    groups = group_rows(scores)
    each = [groups.sums(row) for row in sets]
    sums = GroupSums(
        np.vstack([one.totals for one in each]),
        np.vstack([one.squares for one in each]),
    )
    design = smooth_terms(groups)
    together = fit_negative_binomial(design, groups, sums)
    for at in range(4):
        alone = fit_negative_binomial(design, groups, sums.take(np.array([at])))
        assert together.means[at] == pytest.approx(alone.means[0], rel=1e-9)
        assert together.alpha[at] == pytest.approx(alone.alpha[0], rel=1e-9)


def test_a_set_of_zeros_has_no_fit_and_harms_no_other():
    scores, counts = draw_curve(100, 4)
    groups = group_rows(scores)
    one = groups.sums(counts)
    both = GroupSums(
        np.vstack([0 * one.totals, one.totals]),
        np.vstack([0 * one.squares, one.squares]),
    )
    fit = fit_negative_binomial(smooth_terms(groups), groups, both)
    assert np.isnan(fit.means[0]).all()
    assert fit.is_converged.tolist() == [False, True]


def test_a_mean_that_runs_off_to_zero_ends_where_nothing_is_to_gain():
    scores = np.repeat(np.arange(20.0), 10)
    counts = np.where(scores >= 18, 5.0, 0.0)
    counts[-10:] += np.arange(10)
    groups = group_rows(scores)
    fit = fit_negative_binomial(
        smooth_terms(groups), groups, groups.sums(counts)
    )
    assert fit.is_converged[0]
    assert np.isfinite(fit.means).all()
    assert fit.means[0, 0] < 1e-6
    total = groups.sizes @ fit.means[0]
    assert total == pytest.approx(counts.sum(), rel=0.05)


@given(seed=st.integers(0, 2**32 - 1), row_count=st.integers(30, 200))
@settings(max_examples=30, deadline=None)
def test_the_fit_solves_the_score_equations(seed, row_count):
    scores, counts = draw_curve(row_count, seed, alpha=0.5)
    if len(np.unique(scores)) < 10:
        return
    null = smooth_fit(scores, counts)
    if not null.is_converged:
        return
    means = null.means[np.searchsorted(null.groups.scores, scores)]
    residuals = (counts - means) / (1 + null.alpha * means)
    standard = terms(scores) / np.abs(terms(scores)).max(axis=0)
    assert residuals @ standard == pytest.approx(0, abs=1e-4)


def test_smooth_terms_span_the_documented_ones():
    scores, _ = draw_curve(300, 5)
    groups = group_rows(scores)
    design = smooth_terms(groups)
    shares = groups.sizes[:, np.newaxis] / 300
    assert design.T @ (shares * design) == pytest.approx(np.eye(4), abs=1e-10)
    _, left, rank, _ = np.linalg.lstsq(design, terms(groups.scores))
    assert rank == 4
    assert left / (terms(groups.scores) ** 2).sum(axis=0) == pytest.approx(
        0, abs=1e-20
    )


@pytest.mark.parametrize("scores", [1e6 + np.arange(12), np.arange(12) / 1e9])
def test_terms_that_rounding_cannot_tell_apart_are_left_out(scores):
    groups = group_rows(scores)
    design = smooth_terms(groups)
    assert design.shape[1] < 4
    assert np.linalg.matrix_rank(design) == design.shape[1]


@pytest.mark.parametrize("alpha", [0.0, 0.7])
def test_likelihoods_differ_as_those_of_scipy(alpha):
    scores, counts = draw_curve(100, 6)
    groups = group_rows(scores)
    sums = groups.sums(counts)
    logs = np.outer([0.5, 0.9], np.ones(len(groups.scores)))
    ours = log_likelihoods(np.full(2, alpha), logs, groups, sums)
    # scipy has no Poisson limit of its own in nbinom: size 1e9 is near.
    size = 1 / alpha if alpha else 1e9
    theirs = [
        nbinom.logpmf(counts, size, size / (size + np.exp(level))).sum()
        for level in (0.5, 0.9)
    ]
    assert np.diff(ours) == pytest.approx(np.diff(theirs), abs=1e-3)


def test_sums_can_be_taken_apart():
    sums = GroupSums(np.arange(6.0).reshape(3, 2), np.ones((3, 2)))
    assert sums.take(np.array([2])).totals.tolist() == [[4, 5]]


def test_very_many_scores_are_grouped_into_bins_at_their_means():
    scores = np.random.default_rng(1).gamma(2, 10, 3000)
    groups = group_bins(scores)
    assert len(groups.scores) <= MAX_GROUPS
    assert (
        np.ptp(scores) / MAX_GROUPS
        >= np.abs(groups.scores[groups.group_of_row] - scores).max()
    )
    assert groups.total(scores) == pytest.approx(groups.scores * groups.sizes)
    few = np.round(scores)
    assert group_bins(few).scores.tolist() == np.unique(few).tolist()


@pytest.mark.parametrize("step", [2, 7])
@pytest.mark.parametrize("largest", [1e9, 1e12, 1e15])
@pytest.mark.parametrize("few", [2, 5])
def test_iterates_that_overflow_warn_nobody(step, largest, few):
    """They are on the way to a fit, or to none, and told as such."""
    scores = np.arange(0.0, 100.0, step)
    small = np.arange(len(scores)) % few
    for last in (10, 20, 40):
        counts = np.where(scores < last, largest, small)
        groups = group_rows(scores)
        sums = groups.sums(counts)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            fit = fit_negative_binomial(smooth_terms(groups), groups, sums)
        assert not fit.is_converged[0] or (
            np.isfinite(fit.coefficients).all() and np.isfinite(fit.means).all()
        )
