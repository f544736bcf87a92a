from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linksignal.stats.estimators.limits import (
    areas_under_curve,
    ceilings,
    shares_of_ceiling,
)
from linksignal.stats.estimators.rank_correlation import RankScores
from scipy.stats import mannwhitneyu, spearmanr

from .samples import draw_pair, variables


def limits(signal, outcome):
    sides = [RankScores(variables(one)).ascending for one in (signal, outcome)]
    largest, lowest = ceilings(*sides)
    return largest[0, 0], lowest[0, 0]


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_no_order_of_the_values_correlates_beyond_the_limits(seed):
    # Brute force: all 720 orders of six values with ties.
    generator = np.random.default_rng(seed)
    signal, outcome = generator.integers(0, [[5], [3]], (2, 6)) * 1.0
    if np.ptp(signal) == 0 or np.ptp(outcome) == 0:
        return
    found = [
        spearmanr(signal, order).statistic for order in permutations(outcome)
    ]
    largest, lowest = limits(signal, outcome)
    assert largest == pytest.approx(max(found))
    assert lowest == pytest.approx(min(found))


def test_a_few_mentioned_domains_leave_a_low_ceiling():
    # One domain in a hundred is mentioned, and all have the most links.
    signal = np.arange(1000.0)
    outcome = np.where(signal >= 990, 1.0, 0.0)
    largest, _ = limits(signal, outcome)
    assert largest == pytest.approx(spearmanr(signal, outcome).statistic)
    assert largest < 0.18
    shares = shares_of_ceiling(np.array([largest, 0.0]), largest, -0.1)
    assert shares == pytest.approx([1, 0])


def test_a_negative_coefficient_is_a_share_of_the_lowest():
    estimates = np.array([-0.2, 0.2])
    found = shares_of_ceiling(estimates, np.full(2, 0.8), np.full(2, -0.4))
    assert found == pytest.approx([-0.5, 0.25])


@pytest.mark.parametrize("seed", range(4))
def test_the_area_is_the_share_of_pairs_in_the_right_order(seed):
    signal, outcome = draw_pair(np.random.default_rng(seed), 80, 0.6)
    outcome = np.maximum(outcome - 3, 0)
    ranks = variables(signal)[0].ranks[:, np.newaxis]
    found = areas_under_curve(ranks, outcome > 0)[0]
    more, less = signal[outcome > 0], signal[outcome == 0]
    pairs = more[:, np.newaxis] - less
    brute = np.mean((pairs > 0) + (pairs == 0) / 2)
    assert found == pytest.approx(brute)
    statistic = mannwhitneyu(more, less).statistic
    assert found == pytest.approx(statistic / pairs.size)


@pytest.mark.parametrize("is_mentioned", [True, False])
def test_without_mentioned_or_unmentioned_domains_there_is_no_area(
    is_mentioned,
):
    ranks = np.arange(9.0)[:, np.newaxis]
    found = areas_under_curve(ranks, np.full(9, is_mentioned))
    assert np.isnan(found).all()
