"""The table of differences between dependent estimates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa
from threadpoolctl import threadpool_limits

from linksignal.contract import findings_schema
from linksignal.settings import Settings
from linksignal.stats.estimate import (
    Estimate,
    arrow_table,
    from_influence,
    renumbered,
    without_numbers,
)
from linksignal.stats.estimators.differences import (
    EQUIVALENT_RELATIONS,
    Relation,
    relation,
    rows_for_power,
    smallest_certified_margin,
)
from linksignal.stats.estimators.fisher import PERFECT_CORRELATION
from linksignal.stats.estimators.new_prompts import jackknife_error
from linksignal.stats.estimators.thinning import dispersion
from linksignal.stats.estimators.variables import Variable
from linksignal.stats.families import benjamini_hochberg
from linksignal.stats.frames import Study, read_study
from linksignal.stats.prompt_groups import PromptGroups, read_prompt_groups
from linksignal.stats.registry import read_registry
from linksignal.stats.rules import (
    MIN_DISTINCT_SCORES,
    MIN_OFF_MODE_ROWS,
    Profile,
    Status,
    pair_status,
)
from linksignal.stats.tables.cells import (
    PEARSON_LOG1P,
    SPEARMAN,
    Sheet,
)
from linksignal.stats.tables.comparisons import (
    ALL_DOMAINS,
    COMPOSITION,
    DECILE_COLUMN,
    SCORE_COLUMN,
    SLOPE,
    THINNED,
    TOTAL,
    Comparison,
    Task,
    plan_comparisons,
    plan_tasks,
    split_by_domains,
)
from linksignal.stats.tables.sides import Domains

TABLE = "correlation_contrasts"
ADJUST_METHOD = "benjamini_hochberg"

# Volumes that differ by more make ranks of the thinner count too low.
LARGEST_VOLUME_RATIO = 2.0

# Scatter of the share of a kind between domains, over that of chance.
LARGEST_DISPERSION = 2.0

# Domains off the most common count, for each coefficient of a log mean.
ROWS_PER_COEFFICIENT = 5

NO_ERROR = "A correlation is perfect, or both sides order the domains alike."
NOT_COUNTED = "A value is no count: negative, no whole number, or beyond 10^12."
NO_FIT = "The counts above zero do not determine the slopes."


@dataclass(frozen=True)
class Compared:
    """What became of a comparison by a method.

    Attributes
    ----------
    difference : Estimate
        First minus second.
    first, second : float
        The two that are subtracted; NaN where undefined, and of a
        coefficient that is no difference.
    ceiling : float
        Largest correlation that ties allow, the smaller of both sides;
        NaN of what is no correlation.
    volumes : tuple of float
        Events that each side counts on these domains; NaN where the sides
        are no counts of the same thing.
    prompt_error : float
        Standard error from the choice of prompts; NaN where unknown.
    rarer : str or None
        Kind of links that is rarer, where its share differs between domains
        beyond chance.
    """

    difference: Estimate
    first: float = np.nan
    second: float = np.nan
    ceiling: float = np.nan
    volumes: tuple[float, float] = (np.nan, np.nan)
    prompt_error: float = np.nan
    rarer: str | None = None


def contrast_table(  # noqa: PLR0913 - what is crossed with what
    features: pd.DataFrame,
    signals: pd.DataFrame,
    outcomes: pd.DataFrame,
    platforms: Sequence[str],
    settings: Settings,
    *,
    prompt_groups: pd.DataFrame | None = None,
) -> pa.Table:
    """Compare signals, and platforms, by what goes with their outcomes.

    Parameters
    ----------
    features, signals, outcomes, platforms
        As in `correlations.correlation_table`; features also with columns
        ``authority_score``, ``authority_decile`` (1-10 or missing) and
        ``total_backlinks``.
    settings : Settings
        Of the study. Nothing here is drawn: the seed stands beside the rows.
        One minus ``ci_level`` is the significance level of ``relation`` and
        ``smallest_certified_margin``.
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
        status is ``ok``, those of delivered signals apart; only these have
        it, and a ``relation``. In any other row the numbers are NULL, save
        estimates and difference where only their error is out of reach. n
        counts the domains that have all the values.

    Raises
    ------
    LinksignalError
        If a column is missing or not of numbers, a domain stands twice or
        a transform is unknown.
    """
    ci_level = settings.ci_level
    registry = read_registry(signals, outcomes, platforms)
    comparisons = plan_comparisons(registry)
    named = plan_tasks(comparisons, tuple(signals["signal"]))
    needed = {DECILE_COLUMN, SCORE_COLUMN, TOTAL}
    study = read_study(features, needed.union(*(t.columns for t in named)))
    known = [n for n, of in study.columns.items() if not np.isnan(of).all()]
    tasks = plan_tasks(comparisons, known)
    prompts = (
        None
        if prompt_groups is None
        else read_prompt_groups(prompt_groups, study)
    )
    found = _compare_all(study, tasks, registry.transforms, ci_level, prompts)
    adjusted = _adjust(found, registry.delivered)
    constants = {
        "ci_level": ci_level,
        "adjust_method": ADJUST_METHOD,
        "seed": settings.seed,
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
                settings.equivalence_margin,
                1 - ci_level,
            ),
            **constants,
        }
        for task in tasks
    ]
    return arrow_table(rows, findings_schema(TABLE))


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
            names = dict.fromkeys(n for task in members for n in task.columns)
            sheet = Sheet(
                {n: Variable.of(study.columns[n][mask]) for n in names},
                dict.fromkeys(names, "none") | dict(transforms),
                None
                if study.clusters is None
                else renumbered(study.clusters[mask]),
                ci_level,
            )
            domains = Domains(sheet, mask, prompts)
            for task in members:
                found[task] = _compare(domains, task, score_count)
    return found


def _compare(
    domains: Domains, task: Task, distinct_score_count: int
) -> Compared:
    """Make a comparison by a method, or say which rule stands in the way."""
    one, row_count = task.comparison, domains.sheet.row_count
    volumes = _volumes(domains, one)
    broken = _broken_rule(domains, task) or _broken_decile_rule(
        one, distinct_score_count
    )
    if broken is not None:
        return Compared(without_numbers(row_count, *broken), volumes=volumes)
    found = _difference(domains, task)
    if found.difference.status is Status.OK:
        moved = domains.moved(task)
        if moved is not None:
            error = float(jackknife_error(moved))
            found = replace(found, prompt_error=error)
    return replace(found, volumes=volumes, rarer=_scattered(domains, one))


def _difference(domains: Domains, task: Task) -> Compared:
    sheet = domains.sheet
    sides = domains.sides(task)
    if sides is None:
        no_fit = without_numbers(sheet.row_count, Status.NOT_CONVERGED, NO_FIT)
        return Compared(no_fit)
    is_slope = task.method in (SLOPE, COMPOSITION)
    values = [side.value for side in sides]
    difference = values[0] - sum(values[1:])
    if not is_slope and max(map(abs, values)) >= PERFECT_CORRELATION:
        found = Estimate(sheet.row_count, difference)
    else:
        found = from_influence(
            difference,
            sides[0].influence - sum(side.influence for side in sides[1:]),
            sheet.ci_level,
            clusters=sheet.clusters,
            fitted=sides[0].fitted,
            is_heavy_tailed=is_slope,
        )
    if np.isnan(found.standard_error):
        found = replace(found, status=Status.UNRELIABLE, reason=NO_ERROR)
    if len(sides) == 1:
        return Compared(found)
    ceiling = min(side.ceiling for side in sides)
    return Compared(found, values[0], values[1], ceiling)


def _volumes(domains: Domains, one: Comparison) -> tuple[float, float]:
    """Count the events of both sides, where they are of one kind."""
    is_counted = one.kind == "platforms" or one.is_of_kinds
    if not is_counted or not all(map(domains.is_counted, one.rivals)):
        return np.nan, np.nan
    first, second = map(domains.volume, one.rivals)
    return first, second


def _scattered(domains: Domains, one: Comparison) -> str | None:
    """Name the rarer of two kinds, where its share is not everywhere alike."""
    if not one.is_of_kinds or not all(map(domains.is_counted, one.signals)):
        return None
    rarer, other = sorted(one.signals, key=domains.volume)
    counts = domains.values(rarer)
    scatter = dispersion(counts, counts + domains.values(other))
    return rarer if scatter > LARGEST_DISPERSION else None


# A status, and what the rule says beyond its sentence.
Broken = tuple[Status, str | None]


def _broken_rule(domains: Domains, task: Task) -> Broken | None:
    """Name the first rule that stands in the way of a comparison.

    First the rules of a correlation, for both at once; then what the method
    needs; then the two columns that are compared must differ on
    ``MIN_OFF_MODE_ROWS`` domains, as the error of a difference comes from the
    domains that make it.
    """
    one, method = task.comparison, task.method
    row_count, seen = domains.sheet.row_count, domains.sheet.seen_by(method)
    signals, outcomes = (
        _weaker(*(seen[name].profile for name in names))
        for names in (one.signals, one.outcomes)
    )
    status = pair_status(row_count, signals, outcomes)
    if status is not Status.OK:
        return status, None
    counted = {
        THINNED: one.rivals,
        SLOPE: one.outcomes,
        COMPOSITION: {*one.outcomes, *task.columns} - {SCORE_COLUMN},
    }.get(method, ())
    if not all(map(domains.is_counted, counted)):
        return Status.UNRELIABLE, NOT_COUNTED
    needed = ROWS_PER_COEFFICIENT * (len(task.columns) + 1)
    if method == COMPOSITION and outcomes.off_mode_count < needed:
        reason = (
            f"{outcomes.off_mode_count} of at least {needed} domains are off "
            "the most common value of the outcome."
        )
        return Status.TOO_FEW_DISTINCT, reason
    first, second = map(domains.values, one.rivals)
    if np.count_nonzero(first != second) < MIN_OFF_MODE_ROWS:
        reason = f"The two differ on fewer than {MIN_OFF_MODE_ROWS} domains."
        return Status.TOO_FEW_DISTINCT, reason
    return _broken_thinning(domains, one) if method == THINNED else None


def _broken_thinning(domains: Domains, one: Comparison) -> Broken | None:
    """Ask for rows off the most common value after thinning, as before."""
    for name, rival in (one.rivals, one.rivals[::-1]):
        rate = domains.rate(name, rival)
        if rate == 1:
            continue
        most_common = domains.thinned(name, rate).law.max()
        if domains.sheet.row_count * (1 - most_common) < MIN_OFF_MODE_ROWS:
            reason = (
                f"Fewer than {MIN_OFF_MODE_ROWS} domains are off the most "
                "common value at equal thickness."
            )
            return Status.TOO_FEW_DISTINCT, reason
    return None


def _weaker(first: Profile, second: Profile) -> Profile:
    """Merge two variables into one that breaks a rule if either does."""
    return Profile(
        is_finite=first.is_finite and second.is_finite,
        is_constant=first.is_constant or second.is_constant,
        off_mode_count=min(first.off_mode_count, second.off_mode_count),
        distinct_count=min(first.distinct_count, second.distinct_count),
        zero_share=max(first.zero_share, second.zero_share),
        tied_share=max(first.tied_share, second.tied_share),
    )


def _broken_decile_rule(
    one: Comparison, distinct_score_count: int
) -> Broken | None:
    if (
        one.domain_set == ALL_DOMAINS
        or distinct_score_count >= MIN_DISTINCT_SCORES
    ):
        return None
    reason = f"Fewer than {MIN_DISTINCT_SCORES} distinct authority scores."
    return Status.TOO_FEW_DISTINCT, reason


def _adjust(
    found: Mapping[Task, Compared], delivered: Sequence[str]
) -> dict[Task, float]:
    """Adjust p values over all rows of each method that are ok.

    Rows of delivered signals are families of their own: the false discovery
    rate grants the other rows more where clear ones are added.
    """
    adjusted = dict.fromkeys(found, float("nan"))
    families: dict[tuple[str, bool], list[Task]] = {}
    for task, one in found.items():
        if one.difference.status is Status.OK:
            sides = task.comparison.signals
            family = task.method, not set(sides).isdisjoint(delivered)
            families.setdefault(family, []).append(task)
    for tasks in families.values():
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
    return {
        **found.difference.columns(),
        "estimate_a": found.first,
        "estimate_b": found.second,
        "difference": found.difference.estimate,
        "volume_a": found.volumes[0],
        "volume_b": found.volumes[1],
        "volume_ratio": volume_ratio(found),
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
    """Return how many times the larger volume is the smaller one.

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
    has_margin = is_ok and task.method in (SPEARMAN, PEARSON_LOG1P, THINNED)
    if not has_margin:
        relates = relation(p_adjusted, np.nan, level) if is_ok else None
        certified = needed = p_within = margin = np.nan
    else:
        p_within = one.p_within(margin)
        relates = relation(p_adjusted, p_within, level)
        certified = smallest_certified_margin(one, level)
        needed = rows_for_power(one, margin, level)
    reasons = [one.reason] if one.reason else []
    if is_ok and task.method in (SPEARMAN, PEARSON_LOG1P):
        reasons += _thickness_note(task.comparison, found)
    if is_ok and task.method == THINNED and found.rarer is not None:
        reasons.append(
            f"The share of {found.rarer} differs between domains beyond "
            "chance, which lowers its correlation by itself: see composition."
        )
    if has_margin:
        reasons += _power_note(one.n, margin, needed, relates)
    return {
        "equivalence_margin": margin,
        "p_equivalence": p_within,
        "smallest_certified_margin": certified,
        "n_for_power": needed,
        "relation": relates,
        "reason": " ".join(reasons) or None,
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
        "the lower correlation: see the rows at equal thickness."
    ]


def _power_note(
    row_count: int, margin: float, needed: float, relates: Relation | None
) -> list[str]:
    if needed <= row_count or relates in EQUIVALENT_RELATIONS:
        return []
    return [
        f"This n cannot certify it: equivalence within {margin:.3g} needs "
        f"about {needed:,.0f} domains."
    ]
