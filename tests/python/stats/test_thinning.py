"""Thinned correlations, against every thinning there is and many draws."""

from __future__ import annotations

from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest
from linksignal.stats.estimate import influence_errors
from linksignal.stats.estimators.limits import ceilings
from linksignal.stats.estimators.rank_correlation import (
    RankScores,
    rank_correlations,
)
from linksignal.stats.estimators.thinning import (
    Thinned,
    dispersion,
    expected_log_ratio,
    thinned_ceiling,
)
from linksignal.stats.estimators.variables import Variable
from scipy.stats import binom, chi2_contingency, rankdata, spearmanr

SIGNAL = np.array([3.0, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8])
COUNTS = np.array([1.0, 0, 2, 1, 2, 4, 0, 1, 3, 0, 1, 2])


def draw(row_count, seed=1, scale=3.0):
    """A signal, and heavy-tailed counts that go with it."""
    generator = np.random.default_rng(seed)
    signal = np.round(generator.normal(size=row_count), 1)
    mean = scale * np.exp(signal) * generator.gamma(0.7, 1 / 0.7, row_count)
    return signal, generator.poisson(mean).astype(np.float64)


def ranked(values):
    return RankScores([Variable.of(values)])


def thin(signal, counts, rate):
    fixed, thinned = ranked(signal), Thinned.of(counts, rate)
    found = rank_correlations(fixed, thinned)
    return SimpleNamespace(
        correlation=found.estimates[0],
        influence=found.influences[:, 0],
        ceiling=thinned_ceiling(fixed, thinned),
    )


def test_nothing_thinned_is_spearmans_correlation():
    signal, counts = draw(200)
    found = thin(signal, counts, 1.0)
    sides = ranked(signal), ranked(counts)
    plain = rank_correlations(*sides)
    largest, _ = ceilings(*(side.ascending for side in sides))
    oracle = spearmanr(signal, counts).statistic
    assert found.correlation == pytest.approx(oracle, abs=1e-14)
    assert found.influence == pytest.approx(plain.influences[:, 0], abs=1e-12)
    assert found.ceiling == pytest.approx(largest[0, 0])


def test_every_thinned_value_counts_by_its_probability():
    # At rate 1/2 a count c of at most 4 gives y in C(c, y) 2^(4 - c) of 16
    # copies: a sample that scipy ranks.
    rows, values = [], []
    for row, count in enumerate(COUNTS.astype(int)):
        for kept in product((0, 1), repeat=4):
            rows.append(row)
            values.append(sum(kept[:count]))
    expected = spearmanr(SIGNAL[rows], values).statistic
    ordered = spearmanr(np.sort(SIGNAL[rows]), np.sort(values)).statistic
    found = thin(SIGNAL, COUNTS, 0.5)
    assert found.correlation == pytest.approx(expected, abs=1e-14)
    assert found.ceiling == pytest.approx(ordered, abs=1e-14)


def test_expected_ranks_are_means_over_all_thinnings():
    counts, rate = np.array([0, 1, 2, 1, 3]), 0.3
    owner = np.repeat(np.arange(5), counts)
    mean = np.zeros(5)
    for kept in product((0, 1), repeat=len(owner)):
        share = np.prod([rate if one else 1 - rate for one in kept])
        thinned = np.bincount(owner, kept, minlength=5)
        mean += share * ((rankdata(thinned) - 0.5) / 5 - 0.5)
    found = Thinned.of(counts.astype(np.float64), rate)
    scores = np.cumsum(found.law) - found.law / 2 - 0.5
    length = np.sqrt(found.law @ scores**2)
    assert found.values[:, 0] * length == pytest.approx(mean, abs=1e-14)


@pytest.mark.parametrize("rate", [0.5, 0.1, 0.02])
def test_many_thinnings_agree_on_it(rate):
    # Apart by terms of 1/n: a tenth of a standard error is nothing.
    signal, counts = draw(400)
    generator = np.random.default_rng(2)
    drawn = [
        spearmanr(signal, generator.binomial(counts.astype(int), rate))[0]
        for _ in range(400)
    ]
    found = thin(signal, counts, rate)
    error = influence_errors(found.influence[:, np.newaxis])[0][0]
    reach = 3 * np.std(drawn) / np.sqrt(len(drawn)) + error / 10
    assert found.correlation == pytest.approx(np.mean(drawn), abs=reach)


@pytest.mark.parametrize("rate", [0.9, 0.3, 0.05])
def test_ranges_of_large_counts_are_as_good_as_every_value(rate):
    generator = np.random.default_rng(3)
    counts = np.floor(np.exp(generator.normal(5, 1.5, 150)))
    signal = np.log1p(counts) + generator.normal(0, 1, 150)
    values = np.arange(counts.max() + 1)
    law = binom.pmf(values[np.newaxis], counts[:, np.newaxis], rate)
    total = law.mean(axis=0)
    scores = np.cumsum(total) - total / 2 - 0.5
    ranks = (rankdata(signal) - 0.5) / 150 - 0.5
    product_ = np.mean(ranks * (law @ scores))
    length = np.sqrt(np.mean(ranks**2) * (total @ scores**2))
    found = thin(signal, counts, rate)
    assert found.correlation == pytest.approx(product_ / length, abs=2e-5)


@pytest.mark.parametrize("rate", [1.0, 0.2])
def test_error_agrees_with_the_jackknife(rate):
    signal, counts = draw(150, seed=4)
    left_out = [
        thin(np.delete(signal, row), np.delete(counts, row), rate).correlation
        for row in range(150)
    ]
    expected = np.sqrt(149 * np.var(left_out))
    influence = thin(signal, counts, rate).influence
    assert abs(influence.mean()) < 1e-12
    error = influence_errors(influence[:, np.newaxis])[0][0]
    assert error == pytest.approx(expected, rel=0.03)


@pytest.mark.parametrize("rate", [1 - 1e-9, 0.999, 0.5, 1e-3, 1e-9])
def test_the_work_is_bounded_for_any_count(rate):
    counts = np.append(np.arange(50.0), np.geomspace(50, 1e12, 300) // 1)
    thinned = Thinned.of(counts, rate)
    assert thinned.chances.nnz < 200 * len(counts)
    assert thinned.chances.shape[1] < 300_000
    sums = thinned.chances.sum(axis=1)
    assert sums == pytest.approx(np.ones(len(counts)))
    assert thinned.expected_scores == pytest.approx(
        np.sort(thinned.expected_scores), abs=1e-6
    )


@pytest.mark.parametrize("share", [0.03, 0.3, 0.97])
def test_the_expected_log_ratio_is_the_binomial_mean(share):
    totals = np.array([0.0, 1, 2, 5, 17, 60, 200, 900, 1600, 5000])
    expected = []
    for total in totals.astype(int):
        kept = np.arange(total + 1)
        ratio = np.log((kept + 0.5) / (total - kept + 0.5))
        expected.append(binom.pmf(kept, total, share) @ ratio)
    found = expected_log_ratio(totals, share)
    assert found == pytest.approx(np.array(expected), abs=2e-4)


def test_the_dispersion_of_a_share_is_pearsons_chi_square():
    totals = np.array([10.0, 25, 40, 0, 8])
    counts = np.array([2.0, 9, 11, 0, 0])
    table = np.array([counts, totals - counts])[:, totals > 0]
    chi_square = chi2_contingency(table, correction=False).statistic
    assert dispersion(counts, totals) == pytest.approx(chi_square / 4)
    assert np.isnan(dispersion(np.zeros(3), np.ones(3)))
