"""The one record of an estimate, and errors from influence values.

Correlations, their differences, slopes, trends, steps and joint effects all
return an `Estimate`. Whoever reads one tests it by its own error and degrees
of freedom, so that interval, p value and verdict never contradict each other.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from linksignal.stats.arrays import Floats, Indices, side_by_side
from linksignal.stats.rules import Status

# A standard error this small is rounding: one row off among 100,000 gives
# more than 1e-11.
ROUNDING_ERROR = 1e-12


@dataclass(frozen=True)
class Estimate:
    """An estimate with its error, its test and its stated outcome.

    Attributes
    ----------
    n : int
        Domains it rests on.
    estimate : float
        In the unit of the quantity; NaN where undefined, as every number.
    standard_error : float
        On the scale where the interval is symmetric, which `ci_method` tells.
    degrees_of_freedom : float
        Of Student's law for estimate / error; infinite for the normal law.
    ci_low, ci_high : float
        Bounds of the two-sided interval.
    ci_method : str or None
        Procedure of the interval; None without one.
    p_value : float
        Two-sided p value of zero (0-1).
    status : Status
        ``ok``, or which rule stands in the way.
    reason : str or None
        One sentence on a status that is not ``ok``, or on what limits the
        estimate.
    """

    n: int
    estimate: float = np.nan
    standard_error: float = np.nan
    degrees_of_freedom: float = np.inf
    ci_low: float = np.nan
    ci_high: float = np.nan
    ci_method: str | None = None
    p_value: float = np.nan
    status: Status = Status.OK
    reason: str | None = None

    def p_above(self, bound: float = 0.0) -> float:
        """Test one-sided that the quantity is above a bound.

        Parameters
        ----------
        bound : float, default 0
            Itself part of the null hypothesis.

        Returns
        -------
        float
            p value (0-1); NaN without a standard error.
        """
        distance = (self.estimate - bound) / self.standard_error
        return tail(distance, self.degrees_of_freedom)

    def p_below(self, bound: float = 0.0) -> float:
        """Test one-sided that the quantity is below a bound, as `p_above`."""
        return replace(self, estimate=-self.estimate).p_above(-bound)

    def p_within(self, margin: float) -> float:
        """Test by two one-sided tests that the quantity is within a margin.

        Parameters
        ----------
        margin : float
            Positive, itself part of the null hypothesis.

        Returns
        -------
        float
            The larger of the two p values (0-1); NaN without an error.

        References
        ----------
        Schuirmann (1987), Journal of Pharmacokinetics and Biopharmaceutics
        15, 657-680.
        """
        return max(self.p_above(-margin), self.p_below(margin))

    def columns(self) -> dict[str, object]:
        """Return the columns that a row of any table has of an estimate."""
        has_error = not math.isnan(self.standard_error)
        return {
            "n": self.n,
            "estimate": self.estimate,
            "standard_error": self.standard_error,
            "degrees_of_freedom": (
                self.degrees_of_freedom if has_error else None
            ),
            "ci_low": self.ci_low,
            "ci_high": self.ci_high,
            "ci_method": self.ci_method,
            "p_value": self.p_value,
            "status": self.status.value,
            "reason": self.reason,
        }

    def with_error(
        self,
        standard_error: float,
        degrees_of_freedom: float,
        ci_level: float,
        ci_method: str,
    ) -> Estimate:
        """Add the error, and the interval and p value that follow from it.

        Parameters
        ----------
        standard_error : float
            Positive; otherwise the estimate stays without an interval.
        degrees_of_freedom : float
            Of Student's law; infinite for the normal law.
        ci_level : float
            Confidence level, 0-1.
        ci_method : str
            Name of the procedure.

        Returns
        -------
        Estimate
            estimate -+ t SE, and the p value that is below ``1 - ci_level``
            exactly where this interval leaves out zero.
        """
        if not ROUNDING_ERROR < standard_error < np.inf:
            return self
        reach = standard_error * quantile(
            (1 + ci_level) / 2, degrees_of_freedom
        )
        statistic = abs(self.estimate) / standard_error
        return replace(
            self,
            standard_error=standard_error,
            degrees_of_freedom=degrees_of_freedom,
            ci_low=self.estimate - reach,
            ci_high=self.estimate + reach,
            ci_method=ci_method,
            p_value=2 * tail(statistic, degrees_of_freedom),
        )


def without_numbers(
    row_count: int, status: Status, reason: str | None = None
) -> Estimate:
    """Say why there is no estimate.

    Parameters
    ----------
    row_count : int
        Domains at hand.
    status : Status
        Any but ``ok``.
    reason : str, optional
        One sentence; default that of the status.

    Returns
    -------
    Estimate
    """
    return Estimate(row_count, status=status, reason=reason or status.sentence)


def quantile(probability: float, degrees_of_freedom: float) -> float:
    """Return a quantile of Student's law.

    Parameters
    ----------
    probability : float
        Where on the law, 0-1.
    degrees_of_freedom : float
        Positive; infinite for the normal law.

    Returns
    -------
    float
    """
    if np.isinf(degrees_of_freedom):
        return float(ndtri(probability))
    return float(stdtrit(degrees_of_freedom, probability))


def tail(statistic: float, degrees_of_freedom: float) -> float:
    """Return the probability that Student's law exceeds a value.

    Parameters
    ----------
    statistic : float
        The value.
    degrees_of_freedom : float
        Positive; infinite for the normal law.

    Returns
    -------
    float
    """
    if np.isinf(degrees_of_freedom):
        return float(ndtr(-statistic))
    return float(stdtr(degrees_of_freedom, -statistic))


def influence_errors(
    influences: Floats,
    clusters: Indices | None = None,
    fitted: int = 2,
) -> tuple[Floats, float]:
    """Return standard errors from influence values, clustered if asked.

    Parameters
    ----------
    influences : ndarray, shape (n, k)
        Empirical influence of each of n rows on k estimates, mean zero; its
        mean square over n estimates the variance.
    clusters : ndarray of int, shape (n,), optional
        Cluster of each row, 0 to g - 1. Default: every row its own.
    fitted : int, default 2
        Coefficients taken from the degrees of freedom.

    Returns
    -------
    standard_errors : ndarray, shape (k,)
        With the factor n / (n - fitted - 1), of clusters g / (g - 1) when
        there are fewer clusters than rows. NaN from too few of them.
    degrees_of_freedom : float
        n - fitted; with clusters g - 1, at least 1.

    References
    ----------
    Liang & Zeger (1986), Longitudinal data analysis using generalized linear
    models, Biometrika 73, 13-22 (sums of scores by cluster).
    """
    sums = cluster_sums(influences, clusters)
    return errors_of_sums(sums, len(influences), fitted)


def errors_of_sums(
    sums: Floats, row_count: int, fitted: int = 2
) -> tuple[Floats, float]:
    """Return standard errors from influence values summed by cluster.

    Parameters
    ----------
    sums : ndarray, shape (g, k)
        See `cluster_sums`.
    row_count : int
        Rows n.
    fitted : int, default 2
        As in `influence_errors`.

    Returns
    -------
    standard_errors, degrees_of_freedom
        As `influence_errors`.
    """
    count, estimate_count = sums.shape
    if count == row_count:
        factor = row_count / max(row_count - fitted - 1, 0.5)
        degrees = float(row_count - fitted)
    else:
        factor, degrees = count / max(count - 1, 0.5), count - 1.0
    if degrees < 1:
        return np.full(estimate_count, np.nan), 1.0
    return standard_errors(sums, row_count, factor), degrees


def standard_errors(
    sums: Floats, row_count: int, factor: float = 1.0
) -> Floats:
    """Return the root of a mean square of influence values, over n.

    Parameters
    ----------
    sums : ndarray, shape (g, k)
        Influence values on k estimates, see `cluster_sums`.
    row_count : int
        Rows n.
    factor : float, default 1
        Of the variances, for small samples.

    Returns
    -------
    ndarray, shape (k,)
    """
    squares = np.einsum("ij,ij->j", sums, sums)
    return np.asarray(np.sqrt(factor * squares) / row_count)


def welch_degrees(variances: Floats, degrees: Floats) -> float:
    """Return the degrees of freedom of a sum of independent variances.

    Parameters
    ----------
    variances : ndarray, shape (k,)
        0 or more, of estimates without a row in common.
    degrees : ndarray, shape (k,)
        Degrees of freedom of each; infinite for the normal law.

    Returns
    -------
    float
        Between the smallest and the sum: with one variance dominating, the
        law is that of its sample. Infinite of variances that are all zero.

    References
    ----------
    Welch (1947), The generalization of "Student's" problem when several
    different population variances are involved, Biometrika 34, 28-35.
    """
    total = variances.sum()
    if not total > 0:
        return float("inf") if total == 0 else float("nan")
    # As shares of the total, whose squares neither over- nor underflow.
    inverse = float(np.sum((variances / total) ** 2 / degrees))
    return 1 / inverse if inverse > 0 else float("inf")


def cluster_sums(influences: Floats, clusters: Indices | None) -> Floats:
    """Add influence values up within clusters.

    Parameters
    ----------
    influences : ndarray, shape (n, k)
        Of n rows on k estimates.
    clusters : ndarray of int, shape (n,), or None
        Cluster of each row, 0 to g - 1; None: every row its own.

    Returns
    -------
    ndarray, shape (g, k)
    """
    if clusters is None or len(influences) == 0:
        return influences
    count = int(clusters.max()) + 1
    return side_by_side(
        [np.bincount(clusters, one, count) for one in influences.T]
    )


def renumbered(clusters: Indices | None) -> Indices | None:
    """Number the clusters of a selection of rows from zero.

    Parameters
    ----------
    clusters : ndarray of int, shape (n,), or None
        Cluster of each row, numbers from 0 on.

    Returns
    -------
    ndarray of int, shape (n,), or None
        0 to g - 1 in the order of first rows; None where every row is a
        cluster of its own.
    """
    if clusters is None:
        return None
    row_count = len(clusters)
    first = np.full(int(clusters.max(initial=-1)) + 1, row_count)
    first[clusters[::-1]] = np.arange(row_count)[::-1]
    held = first[first < row_count]
    if len(held) == row_count:
        return None
    is_first = np.zeros(row_count, dtype=np.bool_)
    is_first[held] = True
    return np.asarray((np.cumsum(is_first) - 1)[first[clusters]], np.intp)


def effective_degrees(sums: Floats, most: float) -> Floats:
    """Return the degrees of freedom that a variance of influences is worth.

    A mean of squares of which few carry most, as under many zeros or with
    one large cluster, varies like one of fewer values: by Satterthwaite's
    2 / CV^2, with the coefficient of variation from their own kurtosis.

    Parameters
    ----------
    sums : ndarray, shape (g, k)
        Influence values of rows or clusters, see `cluster_sums`.
    most : float
        Degrees of freedom of normal values, such as n - 2 or g - 1.

    Returns
    -------
    ndarray, shape (k,)
        Between 1 and `most`; `most` where all values are zero.

    References
    ----------
    Satterthwaite (1946), An approximate distribution of estimates of
    variance components, Biometrics Bulletin 2, 110-114.
    Pan & Wall (2002), Small-sample adjustments in using the sandwich variance
    estimator in generalized estimating equations, Statistics in Medicine 21,
    1429-1441.
    """
    squares = sums * sums
    second = squares.mean(axis=0)
    fourth = np.einsum("ij,ij->j", squares, squares) / len(sums)
    with np.errstate(divide="ignore", invalid="ignore"):
        excess = fourth / second**2 - 1
        degrees = 2 * len(sums) / excess
    return np.asarray(np.clip(np.where(excess > 0, degrees, most), 1.0, most))


def from_influence(  # noqa: PLR0913 - the settings are keyword-only
    value: float,
    influence: Floats,
    ci_level: float,
    *,
    ci_method: str = "influence_t",
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
    ci_method : str, default 'influence_t'
        Name of the procedure.
    clusters, fitted
        As in `influence_errors`.
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
    sums = cluster_sums(influence[:, np.newaxis], clusters)
    errors, degrees = errors_of_sums(sums, len(influence), fitted)
    if is_heavy_tailed:
        degrees = float(effective_degrees(sums, degrees)[0])
    return Estimate(n=len(influence), estimate=value).with_error(
        float(errors[0]), degrees, ci_level, ci_method
    )


def arrow_table(
    rows: Sequence[Mapping[str, object]], schema: pa.Schema
) -> pa.Table:
    """Build an Arrow table; a number that is missing becomes NULL.

    Parameters
    ----------
    rows : sequence of mapping
        Values by column name, every column of the schema in each.
    schema : pyarrow.Schema
        Columns and types of the result.

    Returns
    -------
    pyarrow.Table
    """
    columns = {name: [row[name] for row in rows] for name in schema.names}
    return columns_table(columns, schema)


def columns_table(
    columns: Mapping[str, Sequence[object] | NDArray[Any]], schema: pa.Schema
) -> pa.Table:
    """Build an Arrow table of whole columns, as `arrow_table` does of rows.

    Parameters
    ----------
    columns : mapping of str to sequence
        Every column of the schema, all of one length.
    schema : pyarrow.Schema
        Columns and types of the result.

    Returns
    -------
    pyarrow.Table
    """
    arrays = [
        # As in pandas, NaN is a missing value.
        pa.array(columns[name], type=kind, from_pandas=True)
        for name, kind in zip(schema.names, schema.types, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=schema)
