"""Every method on one block: estimates, intervals, p values, statuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from linksignal.stats.arrays import Floats
from linksignal.stats.blocks import Block, Pair
from linksignal.stats.methods import METHODS, Method, Sampling
from linksignal.stats.permutation import (
    max_t_p_values,
    permutation_p_values,
    permuted_correlations,
)
from linksignal.stats.registry import transformed
from linksignal.stats.results import Result, interval_result
from linksignal.stats.rules import Status


@dataclass(frozen=True)
class _Task:
    """A method on the pairs of a block that it can be computed for."""

    method: Method
    pairs: tuple[Pair, ...]
    signals: Floats
    outcomes: Floats

    @property
    def cells(self) -> tuple[list[int], list[int]]:
        """Row and column of each pair in a matrix of signals x outcomes."""
        rows = _positions([pair.signal for pair in self.pairs])
        columns = _positions([pair.outcome for pair in self.pairs])
        return rows, columns

    def estimates(self, block: Block, sampling: Sampling) -> list[Result]:
        """Give the result of each pair, without p values."""
        intervals = self.method.intervals(
            self.signals, self.outcomes, block, sampling
        )
        return [
            interval_result(intervals, row, column)
            for row, column in zip(*self.cells, strict=True)
        ]


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
        statuses, task = _plan(method_block(block, method, transforms), method)
        results |= {
            (pair, method.name): Result(statuses[pair]) for pair in statuses
        }
        tasks += [task] if task else []
    for task, permuted in zip(
        tasks, _permute(block, tasks, sampling), strict=True
    ):
        results |= _tested(task, permuted, block, sampling)
    return results


def block_estimates(
    block: Block,
    method: Method,
    transforms: Mapping[str, str],
    sampling: Sampling,
) -> dict[Pair, Result]:
    """Correlate every pair of a block by one method, without p values.

    Parameters
    ----------
    block, transforms, sampling
        As in `block_results`.
    method : Method
        Method of the table.

    Returns
    -------
    dict
        A result for each pair.
    """
    statuses, task = _plan(method_block(block, method, transforms), method)
    results = {pair: Result(statuses[pair]) for pair in statuses}
    if task is None:
        return results
    found = task.estimates(block, sampling)
    return results | dict(zip(task.pairs, found, strict=True))


def method_block(
    block: Block, method: Method, transforms: Mapping[str, str]
) -> Block:
    """Give a block as a method sees it.

    Parameters
    ----------
    block, method, transforms
        As in `block_estimates`.

    Returns
    -------
    Block
        With transformed columns if the method asks for it.
    """
    if not method.uses_transform:
        return block
    columns = {
        name: transformed(values, transforms[name])
        for name, values in block.columns.items()
    }
    return replace(block, columns=columns)


def _plan(
    block: Block, method: Method
) -> tuple[dict[Pair, Status], _Task | None]:
    """Tell what is wrong with each pair, and what to do with the others."""
    statuses = {pair: block.status(pair) for pair in block.pairs}
    usable = tuple(p for p in block.pairs if statuses[p] is Status.OK)
    if not usable:
        return statuses, None
    signals = _matrix(block, [pair.signal for pair in usable])
    outcomes = _matrix(block, [pair.outcome for pair in usable])
    return statuses, _Task(method, usable, signals, outcomes)


def _matrix(block: Block, names: Sequence[str]) -> Floats:
    return np.column_stack(
        [block.columns[name] for name in dict.fromkeys(names)]
    )


def _positions(names: Sequence[str]) -> list[int]:
    first_seen = {name: at for at, name in enumerate(dict.fromkeys(names))}
    return [first_seen[name] for name in names]


def _permute(
    block: Block, tasks: Sequence[_Task], sampling: Sampling
) -> list[Floats]:
    if not tasks:
        return []
    return permuted_correlations(
        [
            (
                task.method.scores(task.signals),
                task.method.scores(task.outcomes),
            )
            for task in tasks
        ],
        block.generator(sampling.seed, "permutation"),
        sampling.resample_count,
    )


def _tested(
    task: _Task, permuted: Floats, block: Block, sampling: Sampling
) -> dict[tuple[Pair, str], Result]:
    found = task.estimates(block, sampling)
    estimates = np.array([result.estimate for result in found])
    null = permuted[:, *task.cells]
    p_values = permutation_p_values(estimates, null)
    p_block_wise = max_t_p_values(estimates, null)
    return {
        (pair, task.method.name): replace(
            found[at],
            p_value=float(p_values[at]),
            p_block_wise=float(p_block_wise[at]),
            resample_count=sampling.resample_count,
        )
        for at, pair in enumerate(task.pairs)
    }
