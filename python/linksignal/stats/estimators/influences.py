"""Correlations of pairs of variables, with the influence of every row.

The influence values of several pairs on the same rows belong together: the
error of any combination of their correlations is that of one column, the
same combination of theirs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from linksignal.stats.arrays import Floats, Indices
from linksignal.stats.estimators.new_prompts import Changes
from linksignal.stats.estimators.rank_correlation import spearman_influence
from linksignal.stats.ranks import (
    TieGroups,
    centred_ranks,
    sums_above,
    tie_groups,
)
from linksignal.stats.scores import unit_scores


@dataclass(frozen=True)
class PairEstimates:
    """Correlations of p pairs of variables on the same n rows.

    Attributes
    ----------
    correlations : ndarray, shape (p,)
        Estimates, -1 to 1.
    influences : ndarray, shape (n, p)
        Empirical influence of each row on each estimate, of mean zero; the
        mean square over n estimates the variance.
    """

    correlations: Floats
    influences: Floats


@dataclass(frozen=True)
class Ranked:
    """A variable of n rows, ranked once.

    Attributes
    ----------
    groups : TieGroups
        Its rows in order.
    """

    groups: TieGroups

    @classmethod
    def of(cls, values: Floats) -> Ranked:
        """Rank the values of n rows, none missing."""
        return cls(tie_groups(values))

    @cached_property
    def scores(self) -> Floats:
        """Mid-distribution scores F(x) - 1/2, shape (n,)."""
        return centred_ranks(self.groups) / len(self.groups.order)

    @cached_property
    def ascending(self) -> Floats:
        """The scores in ascending order, shape (n,)."""
        return self.scores[self.groups.order]

    @cached_property
    def mean_square(self) -> float:
        """Mean square of the scores."""
        return float(np.mean(self.scores**2))

    @cached_property
    def square_influence(self) -> Floats:
        """Influence of each row on `mean_square`, shape (n,)."""
        above = sums_above(self.groups, self.scores) / len(self.scores)
        return self.scores**2 + 2 * above - 3 * self.mean_square


def spearman_pair(first: Ranked, second: Ranked) -> tuple[float, Floats, float]:
    """Correlate two variables by rank.

    Parameters
    ----------
    first, second : Ranked
        On the same n rows, neither constant.

    Returns
    -------
    correlation : float
        -1 to 1.
    influence : ndarray, shape (n,)
        See `spearman.spearman_influence`.
    ceiling : float
        Largest correlation that the ties of both allow (0-1).
    """
    row_count = len(first.scores)
    product = float(first.scores @ second.scores) / row_count
    length = float(np.sqrt(first.mean_square * second.mean_square))
    numerator = first.scores * second.scores - 3 * product
    numerator += sums_above(first.groups, second.scores) / row_count
    numerator += sums_above(second.groups, first.scores) / row_count
    squares = first.square_influence / first.mean_square
    squares = squares + second.square_influence / second.mean_square
    influence = (numerator - product / 2 * squares) / length
    correlation = float(np.clip(product / length, -1.0, 1.0))
    alike = float(first.ascending @ second.ascending) / row_count
    return correlation, influence, min(alike / length, 1.0)


def pearson_pair(first: Floats, second: Floats) -> tuple[float, Floats, float]:
    """Correlate two variables by Pearson's coefficient.

    Parameters
    ----------
    first, second : ndarray, shape (n,)
        Unit scores, see `scores.unit_scores`.

    Returns
    -------
    correlation, influence, ceiling
        As `spearman_pair`, the ceiling that of these values in any order.
    """
    correlation = float(np.clip(first @ second, -1.0, 1.0))
    squares = first**2 + second**2
    influence = (first * second - correlation / 2 * squares) * len(first)
    alike = float(np.sort(first) @ np.sort(second))
    return correlation, influence, min(alike, 1.0)


def moved_pearson(scores: Floats, counted: Floats, changes: Changes) -> Floats:
    """Tell how Pearson's correlation moves with changes of a variable.

    Parameters
    ----------
    scores : ndarray, shape (n,)
        Unit scores of the other variable.
    counted : ndarray, shape (n,)
        Unit scores of the variable that changes.
    changes : Changes
        In the unit of the unit scores.

    Returns
    -------
    ndarray, shape (g,)
        To the first order, by the influence function.
    """
    correlation = scores @ counted
    own = scores[changes.rows] * (changes.after - changes.before)
    squares = changes.after**2 - changes.before**2
    return changes.add_up(own - correlation / 2 * squares)


def spearman_estimates(values: Floats, pairs: Indices) -> PairEstimates:
    """Correlate pairs of columns by rank.

    Parameters
    ----------
    values : ndarray, shape (n, m)
        Variables in columns, none missing, none constant; infinite ones are
        ranked.
    pairs : ndarray of int, shape (p, 2)
        The two columns of each pair.

    Returns
    -------
    PairEstimates
        The influence includes what a row adds to the ranks of the others.

    References
    ----------
    Croux & Dehon (2010), Influence functions of the Spearman and Kendall
    correlation measures, Statistical Methods & Applications 19, 497-515.
    """
    groups = [tie_groups(column) for column in values.T]
    ranks = np.column_stack([centred_ranks(group) for group in groups])
    influences = np.empty((len(values), len(pairs)))
    for at, (left, right) in enumerate(pairs):
        influences[:, at] = spearman_influence(groups[left], groups[right])
    return PairEstimates(_correlate(unit_scores(ranks), pairs), influences)


def pearson_estimates(values: Floats, pairs: Indices) -> PairEstimates:
    """Correlate pairs of columns by Pearson's coefficient.

    Parameters
    ----------
    values : ndarray, shape (n, m)
        Variables in columns, finite, none constant; transformed already if
        the registry asks for it.
    pairs : ndarray of int, shape (p, 2)
        The two columns of each pair.

    Returns
    -------
    PairEstimates
        The influence is u v - r (u^2 + v^2) / 2 for standardised u and v.

    References
    ----------
    Devlin, Gnanadesikan & Kettenring (1975), Robust estimation and outlier
    detection with correlation coefficients, Biometrika 62, 531-545.
    """
    scores = unit_scores(values)
    estimates = _correlate(scores, pairs)
    influences = np.empty((len(values), len(pairs)))
    for at, (left, right) in enumerate(pairs):
        squares = scores[:, left] ** 2 + scores[:, right] ** 2
        products = scores[:, left] * scores[:, right]
        influences[:, at] = products - estimates[at] / 2 * squares
    return PairEstimates(estimates, influences * len(values))


def _correlate(scores: Floats, pairs: Indices) -> Floats:
    products = [scores[:, left] @ scores[:, right] for left, right in pairs]
    return np.clip(np.array(products, dtype=np.float64), -1.0, 1.0)
