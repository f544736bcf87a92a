"""Draws of counts from a law, as sums and tallies in place of rows.

Within a group of one score the counts of its rows are exchangeable, so that
how many of them fall into each bin of counts is multinomial. Bins that hold
many rows are drawn as binomials, one after the other; the rows that are left
over for the others are dealt to them one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linksignal.stats.arrays import Floats, Indices
from linksignal.stats.estimators.score_groups import GroupSums, ScoreGroups

# From this many expected rows on, a bin is cheaper to draw as a whole.
FEWEST_AT_ONCE = 40

# Equal parts of the range 0-1 by which the bin of a row is looked up.
SLOTS = 2**16
SEVERAL = -1

DRAWS_AT_ONCE = 1_000


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
    """Draw sets of counts, ``DRAWS_AT_ONCE`` at a time.

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
    bin_count, group_count = len(law.upper), len(groups.sizes)
    ranks = groups.ranks
    for first in range(0, draw_count, DRAWS_AT_ONCE):
        count = min(DRAWS_AT_ONCE, draw_count - first)
        held, ranked = np.zeros((2, count, bin_count))
        totals, squares = np.empty((2, count, group_count))
        for at, size in enumerate(groups.sizes.astype(np.int64).tolist()):
            whole, drawn, draws, bins = _drawn(
                law.shares[at], size, generator, count
            )
            cells = bin_count * draws
            cells += bins
            np.add.at(held.reshape(-1), cells, 1.0)
            np.add.at(ranked.reshape(-1), cells, ranks[at])
            totals[:, at] = np.bincount(draws, law.means[at].take(bins), count)
            squares[:, at] = np.bincount(
                draws, law.squares[at].take(bins), count
            )
            if drawn.size:
                held[:, whole] += drawn
                ranked[:, whole] += ranks[at] * drawn
                totals[:, at] += drawn @ law.means[at, whole]
                squares[:, at] += drawn @ law.squares[at, whole]
        yield Draws(held, ranked, GroupSums(totals, squares))


def _drawn(
    shares: Floats, size: int, generator: np.random.Generator, count: int
) -> tuple[slice, NDArray[np.int64], Indices, NDArray[np.int16]]:
    """Draw how the rows of a group fall into bins.

    Returns
    -------
    whole : slice
        The bins that are drawn as a whole.
    drawn : ndarray of int, shape (b, w)
        Rows in each of them.
    draws, bins : ndarray of int, shape (m,)
        Draw, ascending, and bin of each row that is left over.
    """
    whole, drawn = slice(0), np.zeros((count, 0), dtype=np.int64)
    left = np.full(count, size)
    full = np.flatnonzero(size * shares >= FEWEST_AT_ONCE)
    if len(full):
        whole = slice(full[0], full[-1] + 1)
        single = shares.copy()
        single[whole] = 0.0
        parts = np.append(shares[whole], single.sum())
        all_drawn = generator.multinomial(size, parts, count)
        drawn, left = all_drawn[:, :-1], all_drawn[:, -1]
        # Where nothing is left for them, rounding may still leave a row.
        shares = single if single.any() else shares
    draws = np.repeat(np.arange(count), left)
    return whole, drawn, draws, _deal(shares, generator, len(draws))


def _deal(
    shares: Floats, generator: np.random.Generator, row_count: int
) -> NDArray[np.int16]:
    """Give each of some rows a bin.

    A slot lies in one bin, which is looked up, or has an end of one inside:
    then the place within the slot decides.
    """
    upto = np.cumsum(shares)
    upto /= upto[-1]
    ends = np.ceil(SLOTS * upto).astype(np.intp)
    numbers = np.arange(len(shares), dtype=np.int16)
    bin_of_slot = np.repeat(numbers, np.diff(ends, prepend=0))
    with_end = (SLOTS * upto).astype(np.intp)
    bin_of_slot[np.minimum(with_end, SLOTS - 1)] = SEVERAL
    slots = generator.integers(SLOTS, size=row_count, dtype=np.uint16)
    bins = bin_of_slot.take(slots)
    (open_,) = np.nonzero(bins == SEVERAL)
    places = (slots[open_] + generator.random(len(open_))) / SLOTS
    bins[open_] = np.searchsorted(upto, places, "right")
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
