"""Rows grouped by score: what a model of the score alone needs to know.

Where the mean of a count depends on the score alone, the likelihood of all
rows with one score is that of their number, their sum and their sum of
squares. Integer scores make at most 101 groups of any number of rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from linksignal.stats.arrays import Floats, Indices
from linksignal.stats.ranks import tie_groups


@dataclass(frozen=True)
class ScoreGroups:
    """The n rows of a study, by score.

    Attributes
    ----------
    scores : ndarray, shape (g,)
        Distinct scores, ascending.
    sizes : ndarray, shape (g,)
        Rows with each score, whole numbers.
    starts : ndarray of int, shape (g,)
        Where each group starts among the rows in order of score.
    """

    scores: Floats
    sizes: Floats
    starts: Indices

    @property
    def row_count(self) -> int:
        """Rows n."""
        return int(self.sizes.sum())

    def spread(self, values: Floats) -> Floats:
        """Repeat a value per group (g,) for each of its rows (n,)."""
        return np.repeat(values, self.sizes.astype(np.intp))


@dataclass(frozen=True)
class GroupSums:
    """Sums of counts per group, of one or several sets of counts.

    Attributes
    ----------
    totals, squares : ndarray, shape (b, g)
        Sum of the counts, and of their squares, in each group.
    """

    totals: Floats
    squares: Floats

    def take(self, sets: Indices) -> GroupSums:
        """Give the sums of some of the b sets."""
        return GroupSums(self.totals[sets], self.squares[sets])


def group_rows(scores: Floats, counts: Floats) -> tuple[ScoreGroups, Floats]:
    """Group rows by score.

    Parameters
    ----------
    scores, counts : ndarray, shape (n,)
        Score and count of each row, finite; n at least 1.

    Returns
    -------
    groups : ScoreGroups
    counts : ndarray, shape (1, n)
        Counts in order of score, and of count where scores are equal, so
        that the order of the rows is of no account.
    """
    in_order = counts[np.lexsort((counts, scores))]
    ties = tie_groups(scores)
    groups = ScoreGroups(
        scores=scores[ties.order[ties.starts]],
        sizes=ties.sizes.astype(np.float64),
        starts=ties.starts,
    )
    return groups, in_order[np.newaxis]


def group_sums(groups: ScoreGroups, counts: Floats) -> GroupSums:
    """Add up sets of counts by group.

    Parameters
    ----------
    groups : ScoreGroups
        Groups of n rows.
    counts : ndarray, shape (b, n)
        Sets of counts, each in the order of `group_rows`.

    Returns
    -------
    GroupSums
    """
    return GroupSums(
        totals=np.add.reduceat(counts, groups.starts, axis=1),
        squares=np.add.reduceat(counts**2, groups.starts, axis=1),
    )
