"""Kendall's tau-b: concordance of each row, influences, estimates.

References
----------
Kendall (1945), The treatment of ties in ranking problems, Biometrika 33,
239-251.
Croux & Dehon (2010), Influence functions of the Spearman and Kendall
correlation measures, Statistical Methods & Applications 19, 497-515; here
with ties.
Bonett & Wright (2000), Sample size requirements for estimating Pearson,
Kendall and Spearman correlations, Psychometrika 65, 23-28.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from linksignal.stats.arrays import Floats, Indices
from linksignal.stats.estimate import Estimate
from linksignal.stats.estimators.fisher import (
    MIN_INFLUENCE_ROWS,
    fisher_estimate,
    fisher_estimates,
    on_z_scale,
)
from linksignal.stats.estimators.variables import Variable
from linksignal.stats.ranks import TieGroups

# A table of signal and outcome has at most this many cells a row.
MOST_CELLS = 10

# Of tau's z, over n - 4, without ties and for tau up to about 0.8.
BONETT_WRIGHT_VARIANCE = 0.437


@dataclass(frozen=True)
class Concordance:
    """How each of n rows stands to the others, for s signals, one outcome.

    Attributes
    ----------
    sums : ndarray, shape (n, s)
        Rows in concordance less rows in discordance with each row.
    signal_differs : ndarray, shape (n, s)
        Rows with another value of the signal.
    outcome_differs : ndarray, shape (n, 1)
        Rows with another value of the outcome.
    """

    sums: Floats
    signal_differs: Floats
    outcome_differs: Floats


def concordance(
    signals: Sequence[TieGroups], outcome: TieGroups
) -> Concordance:
    """Count concordant and discordant rows for each row.

    Parameters
    ----------
    signals : sequence of s TieGroups
        Variables of n rows.
    outcome : TieGroups
        A variable on the same rows.

    Returns
    -------
    Concordance
        In time of order s n log(g) for g values of the outcome, and one
        sort a signal.

    Notes
    -----
    All counts follow from the rows smaller in both variables and from
    places within tied groups: the rows larger in both are those that are
    not at most equal in either, and the discordant ones are the rest of
    those that differ in both.
    """
    row_count = outcome.row_count
    outcome_start, outcome_end = outcome.bounds
    outcome_ties = outcome_end - outcome_start
    sums = np.empty((row_count, len(signals)))
    differs = np.empty((row_count, len(signals)))
    for at, signal in enumerate(signals):
        counts = _counts(signal, outcome)
        start, end = signal.bounds
        above = row_count - end - outcome_end + counts.at_most_in_both
        in_both = row_count - (end - start) - outcome_ties + counts.both_ties
        sums[:, at] = 2 * (counts.below + above) - in_both
        differs[:, at] = row_count - (end - start)
    outcome_differs = (row_count - outcome_ties).astype(np.float64)
    return Concordance(sums, differs, outcome_differs[:, np.newaxis])


@dataclass(frozen=True)
class _Counts:
    """Of each row: rows smaller in both, at most equal, and equal in both."""

    below: Indices
    at_most_in_both: Indices
    both_ties: Indices


def _counts(signal: TieGroups, outcome: TieGroups) -> _Counts:
    cell_count = len(signal.sizes) * len(outcome.sizes)
    if cell_count <= MOST_CELLS * outcome.row_count:
        return _tallied(signal, outcome)
    return _sorted(signal, outcome)


def _tallied(signal: TieGroups, outcome: TieGroups) -> _Counts:
    """Count by a table of signal and outcome, where it is small."""
    shape = (len(signal.sizes), len(outcome.sizes))
    cells = signal.group_of_row * shape[1] + outcome.group_of_row
    tally = np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape)
    at_most = np.cumsum(np.cumsum(tally, axis=0), axis=1)
    below = np.zeros(shape, dtype=np.intp)
    below[1:, 1:] = at_most[:-1, :-1]
    return _Counts(*(table.ravel()[cells] for table in (below, at_most, tally)))


def _sorted(signal: TieGroups, outcome: TieGroups) -> _Counts:
    # Equal values of the signal stand in descending order of the outcome,
    # so that none of them counts for another.
    codes = outcome.group_of_row
    group_count = len(outcome.sizes)
    keys = signal.group_of_row * group_count + (group_count - 1 - codes)
    order = np.argsort(keys)
    below, by_outcome = _smaller_before(codes[order], outcome)
    ascending = keys[order]
    cell_start, cell_end = _runs(ascending)
    signal_end = signal.bounds[1][order]
    both_ties = cell_end - cell_start
    # In the order of the outcome, the same cells in the order of the signal.
    in_tie = np.empty(len(order), dtype=np.intp)
    starts, _ = _runs(ascending[by_outcome])
    in_tie[by_outcome] = starts - outcome.bounds[0][order[by_outcome]]
    at_most = below + in_tie + (signal_end - cell_end) + both_ties
    found = np.empty((3, len(order)), dtype=np.intp)
    found[:, order] = below, at_most, both_ties
    return _Counts(*found)


def _smaller_before(
    codes: Indices, outcome: TieGroups
) -> tuple[Indices, Indices]:
    """Count the smaller codes before each, and sort them, stably.

    Bit by bit: two codes that agree in their higher bits are told apart by
    the bit at which they part. Families of codes alike in their higher bits
    stand together, at the same places whatever the order of the rows.

    Parameters
    ----------
    codes : ndarray of int, shape (n,)
        Group of the outcome of each row, in the order of the signal.
    outcome : TieGroups
        The outcome.

    Returns
    -------
    counts : ndarray of int, shape (n,)
        Smaller codes before each.
    places : ndarray of int, shape (n,)
        Places of the codes in ascending order.
    """
    row_count = len(codes)
    ends = outcome.starts + outcome.sizes
    numbers = np.arange(len(outcome.sizes))
    counts = np.zeros(row_count, dtype=np.intp)
    places = np.arange(row_count)
    for bit in reversed(range(int(len(numbers) - 1).bit_length())):
        here = codes[places]
        is_high = (here >> bit) & 1
        # Each family starts where its first code does in ascending order,
        # and its high part where that of its high codes does.
        family = numbers >> (bit + 1)
        is_first = np.append(True, family[1:] != family[:-1])
        start = outcome.starts[is_first][np.cumsum(is_first) - 1]
        low_end = np.zeros(len(start), dtype=np.intp)
        in_low = (numbers >> bit) & 1 == 0
        np.maximum.at(low_end, family[in_low], ends[in_low])
        high_start = np.maximum(low_end[family], start)
        low_before = np.empty(row_count + 1, dtype=np.intp)
        low_before[0] = 0
        np.cumsum(1 - is_high, out=low_before[1:])
        family_start = start[here]
        lows = low_before[:-1] - low_before[family_start]
        counts[places] += lows * is_high
        highs = np.arange(row_count) - family_start - lows
        target = np.where(
            is_high == 1, high_start[here] + highs, family_start + lows
        )
        moved = np.empty_like(places)
        moved[target] = places
        places = moved
    return counts, places


def _runs(values: Indices) -> tuple[Indices, Indices]:
    """Give where the run of equal neighbours of each starts and ends."""
    is_start = np.append(True, values[1:] != values[:-1])
    starts = np.flatnonzero(is_start)
    ends = np.append(starts[1:], len(values))
    run = np.cumsum(is_start) - 1
    return starts[run], ends[run]


def tau_b(counts: Concordance) -> tuple[Floats, Floats]:
    """Give Kendall's tau-b, and the influence of each row on it.

    Tau-b is T / sqrt(U V) with T = E sign(x - x') sign(y - y') and U, V the
    probabilities that two rows differ in x, in y. Each is a mean over pairs
    of rows, on which a row has twice its own mean less the whole.

    Parameters
    ----------
    counts : Concordance
        Of s signals and one outcome, none constant.

    Returns
    -------
    estimates : ndarray, shape (s,)
        Concordant less discordant pairs of rows over the geometric mean of
        the pairs untied in either variable, -1 to 1.
    influences : ndarray, shape (n, s)
        Of mean zero; their mean square over n estimates the variance.
    """
    row_count = len(counts.sums)
    totals = counts.sums.sum(axis=0)
    signal_untied = counts.signal_differs.sum(axis=0)
    outcome_untied = counts.outcome_differs.sum(axis=0)
    length = np.sqrt(signal_untied * outcome_untied)
    estimates = np.clip(totals / length, -1.0, 1.0)
    influences = (row_count * counts.sums - totals) / length - estimates / 2 * (
        row_count * counts.signal_differs / signal_untied
        + row_count * counts.outcome_differs / outcome_untied
        - 2
    )
    return estimates, np.asarray(2 * influences)


def tau_estimates(
    signals: Sequence[Variable],
    outcome: Variable,
    counts: Concordance,
    clusters: Indices | None,
    ci_level: float,
) -> list[Estimate]:
    """Give tau-b of signals with one outcome, on Fisher's z scale.

    With the error of the influence values; below ``MIN_INFLUENCE_ROWS``
    rows, without clusters, the variance 0.437 / (n - 4) of Bonett and
    Wright, and the p value of the permutation law itself, as scipy has it.

    Parameters
    ----------
    signals : sequence of s Variable
        None constant; n above 4.
    outcome : Variable
        Not constant.
    counts : Concordance
        Of these.
    clusters : ndarray of int, shape (n,), or None
        Cluster of each row.
    ci_level : float
        Confidence level, 0-1.

    Returns
    -------
    list of Estimate
        ``unreliable`` where tau-b is perfect.
    """
    row_count = len(outcome.values)
    estimates, influences = tau_b(counts)
    if row_count >= MIN_INFLUENCE_ROWS or clusters is not None:
        return fisher_estimates(
            estimates,
            on_z_scale(estimates, influences),
            clusters,
            ci_level,
        )
    # Half a second that a study of more rows does without.
    from scipy.stats import kendalltau

    error = float(np.sqrt(BONETT_WRIGHT_VARIANCE / (row_count - 4)))
    found = [
        fisher_estimate(
            row_count, tau, error, np.inf, ci_level, "fisher_z_bonett_wright"
        )
        for tau in estimates.tolist()
    ]
    return [
        replace(
            estimate,
            p_value=float(kendalltau(signal.values, outcome.values).pvalue),
        )
        for estimate, signal in zip(found, signals, strict=True)
    ]
