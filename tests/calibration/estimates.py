"""Estimates of the correlation table, from arrays alone."""

from __future__ import annotations

import numpy as np
from linksignal.stats.arrays import Floats
from linksignal.stats.estimate import Estimate
from linksignal.stats.estimators.concordance import concordance, tau_estimates
from linksignal.stats.estimators.product_moment import (
    abc_estimates,
    jackknife,
)
from linksignal.stats.estimators.rank_correlation import (
    RankScores,
    rank_correlations,
    rank_estimates,
)
from linksignal.stats.estimators.variables import Variable


def estimates_by(
    method: str, signals: Floats, outcome: Floats, ci_level: float
) -> list[Estimate]:
    """Correlate signals with one outcome as the table does.

    Parameters
    ----------
    method : str
        As in column ``method``, without ``partial_spearman``.
    signals : ndarray, shape (n, s)
        Values, transformed if the method asks for it.
    outcome : ndarray, shape (n,)
        Likewise.
    ci_level : float
        Confidence level, 0-1.

    Returns
    -------
    list of Estimate
    """
    left = [Variable.of(np.ascontiguousarray(one)) for one in signals.T]
    right = Variable.of(np.ascontiguousarray(outcome))
    if method == "spearman":
        found = rank_correlations(RankScores(left), RankScores([right]))
        return rank_estimates(found, None, ci_level)
    if method == "kendall_tau_b":
        counts = concordance([one.groups for one in left], right.groups)
        return tau_estimates(left, right, counts, None, ci_level)
    if method == "pearson":
        scores = np.column_stack([one.scores for one in left])
        return abc_estimates(scores, right.scores, None, ci_level)
    return jackknife(left, right, None, ci_level).estimates
