"""The bias-corrected and accelerated bootstrap interval."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

from linksignal.stats.arrays import Floats
from linksignal.stats.bootstrap import resample_pearson
from linksignal.stats.intervals import PERFECT_CORRELATION, Intervals
from linksignal.stats.pearson import delete_one_correlations
from linksignal.stats.permutation import TIE_TOLERANCE
from linksignal.stats.scores import correlations, unit_scores

# More resamples than this without a correlation, and there is no interval.
MAX_UNDEFINED_SHARE = 0.05


def bca_intervals(
    signals: Floats,
    outcomes: Floats,
    ci_level: float,
    generator: np.random.Generator,
    resample_count: int,
) -> Intervals:
    """Give BCa bootstrap intervals of Pearson correlations.

    Parameters
    ----------
    signals : ndarray, shape (n, s)
        Signals in columns, finite, not constant; n above 3.
    outcomes : ndarray, shape (n, o)
        Outcomes in columns, likewise.
    ci_level : float
        Confidence level, 0-1.
    generator : numpy.random.Generator
        Source of the resamples.
    resample_count : int
        Resamples B.

    Returns
    -------
    Intervals
        Shape (s, o); NaN where the correlation is perfect or the corrected
        levels leave the range that the resamples can answer for, not
        converged where over ``MAX_UNDEFINED_SHARE`` of them are constant.

    References
    ----------
    Efron (1987), Better bootstrap confidence intervals, Journal of the
    American Statistical Association 82, 171-185.
    """
    estimates = correlations(unit_scores(signals), unit_scores(outcomes))
    resamples = resample_pearson(signals, outcomes, generator, resample_count)
    undefined_share = np.isnan(resamples).mean(axis=0)
    is_converged = undefined_share <= MAX_UNDEFINED_SHARE
    bounds = np.full((2, *estimates.shape), np.nan)
    for row, signal in enumerate(signals.T):
        left_out = delete_one_correlations(signal, outcomes)
        for column in np.flatnonzero(is_converged[row]):
            bounds[:, row, column] = bca_bounds(
                estimates[row, column],
                resamples[:, row, column],
                left_out[:, column],
                ci_level,
            )
    return Intervals(
        estimates, bounds[0], bounds[1], "bootstrap_bca", is_converged
    )


def bca_bounds(
    estimate: float, resamples: Floats, left_out: Floats, ci_level: float
) -> tuple[float, float]:
    """Give one BCa interval of a correlation.

    Parameters
    ----------
    estimate : float
        Correlation of the sample.
    resamples : ndarray, shape (B,)
        Correlations of the resamples; undefined ones, NaN, are left out.
    left_out : ndarray, shape (n,)
        Correlations without each row, for the acceleration.
    ci_level : float
        Confidence level, 0-1.

    Returns
    -------
    tuple of float
        Lower and upper bound, with the estimate between them; both NaN
        where the correction is not defined.
    """
    undefined = (float("nan"), float("nan"))
    if abs(estimate) >= PERFECT_CORRELATION:
        return undefined
    defined = resamples[np.isfinite(resamples)]
    levels = _corrected_levels(
        _bias(estimate, defined), _acceleration(left_out), ci_level
    )
    if not np.isfinite(levels).all():
        return undefined
    low, high = (float(bound) for bound in np.quantile(defined, levels))
    return (low, high) if low <= estimate <= high else undefined


def _bias(estimate: float, resamples: Floats) -> float:
    """Give the normal score of the estimate's place among its resamples."""
    above = resamples - estimate
    below_count = np.count_nonzero(above < -TIE_TOLERANCE)
    upto_count = np.count_nonzero(above <= TIE_TOLERANCE)
    return float(norm.ppf((below_count + upto_count) / (2 * len(resamples))))


def _acceleration(left_out: Floats) -> float:
    """Give the skewness term from the delete-one values."""
    deviations = left_out.mean() - left_out
    squares = np.sum(deviations**2)
    if not squares > 0:
        return float("nan")
    return float(np.sum(deviations**3) / (6 * squares**1.5))


def _corrected_levels(
    bias: float, acceleration: float, ci_level: float
) -> Floats:
    """Move the two nominal levels by bias and acceleration."""
    tails = norm.ppf([(1 - ci_level) / 2, (1 + ci_level) / 2])
    shifted = bias + tails
    stretch = 1 - acceleration * shifted
    if not (np.isfinite(shifted) & (stretch > 0)).all():
        return np.full(2, np.nan)
    return np.asarray(norm.cdf(bias + shifted / stretch))
