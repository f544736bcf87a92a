"""One correlation: its numbers, or the rule that stands in their way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from linksignal.stats.intervals import Intervals
from linksignal.stats.rules import Status


@dataclass(frozen=True)
class Result:
    """A correlation of one pair by one method; NaN where undefined.

    Attributes
    ----------
    status : Status
        ``ok``, or what was wrong.
    estimate : float
        Correlation, -1 to 1.
    ci_low, ci_high : float
        Bounds of the interval.
    ci_method : str or None
        Its procedure; None without an interval.
    p_value : float
        Permutation p value of independence.
    p_block_wise : float
        The same, family-wise over the pairs of the block.
    resample_count : int
        Resamples and permutations drawn for it.
    is_reliable : bool or None
        Of raw Pearson: whether leverage and tails let it be relied upon.
    n_eff : float
        Domains that independent ones would take for as small an error.
    influential_domain : str or None
        The domain left out.
    """

    status: Status
    estimate: float = np.nan
    ci_low: float = np.nan
    ci_high: float = np.nan
    ci_method: str | None = None
    p_value: float = np.nan
    p_block_wise: float = np.nan
    resample_count: int = 0
    is_reliable: bool | None = None
    n_eff: float = np.nan
    influential_domain: str | None = None


def interval_result(intervals: Intervals, row: int, column: int) -> Result:
    """Take one correlation out of a table of them.

    Parameters
    ----------
    intervals : Intervals
        Of a table of pairs.
    row, column : int
        Place of the pair in it.

    Returns
    -------
    Result
        Without a p value; the status says what the interval is wanting.
    """
    estimate = float(intervals.estimates[row, column])
    low, high = intervals.low[row, column], intervals.high[row, column]
    if not intervals.is_converged[row, column]:
        return Result(Status.NOT_CONVERGED, estimate)
    if np.isnan(low) or np.isnan(high):
        return Result(Status.UNRELIABLE, estimate)
    return Result(
        Status.OK,
        estimate,
        ci_low=float(low),
        ci_high=float(high),
        ci_method=intervals.method,
    )
