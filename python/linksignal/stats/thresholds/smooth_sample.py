"""Scores and counts, checked and fitted with the smooth law."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from linksignal.stats.arrays import Floats
from linksignal.stats.rules import MIN_DISTINCT_SCORES, Status
from linksignal.stats.thresholds.measures import (
    Measure,
    count_status,
    known_pairs,
    without_numbers,
)
from linksignal.stats.thresholds.score_groups import (
    GroupSums,
    group_rows,
    group_sums,
)
from linksignal.stats.thresholds.smooth_null import SmoothNull, fit_smooth_null

MIN_NONZERO_ROWS = 30
LARGEST_DROPPED_SHARE = 0.05


@dataclass(frozen=True)
class SmoothSample:
    """Counts in order of score, and the smooth law fitted to them.

    Attributes
    ----------
    counts : ndarray, shape (1, n)
        As from `score_groups.group_rows`.
    sums : GroupSums
        Their sums by score.
    null : SmoothNull
        The fit.
    """

    counts: Floats
    sums: GroupSums
    null: SmoothNull

    @property
    def row_count(self) -> int:
        """Rows n."""
        return self.null.groups.row_count


def fit_sample(scores: Floats, counts: Floats) -> SmoothSample | Measure:
    """Check scores and counts, and fit the smooth law.

    Parameters
    ----------
    scores, counts : ndarray, shape (n,)
        Score and count of each domain; a missing value is NaN.

    Returns
    -------
    SmoothSample or Measure
        A measure without numbers where a rule is broken (fewer than
        ``MIN_DISTINCT_SCORES`` scores or ``MIN_NONZERO_ROWS`` counts above
        zero among them) or the fit did not converge.
    """
    scores, counts = known_pairs(scores, counts)
    broken = _broken_rule(scores, counts)
    if broken is not None:
        return broken
    groups, in_order = group_rows(scores, counts)
    sums = group_sums(groups, in_order)
    null = fit_smooth_null(groups, sums)
    if not null.is_converged:
        return without_numbers(
            len(scores),
            Status.NOT_CONVERGED,
            "The fit of the smooth law did not converge.",
        )
    return SmoothSample(in_order, sums, null)


def _broken_rule(scores: Floats, counts: Floats) -> Measure | None:
    status = count_status(scores, counts)
    if status is not Status.OK:
        return without_numbers(len(scores), status)
    if len(np.unique(scores)) < MIN_DISTINCT_SCORES:
        return without_numbers(
            len(scores),
            Status.TOO_FEW_DISTINCT,
            f"There are fewer than {MIN_DISTINCT_SCORES} distinct scores.",
        )
    if np.count_nonzero(counts) < MIN_NONZERO_ROWS:
        return without_numbers(
            len(scores),
            Status.TOO_FEW,
            f"Fewer than {MIN_NONZERO_ROWS} outcomes are above zero.",
        )
    return None


def finite_draws(values: Floats, row_count: int) -> Floats | Measure:
    """Drop the draws that gave no finite figure, unless they are many.

    Parameters
    ----------
    values : ndarray, shape (B,)
        A statistic of each draw.
    row_count : int
        Rows behind it.

    Returns
    -------
    ndarray or Measure
        The finite values; ``not_converged`` where more than
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
