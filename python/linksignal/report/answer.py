"""The answer at the head of the report, in sentences whose numbers are data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from linksignal.report.study import Rows, Study, pick
from linksignal.report.wording import (
    ALL,
    claim_outcomes,
    coefficient,
    labels,
    verdict,
)

OUTCOME = "ai_mentions"


def answer(study: Study) -> list[Sentence]:
    """Say what the study shows.

    Parameters
    ----------
    study : Study
        The findings.

    Returns
    -------
    list of list
        Sentences, each made of text without digits and of numbers.
    """
    sentences: list[Sentence] = [
        _scope(study),
        *_signs(study),
        _strongest(study),
        _verdicts(study),
        _reading(study),
    ]
    return [sentence for sentence in sentences if sentence]


def _scope(study: Study) -> Sentence:
    covered = study.covered_platforms()
    domains = Number(
        f"{study.domain_count:,}", study.domain_count, "findings.domains: rows"
    )
    if not covered:
        return [domains, " domains; no platform has answers or totals."]
    platforms = Number(
        f"{len(covered)}",
        len(covered),
        "findings.platform_coverage: rows with an outcome_source",
    )
    total = sum(row["answer_count"] or 0 for row in study.coverage)
    answers = Number(
        f"{total:,}", total, "findings.platform_coverage: sum of answer_count"
    )
    noun = " AI platform" if len(covered) == 1 else " AI platforms"
    return [
        "The data: ",
        domains,
        " domains and ",
        answers,
        " answers of ",
        platforms,
        f"{noun}. An AI mention is an answer that cites the domain or names "
        "its brand.",
    ]


def _estimated(study: Study) -> Rows:
    rows = pick(
        study.correlations, outcome=OUTCOME, platform=ALL, method="spearman"
    )
    return [row for row in rows if row["estimate"] is not None]


def _strongest(study: Study) -> Sentence:
    rows = _estimated(study)
    if not rows:
        return [
            "No correlation with AI mentions over all platforms can be "
            "estimated from these data."
        ]
    best = max(rows, key=lambda row: (row["estimate"], row["signal"]))
    signal = labels().signal(best["signal"])
    key = f"findings.correlations, {best['signal']}, spearman"
    return [
        f"{signal} has the highest Spearman correlation with AI mentions: ",
        Number(
            coefficient(best["estimate"]), best["estimate"], f"{key}: estimate"
        ),
        *bracketed(best, coefficient, key),
        ", on the ",
        Number(f"{best['n']:,}", best["n"], f"{key}: n"),
        " domains that have it.",
    ]


def _signs(study: Study) -> list[Sentence]:
    """Say what the signs of the coefficients add up to, then count them."""
    tested = [row for row in _estimated(study) if row["p_adjusted"] is not None]
    if not tested:
        return []
    shown = [row for row in tested if row["p_adjusted"] < study.alpha]
    above = sum(row["estimate"] > 0 for row in shown)
    below = len(shown) - above
    key = "findings.correlations, spearman, all platforms: rows"
    beyond = f"{key} with p_adjusted below alpha and estimate"
    return [
        [_summary(above, below, len(tested))],
        [
            "Of ",
            Number(f"{len(tested)}", len(tested), key),
            " signals, ",
            Number(f"{above}", above, f"{beyond} > 0"),
            " correlate positively with AI mentions and ",
            Number(f"{below}", below, f"{beyond} < 0"),
            " negatively beyond chance (adjusted p below ",
            Number(
                f"{study.alpha:g}", study.alpha, "findings.claims: 1 - ci_level"
            ),
            ").",
        ],
    ]


def _summary(above: int, below: int, tested: int) -> str:
    if not above and not below:
        return "No backlink signal is shown to go with being named here."
    if above == tested:
        return "Stronger backlink signals go with more AI mentions here."
    if above > tested / 2:
        return "Most backlink signals go with more AI mentions here."
    if not above:
        return "Backlink signals go with fewer AI mentions here, if at all."
    fewer = ", some with fewer" if below else ""
    return f"Some backlink signals go with more AI mentions here{fewer}."


def _verdicts(study: Study) -> Sentence:
    if not study.claims:
        return []
    counts = Counter(row["verdict"] for row in study.claims)
    total = Number(
        f"{len(study.claims)}", len(study.claims), "findings.claims: rows"
    )
    parts: Sentence = ["Of the study's ", total, " claims, "]
    present = [name for name in claim_outcomes()["verdict"] if counts[name]]
    for position, name in enumerate(present):
        parts.append(_joint(position, len(present)))
        parts.append(
            Number(
                f"{counts[name]}",
                counts[name],
                f"findings.claims: rows with verdict {name}",
            )
        )
        parts.append(f" {'is' if counts[name] == 1 else 'are'} {verdict(name)}")
    return [*parts, "."]


def _reading(study: Study) -> Sentence:
    level = round(100 * (1 - study.alpha), 6)
    return [
        "Brackets hold ",
        Number(f"{level:g}", level, "findings.claims: ci_level, per cent"),
        " % intervals; these are associations, which do not show that links "
        "cause mentions.",
    ]


def _joint(position: int, length: int) -> str:
    if position == 0:
        return ""
    return " and " if position == length - 1 else ", "


@dataclass(frozen=True)
class Number:
    """A number in a sentence, and where it stands.

    Attributes
    ----------
    text : str
        As written.
    value : float or int or str
        As in the table.
    source : str
        Table and column, and what picks the row.
    """

    text: str
    value: Any
    source: str


Sentence = list[str | Number]


def bracketed(
    row: dict[str, Any], write: Callable[[float], str], key: str
) -> Sentence:
    """Write the interval of a row in brackets, or nothing without one.

    Parameters
    ----------
    row : dict
        With ``ci_low`` and ``ci_high``.
    write : callable
        Writes an end.
    key : str
        Table, and what picks the row.

    Returns
    -------
    list
        Part of a sentence.
    """
    if row["ci_low"] is None or row["ci_high"] is None:
        return []
    low, high = (
        Number(write(row[end]), row[end], f"{key}: {end}")
        for end in ("ci_low", "ci_high")
    )
    return [" [", low, ", ", high, "]"]
