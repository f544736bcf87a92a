"""Spearman's correlation of score and outcome, with and without zeros."""

from __future__ import annotations

import numpy as np

from linksignal.stats.arrays import Floats
from linksignal.stats.rules import Status, pair_status, profile
from linksignal.stats.scores import correlations, rank_columns, unit_scores
from linksignal.stats.spearman import spearman_intervals
from linksignal.stats.thresholds.measures import (
    Measure,
    known_pairs,
    without_numbers,
)


def spearman_all_rows(
    scores: Floats, outcomes: Floats, ci_level: float = 0.95
) -> Measure:
    """Correlate score and outcome over all domains.

    Parameters
    ----------
    scores, outcomes : ndarray, shape (n,)
        Score and outcome of each domain; a missing value is NaN.
    ci_level : float, default 0.95
        Confidence level, 0-1.

    Returns
    -------
    Measure
        Spearman's coefficient (-1 to 1) with the interval of
        `spearman.spearman_intervals`. A perfect correlation is
        ``unreliable``: it has no interval.
    """
    return _spearman(*known_pairs(scores, outcomes), ci_level)


def spearman_positives_only(
    scores: Floats, outcomes: Floats, ci_level: float = 0.95
) -> Measure:
    """Correlate score and outcome over the domains with any.

    To be read beside `spearman_all_rows` only: leaving out the zeros picks
    domains by their outcome, and can turn the sign.

    Parameters
    ----------
    scores, outcomes, ci_level
        As in `spearman_all_rows`.

    Returns
    -------
    Measure
        As `spearman_all_rows`.
    """
    scores, outcomes = known_pairs(scores, outcomes)
    return _spearman(scores[outcomes > 0], outcomes[outcomes > 0], ci_level)


def _spearman(scores: Floats, outcomes: Floats, ci_level: float) -> Measure:
    row_count = len(scores)
    status = pair_status(row_count, profile(scores), profile(outcomes))
    if status is not Status.OK:
        return without_numbers(row_count, status)
    signals, targets = scores[:, np.newaxis], outcomes[:, np.newaxis]
    coefficient = correlations(
        unit_scores(rank_columns(signals)), unit_scores(rank_columns(targets))
    )
    interval = spearman_intervals(signals, targets, ci_level)
    if np.isnan(interval.low[0, 0]):
        return Measure(
            n=row_count,
            status=Status.UNRELIABLE,
            reason="The correlation is perfect up to rounding.",
            estimate=float(coefficient[0, 0]),
        )
    return Measure(
        n=row_count,
        estimate=float(coefficient[0, 0]),
        ci_low=float(interval.low[0, 0]),
        ci_high=float(interval.high[0, 0]),
        ci_method=interval.method,
    )
