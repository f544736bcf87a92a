"""Outcomes over the deciles of each signal."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
import pyarrow as pa
from scipy.special import bdtr

from linksignal.contract import findings_schema
from linksignal.settings import Settings
from linksignal.stats.arrays import Floats, Indices
from linksignal.stats.estimate import arrow_table
from linksignal.stats.frames import read_study
from linksignal.stats.ranks import tie_safe_deciles
from linksignal.stats.registry import Cell, read_registry
from linksignal.stats.rules import (
    MIN_DISTINCT_SCORES,
    MIN_ROWS,
    Status,
)

CI_METHOD = "order_statistics"


def decile_profiles(
    features: pd.DataFrame,
    signals: pd.DataFrame,
    outcomes: pd.DataFrame,
    platforms: Sequence[str],
    settings: Settings,
) -> pa.Table:
    """Describe every outcome in every decile of every signal.

    The deciles of a signal are formed over all domains where the signal is
    known, so that they are the same for every outcome; domains without the
    outcome then drop out of n.

    Parameters
    ----------
    features, signals, outcomes, platforms
        As in `correlations.correlation_table`.
    settings : Settings
        Of the study.

    Returns
    -------
    pyarrow.Table
        One row per signal, outcome, platform and decile that holds at least
        one domain, by the contract of ``deciles``; none for a signal that is
        nowhere known. ``signal_min`` and ``signal_max`` bound the signal in
        the decile. Median, mean and ``zero_share`` are those of
        the n rows; the interval is NULL below ``MIN_ROWS`` of them. Status
        is, first to apply: ``no_overlap`` (n = 0), ``unreliable`` (infinite
        values; numbers NULL), ``constant_signal``, ``too_few_distinct``
        (signal with below ``MIN_DISTINCT_SCORES`` values: fewer groups),
        ``too_few`` (no interval), ``ok``; ``reason`` says it in a sentence.

    Raises
    ------
    LinksignalError
        As `correlations.correlation_table`.
    """
    registry = read_registry(signals, outcomes, platforms)
    study = read_study(features, registry.transforms)
    groups = {
        signal: _decile_groups(study.columns[signal])
        for signal in dict.fromkeys(cell.signal for cell in registry.cells)
    }
    rows = [
        row
        for cell in registry.cells
        for row in _cell_rows(
            cell,
            groups[cell.signal],
            study.columns[cell.outcome_column],
            settings.ci_level,
        )
    ]
    return arrow_table(rows, findings_schema("deciles"))


_REASONS = {
    Status.TOO_FEW: f"Fewer than {MIN_ROWS} domains of the decile have the "
    "outcome.",
    Status.TOO_FEW_DISTINCT: f"Fewer than {MIN_DISTINCT_SCORES} values of the "
    "signal differ.",
}


@dataclass(frozen=True)
class _DecileGroups:
    """The known rows of a signal, parted by decile.

    Attributes
    ----------
    rows_of_decile : dict of int to ndarray of int
        Rows of each decile that holds any.
    bounds : dict of int to tuple of float
        Smallest and largest signal in each.
    distinct_count : int
        Distinct values of the signal.
    """

    rows_of_decile: dict[int, Indices]
    bounds: dict[int, tuple[float, float]]
    distinct_count: int

    @property
    def status(self) -> Status:
        """What the signal itself allows."""
        if self.distinct_count == 1:
            return Status.CONSTANT_SIGNAL
        if self.distinct_count < MIN_DISTINCT_SCORES:
            return Status.TOO_FEW_DISTINCT
        return Status.OK


def _decile_groups(signal: Floats) -> _DecileGroups:
    known = np.flatnonzero(~np.isnan(signal))
    deciles = tie_safe_deciles(signal[known])
    rows_of_decile = {
        int(decile): known[deciles == decile] for decile in np.unique(deciles)
    }
    bounds = {
        decile: (float(signal[rows].min()), float(signal[rows].max()))
        for decile, rows in rows_of_decile.items()
    }
    return _DecileGroups(rows_of_decile, bounds, len(np.unique(signal[known])))


def _cell_rows(
    cell: Cell, groups: _DecileGroups, outcome: Floats, ci_level: float
) -> Iterator[dict[str, object]]:
    for decile, rows in groups.rows_of_decile.items():
        low, high = groups.bounds[decile]
        ascending = np.sort(outcome[rows])
        known = ascending[: np.searchsorted(ascending, np.nan)]
        status = _status((low, high), known, groups.status)
        summary = (
            Summary(len(known))
            if status is Status.UNRELIABLE
            else summarise(known, ci_level)
        )
        yield {
            "signal": cell.signal,
            "outcome": cell.outcome,
            "platform": cell.platform,
            "decile": decile,
            "signal_min": low,
            "signal_max": high,
            "ci_level": ci_level,
            **vars(summary),
            "status": status.value,
            "reason": _REASONS.get(status, status.sentence),
        }


def _status(
    bounds: tuple[float, float], ascending: Floats, signal_status: Status
) -> Status:
    ends = (*bounds, *ascending[:1].tolist(), *ascending[-1:].tolist())
    rules = (
        (len(ascending) == 0, Status.NO_OVERLAP),
        (not all(map(math.isfinite, ends)), Status.UNRELIABLE),
        (signal_status is not Status.OK, signal_status),
        (len(ascending) < MIN_ROWS, Status.TOO_FEW),
    )
    return next((status for is_met, status in rules if is_met), Status.OK)


@dataclass(frozen=True)
class Summary:
    """A group of n outcomes; None where a figure is not defined.

    Attributes
    ----------
    n : int
        Outcomes in the group.
    median, mean : float or None
        In the unit of the outcome.
    ci_low, ci_high : float or None
        Interval of the median; None below ``MIN_ROWS`` outcomes.
    ci_method : str or None
        Its procedure; None without an interval.
    zero_share : float or None
        Share (0-1) of outcomes that are zero.
    """

    n: int
    median: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    ci_method: str | None = None
    mean: float | None = None
    zero_share: float | None = None


def summarise(ascending: Floats, ci_level: float) -> Summary:
    """Summarise a group of outcomes.

    Parameters
    ----------
    ascending : ndarray, shape (n,)
        Finite values in order.
    ci_level : float
        Confidence level of the median's interval, 0-1.

    Returns
    -------
    Summary
        Nothing but n when there is no outcome.
    """
    row_count = len(ascending)
    if row_count == 0:
        return Summary(row_count)
    middle = ascending[(row_count - 1) // 2 : row_count // 2 + 1]
    below = np.searchsorted(ascending, 0, "left")
    zero_count = np.searchsorted(ascending, 0, "right") - below
    reach = median_reach(row_count, ci_level) if row_count >= MIN_ROWS else 0
    return Summary(
        n=row_count,
        median=float(middle.mean()),
        ci_low=float(ascending[reach - 1]) if reach else None,
        ci_high=float(ascending[row_count - reach]) if reach else None,
        ci_method=CI_METHOD if reach else None,
        mean=float(ascending.mean()),
        zero_share=float(zero_count) / row_count,
    )


@cache
def median_reach(row_count: int, ci_level: float) -> int:
    """Tell which order statistics bound the median.

    The k-th smallest and the k-th largest of n values hold the median
    between them with probability at least 1 - 2 P(Bin(n, 1/2) < k), whatever
    the law of the values; ties only raise it.

    Parameters
    ----------
    row_count : int
        Values n.
    ci_level : float
        Least probability wanted, 0-1.

    Returns
    -------
    int
        The largest k that keeps it; 0 when n is too small for any.

    References
    ----------
    Thompson (1936), On confidence ranges for the median, Annals of
    Mathematical Statistics 7, 122-128.
    """
    miss = (1 - ci_level) / 2
    at_most = bdtr(np.arange((row_count + 1) // 2), row_count, 0.5)
    return int(np.searchsorted(at_most, miss, side="right"))
