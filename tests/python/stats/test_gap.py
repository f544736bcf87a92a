from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linksignal.stats.estimate import Estimate
from linksignal.stats.estimators.gap import (
    HEAVY_TAILS,
    binomial_interval,
    cluster_stretch,
    gap_statistic,
    observed_gap,
    smooth_gap_share,
    tallied_gaps,
)
from linksignal.stats.estimators.score_groups import known_pairs
from linksignal.stats.estimators.smooth_law import (
    fit_sample,
    negative_binomial_law,
    residual_law,
    smooth_terms,
)
from linksignal.stats.estimators.tally_law import (
    draw_statistics,
    draw_tallies,
)
from linksignal.stats.rules import Status
from scipy.stats import binomtest, kendalltau, pearsonr, spearmanr

from .samples import CI_LEVEL
from .threshold_samples import biochemists, draw_curve


def gap_of(scores, counts):
    return observed_gap(known_pairs(scores, counts), CI_LEVEL)


def scipy_gap(scores, counts):
    return (
        spearmanr(scores, counts).statistic - pearsonr(scores, counts).statistic
    )


def test_gap_agrees_with_r():
    # cor(s, y, method = "spearman") - cor(s, y), data of
    # test_negative_binomial.py
    gap = gap_of(*biochemists()).estimate
    assert gap == pytest.approx(0.30233674949 - 0.305861641423, abs=1e-11)


def test_its_error_is_that_of_the_jackknife():
    generator = np.random.default_rng(2)
    scores = generator.integers(0, 60, 400).astype(float)
    counts = generator.poisson(np.exp(scores / 30)).astype(float)
    found = gap_of(scores, counts)
    left_out = [
        scipy_gap(np.delete(scores, row), np.delete(counts, row))
        for row in range(400)
    ]
    error = np.sqrt(399 * np.var(left_out))
    assert found.standard_error == pytest.approx(error, rel=0.02)
    assert (found.p_value < 0.05) == (found.ci_low * found.ci_high > 0)


def test_heavy_tails_leave_a_gap_without_an_error():
    scores, counts = draw_curve(400, 3)
    links = np.exp(scores / 5)
    found = gap_of(links, counts)
    assert found.status is Status.OK
    assert found.estimate == pytest.approx(scipy_gap(links, counts))
    assert np.isnan([found.standard_error, found.p_value]).all()
    assert found.reason == HEAVY_TAILS


def test_tallied_gaps_are_those_of_rows():
    # Counts up to ten have bins of their own; larger ones share them.
    scores, counts = draw_curve(200, 1, rise=0.0)
    counts = np.minimum(counts, 10)
    sample = fit_sample(known_pairs(scores, counts), smooth_terms)
    groups, law = sample.null.groups, negative_binomial_law(sample.null)
    tally = law.tally(groups, counts)
    found = tallied_gaps(groups, groups.scores, tally)
    assert found == pytest.approx([scipy_gap(scores, counts)])


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_bins_of_large_counts_hardly_change_a_gap(seed):
    scores, counts = draw_curve(300, seed, rise=0.08)
    sample = fit_sample(known_pairs(scores, counts), smooth_terms)
    groups, law = sample.null.groups, negative_binomial_law(sample.null)
    found = tallied_gaps(groups, groups.scores, law.tally(groups, counts))
    assert found == pytest.approx([scipy_gap(scores, counts)], abs=2e-3)


def test_draws_spread_as_rows_drawn_one_by_one_do():
    # 2,000 draws each way: means within 5 errors, spreads within 10 %.
    scores, counts = draw_curve(150, 1)
    sample = fit_sample(known_pairs(scores, counts), smooth_terms)
    null, generator = sample.null, np.random.default_rng(1)
    groups, law = null.groups, negative_binomial_law(null)
    (gaps,) = draw_statistics(
        law, groups, generator, 2000, [gap_statistic(groups, groups.scores)]
    )
    means = null.means[groups.group_of_row]
    frailty = generator.gamma(1 / null.alpha, null.alpha, (2000, 150))
    rows = generator.poisson(means * frailty)
    by_row = np.array([scipy_gap(scores, row) for row in rows])
    error = by_row.std() / np.sqrt(1000)
    assert gaps.mean() == pytest.approx(by_row.mean(), abs=5 * error)
    assert gaps.std() == pytest.approx(by_row.std(), rel=0.1)


def test_the_share_counts_draws_and_has_the_exact_interval():
    draws = np.linspace(-1, 1, 201)
    found = smooth_gap_share(300, 0.905, draws, CI_LEVEL)
    expected = binomtest(10, 201).proportion_ci(method="exact")
    assert found.estimate == pytest.approx(10 / 201)
    assert found.ci_low == pytest.approx(expected.low)
    assert found.ci_high == pytest.approx(expected.high)
    assert (found.n, found.ci_method) == (300, "clopper_pearson")
    # Spread out twice as far from their mean, a fourth of them reach it.
    wide = smooth_gap_share(300, 0.905, draws, CI_LEVEL, stretch=2.0)
    assert wide.estimate == pytest.approx(55 / 201)


@pytest.mark.parametrize("reached", [0, 1, 50, 99, 100])
def test_binomial_intervals_agree_with_scipy(reached):
    low, high = binomial_interval(reached, 100, 0.9)
    expected = binomtest(reached, 100).proportion_ci(0.9, method="exact")
    assert (low, high) == pytest.approx((expected.low, expected.high))


def test_like_domains_of_owners_stretch_by_the_root_of_their_number():
    scores, counts = draw_curve(200, 5)
    tripled = known_pairs(
        np.tile(scores, 3), np.tile(counts, 3), np.tile(np.arange(200), 3)
    )
    assert cluster_stretch(tripled) == pytest.approx(np.sqrt(3), rel=0.01)
    assert cluster_stretch(known_pairs(scores, counts)) == 1


def test_sums_of_counts_keep_the_dependence_of_their_residuals():
    generator = np.random.default_rng(7)
    scores = generator.integers(0, 80, 3000).astype(float)
    frailty = generator.gamma(1, 1, 3000)
    means = np.exp(scores / 40) * frailty
    samples = [
        fit_sample(known_pairs(scores, counts.astype(float)), smooth_terms)
        for counts in generator.poisson(means, (2, 3000))
    ]
    counts = [sample.sample.counts for sample in samples]
    assert kendalltau(*counts).statistic > 0.4
    together = residual_law(samples, np.ones(2), generator)
    groups = samples[0].null.groups
    by_group = (together.shares * together.means).sum(axis=1)
    expected = samples[0].null.means + samples[1].null.means
    assert by_group == pytest.approx(expected, rel=0.05)
    total = groups.sizes @ (together.shares * together.squares).sum(axis=1)
    # Independent counts would have less than 0.8 of it.
    assert total == pytest.approx(((counts[0] + counts[1]) ** 2).sum(), rel=0.1)
    draws = next(
        iter(draw_tallies(together, groups, np.random.default_rng(1), 4))
    )
    assert (draws.held.sum(axis=1) == 3000).all()


def test_the_gap_needs_less_than_its_share():
    scores, counts = draw_curve(200, 4)
    counts[np.cumsum(counts > 0) > 20] = 0
    assert gap_of(scores, counts).status is Status.OK
    fitted = fit_sample(known_pairs(scores, counts), smooth_terms)
    assert isinstance(fitted, Estimate)
    assert fitted.status is Status.TOO_FEW


@pytest.mark.parametrize(
    ("row_count", "status"), [(0, Status.NO_OVERLAP), (9, Status.TOO_FEW)]
)
def test_too_little_has_a_status(row_count, status):
    scores, counts = draw_curve(20, 5)
    found = gap_of(scores[:row_count], counts[:row_count])
    assert found.status is status
    assert found.reason
