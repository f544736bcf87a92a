"""Spearman's rank correlation: its influence values and its interval."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import norm

from linksignal.stats.arrays import Floats
from linksignal.stats.intervals import Intervals, fisher_intervals
from linksignal.stats.ranks import (
    TieGroups,
    centred_ranks,
    sums_above,
    tie_groups,
)
from linksignal.stats.scores import correlations, rank_scores

# Below this many rows the influence values are too few to give a variance.
MIN_INFLUENCE_ROWS = 30


def spearman_intervals(
    signals: Floats, outcomes: Floats, ci_level: float
) -> Intervals:
    """Give intervals of Spearman correlations.

    On Fisher's z scale, with the standard error from the influence function
    (rank terms and ties included); below ``MIN_INFLUENCE_ROWS`` rows the
    variance (1 + r^2 / 2) / (n - 3) of Bonett and Wright.

    Parameters
    ----------
    signals : ndarray, shape (n, s)
        Signals in columns, finite, not constant; n above 3.
    outcomes : ndarray, shape (n, o)
        Outcomes in columns, likewise.
    ci_level : float
        Confidence level, 0-1.

    Returns
    -------
    Intervals
        Shape (s, o); NaN where a correlation is perfect.

    References
    ----------
    Bonett & Wright (2000), Sample size requirements for estimating Pearson,
    Kendall and Spearman correlations, Psychometrika 65, 23-28.
    Croux & Dehon (2010), Influence functions of the Spearman and Kendall
    correlation measures, Statistical Methods & Applications 19, 497-515.
    """
    row_count = len(signals)
    quantile = float(norm.ppf((1 + ci_level) / 2))
    signal_groups = [tie_groups(column) for column in signals.T]
    outcome_groups = [tie_groups(column) for column in outcomes.T]
    estimates = correlations(
        rank_scores(signal_groups), rank_scores(outcome_groups)
    )
    if row_count < MIN_INFLUENCE_ROWS:
        errors = np.sqrt((1 + estimates**2 / 2) / (row_count - 3))
        method = "fisher_z_bonett_wright"
    else:
        errors = _influence_errors(signal_groups, outcome_groups, estimates)
        method = "fisher_z_influence"
    return fisher_intervals(estimates, errors, quantile, method)


def spearman_influence(signal: TieGroups, outcome: TieGroups) -> Floats:
    """Give the empirical influence of each row on Spearman's correlation.

    The correlation is that of the mid-distribution scores u = F(x) - 1/2
    and v = G(y) - 1/2, A / sqrt(B C) with A = E uv, B = E u^2, C = E v^2. A
    row counts by its own product and by the rank it adds to every row above
    it, so that A has the influence uv + E[h(X, x) v] + E[h(Y, y) u] - 3 A,
    with h one for a larger and one half for an equal value; B and C alike.

    Parameters
    ----------
    signal, outcome : TieGroups
        Two variables on the same n rows, neither constant.

    Returns
    -------
    ndarray, shape (n,)
        Influence values, of mean zero. Their mean square over n estimates
        the variance of the correlation.

    References
    ----------
    Croux & Dehon (2010), as above; here with ties.
    """
    row_count = len(signal.order)
    signal_score = centred_ranks(signal) / row_count
    outcome_score = centred_ranks(outcome) / row_count
    product = np.mean(signal_score * outcome_score)
    signal_square = np.mean(signal_score**2)
    outcome_square = np.mean(outcome_score**2)
    product_influence = (
        signal_score * outcome_score
        + sums_above(signal, outcome_score) / row_count
        + sums_above(outcome, signal_score) / row_count
        - 3 * product
    )
    return np.asarray(
        product_influence / np.sqrt(signal_square * outcome_square)
        - product
        / np.sqrt(signal_square * outcome_square)
        / 2
        * (
            _square_influence(signal, signal_score) / signal_square
            + _square_influence(outcome, outcome_score) / outcome_square
        )
    )


def _square_influence(groups: TieGroups, score: Floats) -> Floats:
    """Give the influence of each row on the mean square of the scores."""
    rank_term = 2 * sums_above(groups, score) / len(score)
    return np.asarray(score**2 + rank_term - 3 * np.mean(score**2))


def _influence_errors(
    signal_groups: Sequence[TieGroups],
    outcome_groups: Sequence[TieGroups],
    estimates: Floats,
) -> Floats:
    """Give standard errors of z from the influence values of each pair."""
    row_count = len(signal_groups[0].order)
    errors = np.empty(estimates.shape)
    for row, signal in enumerate(signal_groups):
        for column, outcome in enumerate(outcome_groups):
            influence = spearman_influence(signal, outcome)
            errors[row, column] = np.linalg.norm(influence) / row_count
    with np.errstate(divide="ignore", invalid="ignore"):
        stretch = np.sqrt(row_count / (row_count - 3)) / (1 - estimates**2)
        return np.asarray(errors * stretch)
