"""The kink test: whether a log mean bends upward beyond a smooth curve.

What it can and cannot do, simulated at n = 1,000. Power depends on the
noise: a threshold worth the name can pass for a smooth curve, and
`POWER_NOTE` belongs beside every verdict. A smooth law that the four terms
cannot follow is taken for a kink too often: a logistic log mean (height 2.5,
centre 40, scale 12 points) in 43 % of studies, an exponential one (expm1 of
the score over 45) in 9 %.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtri, ndtri, stdtr

from linksignal.stats.arrays import Booleans, Floats
from linksignal.stats.estimate import (
    Estimate,
    cluster_sums,
    standard_errors,
    without_numbers,
)
from linksignal.stats.estimators.negative_binomial import (
    NegativeBinomialFit,
    fit_negative_binomial,
    information_matrix,
    log_likelihoods,
    squared_residuals,
    weighted_products,
    working_values,
)
from linksignal.stats.estimators.permutation import TIE_TOLERANCE
from linksignal.stats.estimators.score_groups import (
    POINTS_PER_STEP,
    GroupSums,
    ScoreGroups,
)
from linksignal.stats.estimators.smooth_law import (
    SmoothNull,
    SmoothSample,
    finite_draws,
)
from linksignal.stats.estimators.tally_law import Draws
from linksignal.stats.rules import Status

KINK_LEVEL = 0.05

MAX_KNOTS = 25
FIRST_KNOT_QUANTILE = 0.15
LAST_KNOT_QUANTILE = 0.95

# A hinge, or its information, of which the smooth terms leave less than this
# share is one of them up to rounding, and has no score of its own.
SMALLEST_REMAINDER = 1e-9

# From 2,000 studies each of simulated law `threshold`, all platforms: 40.5,
# 17.2, 95.7 and 65.9 %, with standard errors of 0.5 to 1.1 points. Log means
# rise by 0.12 and 0.08 a point; the shapes are 0.25 (mean 3) and 0.9 (mean 8).
POWER_NOTE = (
    "What the test finds in 1,000 domains whose mentions are flat up to a "
    "score of 60: a rise beyond it by 13 % a point in 40 % of studies, by 8 % "
    "in 17 %, where half the domains have no mention (3 on average); in 96 % "
    "and 66 % where one in seven has none (8 on average)."
)


@dataclass(frozen=True)
class Knot:
    """A knot; NaN where there is none.

    Attributes
    ----------
    score : float
        The most likely knot, in units of the predictor.
    low, high : float
        Its interval.
    slope_change : float
        Change of the log slope at the knot, per unit of the predictor.
    """

    score: float = np.nan
    low: float = np.nan
    high: float = np.nan
    slope_change: float = np.nan


NO_KNOT = Knot()


@dataclass(frozen=True)
class KinkResult:
    """The kink test of one outcome.

    Attributes
    ----------
    estimate : Estimate
        ``p_value`` is that of the bootstrap, ``estimate`` the change of the
        log slope at the knot per 10 points of score, or per unit of another
        predictor (NaN without a knot).
    statistic : float
        The largest standardised score.
    knot : Knot
        Where it bends; NaN unless the p value is at most ``KINK_LEVEL``.
    """

    estimate: Estimate
    statistic: float = np.nan
    knot: Knot = NO_KNOT


@dataclass(frozen=True)
class Hinges:
    """Hinges (s - knot)+ at k knots.

    Attributes
    ----------
    knots : ndarray, shape (k,)
        Scores, ascending.
    columns : ndarray, shape (g, k)
        What the smooth terms leave of each hinge, of mean square one over
        the rows.
    scales : ndarray, shape (k,)
        Size of what they leave: a coefficient of a column over its scale is
        a change of slope per unit of score.
    """

    knots: Floats
    columns: Floats
    scales: Floats


def kink_statistic(
    sample: SmoothSample, hinges: Hinges
) -> Callable[[Draws], Floats]:
    """Give the test's statistic as a function of draws."""

    def statistic(draws: Draws) -> Floats:
        scores = kink_scores(sample.null, hinges, draws.sums)
        return np.asarray(scores.max(axis=1, initial=-np.inf))

    return statistic


def kink_result(
    sample: SmoothSample,
    hinges: Hinges,
    draws: Floats,
    ci_level: float,
    points: float = POINTS_PER_STEP,
) -> KinkResult:
    """Hold the sample's statistic against that of the draws.

    Parameters
    ----------
    sample : SmoothSample
    hinges : Hinges
    draws : ndarray, shape (B,)
        Statistic of each draw, not finite where a draw has none.
    ci_level : float
        Confidence level of the knot's interval, 0-1.
    points : float, default 10
        Units of the predictor that the estimate is for.

    Returns
    -------
    KinkResult
    """
    row_count = sample.row_count
    if not len(hinges.knots):
        reason = "Too few domains are below the highest score for a knot."
        return KinkResult(
            without_numbers(row_count, Status.TOO_FEW_DISTINCT, reason)
        )
    observed = float(observed_kink_scores(sample, hinges).max())
    finite = finite_draws(draws, row_count)
    if isinstance(finite, Estimate):
        return KinkResult(finite)
    if not np.isfinite(observed):
        return KinkResult(without_numbers(row_count, Status.NOT_CONVERGED))
    reached_count = int(np.count_nonzero(finite >= observed - TIE_TOLERANCE))
    p_value = (1 + reached_count) / (len(finite) + 1)
    if p_value > KINK_LEVEL:
        return KinkResult(Estimate(row_count, p_value=p_value), observed)
    knot = locate_knot(sample, hinges, ci_level)
    change = points * knot.slope_change
    return KinkResult(
        Estimate(row_count, change, p_value=p_value), observed, knot
    )


def candidate_knots(groups: ScoreGroups) -> Floats:
    """Choose the knots: scores at even quantiles, each once.

    Parameters
    ----------
    groups : ScoreGroups
        Rows by score.

    Returns
    -------
    ndarray, shape (k,)
        Observed scores below the largest, at most ``MAX_KNOTS``; none where
        nearly all rows have the largest.
    """
    levels = np.linspace(FIRST_KNOT_QUANTILE, LAST_KNOT_QUANTILE, MAX_KNOTS)
    upto = np.cumsum(groups.sizes)
    at = np.searchsorted(upto, levels * groups.row_count)
    knots = np.unique(groups.scores[at])
    return np.asarray(knots[knots < groups.scores[-1]])


def make_hinges(null: SmoothNull) -> Hinges:
    """Set up the hinges beside the smooth terms.

    Parameters
    ----------
    null : SmoothNull

    Returns
    -------
    Hinges
        Without those that are a combination of the smooth terms.
    """
    knots = candidate_knots(null.groups)
    hinges = np.maximum(null.groups.scores[:, np.newaxis] - knots, 0.0)
    shares = null.groups.shares[:, np.newaxis]
    sizes = np.sqrt((shares * hinges**2).sum(axis=0))
    hinges /= sizes
    # Twice, because one projection leaves rounding of the first.
    for _ in range(2):
        hinges -= null.design @ (null.design.T @ (shares * hinges))
    lengths = np.sqrt((shares * hinges**2).sum(axis=0))
    is_real = lengths > np.sqrt(SMALLEST_REMAINDER)
    return Hinges(
        knots=knots[is_real],
        columns=hinges[:, is_real] / lengths[is_real],
        scales=(sizes * lengths)[is_real],
    )


def kink_scores(null: SmoothNull, hinges: Hinges, sums: GroupSums) -> Floats:
    """Standardise the score of every hinge, smooth terms fitted anew.

    The score of the hinge's coefficient at zero, made orthogonal to those of
    the smooth terms, over the root of the sum of the rows' squared parts in
    it. The model's own variance would not do: where dispersion changes with
    the score, so that no single alpha fits, it rejects smooth laws nearly
    twice too often.

    Parameters
    ----------
    null : SmoothNull
        Where the refits start.
    hinges : Hinges
        Hinges at k knots.
    sums : GroupSums
        Sums of b sets of counts.

    Returns
    -------
    ndarray, shape (b, k)
        About standard normal at each knot under the smooth law, large where
        the slope rises at the knot; NaN for a set of zeros, minus infinity
        where the rows of a set have no part in the score.

    References
    ----------
    Boos (1992), On generalized score tests, The American Statistician 46,
    327-333.
    """
    fit = null.refit(sums)
    score, projection = _hinge_scores(null, hinges, sums, fit)
    squares = squared_residuals(fit.alpha, fit.means, null.groups, sums)
    variance = _projected_squares(squares, null.design, hinges, projection)
    whole = squares @ hinges.columns**2
    return _standardised(score, variance, whole)


def observed_kink_scores(sample: SmoothSample, hinges: Hinges) -> Floats:
    """Standardise the scores of the sample itself.

    Where domains form clusters, the parts in the score are added up by
    cluster before they are squared, and the result is brought from Student's
    law of as many degrees of freedom to the normal law that the draws
    follow.

    Parameters
    ----------
    sample : SmoothSample
    hinges : Hinges
        Hinges at k knots.

    Returns
    -------
    ndarray, shape (k,)
        As a row of `kink_scores`.
    """
    null, clusters = sample.null, sample.sample.clusters
    plain: Floats = kink_scores(null, hinges, sample.sums)[0]
    if clusters is None:
        return plain
    fit = null.refit(sample.sums)
    score, projection = _hinge_scores(null, hinges, sample.sums, fit)
    remainder = hinges.columns - null.design @ projection[0]
    at = null.groups.group_of_row
    means = fit.means[0][at]
    residuals = (sample.sample.counts - means) / (1 + fit.alpha[0] * means)
    parts = residuals[:, np.newaxis] * remainder[at]
    by_cluster = cluster_sums(parts, clusters)
    count = len(by_cluster)
    variance = standard_errors(by_cluster, 1, count / (count - 1)) ** 2
    whole = (residuals**2) @ hinges.columns[at] ** 2
    clustered = _standardised(score[0], variance, whole)
    degrees = count - null.design.shape[1]
    return np.asarray(-ndtri(stdtr(max(degrees, 1), -clustered)))


def _hinge_scores(
    null: SmoothNull,
    hinges: Hinges,
    sums: GroupSums,
    fit: NegativeBinomialFit,
) -> tuple[Floats, Floats]:
    """Scores (b, k), and the hinges' projections on the terms (b, p, k)."""
    residuals, weights = working_values(fit.alpha, fit.means, null.groups, sums)
    projection = np.asarray(
        np.linalg.solve(
            information_matrix(weights, null.design),
            weighted_products(weights, null.design, hinges.columns),
        ),
        dtype=np.float64,
    )
    score = residuals @ hinges.columns - np.einsum(
        "bp,bpk->bk", residuals @ null.design, projection
    )
    return score, projection


def _projected_squares(
    squares: Floats, design: Floats, hinges: Hinges, projection: Floats
) -> Floats:
    """Sum squares times (hinge - its projection)^2, shape (b, k)."""
    crossed = weighted_products(squares, design, hinges.columns)
    own = weighted_products(squares, design, design) @ projection
    return np.asarray(
        squares @ hinges.columns**2
        + np.einsum("bpk,bpk->bk", projection, own - 2 * crossed)
    )


def _standardised(score: Floats, variance: Floats, whole: Floats) -> Floats:
    has_part: Booleans = ~(variance <= SMALLEST_REMAINDER * whole)
    root = np.sqrt(np.where(has_part, variance, 1.0), dtype=np.float64)
    return np.asarray(
        np.where(has_part, score / root, -np.inf), dtype=np.float64
    )


def locate_knot(sample: SmoothSample, hinges: Hinges, ci_level: float) -> Knot:
    """Find the most likely upward knot and its likelihood interval.

    The smooth terms and one hinge are fitted at each candidate knot, alpha
    being that of the knot with the largest score; a hinge that turns
    downward counts as none. The interval holds every knot whose deviance
    from the best is within the quantile of chi-square(1), the deviance being
    linear between candidates. Where it reaches the first or last candidate
    it ends there: knots beyond were not looked at.

    Parameters
    ----------
    sample : SmoothSample
        Counts for which the kink test rejects the smooth law.
    hinges : Hinges
        Hinges at k candidate knots.
    ci_level : float
        Confidence level, 0-1.

    Returns
    -------
    Knot
        ``NO_KNOT`` where no hinge turns upward.

    References
    ----------
    Feder (1975), On asymptotic distribution theory in segmented regression
    problems, Annals of Statistics 3, 49-83.
    """
    null, sums = sample.null, sample.sums
    scores = kink_scores(null, hinges, sums)[0]
    best_first = [int(np.argmax(scores))]
    alpha = float(_fit_hinges(sample, hinges, best_first).alpha[0])
    every = range(len(hinges.knots))
    fits = _fit_hinges(sample, hinges, every, alpha)
    changes = fits.coefficients[:, -1]
    profile = _likelihoods(sample, alpha, fits)
    is_upward = (changes > 0) & np.isfinite(profile)
    if not is_upward.any():
        return NO_KNOT
    start = (null.coefficients, alpha)
    flat = fit_negative_binomial(null.design, null.groups, sums, start, alpha)
    smooth = _likelihoods(sample, alpha, flat)
    deviance = -2 * np.where(is_upward, profile, smooth)
    best = int(np.argmin(deviance))
    limit = deviance[best] + float(chdtri(1, 1 - ci_level))
    return Knot(
        score=float(hinges.knots[best]),
        low=_outermost(hinges.knots[best::-1], deviance[best::-1], limit),
        high=_outermost(hinges.knots[best:], deviance[best:], limit),
        slope_change=float(changes[best] / hinges.scales[best]),
    )


def _fit_hinges(
    sample: SmoothSample,
    hinges: Hinges,
    places: Sequence[int],
    alpha: float | None = None,
) -> NegativeBinomialFit:
    """Fit the smooth terms and one hinge, for each of some hinges."""
    null, sums = sample.null, sample.sums
    designs = np.array(
        [np.column_stack([null.design, hinges.columns[:, at]]) for at in places]
    )
    sets = np.zeros(len(places), dtype=np.intp)
    start = (np.append(null.coefficients, 0.0), null.alpha)
    return fit_negative_binomial(
        designs, null.groups, sums.take(sets), start, alpha
    )


def _likelihoods(
    sample: SmoothSample, alpha: float, fits: NegativeBinomialFit
) -> Floats:
    with np.errstate(divide="ignore"):
        logs = np.log(fits.means)
    # A mean that ran off to zero, of a group without counts.
    logs = np.maximum(logs, np.log(np.finfo(np.float64).tiny))
    groups, sums = sample.null.groups, sample.sums
    return log_likelihoods(np.full(len(logs), alpha), logs, groups, sums)


def _outermost(knots: Floats, deviance: Floats, limit: float) -> float:
    """Go outward from the best knot to where the deviance stays too high."""
    last = int(np.flatnonzero(deviance <= limit)[-1])
    if last == len(knots) - 1:
        return float(knots[last])
    beyond = slice(last, last + 2)
    return float(np.interp(limit, deviance[beyond], knots[beyond]))
