"""What other prompts would have made of a comparison."""

from __future__ import annotations

import numpy as np

from linksignal.stats.arrays import Floats
from linksignal.stats.estimators.influences import moved_pearson
from linksignal.stats.estimators.new_prompts import Changes, jackknife_error
from linksignal.stats.estimators.poisson import moved_coefficients
from linksignal.stats.estimators.thinning import moved_correlations
from linksignal.stats.tables.compared import Domains
from linksignal.stats.tables.comparisons import (
    COMPOSITION,
    PEARSON,
    SLOPE,
    SPEARMAN,
    THINNED,
    Comparison,
    Task,
)


def prompt_error(domains: Domains, task: Task) -> float:
    """Give the error of a difference from the choice of prompts.

    Parameters
    ----------
    domains : Domains
        With prompts.
    task : Task
        One that has an error over domains.

    Returns
    -------
    float
        Jackknife over groups of prompts, each deleted on all platforms at
        once; what is left is taken by first-order steps. NaN where the
        outcomes are not counted by groups of prompts.
    """
    one = task.comparison
    if not domains.knows_prompts(one.outcomes):
        return float("nan")
    if task.method == COMPOSITION:
        moved = _moved_composition(domains, one)
    else:
        first, second = (
            _moved_side(domains, one, task.method, at) for at in (0, 1)
        )
        moved = first - second
    return float(jackknife_error(moved[domains.has_group(one.outcomes)]))


def _moved_side(
    domains: Domains, one: Comparison, method: str, at: int
) -> Floats:
    signal, outcome = one.signals[at], one.outcomes[at]
    changes = domains.changes(outcome)
    if method == SPEARMAN:
        return _moved_ranks(domains, signal, outcome, changes)
    if method == PEARSON:
        return _moved_values(domains, signal, outcome, changes)
    if method == SLOPE:
        fit = domains.log_means(outcome, signal)
        values = domains.values(outcome)
        return moved_coefficients(fit, values, changes)[:, 1]
    assert method == THINNED
    if one.kind == "signals":
        rate = domains.rate(signal, one.signals[1 - at])
        return _moved_ranks(domains, signal, outcome, changes, rate)
    return _moved_thinned(domains, one, at)


def _moved_ranks(
    domains: Domains,
    signal: str,
    outcome: str,
    changes: Changes,
    signal_rate: float = 1.0,
) -> Floats:
    if signal_rate < 1:
        thinned = domains.thinned(signal, signal_rate)
        scores = thinned.expected_scores[thinned.row]
        mean_square = thinned.mean_square
    else:
        ranked = domains.ranked(signal)
        scores, mean_square = ranked.scores, ranked.mean_square
    changed = domains.changed(outcome, 1.0)
    return moved_correlations(scores, mean_square, changed, changes)


def _moved_values(
    domains: Domains, signal: str, outcome: str, changes: Changes
) -> Floats:
    counted = domains.standardised(outcome)
    # Unit scores are linear in the values, of which two tell the line.
    values = domains.values(outcome, True)
    low, high = int(np.argmin(values)), int(np.argmax(values))
    unit = (counted[high] - counted[low]) / (values[high] - values[low])
    gained = domains.transformed(outcome, changes.after)
    gained = gained - values[changes.rows]
    before = counted[changes.rows]
    scaled = Changes(
        changes.rows,
        changes.replicates,
        before,
        before + unit * gained,
        changes.replicate_count,
    )
    return moved_pearson(domains.standardised(signal), counted, scaled)


def _moved_thinned(domains: Domains, one: Comparison, at: int) -> Floats:
    """Thin the changed outcome, at the rate that the changed totals give."""
    signal, outcome, rival = one.shared, one.outcomes[at], one.outcomes[1 - at]
    changes = domains.changes(outcome)
    ranked = domains.ranked(signal)
    rate = domains.rate(outcome, rival)
    moved = moved_correlations(
        ranked.scores,
        ranked.mean_square,
        domains.changed(outcome, rate),
        changes,
    )
    if rate >= 1:
        return moved
    totals = [
        domains.volume(name)
        + replicates.add_up(replicates.after - replicates.before)
        for name in (rival, outcome)
        for replicates in [domains.changes(name)]
    ]
    slope = domains.rate_derivative(signal, outcome, rate)
    return moved + slope * (totals[0] / totals[1] - rate)


def _moved_composition(domains: Domains, one: Comparison) -> Floats:
    columns = one.columns(COMPOSITION, domains.any_known)
    at = list(domains.composition(columns)).index(one.signals[0])
    outcome = one.outcomes[0]
    moved = moved_coefficients(
        domains.log_means(outcome, *columns),
        domains.values(outcome),
        domains.changes(outcome),
    )
    return moved[:, 1 + at]
