"""Every method on one block: estimates, intervals, p values, statuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from linksignal.stats.arrays import Floats
from linksignal.stats.blocks import Block, Pair
from linksignal.stats.intervals import Intervals
from linksignal.stats.methods import METHODS, Method, Sampling
from linksignal.stats.permutation import (
    max_t_p_values,
    permutation_p_values,
    permuted_correlations,
)
from linksignal.stats.registry import transformed
from linksignal.stats.rules import Profile, Status, pair_status, profile
from linksignal.stats.scores import correlations


@dataclass(frozen=True)
class Result:
    """A correlation of one pair by one method; NaN where undefined.

    Attributes
    ----------
    status : Status
        ``ok``, or what was wrong.
    estimate : float
        Correlation, -1 to 1.
    ci_low, ci_high : float
        Bounds of the interval.
    ci_method : str or None
        Its procedure; None without an interval.
    p_value : float
        Permutation p value of independence.
    p_block_wise : float
        The same, family-wise over the pairs of the block.
    """

    status: Status
    estimate: float = np.nan
    ci_low: float = np.nan
    ci_high: float = np.nan
    ci_method: str | None = None
    p_value: float = np.nan
    p_block_wise: float = np.nan


@dataclass(frozen=True)
class _Task:
    """A method on the pairs of a block that it can be computed for."""

    method: Method
    pairs: tuple[Pair, ...]
    signals: Floats
    outcomes: Floats
    scores: tuple[Floats, Floats]

    @property
    def cells(self) -> tuple[list[int], list[int]]:
        """Row and column of each pair in a matrix of signals x outcomes."""
        rows = _positions([pair.signal for pair in self.pairs])
        columns = _positions([pair.outcome for pair in self.pairs])
        return rows, columns


def block_results(
    block: Block, transforms: Mapping[str, str], sampling: Sampling
) -> dict[tuple[Pair, str], Result]:
    """Correlate every pair of a block by every method.

    Parameters
    ----------
    block : Block
        Pairs with the same domain set.
    transforms : mapping of str to str
        Transform of each column, as in `registry.Registry`.
    sampling : Sampling
        Seed, resamples and confidence level.

    Returns
    -------
    dict
        A result for each (pair, name of a method).
    """
    results: dict[tuple[Pair, str], Result] = {}
    tasks = []
    for method in METHODS:
        values = _method_values(block, method, transforms)
        statuses = _statuses(block, values)
        for pair, status in statuses.items():
            results[pair, method.name] = Result(status)
        usable = tuple(p for p in block.pairs if statuses[p] is Status.OK)
        if usable:
            tasks.append(_task(method, usable, values))
    for task, permuted in zip(
        tasks, _permute(block, tasks, sampling), strict=True
    ):
        results |= _task_results(task, permuted, block, sampling)
    return results


def _method_values(
    block: Block, method: Method, transforms: Mapping[str, str]
) -> dict[str, Floats]:
    if not method.uses_transform:
        return block.columns
    return {
        name: transformed(values, transforms[name])
        for name, values in block.columns.items()
    }


def _statuses(block: Block, values: Mapping[str, Floats]) -> dict[Pair, Status]:
    profiles: dict[str, Profile] = {
        name: profile(column) for name, column in values.items()
    }
    return {
        pair: pair_status(
            len(block.domains), profiles[pair.signal], profiles[pair.outcome]
        )
        for pair in block.pairs
    }


def _task(
    method: Method, pairs: tuple[Pair, ...], values: Mapping[str, Floats]
) -> _Task:
    signals = _matrix(values, [pair.signal for pair in pairs])
    outcomes = _matrix(values, [pair.outcome for pair in pairs])
    scores = (method.scores(signals), method.scores(outcomes))
    return _Task(method, pairs, signals, outcomes, scores)


def _matrix(values: Mapping[str, Floats], names: Sequence[str]) -> Floats:
    return np.column_stack([values[name] for name in dict.fromkeys(names)])


def _positions(names: Sequence[str]) -> list[int]:
    first_seen = {name: at for at, name in enumerate(dict.fromkeys(names))}
    return [first_seen[name] for name in names]


def _permute(
    block: Block, tasks: Sequence[_Task], sampling: Sampling
) -> list[Floats]:
    if not tasks:
        return []
    return permuted_correlations(
        [task.scores for task in tasks],
        block.generator(sampling.seed, "permutation"),
        sampling.resample_count,
    )


def _task_results(
    task: _Task, permuted: Floats, block: Block, sampling: Sampling
) -> dict[tuple[Pair, str], Result]:
    rows, columns = task.cells
    estimates = correlations(*task.scores)[rows, columns]
    null = permuted[:, rows, columns]
    p_values = permutation_p_values(estimates, null)
    p_block_wise = max_t_p_values(estimates, null)
    intervals = task.method.intervals(
        task.signals, task.outcomes, block, sampling
    )
    return {
        (pair, task.method.name): replace(
            _with_interval(intervals, rows[at], columns[at]),
            estimate=float(estimates[at]),
            p_value=float(p_values[at]),
            p_block_wise=float(p_block_wise[at]),
        )
        for at, pair in enumerate(task.pairs)
    }


def _with_interval(intervals: Intervals, row: int, column: int) -> Result:
    """Start a result from its interval, or from the want of one."""
    low, high = intervals.low[row, column], intervals.high[row, column]
    if not intervals.is_converged[row, column]:
        return Result(Status.NOT_CONVERGED)
    if np.isnan(low) or np.isnan(high):
        return Result(Status.UNRELIABLE)
    return Result(
        Status.OK,
        ci_low=float(low),
        ci_high=float(high),
        ci_method=intervals.method,
    )
