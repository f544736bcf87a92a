"""The two tables of the ledger: parts of claims, and claims made of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import log
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from linksignal.contract import findings_schema
from linksignal.settings import Settings
from linksignal.stats.claims.judge import (
    Findings,
    Judged,
    State,
    Tests,
    Verdict,
    evidence_name,
    judge_parts,
    verdict_of,
    verdict_p,
)
from linksignal.stats.claims.rules import (
    Coefficient,
    Difference,
    Rule,
    Side,
    Threshold,
    claim_rules,
    rows_of,
)
from linksignal.stats.claims.testable import (
    Testable,
    flags_caveat,
    link_sources,
    percentile_scales,
)
from linksignal.stats.claims.words import Words, claim_sentence
from linksignal.stats.estimate import arrow_table
from linksignal.stats.families import holm

# Beside `flat_ratio`: how the flat part of C1 would fare with these.
FLAT_RATIOS = (1.1, 1.5)

FIXED_PROMPTS = (
    "The prompts are taken as they are: how much others would change is not "
    "known here."
)


def part_table(  # noqa: PLR0913, PLR0917 - the tables that it judges
    correlations: pd.DataFrame,
    contrasts: pd.DataFrame,
    thresholds: pd.DataFrame,
    features: pd.DataFrame,
    signals: pd.DataFrame,
    outcomes: pd.DataFrame,
    platforms: pd.DataFrame,
    settings: Settings,
) -> pa.Table:
    """Judge every part of every claim.

    Parameters
    ----------
    correlations, contrasts, thresholds : DataFrame
        Tables of the same features, as `judge.Findings` reads them.
    features : DataFrame
        One row per domain: signals, outcomes per platform, and
        ``link_grain`` and ``link_source`` where known.
    signals, outcomes, platforms : DataFrame
        Lookups: key (``signal``, ...) and ``label``, its name for people.
    settings : Settings
        Of the study. One minus ``ci_level`` is the significance level of
        each claim.

    Returns
    -------
    pyarrow.Table
        One row per claim and part, with the columns of ``claim_parts``.
    """
    ci_level, flat_ratio = settings.ci_level, settings.flat_ratio
    findings = Findings(correlations, contrasts, thresholds)
    labels = _labels(signals, outcomes, platforms)
    testable = Testable(
        features,
        findings,
        labels,
        settings.link_count_tolerance,
        1 - ci_level,
    )
    words = Words(
        findings, labels, flat_ratio, bool(percentile_scales(features))
    )
    sources = link_sources(features)
    flags = flags_caveat(sources)
    fingerprint = _fingerprint(
        [correlations, contrasts, thresholds], sources, flat_ratio
    )
    rows = []
    for rule in claim_rules(flat_ratio):
        missing = {
            part.name: found
            for part in rule.parts
            if (found := testable.missing(part)) is not None
        }
        for judged in judge_parts(rule, findings, missing, ci_level):
            limited = replace(
                judged, reason=_limit(rule, judged, findings, flags, ci_level)
            )
            rows.append(
                {
                    "claim_id": rule.claim_id,
                    "ci_level": ci_level,
                    "input_hash": fingerprint,
                    **_numbers(limited, findings),
                    "quantity": words.quantity(judged),
                    "sentence": words.part(limited),
                }
            )
    return arrow_table(rows, findings_schema("claim_parts"))


def _labels(
    signals: pd.DataFrame, outcomes: pd.DataFrame, platforms: pd.DataFrame
) -> dict[str, str]:
    """Return names within a sentence: "image links", "AI mentions"."""
    return {
        **{
            key: label[0].lower() + label[1:]
            for key, label in zip(
                signals["signal"], signals["label"], strict=True
            )
        },
        **dict(zip(outcomes["outcome"], outcomes["label"], strict=True)),
        **dict(zip(platforms["platform"], platforms["label"], strict=True)),
    }


def _numbers(judged: Judged, findings: Findings) -> dict[str, object]:
    number, part = judged.number, judged.part
    is_tested = judged.state is not State.NOT_TESTABLE
    return {
        "part": part.name,
        "direction": part.holds.side.value,
        "bound": _bound(judged, findings),
        "n": number.n,
        "estimate": number.estimate,
        "standard_error": number.standard_error,
        "degrees_of_freedom": number.degrees_of_freedom
        if is_tested and np.isfinite(number.degrees_of_freedom)
        else np.nan,
        "ci_low": number.ci_low,
        "ci_high": number.ci_high,
        "p_for": judged.p_for,
        "p_against": judged.p_against,
        "p_for_within": judged.p_for_within,
        "p_against_within": judged.p_against_within,
        "state": judged.state.value,
        "evidence_for": evidence_name(judged.p_for),
        "evidence_against": evidence_name(judged.p_against),
        "domains_needed": None
        if np.isnan(judged.domains_needed)
        else int(judged.domains_needed),
        "smallest_effect": judged.smallest_effect,
        "plain_estimate": _plain(judged, findings),
        "is_decisive": part.is_decisive,
        "status": judged.status,
        "reason": judged.reason,
    }


def _bound(judged: Judged, findings: Findings) -> float:
    """Return the bound in the unit of the estimate; NaN where there is none."""
    holds = judged.part.holds
    if holds.side is Side.KINK:
        return np.nan
    if not holds.is_in_margins:
        return holds.bound
    margins = [
        findings.number(row, "equivalence_margin")
        for row in rows_of(judged.told)
    ]
    return holds.bound * min(margins)


def _plain(judged: Judged, findings: Findings) -> float:
    """Return what the study itself would have compared, by eye."""
    match judged.part.plain:
        case None:
            return np.nan
        case Difference() as row:
            return findings.number(row, "difference")
        case Coefficient() | Threshold() as row:
            return findings.number(row, "estimate")


def _limit(
    rule: Rule,
    judged: Judged,
    findings: Findings,
    flags: str,
    ci_level: float,
) -> str | None:
    """Say what limits a part that can be tested."""
    if judged.state is State.NOT_TESTABLE:
        return judged.reason
    if judged.part.name == "flat_below":
        return _other_bounds(judged, findings, ci_level)
    if rule.rests_on_nofollow_flags and judged.part.is_decisive:
        return flags
    if rule.needs_prompts and np.isnan(
        max(findings.number(row, "se_prompt") for row in rows_of(judged.told))
    ):
        return FIXED_PROMPTS
    return None


def _other_bounds(judged: Judged, findings: Findings, ci_level: float) -> str:
    """Say how the flat part would fare, alone, with other bounds."""
    tests = Tests(findings, new_prompts=False)
    told = []
    for ratio in FLAT_RATIOS:
        holds = replace(judged.part.holds, bound=log(ratio))
        contrary = replace(holds, side=Side.BEYOND)
        alpha = 1 - ci_level
        if tests.test(holds).p_value <= alpha:
            state = "would be shown"
        elif tests.test(contrary).p_value <= alpha:
            state = "would be shown not to hold"
        else:
            state = "would be open"
        told.append(f"within {100 * (ratio - 1):.0f} % a step {state}")
    return f"By itself, flat {', and '.join(told)}."


def _fingerprint(
    tables: Sequence[pd.DataFrame], sources: Sequence[str], flat_ratio: float
) -> str:
    """Return one fingerprint of all that decides."""
    hashes = [
        str(table["input_hash"].iloc[0]) for table in tables if len(table)
    ]
    decisive = "\n".join([*hashes, *sources, f"{flat_ratio!r}"])
    return hashlib.sha256(decisive.encode()).hexdigest()


def claim_table(
    parts: pd.DataFrame,
    claims: pd.DataFrame,
    outcomes: pd.DataFrame,
    settings: Settings,
) -> pa.Table:
    """Make the claims of their parts.

    Parameters
    ----------
    parts : DataFrame
        As from `part_table`.
    claims : DataFrame
        Columns ``claim_id``, ``claim``, ``published_part``,
        ``published_label`` and ``published``, a row per claim.
    outcomes : DataFrame
        Lookup of outcomes of claims: ``kind``, ``outcome`` and ``label``.
    settings : Settings
        Of the study.

    Returns
    -------
    pyarrow.Table
        One row per claim, in the order of `claims`, with the columns of
        ``claims``.
    """
    rules = {rule.claim_id: rule for rule in claim_rules(settings.flat_ratio)}
    verdicts = outcomes[outcomes["kind"] == "verdict"]
    labels = dict(zip(verdicts["outcome"], verdicts["label"], strict=True))
    told = {
        claim_id: _claim(
            rules[claim_id],
            parts[parts["claim_id"] == claim_id].to_dict("records"),
            labels,
        )
        for claim_id in claims["claim_id"]
    }
    survives = _after_holm(
        {key: row["p_verdict"] for key, row in told.items()}, parts
    )
    rows = []
    for claim in claims.to_dict("records"):
        row = told[claim["claim_id"]]
        replicated = row["plain"].get(claim["published_part"], np.nan)
        published = float(claim["published"])
        rows.append(
            {
                **row,
                "claim": claim["claim"],
                "holds_after_holm": survives[claim["claim_id"]],
                "published_label": claim["published_label"]
                if isinstance(claim["published_label"], str)
                else None,
                "published": published,
                "replicated": np.nan if np.isnan(published) else replicated,
                "published_difference": replicated - published,
            }
        )
    return arrow_table(rows, findings_schema("claims"))


def _claim(
    rule: Rule,
    parts: Sequence[dict[str, Any]],
    verdict_labels: Mapping[str, str],
) -> dict[str, Any]:
    """Return what the parts of one claim make of it."""
    rows: list[dict[str, Any]] = [
        {name: None if pd.isna(value) else value for name, value in row.items()}
        for row in parts
    ]
    states = {row["part"]: State(row["state"]) for row in rows}
    verdict = verdict_of(rule, states)
    count = {
        state: sum(one is state for one in states.values()) for state in State
    }
    missing = dict.fromkeys(
        row["reason"]
        for row in rows
        if row["state"] == State.NOT_TESTABLE.value
    )
    p_for, p_against = (
        {row["part"]: row[name] for row in rows}
        for name in ("p_for_within", "p_against_within")
    )
    return {
        "claim_id": rule.claim_id,
        "verdict": verdict.value,
        "sentence": claim_sentence(
            rule, verdict, verdict_labels[verdict.value], rows
        ),
        "parts": len(rows),
        "parts_shown": count[State.SHOWN],
        "parts_contrary": count[State.CONTRARY_SHOWN],
        "parts_open": count[State.OPEN],
        "parts_not_testable": count[State.NOT_TESTABLE],
        "n": _domains(rows),
        "missing": " ".join(missing) or None,
        "ci_level": rows[0]["ci_level"],
        "input_hash": rows[0]["input_hash"],
        "p_verdict": np.nan
        if verdict in (Verdict.UNDECIDED, Verdict.NOT_TESTABLE)
        else verdict_p(rule, states, p_for, p_against),
        "plain": {
            row["part"]: np.nan
            if row["plain_estimate"] is None
            else row["plain_estimate"]
            for row in rows
        },
    }


def _domains(parts: Sequence[Mapping[str, Any]]) -> int:
    """Count the domains of the part with the fewest, of those tested."""
    untested = State.NOT_TESTABLE.value
    tested = [part["n"] for part in parts if part["state"] != untested]
    return int(min(tested or [part["n"] for part in parts]))


def _after_holm(
    p_values: Mapping[str, float], parts: pd.DataFrame
) -> dict[str, bool | None]:
    """Tell which verdicts would survive adjusting over all claims.

    A claim that can be tested and has no verdict counts with a p of one.
    """
    testable = set(
        parts.loc[parts["state"] != State.NOT_TESTABLE.value, "claim_id"]
    )
    named = [name for name in p_values if name in testable]
    given = np.array([p_values[name] for name in named])
    adjusted = holm(np.nan_to_num(given, nan=1.0))
    alpha = 1 - float(parts["ci_level"].iloc[0])
    survives: dict[str, bool | None] = dict.fromkeys(p_values)
    for name, p_value, p_adjusted in zip(named, given, adjusted, strict=True):
        if not np.isnan(p_value):
            survives[name] = bool(p_adjusted <= alpha)
    return survives
