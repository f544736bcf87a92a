"""Counts that others like a row lead to expect of it, with intervals.

A row is never judged by itself: the rows are dealt into folds, and each fold
is predicted by a law of log means fitted to the others. How far the others lie
from their own predictions says how wide an interval must be (cross-conformal
prediction); among rows of about the same expected count, so that the small and
the large have intervals of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import betainc

from linksignal.stats.arrays import Booleans, Floats, Indices

FOLDS = 10

# Terms are taken in turn, as many as there are tens of counts off zero: more
# would fit what chance did.
COUNTS_PER_TERM = 10

# Strata of rows of about the same expected count: as many as keep this many
# rows that may well have an event in each, and no more than would tell apart
# what an interval can show.
ROWS_PER_STRATUM = 50
MOST_STRATA = 10

MOST_STEPS = 50
LARGEST_STEP = 3.0
SMALLEST_GAIN = 1e-12
SMALLEST_STEP = 1e-9
ROUNDING = 1e-12
RIDGE = 1e-12
LOG_BOUND = 40.0
COLLINEAR = 1e-6

# The law's mean is rounded to this part of itself where ends are looked up.
LOG_GRID = 500.0
NARROWEST = 1e-6
TINY = 1e-12
HALVINGS = 12
DISPERSIONS = (1e-6, 1e6)

Complexes = NDArray[np.complex128]


@dataclass(frozen=True)
class Expected:
    """What is to be expected of n rows, each held out.

    Attributes
    ----------
    means : ndarray, shape (n,)
        Expected count.
    low, high : ndarray, shape (n,)
        Ends of the prediction interval, whole numbers, both part of it.
    below, above : ndarray, shape (n,)
        Share (0-1) of rows like it that lie under or over the interval, by
        its construction.
    """

    means: Floats
    low: Floats
    high: Floats
    below: Floats
    above: Floats


def fewest_rows(tail: float) -> int:
    """Give the fewest rows that can have an interval with both ends.

    Parameters
    ----------
    tail : float
        Share (0-0.5) that an end leaves out.

    Returns
    -------
    int
        Without a tenth of them the largest of the others may be the end.
    """
    others = int(np.ceil(1 / tail - 1 - 1e-9))
    return int(np.ceil(others * FOLDS / (FOLDS - 1))) + 1


def fewest_off_zero() -> int:
    """Give the fewest counts off zero that allow a term."""
    return COUNTS_PER_TERM


def expect_counts(
    terms: Floats, counts: Floats, folds: Indices, tail: float
) -> Expected | None:
    """Tell what counts are to be expected of rows with these terms.

    Parameters
    ----------
    terms : ndarray, shape (n, k)
        What the log mean is linear in, the most telling first.
    counts : ndarray, shape (n,)
        Whole numbers, 0 or more; `COUNTS_PER_TERM` or more of them above 0.
    folds : ndarray of int, shape (n,)
        0 to `FOLDS` - 1; at least `fewest_rows` rows. Rows that are alike for
        a reason outside the terms share a fold.
    tail : float
        Share (0-0.5) of rows that at most lie below the low end. An interval
        leaves out at most twice as many: above the high end lie those that
        the low end, a whole number, could not leave out.

    Returns
    -------
    Expected or None
        None where no term varies, or a fit has no finite means.

    Notes
    -----
    Means are fitted by Poisson pseudo-likelihood, right for any law of the
    counts, so that they add up to the counts. A value beyond those of the
    other folds counts as the nearest of them. The spread around the means is
    that of a negative binomial law; which of its quantiles the ends are is
    read off the held-out rows of a stratum, each spread evenly over the
    quantiles that its count covers (no draw decides). Where nothing lies below
    the low end, as none is usual there, the interval is one-sided, and it is
    the shortest that holds 1 - 2 tail and has this low end.

    References
    ----------
    Vovk (2015), Cross-conformal predictors, Annals of Mathematics and
    Artificial Intelligence 74, 9-28.
    Czado, Gneiting & Held (2009), Predictive model assessment for count data,
    Biometrics 65, 1254-1261.
    """
    design = _design(terms, counts)
    if design.shape[1] == 1:
        return None
    start = _fit(design, counts, _constant(design, counts))
    if start is None:
        return None
    law = _held_out_law(design, counts, folds, start)
    if law is None:
        return None
    rows = _Rows(
        law,
        counts,
        before=law.below(counts - 1),
        upto=law.below(counts),
        none=law.below(np.zeros_like(counts)),
        places=_places(law.means),
    )
    return Expected(law.means, *rows.intervals(folds, tail))


@dataclass(frozen=True)
class _Law:
    """Negative binomial laws of n rows."""

    means: Floats
    dispersions: Floats

    @classmethod
    def of(cls, laws: Sequence[_Law]) -> _Law:
        """Put the rows of several laws one after the other."""
        return cls(
            np.concatenate([one.means for one in laws]),
            np.concatenate([one.dispersions for one in laws]),
        )

    @property
    def _shape(self) -> tuple[Floats, Floats]:
        return 1 / self.dispersions, 1 / (1 + self.dispersions * self.means)

    def below(self, counts: Floats) -> Floats:
        """Probability of at most these counts."""
        shape, share = self._shape
        found: Floats = betainc(shape, np.maximum(counts, 0) + 1, share)
        found[counts < 0] = 0.0
        return found

    def quantiles(self, levels: Floats) -> Floats:
        """Smallest counts that are not exceeded with these probabilities."""
        high = np.ceil(self.means)
        while (is_short := self.below(high) < levels).any():
            high[is_short] = 2 * high[is_short] + 1
        low = np.full_like(high, -1.0)
        while (is_open := high - low > 1).any():
            middle = np.floor((low + high) / 2)
            is_short = self.below(middle) < levels
            low = np.where(is_open & is_short, middle, low)
            high = np.where(is_open & ~is_short, middle, high)
        return high

    def distinct(self, rows: Indices) -> tuple[_Law, Indices, Indices]:
        """Give rows of nearly the same law once.

        With the first of each, and which of them every row is.
        """
        logs = np.round(np.log(self.means[rows]) * LOG_GRID)
        once, first, row = np.unique(
            logs, return_index=True, return_inverse=True
        )
        dispersions = self.dispersions[rows[first]]
        return _Law(np.exp(once / LOG_GRID), dispersions), rows[first], row


@dataclass(frozen=True)
class _Curve:
    """Share of the n held-out rows of a stratum up to a quantile of their law.

    A further row is as likely to be the outermost as any other one: seen from
    below (side -1) it may be the lowest, from above (1) the highest.
    """

    ends: Floats
    reached: Floats
    size: int

    def quantiles(self, shares: Floats, side: int) -> Floats:
        """Quantiles up to which these shares of further rows lie."""
        among = (shares * (self.size + 1) - (side < 0)) / self.size
        return np.asarray(np.interp(among, self.reached, self.ends))


@dataclass(frozen=True)
class _Blend:
    """The curves of rows that lie between the middles of two strata.

    Shares go from one curve to the next in a straight line.

    Attributes
    ----------
    curves : list of _Curve
    before, after : ndarray of int, shape (n,)
        Number of the curve before each row, and of the one after.
    part : ndarray, shape (n,)
        Where the row is between them, 0-1.
    """

    curves: list[_Curve]
    before: Indices
    after: Indices
    part: Floats

    @classmethod
    def of(cls, blends: Sequence[_Blend]) -> _Blend:
        """Put the rows of several blends one after the other."""
        counts = [len(one.curves) for one in blends]
        starts = np.cumsum(counts) - counts
        moved = [
            (start + one.before, start + one.after, one.part)
            for start, one in zip(starts, blends, strict=True)
        ]
        columns = (
            np.concatenate(column) for column in zip(*moved, strict=True)
        )
        return cls([c for one in blends for c in one.curves], *columns)

    def shares(self, quantiles: Floats, side: int) -> Floats:
        """Share of further rows up to these quantiles of their laws."""
        (order, ends_reached), curve = self._joined, self._curve_of_row
        wanted = curve + 1j * quantiles
        first, last, size = self._extents
        at = np.searchsorted(order, wanted, "right") - 1
        at = np.clip(at, first, last - 1)
        ends, reached = ends_reached[:, at]
        next_ends, next_reached = ends_reached[:, at + 1]
        within = np.clip(quantiles, ends, next_ends) - ends
        widths = np.maximum(next_ends - ends, np.finfo(np.float64).tiny)
        among = size * (reached + (next_reached - reached) / widths * within)
        before, after = (among + (side < 0)) / (size + 1)
        return np.asarray(before * (1 - self.part) + after * self.part)

    @cached_property
    def _curve_of_row(self) -> Indices:
        """Number of the curve before each row, and of the one after, (2, n)."""
        return np.array([self.before, self.after])

    @cached_property
    def _joined(self) -> tuple[Complexes, Floats]:
        """All curves: their number and ends, in order; ends and reached."""
        ends = np.concatenate([curve.ends for curve in self.curves])
        reached = np.concatenate([curve.reached for curve in self.curves])
        lengths = [len(curve.ends) for curve in self.curves]
        # Complex numbers are in order by one part, then by the other.
        order = np.repeat(np.arange(len(lengths)), lengths) + 1j * ends
        return order, np.array([ends, reached])

    @cached_property
    def _extents(self) -> Indices:
        """First and last place of the curves of each row, and their sizes."""
        lengths = np.array([len(curve.ends) for curve in self.curves])
        sizes = [curve.size for curve in self.curves]
        stops = np.cumsum(lengths)
        places = np.array([stops - lengths, stops - 1, sizes])
        return places[:, self._curve_of_row]

    def quantiles(self, shares: Floats, side: int) -> Floats:
        """Quantiles up to which these shares of further rows lie."""
        both = self._by_curve(shares, side)
        low, high = np.minimum(*both), np.maximum(*both)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            is_short = self.shares(middle, side) < shares
            low = np.where(is_short, middle, low)
            high = np.where(is_short, high, middle)
        return np.asarray(high)

    def _by_curve(self, shares: Floats, side: int) -> tuple[Floats, Floats]:
        """Quantiles by the curve before and the one after each row."""
        found = np.empty((2, len(shares)))
        for numbers, row in zip(self._curve_of_row, found, strict=True):
            for number in np.unique(numbers):
                rows = numbers == number
                row[rows] = self.curves[number].quantiles(shares[rows], side)
        return found[0], found[1]


@dataclass(frozen=True)
class _Rows:
    """Rows with the laws that their folds were held out from.

    Attributes
    ----------
    before, upto, none : ndarray, shape (n,)
        Probability of less than the count of the row, of at most that, and
        of none.
    places : ndarray, shape (n,)
        As `_places` gives them.
    """

    law: _Law
    counts: Floats
    before: Floats
    upto: Floats
    none: Floats
    places: Floats

    def intervals(self, folds: Indices, tail: float) -> Floats:
        """Give ends, and shares below and above, of every row.

        Returns
        -------
        ndarray, shape (4, n)
            Low and high end, share below the low and above the high one.
        """
        parts, blends, start = [], [], 0
        row_of = np.empty(len(folds), dtype=np.intp)
        for fold in np.unique(folds):
            mine = folds == fold
            one, first, row = self.law.distinct(np.flatnonzero(mine))
            parts.append(one)
            blends.append(_blend(self.places[first], *self._curves(~mine)))
            row_of[mine] = start + row
            start += len(first)
        found = _ends(_Law.of(parts), _Blend.of(blends), tail)[:, row_of]
        is_bare = found[1] == 0
        for fold in np.unique(folds[is_bare]):
            mine = folds == fold
            bare = mine & is_bare
            found[3, bare] = self._any(mine, self.none[bare])
        return found

    def _curves(self, others: Booleans) -> tuple[list[float], list[_Curve]]:
        strata = np.floor(self.places)
        middles, curves = [], []
        for stratum in np.unique(strata[others]):
            rows = (strata == stratum) & others
            middles.append(stratum + 0.5)
            curves.append(_curve(self.before[rows], self.upto[rows]))
        return middles, curves

    def _any(self, mine: Booleans, none: Floats) -> Floats:
        """Give the share of rows with any where none is usual.

        Those of the law, as many times as other rows like it have any: where
        nearly all counts are zero a curve says little of single rows.
        """
        others = ~mine & (self.none >= none.min())
        expected = max(float((1 - self.none[others]).sum()), TINY)
        seen = np.count_nonzero(self.counts[others])
        return np.asarray(np.minimum((1 - none) * seen / expected, 1.0))


def _ends(laws: _Law, blend: _Blend, tail: float) -> Floats:
    """Give ends, and shares below and above, of rows of some laws, (4, n)."""
    lowest = blend.quantiles(np.full_like(laws.means, tail), -1)
    low = laws.quantiles(np.maximum(lowest, 0.0))
    below = np.where(low > 0, blend.shares(laws.below(low - 1), -1), 0.0)
    highest = blend.quantiles(below + 1 - 2 * tail, 1)
    high = np.maximum(laws.quantiles(np.minimum(highest, 1 - TINY)), low)
    above = 1 - blend.shares(laws.below(high), 1)
    return np.array([low, high, below, above])


def _design(terms: Floats, counts: Floats) -> Floats:
    """Put a constant before the terms that the counts allow.

    Terms of mean zero and length one; none that says little beyond those
    before it.
    """
    allowed = int(np.count_nonzero(counts)) // COUNTS_PER_TERM
    centred = terms - terms.mean(axis=0)
    spreads = np.sqrt((centred**2).mean(axis=0))
    kept = [np.ones(len(terms))]
    for column, spread in zip(centred.T, spreads, strict=True):
        if len(kept) > allowed or not spread > 0:
            continue
        scaled = column / spread
        others = np.column_stack(kept)
        own = scaled - others @ np.linalg.lstsq(others, scaled)[0]
        if (own**2).mean() > COLLINEAR:
            kept.append(scaled)
    return np.column_stack(kept)


def _constant(design: Floats, counts: Floats) -> Floats:
    start = np.zeros(design.shape[1])
    start[0] = np.log(counts.mean())
    return start


def _means(design: Floats, coefficients: Floats) -> Floats:
    logs = np.clip(design @ coefficients, -LOG_BOUND, LOG_BOUND)
    return np.asarray(np.exp(logs))


def _fit(design: Floats, counts: Floats, start: Floats) -> Floats | None:
    """Fit log means by damped Newton steps from a place nearby.

    A fit that runs away, where a term parts zeros from the rest, is left
    where it gains no more.
    """
    place = start
    turned = design.T @ counts

    def value_at(one: Floats) -> float:
        return float(turned @ one - _means(design, one).sum())

    value = value_at(place)
    for _ in range(MOST_STEPS):
        means = _means(design, place)
        bread = (design * means[:, np.newaxis]).T @ design
        # A term that parts zeros from the rest leaves a direction flat.
        bread += RIDGE * np.trace(bread) * np.eye(len(bread))
        gradient = turned - design.T @ means
        try:
            step = np.linalg.solve(bread, gradient)
        except np.linalg.LinAlgError:
            return None
        gain = gradient @ step
        if not np.isfinite(gain):
            return None
        if gain < SMALLEST_GAIN:
            break
        size = min(1.0, LARGEST_STEP / np.abs(design @ step).max())
        least = value - ROUNDING * abs(value)
        while (there := value_at(place + size * step)) < least:
            size /= 2
            if size < SMALLEST_STEP:
                return place
        place, value = place + size * step, there
    return place


def _held_out_law(
    design: Floats, counts: Floats, folds: Indices, start: Floats
) -> _Law | None:
    means = np.empty(len(counts))
    dispersions = np.empty(len(counts))
    for fold in range(FOLDS):
        mine = folds == fold
        if not mine.any():
            continue
        others, seen = design[~mine], counts[~mine]
        if not seen.any():
            return None
        place = _fit(others, seen, start)
        if place is None:
            return None
        within = np.clip(design[mine], others.min(axis=0), others.max(axis=0))
        means[mine] = _means(within, place)
        dispersions[mine] = _dispersion(
            seen, _means(others, place), design.shape[1]
        )
    return _Law(means, dispersions)


def _dispersion(counts: Floats, means: Floats, fitted: int) -> float:
    """Give the dispersion by which squared residuals are as expected."""
    squares = (counts - means) ** 2
    wanted = max(len(counts) - fitted, 1)

    def excess(log: float) -> float:
        return float(
            (squares / (means + np.exp(log) * means**2)).sum() / wanted - 1
        )

    low, high = np.log(DISPERSIONS)
    if excess(low) <= 0:
        return DISPERSIONS[0]
    if excess(high) >= 0:
        return DISPERSIONS[1]
    return float(np.exp(brentq(excess, low, high, xtol=1e-3)))


def _places(means: Floats) -> Floats:
    """Cut the rows into strata by expected count, not by their own.

    Returns
    -------
    ndarray, shape (n,)
        Number of the stratum, and what part of its likely events come before
        the row. Most rows of the first may well have no event at all.
    """
    order = np.argsort(means, kind="stable")
    likely = np.cumsum(np.minimum(means[order], 1.0))
    number = int(np.clip(likely[-1] // ROWS_PER_STRATUM, 1, MOST_STRATA))
    places = np.empty(len(means))
    places[order] = likely / likely[-1] * number
    return np.asarray(np.minimum(places, np.nextafter(number, 0)))


def _blend(
    places: Floats, middles: Sequence[float], curves: list[_Curve]
) -> _Blend:
    """Find the two strata whose middles each place lies between."""
    at = np.asarray(middles)
    first = np.clip(np.searchsorted(at, places) - 1, 0, max(len(at) - 2, 0))
    after = np.minimum(first + 1, len(at) - 1)
    start, end = at[first], at[after]
    part = (places - start) / np.maximum(end - start, TINY)
    return _Blend(curves, first, after, np.clip(part, 0.0, 1.0))


def _curve(low: Floats, high: Floats) -> _Curve:
    """Spread each row evenly over the quantiles from low to high."""
    widths = np.maximum(high - low, NARROWEST)
    ends = np.concatenate([low, low + widths])
    slopes = np.concatenate([1 / widths, -1 / widths]) / len(low)
    order = np.argsort(ends, kind="stable")
    ends = ends[order]
    rises = np.cumsum(slopes[order])[:-1] * np.diff(ends)
    reached = np.maximum.accumulate(np.concatenate([[0.0], np.cumsum(rises)]))
    return _Curve(ends, reached, len(low))
