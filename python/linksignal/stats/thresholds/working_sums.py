"""Sums over score groups that fits, scores and sandwiches are made of."""

from __future__ import annotations

import numpy as np

from linksignal.stats.arrays import Floats
from linksignal.stats.thresholds.score_groups import GroupSums, ScoreGroups

# Share of its mean diagonal that is added to the information matrix, so that
# it has an inverse where a group's mean runs off to zero. A fit that
# converges is not changed: the step is zero whatever the matrix.
RIDGE_SHARE = 1e-12


def working_values(
    alpha: Floats, means: Floats, groups: ScoreGroups, sums: GroupSums
) -> tuple[Floats, Floats]:
    """Give each group's part in the score and in the information.

    Parameters
    ----------
    alpha : ndarray, shape (b,)
        Dispersions.
    means : ndarray, shape (b, g)
        Mean count of a row.
    groups : ScoreGroups
    sums : GroupSums
        Sums of b sets of counts.

    Returns
    -------
    residuals : ndarray, shape (b, g)
        Derivative of the log likelihood by the log mean of the group.
    weights : ndarray, shape (b, g)
        Its variance.
    """
    shrink = 1 / (1 + alpha[:, np.newaxis] * means)
    residuals = (sums.totals - groups.sizes * means) * shrink
    return residuals, groups.sizes * means * shrink


def observed_weights(
    alpha: Floats, means: Floats, groups: ScoreGroups, sums: GroupSums
) -> Floats:
    """Give each group's part in the observed information.

    Parameters
    ----------
    alpha, means, groups, sums
        As in `working_values`.

    Returns
    -------
    ndarray, shape (b, g)
        Minus the second derivative of the log likelihood by the log mean of
        the group, 0 or more; its expected value is the weight of
        `working_values`.
    """
    odds = alpha[:, np.newaxis] * means
    sizes = groups.sizes + alpha[:, np.newaxis] * sums.totals
    return np.asarray(means * sizes / (1 + odds) ** 2)


def squared_residuals(
    alpha: Floats, means: Floats, groups: ScoreGroups, sums: GroupSums
) -> Floats:
    """Add up the rows' squared parts in the score, by group.

    Parameters
    ----------
    alpha, means, groups, sums
        As in `working_values`.

    Returns
    -------
    ndarray, shape (b, g)
        An estimate of the variance of its residuals that holds whatever the
        law of the counts.
    """
    shrink = 1 / (1 + alpha[:, np.newaxis] * means)
    return np.asarray(squared_deviations(means, groups, sums) * shrink**2)


def squared_deviations(
    means: Floats, groups: ScoreGroups, sums: GroupSums
) -> Floats:
    """Add up the rows' squared deviations from the mean, by group.

    Parameters
    ----------
    means, groups, sums
        As in `working_values`.

    Returns
    -------
    ndarray, shape (b, g)
    """
    deviations = (
        sums.squares - 2 * means * sums.totals + groups.sizes * means**2
    )
    # A sum of squares; rounding may leave less than nothing.
    return np.maximum(deviations, 0.0)


def weighted_products(weights: Floats, left: Floats, right: Floats) -> Floats:
    """Add up products of columns over the groups, under several weights.

    Parameters
    ----------
    weights : ndarray, shape (b, g)
    left : ndarray, shape (g, p)
    right : ndarray, shape (g, k)

    Returns
    -------
    ndarray, shape (b, p, k)
    """
    products = left[:, :, np.newaxis] * right[:, np.newaxis, :]
    shape = (len(weights), left.shape[1], right.shape[1])
    return (weights @ products.reshape(len(left), -1)).reshape(shape)


def information_matrix(weights: Floats, design: Floats) -> Floats:
    """Give the information of the coefficients, with its ridge.

    Parameters
    ----------
    weights : ndarray, shape (b, g)
        As from `working_values`.
    design : ndarray, shape (g, p)

    Returns
    -------
    ndarray, shape (b, p, p)
        Never singular.
    """
    size = design.shape[1]
    information = weighted_products(weights, design, design)
    ridge = RIDGE_SHARE * np.trace(information, axis1=1, axis2=2) / size
    # Weights of zero throughout would leave nothing to invert.
    ridge = np.maximum(ridge, np.finfo(np.float64).tiny)
    return np.asarray(
        information + ridge[:, np.newaxis, np.newaxis] * np.eye(size)
    )
