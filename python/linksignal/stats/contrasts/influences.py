"""Correlations of pairs of columns, with the influence of every row.

The influence values of several pairs on the same rows stay together: the
error of any combination of their correlations is that of one column, the
same combination of theirs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from linksignal.stats.arrays import Floats, Indices
from linksignal.stats.ranks import centred_ranks, tie_groups
from linksignal.stats.scores import unit_scores
from linksignal.stats.spearman import spearman_influence


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
