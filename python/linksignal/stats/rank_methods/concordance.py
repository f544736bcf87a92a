"""Concordance of each row with the others, without comparing all of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from linksignal.stats.arrays import Floats, Indices, Integers
from linksignal.stats.ranks import TieGroups


@dataclass(frozen=True)
class Concordance:
    """How each of n rows stands to the others in two variables.

    Attributes
    ----------
    sums : ndarray, shape (n,)
        Rows in concordance less rows in discordance with each row.
    signal_differs, outcome_differs : ndarray, shape (n,)
        Rows with another value of the signal, of the outcome.
    """

    sums: Floats
    signal_differs: Floats
    outcome_differs: Floats


def concordance(signal: TieGroups, outcome: TieGroups) -> Concordance:
    """Count concordant and discordant rows for each row.

    Parameters
    ----------
    signal, outcome : TieGroups
        Two variables on the same n rows.

    Returns
    -------
    Concordance
        In time of order n log(n)^2.

    Notes
    -----
    All counts follow from the rows smaller in both variables and from
    places within tied groups: the rows larger in both are those that are
    not at most equal in either, and the discordant ones are the rest of
    those that differ in both.
    """
    rows, columns = signal.group_of_row, outcome.group_of_row
    row_count = len(rows)
    below = _smaller_in_both(rows, columns)
    signal_ties = signal.sizes[rows]
    outcome_ties = outcome.sizes[columns]
    below_in_outcome_tie, both_ties = _places_within(columns, rows)
    below_in_signal_tie, _ = _places_within(rows, columns)
    at_most_in_both = (
        below + below_in_outcome_tie + below_in_signal_tie + both_ties
    )
    signal_at_most = np.cumsum(signal.sizes)[rows]
    outcome_at_most = np.cumsum(outcome.sizes)[columns]
    above = row_count - signal_at_most - outcome_at_most + at_most_in_both
    differ_in_both = row_count - signal_ties - outcome_ties + both_ties
    return Concordance(
        sums=(2 * (below + above) - differ_in_both).astype(np.float64),
        signal_differs=(row_count - signal_ties).astype(np.float64),
        outcome_differs=(row_count - outcome_ties).astype(np.float64),
    )


def _smaller_in_both(rows: Indices, columns: Indices) -> Integers:
    """Count the rows with a smaller value in both variables.

    In the order of the first variable, the rows before with a smaller value
    of the second are counted bit by bit: two values that agree in their
    higher bits are told apart by the bit at which they part.
    """
    # Equal values of the first variable stand in descending order of the
    # second, so that none of them counts for another.
    order = np.lexsort((-columns, rows))
    codes = columns[order]
    counts = np.zeros(len(codes), dtype=np.int64)
    places = np.arange(len(codes))
    for bit in reversed(range(int(codes.max()).bit_length())):
        here = codes[places]
        is_low = (here >> bit) & 1 == 0
        low_before = np.cumsum(is_low) - is_low
        family = here >> (bit + 1)
        is_start = np.append(True, family[1:] != family[:-1])
        start = np.flatnonzero(is_start)[np.cumsum(is_start) - 1]
        counts[places] += np.where(is_low, 0, low_before - low_before[start])
        places = places[np.argsort(here >> bit, kind="stable")]
    in_place = np.empty_like(counts)
    in_place[order] = counts
    return in_place


def _places_within(outer: Indices, inner: Indices) -> tuple[Integers, Integers]:
    """Count rows of the same outer value below, and equal to, each row."""
    order = np.lexsort((inner, outer))
    is_group = np.append(True, np.diff(outer[order]) != 0)
    is_cell = is_group | np.append(True, np.diff(inner[order]) != 0)
    group_start = np.flatnonzero(is_group)[np.cumsum(is_group) - 1]
    cell_starts = np.flatnonzero(is_cell)
    cell = np.cumsum(is_cell) - 1
    sizes = np.diff(cell_starts, append=len(order))
    below = np.empty(len(order), dtype=np.int64)
    equal = np.empty_like(below)
    below[order] = cell_starts[cell] - group_start
    equal[order] = sizes[cell]
    return below, equal
