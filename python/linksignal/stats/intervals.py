"""Confidence intervals of a table of correlations on Fisher's z scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from linksignal.stats.arrays import Booleans, Floats

# A correlation this close to +-1 is perfect up to rounding: z is infinite.
PERFECT_CORRELATION = 1 - 1e-12


@dataclass(frozen=True)
class Intervals:
    """Intervals of correlations between s signals and o outcomes.

    Attributes
    ----------
    estimates : ndarray, shape (s, o)
        The correlations, -1 to 1.
    low, high : ndarray, shape (s, o)
        Bounds (-1 to 1); NaN where the data carry no honest interval.
    method : str
        Name of the procedure, as in column ``ci_method``.
    is_converged : ndarray of bool, shape (s, o)
        False where too many resamples gave no figure.
    """

    estimates: Floats
    low: Floats
    high: Floats
    method: str
    is_converged: Booleans


def fisher_z(correlations: Floats) -> Floats:
    """Bring correlations to Fisher's scale, z = atanh(r).

    Parameters
    ----------
    correlations : ndarray
        Correlations, -1 to 1.

    Returns
    -------
    ndarray
        z; NaN where the correlation is perfect, as z is infinite there.
    """
    is_perfect = np.abs(correlations) >= PERFECT_CORRELATION
    return np.asarray(np.arctanh(np.where(is_perfect, np.nan, correlations)))


def fisher_intervals(
    estimates: Floats,
    standard_errors: Floats,
    quantile: float,
    method: str,
) -> Intervals:
    """Put intervals around correlations on Fisher's z scale.

    Parameters
    ----------
    estimates : ndarray, shape (s, o)
        Correlations, -1 to 1.
    standard_errors : ndarray, shape (s, o)
        Standard errors of z = atanh(r).
    quantile : float
        Upper quantile of the reference law, such as 1.96.
    method : str
        Name of the procedure.

    Returns
    -------
    Intervals
        NaN where the correlation is perfect, or its standard error is zero
        or not finite: [r, r] would claim a certainty that no sample gives.
    """
    is_defined = np.isfinite(standard_errors) & (standard_errors > 0)
    scores = fisher_z(np.where(is_defined, estimates, np.nan))
    return Intervals(
        estimates=estimates,
        low=np.tanh(scores - quantile * standard_errors),
        high=np.tanh(scores + quantile * standard_errors),
        method=method,
        is_converged=np.ones(estimates.shape, dtype=np.bool_),
    )
