"""Which groups of variables tell how much of the ranks of an outcome.

The share of the variance of an outcome's ranks that linear regression on the
ranks of some variables explains, R squared, is divided among groups of them
by Shapley's value: what a group adds to those before it, averaged over all
orders in which the groups may come. Every subset of groups is read off one
correlation matrix.

References
----------
Lipovetsky & Conklin (2001), Analysis of regression in game theory approach,
Applied Stochastic Models in Business and Industry 17, 319-330.
Gromping (2007), Estimators of relative importance in linear regression based
on variance decomposition, The American Statistician 61, 139-147.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import comb

import numpy as np
from scipy.optimize import brentq
from scipy.special import fdtrc

from linksignal.stats.arrays import Floats, Indices
from linksignal.stats.ranks import TieGroups, centred_ranks

# Subsets double with every group.
MOST_GROUPS = 12

# Less than this share of a variable beyond those before it is rounding.
LEAST_OWN_SHARE = 1e-9

# Cells of the largest array over subsets and draws: 32 MiB.
MOST_CELLS = 2**22


@dataclass(frozen=True)
class Importance:
    """Shares of k groups in the rank variance of m outcomes.

    Attributes
    ----------
    shares : ndarray, shape (m, k)
        Of the variance of an outcome's ranks, 0-1; a row adds up to
        `r_squared`.
    r_squared : ndarray, shape (m,)
        What all groups together explain, 0-1.
    p_values : ndarray, shape (m,)
        Of no association at all, by the F law.
    drawn : ndarray, shape (b, m, k)
        The shares in b resamples.
    correlations : ndarray, shape (p, p + m)
        Rank correlations of the variables with each other and the outcomes.
    """

    shares: Floats
    r_squared: Floats
    p_values: Floats
    drawn: Floats
    correlations: Floats

    @property
    def standard_errors(self) -> Floats:
        """Standard deviations of the resamples, shape (m, k)."""
        return np.asarray(self.drawn.std(axis=0, ddof=1))

    def intervals(self, ci_level: float) -> tuple[Floats, Floats]:
        """Give intervals of the shares from the resamples.

        A share is never negative, so that resamples of one that is none lie
        above it. The lower end is therefore the smaller one of the
        percentile and of the upper percentile reflected at the share, or 0.

        Parameters
        ----------
        ci_level : float
            Confidence level, 0-1.

        Returns
        -------
        low, high : ndarray, shape (m, k)
        """
        ends = [(1 - ci_level) / 2, (1 + ci_level) / 2]
        low, high = np.quantile(self.drawn, ends, axis=0)
        reflected = 2 * self.shares - high
        high = np.maximum(high, self.shares)
        return np.clip(np.minimum(low, reflected), 0, self.shares), high

    @property
    def ranks(self) -> Floats:
        """Rank of each group, 1 for the largest share, shape (m, k)."""
        return _ranks(self.shares)

    def rank_ranges(self, ci_level: float) -> tuple[Floats, Floats]:
        """Give the ranks that resamples give a group, but for rare ones.

        Parameters
        ----------
        ci_level : float
            Share (0-1) of the resamples between the two.

        Returns
        -------
        low, high : ndarray, shape (m, k)
        """
        ends = [(1 - ci_level) / 2, (1 + ci_level) / 2]
        low, high = np.quantile(
            _ranks(self.drawn), ends, axis=0, method="inverted_cdf"
        )
        return low, high

    @property
    def probabilities_first(self) -> Floats:
        """Share of resamples in which a group comes first, shape (m, k)."""
        return np.asarray((_ranks(self.drawn) == 1).mean(axis=0))


def _ranks(shares: Floats) -> Floats:
    """Rank along the last axis, the largest first, equal ones in order."""
    order = np.argsort(-shares, axis=-1, kind="stable")
    return np.asarray(np.argsort(order, axis=-1) + 1.0)


def importance(  # noqa: PLR0913 - the settings are keyword-only
    variables: Sequence[TieGroups],
    outcomes: Sequence[TieGroups],
    groups: Sequence[int],
    *,
    clusters: Indices | None,
    generator: np.random.Generator,
    draw_count: int,
) -> Importance:
    """Divide the rank R squared of outcomes among groups of variables.

    Parameters
    ----------
    variables : sequence of p TieGroups
        On n rows, none constant.
    outcomes : sequence of m TieGroups
        On the same rows, none constant.
    groups : sequence of p int
        Group of each variable, 0 to k - 1, in ascending order; k is at most
        ``MOST_GROUPS``.
    clusters : ndarray of int, shape (n,), or None
        Cluster of each row, 0 to g - 1, drawn as a whole.
    generator : numpy.random.Generator
        Source of the resamples.
    draw_count : int
        Resamples b of the clusters, 2 or more; ranks are made anew in each.

    Returns
    -------
    Importance
    """
    columns = [*variables, *outcomes]
    row_count = columns[0].row_count
    count = len(variables)
    ranks = np.array([centred_ranks(one) for one in columns])
    grouped = _Grouped.of(columns)
    whole = _correlations(ranks, np.ones(row_count), count)
    shares, r_squared = shapley_shares(whole[np.newaxis], groups)
    units = row_count if clusters is None else int(clusters.max()) + 1
    degrees = units - count - 1
    unexplained = np.maximum(1 - r_squared[0], LEAST_OWN_SHARE)
    ratio = (r_squared[0] / count) / (unexplained / degrees)
    drawn = []
    for _ in range(draw_count):
        weights = np.bincount(
            generator.integers(units, size=units), minlength=units
        ).astype(np.float64)
        if clusters is not None:
            weights = weights[clusters]
        drawn.append(_correlations(grouped.ranks(weights), weights, count))
    return Importance(
        shares[0],
        r_squared[0],
        fdtrc(count, degrees, np.maximum(ratio, 0)),
        shapley_shares(np.array(drawn), groups)[0],
        whole,
    )


@dataclass(frozen=True)
class _Grouped:
    """Columns of n rows in groups of equal values, those of all in a row.

    Attributes
    ----------
    places : ndarray of int, shape (c, n)
        Group of each column and row.
    counts : ndarray of int, shape (c,)
        Groups of each column.
    """

    places: Indices
    counts: Indices

    @classmethod
    def of(cls, columns: Sequence[TieGroups]) -> _Grouped:
        counts = np.array([len(one.sizes) for one in columns])
        groups = np.array([one.group_of_row for one in columns])
        firsts = np.cumsum(counts) - counts
        return cls(groups + firsts[:, np.newaxis], counts)

    def ranks(self, weights: Floats) -> Floats:
        """Mid-ranks less their mean, each row so many times, (c, n)."""
        many = np.tile(weights, len(self.counts))
        sizes = np.bincount(self.places.ravel(), many, self.counts.sum())
        total = weights.sum()
        before = np.repeat(total * np.arange(len(self.counts)), self.counts)
        ranks = np.cumsum(sizes) - before - (sizes + total) / 2
        return np.asarray(ranks[self.places])


def _correlations(ranks: Floats, weights: Floats, count: int) -> Floats:
    """Correlate the first columns with all, each row so many times.

    What is constant is correlated with nothing.
    """
    weighted = ranks[:count] * weights
    products = weighted @ ranks.T
    squares = np.einsum("ij,ij,j->i", ranks, ranks, weights)
    lengths = np.sqrt(np.where(squares > 0, squares, np.inf))
    return np.asarray(products / np.outer(lengths[:count], lengths))


def shapley_shares(
    correlations: Floats, groups: Sequence[int]
) -> tuple[Floats, Floats]:
    """Divide R squared among groups of variables.

    Parameters
    ----------
    correlations : ndarray, shape (b, p, p + m)
        b times the correlations of p variables with each other and with m
        outcomes.
    groups : sequence of p int
        Group of each variable, 0 to k - 1, in ascending order.

    Returns
    -------
    shares : ndarray, shape (b, m, k)
        Add up to R squared but for rounding.
    r_squared : ndarray, shape (b, m)
    """
    count = max(groups) + 1
    cells = 2**count * correlations.shape[2]
    step = max(1, MOST_CELLS // cells)
    weights = _shapley_weights(count)
    shares, whole = [], []
    for start in range(0, len(correlations), step):
        explained = _explained(correlations[start : start + step], groups)
        shares.append(np.einsum("ks,sbm->bmk", weights, explained))
        whole.append(explained[-1])
    return np.concatenate(shares), np.concatenate(whole)


def _explained(correlations: Floats, groups: Sequence[int]) -> Floats:
    """R squared of every subset of the groups, shape (2^k, b, m).

    Bit j of the first index tells whether group j takes part. Group by
    group, all subsets so far go on without it and with it, what it explains
    swept out of what follows.
    """
    draws, count, width = correlations.shape
    rest = correlations[np.newaxis]
    explained = np.zeros((1, draws, width - count))
    for group in range(max(groups) + 1):
        size = list(groups).count(group)
        swept, gained = rest, explained
        for _ in range(size):
            own = swept[..., :1, :1]
            is_own = own > LEAST_OWN_SHARE
            pivot = np.where(is_own, swept[..., :1, :], 0.0)
            slopes = pivot / np.where(is_own, own, 1.0)
            left = swept.shape[-2]
            gained = gained + (pivot * slopes)[..., 0, left:]
            others = np.swapaxes(slopes[..., 1:left], -1, -2)
            swept = swept[..., 1:, 1:] - others * pivot[..., 1:]
        rest = np.concatenate([rest[..., size:, size:], swept])
        explained = np.concatenate([explained, gained])
    return explained


@cache
def _shapley_weights(count: int) -> Floats:
    """Weight of each subset in the share of each group, shape (k, 2^k)."""
    subsets = np.arange(2**count)
    sizes = np.array([int(one).bit_count() for one in subsets])
    # A subset of s other groups stands before a group in so many orders.
    before = np.array([1 / (count * comb(count - 1, s)) for s in range(count)])
    weights = np.empty((count, 2**count))
    for group in range(count):
        has_it = (subsets >> group & 1).astype(bool)
        weights[group] = np.where(
            has_it, before[sizes - 1], -before[np.minimum(sizes, count - 1)]
        )
    return weights


def turning_reliability(
    correlations: Floats, groups: Sequence[int], lower: int, upper: int
) -> float:
    """Tell how unreliable a group would be for its share to equal another's.

    Errors of measurement lower all correlations of a variable by the root of
    its reliability. They are given back, and the reliability is sought at
    which the shares of both groups are equal. Of two groups alone it is the
    ratio of their squared correlations with the outcome.

    Parameters
    ----------
    correlations : ndarray, shape (p, p + 1)
        Of the variables with each other and with one outcome.
    groups : sequence of p int
        Group of each variable, 0 to k - 1, in ascending order.
    lower, upper : int
        Groups of one variable each; the lower one has the smaller share.

    Returns
    -------
    float
        0-1; NaN where the lower one stays behind at any reliability that
        these correlations allow.

    References
    ----------
    Fuller (1987), Measurement error models, Wiley, chapter 1.
    """
    at = list(groups).index(lower)
    square = np.vstack([correlations, np.append(correlations[:, -1], 1.0)])
    others = [row for row in range(len(square)) if row != at]
    inner = square[np.ix_(others, others)]
    linked = square[at, others]
    # Below what the others and the outcome tell of it no law has these.
    least = float(linked @ np.linalg.pinv(inner) @ linked)

    def lead(reliability: float) -> float:
        freed = correlations.copy()
        freed[at] /= np.sqrt(reliability)
        freed[:, at] /= np.sqrt(reliability)
        freed[at, at] = 1.0
        shares = shapley_shares(freed[np.newaxis], groups)[0][0, 0]
        return float(shares[lower] - shares[upper])

    lowest = least + (1 - least) * LEAST_OWN_SHARE
    if not 0 < lowest < 1 or lead(lowest) < 0 or lead(1.0) >= 0:
        return float("nan")
    return float(brentq(lead, lowest, 1.0, xtol=1e-9))
