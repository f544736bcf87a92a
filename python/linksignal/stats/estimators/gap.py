"""Spearman minus Pearson, and how often a smooth law gives as much.

A smooth law on skewed counts gives large gaps without any threshold.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.special import betainccinv, betaincinv

from linksignal.stats.arrays import Floats, Indices
from linksignal.stats.estimate import (
    Estimate,
    from_influence,
    influence_errors,
)
from linksignal.stats.estimators.fisher import MIN_INFLUENCE_ROWS
from linksignal.stats.estimators.leverage import is_light_tailed
from linksignal.stats.estimators.permutation import TIE_TOLERANCE
from linksignal.stats.estimators.product_moment import (
    moment_correlations,
    moment_influences,
)
from linksignal.stats.estimators.rank_correlation import (
    RankScores,
    rank_correlations,
)
from linksignal.stats.estimators.score_groups import (
    CountSample,
    GroupSums,
    ScoreGroups,
)
from linksignal.stats.estimators.smooth_law import finite_draws
from linksignal.stats.estimators.tally_law import Draws
from linksignal.stats.estimators.variables import Variable

CI_METHOD = "wald_t_influence"
SHARE_CI_METHOD = "clopper_pearson"

HEAVY_TAILS = (
    "Pearson's coefficient hangs on a few domains with very high values, so "
    "that the gap has no error to rely on."
)


def observed_gap(sample: CountSample, ci_level: float) -> Estimate:
    """Give Spearman minus Pearson of the raw values, with its error.

    Parameters
    ----------
    sample : CountSample
    ci_level : float
        Confidence level, 0-1.

    Returns
    -------
    Estimate
        -2 to 2. The error comes from Spearman's influence values minus
        Pearson's; there is none below ``MIN_INFLUENCE_ROWS`` rows and where
        a tail is too heavy for Pearson's coefficient to have one.
    """
    broken = sample.broken_rule()
    if broken is not None:
        return broken
    influence, gap = _gap_influence(sample)
    found = Estimate(sample.row_count, gap)
    if sample.row_count < MIN_INFLUENCE_ROWS:
        reason = f"Fewer than {MIN_INFLUENCE_ROWS} domains tell no error."
        return replace(found, reason=reason)
    if not (is_light_tailed(sample.scores) and is_light_tailed(sample.counts)):
        return replace(found, reason=HEAVY_TAILS)
    return from_influence(
        gap,
        influence,
        ci_level,
        ci_method=CI_METHOD,
        clusters=sample.clusters,
    )


def _gap_influence(sample: CountSample) -> tuple[Floats, float]:
    """Influence of each row on the gap, shape (n,), and the gap."""
    signal, outcome = (Variable.of(v) for v in (sample.scores, sample.counts))
    ranks = rank_correlations(RankScores([signal]), RankScores([outcome]))
    moments = signal.scores[:, np.newaxis], outcome.scores
    pearson = moment_correlations(*moments)
    influence = ranks.influences - moment_influences(*moments, pearson)
    return influence[:, 0], float((ranks.estimates - pearson)[0])


def gap_statistic(
    groups: ScoreGroups, gauge: Floats
) -> Callable[[Draws], Floats]:
    """Give the gap as a function of draws.

    Parameters
    ----------
    groups : ScoreGroups
        Rows by predictor.
    gauge : ndarray, shape (g,)
        Raw value of the signal in each group.

    Returns
    -------
    callable
        Draws to gaps, shape (b,); NaN for constant counts.
    """

    def statistic(draws: Draws) -> Floats:
        return tallied_gaps(groups, gauge, draws)

    return statistic


def tallied_gaps(groups: ScoreGroups, gauge: Floats, draws: Draws) -> Floats:
    """Give Spearman of tallies minus Pearson of sums, shape (b,).

    Parameters
    ----------
    groups : ScoreGroups
    gauge : ndarray, shape (g,)
        Raw value of the signal in each group.
    draws : Draws

    Returns
    -------
    ndarray, shape (b,)
        NaN where all counts are equal.
    """
    held, ranks = draws.held, groups.ranks
    count_ranks = (
        np.cumsum(held, axis=1) - (held - 1) / 2 - (groups.row_count + 1) / 2
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        spearman = (draws.ranked * count_ranks).sum(axis=1) / np.sqrt(
            (groups.sizes @ ranks**2) * (held * count_ranks**2).sum(axis=1)
        )
        return np.asarray(spearman - _pearson(groups, gauge, draws.sums))


def _pearson(groups: ScoreGroups, gauge: Floats, sums: GroupSums) -> Floats:
    """Pearson's correlation from the sums, shape (b,)."""
    centred = gauge - groups.shares @ gauge
    means = sums.totals.sum(axis=1) / groups.row_count
    spread = sums.squares.sum(axis=1) - groups.row_count * means**2
    length = np.sqrt(groups.sizes @ centred**2 * np.maximum(spread, 0.0))
    return np.asarray(sums.totals @ centred / length)


def smooth_gap_share(
    row_count: int,
    gap: float,
    draws: Floats,
    ci_level: float,
    stretch: float = 1.0,
) -> Estimate:
    """Give the share of draws from a smooth law with a gap at least as large.

    Parameters
    ----------
    row_count : int
        Rows n.
    gap : float
        Gap of the sample, tallied as draws are.
    draws : ndarray, shape (B,)
        Gap of each draw; NaN where counts are constant.
    ci_level : float
        Confidence level, 0-1.
    stretch : float, default 1
        As from `cluster_stretch`: how far draws are spread out from their
        mean.

    Returns
    -------
    Estimate
        0-1, with the exact binomial interval of a share of B draws.

    References
    ----------
    Clopper & Pearson (1934), The use of confidence or fiducial limits
    illustrated in the case of the binomial, Biometrika 26, 404-413.
    """
    finite = finite_draws(draws, row_count)
    if isinstance(finite, Estimate):
        return finite
    spread_out = finite.mean() + stretch * (finite - finite.mean())
    reached = int(np.count_nonzero(spread_out >= gap - TIE_TOLERANCE))
    low, high = binomial_interval(reached, len(finite), ci_level)
    return Estimate(
        row_count,
        reached / len(finite),
        ci_low=low,
        ci_high=high,
        ci_method=SHARE_CI_METHOD,
    )


def cluster_stretch(sample: CountSample) -> float:
    """Tell how much more a gap varies than if domains had no owners.

    Parameters
    ----------
    sample : CountSample
        Raw values of the signal, and the outcome.

    Returns
    -------
    float
        Ratio of the standard error with clusters to that without.
    """
    if sample.clusters is None:
        return 1.0
    influence, _ = _gap_influence(sample)

    def error(clusters: Indices | None) -> float:
        column = influence[:, np.newaxis]
        return float(influence_errors(column, clusters)[0][0])

    stretch = error(sample.clusters) / error(None)
    return stretch if np.isfinite(stretch) else 1.0


def binomial_interval(
    reached: int, count: int, ci_level: float
) -> tuple[float, float]:
    """Give the exact interval of a share.

    Parameters
    ----------
    reached, count : int
        Successes, 0 or more, of so many trials, 1 or more.
    ci_level : float
        Confidence level, 0-1.

    Returns
    -------
    low, high : float
        0-1.
    """
    tail = (1 - ci_level) / 2
    missed = count - reached
    low = betaincinv(reached, missed + 1, tail) if reached else 0.0
    high = betainccinv(reached + 1, missed, tail) if missed else 1.0
    return float(low), float(high)
