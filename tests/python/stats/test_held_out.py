"""Expected counts and their intervals, against other sources and by drawing."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from linksignal.stats.estimators.held_out import (
    FOLDS,
    _Law,
    expect_counts,
    fewest_rows,
)
from scipy.stats import nbinom

TAIL = 0.05


def folds_of(n, generator):
    return generator.permutation(n) % FOLDS


def drawn(n, seed, mean=2.0, dispersion=1.0, slope=1.0, zeros=0.0):
    """Counts of a negative binomial law, log-linear in the first term.

    A share of them is zero whatever the term.
    """
    generator = np.random.default_rng(seed)
    terms = generator.standard_normal((n, 3))
    means = np.exp(np.log(mean) + slope * terms[:, 0])
    gamma = generator.gamma(1 / dispersion, dispersion, n)
    counts = generator.poisson(means * gamma).astype(np.float64)
    counts[generator.random(n) < zeros] = 0
    return terms, counts, folds_of(n, generator)


def coverage(expected, counts):
    """Share of rows that lie in their interval, of those with more than none.

    And the share that do by construction.
    """
    told = expected.high > 0
    is_held = (expected.low <= counts) & (counts <= expected.high)
    inside = 1 - expected.below - expected.above
    return np.mean(is_held[told]), np.mean(inside[told])


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
    ("n", "law"),
    [
        (600, {"mean": 30.0, "dispersion": 0.5}),
        (600, {"mean": 300.0, "dispersion": 0.2}),
        (600, {"mean": 2.0, "dispersion": 1.0}),
        # Overdispersed: the largest of 600 counts is in the hundreds.
        (600, {"mean": 2.0, "dispersion": 10.0}),
        # Heavy with zeros, by a law of its own or by small means.
        (600, {"mean": 20.0, "zeros": 0.8}),
        (600, {"mean": 0.3, "dispersion": 1.0}),
        (4000, {"mean": 0.05, "dispersion": 5.0, "slope": 2.0}),
        # Small.
        (100, {"mean": 30.0, "dispersion": 0.5}),
        (100, {"mean": 2.0, "dispersion": 4.0}),
        (100, {"mean": 20.0, "zeros": 0.7}),
    ],
)
def test_intervals_hold_90_to_95_percent_of_rows_as_they_say(n, law):
    found, said = np.mean(
        [
            coverage(expect_counts(*study, TAIL), study[1])
            for seed in range(max(6000 // n, 4))
            for study in [drawn(n, seed, **law)]
        ],
        axis=0,
    )
    # Of some 6,000 rows 0.4 % are one standard error.
    assert 0.89 < found < 0.955
    assert -0.012 < found - said < 0.02
    assert said > 0.899


def test_where_counts_are_coarse_an_interval_says_how_many_more_it_holds():
    """Of Poisson counts around a third, up to one are 96 %, and none 72 %."""
    found, said = np.mean(
        [
            coverage(expect_counts(*study, TAIL), study[1])
            for seed in range(10)
            for study in [drawn(600, seed, 0.3, 1e-6)]
        ],
        axis=0,
    )
    assert said > 0.95
    assert found == pytest.approx(said, abs=0.015)


def test_nothing_lies_below_an_interval_from_none_on_and_more_above():
    terms, counts, folds = drawn(1000, 11, 10.0, 0.5, slope=1.5)
    found = expect_counts(terms, counts, folds, TAIL)
    from_none = found.low == 0
    assert 0.1 < from_none.mean() < 0.9
    assert (found.below[from_none] == 0).all()
    assert (found.below[~from_none] > 0).all()
    assert (found.below <= TAIL + 1e-3).all()
    assert (found.below + found.above <= 2 * TAIL + 1e-3).all()
    assert np.median(found.above[from_none & (found.high > 9)]) > 0.085
    assert np.median(found.above[found.low > 5]) < 0.065
    # The high end is the first that leaves out no more than it may.
    assert (found.low <= found.high).all()


def test_rows_of_every_size_have_intervals_that_hold():
    by_size = np.zeros(5)
    for seed in range(10):
        terms, counts, folds = drawn(1000, seed, 3.0, 1.0, slope=1.5)
        found = expect_counts(terms, counts, folds, TAIL)
        is_held = (found.low <= counts) & (counts <= found.high)
        order = np.argsort(found.means)
        by_size += [part.mean() for part in np.array_split(is_held[order], 5)]
    assert ((by_size / 10 > 0.9) & (by_size / 10 < 0.95)).all()


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
    assert 0.89 < is_held.mean() < 0.95
    for part in np.array_split(is_held[np.argsort(size)], 4):
        assert 0.87 < part.mean() < 0.98


def test_how_many_lie_outside_by_construction_is_how_many_do():
    less, more, seen_less, seen_more = np.zeros(4)
    for seed in range(10):
        terms, counts, folds = drawn(1000, seed, 20.0, 0.5)
        found = expect_counts(terms, counts, folds, TAIL)
        less += found.below.sum()
        more += found.above.sum()
        seen_less += np.sum(counts < found.low)
        seen_more += np.sum(counts > found.high)
    assert seen_less == pytest.approx(less, rel=0.15)
    assert seen_more == pytest.approx(more, rel=0.15)
    assert 300 < less < 550 and 450 < more < 700


def test_where_few_have_any_no_count_is_too_low():
    terms, counts, folds = drawn(1000, 7, 0.02)
    found = expect_counts(terms, counts, folds, TAIL)
    assert (found.low == 0).all()
    assert (found.below == 0).all()
    none_usual = found.high == 0
    assert none_usual.mean() > 0.5
    assert np.mean(counts[none_usual] > 0) < 2 * TAIL
    assert np.sum(counts[none_usual] > 0) == pytest.approx(
        found.above[none_usual].sum(), abs=8
    )


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
        assert coverage(found, counts * scale)[0] > 0.85


def test_quantiles_of_a_law_are_those_of_scipy():
    generator = np.random.default_rng(20251001)
    means = np.exp(generator.uniform(-12, 12, 4000))
    dispersions = np.exp(generator.uniform(-10, 4, 4000))
    levels = np.append(generator.uniform(0, 1, 3997), [0.0, 1e-12, 1 - 1e-12])
    found = _Law(means, dispersions).quantiles(levels)

    share = 1 / (1 + dispersions * means)
    wanted = nbinom.ppf(levels, 1 / dispersions, share)
    assert np.array_equal(found, np.maximum(wanted, 0))


def test_the_fewest_rows_can_have_an_upper_end():
    assert fewest_rows(0.05) == 23
    assert fewest_rows(0.1) == 11
    n = fewest_rows(TAIL)
    held = [
        coverage(expect_counts(*study, TAIL), study[1])[0]
        for seed in range(60)
        for study in [drawn(n, seed, 4.0)]
    ]
    assert 0.89 < np.mean(held) < 0.97
