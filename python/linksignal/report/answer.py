"""The opening paragraph: sentences whose numbers are rows of the tables."""

from __future__ import annotations

from collections import Counter
from typing import Any

from linksignal.report.sentence import Number, Sentence
from linksignal.report.study import Rows, Study, pick
from linksignal.report.threshold_figures import is_kink_shown
from linksignal.report.wording import (
    ALL,
    coefficient,
    labels,
    signed,
)

OUTCOME = "ai_mentions"
VERDICTS = {
    "supported": "supported",
    "contradicted": "contradicted",
    "undecided": "undecided",
    "not_testable": "not testable",
}


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
        _pair(
            study,
            "authority_score",
            "total_backlinks",
            "C2",
            "that authority counts more than the number of links",
        ),
        _pair(
            study,
            "nofollow_links",
            "follow_links",
            "C4",
            "that nofollow links count nearly as much",
        ),
        _threshold(study),
        _verdicts(study),
        ["A correlation is no cause."],
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
    noun = " platform" if len(covered) == 1 else " platforms"
    return [
        domains,
        " domains, ",
        answers,
        " AI answers, ",
        platforms,
        f"{noun}.",
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
        *_span(best, coefficient, key),
        ".",
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
            " signals ",
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


def _pair(
    study: Study, first: str, second: str, claim_id: str, words: str
) -> Sentence:
    """Give a difference of two signals, and what became of its claim."""
    rows = pick(
        study.contrasts,
        outcome=OUTCOME,
        platform_a=ALL,
        signal_a=first,
        signal_b=second,
        domain_set="all",
    )
    if not rows or rows[0]["difference"] is None:
        return []
    row = rows[0]
    names = [labels().signal(key).lower() for key in (first, second)]
    key = f"findings.correlation_contrasts, {first} minus {second}"
    return [
        f"Spearman of {names[0]} minus that of {names[1]} is ",
        Number(
            signed(row["difference"]), row["difference"], f"{key}: difference"
        ),
        *_span(row, signed, key),
        *_claim(study, claim_id, words),
        ".",
    ]


def _threshold(study: Study) -> Sentence:
    rows = pick(study.thresholds, quantity="kink", platform=ALL)
    claim = _claim(study, "C1", "that authority counts only beyond a threshold")
    if not rows or rows[0]["p_adjusted"] is None:
        return [
            "A bend over the authority score could not be tested",
            *claim,
            ".",
        ]
    row = rows[0]
    if not is_kink_shown(row, study.alpha):
        return [
            "Over the authority score a smooth curve does as well as a bend",
            *claim,
            ".",
        ]
    key = "findings.authority_thresholds, kink, all platforms"
    score, low, high = (
        Number(f"{row[column]:.0f}", row[column], f"{key}: {column}")
        for column in ("knot", "knot_low", "knot_high")
    )
    return [
        "Over the authority score mentions bend at ",
        score,
        " [",
        low,
        ", ",
        high,
        "]",
        *claim,
        ".",
    ]


def _claim(study: Study, claim_id: str, words: str) -> Sentence:
    rows = pick(study.claims, claim_id=claim_id)
    if not rows:
        return []
    return [f"; the claim {words} is {VERDICTS[rows[0]['verdict']]}"]


def _verdicts(study: Study) -> Sentence:
    if not study.claims:
        return []
    counts = Counter(row["verdict"] for row in study.claims)
    total = Number(
        f"{len(study.claims)}", len(study.claims), "findings.claims: rows"
    )
    parts: Sentence = ["Of the study's ", total, " claims "]
    present = [name for name in VERDICTS if counts[name]]
    for position, name in enumerate(present):
        parts.append(_joint(position, len(present)))
        parts.append(
            Number(
                f"{counts[name]}",
                counts[name],
                f"findings.claims: rows with verdict {name}",
            )
        )
        parts.append(
            f" {'is' if counts[name] == 1 else 'are'} {VERDICTS[name]}"
        )
    return [*parts, "."]


def _joint(position: int, length: int) -> str:
    if position == 0:
        return ""
    return " and " if position == length - 1 else ", "


def _span(row: dict[str, Any], write: Any, key: str) -> Sentence:
    if row["ci_low"] is None or row["ci_high"] is None:
        return []
    low, high = (
        Number(write(row[end]), row[end], f"{key}: {end}")
        for end in ("ci_low", "ci_high")
    )
    return [" [", low, ", ", high, "]"]
