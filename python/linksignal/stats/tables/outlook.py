"""What mentions the signals of a domain lead to expect, beside those it has."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
from threadpoolctl import threadpool_limits

from linksignal.contract import findings_schema
from linksignal.settings import Settings
from linksignal.stats.arrays import Booleans, Floats, Indices
from linksignal.stats.estimate import columns_table
from linksignal.stats.estimators.held_out import (
    FOLDS,
    Expected,
    expect_counts,
    fewest_off_zero,
    fewest_rows,
)
from linksignal.stats.frames import Study, read_study
from linksignal.stats.rules import FEW_OWNERS, Status
from linksignal.stats.tables.joint_terms import (
    LINK_COLUMNS,
    Model,
    Term,
    make_models,
    make_terms,
)

OUTCOME = "ai_mentions"

LESS, AS, MORE, NONE = "less", "as", "more", "none"
STANDINGS = (LESS, AS, MORE, NONE)

Columns = dict[str, np.ndarray]


def outlook_table(
    features: pd.DataFrame,
    signals: pd.DataFrame,
    platforms: Sequence[str],
    settings: Settings,
) -> pa.Table:
    """Hold every domain against what domains with its signals have.

    Parameters
    ----------
    features : DataFrame
        One row per domain: columns ``domain``, those of links and score that
        the joint models have, one per delivered signal and
        ``ai_mentions_{platform}``; optional ``cluster``.
    signals : DataFrame
        Columns ``signal``, ``transform`` and ``is_delivered``.
    platforms : sequence of str
        Platforms, and ``all``.
    settings : Settings
        Of the study; an interval leaves out at most twice one minus
        ``ci_level``, half of that below.

    Returns
    -------
    pyarrow.Table
        One row per domain and platform, by the contract of
        ``domain_outlook``. Neither a domain nor another one of its owner is
        part of what is expected of it. Status is ``value_unknown`` where a
        signal or the mentions of the domain are unknown, else what stands in
        the way of all domains on the platform, or ``ok``. Where no mention
        is usual there is no interval: a domain with any has more than usual.
    """
    counts = {f"{OUTCOME}_{platform}": platform for platform in platforms}
    chosen = signals[signals["is_delivered"].astype(bool)]
    delivered = dict(zip(chosen["signal"], chosen["transform"], strict=True))
    study = read_study(features, [*LINK_COLUMNS, *delivered, *counts])
    terms = make_terms(study, delivered)
    folds = _folds(study)
    parts = {}
    with threadpool_limits(limits=1, user_api="blas"):
        for model in make_models(study, terms, [*counts]):
            for outcome in model.outcomes:
                parts[outcome] = {
                    **_outcome_columns(
                        study, model, terms, folds, outcome, settings
                    ),
                    "platform": np.full(
                        len(study.domains), counts[outcome], dtype=object
                    ),
                }
    names = findings_schema("domain_outlook").names
    columns = {
        name: np.concatenate([parts[outcome][name] for outcome in counts])
        for name in names
    }
    return columns_table(columns, findings_schema("domain_outlook"))


def _folds(study: Study) -> Indices:
    """Deal the owners into folds, by the hash of their first domain.

    Which domain comes into which fold has nothing to do with its name.
    """
    number = len(study.domains)
    clusters = np.arange(number) if study.clusters is None else study.clusters
    _, first = np.unique(clusters, return_index=True)
    digests = [
        hashlib.md5(study.domains[row].encode(), usedforsecurity=False).digest()
        for row in first
    ]
    order = sorted(range(len(first)), key=digests.__getitem__)
    places = np.empty(len(first), np.intp)
    places[order] = np.arange(len(first))
    return np.asarray(places[clusters] % FOLDS)


def _outcome_columns(  # noqa: PLR0913, PLR0917 - one outcome of a study
    study: Study,
    model: Model,
    terms: Sequence[Term],
    folds: Indices,
    outcome: str,
    settings: Settings,
) -> Columns:
    """Give the columns of one platform but its name, a row per domain."""
    number = len(study.domains)
    tail = 1 - settings.ci_level
    mentions = study.columns[outcome]
    known = np.zeros(number, dtype=np.bool_)
    known[model.rows] = True
    seen = mentions[known]
    status, reason = _status(model, seen, tail)
    expected = None
    if status is Status.OK:
        values = np.column_stack([*model.values.values()])
        expected = expect_counts(values, seen, folds[known], tail)
        if expected is None:
            status = Status.NOT_CONVERGED
            reason = status.sentence
    statuses = np.full(number, status.value, dtype=object)
    reasons = np.full(number, reason, dtype=object)
    needed = [
        name
        for term in terms
        if term.name in model.values
        for name in term.columns
    ]
    statuses[~known] = Status("value_unknown").value
    reasons[~known] = _what_is_unknown(
        study, [*dict.fromkeys(needed), outcome], ~known
    )
    return {
        "domain": np.array(study.domains, dtype=object),
        "n": np.full(number, len(seen)),
        OUTCOME: mentions,
        **_outlook(expected, mentions, known),
        "status": statuses,
        "reason": reasons,
    }


def _status(
    model: Model, seen: Floats, tail: float
) -> tuple[Status, str | None]:
    """Tell what stands in the way of all domains of a platform."""
    needed, off_zero = fewest_rows(tail), fewest_off_zero()
    few = (
        f"Fewer than {needed} domains have all the values, too few for an "
        f"interval that {100 * tail:.3g} % of domains lie above."
    )
    rarely = f"Fewer than {off_zero} domains are mentioned at all."
    owners = (
        len(seen) if model.clusters is None else len(np.unique(model.clusters))
    )
    rules = (
        (len(seen) == 0, Status.NO_OVERLAP, None),
        (not seen.any(), Status.CONSTANT_OUTCOME, None),
        (len(seen) < needed, Status.TOO_FEW, few),
        (owners < FOLDS, Status.TOO_FEW, FEW_OWNERS),
        (
            np.count_nonzero(seen) < off_zero,
            Status.TOO_FEW_DISTINCT,
            rarely,
        ),
        (not model.values, Status.CONSTANT_SIGNAL, None),
    )
    for is_broken, status, reason in rules:
        if is_broken:
            return status, reason or status.sentence
    return Status.OK, None


def _what_is_unknown(
    study: Study, names: Sequence[str], rows: Booleans
) -> np.ndarray:
    """Give a sentence for each of these rows, of one wording a pattern."""
    missing = np.column_stack(
        [~np.isfinite(study.columns[name][rows]) for name in names]
    )
    patterns, row = np.unique(missing, axis=0, return_inverse=True)
    sentences = [
        "Unknown of the domain: "
        + ", ".join(
            "AI mentions"
            if name.startswith(OUTCOME)
            else name.replace("_", " ")
            for name, is_missing in zip(names, pattern, strict=True)
            if is_missing
        )
        + "."
        for pattern in patterns
    ]
    return np.array(sentences, dtype=object)[row.ravel()]


def _outlook(
    expected: Expected | None, mentions: Floats, known: Booleans
) -> Columns:
    """Give the columns that an expectation has; missing without one."""
    number = len(mentions)
    numbers = {
        name: np.full(number, np.nan)
        for name in (
            "expected_mentions",
            "prediction_low",
            "prediction_high",
            "prediction_level",
            "standing_count",
            "by_chance_count",
        )
    }
    standings = np.full(number, None, dtype=object)
    if expected is not None:
        seen = mentions[known]
        is_told = expected.high > 0
        inside = 1 - expected.below - expected.above
        numbers["expected_mentions"][known] = expected.means
        for name, values in (
            ("prediction_low", expected.low),
            ("prediction_high", expected.high),
            ("prediction_level", inside),
        ):
            numbers[name][known] = np.where(is_told, values, np.nan)
        place = 1 + (seen > expected.high) - (seen < expected.low)
        place[~is_told & (seen == 0)] = STANDINGS.index(NONE)
        standings[known] = np.array(STANDINGS, dtype=object)[place]
        counts = np.bincount(place, minlength=len(STANDINGS))
        chances = np.array(
            [
                expected.below.sum(),
                inside[is_told].sum(),
                expected.above.sum(),
                inside[~is_told].sum(),
            ]
        )
        numbers["standing_count"][known] = counts[place]
        numbers["by_chance_count"][known] = chances[place]
    return {**numbers, "standing": standings}
