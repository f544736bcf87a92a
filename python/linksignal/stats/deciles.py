"""Outcomes over the deciles of each signal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from linksignal.contract import findings_schema
from linksignal.stats.arrays import Floats, Indices, Integers
from linksignal.stats.estimate import arrow_table
from linksignal.stats.frames import read_study
from linksignal.stats.registry import Cell, read_registry
from linksignal.stats.rules import (
    MIN_DISTINCT_SCORES,
    MIN_ROWS,
    Status,
    check_ci_level,
    reason_of,
)
from linksignal.stats.summaries import Summary, summarise

DECILES = 10


def tie_safe_deciles(values: Floats) -> Integers:
    """Give each value its decile, equal values the same one.

    The decile of a value is where its mid-rank falls: with `below` smaller
    and `equal` equal values among n, (10 (2 below + equal)) // (2 n) + 1 in
    whole numbers, so that no rounding decides at an edge.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Values without missing ones.

    Returns
    -------
    ndarray of int, shape (n,)
        Deciles 1 to 10. Ties can leave deciles empty; when all values are
        equal the one group is decile 6.
    """
    _, group, sizes = np.unique(values, return_inverse=True, return_counts=True)
    below = np.cumsum(sizes) - sizes
    deciles = DECILES * (2 * below + sizes) // (2 * len(values)) + 1
    return np.asarray(deciles[group], dtype=np.int64)


def decile_profiles(
    features: pd.DataFrame,
    signals: pd.DataFrame,
    outcomes: pd.DataFrame,
    platforms: Sequence[str],
    *,
    ci_level: float = 0.95,
) -> pa.Table:
    """Describe every outcome in every decile of every signal.

    The deciles of a signal are formed over all domains where the signal is
    known, so that they are the same for every outcome; domains without the
    outcome then drop out of n.

    Parameters
    ----------
    features, signals, outcomes, platforms
        As in `correlations.correlation_table`.
    ci_level : float, default 0.95
        Confidence level of the median's interval, between 0 and 1.

    Returns
    -------
    pyarrow.Table
        One row per signal, outcome, platform and decile that holds at least
        one domain, by the contract of ``deciles``; none for a signal that is
        nowhere known. ``signal_min`` and ``signal_max`` bound the signal in
        the decile, ``distinct_values`` and ``group_count`` count its values
        and non-empty deciles. Median, mean and ``zero_share`` are those of
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
    check_ci_level(ci_level)
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
            ci_level,
        )
    ]
    return arrow_table(rows, findings_schema("deciles"))


@dataclass(frozen=True)
class _DecileGroups:
    """The known rows of a signal, parted by decile."""

    rows_of_decile: dict[int, Indices]
    values: Floats
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
    return _DecileGroups(rows_of_decile, signal, len(np.unique(signal[known])))


def _cell_rows(
    cell: Cell, groups: _DecileGroups, outcome: Floats, ci_level: float
) -> Iterator[dict[str, object]]:
    for decile, rows in groups.rows_of_decile.items():
        signal = groups.values[rows]
        known = outcome[rows][~np.isnan(outcome[rows])]
        status = _status(signal, known, groups.status)
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
            "signal_min": float(signal.min()),
            "signal_max": float(signal.max()),
            "distinct_values": groups.distinct_count,
            "group_count": len(groups.rows_of_decile),
            "ci_level": ci_level,
            **asdict(summary),
            "status": status.value,
            "reason": reason_of(status),
        }


def _status(signal: Floats, outcome: Floats, signal_status: Status) -> Status:
    rules = (
        (len(outcome) == 0, Status.NO_OVERLAP),
        (not np.isfinite(np.append(signal, outcome)).all(), Status.UNRELIABLE),
        (signal_status is not Status.OK, signal_status),
        (len(outcome) < MIN_ROWS, Status.TOO_FEW),
    )
    return next((status for is_met, status in rules if is_met), Status.OK)
