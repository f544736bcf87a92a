"""Which single domain a correlation hangs on most."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from linksignal.stats.arrays import Floats
from linksignal.stats.blocks import Block, Pair
from linksignal.stats.findings import Found
from linksignal.stats.pearson import delete_one_correlations
from linksignal.stats.rank_methods.concordance import concordance
from linksignal.stats.ranks import centred_ranks, sums_above, tie_groups
from linksignal.stats.results import Result
from linksignal.stats.sensitivity.trials import Trial

# Changes that differ by less are equal, so that rounding picks no domain.
CHANGE_DIGITS = 12


def leave_one_out(trial: Trial) -> list[Found]:
    """Leave out the domain without which each estimate changes most.

    Parameters
    ----------
    trial : Trial
        A block by one method.

    Returns
    -------
    list of Found
        By pair; without numbers where the main row has no estimate.
    """
    seen = trial.transformed()
    return [_without_one(trial, seen, pair) for pair in trial.block.pairs]


def _without_one(trial: Trial, seen: Block, pair: Pair) -> Found:
    main = trial.main[pair]
    is_kept = np.ones(len(seen.domains), dtype=np.bool_)
    if np.isnan(main.estimate):
        kept = trial.block.restrict(is_kept, [pair])
        return Found(kept, {pair: Result(main.status)})
    signal, outcome = seen.columns[pair.signal], seen.columns[pair.outcome]
    if trial.is_ranked:
        left_out = delete_one_spearman(signal, outcome)
    else:
        left_out = delete_one_correlations(signal, outcome[:, np.newaxis])[:, 0]
    row = most_influential_row(main.estimate, left_out)
    is_kept[row] = False
    found = trial.correlate(trial.block.restrict(is_kept, [pair]))
    result = replace(found.results[pair], influential_domain=seen.domains[row])
    return Found(found.block, {pair: result})


def delete_one_spearman(signal: Floats, outcome: Floats) -> Floats:
    """Correlate by rank without each row in turn, in closed form.

    Without row i the centred rank a_j of every other row becomes
    a_j - s_ji / 2, with s_ji the sign of x_j - x_i. Sums of squares and
    products of such ranks need no more than sums over larger values and the
    concordance of row i.

    Parameters
    ----------
    signal, outcome : ndarray, shape (n,)
        Neither constant; n above 3.

    Returns
    -------
    ndarray, shape (n,)
        Spearman correlations without row i; NaN where a variable is
        constant without it.
    """
    signal_groups, outcome_groups = tie_groups(signal), tie_groups(outcome)
    ranks = centred_ranks(signal_groups), centred_ranks(outcome_groups)
    others = concordance(signal_groups, outcome_groups)
    products = (
        ranks[0] @ ranks[1]
        - ranks[0] * ranks[1]
        - sums_above(outcome_groups, ranks[0])
        - sums_above(signal_groups, ranks[1])
        + others.sums / 4
    )
    squares = [
        rank @ rank - rank**2 - 2 * sums_above(groups, rank) + differing / 4
        for rank, groups, differing in (
            (ranks[0], signal_groups, others.signal_differs),
            (ranks[1], outcome_groups, others.outcome_differs),
        )
    ]
    # Rank sums are multiples of a quarter, and exact.
    is_constant = (squares[0] == 0) | (squares[1] == 0)
    lengths = np.sqrt(np.where(is_constant, np.nan, squares[0] * squares[1]))
    return np.clip(products / lengths, -1.0, 1.0)


def most_influential_row(estimate: float, left_out: Floats) -> int:
    """Find the row without which a correlation changes most.

    Parameters
    ----------
    estimate : float
        Correlation of all rows.
    left_out : ndarray, shape (n,)
        Correlations without each row; NaN counts as the largest change.

    Returns
    -------
    int
        The first of those with the largest change.
    """
    changes = np.abs(left_out - estimate)
    largest = np.where(np.isnan(changes), np.inf, changes)
    return int(np.argmax(np.round(largest, CHANGE_DIGITS)))
