"""Shares of the rank R squared: against brute force and by their axioms."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from linksignal.stats.estimators import importance as module
from linksignal.stats.estimators.importance import (
    importance,
    shapley_shares,
    turning_reliability,
)
from linksignal.stats.ranks import tie_groups
from scipy.stats import rankdata

GROUPS = [0, 0, 1, 2, 3]


def variables(n=300, seed=1):
    generator = np.random.default_rng(seed)
    columns = generator.normal(size=(n, 5))
    columns[:, 1] += columns[:, 0]
    columns[:, 3] = np.round(columns[:, 3] + columns[:, 1])
    means = np.exp([0.5 * columns[:, 0] + 0.3 * columns[:, 2], columns[:, 3]])
    return columns.T, generator.poisson(means).astype(float)


def divided(columns, outcomes, groups=GROUPS, clusters=None, draws=2):
    return importance(
        [tie_groups(one) for one in columns],
        [tie_groups(one) for one in outcomes],
        groups,
        clusters=clusters,
        generator=np.random.default_rng(7),
        draw_count=draws,
    )


def r_squared(columns, outcome):
    design = np.column_stack([np.ones(len(outcome)), *columns])
    fitted = design @ np.linalg.lstsq(design, outcome, rcond=None)[0]
    return fitted.var() / outcome.var()


def test_shares_are_those_of_all_orders():
    columns, outcomes = variables()
    ranks = [rankdata(one) for one in columns]
    found = divided(columns, outcomes)
    for place, outcome in enumerate(map(rankdata, outcomes)):
        expected = np.zeros(4)
        for order in permutations(range(4)):
            taken: list[np.ndarray] = []
            for group in order:
                before = r_squared(taken, outcome)
                taken += [ranks[at] for at in range(5) if GROUPS[at] == group]
                expected[group] += (r_squared(taken, outcome) - before) / 24
        assert found.shares[place] == pytest.approx(expected, abs=1e-12)
        assert found.r_squared[place] == pytest.approx(
            r_squared(ranks, outcome)
        )


def test_shares_add_up_to_r_squared():
    found = divided(*variables(), draws=50)
    assert found.shares.sum(axis=1) == pytest.approx(found.r_squared, abs=1e-12)


def test_recoding_a_signal_by_a_monotone_rule_changes_nothing():
    columns, outcomes = variables()
    recoded = [np.exp(columns[0]), *columns[1:4], columns[4] ** 3]
    one, other = divided(columns, outcomes), divided(recoded, outcomes)
    assert (one.shares == other.shares).all()
    assert (one.drawn == other.drawn).all()


def test_recoding_within_a_group_changes_no_share():
    generator = np.random.default_rng(3)
    raw = generator.normal(size=(7, 200))
    raw[1] += raw[0]
    raw[5:] += raw[0] + raw[2]
    mixed = raw.copy()
    mixed[0], mixed[1] = raw[0] + raw[1], raw[0] - 3 * raw[1]
    shares = [
        shapley_shares(np.corrcoef(one)[np.newaxis, :5], GROUPS)[0]
        for one in (raw, mixed)
    ]
    assert shares[0] == pytest.approx(shares[1], abs=1e-12)


def test_a_group_that_follows_from_others_adds_nothing_to_the_whole():
    columns, outcomes = variables()
    ranks = np.array([rankdata(one) for one in (*columns, *outcomes)])
    twice = ranks[[0, 1, 2, 3, 4, 0, 5, 6]]
    matrix = np.corrcoef(twice)[np.newaxis, :6]
    shares, whole = shapley_shares(matrix, [*GROUPS, 4])
    assert np.isfinite(shares).all()
    assert shares.sum(axis=2) == pytest.approx(whole, abs=1e-9)
    expected = divided(columns, outcomes).r_squared
    assert whole[0] == pytest.approx(expected, abs=1e-9)


def test_a_resample_is_ranked_anew():
    columns, outcomes = variables()
    chosen = np.random.default_rng(3).integers(300, size=300)
    weights = np.bincount(chosen, minlength=300).astype(float)
    both = [*columns, *outcomes]
    grouped = module._Grouped.of([tie_groups(one) for one in both])
    found = module._correlations(grouped.ranks(weights), weights, 5)
    expected = np.corrcoef([rankdata(one[chosen]) for one in both])
    assert found == pytest.approx(expected[:5], abs=1e-12)


def test_owners_are_drawn_as_a_whole():
    columns, outcomes = variables(60)
    copies = [np.repeat(one, 5) for one in columns]
    repeated = [np.repeat(one, 5) for one in outcomes]
    owners = np.repeat(np.arange(60), 5)
    one = divided(columns, outcomes, draws=20)
    many = divided(copies, repeated, clusters=owners, draws=20)
    assert many.shares == pytest.approx(one.shares)
    assert many.drawn == pytest.approx(one.drawn)
    assert many.p_values == pytest.approx(one.p_values)


def test_of_two_signals_the_order_turns_where_their_squares_say():
    matrix = np.array([[1, 0.6, 0.5], [0.6, 1, 0.4]])
    found = turning_reliability(matrix, [0, 1], 1, 0)
    assert found == pytest.approx((0.4 / 0.5) ** 2, abs=1e-6)


def test_corrected_for_the_turning_reliability_both_shares_are_equal():
    columns, outcomes = variables()
    found = divided(columns[[0, 2, 3]], outcomes[:1], [0, 1, 2])
    matrix = found.correlations
    least = turning_reliability(matrix, [0, 1, 2], 1, 0)
    assert 0 < least < 1
    matrix = matrix.copy()
    matrix[1] /= np.sqrt(least)
    matrix[:, 1] /= np.sqrt(least)
    matrix[1, 1] = 1
    shares = shapley_shares(matrix[np.newaxis], [0, 1, 2])[0][0, 0]
    assert shares[0] == pytest.approx(shares[1], abs=1e-6)


def test_a_signal_that_tells_nothing_never_turns_the_order():
    matrix = np.array([[1, 0.1, 0.9], [0.1, 1, 0.0]])
    assert np.isnan(turning_reliability(matrix, [0, 1], 1, 0))


def test_a_share_that_is_none_has_an_interval_from_zero():
    generator = np.random.default_rng(5)
    columns = generator.normal(size=(3, 400))
    outcome = columns[0] + generator.normal(size=400)
    found = divided(columns, [outcome], [0, 1, 2], draws=100)
    low, high = found.intervals(0.95)
    assert low[0, 0] > 0.3
    assert (low[0, 1:] == 0).all()
    assert (found.shares <= high).all()
    assert found.ranks[0, 0] == found.probabilities_first[0, 0] == 1
    ends = found.rank_ranges(0.95)
    assert [ends[0][0, 0], ends[1][0, 0]] == [1, 1]
    assert [ends[0][0, 1], ends[1][0, 1]] == [2, 3]
