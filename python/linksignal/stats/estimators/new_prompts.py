"""What other prompts would give: the jackknife over groups of prompts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from linksignal.stats.arrays import Floats, Indices
from linksignal.stats.estimate import Estimate, quantile
from linksignal.stats.estimators.fisher import fisher_z
from linksignal.stats.scores import transformed

# The jackknife over fewer groups is itself off by a quarter.
MIN_GROUPS = 10

# Whole values below this many times n are looked up and not sorted.
MOST_CODES = 4


@dataclass(frozen=True)
class Changes:
    """Rows of a count that change, in one replicate or another.

    Attributes
    ----------
    rows, replicates : ndarray of int, shape (m,)
        Row, and replicate from 0 to g - 1; each pair at most once.
    before, after : ndarray, shape (m,)
        The count of the row, and what becomes of it.
    replicate_count : int
        Replicates g.
    """

    rows: Indices
    replicates: Indices
    before: Floats
    after: Floats
    replicate_count: int

    def add_up(self, parts: Floats) -> Floats:
        """Add up what each change makes, by replicate, shape (g,)."""
        sums = np.bincount(self.replicates, parts, self.replicate_count)
        return sums.astype(np.float64)


def jackknife_error(estimates: Floats) -> Floats:
    """Give standard errors from estimates without each group in turn.

    Parameters
    ----------
    estimates : ndarray, shape (g, ...)
        An estimate, or several, without each of g groups.

    Returns
    -------
    ndarray, shape (...)
        Root of (g - 1) / g times the sum of squares around the mean; NaN
        where an estimate is, or with fewer than ``MIN_GROUPS`` groups.

    References
    ----------
    Shao & Tu (1995), The Jackknife and Bootstrap, section 2.3.
    """
    group_count = len(estimates)
    if group_count < MIN_GROUPS:
        return np.full(np.shape(estimates)[1:], np.nan)
    return np.asarray(np.sqrt((group_count - 1) * np.var(estimates, axis=0)))


def prompt_errors(
    signals: Floats, outcomes: Iterator[Floats], transform: str | None
) -> Floats:
    """Give the error that the choice of prompts adds to correlations.

    Parameters
    ----------
    signals : ndarray, shape (n, s)
        Scores of mean zero and mean square one.
    outcomes : iterator of ndarray, shape (n,)
        The outcome without each of g groups of prompts.
    transform : {'log1p', 'none'} or None
        What is done to outcomes first; None: they are ranked.

    Returns
    -------
    ndarray, shape (s,)
        Delete-one-group jackknife error of Fisher's z; NaN where an outcome
        is constant or unknown without a group.
    """
    length = np.sqrt(len(signals))
    found = [
        _unit(outcome, transform) @ signals / length for outcome in outcomes
    ]
    correlations = np.clip(np.array(found), -1.0, 1.0)
    return jackknife_error(fisher_z(correlations))


def _unit(outcome: Floats, transform: str | None) -> Floats:
    """Bring an outcome to mean zero and length one; NaN if constant."""
    if np.isnan(outcome).any():
        return np.full(len(outcome), np.nan)
    codes = outcome.astype(np.intp)
    is_whole = bool((codes == outcome).all()) and codes.min() >= 0
    if not is_whole or codes.max() > MOST_CODES * len(codes):
        distinct, codes = np.unique(outcome, return_inverse=True)
    else:
        distinct = np.arange(codes.max() + 1.0)
    counts = np.bincount(codes)
    if transform is None:
        scores = np.cumsum(counts) - (counts - 1) / 2
    else:
        scores = transformed(distinct, transform)
    centred = scores - counts @ scores / len(codes)
    square = float(counts @ centred**2)
    if not square > 0:
        return np.full(len(outcome), np.nan)
    return np.asarray((centred / np.sqrt(square))[codes])


def new_prompt_interval(
    estimate: Estimate, prompt_error: float, ci_level: float
) -> tuple[float, float]:
    """Widen an interval on Fisher's z for other prompts.

    Parameters
    ----------
    estimate : Estimate
        A correlation with its error over domains, on z.
    prompt_error : float
        Error of z over prompts.
    ci_level : float
        Confidence level, 0-1.

    Returns
    -------
    tuple of float
        Bounds from SE^2 = SE^2 domain + SE^2 prompt; NaN without either.
    """
    error = np.hypot(estimate.standard_error, prompt_error)
    if not np.isfinite(error):
        return float("nan"), float("nan")
    reach = quantile((1 + ci_level) / 2, estimate.degrees_of_freedom)
    score = float(fisher_z(np.array(estimate.estimate)))
    low, high = np.tanh([score - reach * error, score + reach * error])
    return float(low), float(high)
