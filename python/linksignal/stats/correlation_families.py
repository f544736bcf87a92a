"""p values of the correlation table, adjusted within their families.

A family is the rows of one method, the sensitivity rows of each kind apart
from the main ones: a row beside another makes no new claim that would cost
the main one its significance.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from linksignal.stats.blocks import Pair
from linksignal.stats.families import benjamini_hochberg, holm_across_blocks
from linksignal.stats.results import Result

MAIN = "none"


@dataclass(frozen=True)
class RowKey:
    """What tells the rows of the correlation table apart.

    Attributes
    ----------
    pair : Pair
        Signal and outcome columns.
    method : str
        As in column ``method``.
    sensitivity : str
        As in column ``sensitivity``; ``none`` for a main row.
    """

    pair: Pair
    method: str
    sensitivity: str = MAIN

    @property
    def family(self) -> tuple[str, str]:
        """Rows of one family have the same."""
        return self.method, self.sensitivity


def adjusted_p_values(results: Mapping[RowKey, Result]) -> dict[RowKey, float]:
    """Adjust p values for the false discovery rate of each family.

    Parameters
    ----------
    results : mapping of RowKey to Result
        All rows of the table.

    Returns
    -------
    dict of RowKey to float
        NaN where a row has no p value.
    """
    adjusted: dict[RowKey, float] = {}
    for keys in _by_family(results).values():
        p_values = np.array([results[key].p_value for key in keys])
        found = benjamini_hochberg(p_values).tolist()
        adjusted |= dict(zip(keys, found, strict=True))
    return adjusted


def family_wise_p_values(
    results: Mapping[RowKey, Result], joint: Sequence[Sequence[RowKey]]
) -> dict[RowKey, float]:
    """Carry block-wise p values over the blocks of each family.

    Parameters
    ----------
    results : mapping of RowKey to Result
        All rows of the table.
    joint : sequence of sequence of RowKey
        Rows whose ``p_block_wise`` is family-wise among them. A row in none
        of them stands alone, which makes the procedure Holm's.

    Returns
    -------
    dict of RowKey to float
        NaN where a row has no such p value.
    """
    is_tested = {
        key: not math.isnan(result.p_block_wise)
        for key, result in results.items()
    }
    together = {key for keys in joint for key in keys}
    groups = [
        [key for key in keys if is_tested[key]]
        for keys in (*joint, *([key] for key in results if key not in together))
    ]
    by_family: dict[tuple[str, str], list[list[RowKey]]] = {}
    for keys in groups:
        if keys:
            by_family.setdefault(keys[0].family, []).append(keys)
    family_wise = dict.fromkeys(results, math.nan)
    for members in by_family.values():
        blocks = [
            np.array([results[key].p_block_wise for key in keys])
            for keys in members
        ]
        for keys, adjusted in zip(
            members, holm_across_blocks(blocks), strict=True
        ):
            family_wise |= dict(zip(keys, adjusted.tolist(), strict=True))
    return family_wise


def _by_family(
    results: Mapping[RowKey, Result],
) -> dict[tuple[str, str], list[RowKey]]:
    families: dict[tuple[str, str], list[RowKey]] = {}
    for key in results:
        families.setdefault(key.family, []).append(key)
    return families
