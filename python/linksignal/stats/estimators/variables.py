"""One variable on n rows, sorted once; parts of it are never sorted again."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from linksignal.stats.arrays import Booleans, Floats, Indices
from linksignal.stats.ranks import TieGroups, centred_ranks, tie_groups
from linksignal.stats.rules import Profile, profile_of_groups
from linksignal.stats.scores import transformed


@dataclass(frozen=True)
class Variable:
    """Values of n rows, none missing, and their order.

    Attributes
    ----------
    values : ndarray, shape (n,)
        As they were measured, or transformed.
    groups : TieGroups
        The rows by value; an increasing transform leaves them as they are.
    """

    values: Floats
    groups: TieGroups

    @classmethod
    def of(cls, values: Floats) -> Variable:
        """Sort a variable.

        Parameters
        ----------
        values : ndarray, shape (n,)
            None missing; may be empty.

        Returns
        -------
        Variable
        """
        return cls(values, tie_groups(values))

    @cached_property
    def profile(self) -> Profile:
        """What the rules need to know of it."""
        return profile_of_groups(self.values, self.groups)

    @cached_property
    def ranks(self) -> Floats:
        """Mid-ranks minus their mean, shape (n,)."""
        return centred_ranks(self.groups)

    @cached_property
    def scores(self) -> Floats:
        """Values of mean zero and mean square one, shape (n,)."""
        # As `scores.standardise`, with the ends and a middle value known:
        # values of any size keep their digits.
        order = self.groups.order
        ends = np.abs(self.values[order[[0, -1]]])
        scaled = self.values / (ends.max() or 1.0)
        scaled -= scaled[order[len(order) // 2]]
        scaled /= np.abs(scaled[order[[0, -1]]]).max() or 1.0
        scaled -= scaled.mean()
        return np.asarray(scaled / np.sqrt(np.mean(scaled * scaled)))

    def transformed(self, transform: str) -> Variable:
        """Apply a transform of the registry, which increases.

        Parameters
        ----------
        transform : {'log1p', 'none'}
            As in the registry.

        Returns
        -------
        Variable
        """
        if transform == "none":
            return self
        return Variable(transformed(self.values, transform), self.groups)

    def part(self, is_kept: Booleans) -> Variable:
        """Keep some rows.

        Parameters
        ----------
        is_kept : ndarray of bool, shape (n,)
            Rows to keep.

        Returns
        -------
        Variable
        """
        new_place = np.cumsum(is_kept) - 1
        order = self.groups.order[is_kept[self.groups.order]]
        group = self.groups.group_of_row[order]
        return Variable(self.values[is_kept], _grouped(new_place[order], group))

    def clipped(self, low: float, high: float) -> Variable:
        """Move values beyond two bounds onto them (winsorise).

        Parameters
        ----------
        low, high : float
            The bounds.

        Returns
        -------
        Variable
        """
        values = np.clip(self.values, low, high)
        order = self.groups.order
        return Variable(values, _grouped(order, values[order]))

    def ends(self, tail: int) -> tuple[float, float]:
        """Give the smallest and the largest value between two tails.

        Parameters
        ----------
        tail : int
            Rows in either tail.

        Returns
        -------
        tuple of float
            Infinite without rows.
        """
        if len(self.values) == 0:
            return -np.inf, np.inf
        at = min(tail, (len(self.values) - 1) // 2)
        order = self.groups.order
        return float(self.values[order[at]]), float(self.values[order[-1 - at]])


def _grouped(order: Indices, ascending: Floats | Indices) -> TieGroups:
    """Note where ascending values change, without sorting them."""
    is_start = np.empty(len(order), dtype=np.bool_)
    is_start[:1] = True
    np.not_equal(ascending[1:], ascending[:-1], out=is_start[1:])
    group_of_row = np.empty(len(order), dtype=np.intp)
    group_of_row[order] = np.cumsum(is_start) - 1
    return TieGroups(order, np.flatnonzero(is_start), group_of_row)
