"""The smooth law that a kink must beat: fitted to counts, and drawn from.

Log mean linear in {1, s, log(1 + s), s^2} of the score s, counts negative
binomial. A straight line would not do as null hypothesis: a kink test then
rejects nearly every smooth convex law.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from linksignal.stats.arrays import Floats
from linksignal.stats.bootstrap import CHUNK_CELLS
from linksignal.stats.thresholds.negative_binomial import (
    NegativeBinomialFit,
    fit_negative_binomial,
)
from linksignal.stats.thresholds.score_groups import (
    GroupSums,
    ScoreGroups,
    group_sums,
)

# Directions of the design below this share of the largest are rounding:
# scores so close together that the terms cannot be told apart.
SMALLEST_DIRECTION = 1e-9

# Poisson means above this overflow the generator. Reached only where the
# fitted variance is beyond sense; such draws fail to refit and are counted.
LARGEST_MEAN = 1e15

DrawStatistic = Callable[[Floats, GroupSums], Floats]


@dataclass(frozen=True)
class SmoothNull:
    """The smooth law fitted to the counts of a study.

    Attributes
    ----------
    groups : ScoreGroups
        Rows by score.
    design : ndarray, shape (g, p)
        The terms, recombined to be orthogonal over the rows.
    coefficients : ndarray, shape (p,)
    alpha : float
        Dispersion, 0 or more.
    means : ndarray, shape (g,)
        Fitted mean count at each score.
    is_converged : bool
    """

    groups: ScoreGroups
    design: Floats
    coefficients: Floats
    alpha: float
    means: Floats
    is_converged: bool

    def refit(self, sums: GroupSums) -> NegativeBinomialFit:
        """Fit the same terms to b sets of counts, starting from here."""
        start = (self.coefficients, self.alpha)
        return fit_negative_binomial(self.design, self.groups, sums, start)


def fit_smooth_null(groups: ScoreGroups, sums: GroupSums) -> SmoothNull:
    """Fit the smooth law.

    Parameters
    ----------
    groups : ScoreGroups
        Rows by score, scores 0 or more, at least five of them distinct.
    sums : GroupSums
        Sums of the one set of counts; not all zero.

    Returns
    -------
    SmoothNull
    """
    design = smooth_terms(groups)
    fit = fit_negative_binomial(design, groups, sums)
    return SmoothNull(
        groups=groups,
        design=design,
        coefficients=fit.coefficients[0],
        alpha=float(fit.alpha[0]),
        means=fit.means[0],
        is_converged=bool(fit.is_converged[0]),
    )


def smooth_terms(groups: ScoreGroups) -> Floats:
    """Give the span of {1, s, log(1 + s), s^2} in orthogonal columns.

    Parameters
    ----------
    groups : ScoreGroups
        Rows by score, scores 0 or more.

    Returns
    -------
    ndarray, shape (g, p)
        A column of ones, then columns of mean zero and mean square one over
        the rows, orthogonal to each other; p is 4, less where rounding
        leaves no difference between terms.
    """
    scaled = groups.scores / groups.scores.max()
    terms = np.column_stack([scaled, np.log1p(groups.scores), scaled**2])
    shares = (groups.sizes / groups.row_count)[:, np.newaxis]
    centred = terms - (shares * terms).sum(axis=0)
    centred /= np.sqrt((shares * centred**2).sum(axis=0))
    directions, lengths, _ = np.linalg.svd(
        np.sqrt(shares) * centred, full_matrices=False
    )
    is_real = lengths > SMALLEST_DIRECTION * lengths[0]
    columns = directions[:, is_real] / np.sqrt(shares)
    return np.column_stack([np.ones(len(columns)), columns])


def draw_counts(
    null: SmoothNull, generator: np.random.Generator, draw_count: int
) -> Iterator[Floats]:
    """Draw sets of counts from the fitted law, in chunks of bounded size.

    Parameters
    ----------
    null : SmoothNull
    generator : numpy.random.Generator
        Source of the draws.
    draw_count : int
        Sets of counts B, 1 or more.

    Yields
    ------
    ndarray, shape (b, n)
        The next b sets, in the order of `score_groups.group_rows`.
    """
    row_count = null.groups.row_count
    row_means = null.groups.spread(null.means)
    per_chunk = max(1, CHUNK_CELLS // row_count)
    for first in range(0, draw_count, per_chunk):
        shape = (min(per_chunk, draw_count - first), row_count)
        means = np.broadcast_to(row_means, shape)
        if null.alpha > 0:
            frailty = generator.gamma(1 / null.alpha, null.alpha, shape)
            means = np.minimum(frailty * row_means, LARGEST_MEAN)
        yield generator.poisson(means).astype(np.float64)


def draw_statistics(
    null: SmoothNull,
    generator: np.random.Generator,
    draw_count: int,
    statistics: Sequence[DrawStatistic],
) -> list[Floats]:
    """Compute statistics on the same draws from the fitted law.

    Parameters
    ----------
    null : SmoothNull
    generator : numpy.random.Generator
        Source of the draws.
    draw_count : int
        Draws B, 1 or more.
    statistics : sequence of callable
        Each maps b sets of counts, shape (b, n), and their sums to b
        numbers.

    Returns
    -------
    list of ndarray, shape (B,)
        For each statistic its values.
    """
    parts: list[list[Floats]] = [[] for _ in statistics]
    for counts in draw_counts(null, generator, draw_count):
        sums = group_sums(null.groups, counts)
        for part, statistic in zip(parts, statistics, strict=True):
            part.append(statistic(counts, sums))
    return [np.concatenate(part) for part in parts]
