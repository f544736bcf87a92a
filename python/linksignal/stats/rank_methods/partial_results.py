"""Partial Spearman correlations of one block, with intervals and p values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from linksignal.stats.arrays import Floats
from linksignal.stats.blocks import Block, Pair
from linksignal.stats.methods import Sampling
from linksignal.stats.permutation import (
    max_t_p_values,
    permutation_p_values,
    permuted_correlations,
)
from linksignal.stats.rank_methods.partial import (
    control_basis,
    permutation_count,
    permuted_partials,
    rank_residuals,
)
from linksignal.stats.rank_methods.partial_intervals import partial_intervals
from linksignal.stats.results import Result, interval_result
from linksignal.stats.rules import MIN_ROWS, Status

Controls = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class _Task:
    """Pairs of a block with the same controls, and their rank residuals."""

    controls: tuple[str, ...]
    pairs: tuple[Pair, ...]
    basis: Floats
    residuals: Mapping[str, Floats]

    @property
    def signals(self) -> list[str]:
        return list(dict.fromkeys(pair.signal for pair in self.pairs))

    @property
    def outcomes(self) -> list[str]:
        return list(dict.fromkeys(pair.outcome for pair in self.pairs))

    @property
    def cells(self) -> tuple[list[int], list[int]]:
        """Row and column of each pair in a matrix of signals x outcomes."""
        signals, outcomes = self.signals, self.outcomes
        return (
            [signals.index(pair.signal) for pair in self.pairs],
            [outcomes.index(pair.outcome) for pair in self.pairs],
        )

    def scores(self, names: Sequence[str]) -> Floats:
        return np.column_stack([self.residuals[name] for name in names])


def partial_results(
    block: Block, controls: Controls, sampling: Sampling
) -> dict[Pair, Result]:
    """Correlate every pair of a block by rank, given its controls.

    Parameters
    ----------
    block : Block
        Pairs known, with their controls, on the same domain set.
    controls : mapping of str to tuple of str
        Controls of each signal.
    sampling : Sampling
        Seed, permutations (see `permutation_count`) and confidence level.

    Returns
    -------
    dict
        A result for each pair; ``constant_signal`` or ``constant_outcome``
        also where the controls leave nothing of a variable.
    """
    results = {
        pair: Result(_status(block, pair, controls[pair.signal]))
        for pair in block.pairs
    }
    usable = [pair for pair in results if results[pair].status is Status.OK]
    tasks = []
    for given in dict.fromkeys(controls[pair.signal] for pair in usable):
        task = _task(block, given, usable, controls)
        for pair in task.pairs:
            results[pair] = Result(_residual_status(task, pair))
        kept = [p for p in task.pairs if results[p].status is Status.OK]
        if kept:
            tasks.append(replace(task, pairs=tuple(kept)))
    return results | (_estimate(block, tasks, sampling) if tasks else {})


def _status(block: Block, pair: Pair, controls: Sequence[str]) -> Status:
    """Apply the rules of every estimate, and ask a row for each control."""
    status = block.status(pair)
    if status is not Status.OK:
        return status
    if len(block.domains) < MIN_ROWS + len(controls):
        return Status.TOO_FEW
    is_finite = all(block.profiles[name].is_finite for name in controls)
    return Status.OK if is_finite else Status.UNRELIABLE


def _task(
    block: Block,
    given: tuple[str, ...],
    usable: Sequence[Pair],
    controls: Controls,
) -> _Task:
    pairs = tuple(pair for pair in usable if controls[pair.signal] == given)
    basis = control_basis(_matrix(block, given))
    names = {name for pair in pairs for name in (pair.signal, pair.outcome)}
    ordered = sorted(names)
    residuals = rank_residuals(_matrix(block, ordered), basis)
    return _Task(
        given, pairs, basis, dict(zip(ordered, residuals.T, strict=True))
    )


def _residual_status(task: _Task, pair: Pair) -> Status:
    if np.isnan(task.residuals[pair.signal]).any():
        return Status.CONSTANT_SIGNAL
    if np.isnan(task.residuals[pair.outcome]).any():
        return Status.CONSTANT_OUTCOME
    return Status.OK


def _estimate(
    block: Block, tasks: Sequence[_Task], sampling: Sampling
) -> dict[Pair, Result]:
    permuted = permuted_correlations(
        [
            (
                np.hstack([task.scores(task.signals), task.basis]),
                task.scores(task.outcomes),
            )
            for task in tasks
        ],
        block.generator(sampling.seed, "permutation"),
        permutation_count(len(block.domains), sampling.resample_count),
    )
    found: dict[Pair, Result] = {}
    nulls = []
    for task, dealt in zip(tasks, permuted, strict=True):
        rows, columns = task.cells
        null = permuted_partials(dealt, len(task.signals))
        nulls.append(null[:, rows, columns])
        found |= _intervals(block, task, sampling.ci_level)
    estimates = np.array([result.estimate for result in found.values()])
    null = np.hstack(nulls)
    p_values = permutation_p_values(estimates, null)
    p_block_wise = max_t_p_values(estimates, null)
    return {
        pair: replace(
            found[pair],
            p_value=float(p_values[at]),
            p_block_wise=float(p_block_wise[at]),
            resample_count=len(null),
        )
        for at, pair in enumerate(found)
    }


def _intervals(
    block: Block, task: _Task, ci_level: float
) -> dict[Pair, Result]:
    intervals = partial_intervals(
        _matrix(block, task.signals),
        _matrix(block, task.outcomes),
        _matrix(block, task.controls),
        ci_level,
    )
    return {
        pair: interval_result(intervals, row, column)
        for pair, row, column in zip(task.pairs, *task.cells, strict=True)
    }


def _matrix(block: Block, names: Sequence[str]) -> Floats:
    return np.column_stack([block.columns[name] for name in names])
