"""Whether a variable's tail lets a raw Pearson correlation be relied upon.

The standard error of Pearson's r is made of fourth moments. Where a single
row holds much of a variable's sum of squares, or the tail is so heavy that
fourth moments do not exist, no interval of r keeps its level, and r itself
settles slower than the root of n.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from linksignal.stats.arrays import Floats
from linksignal.stats.scores import standardise, unit_scores

# Huber's bound: up to 0.2 a row is safe, beyond it is risky.
MAX_LEVERAGE = 0.2

# Below this tail index the fourth moment is infinite.
LEAST_TAIL_INDEX = 4.0

# The tail index counts as too low when a one-sided test at this level says
# so: from the few rows of a tail it is known to a fifth of itself at best.
TAIL_LEVEL = 0.05


def is_light_tailed(values: Floats) -> bool:
    """Tell whether raw moments of a variable can be relied upon.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Finite values, not constant.

    Returns
    -------
    bool
        False where the largest leverage is above ``MAX_LEVERAGE``, or the
        tail index is below ``LEAST_TAIL_INDEX`` by more than its error.

    References
    ----------
    Huber (1981), Robust Statistics, section 7.2.
    Davis & Mikosch (1998), The sample autocorrelations of heavy-tailed
    processes, Annals of Statistics 26, 2049-2080: slow, non-normal limits
    of r at a tail index below 4.
    """
    if largest_leverage(values) > MAX_LEVERAGE:
        return False
    error = ndtri(1 - TAIL_LEVEL) / np.sqrt(_tail_count(len(values)))
    return bool(tail_index(values) * (1 + error) >= LEAST_TAIL_INDEX)


def largest_leverage(values: Floats) -> float:
    """Give the largest leverage of a row in a regression on the variable.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Finite values, not constant.

    Returns
    -------
    float
        1 / n and the largest share of the sum of squares, 1/n to 1.
    """
    scores = unit_scores(values[:, np.newaxis])
    return float(1 / len(values) + np.max(scores**2))


def tail_index(values: Floats) -> float:
    """Estimate the tail index of the distances from the median.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Finite values; n at least 2.

    Returns
    -------
    float
        Hill's estimate from the root of n largest distances: its inverse
        is the mean log of their ratios to the next one. Infinite where they
        are all equal, zero where the next one is zero.

    References
    ----------
    Hill (1975), A simple general approach to inference about the tail of a
    distribution, Annals of Statistics 3, 1163-1174.
    """
    count = _tail_count(len(values))
    distances = np.sort(np.abs(standardise(values[:, np.newaxis])[:, 0]))
    threshold = distances[-count - 1]
    if threshold == 0:
        return 0.0
    spread = float(np.mean(np.log(distances[-count:] / threshold)))
    return 1 / spread if spread > 0 else float("inf")


def _tail_count(row_count: int) -> int:
    return int(np.sqrt(row_count))
