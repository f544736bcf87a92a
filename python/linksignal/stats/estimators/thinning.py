"""Spearman's correlation of a count after thinning it, by expectation.

A rank correlation of thin counts is lower than one of thick counts of the
same thing. Two counts are compared at equal thickness when every event of
the thicker one is kept with probability q, the thinner total over the
thicker. Nothing is drawn: with count c a domain stands with every thinned
value y at once, weighed by its binomial probability, and the correlation is
Spearman's of that weighted sample, which many thinnings agree on: a thinned
count is an outcome of `rank_correlation.rank_correlations`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array
from scipy.special import bdtr, ndtr, pdtr

from linksignal.stats.arrays import Floats, Indices
from linksignal.stats.estimators.new_prompts import Changes
from linksignal.stats.estimators.rank_correlation import RankScores
from linksignal.stats.ranks import tie_groups

# Thinned values are told apart down to this part of their standard deviation.
BINS_PER_DEVIATION = 4
REACH = 6.0
FINEST_SHARE = 1e-4

# A larger count is none: no export counts so many links.
LARGEST_COUNT = 1e12

# Beyond it scipy's binomial law has no answer.
HUGE_COUNT = 1e9

# From this variance on, a binomial law is a normal one with its skewness.
LARGE_VARIANCE = 50.0

# Step, as a share of the rate, of the derivative to it.
RATE_STEP = 0.01


@dataclass(frozen=True)
class Thinned:
    """A count of n rows, each event kept with the same probability.

    Attributes
    ----------
    row : ndarray of int, shape (n,)
        Place of each row's count among the d distinct ones.
    counts : ndarray, shape (d,)
        Distinct counts, ascending.
    rate : float
        Probability that an event is kept, above 0, at most 1.
    chances : sparse array, shape (d, m)
        Probability of each of m ranges of thinned values, given the count.
    others : ndarray of int
        Place of each further count that results shall be known for.
    """

    row: Indices
    counts: Floats
    rate: float
    chances: csr_array
    others: Indices

    @classmethod
    def of(
        cls, counts: Floats, rate: float, others: Floats | None = None
    ) -> Thinned:
        """Thin the counts of n rows.

        Parameters
        ----------
        counts : ndarray, shape (n,)
            Whole numbers, 0 or more.
        rate : float
            Probability that an event is kept; 1 keeps all, and makes every
            result that of the counts as they are.
        others : ndarray, optional
            Counts that no row has but results shall be known for.

        Returns
        -------
        Thinned
        """
        both = counts if others is None else np.append(counts, others)
        groups = tie_groups(both)
        row, further = np.split(groups.group_of_row, [len(counts)])
        chances = _chances(groups.values, rate)
        return cls(row, groups.values, rate, chances, further)

    @cached_property
    def law(self) -> Floats:
        """Probability of each range over all rows, shape (m,)."""
        shares = np.bincount(self.row, minlength=len(self.counts))
        return self._spread(shares / len(self.row))

    @cached_property
    def _ranks(self) -> tuple[Floats, float]:
        """Mid-distribution scores (m,) of mean square one, and their unit."""
        scores = np.cumsum(self.law) - self.law / 2 - 0.5
        length = np.sqrt(self.law @ scores**2)
        return np.asarray(scores / length), float(1 / length)

    @property
    def scores(self) -> Floats:
        """Mid-distribution score of each range, mean square one, (m,)."""
        return self._ranks[0]

    @cached_property
    def expected_scores(self) -> Floats:
        """Expected score given each distinct count, shape (d,)."""
        return self._expect(self.scores)

    @property
    def values(self) -> Floats:
        """Expected score of each row, shape (n, 1)."""
        return self.expected_scores[self.row][:, np.newaxis]

    @cached_property
    def square_influence(self) -> Floats:
        """Influence of each distinct count on the mean square, shape (d,)."""
        above = _above(self.law * self.scores) * self._ranks[1]
        return self._expect(self.scores**2 + 2 * above) - 3

    @property
    def square_influences(self) -> Floats:
        """Influence of each row on the mean square, shape (n, 1)."""
        return self.square_influence[self.row][:, np.newaxis]

    def rank_influence(self, weights: Floats) -> Floats:
        """Give what each distinct count adds to the ranks of the others.

        Parameters
        ----------
        weights : ndarray, shape (n,)
            Scores of the other variable.

        Returns
        -------
        ndarray, shape (d,)
            Mean over the rows of their weight, where they are larger after
            thinning; half of it where they are equal; in units of scores.
        """
        by_count = np.bincount(self.row, weights, len(self.counts))
        spread = self._spread(by_count / len(self.row))
        return self._expect(_above(spread)) * self._ranks[1]

    def rank_terms(self, at: int, others: Floats) -> Floats:
        """Give what rows add, by its ranks, to products (n, s)."""
        assert at == 0
        terms = [self.rank_influence(column)[self.row] for column in others.T]
        return np.column_stack(terms)

    def _expect(self, by_range: Floats) -> Floats:
        return np.asarray(self.chances @ by_range)

    def _spread(self, by_count: Floats) -> Floats:
        return np.asarray(self.chances.T @ by_count)


def _above(weights: Floats) -> Floats:
    """Add up over larger values, and half of those equal."""
    upto = np.cumsum(weights)
    return np.asarray(upto[-1] - upto + weights / 2)


def moved_correlations(
    scores: Floats, thinned: Thinned, changes: Changes
) -> Floats:
    """Tell how Spearman's correlation moves with changes of a count.

    By its influence function, which is right to the first order: each row
    gives up the influence of its old count for that of its new one.

    Parameters
    ----------
    scores : ndarray, shape (n,)
        Scores of the other variable, or expected ones.
    thinned : Thinned
        The count, its others those that the changes lead to.
    changes : Changes

    Returns
    -------
    ndarray, shape (g,)
    """
    expected = thinned.expected_scores
    correlation = np.mean(scores * expected[thinned.row])
    old, new = thinned.row[changes.rows], thinned.others
    by_count = thinned.rank_influence(scores)
    by_count = by_count - correlation / 2 * thinned.square_influence
    own = scores[changes.rows] * (expected[new] - expected[old])
    parts = own + by_count[new] - by_count[old]
    return changes.add_up(parts) / len(scores)


def thinned_ceiling(fixed: RankScores, thinned: Thinned) -> float:
    """Give the largest correlation that the ties of both allow.

    Parameters
    ----------
    fixed : RankScores
        One variable.
    thinned : Thinned

    Returns
    -------
    float
        0-1: the mean product of the scores with both sorted alike.
    """
    groups = fixed.variables[0].groups
    ends = np.cumsum(groups.sizes / groups.row_count)
    first = groups.ranks * fixed.scales[0]
    other_ends = np.cumsum(thinned.law)
    cuts = np.union1d(ends, other_ends)
    widths = np.diff(cuts, prepend=0.0)
    middle = cuts - widths / 2
    left = first[np.minimum(np.searchsorted(ends, middle), len(first) - 1)]
    at = np.searchsorted(other_ends, middle)
    right = thinned.scores[np.minimum(at, len(thinned.scores) - 1)]
    return float(np.sum(widths * left * right))


def expected_log_ratio(totals: Floats, share: float) -> Floats:
    """Give the mean log ratio of two kinds, were they dealt out at random.

    Parameters
    ----------
    totals : ndarray, shape (n,)
        Events of both kinds together, whole numbers.
    share : float
        Probability of the first kind, above 0, below 1.

    Returns
    -------
    ndarray, shape (n,)
        Mean of log((y + 1/2) / (total - y + 1/2)) for binomial y: the logit
        of the share where events are many, less or more where they are few.
    """
    groups = tie_groups(totals)
    distinct, row = groups.values, groups.group_of_row
    found = np.full(len(distinct), np.log(share / (1 - share)))
    is_few = distinct * share * (1 - share) < LARGE_VARIANCE
    few = distinct[is_few]
    found[is_few] = _mean_log(few, share) - _mean_log(few, 1 - share)
    return np.asarray(found[row])


def dispersion(counts: Floats, totals: Floats) -> float:
    """Tell how far a share differs between rows beyond chance.

    Parameters
    ----------
    counts, totals : ndarray, shape (n,)
        Events of one kind, and of all.

    Returns
    -------
    float
        Pearson's chi-square over the rows that chance lets vary; about 1
        where the share is everywhere alike, NaN without such rows.
    """
    share = counts.sum() / totals.sum()
    chance = totals * share * (1 - share)
    is_any = chance > 0
    if not is_any.any():
        return float("nan")
    squares = (counts - share * totals)[is_any] ** 2 / chance[is_any]
    return float(squares.mean())


def _mean_log(counts: Floats, rate: float) -> Floats:
    if len(counts) == 0:
        return counts
    starts = _range_starts(rate * counts[-1], rate)
    middles = (starts[:-1] + starts[1:] - 1) / 2
    return np.asarray(_chances(counts, rate) @ np.log(middles + 0.5))


def _chances(counts: Floats, rate: float) -> csr_array:
    """Give the binomial probabilities of ranges of values, by count."""
    if rate >= 1:
        places = np.arange(len(counts))
        return csr_array((np.ones(len(counts)), (places, places)))
    starts = _range_starts(rate * counts[-1], rate)
    mean = rate * counts
    deviation = np.sqrt(mean * (1 - rate))
    reach = REACH * deviation + REACH
    lowest = np.maximum(mean - reach, 0)
    highest = np.minimum(mean + reach, counts)
    first = np.searchsorted(starts, lowest, side="right") - 1
    last = np.searchsorted(starts, highest, side="right") - 1
    sizes = last - first + 1
    pointers = np.concatenate([[0], np.cumsum(sizes)])
    of_count = np.repeat(np.arange(len(counts)), sizes)
    columns = np.arange(pointers[-1]) - np.repeat(pointers[:-1] - first, sizes)
    # The last value of a range is one less than the first of the next.
    upto = _binomial_cdf(starts[columns + 1] - 1, of_count, counts, rate)
    upto[pointers[1:] - 1] = 1.0
    before = np.roll(upto, 1)
    before[pointers[:-1]] = 0.0
    shape = (len(counts), len(starts) - 1)
    chances = csr_array((upto - before, columns, pointers), shape=shape)
    return chances


def _range_starts(largest_mean: float, rate: float) -> Floats:
    """Cut values where they are a part of a deviation apart.

    At least one, and at least a ten-thousandth of the value: so close to each
    other thinning hardly turns the order of large counts.
    """
    deviation = np.sqrt(1 - rate)
    top = largest_mean + REACH * deviation * np.sqrt(largest_mean) + REACH + 2
    # Ranges as wide as a part of a deviation are so from one root to another.
    first = max(BINS_PER_DEVIATION / deviation, REACH)
    last = deviation / BINS_PER_DEVIATION / FINEST_SHARE
    whole_top = min(first**2, 1 / FINEST_SHARE)
    starts = [np.arange(0, min(whole_top, top) + 1)]
    share_from = whole_top
    if last > first:
        step = deviation / (2 * BINS_PER_DEVIATION)
        roots = np.arange(first, min(last, np.sqrt(top)) + step, step)
        starts.append(np.floor(roots**2))
        share_from = last**2
    if top > share_from:
        count = np.ceil(np.log(top / share_from) / FINEST_SHARE) + 1
        growth = np.exp(FINEST_SHARE * np.arange(count))
        starts.append(np.floor(share_from * growth))
    return np.unique(np.concatenate([*starts, [np.ceil(top) + 1]]))


def _binomial_cdf(
    values: Floats, of_count: Indices, counts: Floats, rate: float
) -> Floats:
    trials = counts[of_count]
    variance = counts * rate * (1 - rate)
    is_large = (variance >= LARGE_VARIANCE)[of_count]
    found = np.empty(len(values))
    small = ~is_large
    upto = np.minimum(values[small], trials[small])
    is_huge = trials[small] > HUGE_COUNT
    binomial = bdtr(
        upto, np.minimum(trials[small], HUGE_COUNT).astype(np.int64), rate
    )
    # Of so many events so few are kept that their law is Poisson's.
    found[small] = np.where(is_huge, pdtr(upto, rate * trials[small]), binomial)
    deviation = np.sqrt(variance)[of_count[is_large]]
    z = (values[is_large] + 0.5 - rate * trials[is_large]) / deviation
    skewness = (1 - 2 * rate) / deviation
    bell = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    found[is_large] = ndtr(z) - skewness / 6 * (z**2 - 1) * bell
    return found
