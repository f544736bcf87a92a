"""The table of correlations of signals with outcomes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
from threadpoolctl import threadpool_limits

from linksignal.contract import findings_schema
from linksignal.settings import Settings
from linksignal.stats.blocks import Pair
from linksignal.stats.estimate import arrow_table
from linksignal.stats.families import benjamini_hochberg, holm_across_blocks
from linksignal.stats.frames import read_study
from linksignal.stats.prompt_groups import read_prompt_groups, share_columns
from linksignal.stats.registry import Cell, Registry, read_registry
from linksignal.stats.tables.cells import (
    MAIN,
    METHODS,
    Found,
    RowKey,
    Sampling,
)
from linksignal.stats.tables.correlation_rows import (
    Findings,
    Inputs,
    find_all,
)
from linksignal.stats.tables.sensitivities import (
    CLUSTERED,
    SENSITIVITIES,
    half_columns,
    hash_with_categories,
    read_categories,
)

ADJUST_METHOD = "benjamini_hochberg"

NOTES = (
    "p_method",
    "n_eff",
    "is_reliable",
    "influential_domain",
    "controls",
    "ceiling",
    "share_of_ceiling",
    "auc",
    "se_prompt",
    "ci_low_new_prompts",
    "ci_high_new_prompts",
)


def correlation_table(  # noqa: PLR0913 - what is crossed with what
    features: pd.DataFrame,
    signals: pd.DataFrame,
    outcomes: pd.DataFrame,
    platforms: Sequence[str],
    settings: Settings,
    *,
    prompt_groups: pd.DataFrame | None = None,
) -> pa.Table:
    """Correlate every signal with every outcome on every platform.

    Parameters
    ----------
    features : DataFrame
        One row per domain: column ``domain``, one column per signal, one
        per outcome and platform named ``{outcome}_{platform}``. A missing
        value is NaN or None; the order of rows is of no account. Optional:
        ``category`` of the domain, ``cluster`` of domains of one owner, and
        ``{outcome}_{platform}_odd`` and ``..._even``, the outcome over half
        of the prompts.
    signals : DataFrame
        Columns ``signal`` and ``transform`` (``log1p`` or ``none``).
    outcomes : DataFrame
        Columns ``outcome`` and ``transform``; optional ``is_main``: the
        others have main rows by the two primary methods alone.
    platforms : sequence of str
        Platforms, and ``all``.
    settings : Settings
        Of the study.
    prompt_groups : DataFrame, optional
        Counts by group of prompts, see `prompt_groups.read_prompt_groups`.

    Returns
    -------
    pyarrow.Table
        One row per signal, outcome, platform, method and sensitivity, by
        the contract of ``correlations``: always all of them, but
        ``partial_spearman`` only for signals whose ``controls`` are
        registered, and sensitivity rows only by the two primary methods.
        ``p_value`` is that of the row's own error and degrees of freedom,
        and below ``1 - ci_level`` exactly where the interval leaves out
        zero (``p_method`` student_t); main rows below 30 domains and those
        of raw Pearson, without clusters, have it by permutation.
        ``p_adjusted`` controls the false discovery rate (of delivered
        signals apart), ``p_family_wise`` the family-wise error, each over
        the rows of the same method and sensitivity; main and
        ``cluster_category`` rows have them. Unless
        ``status`` is ``ok``, ``ci_low`` and ``ci_high`` are NULL and
        ``reason`` says why; the estimate is NULL as well, save where an
        interval alone is out of reach. ``standard_error`` is on Fisher's z,
        of raw Pearson without clusters on r. ``n_eff`` stands on
        ``cluster_category`` rows and their main rows, and is what their
        ``smallest_detectable_r`` is made from.

    Raises
    ------
    LinksignalError
        If a column is missing or not of numbers, a domain stands twice or
        a transform is unknown.
    """
    sampling = Sampling(
        settings.seed, settings.resample_count, settings.ci_level
    )
    registry = read_registry(signals, outcomes, platforms)
    study = read_study(features, _columns(features, registry))
    categories = read_categories(features)
    inputs = Inputs(
        study,
        registry,
        categories,
        sampling,
        _main_outcomes(outcomes),
        None
        if prompt_groups is None
        else read_prompt_groups(prompt_groups, study),
    )
    # The products are many and narrow: threads of BLAS wait for each other.
    # On a busy machine they cost five times the CPU at 22,000 domains.
    with threadpool_limits(limits=1, user_api="blas"):
        findings = find_all(inputs)
    return arrow_table(_rows(findings, inputs), findings_schema("correlations"))


def _main_outcomes(outcomes: pd.DataFrame) -> frozenset[str]:
    if "is_main" not in outcomes.columns:
        return frozenset(outcomes["outcome"])
    return frozenset(outcomes.loc[outcomes["is_main"].astype(bool), "outcome"])


def _columns(features: pd.DataFrame, registry: Registry) -> list[str]:
    """Name the columns to read: registered, halves, and what shares are of."""
    halves = {
        half
        for cell in registry.cells
        for half in half_columns(cell.outcome_column)
    }
    return [
        *registry.transforms,
        *halves.intersection(features.columns),
        *share_columns(features.columns),
    ]


def _rows(findings: Findings, inputs: Inputs) -> list[dict[str, object]]:
    delivered = inputs.registry.delivered
    adjusted = adjusted_p_values(findings.rows, delivered)
    family_wise = family_wise_p_values(findings.rows, findings.joint)
    input_hash = hash_with_categories(
        inputs.study.input_hash, inputs.categories
    )
    return [
        {
            "signal": cell.signal,
            "outcome": cell.outcome,
            "platform": cell.platform,
            "method": key.method,
            "sensitivity": key.sensitivity,
            **_numbers(findings.rows[key]),
            "ci_level": inputs.sampling.ci_level,
            "p_adjusted": adjusted.get(key, math.nan),
            "adjust_method": ADJUST_METHOD,
            "p_family_wise": family_wise.get(key, math.nan),
            "seed": inputs.sampling.seed,
            "input_hash": input_hash,
        }
        for cell in inputs.registry.cells
        for key in _row_keys(cell)
        if key in findings.rows
    ]


def _row_keys(cell: Cell) -> list[RowKey]:
    """Return the keys of a cell in the order of the table."""
    pair = Pair(cell.signal, cell.outcome_column)
    return [
        RowKey(pair, method, sensitivity)
        for method in METHODS
        for sensitivity in (MAIN, *SENSITIVITIES)
    ]


def _numbers(found: Found) -> dict[str, object]:
    estimate = found.estimate
    return {
        **dict.fromkeys(NOTES),
        **found.notes,
        **estimate.columns(),
        "reason": estimate.reason or estimate.status.sentence,
    }


def _tested_by_family(
    rows: Mapping[RowKey, Found],
) -> dict[tuple[str, str], list[RowKey]]:
    """Return the rows with a p value that claim something, by family.

    A family is the rows of one method, the sensitivity rows apart from the
    main ones: a row beside another makes no new claim that would cost the
    main one its significance.
    """
    families: dict[tuple[str, str], list[RowKey]] = {}
    for key, row in rows.items():
        is_claim = key.sensitivity in (MAIN, CLUSTERED)
        if is_claim and not math.isnan(row.estimate.p_value):
            families.setdefault(key.family, []).append(key)
    return families


def adjusted_p_values(
    rows: Mapping[RowKey, Found], delivered: Sequence[str]
) -> dict[RowKey, float]:
    """Adjust p values for the false discovery rate of each family.

    Rows of delivered signals are adjusted apart: the rate grants the other
    rows more where clear ones are added.

    Parameters
    ----------
    rows : mapping of RowKey to Found
        All rows of the table.
    delivered : sequence of str
        As in `Registry`.

    Returns
    -------
    dict of RowKey to float
        For main and ``cluster_category`` rows that have a p value.
    """
    adjusted: dict[RowKey, float] = {}
    for family in _tested_by_family(rows).values():
        for is_delivered in (False, True):
            keys = [
                key
                for key in family
                if (key.pair.signal in delivered) == is_delivered
            ]
            p_values = np.array([rows[key].estimate.p_value for key in keys])
            found = benjamini_hochberg(p_values).tolist()
            adjusted |= dict(zip(keys, found, strict=True))
    return adjusted


def family_wise_p_values(
    rows: Mapping[RowKey, Found], joint: Sequence[Mapping[RowKey, float]]
) -> dict[RowKey, float]:
    """Carry p values that are family-wise on some domains to their family.

    Parameters
    ----------
    rows : mapping of RowKey to Found
        All rows of the table.
    joint : sequence of mapping of RowKey to float
        p values that are family-wise among the rows of each mapping. A row
        in none of them stands alone, which makes the procedure Holm's.

    Returns
    -------
    dict of RowKey to float
        For the rows that have an adjusted p value.
    """
    together = {key for group in joint for key in group}
    family_wise: dict[RowKey, float] = {}
    for family, keys in _tested_by_family(rows).items():
        groups = [
            dict(group) for group in joint if next(iter(group)).family == family
        ]
        groups += [
            {key: rows[key].estimate.p_value}
            for key in keys
            if key not in together
        ]
        blocks = [np.array([*group.values()]) for group in groups]
        for group, found in zip(
            groups, holm_across_blocks(blocks), strict=True
        ):
            family_wise |= dict(zip(group, found.tolist(), strict=True))
    return family_wise
