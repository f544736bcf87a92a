"""Counts that others like a row lead to expect of it, with intervals.

A row is never judged by itself: the rows are dealt into folds, and each fold
is predicted by a law of log means fitted to the others. How far the others lie
from their own predictions says how wide an interval must be (cross-conformal
prediction); among rows of about the same expected count, so that the small and
the large have intervals of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import betainc
from scipy.stats import nbinom

from linksignal.stats.arrays import Booleans, Floats, Indices

FOLDS = 10

# Terms are taken in turn, as many as there are tens of counts off zero: more
# would fit what chance did.
COUNTS_PER_TERM = 10

# Strata of rows of about the same expected count: as many as keep this many
# rows that may well have an event in each, and no more than would tell apart
# what an interval can show.
ROWS_PER_STRATUM = 100
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
DISPERSIONS = (1e-6, 1e6)


@dataclass(frozen=True)
class Expected:
    """What is to be expected of n rows, each held out.

    Attributes
    ----------
    means : ndarray, shape (n,)
        Expected count.
    low, high : ndarray, shape (n,)
        Ends of the prediction interval, whole numbers, both part of it.
    below, above : float
        How many rows lie under or over their interval by construction: the
        share of the fitted law that is left out there, added up.
    """

    means: Floats
    low: Floats
    high: Floats
    below: float
    above: float


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
        Share (0-0.5) of rows that lie below the low end, and of those that
        lie above the high one, where counts are fine enough.

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
    quantiles that its count covers (no draw decides). A whole number is part
    of the interval where half of its probability is: counts are coarse, and
    ends that leave out at most the tail would hold too many.

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
    strata = _strata(law.means)
    before, upto = law.below(counts - 1), law.below(counts)
    levels = np.empty((len(counts), 2))
    for fold in range(FOLDS):
        mine = folds == fold
        levels[mine] = _levels(law.means, strata, before, upto, mine, tail)
    return _interval(law, levels, tail)


@dataclass(frozen=True)
class _Law:
    """Negative binomial laws of n rows."""

    means: Floats
    dispersions: Floats

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
        shape, share = self._shape
        found: Floats = nbinom.ppf(levels, shape, share)
        return np.maximum(found, 0.0)

    def middle(self, counts: Floats) -> Floats:
        """Probability of less, and half of that of the count itself."""
        return (self.below(counts - 1) + self.below(counts)) / 2


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


def _strata(means: Floats) -> Indices:
    """Cut the rows by expected count, without a look at their own."""
    order = np.argsort(means, kind="stable")
    likely = np.cumsum(np.minimum(means[order], 1.0))
    number = int(np.clip(likely[-1] // ROWS_PER_STRATUM, 1, MOST_STRATA))
    strata = np.empty(len(means), np.intp)
    parts = np.floor(likely / likely[-1] * number).astype(np.intp)
    strata[order] = np.minimum(parts, number - 1)
    return strata


def _levels(  # noqa: PLR0913, PLR0917 - arrays of the same rows
    means: Floats,
    strata: Indices,
    before: Floats,
    upto: Floats,
    mine: Booleans,
    tail: float,
) -> Floats:
    """Give the quantiles of the law that are the ends of one fold's rows.

    From stratum to stratum in a straight line over the log of the means.
    """
    logs = np.log(means)
    places, found = [], []
    for stratum in range(int(strata.max()) + 1):
        rows = (strata == stratum) & ~mine
        others = np.count_nonzero(rows)
        if others == 0:
            continue
        high = min((1 - tail) * (others + 1) / others, 1.0)
        places.append(np.median(logs[rows]))
        found.append(_quantiles(before[rows], upto[rows], (1 - high, high)))
    at = np.asarray(found)
    sides = [np.interp(logs[mine], places, at[:, side]) for side in (0, 1)]
    return np.column_stack(sides)


def _quantiles(low: Floats, high: Floats, levels: tuple[float, ...]) -> Floats:
    """Give quantiles of values that are spread evenly from low to high."""
    widths = np.maximum(high - low, NARROWEST)
    ends = np.concatenate([low, low + widths])
    slopes = np.concatenate([1 / widths, -1 / widths]) / len(low)
    order = np.argsort(ends, kind="stable")
    ends = ends[order]
    rises = np.cumsum(slopes[order])[:-1] * np.diff(ends)
    reached = np.maximum.accumulate(np.concatenate([[0.0], np.cumsum(rises)]))
    return np.asarray(np.interp(levels, reached, ends))


def _interval(law: _Law, levels: Floats, tail: float) -> Expected:
    """Look up the ends, of rows with nearly the same law once."""
    rounded = np.round(np.log(law.means) * LOG_GRID)
    keys = np.column_stack([rounded, law.dispersions])
    _, first, row = np.unique(
        keys, axis=0, return_index=True, return_inverse=True
    )
    one = _Law(np.exp(rounded[first] / LOG_GRID), law.dispersions[first])
    lower, upper = np.clip(levels[first], 0.0, 1 - 1e-12).T
    low, high = one.quantiles(lower), one.quantiles(upper)
    low += one.middle(low) < lower
    high -= (one.middle(high) > upper) & (high > 0)
    low = np.minimum(low, high)
    sizes = np.bincount(row)
    with np.errstate(divide="ignore", invalid="ignore"):
        below = np.where(lower > 0, one.below(low - 1) * tail / lower, 0.0)
        above = (1 - one.below(high)) * tail / (1 - upper)
    return Expected(
        law.means,
        low[row],
        high[row],
        float(sizes @ below),
        float(sizes @ above),
    )
