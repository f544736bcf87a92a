"""Correlations with interval and p value on Fisher's scale, z = atanh(r)."""

from __future__ import annotations

import numpy as np
from scipy.special import stdtr, stdtrit

from linksignal.stats.arrays import Floats, Indices
from linksignal.stats.estimate import (
    ROUNDING_ERROR,
    Estimate,
    cluster_sums,
    effective_degrees,
    errors_of_sums,
)
from linksignal.stats.rules import FEW_OWNERS, MIN_ROWS, Status

# A correlation this close to +-1 is perfect up to rounding: z is infinite.
PERFECT_CORRELATION = 1 - 1e-12

CLUSTERED = "fisher_z_cluster"

# Below this many rows influence values are too few to tell their own law.
MIN_INFLUENCE_ROWS = 30


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


def fisher_estimate(  # noqa: PLR0913, PLR0917 - the fields of one record
    n: int,
    estimate: float,
    standard_error: float,
    degrees_of_freedom: float,
    ci_level: float,
    ci_method: str,
) -> Estimate:
    """Give a correlation the interval and p value of its error on z.

    Parameters
    ----------
    n : int
        Rows.
    estimate : float
        Correlation, -1 to 1.
    standard_error : float
        Of z.
    degrees_of_freedom : float
        Of Student's law for z / standard_error.
    ci_level : float
        Confidence level, 0-1.
    ci_method : str
        Name of the procedure.

    Returns
    -------
    Estimate
        tanh(z -+ t SE), and the p value that is below ``1 - ci_level``
        exactly where this leaves out zero. ``unreliable``, with nothing but
        the estimate, where the correlation is perfect or its error zero or
        not finite: [r, r] would claim a certainty that no sample gives.
    """
    [found] = _with_errors(
        n,
        np.array([estimate]),
        np.array([standard_error]),
        np.array([degrees_of_freedom]),
        ci_level,
        ci_method,
    )
    return found


def _with_errors(  # noqa: PLR0913, PLR0917 - the fields of one record
    n: int,
    estimates: Floats,
    standard_errors: Floats,
    degrees_of_freedom: Floats,
    ci_level: float,
    ci_method: str,
) -> list[Estimate]:
    """As `fisher_estimate`, of several correlations (k,) on the same rows."""
    scores = fisher_z(estimates)
    is_told = np.isfinite(scores) & (
        (standard_errors > ROUNDING_ERROR) & (standard_errors < np.inf)
    )
    errors = np.where(is_told, standard_errors, np.nan)
    reaches = errors * stdtrit(degrees_of_freedom, (1 + ci_level) / 2)
    columns = (
        estimates,
        errors,
        degrees_of_freedom,
        *np.tanh([scores - reaches, scores + reaches]),
        2 * stdtr(degrees_of_freedom, -np.abs(scores) / errors),
    )
    return [
        Estimate(n, r, error, degrees, low, high, ci_method, p_value)
        if has_error
        else Estimate(n, r, status=Status.UNRELIABLE)
        for has_error, r, error, degrees, low, high, p_value in zip(
            is_told.tolist(), *(one.tolist() for one in columns), strict=True
        )
    ]


def fisher_estimates(  # noqa: PLR0913 - the settings are keyword-only
    estimates: Floats,
    influences: Floats,
    clusters: Indices | None,
    ci_level: float,
    *,
    fitted: int = 2,
    most_degrees: float | None = None,
    ci_method: str = "fisher_z_influence",
) -> list[Estimate]:
    """Give correlations the errors of their influence values.

    From ``MIN_INFLUENCE_ROWS`` rows on the degrees of freedom are those that
    the influence values are worth (`estimate.effective_degrees`): under many
    zeros few rows carry the error, and n - 2 would reject too often.

    Parameters
    ----------
    estimates : ndarray, shape (k,)
        Correlations, -1 to 1.
    influences : ndarray, shape (n, k)
        Influence of each row on the z of each; not finite where there is
        no error.
    clusters : ndarray of int, shape (n,), or None
        Cluster of each row.
    ci_level : float
        Confidence level, 0-1.
    fitted : int, default 2
        See `estimate.influence_errors`.
    most_degrees : float, optional
        Degrees of freedom for influences of normal law, by default n less
        the coefficients, at least two; with clusters also at most their
        number less one.
    ci_method : str, default 'fisher_z_influence'
        Name of the procedure without clusters.

    Returns
    -------
    list of Estimate
        ``too_few`` below ``MIN_ROWS`` clusters.
    """
    row_count = len(influences)
    if clusters is not None and clusters.max(initial=-1) + 1 < MIN_ROWS:
        return [
            Estimate(
                row_count,
                float(estimate),
                status=Status.TOO_FEW,
                reason=FEW_OWNERS,
            )
            for estimate in estimates
        ]
    sums = cluster_sums(influences, clusters)
    errors, degrees = errors_of_sums(sums, row_count, fitted)
    most = most_degrees or row_count - max(fitted, 2.0)
    most = min(most, degrees) if clusters is not None else most
    worth = np.full(len(errors), most)
    if row_count >= MIN_INFLUENCE_ROWS or clusters is not None:
        worth = effective_degrees(sums, most)
    method = ci_method if clusters is None else CLUSTERED
    return _with_errors(row_count, estimates, errors, worth, ci_level, method)


def on_z_scale(estimates: Floats, influences: Floats) -> Floats:
    """Carry influence values from correlations to their z.

    Parameters
    ----------
    estimates : ndarray, shape (k,)
        Correlations, -1 to 1.
    influences : ndarray, shape (n, k)
        Influence of each row on them.

    Returns
    -------
    ndarray, shape (n, k)
        Not finite where a correlation is perfect.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(influences / (1 - estimates**2))
