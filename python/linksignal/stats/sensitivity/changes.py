"""Correlations without some values, or with the largest ones drawn in."""

from __future__ import annotations

import numpy as np

from linksignal.stats.arrays import Floats
from linksignal.stats.blocks import Block
from linksignal.stats.findings import Found
from linksignal.stats.sensitivity.trials import Trial

# The share of domains at an end that is dropped or drawn in.
TAIL_SHARE = 0.01


def positives_only(trial: Trial) -> list[Found]:
    """Leave out the domains that no answer names.

    Parameters
    ----------
    trial : Trial
        A block by one method.

    Returns
    -------
    list of Found
        By outcome.
    """
    block = trial.block
    return [
        trial.correlate(
            block.restrict(
                block.columns[outcome] > 0, trial.outcome_pairs(outcome)
            )
        )
        for outcome in block.outcomes
    ]


def top_1_percent_dropped(trial: Trial) -> list[Found]:
    """Leave out the largest values of either variable, at least one.

    Values equal to the largest one kept stay, so that the order of rows
    decides nothing.

    Parameters
    ----------
    trial : Trial
        A block by one method.

    Returns
    -------
    list of Found
        By pair.
    """
    block = trial.block
    is_low = {
        name: values <= _ends(values)[1]
        for name, values in block.columns.items()
    }
    return [
        trial.correlate(
            block.restrict(is_low[pair.signal] & is_low[pair.outcome], [pair])
        )
        for pair in block.pairs
    ]


def winsorised_1_percent(trial: Trial) -> list[Found]:
    """Draw in both ends of both variables to the values next to them.

    Parameters
    ----------
    trial : Trial
        A block by one method.

    Returns
    -------
    list of Found
        One for all pairs.
    """
    block = trial.block
    columns = {
        name: np.clip(values, *_ends(values))
        for name, values in block.columns.items()
    }
    return [trial.correlate(Block(block.domains, block.pairs, columns))]


def _ends(values: Floats) -> tuple[float, float]:
    """Give the smallest and largest value between the tails."""
    if len(values) == 0:
        return -np.inf, np.inf
    tail = max(1, int(TAIL_SHARE * len(values)))
    ascending = np.sort(values)
    at = min(tail, (len(values) - 1) // 2)
    return float(ascending[at]), float(ascending[-1 - at])
