"""All findings of the correlation table, main and beside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from linksignal.stats.arrays import Floats, Indices
from linksignal.stats.block_results import block_results
from linksignal.stats.blocks import Block, Pair, split_into_blocks
from linksignal.stats.correlation_families import RowKey
from linksignal.stats.findings import Findings, Found
from linksignal.stats.frames import Study
from linksignal.stats.leverage import judged_by_tails
from linksignal.stats.methods import METHODS, Sampling
from linksignal.stats.rank_methods.kendall_results import kendall_results
from linksignal.stats.rank_methods.partial import controls_of
from linksignal.stats.rank_methods.partial_results import partial_results
from linksignal.stats.registry import Registry
from linksignal.stats.rules import smallest_detectable_r
from linksignal.stats.sensitivity.clusters import group_by_category
from linksignal.stats.sensitivity.prompt_halves import half_columns
from linksignal.stats.sensitivity.rows import (
    CLUSTERED,
    SENSITIVITIES,
    SENSITIVITY_METHODS,
)
from linksignal.stats.sensitivity.trials import Trial

KENDALL = "kendall_tau_b"
PARTIAL = "partial_spearman"
METHOD_NAMES = (*(method.name for method in METHODS), KENDALL, PARTIAL)


@dataclass(frozen=True)
class Inputs:
    """What all rows are made of.

    Attributes
    ----------
    study : Study
        Signals, outcomes and their halves.
    registry : Registry
        Cells and transforms.
    categories : mapping of str to str
        Category by domain.
    sampling : Sampling
        Seed, resamples and confidence level.
    """

    study: Study
    registry: Registry
    categories: Mapping[str, str]
    sampling: Sampling


def controls_in(registry: Registry) -> dict[str, tuple[str, ...]]:
    """Name the controls of every signal whose controls are registered.

    Parameters
    ----------
    registry : Registry
        Signals and outcomes.

    Returns
    -------
    dict of str to tuple of str
    """
    signals = dict.fromkeys(cell.signal for cell in registry.cells)
    return {
        signal: controls_of(signal)
        for signal in signals
        if set(controls_of(signal)) <= signals.keys()
    }


def find_all(inputs: Inputs) -> Findings:
    """Compute every row of the correlation table.

    Parameters
    ----------
    inputs : Inputs
        Study, registry, categories and sampling.

    Returns
    -------
    Findings
    """
    findings = Findings()
    pairs = [
        Pair(cell.signal, cell.outcome_column) for cell in inputs.registry.cells
    ]
    for block in split_into_blocks(inputs.study, pairs):
        _add_main(findings, block, inputs)
        _add_sensitivities(findings, block, inputs)
    controls = controls_in(inputs.registry)
    controlled = [pair for pair in pairs if pair.signal in controls]
    for block in split_into_blocks(inputs.study, controlled, controls):
        results = partial_results(block, controls, inputs.sampling)
        findings.joint.append(findings.add(Found(block, results), PARTIAL))
    return findings


def _add_main(findings: Findings, block: Block, inputs: Inputs) -> None:
    results = block_results(block, inputs.registry.transforms, inputs.sampling)
    for method in METHODS:
        of_method = {pair: results[pair, method.name] for pair in block.pairs}
        if method.name == "pearson":
            of_method = judged_by_tails(block, of_method)
        keys = findings.add(Found(block, of_method), method.name)
        findings.joint.append(keys)
    taus = kendall_results(block, inputs.sampling.ci_level)
    findings.add(Found(block, taus), KENDALL)


def _add_sensitivities(
    findings: Findings, block: Block, inputs: Inputs
) -> None:
    grouping = group_by_category([*map(inputs.categories.get, block.domains)])
    rows = np.searchsorted(inputs.study.domains, block.domains)
    halves = _halves(inputs.study, block.outcomes, rows)
    for method in SENSITIVITY_METHODS:
        keys = {pair: RowKey(pair, method.name) for pair in block.pairs}
        trial = Trial(
            block=block,
            method=method,
            transforms=inputs.registry.transforms,
            sampling=inputs.sampling,
            main={pair: findings.results[keys[pair]] for pair in keys},
            grouping=grouping,
            halves=halves,
        )
        for name, sensitivity in SENSITIVITIES.items():
            for found in sensitivity(trial):
                findings.add(found, method.name, name)
        for key in keys.values():
            _carry_n_eff(findings, key)


def _halves(
    study: Study, outcomes: Iterable[str], rows: Indices
) -> dict[str, tuple[Floats, Floats]]:
    return {
        outcome: (study.columns[odd][rows], study.columns[even][rows])
        for outcome in outcomes
        for odd, even in [half_columns(outcome)]
        if {odd, even} <= study.columns.keys()
    }


def _carry_n_eff(findings: Findings, main: RowKey) -> None:
    """Let the main row know what the categories leave of its n."""
    clustered = replace(main, sensitivity=CLUSTERED)
    n_eff = findings.results[clustered].n_eff
    if np.isnan(n_eff):
        return
    findings.results[main] = replace(findings.results[main], n_eff=n_eff)
    for key in (main, clustered):
        findings.descriptions[key] = findings.descriptions[key] | {
            "smallest_detectable_r": smallest_detectable_r(n_eff)
        }
