"""What mentions the signals of a domain lead to expect, beside those it has."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

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
from linksignal.stats.tables.comparisons import (
    BREADTH,
    KINDS_OF_LINKS,
    SCORE_COLUMN,
    TOTAL,
)

OUTCOME = "ai_mentions"

LESS, AS, MORE = "less", "as", "more"
STANDINGS = (LESS, AS, MORE)

# Added to both counts of a ratio, which has a logarithm then.
HALF_A_LINK = 0.5


def outlook_table(
    features: pd.DataFrame, platforms: Sequence[str], settings: Settings
) -> pa.Table:
    """Hold every domain against what domains with its signals have.

    Parameters
    ----------
    features : DataFrame
        One row per domain: columns ``domain``, ``authority_score``, the
        counts of links and ``ai_mentions_{platform}``; optional ``cluster``.
    platforms : sequence of str
        Platforms, and ``all``.
    settings : Settings
        Of the study; each end of an interval leaves out one minus
        ``ci_level``.

    Returns
    -------
    pyarrow.Table
        One row per domain and platform, by the contract of
        ``domain_outlook``. No domain, nor another one of its owner, is part
        of what is expected of it. Status is ``value_unknown`` where a signal
        or the mentions of the domain are unknown, else what stands in the
        way of all domains on the platform, or ``ok``.
    """
    counts = [f"{OUTCOME}_{platform}" for platform in platforms]
    links = [TOTAL, BREADTH, *(one for pair in KINDS_OF_LINKS for one in pair)]
    study = read_study(features, [SCORE_COLUMN, *links, *counts])
    terms = _terms(study)
    folds = _folds(study)
    with threadpool_limits(limits=1, user_api="blas"):
        parts = [
            _platform_columns(study, terms, folds, platform, settings)
            for platform in platforms
        ]
    columns = {
        name: np.concatenate([part[name] for part in parts])
        for name in parts[0]
    }
    return columns_table(columns, findings_schema("domain_outlook"))


@dataclass(frozen=True)
class _Terms:
    """Terms of the log mean, the most telling first, and what they need."""

    columns: Floats
    signals: tuple[str, ...]


def _terms(study: Study) -> _Terms:
    """Recode the signals as a composition: how many links, and of what kind.

    A signal that no domain has is left out with its term.
    """
    found: list[Floats] = []
    signals: list[str] = []

    def is_known(*names: str) -> bool:
        return all((~np.isnan(study.columns[name])).any() for name in names)

    def add(column: Floats, *names: str) -> None:
        found.append(column)
        signals.extend(names)

    columns = study.columns
    if is_known(SCORE_COLUMN):
        add(columns[SCORE_COLUMN], SCORE_COLUMN)
    if is_known(TOTAL):
        add(np.log1p(columns[TOTAL]), TOTAL)
    elif is_known(BREADTH):
        add(np.log1p(columns[BREADTH]), BREADTH)
    ratios = ((BREADTH, TOTAL), *KINDS_OF_LINKS)
    for upper, lower in ratios:
        if is_known(upper, lower):
            add(_log_ratio(columns[upper], columns[lower]), upper, lower)
    return _Terms(
        np.column_stack(found) if found else np.empty((len(study.domains), 0)),
        tuple(dict.fromkeys(signals)),
    )


def _log_ratio(upper: Floats, lower: Floats) -> Floats:
    return np.asarray(np.log((upper + HALF_A_LINK) / (lower + HALF_A_LINK)))


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


def _platform_columns(
    study: Study,
    terms: _Terms,
    folds: Indices,
    platform: str,
    settings: Settings,
) -> dict[str, np.ndarray]:
    """Give the columns of one platform, a row per domain."""
    number = len(study.domains)
    tail = 1 - settings.ci_level
    mentions = study.columns[f"{OUTCOME}_{platform}"]
    known = study.known([*terms.signals, f"{OUTCOME}_{platform}"])
    known &= np.isfinite(terms.columns).all(axis=1) & np.isfinite(mentions)
    n = int(known.sum())
    status, reason = _status(study, terms, mentions, known, tail)
    expected = None
    if status is Status.OK:
        expected = expect_counts(
            terms.columns[known], mentions[known], folds[known], tail
        )
        if expected is None:
            status = Status.NOT_CONVERGED
            reason = status.sentence
    statuses = np.full(number, status.value, dtype=object)
    reasons = np.full(number, reason, dtype=object)
    statuses[~known] = Status("value_unknown").value
    unknown = [*terms.signals, f"{OUTCOME}_{platform}"]
    reasons[~known] = _what_is_unknown(study, unknown, ~known)
    return {
        "domain": np.array(study.domains, dtype=object),
        "platform": np.full(number, platform, dtype=object),
        "n": np.full(number, n),
        OUTCOME: mentions,
        **_outlook(expected, mentions, known),
        "prediction_level": np.full(number, max(1 - 2 * tail, 0.0)),
        "status": statuses,
        "reason": reasons,
    }


def _status(
    study: Study,
    terms: _Terms,
    mentions: Floats,
    known: Booleans,
    tail: float,
) -> tuple[Status, str | None]:
    """Tell what stands in the way of all domains of a platform."""
    seen = mentions[known]
    needed, off_zero = fewest_rows(tail), fewest_off_zero()
    varies = bool((_spreads(terms.columns[known]) > 0).any())
    owners = (
        len(seen)
        if study.clusters is None
        else len(np.unique(study.clusters[known]))
    )
    few = (
        f"Fewer than {needed} domains have all the values, too few for an "
        f"interval that {100 * tail:.3g} % of domains lie above."
    )
    rarely = f"Fewer than {off_zero} domains are mentioned at all."
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
        (not varies, Status.CONSTANT_SIGNAL, None),
    )
    for is_broken, status, reason in rules:
        if is_broken:
            return status, reason or status.sentence
    return Status.OK, None


def _spreads(columns: Floats) -> Floats:
    return np.asarray(np.ptp(columns, axis=0) if len(columns) else 0.0)


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
) -> dict[str, np.ndarray]:
    """Give the columns that an expectation has; missing without one."""
    number = len(mentions)
    numbers = {
        name: np.full(number, np.nan)
        for name in (
            "expected_mentions",
            "prediction_low",
            "prediction_high",
            "standing_count",
            "by_chance_count",
        )
    }
    standings = np.full(number, None, dtype=object)
    if expected is not None:
        numbers["expected_mentions"][known] = expected.means
        numbers["prediction_low"][known] = expected.low
        numbers["prediction_high"][known] = expected.high
        seen = mentions[known]
        side = 1 + (seen > expected.high) - (seen < expected.low)
        standings[known] = np.array(STANDINGS, dtype=object)[side]
        counts = np.bincount(side, minlength=len(STANDINGS))
        inside = len(seen) - expected.below - expected.above
        chances = np.array([expected.below, inside, expected.above])
        numbers["standing_count"][known] = counts[side]
        numbers["by_chance_count"][known] = chances[side]
    return {**numbers, "standing": standings}
