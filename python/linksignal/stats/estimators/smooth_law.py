"""Smooth laws of counts: fitted, and tabulated by bins of counts.

Bins hold one count each up to some ten, and stay narrow beside the law's own
spread above; what is added up of a bin is the law's mean, and mean square,
within it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import betainc, pdtr, pdtrc

from linksignal.stats.arrays import Booleans, Floats, Indices
from linksignal.stats.estimate import Estimate, without_numbers
from linksignal.stats.estimators.negative_binomial import (
    NegativeBinomialFit,
    fit_negative_binomial,
)
from linksignal.stats.estimators.score_groups import (
    CountSample,
    GroupSums,
    ScoreGroups,
    group_bins,
)
from linksignal.stats.estimators.tally_law import TallyLaw
from linksignal.stats.rules import MIN_DISTINCT_SCORES, Status

MIN_NONZERO_ROWS = 30
LARGEST_DROPPED_SHARE = 0.05

# Directions of the design below this share of the largest are rounding:
# scores so close together that the terms cannot be told apart.
SMALLEST_DIRECTION = 1e-9

# Width of a bin of counts: at most this part of the count, and of the
# standard deviation that the law has at it.
COUNT_PART, DEVIATION_PART = 0.1, 0.3
MAX_BINS = 250

# Counts less likely than this are in the outermost bins.
OUTERMOST_SHARE = 1e-9
LARGEST_COUNT = 1e15

# Rows whose residuals are redrawn, at most.
MAX_RESIDUAL_ROWS = 20_000

Terms = Callable[[ScoreGroups], Floats]


@dataclass(frozen=True)
class SmoothNull:
    """A smooth law fitted to one set of counts.

    Attributes
    ----------
    groups : ScoreGroups
        Rows by predictor.
    design : ndarray, shape (g, p)
        Terms of the predictor.
    coefficients : ndarray, shape (p,)
    alpha : float
        Dispersion, 0 or more.
    means : ndarray, shape (g,)
        Fitted mean count of each group.
    is_converged : bool
    """

    groups: ScoreGroups
    design: Floats
    coefficients: Floats
    alpha: float
    means: Floats
    is_converged: bool

    def refit(self, sums: GroupSums) -> NegativeBinomialFit:
        """Fit the same terms to b sets of counts, starting from here."""
        start = (self.coefficients, self.alpha)
        return fit_negative_binomial(self.design, self.groups, sums, start)


@dataclass(frozen=True)
class SmoothSample:
    """Counts, and the smooth law fitted to them.

    Attributes
    ----------
    sample : CountSample
    null : SmoothNull
    """

    sample: CountSample
    null: SmoothNull

    @property
    def sums(self) -> GroupSums:
        """Sums of the counts by group."""
        return self.null.groups.sums(self.sample.counts)

    @property
    def row_count(self) -> int:
        """Rows n."""
        return self.sample.row_count


def fit_sample(sample: CountSample, terms: Terms) -> SmoothSample | Estimate:
    """Check a sample, and fit the smooth law.

    Parameters
    ----------
    sample : CountSample
    terms : callable
        `smooth_terms` or `line_terms`.

    Returns
    -------
    SmoothSample or Estimate
        An estimate without numbers where a rule is broken (fewer than
        ``MIN_DISTINCT_SCORES`` scores or ``MIN_NONZERO_ROWS`` counts above
        zero among them) or the fit did not converge.
    """
    broken = sample.broken_rule() or few_mentions(sample)
    if broken is not None:
        return broken
    groups = group_bins(sample.scores)
    null = fit_null(groups, groups.sums(sample.counts), terms)
    if not null.is_converged:
        return without_numbers(
            sample.row_count,
            Status.NOT_CONVERGED,
            "The fit of the smooth law did not converge.",
        )
    return SmoothSample(sample, null)


def few_mentions(sample: CountSample) -> Estimate | None:
    """Say so where a curve over the scores has too little to go by."""
    if len(np.unique(sample.scores)) < MIN_DISTINCT_SCORES:
        return without_numbers(
            sample.row_count,
            Status.TOO_FEW_DISTINCT,
            f"There are fewer than {MIN_DISTINCT_SCORES} distinct values of "
            "the signal.",
        )
    if np.count_nonzero(sample.counts) < MIN_NONZERO_ROWS:
        return without_numbers(
            sample.row_count,
            Status.TOO_FEW,
            f"Fewer than {MIN_NONZERO_ROWS} domains have an outcome above "
            "zero.",
        )
    return None


def fit_null(groups: ScoreGroups, sums: GroupSums, terms: Terms) -> SmoothNull:
    """Fit a smooth law.

    Parameters
    ----------
    groups : ScoreGroups
        Rows by predictor, at least five groups.
    sums : GroupSums
        Sums of the one set of counts; not all zero.
    terms : callable
        Groups to design, shape (g, p).

    Returns
    -------
    SmoothNull
    """
    design = terms(groups)
    fit = fit_negative_binomial(design, groups, sums)
    return SmoothNull(
        groups=groups,
        design=design,
        coefficients=fit.coefficients[0],
        alpha=float(fit.alpha[0]),
        means=fit.means[0],
        is_converged=bool(fit.is_converged[0]),
    )


def smooth_terms(groups: ScoreGroups) -> Floats:
    """Give the span of {1, s, log(1 + s), s^2} in orthogonal columns.

    A straight line would not do as null hypothesis for a score: a kink test
    then rejects nearly every smooth convex law.

    Parameters
    ----------
    groups : ScoreGroups
        Rows by score, scores 0 or more.

    Returns
    -------
    ndarray, shape (g, p)
        A column of ones, then columns of mean zero and mean square one over
        the rows, orthogonal to each other; p is 4, less where rounding
        leaves no difference between terms.
    """
    scaled = groups.scores / groups.scores.max()
    terms = np.column_stack([scaled, np.log1p(groups.scores), scaled**2])
    shares = groups.shares[:, np.newaxis]
    centred = terms - (shares * terms).sum(axis=0)
    centred /= np.sqrt((shares * centred**2).sum(axis=0))
    directions, lengths, _ = np.linalg.svd(
        np.sqrt(shares) * centred, full_matrices=False
    )
    is_real = lengths > SMALLEST_DIRECTION * lengths[0]
    columns = directions[:, is_real] / np.sqrt(shares)
    return np.column_stack([np.ones(len(columns)), columns])


def line_terms(groups: ScoreGroups) -> Floats:
    """Give a constant and the standardised predictor.

    Parameters
    ----------
    groups : ScoreGroups

    Returns
    -------
    ndarray, shape (g, 2)
    """
    return groups.line()[0]


def negative_binomial_law(null: SmoothNull) -> TallyLaw:
    """Tell how the counts of the fitted law fall into bins.

    Parameters
    ----------
    null : SmoothNull

    Returns
    -------
    TallyLaw
        Shares and means within bins are exact: y times the share of y is the
        mean times the share of y - 1 under a shape larger by one.
    """
    means, alpha = null.means[:, np.newaxis], null.alpha
    upper = _count_bins(null.means, alpha)
    edges = np.append(-1.0, upper)
    shares = _between(edges, means, alpha, 0)
    middle = np.broadcast_to(upper, shares.shape).copy()
    square = middle**2
    # Where a bin holds one count, it is the mean.
    wide = slice(np.searchsorted(np.diff(edges), 1, "right"), None)
    edges = edges[wide.start :]
    first = means * _between(edges - 1, means, alpha, 1)
    factor = means**2 * (1 + alpha)
    second = factor * _between(edges - 2, means, alpha, 2) + first
    least = np.broadcast_to(edges[:-1] + 1, first.shape)
    most = np.broadcast_to(edges[1:], first.shape)
    held = shares[:, wide]
    is_told = held > np.finfo(np.float64).tiny
    told = np.divide(first, held, out=least.copy(), where=is_told)
    told = np.clip(told, least, most)
    middle[:, wide] = told
    told_square = np.divide(second, held, out=told**2, where=is_told)
    square[:, wide] = np.clip(told_square, told**2, most**2)
    shares /= shares.sum(axis=1, keepdims=True)
    return TallyLaw(upper, shares, middle, square)


def _between(edges: Floats, means: Floats, alpha: float, extra: int) -> Floats:
    """Share of counts from one edge to the next, shape 1 / alpha + extra."""
    counts = np.floor(edges)[np.newaxis]
    # By Markov's inequality no more than half of the counts reach twice the
    # mean.
    is_sure = counts + 1 >= 2 * means * (1 + extra * alpha)
    below = _upto(counts, means, alpha, extra, ~is_sure)
    is_needed = np.zeros(below.shape, dtype=np.bool_)
    is_high = below[:, 1:] >= 1 / 2
    is_needed[:, 1:] |= is_high
    is_needed[:, :-1] |= is_high
    above = _beyond(counts, means, alpha, extra, is_needed)
    return np.where(is_high, -np.diff(above), np.diff(below))


def _upto(
    counts: Floats,
    means: Floats,
    alpha: float,
    extra: int,
    is_needed: Booleans,
) -> Floats:
    """Share of counts up to a count; 1 where it is not needed."""
    counts, is_there = np.maximum(counts, 0), counts >= 0
    shares = np.ones(is_needed.shape)
    if not _is_dispersed(means, alpha):
        pdtr(counts, means, out=shares, where=is_needed)
    else:
        finite = np.minimum(counts, LARGEST_COUNT)
        shape = 1 / alpha + extra
        share = 1 / (1 + alpha * means)
        betainc(shape, finite + 1, share, out=shares, where=is_needed)
    shares = np.where(np.isinf(counts), 1.0, shares)
    return np.where(is_there, shares, 0.0)


def _beyond(
    counts: Floats,
    means: Floats,
    alpha: float,
    extra: int,
    is_needed: Booleans,
) -> Floats:
    """Share of counts beyond a count, precise where it is small."""
    counts, is_there = np.maximum(counts, 0), counts >= 0
    shares = np.zeros(is_needed.shape)
    finite = np.minimum(counts, LARGEST_COUNT)
    if not _is_dispersed(means, alpha):
        pdtrc(finite, means, out=shares, where=is_needed)
    else:
        odds = alpha * means
        shape = 1 / alpha + extra
        share = odds / (1 + odds)
        betainc(finite + 1, shape, share, out=shares, where=is_needed)
    shares = np.where(np.isinf(counts), 0.0, shares)
    return np.where(is_there, shares, 1.0)


def _is_dispersed(means: Floats, alpha: float) -> bool:
    """Tell the law from Poisson's, of which it is the limit."""
    return bool(alpha * np.max(means, initial=0.0) > 1e-9)


def _count_bins(means: Floats, alpha: float) -> Floats:
    """Give the largest count of each bin; the last one is infinite."""
    ends = np.array([[means.max()]])

    def is_outside(count: float) -> bool:
        edge, is_needed = np.array([[count]]), np.ones((1, 1), dtype=np.bool_)
        beyond = _beyond(edge, ends, alpha, 0, is_needed)
        return float(beyond[0, 0]) < OUTERMOST_SHARE

    factor = 1.0
    while True:
        upper = [0.0]
        while len(upper) < MAX_BINS and not is_outside(upper[-1]):
            count = upper[-1] + 1
            deviation = np.sqrt(count + alpha * count**2)
            width = min(COUNT_PART * count, DEVIATION_PART * deviation)
            upper.append(upper[-1] + max(1.0, np.floor(factor * width)))
            if upper[-1] > LARGEST_COUNT:
                break
        if len(upper) < MAX_BINS:
            return np.array([*upper[:-1], np.inf])
        factor *= 2


def residual_law(
    samples: Sequence[SmoothSample],
    weights: Floats,
    generator: np.random.Generator,
) -> TallyLaw:
    """Tell how a weighted sum of several counts of a domain would fall.

    Each count follows its own smooth law. That a domain which has more of
    one count than its score lets expect has more of the others too is kept:
    the ranks of the residuals are redrawn a domain at a time.

    Parameters
    ----------
    samples : sequence of SmoothSample
        One per count, with the same scores and rows.
    weights : ndarray, shape (m,)
        Positive weight of each count in the sum.
    generator : numpy.random.Generator
        Splits ties of residuals, and picks domains beyond
        ``MAX_RESIDUAL_ROWS``.

    Returns
    -------
    TallyLaw
        Bins of the sum; the first one is zero.

    References
    ----------
    Rosenblatt (1952), Remarks on a multivariate transformation, Annals of
    Mathematical Statistics 23, 470-472 (ranks of residuals).
    """
    row_count = samples[0].row_count
    rows = np.arange(row_count)
    if row_count > MAX_RESIDUAL_ROWS:
        rows = generator.permutation(row_count)[:MAX_RESIDUAL_ROWS]
    group_count = len(samples[0].null.groups.scores)
    values = np.zeros((group_count, len(rows)))
    for sample, weight in zip(samples, weights, strict=True):
        law = negative_binomial_law(sample.null)
        ranks = _residual_ranks(sample, law, generator)[rows]
        upto = np.cumsum(law.shares, axis=1)
        for group in range(group_count):
            bins = np.searchsorted(upto[group], ranks)
            bins = np.minimum(bins, len(law.upper) - 1)
            values[group] += weight * law.means[group, bins]
    return _tabulated(values)


def _residual_ranks(
    sample: SmoothSample, law: TallyLaw, generator: np.random.Generator
) -> Floats:
    """Rank of each row's count within its law, evenly spread over 0-1."""
    groups = sample.null.groups
    bins = np.searchsorted(law.upper, sample.sample.counts)
    upto = np.cumsum(law.shares, axis=1)[groups.group_of_row, bins]
    share = law.shares[groups.group_of_row, bins]
    place = upto - generator.uniform(size=len(bins)) * share
    ranks = np.empty(len(place))
    ranks[np.argsort(place, kind="stable")] = np.arange(len(place))
    return (ranks + generator.uniform(size=len(place))) / len(place)


def _tabulated(values: Floats) -> TallyLaw:
    """Bin equally likely values (g, j) of each group."""
    positive = values[values > 0]
    low, high = positive.min(), positive.max()
    step_count = int(np.ceil(np.log(high / low) / np.log1p(COUNT_PART))) + 1
    edges = np.geomspace(low, high, min(step_count, MAX_BINS) + 1)[:-1]
    upper = np.append(np.append(0.0, edges), np.inf)
    bins: Indices = np.searchsorted(upper, values)
    group_count, size = len(values), len(upper)
    cells = bins + size * np.arange(group_count)[:, np.newaxis]

    def by_bin(amounts: Floats) -> Floats:
        added = np.bincount(cells.ravel(), amounts.ravel(), group_count * size)
        return np.asarray(added.reshape(group_count, size), dtype=np.float64)

    held = by_bin(np.ones(values.shape))
    means = by_bin(values) / np.maximum(held, 1)
    squares = by_bin(values**2) / np.maximum(held, 1)
    return TallyLaw(upper, held / values.shape[1], means, squares)


def finite_draws(values: Floats, row_count: int) -> Floats | Estimate:
    """Drop draws without a figure, unless they are too many.

    Parameters
    ----------
    values : ndarray, shape (B,)
        Statistic of each draw, not finite where a draw has none.
    row_count : int
        Rows n.

    Returns
    -------
    ndarray or Estimate
        An estimate without numbers where more than
        ``LARGEST_DROPPED_SHARE`` of the draws gave none.
    """
    finite = values[np.isfinite(values)]
    dropped_count = len(values) - len(finite)
    if dropped_count > LARGEST_DROPPED_SHARE * len(values):
        return without_numbers(
            row_count,
            Status.NOT_CONVERGED,
            f"{dropped_count} of {len(values)} draws from the smooth law "
            "could not be fitted.",
        )
    return finite
