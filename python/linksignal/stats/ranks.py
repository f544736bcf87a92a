"""Mid-ranks, plain and under resampling weights, from one sort a variable."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from linksignal.stats.arrays import Floats, Indices, Integers

DECILES = 10


@dataclass(frozen=True)
class TieGroups:
    """The n rows of a variable, grouped by value in ascending order.

    Attributes
    ----------
    order : ndarray of int, shape (n,)
        Rows in ascending order of value.
    starts : ndarray of int, shape (g,)
        Where each of the g groups of equal values starts in `order`.
    group_of_row : ndarray of int, shape (n,)
        Group of each row.
    """

    order: Indices
    starts: Indices
    group_of_row: Indices

    @property
    def sizes(self) -> Integers:
        """Rows in each group, shape (g,)."""
        return np.diff(self.starts, append=len(self.order))

    @cached_property
    def bounds(self) -> tuple[Indices, Indices]:
        """Where the group of each row starts and ends in `order`."""
        ends = np.append(self.starts[1:], len(self.order))
        return self.starts[self.group_of_row], ends[self.group_of_row]


def tie_groups(values: Floats) -> TieGroups:
    """Sort a variable once and note where its values change.

    Parameters
    ----------
    values : ndarray, shape (n,)
        None missing.

    Returns
    -------
    TieGroups
    """
    order = np.argsort(values, kind="stable")
    ascending = values[order]
    is_start = np.ones(len(values), dtype=np.bool_)
    np.not_equal(ascending[1:], ascending[:-1], out=is_start[1:])
    group_of_row = np.empty(len(values), dtype=np.intp)
    group_of_row[order] = np.cumsum(is_start) - 1
    return TieGroups(order, np.flatnonzero(is_start), group_of_row)


def centred_ranks(groups: TieGroups) -> Floats:
    """Give mid-ranks minus their mean, (n + 1) / 2.

    Parameters
    ----------
    groups : TieGroups
        A variable of n rows.

    Returns
    -------
    ndarray, shape (n,)
        Between -(n - 1) / 2 and (n - 1) / 2, in halves.
    """
    sizes = groups.sizes
    return _centre(sizes, np.cumsum(sizes))[groups.group_of_row]


def _centre(sizes: Floats | Integers, upto: Floats | Integers) -> Floats:
    """Turn sizes of groups, and sizes up to each, into centred mid-ranks."""
    total = upto[..., -1:]
    return np.asarray(upto - (sizes - 1) / 2 - (total + 1) / 2)


def sums_above(groups: TieGroups, weights: Floats) -> Floats:
    """Add up weights over larger values, and half of those over equal ones.

    Parameters
    ----------
    groups : TieGroups
        A variable of n rows.
    weights : ndarray, shape (n, ...)
        A weight of each row, or several.

    Returns
    -------
    ndarray, shape (n, ...)
        For each row the sum over the rows with a larger value of the
        variable plus half the sum over those with an equal one, itself
        among them.
    """
    upto = np.zeros((len(weights) + 1, *weights.shape[1:]))
    np.cumsum(weights[groups.order], axis=0, out=upto[1:])
    start, end = groups.bounds
    return np.asarray(upto[-1] - (upto[start] + upto[end]) / 2)


def tie_safe_deciles(values: Floats) -> Integers:
    """Give each value its decile, equal values the same one.

    The decile of a value is where its mid-rank falls: with `below` smaller
    and `equal` equal values among n, (10 (2 below + equal)) // (2 n) + 1 in
    whole numbers, so that no rounding decides at an edge.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Values without missing ones.

    Returns
    -------
    ndarray of int, shape (n,)
        Deciles 1 to 10. Ties can leave deciles empty; when all values are
        equal the one group is decile 6.
    """
    _, group, sizes = np.unique(values, return_inverse=True, return_counts=True)
    below = np.cumsum(sizes) - sizes
    deciles = DECILES * (2 * below + sizes) // (2 * len(values)) + 1
    return np.asarray(deciles[group], dtype=np.int64)
