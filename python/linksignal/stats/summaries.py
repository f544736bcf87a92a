"""Summary of a group of outcomes: median with its exact interval, mean."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.stats import binom

from linksignal.stats.arrays import Floats
from linksignal.stats.rules import MIN_ROWS

CI_METHOD = "order_statistics"


@dataclass(frozen=True)
class Summary:
    """A group of n outcomes; None where a figure is not defined.

    Attributes
    ----------
    n : int
        Outcomes in the group.
    median, mean : float or None
        In the unit of the outcome.
    ci_low, ci_high : float or None
        Interval of the median; None below ``MIN_ROWS`` outcomes.
    ci_method : str or None
        Its procedure; None without an interval.
    zero_share : float or None
        Share (0-1) of outcomes that are zero.
    """

    n: int
    median: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    ci_method: str | None = None
    mean: float | None = None
    zero_share: float | None = None


def summarise(outcomes: Floats, ci_level: float) -> Summary:
    """Summarise a group of outcomes.

    Parameters
    ----------
    outcomes : ndarray, shape (n,)
        Finite values.
    ci_level : float
        Confidence level of the median's interval, 0-1.

    Returns
    -------
    Summary
        Nothing but n when there is no outcome.
    """
    row_count = len(outcomes)
    if row_count == 0:
        return Summary(row_count)
    ascending = np.sort(outcomes)
    reach = median_reach(row_count, ci_level) if row_count >= MIN_ROWS else 0
    return Summary(
        n=row_count,
        median=float(np.median(ascending)),
        ci_low=float(ascending[reach - 1]) if reach else None,
        ci_high=float(ascending[row_count - reach]) if reach else None,
        ci_method=CI_METHOD if reach else None,
        mean=float(ascending.mean()),
        zero_share=float(np.mean(ascending == 0)),
    )


@cache
def median_reach(row_count: int, ci_level: float) -> int:
    """Tell which order statistics bound the median.

    The k-th smallest and the k-th largest of n values hold the median
    between them with probability at least 1 - 2 P(Bin(n, 1/2) < k), whatever
    the law of the values; ties only raise it.

    Parameters
    ----------
    row_count : int
        Values n.
    ci_level : float
        Least probability wanted, 0-1.

    Returns
    -------
    int
        The largest k that keeps it; 0 when n is too small for any.

    References
    ----------
    Thompson (1936), On confidence ranges for the median, Annals of
    Mathematical Statistics 7, 122-128.
    """
    miss = (1 - ci_level) / 2
    at_most = binom.cdf(np.arange((row_count + 1) // 2), row_count, 0.5)
    return int(np.searchsorted(at_most, miss, side="right"))
