"""What a difference of dependent estimates certifies."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from scipy.special import ndtri

from linksignal.stats.estimate import Estimate, quantile

EQUIVALENCE_POWER = 0.80


class Relation(StrEnum):
    """How two quantities stand to each other."""

    DIFFERENT = "different"
    EQUIVALENT = "equivalent"
    DIFFERENT_BUT_NEGLIGIBLE = "different_but_negligible"
    UNDECIDED = "undecided"


EQUIVALENT_RELATIONS = (Relation.EQUIVALENT, Relation.DIFFERENT_BUT_NEGLIGIBLE)


def relation(
    p_difference: float, p_equivalence: float, level: float
) -> Relation:
    """Name the relation that two p values certify.

    Parameters
    ----------
    p_difference : float
        p of no difference, adjusted (0-1) or NaN.
    p_equivalence : float
        p of a difference as large as the margin (0-1); NaN where no margin
        is set.
    level : float
        Significance level of both, 0-1.

    Returns
    -------
    Relation
        ``undecided`` where neither a difference nor equivalence is shown.
    """
    is_different, is_equivalent = (
        p_difference <= level,
        p_equivalence <= level,
    )
    if is_different and is_equivalent:
        return Relation.DIFFERENT_BUT_NEGLIGIBLE
    if is_different:
        return Relation.DIFFERENT
    return Relation.EQUIVALENT if is_equivalent else Relation.UNDECIDED


def smallest_certified_margin(difference: Estimate, level: float) -> float:
    """Give the smallest margin within which a difference is equivalent.

    Parameters
    ----------
    difference : Estimate
        NaN error allowed.
    level : float
        Significance level of the equivalence test, 0-1.

    Returns
    -------
    float
        |d| + t SE, with Student's quantile at 1 - level.
    """
    reach = quantile(1 - level, difference.degrees_of_freedom)
    reach *= difference.standard_error
    return abs(difference.estimate) + reach


def rows_for_power(difference: Estimate, margin: float, level: float) -> float:
    """Give the rows with which equality would likely be certified.

    Parameters
    ----------
    difference : Estimate
        On n rows.
    margin : float
        Equivalence margin, positive.
    level : float
        Significance level of the equivalence test, 0-1.

    Returns
    -------
    float
        n (2.926 SE / margin)^2 at level .05, rounded up: rows for power
        ``EQUIVALENCE_POWER`` at d = 0, where both one-sided tests can fail,
        each by half of what is left.

    References
    ----------
    Schuirmann (1987), as in `estimate.Estimate.p_within`.
    """
    power_quantile = ndtri((1 + EQUIVALENCE_POWER) / 2)
    reach = float(ndtri(1 - level) + power_quantile)
    ratio = reach * difference.standard_error / margin
    return float(np.ceil(difference.n * ratio**2))
