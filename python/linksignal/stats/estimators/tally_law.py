"""Draws of counts from a law, as sums and tallies in place of rows.

Within a group of one score the counts of its rows are exchangeable, so that
how many of them fall into each bin of counts is multinomial. Bins that hold
many rows are drawn as binomials, one after the other; the rows that are left
over for the others are dealt to them one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from linksignal.stats.arrays import Floats, Indices, Integers
from linksignal.stats.estimators.score_groups import GroupSums, ScoreGroups

# From this many expected rows on, a bin is cheaper to draw as a whole.
FEWEST_AT_ONCE = 3.0

# Equal parts of the range 0-1 by which the bin of a row is looked up.
SLOTS = 1024

# Single rows, and tallies, held at a time.
CHUNK_CELLS = 500_000


@dataclass(frozen=True)
class TallyLaw:
    """A law of counts in each of g groups, by k bins of counts.

    Attributes
    ----------
    upper : ndarray, shape (k,)
        Largest count of each bin, ascending, the last one infinite.
    shares : ndarray, shape (g, k)
        Share of a group's rows that fall into each bin.
    means, squares : ndarray, shape (g, k)
        Mean of the counts, and of their squares, within the bin.
    """

    upper: Floats
    shares: Floats
    means: Floats
    squares: Floats

    def tally(self, groups: ScoreGroups, counts: Floats) -> Draws:
        """Tally one set of counts (n,) as draws are."""
        bins = np.searchsorted(self.upper, counts)
        ranks = groups.ranks[groups.group_of_row]
        held, ranked = (
            np.bincount(bins, weights, len(self.upper)).astype(np.float64)
            for weights in (None, ranks)
        )
        sums = groups.sums(counts)
        return Draws(held[np.newaxis], ranked[np.newaxis], sums)


@dataclass(frozen=True)
class Draws:
    """Some draws from a law.

    Attributes
    ----------
    held : ndarray, shape (b, k)
        Rows in each bin of counts.
    ranked : ndarray, shape (b, k)
        Sum of the ranks of their scores (`ScoreGroups.ranks`).
    sums : GroupSums
        Sums of b sets of counts.
    """

    held: Floats
    ranked: Floats
    sums: GroupSums


def draw_tallies(
    law: TallyLaw,
    groups: ScoreGroups,
    generator: np.random.Generator,
    draw_count: int,
) -> Iterator[Draws]:
    """Draw sets of counts, in chunks of bounded size.

    Parameters
    ----------
    law : TallyLaw
    groups : ScoreGroups
        Rows by predictor.
    generator : numpy.random.Generator
        Source of the draws.
    draw_count : int
        Sets of counts B, 1 or more.

    Yields
    ------
    Draws
        The next b sets.
    """
    plan = _Plan(law, groups)
    for first in range(0, draw_count, plan.draws_at_once):
        count = min(plan.draws_at_once, draw_count - first)
        yield plan.draw(generator, count)


@dataclass(frozen=True)
class _Plan:
    """How the rows of each group are drawn."""

    law: TallyLaw
    groups: ScoreGroups

    @cached_property
    def whole(self) -> list[slice]:
        """The bins of each group that are drawn as a whole, side by side."""
        expected = self.groups.sizes[:, np.newaxis] * self.law.shares
        is_whole = expected >= FEWEST_AT_ONCE
        first = is_whole.argmax(axis=1)
        last = is_whole.shape[1] - is_whole[:, ::-1].argmax(axis=1)
        last[~is_whole.any(axis=1)] = 0
        return [slice(*ends) for ends in zip(first, last, strict=True)]

    @cached_property
    def single_shares(self) -> Floats:
        """Shares of the other bins among the rows left for them, (g, k)."""
        shares = self.law.shares.copy()
        for of_group, whole in zip(shares, self.whole, strict=True):
            of_group[whole] = 0.0
        return shares

    @property
    def draws_at_once(self) -> int:
        """Draws that stay within ``CHUNK_CELLS``."""
        row_count = self.groups.sizes @ self.single_shares.sum(axis=1)
        most = max(float(row_count), *self.law.shares.shape)
        return max(1, int(CHUNK_CELLS / most))

    @cached_property
    def _upto(self) -> Floats:
        """Share of a group's single rows up to each bin, (g, k)."""
        upto = np.cumsum(self.single_shares, axis=1)
        return upto / np.maximum(upto[:, -1:], np.finfo(np.float64).tiny)

    @cached_property
    def _bin_of_slot(self) -> NDArray[np.int16]:
        """Bin that each slot lies in, (g, s); -1 where it is in several."""
        group_count, size = self._upto.shape
        # The first slot that is beyond the end of a bin.
        beyond = np.ceil(SLOTS * self._upto).astype(np.intp)
        rows = np.arange(group_count)[:, np.newaxis] * (SLOTS + 1)
        ends = np.bincount(
            (rows + beyond).ravel(), minlength=group_count * (SLOTS + 1)
        ).reshape(group_count, SLOTS + 1)
        bins = np.minimum(np.cumsum(ends, axis=1), size - 1)
        # A quarter of the memory, which is looked up at random.
        return np.where(ends[:, 1:] > 0, -1, bins[:, :-1]).astype(np.int16)

    def draw(self, generator: np.random.Generator, count: int) -> Draws:
        """Draw some sets of counts."""
        group_count, size = self.law.shares.shape
        held, ranked = np.zeros((2, count, size))
        totals, squares = np.zeros((2, count, group_count))
        left = np.empty((count, group_count), dtype=np.int64)
        sizes = self.groups.sizes.astype(np.int64)
        for at, bins in enumerate(self.whole):
            if bins.start == bins.stop:
                left[:, at] = sizes[at]
                continue
            shares = self.law.shares[at, bins]
            rest = max(0.0, 1.0 - float(shares.sum()))
            drawn = generator.multinomial(
                sizes[at], np.append(shares, rest), count
            )
            left[:, at] = drawn[:, -1]
            tally = drawn[:, :-1].astype(np.float64)
            held[:, bins] += tally
            ranked[:, bins] += self.groups.ranks[at] * tally
            totals[:, at] = tally @ self.law.means[at, bins]
            squares[:, at] = tally @ self.law.squares[at, bins]
        self._add_single(generator, left, (held, ranked, totals, squares))
        return Draws(held, ranked, GroupSums(totals, squares))

    def _add_single(
        self,
        generator: np.random.Generator,
        left: Integers,
        sums: tuple[Floats, Floats, Floats, Floats],
    ) -> None:
        """Deal the rows that are left to single bins, and add them up."""
        size, of_cell = len(self.law.upper), left.ravel()
        cells = np.repeat(np.arange(left.size), of_cell)
        draws = np.repeat(np.arange(len(left)), left.sum(axis=1))
        every_group = np.tile(np.arange(left.shape[1]), len(left))
        groups = np.repeat(every_group, of_cell)
        bins = self._deal(generator, groups)
        places, tallied = groups * size + bins, draws * size + bins
        held, ranked, totals, squares = sums
        for added, at, weights in (
            (held, tallied, None),
            (ranked, tallied, self.groups.ranks.take(groups)),
            (totals, cells, self.law.means.take(places)),
            (squares, cells, self.law.squares.take(places)),
        ):
            flat = np.bincount(at, weights, added.size)
            added[:] += flat.reshape(added.shape)

    def _deal(
        self, generator: np.random.Generator, groups: Indices
    ) -> NDArray[np.int16]:
        """Give each row, known by its group, a bin."""
        drawn = generator.random(len(groups))
        slots = (SLOTS * drawn).astype(np.int32)
        bins = self._bin_of_slot.take(groups * SLOTS + slots)
        (open_,) = np.nonzero(bins < 0)
        group_count, size = self._upto.shape
        # One ascending line of all groups.
        line = (self._upto + np.arange(group_count)[:, np.newaxis]).ravel()
        found = np.searchsorted(line, groups[open_] + drawn[open_], "right")
        bins[open_] = np.minimum(found - groups[open_] * size, size - 1)
        return bins


def draw_statistics(
    law: TallyLaw,
    groups: ScoreGroups,
    generator: np.random.Generator,
    draw_count: int,
    statistics: Sequence[Callable[[Draws], Floats]],
) -> list[Floats]:
    """Compute statistics on the same draws from a law.

    Parameters
    ----------
    law, groups, generator, draw_count
        As in `draw_tallies`.
    statistics : sequence of callable
        Each maps b draws to b numbers.

    Returns
    -------
    list of ndarray, shape (B,)
        For each statistic its values.
    """
    parts: list[list[Floats]] = [[] for _ in statistics]
    for draws in draw_tallies(law, groups, generator, draw_count):
        for part, statistic in zip(parts, statistics, strict=True):
            part.append(statistic(draws))
    return [np.concatenate(part) for part in parts]
