"""What the tests of the claims can find, to be read beside a verdict."""

from __future__ import annotations

from scipy.stats import norm

from linksignal.stats.claims.evidence import Evidence
from linksignal.stats.claims.parts import Side
from linksignal.stats.claims.rules import KINK
from linksignal.stats.claims.trials import Judgement
from linksignal.stats.contrasts.equivalence import EQUIVALENCE_POWER

POWER = 0.80

PAIR = 2


def power_note(judgement: Judgement, alpha: float) -> str:
    """Say what the test of a claim finds.

    Parameters
    ----------
    judgement : Judgement
    alpha : float
        Significance level, 0-1.

    Returns
    -------
    str
        One sentence.
    """
    trial = judgement.trial
    parts = trial.rule.supported
    readings = [trial.reading(part) for part in parts]
    if any(part.quantity == KINK for part in parts):
        return kink_power_note(trial.evidence, judgement.family_size, alpha)
    if parts[0].side is Side.WITHIN:
        return (
            f"Of two equal correlations, {100 * EQUIVALENCE_POWER:.0f} % of "
            f"studies certify that they differ by less than "
            f"{parts[0].bound:g} from about {readings[0].n_for_power:,.0f} "
            f"domains on, before adjusting; here are {readings[0].n:,}."
        )
    error = max(float(one.contrast.standard_error[0]) for one in readings)
    reach = detectable_distance(error, alpha / judgement.family_size)
    return (
        f"With a standard error of {error:.3f}, {100 * POWER:.0f} % of studies "
        f"find a part that is {reach:.3f} beyond its bound, "
        f"{_level_text(judgement.family_size, alpha)}; "
        f"{_all_parts(len(parts))} must be found at once."
    )


def detectable_distance(standard_error: float, level: float) -> float:
    """Give how far from a bound a quantity must be to be found likely.

    Parameters
    ----------
    standard_error : float
        Of the quantity.
    level : float
        Level of the one-sided test, 0-1.

    Returns
    -------
    float
        The distance found with power ``POWER`` by the normal law.
    """
    return float(standard_error * (norm.ppf(1 - level) + norm.ppf(POWER)))


def kink_power_note(evidence: Evidence, family_size: int, alpha: float) -> str:
    """Say what the kink test finds.

    Parameters
    ----------
    evidence : Evidence
    family_size : int
        Claims that its p value is adjusted over.
    alpha : float
        Significance level, 0-1.

    Returns
    -------
    str
        What the table of thresholds says, and whether so few draws could
        give a p value that is small enough at all.
    """
    row = evidence.threshold(KINK.name)
    smallest = 1 / (row["draw_count"] + 1)
    if smallest * family_size <= alpha:
        return str(row["power_note"])
    return (
        f"{row['power_note']} With {row['draw_count']:,} draws its p is "
        f"{smallest:.3f} or more: too large {_level_text(family_size, alpha)}."
    )


def _level_text(family_size: int, alpha: float) -> str:
    """Name the strictest level; of a single claim there is no Holm."""
    if family_size == 1:
        return f"at the level of {alpha:g}"
    return f"at the first step of Holm over {family_size} claims"


def _all_parts(count: int) -> str:
    return "both parts" if count == PAIR else f"all {count} parts"
