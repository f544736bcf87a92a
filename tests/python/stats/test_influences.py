from __future__ import annotations

import numpy as np
import pytest
from calibration.pairs import (
    pearson_estimates,
    spearman_estimates,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import pearsonr, spearmanr

from .contrast_samples import draw_three
from .samples import draw_pair

PAIRS = np.array([[0, 1], [2, 1], [1, 0]])


def three(seed, row_count):
    generator = np.random.default_rng(seed)
    first, outcome = draw_pair(generator, row_count, 0.6)
    second = first + np.floor(np.exp(3 + generator.normal(size=row_count)))
    return np.column_stack([first, outcome, second])


@given(seed=st.integers(0, 2**32 - 1), row_count=st.integers(10, 60))
@settings(max_examples=30, deadline=None)
def test_correlations_agree_with_scipy(seed, row_count):
    values = three(seed, row_count)
    if not np.ptp(values, axis=0).all():
        return
    for estimate, oracle in (
        (spearman_estimates, spearmanr),
        (pearson_estimates, pearsonr),
    ):
        expected = [
            oracle(values[:, a], values[:, b]).statistic for a, b in PAIRS
        ]
        found = estimate(values, PAIRS)
        assert found.correlations == pytest.approx(np.array(expected))
        assert found.correlations[0] == pytest.approx(found.correlations[2])
        assert found.influences.shape == (row_count, 3)
        assert np.allclose(found.influences.mean(axis=0), 0, atol=1e-9)


def test_pearson_influence_is_the_derivative_to_a_row_weight():
    values = np.log1p(three(3, 40))[:, :2]
    influence = pearson_estimates(values, PAIRS[:1]).influences[:, 0]
    even, step = np.full(40, 1 / 40), 1e-6
    for row in range(40):
        move = step * (np.eye(40)[row] - even)
        nearby = []
        for weights in (even + move, even - move):
            spread = np.cov(values.T, aweights=weights)
            nearby.append(spread[0, 1] / np.sqrt(spread[0, 0] * spread[1, 1]))
        slope = (nearby[0] - nearby[1]) / (2 * step)
        assert influence[row] == pytest.approx(slope, abs=1e-6)


def test_spearman_ignores_monotone_transforms():
    values = draw_three(np.random.default_rng(1), 80, 0.5, 0.4, 0.7)
    bent = np.column_stack([values[:, 0] ** 3, np.log1p(values[:, 1:])])
    plain, other = (spearman_estimates(v, PAIRS) for v in (values, bent))
    assert (plain.correlations == other.correlations).all()
    assert (plain.influences == other.influences).all()
