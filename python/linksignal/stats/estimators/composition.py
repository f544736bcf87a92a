"""Counts recoded as a composition: how many, and of which kinds.

Kinds of links grow with their total, so that as plain counts they are nearly
one variable. Their log ratios are not.
"""

from __future__ import annotations

import numpy as np

from linksignal.stats.arrays import Floats
from linksignal.stats.estimators.thinning import expected_log_ratio

# Added to both counts of a ratio, which has a logarithm then.
HALF_AN_EVENT = 0.5


def log_ratio(upper: Floats, lower: Floats) -> Floats:
    """Give the log ratio of two counts, half an event added to both.

    Parameters
    ----------
    upper, lower : ndarray, shape (n,)
        Counts, 0 or more.

    Returns
    -------
    ndarray, shape (n,)
    """
    return np.asarray(np.log((upper + HALF_AN_EVENT) / (lower + HALF_AN_EVENT)))


def surplus(first: Floats, second: Floats) -> Floats:
    """Give the log ratio of two kinds beyond what chance alone would give.

    Few events have a lower ratio on average than many of the same share, so
    that it would else stand for their number.

    Parameters
    ----------
    first, second : ndarray, shape (n,)
        Counts of the two kinds, 0 or more, neither of them 0 in total.

    Returns
    -------
    ndarray, shape (n,)
    """
    share = first.sum() / (first.sum() + second.sum())
    expected = expected_log_ratio(first + second, share)
    return log_ratio(first, second) - expected
