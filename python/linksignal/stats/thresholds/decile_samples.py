"""Outcomes by decile of the score, for tests between deciles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from linksignal.stats.arrays import Floats
from linksignal.stats.deciles import DECILES
from linksignal.stats.rules import MIN_DISTINCT_SCORES, MIN_ROWS, Status
from linksignal.stats.thresholds.measures import Measure, without_numbers


@dataclass(frozen=True)
class DecileSamples:
    """The outcomes of n domains, parted by decile.

    Attributes
    ----------
    row_count : int
        Domains n with score, decile and outcome.
    outcomes : mapping of int to ndarray
        Outcomes in each decile that holds a domain, by ascending decile.
    """

    row_count: int
    outcomes: Mapping[int, Floats]


def part_by_decile(
    scores: Floats, deciles: Floats, outcomes: Floats
) -> DecileSamples | Measure:
    """Part outcomes by decile.

    Parameters
    ----------
    scores, deciles, outcomes : ndarray, shape (n,)
        Score of each domain, its decile (1-10) and its outcome; a missing
        value is NaN.

    Returns
    -------
    DecileSamples or Measure
        A measure without numbers where fewer than ``MIN_ROWS`` domains have
        all three, a value is infinite, a decile is none, or there are fewer
        than ``MIN_DISTINCT_SCORES`` distinct scores.
    """
    columns = np.column_stack([scores, deciles, outcomes])
    known = columns[~np.isnan(columns).any(axis=1)]
    row_count = len(known)
    if row_count < MIN_ROWS:
        status = Status.TOO_FEW if row_count else Status.NO_OVERLAP
        return without_numbers(row_count, status)
    is_decile = np.isin(known[:, 1], np.arange(1, DECILES + 1))
    if not (np.isfinite(known).all() and is_decile.all()):
        return without_numbers(row_count, Status.UNRELIABLE)
    if len(np.unique(known[:, 0])) < MIN_DISTINCT_SCORES:
        return without_numbers(
            row_count,
            Status.TOO_FEW_DISTINCT,
            f"There are fewer than {MIN_DISTINCT_SCORES} distinct scores.",
        )
    return DecileSamples(
        row_count,
        {
            int(decile): known[known[:, 1] == decile, 2]
            for decile in np.unique(known[:, 1])
        },
    )
