"""Pearson's correlation: jackknife of z, and the ABC interval of r."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtr, ndtri

from linksignal.stats.arrays import Floats, Indices, side_by_side
from linksignal.stats.estimate import Estimate, influence_errors
from linksignal.stats.estimators.fisher import (
    PERFECT_CORRELATION,
    fisher_estimates,
    fisher_z,
    on_z_scale,
)
from linksignal.stats.estimators.new_prompts import Changes
from linksignal.stats.estimators.variables import Variable
from linksignal.stats.scores import standardise, unit_scores

# A variable of which one row holds all but this share of the sum of squares
# is correlated anew without it: the difference would be rounding.
LEAST_REMAINING_SHARE = 1e-6

# Of the second difference along the least favourable direction, in standard
# errors.
STEP = 0.01


def moment_correlations(signals: Floats, outcome: Floats) -> Floats:
    """Correlate standardised signals with an outcome.

    Parameters
    ----------
    signals : ndarray, shape (n, s)
        Columns of mean zero and mean square one.
    outcome : ndarray, shape (n,)
        Likewise.

    Returns
    -------
    ndarray, shape (s,)
        -1 to 1.
    """
    return np.clip(outcome @ signals / len(outcome), -1.0, 1.0)


def moment_influences(
    signals: Floats, outcome: Floats, estimates: Floats
) -> Floats:
    """Give the influence of each row, u v - r (u^2 + v^2) / 2.

    Parameters
    ----------
    signals, outcome
        As in `moment_correlations`.
    estimates : ndarray, shape (s,)
        Their correlations.

    Returns
    -------
    ndarray, shape (n, s)
        Of mean zero; their mean square over n estimates the variance.

    References
    ----------
    Devlin, Gnanadesikan & Kettenring (1975), Robust estimation and outlier
    detection with correlation coefficients, Biometrika 62, 531-545.
    """
    right = outcome[:, np.newaxis]
    return np.asarray(signals * right - estimates / 2 * (signals**2 + right**2))


def moved_moments(scores: Floats, counted: Floats, changes: Changes) -> Floats:
    """Tell how Pearson's correlation moves with changes of a variable.

    Parameters
    ----------
    scores : ndarray, shape (n,)
        The other variable, of mean zero and mean square one.
    counted : ndarray, shape (n,)
        Likewise the variable that changes.
    changes : Changes
        In the unit of its scores.

    Returns
    -------
    ndarray, shape (g,)
        To the first order, by the influence function.
    """
    correlation = scores @ counted / len(scores)
    own = scores[changes.rows] * (changes.after - changes.before)
    squares = changes.after**2 - changes.before**2
    return changes.add_up(own - correlation / 2 * squares) / len(scores)


def left_out_correlations(
    signals: Sequence[Variable], outcome: Variable
) -> Floats:
    """Correlate without each row in turn, in closed form.

    Leaving out row i takes n / (n - 1) times the product of its deviations
    from each sum of squares and products.

    Parameters
    ----------
    signals : sequence of s Variable
        Finite, none constant; n above 3.
    outcome : Variable
        Likewise.

    Returns
    -------
    ndarray, shape (n, s)
        NaN where a variable is constant without row i.
    """
    left = side_by_side([one.scores for one in signals])
    right = outcome.scores[:, np.newaxis]
    share = 1 / (len(right) - 1)
    left_squares = 1 - share * left**2
    right_squares = 1 - share * right**2
    is_lost = (left_squares < LEAST_REMAINING_SHARE) | (
        right_squares < LEAST_REMAINING_SHARE
    )
    squares = np.where(is_lost, np.nan, left_squares * right_squares)
    products = moment_correlations(left, outcome.scores) - share * left * right
    left_out = np.clip(products / np.sqrt(squares), -1.0, 1.0)
    for row, at in np.argwhere(is_lost):
        pair = signals[at].values, outcome.values
        left_out[row, at] = _without(row, *pair)
    return np.asarray(left_out)


def _without(row: int, signal: Floats, outcome: Floats) -> float:
    """Correlate without one row, from the rows that remain."""
    kept = np.delete(np.column_stack([signal, outcome]), row, axis=0)
    if (np.ptp(standardise(kept), axis=0) == 0).any():
        return float("nan")
    scores = unit_scores(kept)
    return float(np.clip(scores[:, 0] @ scores[:, 1], -1.0, 1.0))


@dataclass(frozen=True)
class Jackknifed:
    """Pearson's correlations of s signals with one outcome, by jackknife.

    Attributes
    ----------
    estimates : list of s Estimate
        ``unreliable`` where a correlation is perfect, or becomes perfect or
        undefined when one row is left out.
    left_out : ndarray, shape (n, s)
        Correlations without each row.
    influences : ndarray, shape (n, s)
        Influence of each row on z, of mean zero.
    """

    estimates: list[Estimate]
    left_out: Floats
    influences: Floats


def jackknife(
    signals: Sequence[Variable],
    outcome: Variable,
    clusters: Indices | None,
    ci_level: float,
) -> Jackknifed:
    """Give correlations the delete-one jackknife error of z.

    Parameters
    ----------
    signals, outcome
        As in `left_out_correlations`.
    clusters : ndarray of int, shape (n,), or None
        Cluster of each row; jackknife values are summed within them.
    ci_level : float
        Confidence level, 0-1.

    Returns
    -------
    Jackknifed

    References
    ----------
    Efron & Tibshirani (1993), An Introduction to the Bootstrap, chapter 11.
    """
    left_out = left_out_correlations(signals, outcome)
    z = fisher_z(left_out)
    influences = np.asarray((len(z) - 1) * (z.mean(axis=0) - z))
    scores = side_by_side([one.scores for one in signals])
    found = fisher_estimates(
        moment_correlations(scores, outcome.scores),
        influences,
        clusters,
        ci_level,
        fitted=0,
        ci_method="jackknife_z",
    )
    return Jackknifed(found, left_out, influences)


def abc_estimates(
    signals: Floats,
    outcome: Floats,
    clusters: Indices | None,
    ci_level: float,
) -> list[Estimate]:
    """Give correlations the ABC interval: BCa without its resamples.

    The bootstrap's bias and skewness corrections come from derivatives of
    the correlation in the weights of the rows. Where a tail is so heavy
    that these are not defined, and with clusters, the interval is that of
    the influence values, summed within clusters, on z.

    Parameters
    ----------
    signals, outcome
        As in `moment_correlations`.
    clusters : ndarray of int, shape (n,), or None
        Cluster of each row.
    ci_level : float
        Confidence level, 0-1.

    Returns
    -------
    list of Estimate
        Without p values unless there are clusters; ``unreliable`` where the
        correlation is perfect. The standard error of ``bootstrap_abc`` is
        that of r itself.

    References
    ----------
    DiCiccio & Efron (1992), More accurate confidence intervals in
    exponential families, Biometrika 79, 231-245.
    Efron & Tibshirani (1993), An Introduction to the Bootstrap, section
    14.4.
    """
    estimates = moment_correlations(signals, outcome)
    influences = moment_influences(signals, outcome, estimates)
    on_z = fisher_estimates(
        estimates, on_z_scale(estimates, influences), clusters, ci_level
    )
    if clusters is not None:
        return on_z
    return [
        _abc(signals[:, at], outcome, influences[:, at], float(r), ci_level)
        or replace(on_z[at], p_value=np.nan)
        for at, r in enumerate(estimates)
    ]


def _abc(
    left: Floats, right: Floats, influence: Floats, r: float, ci_level: float
) -> Estimate | None:
    row_count = len(right)
    squares = float(influence @ influence)
    if abs(r) >= PERFECT_CORRELATION or not 0 < squares < np.inf:
        return None
    error = np.sqrt(squares) / row_count
    published, degrees = influence_errors(influence[:, np.newaxis])
    skewness = float(np.sum(influence**3)) / (6 * squares**1.5)
    direction = influence / np.sqrt(squares) / row_count
    terms = np.column_stack(
        [left, right, left * left, right * right, left * right]
    )
    slopes = direction @ terms

    def along(distance: float) -> float:
        return _correlation_at(distance * slopes, r)

    bends = along(STEP) - 2 * r + along(-STEP)
    curvature = _bias(terms, r) / error - bends / (2 * error * STEP**2)
    shift = ndtri(2 * ndtr(skewness) * ndtr(-curvature))
    tails = shift + ndtri([(1 - ci_level) / 2, (1 + ci_level) / 2])
    stretch = 1 - skewness * tails
    low, high = (along(at) for at in (tails / stretch**2).tolist())
    if not ((stretch > 0).all() and low <= r <= high):
        return None
    return Estimate(
        row_count,
        r,
        standard_error=float(published[0]),
        degrees_of_freedom=degrees,
        ci_low=max(low, -1.0),
        ci_high=min(high, 1.0),
        ci_method="bootstrap_abc",
    )


def _correlation_at(moved: Floats, r: float) -> float:
    """Give the correlation when the five moments have moved so far."""
    left, right, left_square, right_square, product = moved.tolist()
    squares = (1 + left_square - left**2) * (1 + right_square - right**2)
    if not squares > 0:
        return float("nan")
    return float((r + product - left * right) / np.sqrt(squares))


def _bias(terms: Floats, r: float) -> float:
    """Give half the mean second derivative in the weights, over n."""
    row_count = len(terms)
    covariance = terms.T @ terms / row_count
    means = terms.mean(axis=0)
    covariance -= np.outer(means, means)
    hessian = np.zeros((5, 5))
    hessian[0, 0] = hessian[1, 1] = r
    hessian[0, 1] = hessian[1, 0] = -1
    hessian[2, 2] = hessian[3, 3] = 3 * r / 4
    hessian[2, 3] = hessian[3, 2] = r / 4
    hessian[2:4, 4] = hessian[4, 2:4] = -0.5
    return float(np.sum(hessian * covariance) / (2 * row_count))
