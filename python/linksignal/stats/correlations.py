"""The table of correlations of signals with outcomes."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import pyarrow as pa
from threadpoolctl import threadpool_limits

from linksignal.contract import findings_schema
from linksignal.errors import LinksignalError
from linksignal.stats.blocks import Pair
from linksignal.stats.correlation_families import (
    MAIN,
    RowKey,
    adjusted_p_values,
    family_wise_p_values,
)
from linksignal.stats.correlation_rows import (
    METHOD_NAMES,
    PARTIAL,
    Inputs,
    controls_in,
    find_all,
)
from linksignal.stats.frames import read_study
from linksignal.stats.methods import Sampling
from linksignal.stats.registry import Cell, Registry, read_registry
from linksignal.stats.results import Result
from linksignal.stats.rules import check_ci_level
from linksignal.stats.sensitivity.categories import (
    hash_with_categories,
    read_categories,
)
from linksignal.stats.sensitivity.prompt_halves import half_columns
from linksignal.stats.sensitivity.rows import SENSITIVITIES
from linksignal.stats.tables import arrow_table

ADJUST_METHOD = "benjamini_hochberg"


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
        value is NaN or None; the order of rows is of no account. Optional:
        ``category`` of the domain, and ``{outcome}_{platform}_odd`` and
        ``..._even``, the outcome over half of the prompts.
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
        One row per signal, outcome, platform, method and sensitivity, by
        the contract of ``correlations``: always all of them, but
        ``partial_spearman`` only for signals whose ``controls`` are
        registered, and sensitivity rows only by the two primary methods.
        ``p_value`` tests independence by permutation (``kendall_tau_b``: by
        the permutation law itself; ``cluster_category``: no correlation, by
        Student's t); the other sensitivity rows have none. ``p_adjusted``
        controls the false discovery rate, ``p_family_wise`` the family-wise
        error, each over the rows of the same method and sensitivity. Unless
        ``status`` is ``ok``, ``ci_low`` and ``ci_high`` are NULL; estimate
        and p values are NULL as well, save where an interval alone is out
        of reach (a perfect correlation or resamples without one:
        ``unreliable``, ``not_converged``). ``n_eff`` stands on
        ``cluster_category`` rows and their main rows, and is what their
        ``smallest_detectable_r`` is made from.

    Raises
    ------
    LinksignalError
        If a column is missing or not of numbers, a domain stands twice, a
        transform is unknown or a setting is out of its range.
    """
    _check_settings(seed, resample_count, ci_level)
    sampling = Sampling(seed, resample_count, ci_level)
    registry = read_registry(signals, outcomes, platforms)
    study = read_study(features, _columns(features, registry))
    categories = read_categories(features)
    # The products are many and narrow: threads of BLAS wait for each other.
    # On a busy machine they cost five times the CPU at 22,000 domains.
    with threadpool_limits(limits=1, user_api="blas"):
        findings = find_all(Inputs(study, registry, categories, sampling))
    results = findings.results
    p_adjusted = adjusted_p_values(results)
    p_family_wise = family_wise_p_values(results, findings.joint)
    provenance = _provenance(
        sampling, hash_with_categories(study.input_hash, categories)
    )
    controls = controls_in(registry)
    rows = [
        {
            "signal": cell.signal,
            "outcome": cell.outcome,
            "platform": cell.platform,
            "method": key.method,
            **_numbers(results[key]),
            **findings.descriptions[key],
            **provenance,
            "p_adjusted": p_adjusted[key],
            "p_family_wise": p_family_wise[key],
            "controls": ", ".join(controls[cell.signal])
            if key.method == PARTIAL
            else None,
            "sensitivity": key.sensitivity,
        }
        for cell in registry.cells
        for key in _row_keys(cell)
        if key in results
    ]
    return arrow_table(rows, findings_schema("correlations"))


def _columns(features: pd.DataFrame, registry: Registry) -> list[str]:
    """Name the columns to read: the registered, and the halves there are."""
    halves = {
        half
        for cell in registry.cells
        for half in half_columns(cell.outcome_column)
    }
    return [*registry.transforms, *halves.intersection(features.columns)]


def _row_keys(cell: Cell) -> list[RowKey]:
    """Give the keys of a cell in the order of the table."""
    pair = Pair(cell.signal, cell.outcome_column)
    return [
        RowKey(pair, method, sensitivity)
        for method in METHOD_NAMES
        for sensitivity in (MAIN, *SENSITIVITIES)
    ]


def _check_settings(seed: int, resample_count: int, ci_level: float) -> None:
    if seed < 0:
        raise LinksignalError(f"the seed is {seed}; it must not be negative")
    if resample_count < 1:
        raise LinksignalError(
            f"the resample count is {resample_count}; it must be 1 or more"
        )
    check_ci_level(ci_level)


def _numbers(result: Result) -> dict[str, object]:
    return {
        "estimate": result.estimate,
        "ci_low": result.ci_low,
        "ci_high": result.ci_high,
        "ci_method": result.ci_method,
        "p_value": result.p_value,
        "status": result.status.value,
        "resample_count": result.resample_count,
        "is_reliable": result.is_reliable,
        "n_eff": result.n_eff,
        "influential_domain": result.influential_domain,
    }


def _provenance(sampling: Sampling, input_hash: str) -> dict[str, object]:
    return {
        "ci_level": sampling.ci_level,
        "adjust_method": ADJUST_METHOD,
        "seed": sampling.seed,
        "input_hash": input_hash,
    }
