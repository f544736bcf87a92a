"""What a contrast says: different, equivalent, both or neither."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from scipy.stats import norm

from linksignal.errors import LinksignalError
from linksignal.stats.arrays import Booleans, Floats
from linksignal.stats.contrasts.estimator import Contrast

EQUIVALENCE_POWER = 0.80

# Two correlations differ by 2 at most: beyond it every pair is equivalent.
LARGEST_DIFFERENCE = 2.0


class Relation(StrEnum):
    """How two correlations stand to each other."""

    DIFFERENT = "different"
    EQUIVALENT = "equivalent"
    DIFFERENT_BUT_NEGLIGIBLE = "different_but_negligible"
    UNDECIDED = "undecided"


EQUIVALENT_RELATIONS = (Relation.EQUIVALENT, Relation.DIFFERENT_BUT_NEGLIGIBLE)


def relations(
    contrast: Contrast, margin: float, level: float
) -> list[Relation]:
    """Name the relation that each contrast certifies.

    Parameters
    ----------
    contrast : Contrast
        k differences.
    margin : float
        Largest difference that counts as none, positive.
    level : float
        Significance level of both tests, 0-1.

    Returns
    -------
    list of Relation
        ``undecided`` where neither a difference nor equivalence is shown,
        and where there is no standard error.
    """
    is_different = contrast.two_sided_p() <= level
    is_equivalent = contrast.equivalence_p(margin) <= level
    names = {
        (True, False): Relation.DIFFERENT,
        (False, True): Relation.EQUIVALENT,
        (True, True): Relation.DIFFERENT_BUT_NEGLIGIBLE,
        (False, False): Relation.UNDECIDED,
    }
    return [
        names[bool(different), bool(equivalent)]
        for different, equivalent in zip(
            is_different, is_equivalent, strict=True
        )
    ]


def smallest_certified_margins(contrast: Contrast, level: float) -> Floats:
    """Give the smallest margin within which each contrast is equivalent.

    Parameters
    ----------
    contrast : Contrast
        k differences.
    level : float
        Significance level of the equivalence test, 0-1.

    Returns
    -------
    ndarray, shape (k,)
        |d| + t SE, with Student's quantile at 1 - level.
    """
    reach = contrast.error_quantile(1 - level)
    return np.asarray(np.abs(contrast.difference) + reach)


def can_certify(contrast: Contrast, margin: float, level: float) -> Booleans:
    """Tell whether equivalence would likely be found if there is equality.

    Parameters
    ----------
    contrast : Contrast
        k differences.
    margin : float
        Equivalence margin, positive.
    level : float
        Significance level of the equivalence test, 0-1.

    Returns
    -------
    ndarray of bool, shape (k,)
        Whether the power at d = 0 reaches ``EQUIVALENCE_POWER``; False
        without a standard error.
    """
    return np.asarray(contrast.standard_error <= margin / _reach(level))


def rows_for_power(
    contrast: Contrast, row_count: int, margin: float, level: float
) -> Floats:
    """Give the rows with which equality would likely be certified.

    Parameters
    ----------
    contrast : Contrast
        k differences on n rows.
    row_count : int
        The n rows.
    margin : float
        Equivalence margin, positive.
    level : float
        Significance level of the equivalence test, 0-1.

    Returns
    -------
    ndarray, shape (k,)
        n (2.926 SE / margin)^2 at level .05, rounded up: rows for power
        ``EQUIVALENCE_POWER`` at d = 0.

    References
    ----------
    Schuirmann (1987), as in `contrasts.Contrast.equivalence_p`.
    """
    ratio = _reach(level) * contrast.standard_error / margin
    return np.asarray(np.ceil(row_count * ratio**2))


def _reach(level: float) -> float:
    """Give the least margin / SE for the power wanted, 2.926 at level .05.

    At d = 0 both one-sided tests can fail, each by half of what is left.
    """
    power_quantile = norm.ppf((1 + EQUIVALENCE_POWER) / 2)
    return float(norm.ppf(1 - level) + power_quantile)


def check_margin(margin: float) -> None:
    """Refuse an equivalence margin that is none.

    Parameters
    ----------
    margin : float
        Equivalence margin, to lie between 0 and 2.

    Raises
    ------
    LinksignalError
        If it does not.
    """
    if not 0 < margin < LARGEST_DIFFERENCE:
        raise LinksignalError(
            f"the equivalence margin is {margin}; it must lie between 0 and "
            f"{LARGEST_DIFFERENCE:g}"
        )
