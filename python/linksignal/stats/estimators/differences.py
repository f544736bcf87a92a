"""Differences of dependent estimates, and what they certify."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from scipy.stats import norm
from scipy.stats import t as student

from linksignal.errors import LinksignalError
from linksignal.stats.arrays import Floats, Indices
from linksignal.stats.estimate import Estimate, influence_errors

CI_METHOD = "influence_t"
EQUIVALENCE_POWER = 0.80

# Two correlations differ by 2 at most: beyond it every pair is equivalent.
LARGEST_DIFFERENCE = 2.0


class Relation(StrEnum):
    """How two quantities stand to each other."""

    DIFFERENT = "different"
    EQUIVALENT = "equivalent"
    DIFFERENT_BUT_NEGLIGIBLE = "different_but_negligible"
    UNDECIDED = "undecided"


EQUIVALENT_RELATIONS = (Relation.EQUIVALENT, Relation.DIFFERENT_BUT_NEGLIGIBLE)


def from_influence(  # noqa: PLR0913 - the settings are keyword-only
    value: float,
    influence: Floats,
    ci_level: float,
    *,
    clusters: Indices | None = None,
    fitted: int = 2,
    is_heavy_tailed: bool = False,
) -> Estimate:
    """Put an estimate and its influence values into a record.

    The influence of a row on a difference is the difference of its
    influences, which carries the dependence of the two on whatever they
    share.

    Parameters
    ----------
    value : float
        The estimate.
    influence : ndarray, shape (n,)
        Influence of each row on it.
    ci_level : float
        Confidence level, 0-1.
    clusters, fitted
        As in `estimate.influence_errors`.
    is_heavy_tailed : bool, default False
        Whether a few rows can make most of the error, as giants do of a
        slope of counts: the degrees of freedom are then those of
        `effective_degrees`, where these are fewer.

    Returns
    -------
    Estimate
        Without an error where the rows show no variation to judge other
        samples by.
    """
    errors, degrees = influence_errors(
        influence[:, np.newaxis], clusters, fitted
    )
    if is_heavy_tailed:
        degrees = min(degrees, effective_degrees(influence, clusters))
    return Estimate(n=len(influence), estimate=value).with_error(
        float(errors[0]), degrees, ci_level, CI_METHOD
    )


def effective_degrees(
    influence: Floats, clusters: Indices | None = None
) -> float:
    """Give the degrees of freedom of a variance from its own scatter.

    Parameters
    ----------
    influence : ndarray, shape (n,)
        Influence of each row on an estimate.
    clusters : ndarray of int, shape (n,), optional
        Cluster of each row, 0 to g - 1. Default: every row its own.

    Returns
    -------
    float
        2 s^2 / var(s), s the sum of squared influences: n of normal ones,
        few where a few rows make the sum; at least 1.

    References
    ----------
    Satterthwaite (1946), An approximate distribution of estimates of
    variance components, Biometrics Bulletin 2, 110-114.
    Pan & Wall (2002), Small-sample adjustments in using the sandwich variance
    estimator in generalized estimating equations, Statistics in Medicine 21,
    1429-1441.
    """
    sums = influence
    if clusters is not None:
        sums = np.bincount(clusters, influence).astype(np.float64)
    squares = sums**2
    total = float(squares.sum())
    scatter = float(np.sum(squares**2)) - total**2 / len(squares)
    if not scatter > 0:
        return float(len(squares))
    return max(2 * total**2 / scatter, 1.0)


def independent_difference(
    first: Estimate, second: Estimate, ci_level: float
) -> Estimate:
    """Subtract estimates of disjoint samples from each other.

    Variances add up. The degrees of freedom are those of Welch and
    Satterthwaite, between the smaller and the sum of the two: with one error
    dominating, the law is that of its sample.

    Parameters
    ----------
    first, second : Estimate
        From samples without a row in common.
    ci_level : float
        Confidence level, 0-1.

    Returns
    -------
    Estimate
        Without an error where one of them has none.

    References
    ----------
    Welch (1947), The generalization of "Student's" problem when several
    different population variances are involved, Biometrika 34, 28-35.
    """
    variances = first.standard_error**2, second.standard_error**2
    total = variances[0] + variances[1]
    # As shares of the total, whose squares neither over- nor underflow.
    inverse = (variances[0] / total) ** 2 / first.degrees_of_freedom + (
        variances[1] / total
    ) ** 2 / second.degrees_of_freedom
    difference = Estimate(
        n=first.n + second.n, estimate=first.estimate - second.estimate
    )
    if not np.isfinite(total):
        return difference
    degrees = 1 / inverse if inverse > 0 else np.inf
    return difference.with_error(
        float(np.sqrt(total)), degrees, ci_level, "welch_t"
    )


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
    quantile = student.ppf(1 - level, difference.degrees_of_freedom)
    reach = float(quantile) * difference.standard_error
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
    power_quantile = norm.ppf((1 + EQUIVALENCE_POWER) / 2)
    reach = float(norm.ppf(1 - level) + power_quantile)
    ratio = reach * difference.standard_error / margin
    return float(np.ceil(difference.n * ratio**2))


def check_margin(margin: float) -> None:
    """Raise unless 0 < margin < 2.

    Parameters
    ----------
    margin : float
        Equivalence margin.

    Raises
    ------
    LinksignalError
        If it is out of this range.
    """
    if not 0 < margin < LARGEST_DIFFERENCE:
        raise LinksignalError(
            f"the equivalence margin is {margin}; it must lie between 0 and "
            f"{LARGEST_DIFFERENCE:g}"
        )
