"""Slopes of the log mean below and above the median score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from linksignal.stats.arrays import Booleans, Floats
from linksignal.stats.rules import Status
from linksignal.stats.thresholds.measures import (
    POINTS_PER_STEP,
    Measure,
    count_status,
    known_pairs,
    wald_measure,
    without_numbers,
)
from linksignal.stats.thresholds.negative_binomial import (
    NegativeBinomialFit,
    fit_negative_binomial,
)
from linksignal.stats.thresholds.score_groups import (
    GroupSums,
    ScoreGroups,
    group_rows,
    group_sums,
)
from linksignal.stats.thresholds.working_sums import (
    information_matrix,
    observed_weights,
    squared_residuals,
    weighted_products,
    working_values,
)

CI_METHOD = "wald_t_sandwich_hc3"


@dataclass(frozen=True)
class TierSlopes:
    """Slopes of the log mean count per 10 points of score.

    Attributes
    ----------
    lower, upper : Measure
        Among the domains up to the median score, and above it.
    difference : Measure
        Upper minus lower.
    """

    lower: Measure
    upper: Measure
    difference: Measure


def tier_slopes(
    scores: Floats, counts: Floats, ci_level: float = 0.95
) -> TierSlopes:
    """Fit a slope to each half of the domains, split at the median score.

    Parameters
    ----------
    scores : ndarray, shape (n,)
        Score of each domain, 0 or more; a missing value is NaN.
    counts : ndarray, shape (n,)
        Whole numbers, 0 or more; a missing value is NaN.
    ci_level : float, default 0.95
        Confidence level, 0-1.

    Returns
    -------
    TierSlopes
        Domains at the median score belong to the lower tier. The tiers
        share no domain, so that the variance of the difference is the sum
        of theirs, with Welch's degrees of freedom. Where a tier has no
        slope, the difference has its status.
    """
    scores, counts = known_pairs(scores, counts)
    status = count_status(scores, counts)
    if status is not Status.OK:
        nothing = without_numbers(len(scores), status)
        return TierSlopes(nothing, nothing, nothing)
    is_lower = lower_tier(scores)
    lower = negative_binomial_slope(
        scores[is_lower], counts[is_lower], ci_level
    )
    upper = negative_binomial_slope(
        scores[~is_lower], counts[~is_lower], ci_level
    )
    return TierSlopes(lower, upper, _difference(lower, upper, ci_level))


def negative_binomial_slope(
    scores: Floats, counts: Floats, ci_level: float = 0.95
) -> Measure:
    """Fit the slope of the log mean count over the score.

    NB2 with log link and moment alpha. The standard error is the sandwich's,
    which holds where the variance is not that of NB2, with residuals over
    one minus their leverage (HC3) and Student's law of n - 2 degrees of
    freedom: on 50 rows of skewed counts the plain one rejects 8-9 % of true
    null hypotheses, this one 6-7 %.

    Parameters
    ----------
    scores, counts : ndarray, shape (n,)
        As in `tier_slopes`, none missing.
    ci_level : float, default 0.95
        Confidence level, 0-1.

    Returns
    -------
    Measure
        Per 10 points of score; exp(estimate) is a ratio of means.

    References
    ----------
    White (1982), Maximum likelihood estimation of misspecified models,
    Econometrica 50, 1-25.
    Long & Ervin (2000), Using heteroscedasticity consistent standard errors
    in the linear regression model, The American Statistician 54, 217-224.
    """
    status = count_status(scores, counts)
    if status is not Status.OK:
        return without_numbers(len(scores), status)
    groups, in_order = group_rows(scores, counts)
    sums = group_sums(groups, in_order)
    shares = groups.sizes / groups.row_count
    centred = groups.scores - shares @ groups.scores
    spread = float(np.sqrt(shares @ centred**2))
    standard = centred / spread
    design = np.column_stack([np.ones(len(standard)), standard])
    fit = fit_negative_binomial(design, groups, sums)
    if not fit.is_converged[0]:
        return without_numbers(len(scores), Status.NOT_CONVERGED)
    covariance = sandwich_covariance(design, groups, sums, fit)
    scale = POINTS_PER_STEP / spread
    return wald_measure(
        len(scores),
        float(fit.coefficients[0, 1] * scale),
        float(np.sqrt(covariance[1, 1]) * scale),
        ci_level,
        ci_method=CI_METHOD,
        degrees=len(scores) - design.shape[1],
    )


def lower_tier(scores: Floats) -> Booleans:
    """Tell which domains belong to the lower tier.

    Parameters
    ----------
    scores : ndarray, shape (n,)
        Score of each domain, none missing.

    Returns
    -------
    ndarray of bool, shape (n,)
        The score is not above the median.
    """
    return np.asarray(scores <= np.median(scores), dtype=np.bool_)


def sandwich_covariance(
    design: Floats,
    groups: ScoreGroups,
    sums: GroupSums,
    fit: NegativeBinomialFit,
    leverage_power: int = 2,
) -> Floats:
    """Give the covariance of the coefficients whatever the rows' law.

    The bread is the observed information: the expected one is right only
    where the log mean is a line, and falls short on smooth curves.

    Parameters
    ----------
    design : ndarray, shape (g, p)
    groups : ScoreGroups
    sums : GroupSums
        Sums of one set of counts.
    fit : NegativeBinomialFit
        The design fitted to them.
    leverage_power : int, default 2
        Squared residuals are divided by one minus the leverage to this
        power: 0 gives HC0, 1 HC2, 2 HC3.

    Returns
    -------
    ndarray, shape (p, p)
    """
    model = (fit.alpha, fit.means, groups, sums)
    _, weights = working_values(*model)
    hat = np.linalg.inv(information_matrix(weights, design)[0])
    leverage = weights[0] / groups.sizes * ((design @ hat) * design).sum(axis=1)
    squares = squared_residuals(*model) / (1 - leverage) ** leverage_power
    meat = weighted_products(squares, design, design)[0]
    bread = np.linalg.inv(
        information_matrix(observed_weights(*model), design)[0]
    )
    return np.asarray(bread @ meat @ bread)


def _difference(lower: Measure, upper: Measure, ci_level: float) -> Measure:
    row_count = lower.n + upper.n
    for tier, name in ((lower, "lower"), (upper, "upper")):
        if tier.status is not Status.OK:
            reason = f"The {name} tier has no slope."
            return without_numbers(row_count, tier.status, reason)
    variances = np.array([lower.standard_error, upper.standard_error]) ** 2
    degrees = np.array([lower.degrees, upper.degrees])
    return wald_measure(
        row_count,
        upper.estimate - lower.estimate,
        float(np.sqrt(variances.sum())),
        ci_level,
        ci_method=CI_METHOD,
        degrees=float(variances.sum() ** 2 / (variances**2 / degrees).sum()),
    )
