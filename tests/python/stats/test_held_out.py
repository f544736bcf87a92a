"""Expected counts and their intervals, against other sources and by drawing."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from linksignal.stats.estimators.held_out import (
    FOLDS,
    expect_counts,
    fewest_rows,
)

TAIL = 0.05


def folds_of(n, generator):
    return generator.permutation(n) % FOLDS


def drawn(n, seed, mean=2.0, dispersion=1.0, slope=1.0):
    """Counts of a negative binomial law, log-linear in the first term."""
    generator = np.random.default_rng(seed)
    terms = generator.standard_normal((n, 3))
    means = np.exp(np.log(mean) + slope * terms[:, 0])
    gamma = generator.gamma(1 / dispersion, dispersion, n)
    counts = generator.poisson(means * gamma).astype(np.float64)
    return terms, counts, folds_of(n, generator)


def coverage(expected, counts):
    return np.mean((expected.low <= counts) & (counts <= expected.high))


def test_means_are_those_of_statsmodels_fitted_to_the_other_folds():
    terms, counts, folds = drawn(400, 1)
    found = expect_counts(terms, counts, folds, TAIL)
    for fold in range(FOLDS):
        mine = folds == fold
        fit = sm.GLM(
            counts[~mine],
            sm.add_constant(terms[~mine]),
            family=sm.families.Poisson(),
        ).fit(tol=1e-12)
        others = terms[~mine]
        within = np.clip(terms[mine], others.min(axis=0), others.max(axis=0))
        means = fit.predict(sm.add_constant(within, has_constant="add"))
        assert found.means[mine] == pytest.approx(means, rel=1e-6)


def test_a_row_is_no_part_of_what_is_expected_of_it_or_of_its_fold():
    terms, counts, folds = drawn(300, 2)
    before = expect_counts(terms, counts, folds, TAIL)
    giant = int(np.argmax(terms[:, 0]))
    changed = counts.copy()
    changed[giant] = 10_000
    after = expect_counts(terms, changed, folds, TAIL)
    mates = folds == folds[giant]
    assert after.means[mates] == pytest.approx(before.means[mates], rel=1e-6)
    assert after.means[~mates].mean() > 2 * before.means[~mates].mean()


def test_the_order_of_rows_and_the_units_of_terms_are_of_no_account():
    terms, counts, folds = drawn(300, 3)
    found = expect_counts(terms, counts, folds, TAIL)
    order = np.random.default_rng(0).permutation(len(counts))
    other = expect_counts(
        terms[order] * [1000, 1, 0.01] + [5, 0, -3],
        counts[order],
        folds[order],
        TAIL,
    )
    assert other.means == pytest.approx(found.means[order], rel=1e-6)
    assert np.mean(other.high == found.high[order]) > 0.99
    assert np.mean(other.low == found.low[order]) > 0.99


@pytest.mark.parametrize(
    ("mean", "dispersion", "most"),
    [
        # Three of four counts are zero: nothing lies below, and the ends
        # are coarse.
        (0.3, 1.0, 0.97),
        (2.0, 1.0, 0.955),
        (2.0, 3.0, 0.96),
        (30.0, 0.5, 0.955),
        (300.0, 0.2, 0.955),
    ],
)
def test_intervals_hold_some_90_to_95_percent_of_rows(mean, dispersion, most):
    found = [
        coverage(expect_counts(*study, TAIL), study[1])
        for seed in range(10)
        for study in [drawn(600, seed, mean, dispersion)]
    ]
    assert 0.9 < np.mean(found) < most


def test_rows_of_every_size_have_intervals_that_hold():
    by_size = np.zeros(5)
    for seed in range(10):
        terms, counts, folds = drawn(1000, seed, 3.0, 1.0, slope=1.5)
        found = expect_counts(terms, counts, folds, TAIL)
        is_held = (found.low <= counts) & (counts <= found.high)
        order = np.argsort(found.means)
        by_size += [part.mean() for part in np.array_split(is_held[order], 5)]
    assert by_size / 10 == pytest.approx(0.93, abs=0.035)


def test_intervals_hold_where_counts_follow_another_law():
    """Mostly zeros, a curve that bends, and tails of a power law."""
    generator = np.random.default_rng(5)
    n = 4000
    size = generator.standard_normal(n)
    means = np.exp(3 * np.maximum(size, 0)) * generator.pareto(1.5, n)
    counts = np.where(
        generator.random(n) < 0.4, 0, generator.poisson(means)
    ).astype(np.float64)
    terms = np.column_stack([size, generator.standard_normal(n)])
    found = expect_counts(terms, counts, folds_of(n, generator), TAIL)
    is_held = (found.low <= counts) & (counts <= found.high)
    assert 0.89 < is_held.mean() < 0.965
    for part in np.array_split(is_held[np.argsort(size)], 4):
        assert 0.87 < part.mean() < 0.98


def test_how_many_lie_outside_by_construction_is_how_many_do():
    less, more, seen_less, seen_more = np.zeros(4)
    for seed in range(10):
        terms, counts, folds = drawn(1000, seed, 20.0, 0.5)
        found = expect_counts(terms, counts, folds, TAIL)
        less, more = less + found.below, more + found.above
        seen_less += np.sum(counts < found.low)
        seen_more += np.sum(counts > found.high)
    assert seen_less == pytest.approx(less, rel=0.15)
    assert seen_more == pytest.approx(more, rel=0.15)
    assert 300 < less < 550 and 300 < more < 550


def test_where_few_have_any_no_count_is_too_low():
    terms, counts, folds = drawn(1000, 7, 0.02)
    found = expect_counts(terms, counts, folds, TAIL)
    assert (found.low == 0).all()
    assert found.below == 0
    # An interval that holds none alone cannot hold fewer than these.
    assert coverage(found, counts) >= 1 - np.mean(counts > 0)


def test_a_term_is_asked_for_by_ten_counts_off_zero():
    terms, counts, folds = drawn(500, 8, 5.0)
    few = np.where(np.cumsum(counts > 0) <= 15, counts, 0.0)
    found = expect_counts(terms, few, folds, TAIL)
    alone = expect_counts(terms[:, :1], few, folds, TAIL)
    assert found.means == pytest.approx(alone.means)


@pytest.mark.filterwarnings("error")
def test_terms_that_say_nothing_or_part_the_zeros_do_no_harm():
    terms, counts, folds = drawn(300, 9)
    odd = np.column_stack(
        [terms[:, 0], terms[:, 0] * 3 + 1, np.full(300, 7.0), counts > 0]
    )
    found = expect_counts(odd, counts, folds, TAIL)
    assert np.isfinite(found.means).all()
    assert (found.low <= found.high).all()
    assert expect_counts(odd[:, 2:3], counts, folds, TAIL) is None


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("scale", [1, 10**6, 10**12])
def test_one_giant_and_huge_counts_have_finite_ends(scale):
    terms, counts, folds = drawn(200, 10)
    counts[3] = 10**5
    terms[3] = 12
    found = expect_counts(terms, counts * scale, folds, TAIL)
    for values in (found.means, found.low, found.high):
        assert np.isfinite(values).all()
    if scale <= 10**6:
        assert coverage(found, counts * scale) > 0.85


def test_the_fewest_rows_can_have_an_upper_end():
    assert fewest_rows(0.05) == 23
    assert fewest_rows(0.1) == 11
    n = fewest_rows(TAIL)
    held = [
        coverage(expect_counts(*study, TAIL), study[1])
        for seed in range(60)
        for study in [drawn(n, seed, 4.0)]
    ]
    assert 0.89 < np.mean(held) < 0.97
