"""A measure: an estimate with its error, its test and its stated outcome."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from linksignal.stats.arrays import Floats
from linksignal.stats.rules import (
    MIN_OFF_MODE_ROWS,
    MIN_ROWS,
    Status,
    pair_status,
    profile,
)

# Slopes are told for a step of this many points of the score.
POINTS_PER_STEP = 10

# Above it floating-point numbers are no longer counts: some are missing.
LARGEST_COUNT = 2.0**53

REASONS = {
    Status.NO_OVERLAP: "No domain has both a score and an outcome.",
    Status.TOO_FEW: f"Fewer than {MIN_ROWS} domains have both values.",
    Status.TOO_FEW_DISTINCT: (
        f"Fewer than {MIN_OFF_MODE_ROWS} domains are off the most common "
        "score or outcome."
    ),
    Status.CONSTANT_SIGNAL: "All scores are equal.",
    Status.CONSTANT_OUTCOME: "All outcomes are equal.",
    Status.UNRELIABLE: "A score or an outcome is infinite or out of range.",
    Status.NOT_CONVERGED: "The fit did not converge.",
}


@dataclass(frozen=True)
class Measure:
    """An estimate and its test; NaN where undefined.

    Attributes
    ----------
    n : int
        Domains it rests on.
    status : Status
        ``ok``, or what was wrong.
    reason : str or None
        One sentence on a status that is not ``ok``.
    estimate, standard_error, ci_low, ci_high : float
        In the unit of the measure.
    ci_method : str or None
        Procedure of the interval; None without one.
    statistic, p_value : float
        Test statistic and its p value (0-1).
    degrees : float
        Degrees of freedom of the statistic's law; infinite for the normal.
    """

    n: int
    status: Status = Status.OK
    reason: str | None = None
    estimate: float = np.nan
    standard_error: float = np.nan
    ci_low: float = np.nan
    ci_high: float = np.nan
    ci_method: str | None = None
    statistic: float = np.nan
    p_value: float = np.nan
    degrees: float = np.inf

    def p_above(self, bound: float) -> float:
        """Test one-sided that the parameter is above a bound.

        Parameters
        ----------
        bound : float
            In the unit of the measure.

        Returns
        -------
        float
            p value (0-1) against "at most `bound`"; NaN without a standard
            error.
        """
        distance = (self.estimate - bound) / self.standard_error
        return float(student.sf(distance, self.degrees))

    def p_below(self, bound: float) -> float:
        """Test one-sided that the parameter is below a bound.

        Parameters
        ----------
        bound : float
            In the unit of the measure.

        Returns
        -------
        float
            p value (0-1) against "at least `bound`"; NaN without a standard
            error.
        """
        distance = (self.estimate - bound) / self.standard_error
        return float(student.cdf(distance, self.degrees))


def without_numbers(
    row_count: int, status: Status, reason: str | None = None
) -> Measure:
    """Say why there is no estimate.

    Parameters
    ----------
    row_count : int
        Domains at hand.
    status : Status
        Any but ``ok``.
    reason : str, optional
        One sentence; default the common one of the status.

    Returns
    -------
    Measure
    """
    return Measure(row_count, status, reason or REASONS[status])


def wald_measure(  # noqa: PLR0913 - they are what a measure is made of
    row_count: int,
    estimate: float,
    standard_error: float,
    ci_level: float,
    *,
    ci_method: str,
    degrees: float = np.inf,
) -> Measure:
    """Build interval and two-sided test of zero from a standard error.

    Parameters
    ----------
    row_count : int
        Domains the estimate rests on.
    estimate, standard_error : float
        Estimate and its standard error.
    ci_level : float
        Confidence level, 0-1.
    ci_method : str
        Name of the procedure.
    degrees : float, default infinite
        Degrees of freedom of Student's law; infinite for the normal.

    Returns
    -------
    Measure
        ``not_converged`` where either number is not finite or the error is
        not positive.
    """
    if not (np.isfinite(estimate) and 0 < standard_error < np.inf):
        return without_numbers(row_count, Status.NOT_CONVERGED)
    quantile = float(student.ppf((1 + ci_level) / 2, degrees))
    statistic = estimate / standard_error
    return Measure(
        n=row_count,
        estimate=estimate,
        standard_error=standard_error,
        ci_low=estimate - quantile * standard_error,
        ci_high=estimate + quantile * standard_error,
        ci_method=ci_method,
        statistic=statistic,
        p_value=float(2 * student.sf(abs(statistic), degrees)),
        degrees=degrees,
    )


def count_status(scores: Floats, counts: Floats) -> Status:
    """Name the first rule that scores and counts break.

    Parameters
    ----------
    scores, counts : ndarray, shape (n,)
        Score and outcome of each domain, none missing.

    Returns
    -------
    Status
        As `rules.pair_status`; ``unreliable`` too where a score is negative
        or an outcome is no count (negative, not whole, or beyond
        ``LARGEST_COUNT``).
    """
    status = pair_status(len(scores), profile(scores), profile(counts))
    if status in (Status.NO_OVERLAP, Status.TOO_FEW, Status.UNRELIABLE):
        return status
    is_count = (counts >= 0) & (counts <= LARGEST_COUNT) & (counts % 1 == 0)
    if scores.min() < 0 or not is_count.all():
        return Status.UNRELIABLE
    return status


def known_pairs(first: Floats, second: Floats) -> tuple[Floats, Floats]:
    """Drop the rows where either value is missing.

    Parameters
    ----------
    first, second : ndarray, shape (n,)
        Two variables; a missing value is NaN.

    Returns
    -------
    first, second : ndarray, shape (m,)
        The complete pairs, in their order.
    """
    is_known = ~(np.isnan(first) | np.isnan(second))
    return first[is_known], second[is_known]
