"""The table of differences between dependent correlations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
from threadpoolctl import threadpool_limits

from linksignal.contract import findings_schema
from linksignal.errors import LinksignalError
from linksignal.stats.contrasts.comparisons import (
    DECILE_COLUMN,
    SCORE_COLUMN,
    Comparison,
    plan_comparisons,
    split_by_domains,
)
from linksignal.stats.contrasts.equivalence import check_margin
from linksignal.stats.contrasts.methods import (
    CONTRAST_METHODS,
    ContrastSettings,
)
from linksignal.stats.contrasts.results import ContrastResult, contrast_results
from linksignal.stats.families import benjamini_hochberg
from linksignal.stats.frames import Study, read_study
from linksignal.stats.methods import Sampling
from linksignal.stats.registry import read_registry
from linksignal.stats.rules import Status, check_ci_level
from linksignal.stats.tables import arrow_table

ADJUST_METHOD = "benjamini_hochberg"
CI_METHOD = "influence_t"

# The probability only describes: a Monte-Carlo error of .011 (2,000 resamples)
# to .035 (200, for many domains) is enough.
MOST_RESAMPLES = 2_000
FEWEST_RESAMPLES = 200
MOST_RESAMPLED_ROWS = 5_000_000

Key = tuple[Comparison, str]

# What a comparison itself computes; NULL where it could not.
NUMBERS = (
    "estimate_a",
    "estimate_b",
    "difference",
    "standard_error",
    "ci_low",
    "ci_high",
    "p_value",
    "p_equivalence",
    "smallest_certified_margin",
    "n_for_power",
    "probability_a_above_b",
    "zou_low",
    "zou_high",
    "p_meng",
    "p_steiger",
)


def contrast_table(  # noqa: PLR0913 - the settings are keyword-only
    features: pd.DataFrame,
    signals: pd.DataFrame,
    outcomes: pd.DataFrame,
    platforms: Sequence[str],
    *,
    seed: int,
    resample_count: int,
    ci_level: float = 0.95,
    equivalence_margin: float = 0.05,
) -> pa.Table:
    """Compare correlations of signals, and of platforms, with each other.

    Parameters
    ----------
    features, signals, outcomes, platforms
        As in `correlations.correlation_table`; features also with columns
        ``authority_score`` and ``authority_decile`` (1-10 or missing).
    seed : int
        Seed of all resamples, 0 or more.
    resample_count : int
        Bootstrap resamples behind ``probability_a_above_b``, 1 or more; at
        most ``MOST_RESAMPLES`` are drawn, fewer of many domains, and the
        table says how many.
    ci_level : float, default 0.95
        Confidence level, between 0 and 1; one minus it is the significance
        level of ``relation`` and ``smallest_certified_margin``.
    equivalence_margin : float, default 0.05
        Largest difference that counts as none, between 0 and 2.

    Returns
    -------
    pyarrow.Table
        One row per contrast and method, always all of them, by the
        contract of ``correlation_contrasts``; the difference is a minus b.
        ``p_adjusted`` controls the false discovery rate over the rows of
        the same method whose status is ``ok``; only these have it, and a
        ``relation``. Raw Pearson shows its numbers under ``unreliable``. In
        any other row that is not ``ok`` the numbers are NULL, save estimates
        and difference where only their error is out of reach. n counts the
        domains that have all three values.

    Raises
    ------
    LinksignalError
        If a column is missing or not of numbers, a domain stands twice, a
        transform is unknown or a setting is out of its range.
    """
    resample_count = min(resample_count, _most_resamples(len(features)))
    sampling = Sampling(seed, resample_count, ci_level)
    _check_settings(sampling, equivalence_margin)
    registry = read_registry(signals, outcomes, platforms)
    study = read_study(
        features, [*registry.transforms, DECILE_COLUMN, SCORE_COLUMN]
    )
    settings = ContrastSettings(
        sampling,
        equivalence_margin,
        registry.transforms,
        _distinct_score_count(study),
    )
    comparisons = plan_comparisons(registry)
    results: dict[Key, ContrastResult] = {}
    row_counts: dict[Comparison, int] = {}
    # As for the correlations: threads of BLAS would wait for each other.
    with threadpool_limits(limits=1, user_api="blas"):
        for group in split_by_domains(study, comparisons):
            domain_count = len(group.block.domains)
            row_counts |= dict.fromkeys(group.comparisons, domain_count)
            for method in CONTRAST_METHODS:
                found = contrast_results(group, method, settings)
                keys = [(one, method.name) for one in group.comparisons]
                results |= zip(keys, found, strict=True)
    adjusted = _adjust(results)
    rows = [
        {
            **_names(comparison),
            "method": method.name,
            "n": row_counts[comparison],
            **_numbers(results[key]),
            "p_adjusted": adjusted[key],
            **_provenance(settings, study),
        }
        for comparison in comparisons
        for method in CONTRAST_METHODS
        for key in [(comparison, method.name)]
    ]
    return arrow_table(rows, findings_schema("correlation_contrasts"))


def _most_resamples(row_count: int) -> int:
    affordable = MOST_RESAMPLED_ROWS // max(row_count, 1)
    return min(MOST_RESAMPLES, max(FEWEST_RESAMPLES, affordable))


def _check_settings(sampling: Sampling, margin: float) -> None:
    if sampling.seed < 0:
        raise LinksignalError(
            f"the seed is {sampling.seed}; it must not be negative"
        )
    if sampling.resample_count < 1:
        raise LinksignalError(
            f"the resample count is {sampling.resample_count}; "
            "it must be 1 or more"
        )
    check_ci_level(sampling.ci_level)
    check_margin(margin)


def _distinct_score_count(study: Study) -> int:
    scores = study.columns[SCORE_COLUMN]
    return len(np.unique(scores[~np.isnan(scores)]))


def _adjust(results: Mapping[Key, ContrastResult]) -> dict[Key, float]:
    """Adjust p values over all contrasts of each method that are ok."""
    adjusted = dict.fromkeys(results, float("nan"))
    for method in CONTRAST_METHODS:
        keys = [
            key
            for key, result in results.items()
            if key[1] == method.name and result.standing.status is Status.OK
        ]
        p_values = np.array([results[key].numbers["p_value"] for key in keys])
        adjusted |= zip(
            keys, benjamini_hochberg(p_values).tolist(), strict=True
        )
    return adjusted


def _names(comparison: Comparison) -> dict[str, object]:
    return {
        "kind": comparison.kind,
        "outcome": comparison.first.outcome,
        "signal_a": comparison.first.signal,
        "platform_a": comparison.first.platform,
        "signal_b": comparison.second.signal,
        "platform_b": comparison.second.platform,
        "domain_set": comparison.domain_set,
    }


def _numbers(result: ContrastResult) -> dict[str, object]:
    numbers = {name: result.numbers.get(name) for name in NUMBERS}
    has_error = not np.isnan(result.numbers.get("standard_error", np.nan))
    return {
        **numbers,
        "ci_method": CI_METHOD if has_error else None,
        "relation": result.relation,
        "status": result.standing.status.value,
        "reason": result.standing.reason,
    }


def _provenance(settings: ContrastSettings, study: Study) -> dict[str, object]:
    return {
        "ci_level": settings.sampling.ci_level,
        "adjust_method": ADJUST_METHOD,
        "equivalence_margin": settings.margin,
        "resample_count": settings.sampling.resample_count,
        "seed": settings.sampling.seed,
        "input_hash": study.input_hash,
    }
