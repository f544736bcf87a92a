from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from calibration.pairs import rank_columns
from hypothesis import given, settings
from hypothesis import strategies as st
from linksignal.stats.estimators.permutation import (
    cyclic_p_values,
    drawn_p_values,
    family_wise,
    null_draws,
)
from linksignal.stats.scores import unit_scores
from scipy.stats import norm, pearsonr, permutation_test, spearmanr
from scipy.stats import t as student

from .samples import column, draw_pair


def scores(*columns):
    values = np.column_stack(columns)
    return unit_scores(values) * np.sqrt(len(values))


def drawn(signal, outcome, count, seed=1):
    none = np.empty((len(signal), 0))
    generator = np.random.default_rng(seed)
    left, right = scores(signal), scores(outcome)
    return drawn_p_values(left, right, none, generator, count)[0, 0]


def cyclic(signal, outcome, count, seed=1):
    generator = np.random.default_rng(seed)
    found = cyclic_p_values(scores(signal), scores(outcome), generator, count)
    return found[0, 0]


def test_p_value_agrees_with_the_exact_test_of_r():
    # h <- c(2.1, 4.7, 1.3, 8.8, 9.1, 3.2, 7.7, 5.0, 6.4)
    # m <- c(1, 3, 2, 6, 9, 8, 4, 5, 7)
    # cor.test(h, m, method = "spearman", exact = TRUE)
    # rho 0.65, p-value 0.0665619488536
    signal = np.array([2.1, 4.7, 1.3, 8.8, 9.1, 3.2, 7.7, 5.0, 6.4])
    outcome = np.array([1.0, 3, 2, 6, 9, 8, 4, 5, 7])
    ranks = [rank_columns(column(v))[:, 0] for v in (signal, outcome)]
    # Five Monte-Carlo errors, sqrt(p (1 - p) / 100,000) = .0008 each.
    assert drawn(*ranks, 100_000) == pytest.approx(0.0665619488536, abs=0.004)


def test_ties_in_another_order_of_summation_count():
    # Of 6! orders exactly 2 give |r| = 1; rounding must lose none of them.
    values = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    found = drawn(values, values, 50_000)
    assert found == pytest.approx(2 / 720, abs=5 * np.sqrt(2 / 720 / 50_000))


@pytest.mark.parametrize("test", [drawn, cyclic])
def test_p_value_agrees_with_scipy(test):
    signal, outcome = draw_pair(np.random.default_rng(21), 40, 0.3)
    expected = permutation_test(
        (signal,),
        lambda x, axis: abs(pearsonr(x, outcome, axis=axis).statistic),
        permutation_type="pairings",
        alternative="greater",
        vectorized=True,
        n_resamples=4000,
        rng=np.random.default_rng(2),
    ).pvalue
    # Five Monte-Carlo errors of 4,000 permutations at p = .05, .0035 each.
    assert test(signal, outcome, 20_000) == pytest.approx(expected, abs=0.018)


def test_cyclic_shifts_are_those_of_a_loop():
    signal, outcome = draw_pair(np.random.default_rng(5), 31, 0.3)
    order = np.random.default_rng(1).permutation(31)
    left, right = signal[order], outcome[order]
    shifted = [
        abs(pearsonr(left, np.roll(right, shift)).statistic)
        for shift in range(31)
    ]
    reached = np.sum(np.array(shifted) >= shifted[0] - 1e-10)
    assert cyclic(signal, outcome, 31) == pytest.approx(reached / 31)


def test_cyclic_p_values_keep_their_level_under_heavy_tails():
    # 1,500 draws at n = 60, one group of 60 shifts: p <= .05 in exactly
    # 3 / 60 for continuous data; Monte-Carlo error .0056, bound 3.5 of it.
    generator = np.random.default_rng(9)
    found = []
    for _ in range(1500):
        pair = np.exp(2 * generator.normal(size=(2, 60)))
        test = cyclic_p_values(scores(pair[0]), scores(pair[1]), generator, 60)
        found.append(test[0, 0])
    assert np.mean(np.array(found) <= 0.05) == pytest.approx(0.05, abs=0.02)


def test_shifts_of_several_multipliers_are_those_of_a_loop():
    # All six multipliers of 7 rows: the whole group of 42 permutations.
    signal, outcome = draw_pair(np.random.default_rng(6), 7, 0.3)
    order = np.random.default_rng(1).permutation(7)
    moved = [
        (multiplier * np.arange(7) + shift) % 7
        for multiplier in range(1, 7)
        for shift in range(7)
    ]
    assert len({tuple(one) for one in moved}) == 42
    found = [
        abs(pearsonr(signal[order], outcome[order[one]]).statistic)
        for one in moved
    ]
    reached = np.sum(np.array(found) >= found[0] - 1e-10)
    assert cyclic(signal, outcome, 42) == pytest.approx(reached / 42)


@pytest.mark.parametrize(("row_count", "count"), [(30, 239), (30, 500)])
def test_where_one_row_decides_a_test_at_one_per_cent_errs_as_often(
    row_count, count
):
    # 2,500 draws at 1 %: Monte-Carlo error .0020, bound 3.5 of it; by shifts
    # in several random orders .022. With 500 permutations there are not
    # enough multipliers of 30 rows, and they are drawn.
    generator = np.random.default_rng(9)
    found = []
    for _ in range(2500):
        pair = np.exp(2 * generator.normal(size=(2, row_count)))
        test = cyclic_p_values(
            scores(pair[0]), scores(pair[1]), generator, count
        )
        found.append(test[0, 0])
    assert np.mean(np.array(found) <= 0.01) == pytest.approx(0.01, abs=0.007)


@given(seed=st.integers(0, 2**32 - 1), pair_count=st.integers(1, 6))
@settings(max_examples=30, deadline=None)
def test_step_down_agrees_with_its_definition(seed, pair_count):
    generator = np.random.default_rng(seed)
    p_values = generator.random(pair_count) ** 2
    draws = generator.normal(size=(50, pair_count))
    found = family_wise(p_values, draws)
    untested = np.append(p_values, np.nan)
    beside = family_wise(untested, np.column_stack([draws, 9 + draws[:, 0]]))
    np.testing.assert_array_equal(beside, np.append(found, np.nan))
    by_size = np.argsort(p_values)
    least = 0.0
    for at, pair in enumerate(by_size):
        rivals = np.abs(draws[:, by_size[at:]]).max(axis=1)
        bound = norm.isf(p_values[pair] / 2)
        reached = np.count_nonzero(rivals >= bound)
        least = max(least, (1 + reached) / 51, p_values[pair])
        assert found[pair] == pytest.approx(least)


def test_draws_have_the_covariance_of_joint_permutations():
    # Brute force: whole rows of signals dealt to whole rows of outcomes.
    generator = np.random.default_rng(3)
    base = generator.normal(size=(40, 1))
    signals = scores(*(base + generator.normal(size=(40, 2))).T)
    other = generator.normal(size=(40, 1))
    outcomes = scores(*(other + 0.5 * generator.normal(size=(40, 2))).T)
    dealt = np.array(
        [
            (signals[generator.permutation(40)].T @ outcomes / 40).ravel()
            for _ in range(20_000)
        ]
    ) * np.sqrt(39)
    normals = generator.standard_normal((20_000, 2, 2))
    draws = null_draws(signals, outcomes, normals)
    found = np.cov(draws.reshape(20_000, -1).T)
    # Five Monte-Carlo errors of a covariance, sqrt(2 / 20,000) = .01 each.
    np.testing.assert_allclose(found, np.cov(dealt.T), atol=0.05)


def test_the_family_wise_error_holds_under_dependence():
    # 400 families of 12 null pairs of correlated signals and outcomes, n =
    # 100: Monte-Carlo error .011; the bound is .05 and three errors.
    generator = np.random.default_rng(8)
    wrong = []
    for _ in range(400):
        base = generator.normal(size=(2, 100, 1))
        signals, outcomes = (
            rank_columns(one + generator.normal(size=(100, k)))
            for one, k in zip(base, (4, 3), strict=True)
        )
        left, right = scores(*signals.T), scores(*outcomes.T)
        r = left.T @ right / 100
        p_values = 2 * student.sf(np.abs(r) * np.sqrt(98 / (1 - r**2)), 98)
        normals = generator.standard_normal((400, 4, 3))
        draws = null_draws(left, right, normals).reshape(400, -1)
        wrong.append(family_wise(p_values.ravel(), draws).min() <= 0.05)
    assert 0.01 < np.mean(wrong) < 0.05 + 0.033


def test_orders_of_the_exact_group_are_all_there_for_three_rows():
    signal, outcome = np.array([1.0, 2, 4]), np.array([3.0, 1, 2])
    rs = [abs(spearmanr(signal, o).statistic) for o in permutations(outcome)]
    found = drawn(signal, outcome, 20_000)
    pearsons = [
        abs(pearsonr(signal, np.array(o)).statistic)
        for o in permutations(outcome)
    ]
    expected = np.mean(np.array(pearsons) >= pearsons[0] - 1e-10)
    assert len(rs) == 6
    assert found == pytest.approx(expected, abs=0.02)
