"""Published tests of two overlapping correlations, as a cross-check.

All three take correlations r_ka and r_kb that share the variable k, and r_ab
between the other two. They assume a normal law, and for ranks the variance
of Pearson's coefficient: where they part from the influence function, it is
their assumption that fails.
"""

from __future__ import annotations

import numpy as np
from linksignal.stats.arrays import Floats
from linksignal.stats.estimators.fisher import fisher_z
from scipy.stats import norm


def cross_checks(
    first: Floats,
    second: Floats,
    between: Floats,
    row_count: int,
    ci_level: float,
) -> dict[str, Floats]:
    """Give all three.

    Parameters
    ----------
    first, second, between, row_count, ci_level
        As in `zou_interval`.

    Returns
    -------
    dict of str to ndarray, shape (k,)
        ``zou_low``, ``zou_high``, ``p_meng`` and ``p_steiger``.
    """
    low, high = zou_interval(first, second, between, row_count, ci_level)
    return {
        "zou_low": low,
        "zou_high": high,
        "p_meng": meng_p(first, second, between, row_count),
        "p_steiger": steiger_p(first, second, between, row_count),
    }


def zou_interval(
    first: Floats,
    second: Floats,
    between: Floats,
    row_count: int,
    ci_level: float,
) -> tuple[Floats, Floats]:
    """Give Zou's interval of the difference, from the two single intervals.

    Parameters
    ----------
    first, second : ndarray, shape (k,)
        Correlations r_ka and r_kb, -1 to 1.
    between : ndarray, shape (k,)
        Correlations r_ab, -1 to 1.
    row_count : int
        Rows n of the sample, above 3.
    ci_level : float
        Confidence level, 0-1.

    Returns
    -------
    low, high : ndarray, shape (k,)
        Bounds; NaN where r_ka or r_kb is perfect.

    References
    ----------
    Zou (2007), Toward using confidence intervals to compare correlations,
    Psychological Methods 12, 399-413.
    """
    quantile = norm.ppf((1 + ci_level) / 2)
    reach = quantile / np.sqrt(row_count - 3)
    first_z, second_z = fisher_z(first), fisher_z(second)
    first_low = first - np.tanh(first_z - reach)
    first_high = np.tanh(first_z + reach) - first
    second_low = second - np.tanh(second_z - reach)
    second_high = np.tanh(second_z + reach) - second
    shared = _error_correlation(first, second, between)
    low = _joint_length(first_low, second_high, shared)
    high = _joint_length(first_high, second_low, shared)
    difference = first - second
    return difference - low, difference + high


def meng_p(
    first: Floats, second: Floats, between: Floats, row_count: int
) -> Floats:
    """Test equality by Meng, Rosenthal and Rubin's z, their formula 1.

    Parameters
    ----------
    first, second, between, row_count
        As in `zou_interval`.

    Returns
    -------
    ndarray, shape (k,)
        Two-sided p values, 0-1; NaN where a correlation is perfect.

    References
    ----------
    Meng, Rosenthal & Rubin (1992), Comparing correlated correlation
    coefficients, Psychological Bulletin 111, 172-175.
    """
    mean_square = (first**2 + second**2) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        fraction = np.minimum((1 - between) / (2 * (1 - mean_square)), 1.0)
        factor = (1 - fraction * mean_square) / (1 - mean_square)
        variance = 2 * (1 - between) * factor / (row_count - 3)
    return _p_of_z(first, second, variance)


def steiger_p(
    first: Floats, second: Floats, between: Floats, row_count: int
) -> Floats:
    """Test equality by Steiger's z with pooled correlation, his formula 14.

    Parameters
    ----------
    first, second, between, row_count
        As in `zou_interval`.

    Returns
    -------
    ndarray, shape (k,)
        Two-sided p values, 0-1; NaN where a correlation is perfect.

    References
    ----------
    Steiger (1980), Tests for comparing elements of a correlation matrix,
    Psychological Bulletin 87, 245-251.
    """
    pooled = (first + second) / 2
    shared = _error_correlation(pooled, pooled, between)
    return _p_of_z(first, second, 2 * (1 - shared) / (row_count - 3))


def _error_correlation(
    first: Floats, second: Floats, between: Floats
) -> Floats:
    """Correlate the errors of r_ka and r_kb under a normal law.

    Pearson and Filon's formula, as in Steiger (1980), formula 3.
    """
    rest = 1 - first**2 - second**2 - between**2
    covariance = (between - first * second / 2) * rest + between**3
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(covariance / ((1 - first**2) * (1 - second**2)))


def _joint_length(first: Floats, second: Floats, shared: Floats) -> Floats:
    """Give the length of the difference of two correlated errors."""
    squares = first**2 + second**2 - 2 * shared * first * second
    # Rounding can leave less than nothing where the errors are the same.
    return np.sqrt(np.maximum(squares, 0.0))


def _p_of_z(first: Floats, second: Floats, variance: Floats) -> Floats:
    difference = fisher_z(first) - fisher_z(second)
    # No variance, no test: the other two variables are the same.
    is_defined = np.isfinite(variance) & (variance > 0)
    error = np.sqrt(np.where(is_defined, variance, np.nan))
    return np.asarray(2 * norm.sf(np.abs(difference) / error))
