"""The score statistic for a kink: how much a hinge would help."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from linksignal.stats.arrays import Floats
from linksignal.stats.thresholds.score_groups import GroupSums, ScoreGroups
from linksignal.stats.thresholds.smooth_null import SmoothNull
from linksignal.stats.thresholds.working_sums import (
    information_matrix,
    squared_residuals,
    weighted_products,
    working_values,
)

MAX_KNOTS = 25
FIRST_KNOT_QUANTILE = 0.15
LAST_KNOT_QUANTILE = 0.95

# A hinge, or its information, of which the smooth terms leave less than this
# share is one of them up to rounding, and has no score of its own.
SMALLEST_REMAINDER = 1e-9


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
        a change of slope per point of score.
    """

    knots: Floats
    columns: Floats
    scales: Floats


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
    shares = (null.groups.sizes / null.groups.row_count)[:, np.newaxis]
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
    model = (fit.alpha, fit.means, null.groups, sums)
    residuals, weights = working_values(*model)
    squares = squared_residuals(*model)
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
    variance = _projected_squares(squares, null.design, hinges, projection)
    whole = squares @ hinges.columns**2
    has_part = ~(variance <= SMALLEST_REMAINDER * whole)
    root = np.sqrt(np.where(has_part, variance, 1.0))
    return np.where(has_part, score / root, -np.inf)


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


def largest_kink_scores(
    null: SmoothNull, hinges: Hinges, sums: GroupSums
) -> Floats:
    """Give the largest standardised score over the knots.

    Parameters
    ----------
    null, hinges, sums
        As in `kink_scores`.

    Returns
    -------
    ndarray, shape (b,)
        Not finite where a set of counts has no such score.
    """
    scores = kink_scores(null, hinges, sums)
    return np.asarray(scores.max(axis=1, initial=-np.inf))
