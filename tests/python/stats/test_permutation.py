from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linksignal.stats import permutation
from linksignal.stats.permutation import (
    max_t_p_values,
    permutation_p_values,
    permuted_correlations,
)
from linksignal.stats.scores import correlations, rank_columns, unit_scores
from scipy.stats import pearsonr, permutation_test

from .samples import column, draw_pair


def test_p_value_agrees_with_the_exact_test_of_r():
    # h <- c(2.1, 4.7, 1.3, 8.8, 9.1, 3.2, 7.7, 5.0, 6.4)
    # m <- c(1, 3, 2, 6, 9, 8, 4, 5, 7)
    # cor.test(h, m, method = "spearman", exact = TRUE)
    # rho 0.65, p-value 0.0665619488536
    signal = np.array([2.1, 4.7, 1.3, 8.8, 9.1, 3.2, 7.7, 5.0, 6.4])
    outcome = np.array([1.0, 3, 2, 6, 9, 8, 4, 5, 7])
    scores = [unit_scores(rank_columns(column(v))) for v in (signal, outcome)]
    estimates = correlations(*scores).ravel()
    assert estimates == pytest.approx([0.65])
    (permuted,) = permuted_correlations(
        [(scores[0], scores[1])], np.random.default_rng(1), 100_000
    )
    found = permutation_p_values(estimates, permuted[:, 0])
    # Five Monte-Carlo errors, sqrt(p (1 - p) / 100,000) = .0008 each.
    assert found == pytest.approx([0.0665619488536], abs=0.004)


def test_ties_in_another_order_of_summation_count():
    # Of 6! orders exactly 2 give |r| = 1; rounding must lose none of them.
    values = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    scores = unit_scores(column(values))[:, 0]
    orders = np.array(list(permutations(range(6))))
    permuted = (scores[orders] @ scores)[:, np.newaxis]
    found = permutation_p_values(np.array([1.0]), permuted)
    assert found == pytest.approx([(1 + 2) / (720 + 1)])


def test_p_value_agrees_with_scipy():
    signal, outcome = draw_pair(np.random.default_rng(21), 40, 0.3)
    scores = unit_scores(column(signal)), unit_scores(column(outcome))
    (permuted,) = permuted_correlations(
        [scores], np.random.default_rng(1), 20_000
    )
    found = permutation_p_values(correlations(*scores)[0], permuted[:, 0])
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
    assert found == pytest.approx([expected], abs=0.018)


def test_max_t_agrees_with_r_package_multtest():
    # library(multtest)
    # X <- matrix(c(5.1, 4.2, ...), nrow = 4, byrow = TRUE)
    # mt.maxT(X, c(0,0,0,0,1,1,1,1), test = "t.equalvar", side = "abs", B = 0)
    # rawp .0285714, .0857143, .971429, .142857 and
    # adjp .0571429, .2, .971429, .257143 in the order of the rows.
    # The t statistic is a monotone function of the correlation with the
    # group; B = 0 goes through all 70 divisions, the observed one included.
    rows = np.array(
        [
            [5.1, 4.2, 6.3, 5.5, 7.9, 8.1, 6.9, 9.3],
            [1.2, 0.4, 2.2, 1.9, 1.7, 3.9, 2.5, 3.1],
            [7.3, 6.1, 8.8, 7.0, 6.5, 7.7, 8.1, 6.6],
            [0.3, 2.8, 1.1, 0.9, 2.2, 1.4, 3.6, 4.1],
        ]
    )
    scores = unit_scores(rows.T)
    groups = np.array(
        [np.isin(range(8), chosen) for chosen in combinations(range(8), 4)]
    )[::-1]
    permuted = unit_scores(groups.T * 1.0).T @ scores
    assert groups[0].tolist() == [False] * 4 + [True] * 4
    estimates, others = permuted[0], permuted[1:]
    assert permutation_p_values(estimates, others) == pytest.approx(
        np.array([2, 6, 68, 10]) / 70
    )
    assert max_t_p_values(estimates, others) == pytest.approx(
        [0.0571428571429, 0.2, 0.9714285714286, 0.2571428571429]
    )


@given(seed=st.integers(0, 2**32 - 1), pair_count=st.integers(1, 6))
@settings(max_examples=30, deadline=None)
def test_max_t_agrees_with_its_definition(seed, pair_count):
    generator = np.random.default_rng(seed)
    estimates = generator.normal(size=pair_count)
    permuted = generator.normal(size=(50, pair_count))
    found = max_t_p_values(estimates, permuted)
    by_size = np.argsort(-np.abs(estimates))
    least = 0.0
    for at, pair in enumerate(by_size):
        rivals = np.abs(permuted[:, by_size[at:]]).max(axis=1)
        reached = np.count_nonzero(rivals >= abs(estimates[pair]))
        least = max(least, (1 + reached) / 51)
        assert found[pair] == pytest.approx(least)
    assert (found >= permutation_p_values(estimates, permuted)).all()


@pytest.mark.parametrize("shape", [(2, 3), (3, 2), (1, 4)])
def test_whole_rows_of_signals_are_dealt_to_whole_rows_of_outcomes(shape):
    generator = np.random.default_rng(3)
    signals = unit_scores(generator.normal(size=(30, shape[0])))
    outcomes = unit_scores(generator.normal(size=(30, shape[1])))
    together, first_pair = permuted_correlations(
        [(signals, outcomes), (signals[:, :1], outcomes[:, :1])],
        np.random.default_rng(4),
        25,
    )
    assert together.shape == (25, *shape)
    assert first_pair[:, 0, 0] == pytest.approx(together[:, 0, 0], abs=1e-12)
    # Centred scores of two outcomes that are opposite stay opposite.
    mirrored = np.column_stack([outcomes[:, 0], -outcomes[:, 0]])
    (both,) = permuted_correlations(
        [(signals, mirrored)], np.random.default_rng(4), 25
    )
    assert both[..., 0] == pytest.approx(-both[..., 1], abs=1e-12)


def test_the_size_of_the_chunks_changes_no_permutation(monkeypatch):
    generator = np.random.default_rng(3)
    scores = [(unit_scores(generator.normal(size=(30, 2))),) * 2]
    (whole,) = permuted_correlations(scores, np.random.default_rng(4), 100)
    monkeypatch.setattr(permutation, "CHUNK_CELLS", 30 * 2 * 7)
    (parts,) = permuted_correlations(scores, np.random.default_rng(4), 100)
    assert parts == pytest.approx(whole, abs=1e-12)
