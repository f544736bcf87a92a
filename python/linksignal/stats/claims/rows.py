"""What the ledger says of one claim, by column."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from linksignal.stats.claims.evidence import Evidence
from linksignal.stats.claims.names import THRESHOLD_NAMES
from linksignal.stats.claims.parts import Leaf
from linksignal.stats.claims.power import kink_power_note, power_note
from linksignal.stats.claims.reasons import Reasons, gap_reason
from linksignal.stats.claims.rules import (
    GAP,
    KINK,
    SMOOTH_SHARE,
    Verdict,
    gap_verdict,
)
from linksignal.stats.claims.trials import Judgement

ADJUST_METHOD = "holm"

GAP_CLAIM, GAP_METHOD = "C8", "gap_and_kink"
GAP_LEAVES = (GAP, SMOOTH_SHARE, KINK)

Row = dict[str, object]


def tested_row(judgement: Judgement, reasons: Reasons) -> Row:
    """Tell of a claim that was tested.

    Parameters
    ----------
    judgement : Judgement
    reasons : Reasons

    Returns
    -------
    dict of str to object
        Columns that have a value.
    """
    trial = judgement.trial
    quantity = judgement.deciding.quantity
    reading = trial.reading(judgement.deciding)
    low, high = reading.interval(reasons.ci_level)
    published = trial.rule.published
    return {
        "verdict": judgement.verdict.value,
        "reason": reasons.of(judgement),
        "method": trial.rule.method,
        "n": reading.n,
        "estimate": reading.estimate,
        "estimate_label": reasons.names.estimate(quantity),
        "ci_low": low,
        "ci_high": high,
        "p_support": trial.p_support,
        "p_support_adjusted": judgement.p_support,
        "p_contradict": trial.p_contradict,
        "p_contradict_adjusted": judgement.p_contradict,
        "adjust_method": ADJUST_METHOD,
        "replicated": (
            trial.evidence.read(published).estimate if published else np.nan
        ),
        "power_note": power_note(judgement, reasons.alpha),
    }


def untested_row(
    method: str, leaves: Sequence[Leaf], evidence: Evidence, reason: str
) -> Row:
    """Tell of a claim that cannot be tested.

    Parameters
    ----------
    method : str
    leaves : sequence of Leaf
        The rows of the tables that the claim rests on.
    evidence : Evidence
    reason : str

    Returns
    -------
    dict of str to object
        Columns that have a value; n is the smallest of the rows.
    """
    return {
        "verdict": Verdict.NOT_TESTABLE.value,
        "reason": reason,
        "method": method,
        "n": min(evidence.read(leaf).n for leaf in leaves),
    }


def gap_row(evidence: Evidence, alpha: float) -> Row:
    """Tell of C8, where it can be tested.

    Parameters
    ----------
    evidence : Evidence
    alpha : float
        Significance level, 0-1.

    Returns
    -------
    dict of str to object
        Columns that have a value.
    """
    gap = evidence.read(GAP)
    found = gap_verdict(
        gap.estimate,
        evidence.read(SMOOTH_SHARE).estimate,
        evidence.read(KINK).p_value,
        alpha,
    )
    return {
        "verdict": found.value,
        "reason": gap_reason(evidence, found, alpha),
        "method": GAP_METHOD,
        "n": gap.n,
        "estimate": gap.estimate,
        "estimate_label": THRESHOLD_NAMES[GAP.name],
        "replicated": gap.estimate,
        "power_note": kink_power_note(evidence, 1, alpha),
    }
