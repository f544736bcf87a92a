"""The ledger: one row per claim of the study."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from linksignal.contract import findings_schema
from linksignal.stats.claims.domains import columns_of
from linksignal.stats.claims.evidence import OUTCOME, Evidence
from linksignal.stats.claims.missing import Gaps
from linksignal.stats.claims.names import Names
from linksignal.stats.claims.overlap import overlap_reason
from linksignal.stats.claims.reasons import Reasons
from linksignal.stats.claims.rows import (
    GAP_CLAIM,
    GAP_LEAVES,
    GAP_METHOD,
    Row,
    gap_row,
    tested_row,
    untested_row,
)
from linksignal.stats.claims.rules import Rule, claim_rules
from linksignal.stats.claims.trials import Trial, judge
from linksignal.stats.contrasts.comparisons import DECILE_COLUMN, SCORE_COLUMN
from linksignal.stats.contrasts.equivalence import check_margin
from linksignal.stats.estimate import arrow_table
from linksignal.stats.frames import read_study
from linksignal.stats.rules import check_ci_level


def claim_table(  # noqa: PLR0913 - the settings are keyword-only
    contrasts: pd.DataFrame,
    thresholds: pd.DataFrame,
    features: pd.DataFrame,
    platforms: pd.DataFrame,
    claims: pd.DataFrame,
    *,
    ci_level: float = 0.95,
    equivalence_margin: float = 0.05,
    link_count_tolerance: float = 0.1,
) -> pa.Table:
    """Give a verdict on each claim.

    Parameters
    ----------
    contrasts, thresholds : DataFrame
        As from `contrasts.table.contrast_table` and
        `thresholds.table.threshold_table`, of the same features.
    features : DataFrame
        One row per domain, as for these two; also ``link_grain`` and
        ``link_source`` where some link counts are a tool's totals.
    platforms : DataFrame
        Columns ``platform`` and ``label``.
    claims : DataFrame
        Columns ``claim_id``, ``claim``, ``null_hypothesis``,
        ``published_label`` and ``published``, a row per claim.
    ci_level : float, default 0.95
        Level of the intervals, between 0 and 1; one minus it is the
        significance level of the verdicts.
    equivalence_margin : float, default 0.05
        Largest difference of correlations that counts as none.
    link_count_tolerance : float, default 0.1
        As in `overlap.overlap_reason`.

    Returns
    -------
    pyarrow.Table
        One row per claim, by the contract of ``claims``, in the order of
        `claims`. ``estimate`` is the number that decides: of several parts
        that must all hold, the one with the largest p; where pearson_log1p
        undoes a verdict, that of the part it turns round. A claim that
        cannot be tested has no numbers, and its n is the smallest at hand.

    Raises
    ------
    LinksignalError
        If a column is missing or not of numbers, a domain stands twice or a
        setting is out of its range.
    """
    check_ci_level(ci_level)
    check_margin(equivalence_margin)
    evidence = Evidence(contrasts, thresholds)
    names = Names(
        dict(zip(platforms["platform"], platforms["label"], strict=True))
    )
    rules = claim_rules(equivalence_margin)
    gaps = Gaps(
        read_study(features, _columns(rules)),
        overlap_reason(features, link_count_tolerance),
        evidence,
        names,
    )
    rows = _rows(rules, gaps, Reasons(names, equivalence_margin, ci_level))
    shared = {
        "outcome": OUTCOME,
        "ci_level": ci_level,
        "equivalence_margin": equivalence_margin,
        **_provenance(contrasts, thresholds, gaps),
    }
    return arrow_table(
        [
            {
                **dict.fromkeys(findings_schema("claims").names),
                **shared,
                **_lookup(claim, rows[claim["claim_id"]]),
            }
            for claim in claims.to_dict("records")
        ],
        findings_schema("claims"),
    )


def _columns(rules: Sequence[Rule]) -> list[str]:
    """Name the columns of the features frame that the claims need."""
    leaves = [leaf for rule in rules for leaf in rule.leaves]
    return [*columns_of(leaves), SCORE_COLUMN, DECILE_COLUMN]


def _rows(
    rules: Sequence[Rule], gaps: Gaps, reasons: Reasons
) -> dict[str, Row]:
    """Give what is found of each claim, by its id."""
    evidence = gaps.evidence
    rows = {}
    trials = []
    for rule in rules:
        missing = gaps.reason(rule.leaves)
        if missing is None:
            trials.append(Trial(rule, evidence))
        else:
            rows[rule.claim_id] = untested_row(
                rule.method, rule.leaves, evidence, missing
            )
    rows |= {
        judgement.trial.rule.claim_id: tested_row(judgement, reasons)
        for judgement in judge(trials, reasons.margin, reasons.alpha)
    }
    missing = gaps.reason(GAP_LEAVES)
    rows[GAP_CLAIM] = (
        gap_row(evidence, reasons.alpha)
        if missing is None
        else untested_row(GAP_METHOD, GAP_LEAVES, evidence, missing)
    )
    return rows


def _lookup(claim: Mapping[str, Any], row: Mapping[str, Any]) -> Row:
    """Join what is found of a claim to what the lookup says of it."""
    published = claim["published"]
    replicated = row.get("replicated", np.nan)
    return {
        **row,
        "claim_id": claim["claim_id"],
        "claim": claim["claim"],
        "null_hypothesis": claim["null_hypothesis"],
        "published_label": _text(claim["published_label"]),
        "published": float(published),
        "published_difference": float(replicated) - float(published),
    }


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _provenance(
    contrasts: pd.DataFrame, thresholds: pd.DataFrame, gaps: Gaps
) -> dict[str, object]:
    """Give the seed, and one fingerprint of all that decides."""
    hashes = [table["input_hash"].iloc[0] for table in (contrasts, thresholds)]
    # Of fixed length up to the last, so that no two lists read alike.
    decisive = "".join([*hashes, gaps.study.input_hash, gaps.overlap or ""])
    return {
        "seed": int(contrasts["seed"].iloc[0]),
        "input_hash": hashlib.sha256(decisive.encode()).hexdigest(),
    }
