"""Rows grouped by value, and the mid-ranks that follow."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from linksignal.stats.arrays import (
    Booleans,
    Floats,
    Indices,
    Integers,
    side_by_side,
)

DECILES = 10


# Whole numbers below this many times n are looked up and not sorted.
MOST_CODES = 4


@dataclass(frozen=True)
class TieGroups:
    """The n rows of a variable, grouped by value.

    Attributes
    ----------
    values : ndarray, shape (g,)
        The distinct values, ascending.
    sizes : ndarray of int, shape (g,)
        Rows with each of them.
    group_of_row : ndarray of int, shape (n,)
        Group of each row.
    """

    values: Floats
    sizes: Integers
    group_of_row: Indices

    @property
    def row_count(self) -> int:
        """Rows n."""
        return len(self.group_of_row)

    @cached_property
    def starts(self) -> Indices:
        """Where each group starts in `order`, shape (g,)."""
        return np.asarray(np.cumsum(self.sizes) - self.sizes, dtype=np.intp)

    @cached_property
    def order(self) -> Indices:
        """Rows in ascending order of value, shape (n,)."""
        return np.argsort(self.group_of_row, kind="stable")

    @cached_property
    def bounds(self) -> tuple[Indices, Indices]:
        """Where the group of each row starts and ends in `order`."""
        ends = self.starts + self.sizes
        return self.starts[self.group_of_row], ends[self.group_of_row]

    @cached_property
    def ranks(self) -> Floats:
        """Mid-rank of each group less the mean, (n + 1) / 2, shape (g,).

        Between -(n - 1) / 2 and (n - 1) / 2, in halves.
        """
        upto = np.cumsum(self.sizes)
        return np.asarray(upto - (self.sizes - 1) / 2 - (upto[-1:] + 1) / 2)

    def part(self, is_kept: Booleans) -> TieGroups:
        """Keep some rows (n,)."""
        groups = self.group_of_row[is_kept]
        sizes = np.bincount(groups, minlength=len(self.sizes))
        is_held = sizes > 0
        if is_held.all():
            return TieGroups(self.values, sizes, groups)
        place = np.cumsum(is_held) - 1
        return TieGroups(self.values[is_held], sizes[is_held], place[groups])

    def moved(self, values: Floats) -> TieGroups:
        """Move each group to a value (g,), ascending but maybe tied."""
        is_first = np.ones(len(values), dtype=np.bool_)
        np.not_equal(values[1:], values[:-1], out=is_first[1:])
        if is_first.all():
            return TieGroups(values, self.sizes, self.group_of_row)
        place = np.cumsum(is_first) - 1
        sizes = np.add.reduceat(self.sizes, np.flatnonzero(is_first))
        return TieGroups(values[is_first], sizes, place[self.group_of_row])


def tie_groups(values: Floats) -> TieGroups:
    """Group the rows of a variable by value.

    Parameters
    ----------
    values : ndarray, shape (n,)
        None missing.

    Returns
    -------
    TieGroups
    """
    if _are_codes(values):
        codes = values.astype(np.intp)
        sizes = np.bincount(codes)
        is_held = sizes > 0
        place = np.cumsum(is_held) - 1
        held = np.flatnonzero(is_held)
        return TieGroups(held.astype(np.float64), sizes[held], place[codes])
    # Equal values may come in any order.
    order = np.argsort(values)
    ascending = values[order]
    is_start = np.ones(len(values), dtype=np.bool_)
    np.not_equal(ascending[1:], ascending[:-1], out=is_start[1:])
    group_of_row = np.empty(len(values), dtype=np.intp)
    group_of_row[order] = np.cumsum(is_start) - 1
    sizes = np.bincount(group_of_row)
    return TieGroups(ascending[is_start], sizes, group_of_row)


def _are_codes(values: Floats) -> bool:
    """Tell whether values are whole numbers, 0 or more and none too large."""
    if len(values) == 0 or not values.min() >= 0:
        return False
    is_small = values.max() <= MOST_CODES * len(values)
    return bool(is_small and (values == np.floor(values)).all())


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
    return np.asarray(groups.ranks[groups.group_of_row])


def sums_above(groups: TieGroups, weights: Floats) -> Floats:
    """Add up weights over larger values, and half of those over equal ones.

    Parameters
    ----------
    groups : TieGroups
        A variable of n rows.
    weights : ndarray, shape (n,) or (n, k)
        A weight of each row, or several.

    Returns
    -------
    ndarray, shape (n,) or (n, k)
        For each row the sum over the rows with a larger value of the
        variable plus half the sum over those with an equal one, itself
        among them.
    """
    if weights.ndim > 1:
        return side_by_side([sums_above(groups, one) for one in weights.T])
    sums = np.bincount(groups.group_of_row, weights, len(groups.sizes))
    upto = np.cumsum(sums)
    return np.asarray((upto[-1] - upto + sums / 2)[groups.group_of_row])


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
    groups = tie_groups(values)
    twice = 2 * groups.starts + groups.sizes
    deciles = DECILES * twice // (2 * len(values)) + 1
    return np.asarray(deciles[groups.group_of_row], dtype=np.int64)
