"""The table of differences between dependent estimates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
from threadpoolctl import threadpool_limits

from linksignal.contract import findings_schema
from linksignal.errors import LinksignalError
from linksignal.stats.estimate import arrow_table
from linksignal.stats.estimators.differences import (
    EQUIVALENT_RELATIONS,
    Relation,
    check_margin,
    relation,
    rows_for_power,
    smallest_certified_margin,
)
from linksignal.stats.families import benjamini_hochberg
from linksignal.stats.frames import Study, read_study
from linksignal.stats.prompt_groups import PromptGroups, read_prompt_groups
from linksignal.stats.registry import read_registry
from linksignal.stats.rules import Status, check_ci_level
from linksignal.stats.tables.compared import Compared, Domains, compare
from linksignal.stats.tables.compared_prompts import prompt_error
from linksignal.stats.tables.comparisons import (
    DECILE_COLUMN,
    METHODS,
    PEARSON,
    SCORE_COLUMN,
    SPEARMAN,
    THINNED,
    TOTAL,
    Comparison,
    Task,
    plan_comparisons,
    split_by_domains,
)

TABLE = "correlation_contrasts"
ADJUST_METHOD = "benjamini_hochberg"

# Volumes that differ by more make ranks of the thinner count too low.
LARGEST_VOLUME_RATIO = 2.0


def contrast_table(  # noqa: PLR0913 - the settings are keyword-only
    features: pd.DataFrame,
    signals: pd.DataFrame,
    outcomes: pd.DataFrame,
    platforms: Sequence[str],
    *,
    seed: int,
    ci_level: float = 0.95,
    equivalence_margin: float = 0.05,
    prompt_groups: pd.DataFrame | None = None,
) -> pa.Table:
    """Compare signals, and platforms, by what goes with their outcomes.

    Parameters
    ----------
    features, signals, outcomes, platforms
        As in `correlations.correlation_table`; features also with columns
        ``authority_score``, ``authority_decile`` (1-10 or missing) and
        ``total_backlinks``.
    seed : int
        Seed of the study, 0 or more, shown beside the rows; nothing here is
        drawn.
    ci_level : float, default 0.95
        Confidence level, between 0 and 1; one minus it is the significance
        level of ``relation`` and ``smallest_certified_margin``.
    equivalence_margin : float, default 0.05
        Largest difference that counts as none, as a share of the largest
        correlation that the ties allow; between 0 and 2.
    prompt_groups : DataFrame, optional
        Mentions by domain, platform and group of prompts, as in
        `prompt_groups.read_prompt_groups`; without them nothing is said of
        other prompts.

    Returns
    -------
    pyarrow.Table
        One row per comparison and method, always all of them, in the schema
        of the contract; the difference is a minus b. ``p_adjusted`` controls
        the false discovery rate over the rows of the same method whose
        status is ``ok``; only these have it, and a ``relation``. In any
        other row the numbers are NULL, save estimates and difference where
        only their error is out of reach. n counts the domains that have all
        the values.

    Raises
    ------
    LinksignalError
        If a column is missing or not of numbers, a domain stands twice, a
        transform is unknown or a setting is out of its range.
    """
    _check_seed(seed)
    check_ci_level(ci_level)
    check_margin(equivalence_margin)
    registry = read_registry(signals, outcomes, platforms)
    named = tuple(signals["signal"])
    tasks = [
        Task(comparison, method)
        for comparison in plan_comparisons(registry)
        for method in comparison.methods
    ]
    names = {DECILE_COLUMN, SCORE_COLUMN, TOTAL}.union(
        *(one.comparison.columns(one.method, named) for one in tasks)
    )
    study = read_study(features, names)
    prompts = (
        None
        if prompt_groups is None
        else read_prompt_groups(prompt_groups, study)
    )
    found = _compare_all(study, tasks, registry.transforms, ci_level, prompts)
    adjusted = _adjust(found)
    constants = {
        "ci_level": ci_level,
        "adjust_method": ADJUST_METHOD,
        "seed": seed,
        "input_hash": study.input_hash,
    }
    rows = [
        {
            **_names(task.comparison),
            "method": task.method,
            **_numbers(found[task]),
            **_new_prompts(found[task], ci_level),
            "p_adjusted": adjusted[task],
            **_judgement(
                task,
                found[task],
                adjusted[task],
                equivalence_margin,
                1 - ci_level,
            ),
            **constants,
        }
        for task in tasks
    ]
    return arrow_table(rows, findings_schema(TABLE))


def _check_seed(seed: int) -> None:
    if seed < 0:
        raise LinksignalError(f"the seed is {seed}; it must not be negative")


def _compare_all(
    study: Study,
    tasks: Sequence[Task],
    transforms: Mapping[str, str],
    ci_level: float,
    prompts: PromptGroups | None,
) -> dict[Task, Compared]:
    scores = study.columns[SCORE_COLUMN]
    score_count = len(np.unique(scores[~np.isnan(scores)]))
    found: dict[Task, Compared] = {}
    # As for the correlations: threads of BLAS would wait for each other.
    with threadpool_limits(limits=1, user_api="blas"):
        for mask, members in split_by_domains(study, tasks):
            domains = Domains(study, mask, transforms, prompts)
            for task in members:
                one = compare(domains, task, ci_level, score_count)
                if one.difference.status is Status.OK:
                    error = prompt_error(domains, task)
                    one = replace(one, prompt_error=error)
                found[task] = one
    return found


def _adjust(found: Mapping[Task, Compared]) -> dict[Task, float]:
    """Adjust p values over all rows of each method that are ok."""
    adjusted = dict.fromkeys(found, float("nan"))
    for method in METHODS:
        tasks = [
            task
            for task, one in found.items()
            if task.method == method and one.difference.status is Status.OK
        ]
        p_values = np.array([found[task].difference.p_value for task in tasks])
        adjusted |= zip(
            tasks, benjamini_hochberg(p_values).tolist(), strict=True
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


def _numbers(found: Compared) -> dict[str, object]:
    one = found.difference
    has_error = not np.isnan(one.standard_error)
    return {
        "n": one.n,
        "estimate_a": found.first,
        "estimate_b": found.second,
        "difference": one.estimate,
        "standard_error": one.standard_error,
        "degrees_of_freedom": one.degrees_of_freedom if has_error else None,
        "ci_low": one.ci_low,
        "ci_high": one.ci_high,
        "ci_method": one.ci_method,
        "p_value": one.p_value,
        "volume_a": found.volumes[0],
        "volume_b": found.volumes[1],
        "volume_ratio": volume_ratio(found),
        "status": one.status.value,
    }


def _new_prompts(found: Compared, ci_level: float) -> dict[str, object]:
    """Widen the interval by what the choice of prompts adds."""
    one = found.difference
    both = float(np.hypot(one.standard_error, found.prompt_error))
    wider = one
    if not np.isnan(both):
        wider = one.with_error(both, one.degrees_of_freedom, ci_level, "")
    is_known = wider is not one
    return {
        "se_prompt": found.prompt_error,
        "ci_low_new_prompts": wider.ci_low if is_known else None,
        "ci_high_new_prompts": wider.ci_high if is_known else None,
    }


def volume_ratio(found: Compared) -> float:
    """Give how many times the larger volume is the smaller one.

    Parameters
    ----------
    found : Compared

    Returns
    -------
    float
        1 or more; NaN without volumes, or where one is zero.
    """
    smaller, larger = min(found.volumes), max(found.volumes)
    return larger / smaller if smaller > 0 else float("nan")


def _judgement(
    task: Task,
    found: Compared,
    p_adjusted: float,
    margin_share: float,
    level: float,
) -> dict[str, object]:
    """Say what a row certifies, and what stands in the way."""
    one = found.difference
    margin = margin_share * found.ceiling
    is_ok = one.status is Status.OK
    has_margin = is_ok and task.method in (SPEARMAN, PEARSON, THINNED)
    if not has_margin:
        relates = relation(p_adjusted, np.nan, level) if is_ok else None
        certified = needed = p_within = margin = np.nan
    else:
        p_within = one.p_within(margin)
        relates = relation(p_adjusted, p_within, level)
        certified = smallest_certified_margin(one, level)
        needed = rows_for_power(one, margin, level)
    reasons = [one.reason] if one.reason else []
    if is_ok and task.method in (SPEARMAN, PEARSON):
        reasons += _thickness_note(task.comparison, found)
    if is_ok and task.method == THINNED and found.rarer is not None:
        reasons.append(
            f"the share of {found.rarer} differs between domains beyond "
            "chance, which lowers its correlation by itself: see composition"
        )
    if has_margin:
        reasons += _power_note(one.n, margin, needed, relates)
    return {
        "equivalence_margin": margin,
        "p_equivalence": p_within,
        "smallest_certified_margin": certified,
        "n_for_power": needed,
        "relation": relates,
        "reason": "; ".join(reasons) or None,
    }


def _thickness_note(one: Comparison, found: Compared) -> list[str]:
    ratio = volume_ratio(found)
    if not ratio > LARGEST_VOLUME_RATIO:
        return []
    names = one.signals
    if one.kind == "platforms":
        names = one.first.platform, one.second.platform
    thicker = found.volumes[0] < found.volumes[1]
    return [
        f"{names[thicker]} counts {ratio:,.1f} times as much as "
        f"{names[not thicker]}, and of the same thing the thinner count has "
        "the lower correlation: see the rows at equal thickness"
    ]


def _power_note(
    row_count: int, margin: float, needed: float, relates: Relation | None
) -> list[str]:
    if needed <= row_count or relates in EQUIVALENT_RELATIONS:
        return []
    return [
        f"cannot certify at this n: equivalence within {margin:.3g} needs "
        f"about {needed:,.0f} domains"
    ]
