"""The table of correlations of signals with outcomes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
from threadpoolctl import threadpool_limits

from linksignal.errors import LinksignalError
from linksignal.stats.block_results import Result, block_results
from linksignal.stats.blocks import Block, Pair, split_into_blocks
from linksignal.stats.families import benjamini_hochberg, holm_across_blocks
from linksignal.stats.frames import Study, read_study
from linksignal.stats.methods import METHODS, Sampling
from linksignal.stats.registry import Cell, read_registry
from linksignal.stats.rules import (
    check_ci_level,
    profile,
    smallest_detectable_r,
)
from linksignal.stats.tables import CORRELATION_SCHEMA, arrow_table

ADJUST_METHOD = "benjamini_hochberg"

Key = tuple[Pair, str]


def correlation_table(  # noqa: PLR0913 - the settings are keyword-only
    features: pd.DataFrame,
    signals: pd.DataFrame,
    outcomes: pd.DataFrame,
    platforms: Sequence[str],
    *,
    seed: int,
    resample_count: int,
    ci_level: float = 0.95,
) -> pa.Table:
    """Correlate every signal with every outcome on every platform.

    Parameters
    ----------
    features : DataFrame
        One row per domain: column ``domain``, one column per signal, one
        per outcome and platform named ``{outcome}_{platform}``. A missing
        value is NaN or None; the order of rows is of no account.
    signals : DataFrame
        Columns ``signal`` and ``transform`` (``log1p`` or ``none``).
    outcomes : DataFrame
        Columns ``outcome`` and ``transform``.
    platforms : sequence of str
        Platforms, and ``all``.
    seed : int
        Seed of all resamples, 0 or more.
    resample_count : int
        Bootstrap resamples and permutations, 1 or more.
    ci_level : float, default 0.95
        Confidence level, between 0 and 1.

    Returns
    -------
    pyarrow.Table
        One row per signal, outcome, platform and method, always all of
        them, with schema ``CORRELATION_SCHEMA``. ``p_value`` tests
        independence by permutation; ``p_adjusted`` controls the false
        discovery rate, ``p_family_wise`` the family-wise error, each over
        the rows of the same method. Unless ``status`` is ``ok``, ``ci_low``
        and ``ci_high`` are NULL; estimate and p values are NULL as well,
        save where an interval alone is out of reach (a perfect correlation
        or resamples without one: ``unreliable``, ``not_converged``).

    Raises
    ------
    LinksignalError
        If a column is missing or not of numbers, a domain stands twice, a
        transform is unknown or a setting is out of its range.
    """
    _check_settings(seed, resample_count, ci_level)
    sampling = Sampling(seed, resample_count, ci_level)
    registry = read_registry(signals, outcomes, platforms)
    study = read_study(features, registry.transforms)
    blocks = split_into_blocks(study, map(_pair, registry.cells))
    results: dict[Key, Result] = {}
    descriptions: dict[Pair, dict[str, float]] = {}
    # The products are many and narrow: threads of BLAS wait for each other.
    # On a busy machine they cost five times the CPU at 22,000 domains.
    with threadpool_limits(limits=1, user_api="blas"):
        for block in blocks:
            results |= block_results(block, registry.transforms, sampling)
            descriptions |= _describe(block)
    p_adjusted = _adjust(results)
    p_family_wise = _family_wise(blocks, results)
    rows = [
        {
            "signal": cell.signal,
            "outcome": cell.outcome,
            "platform": cell.platform,
            "method": method.name,
            **_numbers(results[key]),
            **descriptions[_pair(cell)],
            **_provenance(sampling, study),
            "p_adjusted": p_adjusted[key],
            "p_family_wise": p_family_wise[key],
        }
        for cell in registry.cells
        for method in METHODS
        for key in [(_pair(cell), method.name)]
    ]
    return arrow_table(rows, CORRELATION_SCHEMA)


def _check_settings(seed: int, resample_count: int, ci_level: float) -> None:
    if seed < 0:
        raise LinksignalError(f"the seed is {seed}; it must not be negative")
    if resample_count < 1:
        raise LinksignalError(
            f"the resample count is {resample_count}; it must be 1 or more"
        )
    check_ci_level(ci_level)


def _pair(cell: Cell) -> Pair:
    return Pair(cell.signal, cell.outcome_column)


def _describe(block: Block) -> dict[Pair, dict[str, float]]:
    """Give what a row says whether or not it has an estimate."""
    row_count = len(block.domains)
    profiles = {name: profile(block.columns[name]) for name in block.columns}
    return {
        pair: {
            "n": row_count,
            "zero_signal_share": profiles[pair.signal].zero_share,
            "zero_outcome_share": profiles[pair.outcome].zero_share,
            "tied_signal_share": profiles[pair.signal].tied_share,
            "tied_outcome_share": profiles[pair.outcome].tied_share,
            "smallest_detectable_r": smallest_detectable_r(row_count),
        }
        for pair in block.pairs
    }


def _adjust(results: Mapping[Key, Result]) -> dict[Key, float]:
    """Adjust p values over all pairs of each method."""
    adjusted: dict[Key, float] = {}
    for method in METHODS:
        keys = [key for key in results if key[1] == method.name]
        p_values = np.array([results[key].p_value for key in keys])
        adjusted |= dict(
            zip(keys, benjamini_hochberg(p_values).tolist(), strict=True)
        )
    return adjusted


def _family_wise(
    blocks: Sequence[Block], results: Mapping[Key, Result]
) -> dict[Key, float]:
    """Carry block-wise p values over the blocks of each method."""
    family_wise = dict.fromkeys(results, math.nan)
    for method in METHODS:
        members = [
            [
                (pair, method.name)
                for pair in block.pairs
                if not math.isnan(results[pair, method.name].p_block_wise)
            ]
            for block in blocks
        ]
        tested = [keys for keys in members if keys]
        p_values = [
            np.array([results[key].p_block_wise for key in keys])
            for keys in tested
        ]
        for keys, adjusted in zip(
            tested, holm_across_blocks(p_values), strict=True
        ):
            family_wise |= dict(zip(keys, adjusted.tolist(), strict=True))
    return family_wise


def _numbers(result: Result) -> dict[str, object]:
    return {
        "estimate": result.estimate,
        "ci_low": result.ci_low,
        "ci_high": result.ci_high,
        "ci_method": result.ci_method,
        "p_value": result.p_value,
        "status": result.status.value,
    }


def _provenance(sampling: Sampling, study: Study) -> dict[str, object]:
    return {
        "ci_level": sampling.ci_level,
        "adjust_method": ADJUST_METHOD,
        "resample_count": sampling.resample_count,
        "seed": sampling.seed,
        "input_hash": study.input_hash,
    }
