"""A seeded search that permutes one side of correlations towards targets.

Swapping the values of two rows changes a Pearson coefficient, of values or of
ranks, by one product of differences, so a proposal costs a few operations.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from linksignal.simulate.noise import Floats, Ints

PROPOSALS = 400_000


@dataclass(frozen=True)
class Target:
    """One coefficient to reach.

    Attributes
    ----------
    moved, fixed : ndarray of float64, shape (n,)
        The side that is permuted and the side that stays.
    method : {'pearson', 'spearman'}
        Coefficient of values or of mid-ranks.
    value : float
        Its target, in (-1, 1).
    """

    moved: Floats
    fixed: Floats
    method: str
    value: float


def _unit(values: Floats, method: str) -> Floats:
    """Centre and scale, so that the sum of products is the coefficient."""
    if method == "spearman":
        values = stats.rankdata(values)
    centred = values - values.mean()
    unit: Floats = centred / np.sqrt((centred**2).sum())
    return unit


def search(
    targets: list[Target], rng: np.random.Generator, tolerance: float
) -> Ints:
    """Permute the moved sides together until every gap is small.

    Parameters
    ----------
    targets : list of Target
        Coefficients over the same n rows.
    rng : numpy.random.Generator
        Source of the proposed pairs.
    tolerance : float
        Largest gap at which the search ends.

    Returns
    -------
    ndarray of int64, shape (n,)
        Row that gives its moved values to each row. After `PROPOSALS` pairs
        the best permutation so far, whether or not the gaps are small.
    """
    size = len(targets[0].moved)
    moved = [_unit(target.moved, target.method) for target in targets]
    fixed = [_unit(target.fixed, target.method) for target in targets]
    gaps = [
        float((x * y).sum()) - target.value
        for x, y, target in zip(moved, fixed, targets, strict=True)
    ]
    moved_rows = np.column_stack(moved).tolist()
    fixed_rows = np.column_stack(fixed).tolist()
    order = list(range(size))
    loss = sum(gap * gap for gap in gaps)
    for one, two in rng.integers(0, size, (PROPOSALS, 2)).tolist():
        here, there = moved_rows[order[one]], moved_rows[order[two]]
        trial = [
            gap - (a - b) * (c - d)
            for gap, a, b, c, d in zip(
                gaps,
                here,
                there,
                fixed_rows[one],
                fixed_rows[two],
                strict=True,
            )
        ]
        trial_loss = sum(gap * gap for gap in trial)
        if trial_loss < loss:
            order[one], order[two] = order[two], order[one]
            gaps, loss = trial, trial_loss
            if max(map(abs, gaps)) <= tolerance:
                break
    return np.array(order, dtype=np.int64)
