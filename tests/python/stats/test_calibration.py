"""Quick forms of the calibration: coverage and type I error by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from linksignal.stats.pearson import jackknife_intervals
from linksignal.stats.permutation import (
    max_t_p_values,
    permutation_p_values,
    permuted_correlations,
)
from linksignal.stats.scores import correlations, rank_columns, unit_scores
from linksignal.stats.spearman import spearman_intervals
from scipy.stats import spearmanr

from .samples import column, draw_pair

DRAWS = 400
ROWS = 100
# Monte-Carlo error of a coverage near .95 over 400 draws is .011; the bounds
# are the 93-97 % of the full calibration, widened by two and a half of it.
COVERAGE_BOUNDS = (0.93 - 0.027, 0.97 + 0.027)


def true_values(latent, size=1_000_000):
    """Both statistics of the law itself, from one very large draw."""
    signal, outcome = draw_pair(np.random.default_rng(99), size, latent)
    linear = np.corrcoef(np.log1p(signal), np.log1p(outcome))[0, 1]
    return spearmanr(signal, outcome).statistic, linear


@pytest.mark.parametrize("latent", [0.0, 0.6, 0.9])
def test_intervals_cover_the_law(latent):
    rank_truth, linear_truth = true_values(latent)
    generator = np.random.default_rng(31)
    covered = np.zeros(2)
    for _ in range(DRAWS):
        signal, outcome = map(column, draw_pair(generator, ROWS, latent))
        ranks = spearman_intervals(signal, outcome, 0.95)
        linear = jackknife_intervals(np.log1p(signal), np.log1p(outcome), 0.95)
        covered += [
            ranks.low[0, 0] <= rank_truth <= ranks.high[0, 0],
            linear.low[0, 0] <= linear_truth <= linear.high[0, 0],
        ]
    low, high = COVERAGE_BOUNDS
    assert (covered / DRAWS >= low).all()
    assert (covered / DRAWS <= high).all()


def test_p_values_and_the_family_of_them_keep_their_level():
    # 3 x 4 independent pairs, n = 50, 199 permutations, 600 draws: p is
    # exact, so the share at or below .05 is .05. Single pairs: 7,200
    # dependent tests; families: 600. Bounds are three and a half
    # Monte-Carlo errors of 600 draws, .0089 each.
    generator = np.random.default_rng(41)
    single, family = [], []
    for _ in range(600):
        size = generator.normal(size=(50, 1))
        signals = np.floor(np.exp(3 + size + generator.normal(size=(50, 3))))
        volume = generator.normal(size=(50, 1))
        outcomes = generator.poisson(np.exp(volume) * np.ones(4)) * 1.0
        scores = [unit_scores(rank_columns(v)) for v in (signals, outcomes)]
        (permuted,) = permuted_correlations(
            [(scores[0], scores[1])], generator, 199
        )
        estimates = correlations(*scores).ravel()
        null = permuted.reshape(199, -1)
        single.append(permutation_p_values(estimates, null) <= 0.05)
        family.append(max_t_p_values(estimates, null).min() <= 0.05)
    assert np.mean(single) == pytest.approx(0.05, abs=3.5 * 0.0089)
    assert np.mean(family) == pytest.approx(0.05, abs=3.5 * 0.0089)
