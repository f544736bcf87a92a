"""Spearman minus Pearson, and how often a smooth law gives as much.

A gap is description, not a test: a smooth law on skewed counts gives large
gaps without any threshold.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from linksignal.stats.arrays import Floats
from linksignal.stats.permutation import TIE_TOLERANCE
from linksignal.stats.ranks import centred_ranks, tie_groups
from linksignal.stats.rules import Status
from linksignal.stats.thresholds.measures import (
    Measure,
    count_status,
    known_pairs,
    without_numbers,
)
from linksignal.stats.thresholds.score_groups import (
    GroupSums,
    ScoreGroups,
    group_rows,
    group_sums,
)
from linksignal.stats.thresholds.smooth_null import (
    DrawStatistic,
    draw_statistics,
)
from linksignal.stats.thresholds.smooth_sample import (
    SmoothSample,
    finite_draws,
    fit_sample,
)

# Counts up to this many times the rows are ranked by tallying each value;
# beyond, a tally would hold more than sorting costs.
TALLY_REACH = 16


@dataclass(frozen=True)
class GapSummary:
    """The gap of one outcome.

    Attributes
    ----------
    gap : Measure
        ``estimate`` is Spearman minus Pearson of the raw values, -2 to 2.
    smooth_share : Measure
        ``estimate`` is the share (0-1) of draws from the fitted smooth law
        whose gap is at least as large.
    """

    gap: Measure
    smooth_share: Measure


def gap_summary(
    scores: Floats,
    counts: Floats,
    generator: np.random.Generator,
    draw_count: int,
) -> GapSummary:
    """Describe the gap between the two coefficients.

    Parameters
    ----------
    scores, counts, generator, draw_count
        As in `kink.kink_test`; a generator in the same state gives the same
        draws.

    Returns
    -------
    GapSummary
        No p value: the share describes, it does not test.
    """
    gap = observed_gap(scores, counts)
    sample = fit_sample(scores, counts)
    if isinstance(sample, Measure):
        return GapSummary(gap, sample)
    (draws,) = draw_statistics(
        sample.null, generator, draw_count, [gap_statistic(sample)]
    )
    return GapSummary(gap, smooth_share(sample, gap, draws))


def observed_gap(scores: Floats, counts: Floats) -> Measure:
    """Give Spearman minus Pearson of scores and counts.

    Parameters
    ----------
    scores, counts : ndarray, shape (n,)
        Score and count of each domain; a missing value is NaN.

    Returns
    -------
    Measure
    """
    scores, counts = known_pairs(scores, counts)
    status = count_status(scores, counts)
    if status is not Status.OK:
        return without_numbers(len(scores), status)
    groups, in_order = group_rows(scores, counts)
    gaps = _gaps(groups, in_order, group_sums(groups, in_order))
    return Measure(len(scores), estimate=float(gaps[0]))


def gap_statistic(sample: SmoothSample) -> DrawStatistic:
    """Give the gap as a function of sets of counts.

    Parameters
    ----------
    sample : SmoothSample
        The sample whose smooth law is drawn from.

    Returns
    -------
    callable
        As `smooth_null.draw_statistics` takes it; NaN for constant counts.
    """

    def statistic(counts: Floats, sums: GroupSums) -> Floats:
        return _gaps(sample.null.groups, counts, sums)

    return statistic


def smooth_share(sample: SmoothSample, gap: Measure, draws: Floats) -> Measure:
    """Give the share of draws with a gap at least as large.

    Parameters
    ----------
    sample : SmoothSample
    gap : Measure
        The gap of the sample.
    draws : ndarray, shape (B,)
        Gap of each draw; NaN where counts are constant.

    Returns
    -------
    Measure
    """
    finite = finite_draws(draws, sample.row_count)
    if isinstance(finite, Measure):
        return finite
    share = np.mean(finite >= gap.estimate - TIE_TOLERANCE)
    return Measure(sample.row_count, estimate=float(share))


def _gaps(groups: ScoreGroups, counts: Floats, sums: GroupSums) -> Floats:
    """Spearman minus Pearson of b sets of counts, shape (b,)."""
    row_scores = groups.spread(groups.scores)
    ranks = centred_ranks(tie_groups(row_scores))
    spearman = np.array([_spearman(ranks, row) for row in counts])
    return np.asarray(spearman - _pearson(groups, sums))


def _pearson(groups: ScoreGroups, sums: GroupSums) -> Floats:
    """Pearson's correlation from the sums, shape (b,)."""
    shares = groups.sizes / groups.row_count
    scores = groups.scores - shares @ groups.scores
    means = sums.totals.sum(axis=1) / groups.row_count
    spread = sums.squares.sum(axis=1) - groups.row_count * means**2
    length = np.sqrt(groups.sizes @ scores**2 * np.maximum(spread, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(sums.totals @ scores / length)


def _spearman(score_ranks: Floats, counts: Floats) -> float:
    """Spearman's correlation of counts with centred ranks of the scores."""
    values = counts.astype(np.int64)
    if values.max() > TALLY_REACH * len(values):
        values = np.unique(values, return_inverse=True)[1]
    tally = np.bincount(values)
    upto = np.cumsum(tally)
    ranks = upto - (tally - 1) / 2 - (len(values) + 1) / 2
    length = np.sqrt((score_ranks @ score_ranks) * (tally @ ranks**2))
    if length == 0:
        return float("nan")
    return float(score_ranks @ ranks[values] / length)
