"""One variable on n rows by value; parts of it are never sorted again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from linksignal.stats.arrays import Booleans, Floats
from linksignal.stats.ranks import TieGroups, centred_ranks, tie_groups
from linksignal.stats.rules import Profile, profile_of_groups
from linksignal.stats.scores import transformed


@dataclass(frozen=True)
class Variable:
    """n rows of a variable by value, none missing.

    Attributes
    ----------
    groups : TieGroups
        The rows by value, as it was measured, or transformed.
    """

    groups: TieGroups

    @classmethod
    def of(cls, values: Floats) -> Variable:
        """Group the rows of a variable.

        Parameters
        ----------
        values : ndarray, shape (n,)
            None missing; may be empty.

        Returns
        -------
        Variable
        """
        return cls(tie_groups(values))

    @property
    def row_count(self) -> int:
        """Rows n."""
        return self.groups.row_count

    @cached_property
    def values(self) -> Floats:
        """Value of each row, shape (n,)."""
        return self.groups.values[self.groups.group_of_row]

    @cached_property
    def profile(self) -> Profile:
        """What the rules need to know of it."""
        return profile_of_groups(self.groups)

    @cached_property
    def ranks(self) -> Floats:
        """Mid-ranks minus their mean, shape (n,)."""
        return centred_ranks(self.groups)

    @cached_property
    def group_scores(self) -> Floats:
        """Score of each group, shape (g,), ascending."""
        # As `scores.standardise`, with the ends and a middle value known:
        # values of any size keep their digits.
        groups = self.groups
        row_count, sizes = groups.row_count, groups.sizes
        middle = np.searchsorted(groups.starts, row_count // 2, "right") - 1
        ends = np.abs(groups.values[[0, -1]])
        scaled = groups.values / (ends.max() or 1.0)
        scaled -= scaled[middle]
        scaled /= np.abs(scaled[[0, -1]]).max() or 1.0
        scaled -= sizes @ scaled / row_count
        mean_square = sizes @ (scaled * scaled) / row_count
        return np.asarray(scaled / np.sqrt(mean_square))

    @cached_property
    def scores(self) -> Floats:
        """Values of mean zero and mean square one, shape (n,)."""
        return self.group_scores[self.groups.group_of_row]

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
        values = transformed(self.groups.values, transform)
        return Variable(replace(self.groups, values=values))

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
        return Variable(self.groups.part(is_kept))

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
        values = np.clip(self.groups.values, low, high)
        return Variable(self.groups.moved(values))

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
        row_count = self.row_count
        if row_count == 0:
            return -np.inf, np.inf
        at = min(tail, (row_count - 1) // 2)
        places = np.searchsorted(
            self.groups.starts, [at, row_count - 1 - at], "right"
        )
        low, high = self.groups.values[places - 1].tolist()
        return low, high
