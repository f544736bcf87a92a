"""The contrasts of a block by one method: numbers, relation, cross-checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from linksignal.stats.arrays import Floats
from linksignal.stats.blocks import Block
from linksignal.stats.contrasts.classic import cross_checks
from linksignal.stats.contrasts.comparisons import Comparison, ComparisonBlock
from linksignal.stats.contrasts.equivalence import (
    Relation,
    rows_for_power,
    smallest_certified_margins,
)
from linksignal.stats.contrasts.estimator import Contrast, difference_of
from linksignal.stats.contrasts.methods import ContrastMethod, ContrastSettings
from linksignal.stats.contrasts.order_probability import (
    order_probabilities,
    take_pairs,
)
from linksignal.stats.contrasts.rules import Standing, standings
from linksignal.stats.contrasts.verdicts import verdicts
from linksignal.stats.registry import transformed
from linksignal.stats.rules import Status


@dataclass(frozen=True)
class ContrastResult:
    """A comparison by one method.

    Attributes
    ----------
    standing : Standing
        Status and reason.
    relation : Relation or None
        None unless the status is ``ok``.
    numbers : mapping of str to float
        Number by column name; NaN or absent where undefined.
    """

    standing: Standing
    relation: Relation | None = None
    numbers: Mapping[str, float] = field(default_factory=dict)


def contrast_results(
    group: ComparisonBlock, method: ContrastMethod, settings: ContrastSettings
) -> list[ContrastResult]:
    """Make every comparison of a block by one method.

    Parameters
    ----------
    group : ComparisonBlock
        Comparisons on the same domains.
    method : ContrastMethod
        How correlations are made.
    settings : ContrastSettings
        Seed, resamples, levels and margin.

    Returns
    -------
    list of ContrastResult
        One for each comparison.
    """
    values = _method_values(group.block, method, settings.transforms)
    checked = dict(
        zip(
            group.comparisons,
            standings(group, values, settings.distinct_score_count),
            strict=True,
        )
    )
    results = {
        comparison: ContrastResult(standing)
        for comparison, standing in checked.items()
    }
    usable = [
        comparison
        for comparison, standing in checked.items()
        if standing.status is Status.OK
    ]
    if usable:
        task = _Task(group.block, usable, values, method, settings)
        results |= zip(usable, _estimate(task), strict=True)
    return [results[comparison] for comparison in group.comparisons]


def _method_values(
    block: Block, method: ContrastMethod, transforms: Mapping[str, str]
) -> Mapping[str, Floats]:
    if not method.uses_transform:
        return block.columns
    return {
        name: transformed(values, transforms[name])
        for name, values in block.columns.items()
    }


@dataclass(frozen=True)
class _Task:
    """Comparisons that can be made, and what it takes."""

    block: Block
    comparisons: Sequence[Comparison]
    values: Mapping[str, Floats]
    method: ContrastMethod
    settings: ContrastSettings

    @property
    def row_count(self) -> int:
        return len(self.block.domains)

    @property
    def sides(self) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        """Signal and outcome of each comparison's first and second pair."""
        first, second = zip(
            *(one.pairs for one in self.comparisons), strict=True
        )
        return (
            [(pair.signal, pair.outcome) for pair in first],
            [(pair.signal, pair.outcome) for pair in second],
        )

    def matrix(self, names: Sequence[str]) -> Floats:
        return np.column_stack([self.values[name] for name in names])


def _estimate(task: _Task) -> list[ContrastResult]:
    contrast, first, second, between = _contrasts(task)
    shown = {
        "estimate_a": first,
        "estimate_b": second,
        "difference": contrast.difference,
    }
    judged = {
        **_inference(contrast, task),
        **cross_checks(
            first,
            second,
            between,
            task.row_count,
            task.settings.sampling.ci_level,
        ),
        "probability_a_above_b": _order_probabilities(task),
    }
    has_error = ~np.isnan(contrast.standard_error)
    numbers = shown | {
        name: np.where(has_error, column, np.nan)
        for name, column in judged.items()
    }
    return [
        ContrastResult(
            standing,
            relation,
            {name: float(column[at]) for name, column in numbers.items()},
        )
        for at, (standing, relation) in enumerate(
            verdicts(
                contrast,
                task.row_count,
                task.settings.margin,
                task.settings.level,
                is_reliable=task.method.is_reliable,
            )
        )
    ]


def _contrasts(task: _Task) -> tuple[Contrast, Floats, Floats, Floats]:
    """Estimate each pair once, the rivals among them, and subtract."""
    roles = [*task.sides, [one.rivals for one in task.comparisons]]
    pairs = list(dict.fromkeys(pair for role in roles for pair in role))
    names = list(dict.fromkeys(name for pair in pairs for name in pair))
    columns = [[names.index(name) for name in pair] for pair in pairs]
    estimates = task.method.estimate(task.matrix(names), np.array(columns))
    first, second, between = (
        np.array([pairs.index(pair) for pair in role]) for role in roles
    )
    return (
        difference_of(estimates, first, second),
        estimates.correlations[first],
        estimates.correlations[second],
        estimates.correlations[between],
    )


def _inference(contrast: Contrast, task: _Task) -> dict[str, Floats]:
    margin, level = task.settings.margin, task.settings.level
    low, high = contrast.interval(task.settings.sampling.ci_level)
    return {
        "standard_error": contrast.standard_error,
        "ci_low": low,
        "ci_high": high,
        "p_value": contrast.two_sided_p(),
        "p_equivalence": contrast.equivalence_p(margin),
        "smallest_certified_margin": smallest_certified_margins(
            contrast, level
        ),
        "n_for_power": rows_for_power(contrast, task.row_count, margin, level),
    }


def _order_probabilities(task: _Task) -> Floats:
    first, second = task.sides
    signals = list(dict.fromkeys(signal for signal, _ in first + second))
    outcomes = list(dict.fromkeys(outcome for _, outcome in first + second))
    sampling = task.settings.sampling
    resamples = task.method.resample(
        task.matrix(signals),
        task.matrix(outcomes),
        task.block.generator(sampling.seed, "contrasts"),
        sampling.resample_count,
    )
    return order_probabilities(
        take_pairs(resamples, signals, outcomes, first),
        take_pairs(resamples, signals, outcomes, second),
    )
