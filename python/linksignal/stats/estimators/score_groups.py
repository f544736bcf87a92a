"""Counts by group of a predictor: what a model of it alone needs to know.

Where the mean of a count depends on one predictor alone, the likelihood of all
rows with one value of it is that of their number, their sum and their sum of
squares. Integer scores make at most 101 groups of any number of rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from linksignal.stats.arrays import Booleans, Floats, Indices
from linksignal.stats.estimate import Estimate, renumbered, without_numbers
from linksignal.stats.ranks import tie_groups
from linksignal.stats.rules import (
    FEW_OWNERS,
    MIN_ROWS,
    Status,
    pair_status,
    profile,
)

# Slopes are per this many points of the score.
POINTS_PER_STEP = 10

# Above it floating-point numbers are no longer counts: some are missing.
LARGEST_COUNT = 2.0**53

# A predictor with more distinct values is grouped into bins of equal width.
MAX_GROUPS = 200


@dataclass(frozen=True)
class ScoreGroups:
    """The n rows of a study, by predictor.

    Attributes
    ----------
    scores : ndarray, shape (g,)
        Value of each group, ascending.
    sizes : ndarray, shape (g,)
        Rows in each group, whole numbers.
    group_of_row : ndarray of int, shape (n,)
        Group of each row.
    """

    scores: Floats
    sizes: Floats
    group_of_row: Indices

    @property
    def row_count(self) -> int:
        """Rows n."""
        return len(self.group_of_row)

    @property
    def shares(self) -> Floats:
        """Share of the rows in each group, shape (g,)."""
        return self.sizes / self.row_count

    @property
    def ranks(self) -> Floats:
        """Mid-rank of the rows of each group less the mean rank, (g,)."""
        upto = np.cumsum(self.sizes)
        return np.asarray(upto - self.sizes / 2 - self.row_count / 2)

    def total(self, values: Floats) -> Floats:
        """Add up a value per row (n,) by group, shape (g,)."""
        return np.bincount(
            self.group_of_row, weights=values, minlength=len(self.sizes)
        ).astype(np.float64)

    def line(self) -> tuple[Floats, float]:
        """A constant and the standardised predictor, (g, 2), and its spread."""
        centred = self.scores - self.shares @ self.scores
        spread = float(np.sqrt(self.shares @ centred**2))
        return np.column_stack(
            [np.ones(len(centred)), centred / spread]
        ), spread

    def sums(self, counts: Floats) -> GroupSums:
        """Add up one set of counts (n,) by group."""
        return GroupSums(
            self.total(counts)[np.newaxis], self.total(counts**2)[np.newaxis]
        )


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

    def take(self, sets: Indices | Booleans) -> GroupSums:
        """Give the sums of some of the b sets."""
        return GroupSums(self.totals[sets], self.squares[sets])


def group_rows(scores: Floats) -> ScoreGroups:
    """Group rows by distinct values of the predictor.

    Parameters
    ----------
    scores : ndarray, shape (n,)
        Finite; n at least 1.

    Returns
    -------
    ScoreGroups
    """
    ties = tie_groups(scores)
    return ScoreGroups(
        scores=ties.values,
        sizes=ties.sizes.astype(np.float64),
        group_of_row=ties.group_of_row,
    )


def group_bins(scores: Floats) -> ScoreGroups:
    """Group rows by predictor, into bins where it has very many values.

    Parameters
    ----------
    scores : ndarray, shape (n,)
        Finite; n at least 1.

    Returns
    -------
    ScoreGroups
        One group per distinct value up to ``MAX_GROUPS`` of them; beyond,
        bins of a ``MAX_GROUPS``-th of the range, each at the mean of its
        rows.
    """
    groups = group_rows(scores)
    if len(groups.scores) <= MAX_GROUPS:
        return groups
    low, high = groups.scores[[0, -1]]
    bins = np.minimum((scores - low) / (high - low) * MAX_GROUPS, MAX_GROUPS)
    binned = group_rows(np.floor(bins))
    means = binned.total(scores) / binned.sizes
    return ScoreGroups(means, binned.sizes, binned.group_of_row)


def is_at_one_end(scores: Floats, is_counted: Booleans) -> bool:
    """Tell whether all that counts has one score, the lowest or the highest.

    Parameters
    ----------
    scores : ndarray, shape (n,)
    is_counted : ndarray of bool, shape (n,)
        Some of the rows.

    Returns
    -------
    bool
        The likelihood of a slope then rises for ever.
    """
    held = scores[is_counted]
    ends = (scores.min(), scores.max())
    return bool(held.min() == held.max() and held[0] in ends)


def count_status(
    scores: Floats, counts: Floats, is_counted: bool = True
) -> Status:
    """Name the first rule that scores and counts break.

    Parameters
    ----------
    scores, counts : ndarray, shape (n,)
        Predictor and outcome of each domain, none missing.
    is_counted : bool, default True
        Whether the outcome must be whole.

    Returns
    -------
    Status
        As `rules.pair_status`; ``unreliable`` too where a score is negative
        or an outcome is negative, beyond ``LARGEST_COUNT`` or not whole.
    """
    status = pair_status(len(scores), profile(scores), profile(counts))
    if status in (Status.NO_OVERLAP, Status.TOO_FEW, Status.UNRELIABLE):
        return status
    is_count = (counts >= 0) & (counts <= LARGEST_COUNT)
    if is_counted:
        is_count &= counts % 1 == 0
    if scores.min() < 0 or not is_count.all():
        return Status.UNRELIABLE
    return status


@dataclass(frozen=True)
class CountSample:
    """Predictor and count of the domains that have both.

    Attributes
    ----------
    scores, counts : ndarray, shape (n,)
        None missing.
    clusters : ndarray of int, shape (n,), or None
        Cluster of each domain, 0 to g - 1; None where each is its own.
    is_counted : bool
        Whether the counts must be whole; a share of voice is not.
    """

    scores: Floats
    counts: Floats
    clusters: Indices | None = None
    is_counted: bool = True

    @property
    def row_count(self) -> int:
        """Domains n."""
        return len(self.scores)

    @property
    def cluster_count(self) -> int:
        """Clusters; n where every domain is its own."""
        if self.clusters is None:
            return self.row_count
        return int(self.clusters.max(initial=-1)) + 1

    def take(self, is_kept: Booleans) -> CountSample:
        """Keep some of the domains."""
        kept = None if self.clusters is None else self.clusters[is_kept]
        return replace(
            self,
            scores=self.scores[is_kept],
            counts=self.counts[is_kept],
            clusters=renumbered(kept),
        )

    def broken_rule(self) -> Estimate | None:
        """Give an estimate without numbers where a rule is broken."""
        status = count_status(self.scores, self.counts, self.is_counted)
        if status is not Status.OK:
            return without_numbers(self.row_count, status)
        if self.cluster_count < MIN_ROWS:
            return without_numbers(
                self.row_count,
                Status.TOO_FEW,
                FEW_OWNERS,
            )
        return None


def known_pairs(
    scores: Floats, counts: Floats, clusters: Indices | None = None
) -> CountSample:
    """Drop the domains of which either value is missing.

    Parameters
    ----------
    scores, counts : ndarray, shape (n,)
        Predictor and count of each domain; a missing value is NaN.
    clusters : ndarray of int, shape (n,), optional
        Cluster of each domain.

    Returns
    -------
    CountSample
        The complete pairs, in their order.
    """
    return CountSample(scores, counts, clusters).take(
        ~(np.isnan(scores) | np.isnan(counts))
    )
