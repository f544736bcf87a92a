"""Sentences of the opening paragraph about single claims."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from linksignal.report.sentence import Number, Sentence, bracketed
from linksignal.report.study import Rows, Study, pick
from linksignal.report.threshold_sentences import is_kink_shown
from linksignal.report.wording import ALL, labels, signed, verdict


def authority_sentence(study: Study) -> Sentence:
    """Compare the authority score with both counts of the claim."""
    return _difference(
        study,
        "authority_score",
        ("total_backlinks", "referring_domains"),
        _claim(
            study, "C2", "that authority counts more than the number of links"
        ),
    )


def nofollow_sentence(study: Study) -> Sentence:
    """Compare nofollow with follow links."""
    return _difference(
        study,
        "nofollow_links",
        ("follow_links",),
        _claim(
            study, "C4", "that nofollow links count nearly as much as follow"
        ),
    )


def bend_sentence(study: Study) -> Sentence:
    """Say whether mentions bend upward somewhere over the authority score."""
    rows = pick(study.thresholds, quantity="kink", platform=ALL)
    claim = _claim(study, "C1", "that authority counts only beyond a threshold")
    if not rows or rows[0]["p_adjusted"] is None:
        return [
            "Whether the curve of mentions bends at some authority score "
            "could not be tested",
            *claim,
            ".",
        ]
    row = rows[0]
    if not is_kink_shown(row, study.alpha):
        return [
            "No bend in the curve of mentions over the authority score is "
            "shown beyond a smooth law",
            *claim,
            ".",
        ]
    return [
        "The curve of mentions bends upward at an authority score of ",
        *_place(row),
        *claim,
        ".",
    ]


def _place(row: dict[str, Any]) -> Sentence:
    key = "findings.authority_thresholds, kink, all platforms"
    knot = Number(f"{row['knot']:.0f}", row["knot"], f"{key}: knot")
    ends = {"ci_low": row["knot_low"], "ci_high": row["knot_high"]}
    return [knot, *bracketed(ends, "{:.0f}".format, f"{key}, knot")]


def _difference(
    study: Study, first: str, others: Sequence[str], claim: Sentence
) -> Sentence:
    """Give differences from one signal, and what became of their claim."""
    rows: Rows = [
        row
        for other in others
        for row in pick(
            study.contrasts,
            outcome="ai_mentions",
            platform_a=ALL,
            signal_a=first,
            signal_b=other,
            domain_set="all",
        )
        if row["difference"] is not None
    ]
    if not rows:
        return []
    sentence: Sentence = [
        "On domains that have both, the Spearman correlation of "
        f"{labels().signal(first).lower()}"
    ]
    for position, row in enumerate(rows):
        key = f"findings.correlation_contrasts, {first} minus {row['signal_b']}"
        name = labels().signal(row["signal_b"]).lower()
        sentence += [
            " and minus" if position else " minus",
            f" that of {name} is ",
            Number(
                signed(row["difference"]),
                row["difference"],
                f"{key}: difference",
            ),
            *bracketed(row, signed, key),
        ]
    return [*sentence, *claim, "."]


def _claim(study: Study, claim_id: str, words: str) -> Sentence:
    rows = pick(study.claims, claim_id=claim_id)
    if not rows:
        return []
    return [f"; the claim {words} is {verdict(rows[0]['verdict'])}"]
