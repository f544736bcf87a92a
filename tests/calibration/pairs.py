"""Correlations of pairs of columns, with the influence of every row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from linksignal.stats.arrays import Floats, Indices
from linksignal.stats.estimators.product_moment import (
    moment_correlations,
    moment_influences,
)
from linksignal.stats.estimators.rank_correlation import (
    RankScores,
    rank_correlations,
)
from linksignal.stats.estimators.variables import Variable
from linksignal.stats.ranks import centred_ranks, tie_groups


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
        Variables in columns, none missing, none constant.
    pairs : ndarray of int, shape (p, 2)
        The two columns of each pair.

    Returns
    -------
    PairEstimates
    """
    sides = [RankScores([Variable.of(column)]) for column in values.T]
    found = [rank_correlations(sides[a], sides[b]) for a, b in pairs]
    return PairEstimates(
        np.concatenate([one.estimates for one in found]),
        np.hstack([one.influences for one in found]),
    )


def pearson_estimates(values: Floats, pairs: Indices) -> PairEstimates:
    """Correlate pairs of columns by Pearson's coefficient.

    Parameters
    ----------
    values, pairs
        As in `spearman_estimates`; finite.

    Returns
    -------
    PairEstimates
    """
    scores = [Variable.of(column).scores for column in values.T]
    sides = [(scores[a][:, np.newaxis], scores[b]) for a, b in pairs]
    found = [moment_correlations(*side) for side in sides]
    return PairEstimates(
        np.concatenate(found),
        np.hstack(
            [
                moment_influences(*side, one)
                for side, one in zip(sides, found, strict=True)
            ]
        ),
    )


def rank_columns(values: Floats) -> Floats:
    """Replace each column by its centred mid-ranks.

    Parameters
    ----------
    values : ndarray, shape (n, k)
        Variables in columns; none missing.

    Returns
    -------
    ndarray, shape (n, k)
    """
    ranks = np.empty_like(values)
    for column in range(values.shape[1]):
        ranks[:, column] = centred_ranks(tie_groups(values[:, column]))
    return ranks


def correlations(signal_scores: Floats, outcome_scores: Floats) -> Floats:
    """Multiply unit scores into correlations.

    Parameters
    ----------
    signal_scores : ndarray, shape (n, s)
        Unit scores of signals.
    outcome_scores : ndarray, shape (n, o)
        Unit scores of outcomes.

    Returns
    -------
    ndarray, shape (s, o)
        Correlations, -1 to 1.
    """
    return np.clip(signal_scores.T @ outcome_scores, -1.0, 1.0)
