"""Differences between correlations on the same rows, and their tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.stats import t as student

from linksignal.stats.arrays import Booleans, Floats, Indices
from linksignal.stats.estimators.fisher import PERFECT_CORRELATION
from linksignal.stats.estimators.influences import PairEstimates

Direction = Literal["above", "below"]

# A standard error this small is rounding: both correlations move together on
# every row. One row off among 100,000 gives more than 1e-11.
ROUNDING_ERROR = 1e-12


@dataclass(frozen=True)
class Contrast:
    """k differences with their standard errors.

    Every test and interval refers (d - bound) / SE to Student's law, so that
    they never contradict each other. All are NaN where the error is.

    Attributes
    ----------
    difference : ndarray, shape (k,)
        Differences d.
    standard_error : ndarray, shape (k,)
        Standard errors, positive; NaN where there is none.
    degrees_of_freedom : ndarray, shape (k,)
        Degrees of freedom of Student's law, positive.
    """

    difference: Floats
    standard_error: Floats
    degrees_of_freedom: Floats

    def one_sided_p(self, bound: float, direction: Direction) -> Floats:
        """Test that the difference lies on one side of a bound.

        Parameters
        ----------
        bound : float
            The bound, itself part of the null hypothesis.
        direction : {'above', 'below'}
            The alternative: d > bound, or d < bound.

        Returns
        -------
        ndarray, shape (k,)
            p values, 0-1; small ones speak for the alternative.
        """
        statistic = (self.difference - bound) / self.standard_error
        if direction == "below":
            statistic = -statistic
        return np.asarray(student.sf(statistic, self.degrees_of_freedom))

    def two_sided_p(self) -> Floats:
        """Test that the difference is zero.

        Returns
        -------
        ndarray, shape (k,)
            p values, 0-1.
        """
        statistic = np.abs(self.difference) / self.standard_error
        return np.asarray(2 * student.sf(statistic, self.degrees_of_freedom))

    def interval(self, ci_level: float) -> tuple[Floats, Floats]:
        """Give the confidence interval d -+ t SE.

        Parameters
        ----------
        ci_level : float
            Confidence level, 0-1.

        Returns
        -------
        low, high : ndarray, shape (k,)
        """
        reach = self.error_quantile((1 + ci_level) / 2)
        return self.difference - reach, self.difference + reach

    def equivalence_p(self, margin: float) -> Floats:
        """Test that the difference is smaller than a margin in size.

        Parameters
        ----------
        margin : float
            Positive margin, itself part of the null hypothesis.

        Returns
        -------
        ndarray, shape (k,)
            The larger of the two one-sided p values, 0-1.

        References
        ----------
        Schuirmann (1987), A comparison of the two one-sided tests procedure
        and the power approach for assessing the equivalence of average
        bioavailability, Journal of Pharmacokinetics and Biopharmaceutics
        15, 657-680.
        """
        return np.maximum(
            self.one_sided_p(-margin, "above"),
            self.one_sided_p(margin, "below"),
        )

    def error_quantile(self, probability: float) -> Floats:
        """Give a quantile of the error of the difference.

        Parameters
        ----------
        probability : float
            Where on Student's law, 0-1.

        Returns
        -------
        ndarray, shape (k,)
            The quantile times the standard error.
        """
        quantile = student.ppf(probability, self.degrees_of_freedom)
        return np.asarray(quantile * self.standard_error)


def difference_of(
    estimates: PairEstimates, first: Indices, second: Indices
) -> Contrast:
    """Subtract correlations of the same rows from each other.

    The influence of a row on a difference is the difference of its
    influences, which carries the dependence of the two correlations with
    whatever they share. The variance has the factor n / (n - 3), the
    reference law n - 2 degrees of freedom.

    Parameters
    ----------
    estimates : PairEstimates
        Correlations of p pairs on n rows, n above 3.
    first, second : ndarray of int, shape (k,)
        Positions among the pairs, of what is subtracted from and of what is
        subtracted.

    Returns
    -------
    Contrast
        k differences. The standard error is NaN where either correlation is
        perfect, or both move together on every row: the sample then shows no
        variation to judge other samples by.
    """
    row_count = len(estimates.influences)
    left, right = estimates.correlations[first], estimates.correlations[second]
    errors = np.array(
        [
            _length(estimates.influences[:, a] - estimates.influences[:, b])
            for a, b in zip(first, second, strict=True)
        ]
    )
    errors *= np.sqrt(row_count / (row_count - 3)) / row_count
    is_defined = ~(_is_perfect(left) | _is_perfect(right))
    is_defined &= errors > ROUNDING_ERROR
    return Contrast(
        difference=left - right,
        standard_error=np.where(is_defined, errors, np.nan),
        degrees_of_freedom=np.full(len(errors), row_count - 2.0),
    )


def independent_difference(first: Contrast, second: Contrast) -> Contrast:
    """Subtract contrasts of disjoint samples from each other.

    Variances add up. The degrees of freedom are those of Welch and
    Satterthwaite, between the smaller and the sum of the two: with one error
    dominating, the law is that of its sample.

    Parameters
    ----------
    first, second : Contrast
        k contrasts each, from samples without a row in common.

    Returns
    -------
    Contrast
        k differences of differences.

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
    return Contrast(
        difference=first.difference - second.difference,
        standard_error=np.sqrt(total),
        degrees_of_freedom=1 / inverse,
    )


def _length(influence: Floats) -> float:
    return float(np.linalg.norm(influence))


def _is_perfect(correlations: Floats) -> Booleans:
    return np.asarray(np.abs(correlations) >= PERFECT_CORRELATION)
