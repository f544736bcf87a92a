"""Pearson's correlation: delete-one values and the jackknife interval."""

from __future__ import annotations

import numpy as np
from scipy.stats import t as student

from linksignal.stats.arrays import Floats
from linksignal.stats.intervals import (
    Intervals,
    fisher_intervals,
    fisher_z,
)
from linksignal.stats.scores import correlations, standardise, unit_scores

# A row that holds all but this share of a variable's sum of squares leaves
# so little behind that subtracting it loses the digits: it is left out anew.
LEAST_REMAINING_SHARE = 1e-6


def jackknife_intervals(
    signals: Floats, outcomes: Floats, ci_level: float
) -> Intervals:
    """Give intervals of Pearson correlations by the delete-one jackknife.

    The jackknife variance of z = atanh(r), with Student's law of n - 2
    degrees of freedom.

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
        Shape (s, o); NaN where a correlation is perfect, or becomes perfect
        or undefined when one row is left out.

    References
    ----------
    Efron & Tibshirani (1993), An Introduction to the Bootstrap, chapter 11.
    """
    row_count = len(signals)
    estimates = correlations(unit_scores(signals), unit_scores(outcomes))
    errors = np.empty(estimates.shape)
    for row, signal in enumerate(signals.T):
        scores = fisher_z(delete_one_correlations(signal, outcomes))
        errors[row] = np.sqrt(np.var(scores, axis=0) * (row_count - 1))
    quantile = float(student.ppf((1 + ci_level) / 2, row_count - 2))
    return fisher_intervals(estimates, errors, quantile, "jackknife_z")


def delete_one_correlations(signal: Floats, outcomes: Floats) -> Floats:
    """Correlate without each row in turn, in closed form.

    Leaving out row i takes n / (n - 1) times the product of its deviations
    from each sum of squares and products.

    Parameters
    ----------
    signal : ndarray, shape (n,)
        Finite, not constant; n above 3.
    outcomes : ndarray, shape (n, o)
        Finite, not constant.

    Returns
    -------
    ndarray, shape (n, o)
        Pearson correlations without row i; NaN where a variable is constant
        without it.
    """
    stretch = len(signal) / (len(signal) - 1)
    standard = unit_scores(signal[:, np.newaxis])
    scores = unit_scores(outcomes)
    products = standard.T @ scores - stretch * standard * scores
    signal_squares = 1 - stretch * standard**2
    outcome_squares = 1 - stretch * scores**2
    is_lost = (signal_squares < LEAST_REMAINING_SHARE) | (
        outcome_squares < LEAST_REMAINING_SHARE
    )
    squares = np.where(is_lost, np.nan, signal_squares * outcome_squares)
    left_out = np.clip(products / np.sqrt(squares), -1.0, 1.0)
    for row, column in np.argwhere(is_lost):
        left_out[row, column] = _without(row, signal, outcomes[:, column])
    return np.asarray(left_out)


def _without(row: int, signal: Floats, outcome: Floats) -> float:
    """Correlate without one row, from the rows that remain."""
    kept = np.delete(np.column_stack([signal, outcome]), row, axis=0)
    if (np.ptp(standardise(kept), axis=0) == 0).any():
        return float("nan")
    scores = unit_scores(kept)
    return float(np.clip(scores[:, 0] @ scores[:, 1], -1.0, 1.0))
