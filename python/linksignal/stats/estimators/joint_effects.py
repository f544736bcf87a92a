"""Slopes of log means on several terms at once, each with all others in.

Terms are brought to standard deviation one, so that the exponential of a
slope is a ratio of means per standard deviation. Beside them stand curves:
squares of some terms less their straight lines. A curve in one term would
else pass for a slope of another that goes with it. Lines are drawn through
where the outcome is, so that a slope is that of the domains that have any,
and not carried on to those that have none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from linksignal.stats.arrays import Booleans, Floats, Indices
from linksignal.stats.estimate import (
    Estimate,
    from_influence,
    without_numbers,
)
from linksignal.stats.estimators.poisson import fit_log_means
from linksignal.stats.rules import (
    MIN_OFF_MODE_ROWS,
    MIN_ROWS,
    Status,
    profile,
)
from linksignal.text import LARGEST_RATIO

CI_METHOD = "poisson_sandwich_t"

# A column of which those before it leave less than this share of its sum of
# squares follows from them.
LEAST_OWN_SHARE = 1e-10

NO_SPREAD = "The fit is perfect, or hangs on single domains."
BEYOND_REASON = (
    f"A ratio beyond {LARGEST_RATIO:,} per standard deviation is none: these "
    "domains do not tell the signal from others, or few of them decide."
)


def straightened(curve: Floats, scores: Floats, outcome: Floats) -> Floats:
    """Take the straight line off a curve that fits it where an outcome is.

    Parameters
    ----------
    curve, scores : ndarray, shape (n,)
        The square of a term, and the term.
    outcome : ndarray, shape (n,)
        0 or more, not all 0: how much each row counts.

    Returns
    -------
    ndarray, shape (n,)
        Without correlation with the scores, weighted by the outcome.
    """
    mean = outcome @ scores / outcome.sum()
    weighted = outcome * (scores - mean)
    spread = weighted @ scores
    if not spread > LEAST_OWN_SHARE * outcome.sum():
        return curve
    return np.asarray(curve - scores * (weighted @ curve) / spread)


def own_shares(columns: Floats, lengths: Floats) -> Floats:
    """Give the share of each column that those before it do not tell.

    Parameters
    ----------
    columns : ndarray, shape (n, k)
        Centred here.
    lengths : ndarray, shape (k,)
        Sums of squares that the shares are of.

    Returns
    -------
    ndarray, shape (k,)
        0-1 where `lengths` are the columns' own; a column that follows from
        those before it is passed over by the next ones.
    """
    rest = columns - columns.mean(axis=0)
    shares = np.empty(rest.shape[1])
    for at in range(rest.shape[1]):
        one = rest[:, at].copy()
        squares = one @ one
        shares[at] = squares / lengths[at]
        if shares[at] > LEAST_OWN_SHARE:
            later = rest[:, at + 1 :]
            later -= np.outer(one, one @ later / squares)
    return shares


@dataclass(frozen=True)
class Design:
    """The terms of a model on its domains, none following from the others.

    Attributes
    ----------
    scores : ndarray, shape (n, k)
        k terms, each of mean zero and mean square one.
    curves : ndarray, shape (n, c)
        Squares of some terms.
    bent : ndarray of int, shape (c,)
        Of which terms.
    clusters : ndarray of int, shape (n,), or None
        Cluster of each row, 0 to g - 1.
    """

    scores: Floats
    curves: Floats
    bent: Indices
    clusters: Indices | None

    @property
    def rows_needed(self) -> int:
        """Domains, mentioned ones and owners below which nothing is fitted."""
        terms, curves = self.scores.shape[1], self.curves.shape[1]
        return int(MIN_ROWS + terms + curves)

    @property
    def variance_inflation(self) -> Floats:
        """How often other terms multiply the variance of a slope, (k,)."""
        if not self.scores.shape[1]:
            return np.empty(0)
        correlations = self.scores.T @ self.scores / len(self.scores)
        return np.asarray(np.diag(np.linalg.inv(correlations)))


def make_design(
    terms: Sequence[Floats],
    is_curved: Sequence[bool],
    clusters: Indices | None,
) -> tuple[Design, Booleans]:
    """Standardise terms, and leave out those that follow from others.

    Parameters
    ----------
    terms : sequence of t ndarray, shape (n,)
        Finite, none constant.
    is_curved : sequence of t bool
        Which have a curve.
    clusters : ndarray of int, shape (n,), or None
        Cluster of each row, 0 to g - 1.

    Returns
    -------
    design : Design
    is_kept : ndarray of bool, shape (t,)
        False where a term follows from those before it.
    """
    if not terms:
        nothing, none = np.empty((0, 0)), np.empty(0, np.intp)
        design = Design(nothing, nothing, none, clusters)
        return design, np.empty(0, np.bool_)
    columns = np.column_stack(terms)
    columns = columns - columns.mean(axis=0)
    scores = columns / np.sqrt(np.mean(columns**2, axis=0))
    lengths = np.full(len(terms), float(len(columns)))
    is_kept = own_shares(scores, lengths) > LEAST_OWN_SHARE
    scores = scores[:, is_kept]
    bent = np.flatnonzero(np.array(is_curved)[is_kept])
    curves = scores[:, bent] ** 2 - 1
    both = np.column_stack([scores, curves])
    own = own_shares(both, np.full(both.shape[1], float(len(both))))
    is_own = own[scores.shape[1] :] > LEAST_OWN_SHARE
    design = Design(scores, curves[:, is_own], bent[is_own], clusters)
    return design, is_kept


def joint_estimates(
    design: Design, outcome: Floats, ci_level: float
) -> list[Estimate]:
    """Estimate the slope of the log mean on every term, with all others in.

    Of a term with a curve it is the slope where the outcome is.

    Poisson pseudo-likelihood: right for any outcome that is not negative
    and has such means, counts or shares, whatever its variance. Errors from
    influence values, summed by cluster, with the degrees of freedom that
    their spread is worth.

    Parameters
    ----------
    design : Design
        Of n domains and k terms.
    outcome : ndarray, shape (n,)
    ci_level : float
        Confidence level, 0-1.

    Returns
    -------
    list of k Estimate
        Log ratio of means per standard deviation of the term. All of one
        status, but for terms that are ``separated`` and left out of the fit
        of the others, and for those that the fit holds but does not tell.

    References
    ----------
    Santos Silva & Tenreyro (2006), The log of gravity, Review of Economics
    and Statistics 88, 641-658; (2010), On the existence of the maximum
    likelihood estimates in Poisson regression, Economics Letters 107,
    310-312 (separation).
    """
    count = design.scores.shape[1]
    if not count:
        return []
    broken = _broken_rule(design, outcome)
    if broken is not None:
        return [broken] * count
    curves = [
        straightened(curve, design.scores[:, at], outcome)
        for curve, at in zip(design.curves.T, design.bent, strict=True)
    ]
    both = np.column_stack([design.scores, *curves])
    is_any = outcome > 0
    any_share = np.count_nonzero(is_any)
    own = own_shares(both[is_any], np.full(both.shape[1], float(any_share)))
    is_free = own > LEAST_OWN_SHARE
    fitted = iter(_fitted(both[:, is_free], outcome, design.clusters, ci_level))
    separated = without_numbers(
        len(outcome),
        Status.SEPARATED,
        f"Among the {any_share:,} domains with any of the outcome it does not "
        "vary beside the other signals, so that no finite ratio fits best.",
    )
    return [next(fitted) if free else separated for free in is_free[:count]]


def _broken_rule(design: Design, outcome: Floats) -> Estimate | None:
    """Say why there is no fit, if there is none."""
    row_count, needed = len(outcome), design.rows_needed
    found = profile(outcome)
    if row_count and not (found.is_finite and outcome.min() >= 0):
        return without_numbers(row_count, Status.UNRELIABLE)
    owners = design.clusters
    counted = {
        "domains have all the values": row_count,
        "domains have any of the outcome": int(np.count_nonzero(outcome)),
        "owners have domains": row_count
        if owners is None
        else int(owners.max(initial=-1)) + 1,
    }
    if row_count and found.is_constant:
        return without_numbers(row_count, Status.CONSTANT_OUTCOME)
    for what, number in counted.items():
        if number < needed:
            return without_numbers(
                row_count,
                Status.TOO_FEW,
                f"{number:,} {what}: this model needs {needed:,}.",
            )
    if found.off_mode_count < MIN_OFF_MODE_ROWS:
        return without_numbers(row_count, Status.TOO_FEW_DISTINCT)
    return None


def _fitted(
    columns: Floats,
    outcome: Floats,
    clusters: Indices | None,
    ci_level: float,
) -> list[Estimate]:
    """Fit, and give an estimate for every column."""
    row_count, count = columns.shape
    design = np.column_stack([np.ones(row_count), columns])
    fit = fit_log_means(design, outcome / outcome.mean(), clusters)
    if not fit.is_converged:
        return [without_numbers(row_count, Status.NOT_CONVERGED)] * count
    return [
        _judged(
            from_influence(
                float(fit.coefficients[1 + at]),
                fit.influences[:, 1 + at],
                ci_level,
                ci_method=CI_METHOD,
                clusters=clusters,
                fitted=1 + count,
                is_heavy_tailed=True,
            )
        )
        for at in range(count)
    ]


def _judged(estimate: Estimate) -> Estimate:
    """Take back an estimate without an error, or beyond all reason."""
    if not np.isfinite(estimate.standard_error):
        return without_numbers(estimate.n, Status.UNRELIABLE, NO_SPREAD)
    if abs(estimate.estimate) > np.log(LARGEST_RATIO):
        return without_numbers(estimate.n, Status.UNRELIABLE, BEYOND_REASON)
    return replace(estimate, reason=None)
