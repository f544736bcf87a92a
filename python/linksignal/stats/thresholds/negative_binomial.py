"""Negative-binomial regression on a score, many sets of counts at once.

The model is NB2: log mean linear in functions of the score, variance
mean + alpha mean^2. Iteratively reweighted least squares for the
coefficients and a Newton step for the moment estimate of alpha take turns;
all sets of counts go through each iteration together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from linksignal.stats.arrays import Booleans, Floats
from linksignal.stats.thresholds.score_groups import GroupSums, ScoreGroups
from linksignal.stats.thresholds.working_sums import (
    information_matrix,
    observed_weights,
    squared_deviations,
    working_values,
)

MAX_ITERATIONS = 50

# Converged: no log mean and no alpha moves by more than this (alpha relative
# to one plus itself).
TOLERANCE = 1e-8

# The longest step of a log mean in one iteration. Longer ones overflow when
# a fit starts far off; a fit that runs off to a mean of zero takes steps of 1.
LONGEST_STEP = 3.0


@dataclass(frozen=True)
class NegativeBinomialFit:
    """Fits of b sets of counts; not finite where a set has none.

    Attributes
    ----------
    coefficients : ndarray, shape (b, p)
        Coefficients of the design.
    alpha : ndarray, shape (b,)
        Dispersion, 0 or more; 0 is Poisson.
    means : ndarray, shape (b, g)
        Fitted mean count of a row in each group.
    is_converged : ndarray of bool, shape (b,)
    """

    coefficients: Floats
    alpha: Floats
    means: Floats
    is_converged: Booleans


def fit_negative_binomial(
    design: Floats,
    groups: ScoreGroups,
    sums: GroupSums,
    start: tuple[Floats, float] | None = None,
    fixed_alpha: float | None = None,
) -> NegativeBinomialFit:
    """Fit NB2 with log link and moment alpha to each set of counts.

    Parameters
    ----------
    design : ndarray, shape (g, p)
        Functions of the score, the first one constant; of full rank.
    groups : ScoreGroups
        The g groups of n rows; n above p.
    sums : GroupSums
        Sums of b sets of counts, 0 or more.
    start : (ndarray (p,), float), optional
        Coefficients and alpha to start from; default the overall mean.
    fixed_alpha : float, optional
        Alpha to keep, instead of the moment estimate.

    Returns
    -------
    NegativeBinomialFit
        After at most ``MAX_ITERATIONS``; where `is_converged` is false the
        last iterate stands. A set of zeros has no fit: NaN.

    References
    ----------
    Breslow (1984), Extra-Poisson variation in log-linear models, Applied
    Statistics 33, 38-44 (alpha from Pearson's chi-square).
    Lawless (1987), Negative binomial and mixed Poisson regression, Canadian
    Journal of Statistics 15, 209-225.
    """
    coefficients, alpha = _start(design, groups, sums, start)
    if fixed_alpha is not None:
        alpha[:] = fixed_alpha
    is_moving = sums.totals.sum(axis=1) > 0
    coefficients[~is_moving] = np.nan
    is_converged = np.zeros(len(alpha), dtype=np.bool_)
    for _ in range(MAX_ITERATIONS):
        moving = np.flatnonzero(is_moving)
        if not len(moving):
            break
        part = sums.take(moving)
        means = np.exp(coefficients[moving] @ design.T)
        if fixed_alpha is None:
            freedom = groups.row_count - design.shape[1]
            alpha_step = _alpha_step(
                alpha[moving], means, groups, part, freedom
            )
            alpha[moving] += alpha_step
        else:
            alpha_step = np.zeros(len(moving))
        step = _coefficient_step(alpha[moving], means, design, groups, part)
        coefficients[moving] += step
        reach = np.abs(step @ design.T).max(axis=1)
        is_still = (reach <= TOLERANCE) & (
            np.abs(alpha_step) <= TOLERANCE * (1 + alpha[moving])
        )
        is_converged[moving] = is_still
        is_moving[moving] = ~is_still & np.isfinite(reach)
    return NegativeBinomialFit(
        coefficients=coefficients,
        alpha=alpha,
        means=np.exp(coefficients @ design.T),
        is_converged=is_converged,
    )


def _start(
    design: Floats,
    groups: ScoreGroups,
    sums: GroupSums,
    start: tuple[Floats, float] | None,
) -> tuple[Floats, Floats]:
    set_count = len(sums.totals)
    if start is not None:
        return np.tile(start[0], (set_count, 1)), np.full(set_count, start[1])
    coefficients = np.zeros((set_count, design.shape[1]))
    with np.errstate(divide="ignore"):
        level = np.log(sums.totals.sum(axis=1) / groups.row_count)
    coefficients[:, 0] = level / design[0, 0]
    return coefficients, np.zeros(set_count)


def _alpha_step(
    alpha: Floats,
    means: Floats,
    groups: ScoreGroups,
    sums: GroupSums,
    freedom: int,
) -> Floats:
    """Newton step to where Pearson's chi-square equals its freedom.

    Taken on the inverse of chi-square, which is concave in alpha: after the
    first step the iterates rise to the root and never pass it.
    """
    squares = squared_deviations(means, groups, sums) / means
    shrink = 1 / (1 + alpha[:, np.newaxis] * means)
    chi_square = (squares * shrink).sum(axis=1)
    slope = (squares * means * shrink**2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        step = (chi_square / freedom - 1) * chi_square / slope
    # Counts that are fitted without error have no slope, and no dispersion.
    step = np.where(slope > 0, step, -alpha)
    return np.asarray(np.maximum(step, -alpha))


def _coefficient_step(
    alpha: Floats,
    means: Floats,
    design: Floats,
    groups: ScoreGroups,
    sums: GroupSums,
) -> Floats:
    """Newton step, no log mean moving further than allowed.

    With the observed information, which under the log link is positive:
    where a curve fits badly the expected one needs several times the steps.
    """
    residuals, _ = working_values(alpha, means, groups, sums)
    weights = observed_weights(alpha, means, groups, sums)
    information = information_matrix(weights, design)
    score = residuals @ design
    step = np.linalg.solve(information, score[..., np.newaxis])[..., 0]
    reach = np.abs(step @ design.T).max(axis=1, keepdims=True)
    return np.asarray(step * LONGEST_STEP / np.maximum(reach, LONGEST_STEP))


def log_likelihoods(
    alpha: float, means: Floats, groups: ScoreGroups, sums: GroupSums
) -> Floats:
    """Give NB2 log likelihoods of one set of counts under several means.

    Parameters
    ----------
    alpha : float
        Dispersion, 0 or more.
    means : ndarray, shape (m, g)
        Mean count of a row in each group.
    groups : ScoreGroups
    sums : GroupSums
        Sums of one set of counts.

    Returns
    -------
    ndarray, shape (m,)
        Log likelihoods, up to a constant that does not depend on the means.
    """
    odds = alpha * means
    size_term = np.log1p(odds) / alpha if alpha > 0 else means
    terms = sums.totals * (np.log(means) - np.log1p(odds))
    return np.asarray((terms - groups.sizes * size_term).sum(axis=1))
