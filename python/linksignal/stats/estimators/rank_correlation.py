"""Spearman's correlation, plain, partial, thinned: estimates and influences.

Plain is partial without controls, and one formula serves all (`thinning` has
the scores of thinned counts). The values of
a variable are its mid-ranks less their fit on those of the controls, brought
to mean square one. A row counts by its own product u v and by what it adds
to the ranks of all rows above it, in either variable or a control; what it
does to the fit falls out, as u and v are uncorrelated with the controls.

References
----------
Croux & Dehon (2010), Influence functions of the Spearman and Kendall
correlation measures, Statistical Methods & Applications 19, 497-515; here
with ties, and carried on to what controls leave of the ranks.
Bonett & Wright (2000), Sample size requirements for estimating Pearson,
Kendall and Spearman correlations, Psychometrika 65, 23-28.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from linksignal.stats.arrays import Booleans, Floats, Indices, side_by_side
from linksignal.stats.estimate import Estimate
from linksignal.stats.estimators.fisher import (
    MIN_INFLUENCE_ROWS,
    fisher_estimate,
    fisher_estimates,
    on_z_scale,
)
from linksignal.stats.estimators.variables import Variable
from linksignal.stats.ranks import sums_above

# A variable of which the controls leave less than this share of its sum of
# squares is a function of them: the rest is rounding.
LEAST_RESIDUAL_SHARE = 1e-9


@dataclass(frozen=True)
class RankScores:
    """Variables as ranks, less their fit on those of some controls.

    Attributes
    ----------
    variables : sequence of v Variable
        On the same n rows, none constant.
    controls : sequence of c Variable
        What is held fixed; none for plain correlations.
    """

    variables: Sequence[Variable]
    controls: Sequence[Variable] = ()

    @cached_property
    def _fit(self) -> tuple[Floats, Floats, Booleans]:
        """Give values (n, v), weights (1 + c, v), and what is left of any."""
        ranks = _columns(self.variables)
        slopes: Floats = np.zeros((len(self.controls), ranks.shape[1]))
        residuals: Floats = ranks
        if self.controls:
            control_ranks = _columns(self.controls)
            # The smallest slopes that fit where a control is constant or
            # its ranks follow from the others.
            cutoff = np.sqrt(LEAST_RESIDUAL_SHARE)
            fit = np.linalg.lstsq(control_ranks, ranks, rcond=cutoff)
            slopes = np.asarray(fit[0])
            residuals = ranks - control_ranks @ slopes
        squares = np.einsum("ij,ij->j", residuals, residuals)
        least = LEAST_RESIDUAL_SHARE * np.einsum("ij,ij->j", ranks, ranks)
        is_left = squares > least
        lengths = np.sqrt(np.where(is_left, squares, np.nan) / len(ranks))
        weights = np.vstack([np.ones(ranks.shape[1]), -slopes]) / lengths
        return residuals / lengths, weights, is_left

    @property
    def values(self) -> Floats:
        """Scores of mean zero and mean square one, shape (n, v)."""
        return self._fit[0]

    @property
    def scales(self) -> Floats:
        """Score of one rank of each variable, shape (v,)."""
        return np.asarray(self._fit[1][0])

    @property
    def is_left(self) -> Booleans:
        """Whether the controls leave anything of a variable, shape (v,)."""
        return self._fit[2]

    @cached_property
    def basis(self) -> Floats:
        """Orthonormal basis of the ranks of the controls, shape (n, k)."""
        row_count = self.variables[0].row_count
        if not self.controls:
            return np.empty((row_count, 0))
        ranks = _columns(self.controls)
        left, sizes, _ = np.linalg.svd(ranks, full_matrices=False)
        least = LEAST_RESIDUAL_SHARE * max(1.0, float(sizes[0]) ** 2)
        return np.asarray(left[:, sizes**2 > least])

    @cached_property
    def square_influences(self) -> Floats:
        """Influence of each row on the mean squares, shape (n, v)."""
        terms = [
            self.rank_terms(at, self.values[:, at])
            for at in range(len(self.variables))
        ]
        return self.values**2 + 2 * side_by_side(terms) - 3

    def rank_terms(self, at: int, others: Floats) -> Floats:
        """Give what rows add, by the ranks of one variable, to products.

        Parameters
        ----------
        at : int
            Which variable.
        others : ndarray, shape (n, ...)
            What it is multiplied with.

        Returns
        -------
        ndarray, shape (n, ...)
        """
        variable, weights = self.variables[at], self._fit[1][:, at]
        terms = weights[0] * sums_above(variable.groups, others)
        for weight, control in zip(weights[1:], self.controls, strict=True):
            terms += weight * sums_above(control.groups, others)
        return np.asarray(terms)

    def terms_of_all(self, other: Floats) -> Floats:
        """Give `rank_terms` of every variable for one other, shape (n, v)."""
        weights = self._fit[1]
        terms = side_by_side(
            [sums_above(one.groups, other) for one in self.variables]
        )
        terms *= weights[0]
        for at, control in enumerate(self.controls, 1):
            shared = sums_above(control.groups, other)
            terms += shared[:, np.newaxis] * weights[at]
        return np.asarray(terms)

    @cached_property
    def ascending(self) -> Floats:
        """The scores of plain ranks in ascending order, shape (n, v)."""
        groups = [one.groups for one in self.variables]
        ranks = [np.repeat(one.ranks, one.sizes) for one in groups]
        return side_by_side(ranks) * self.scales


def _columns(variables: Sequence[Variable]) -> Floats:
    return side_by_side([variable.ranks for variable in variables])


class Ranked(Protocol):
    """A variable as ranks: as it is, less controls, or thinned."""

    @property
    def values(self) -> Floats:
        """Scores of mean zero and mean square one, shape (n, 1)."""

    @property
    def square_influences(self) -> Floats:
        """Influence of each row on the mean square, shape (n, 1)."""

    def rank_terms(self, at: int, others: Floats) -> Floats:
        """Give what rows add, by its ranks, to products (n, s)."""


@dataclass(frozen=True)
class RankCorrelations:
    """Correlations of s signals with one outcome, and their influences.

    Attributes
    ----------
    estimates : ndarray, shape (s,)
        -1 to 1.
    influences : ndarray, shape (n, s)
        Of mean zero; their mean square over n estimates the variance.
    """

    estimates: Floats
    influences: Floats


def rank_correlations(signals: RankScores, outcome: Ranked) -> RankCorrelations:
    """Correlate signals with one outcome by rank.

    Parameters
    ----------
    signals : RankScores
        s signals.
    outcome : RankScores or Thinned
        One outcome, with the same controls.

    Returns
    -------
    RankCorrelations
    """
    left, right = signals.values, outcome.values[:, 0]
    products = left * right[:, np.newaxis]
    estimates = np.clip(right @ left / len(right), -1.0, 1.0)
    influences = products + signals.terms_of_all(right)
    influences += outcome.rank_terms(0, left)
    influences -= estimates * (_squares(signals, outcome) / 2 + 3)
    return RankCorrelations(estimates, influences)


def _squares(signals: RankScores, outcome: Ranked) -> Floats:
    return signals.square_influences + outcome.square_influences


def left_out_spearman(
    signals: RankScores,
    outcome: RankScores,
    found: RankCorrelations,
    sums: Floats,
) -> Floats:
    """Correlate by rank without each row in turn, in closed form.

    Without row i the centred rank a_j of every other row becomes
    a_j - s_ji / 2, with s_ji the sign of x_j - x_i. Sums of squares and
    products of such ranks need no more than the sums over larger values in
    the influences, and the concordance of row i.

    Parameters
    ----------
    signals, outcome : RankScores
        s signals and one outcome, without controls.
    found : RankCorrelations
        Their correlations.
    sums : ndarray, shape (n, s)
        Concordant less discordant rows of each row.

    Returns
    -------
    ndarray, shape (n, s)
        NaN where a variable is constant without row i.
    """
    row_count = len(sums)
    own_and_terms = found.influences + found.estimates * (
        _squares(signals, outcome) / 2 + 3
    )
    scale = signals.scales * outcome.scales
    products = row_count * found.estimates - own_and_terms + scale * sums / 4
    squares = [_left_out_squares(side) for side in (signals, outcome)]
    left_out = products / np.sqrt(squares[0] * squares[1])
    return np.clip(left_out, -1.0, 1.0)


def _left_out_squares(side: RankScores) -> Floats:
    """Sums of squares without each row, in the scale of the scores."""
    row_count = len(side.values)
    differing = side_by_side(
        [
            (row_count - one.groups.sizes)[one.groups.group_of_row]
            for one in side.variables
        ]
    )
    squares = row_count - 3 - side.square_influences
    squares = squares + side.scales**2 * differing / 4
    # Sums of squares of ranks are multiples of a quarter: less is rounding.
    is_constant = squares < side.scales**2 / 8
    return np.where(is_constant, np.nan, squares)


def rank_estimates(
    found: RankCorrelations,
    clusters: Indices | None,
    ci_level: float,
    control_count: int = 0,
) -> list[Estimate]:
    """Give rank correlations their intervals.

    On Fisher's z scale, with the error of the influence values; below
    ``MIN_INFLUENCE_ROWS`` rows, without clusters, the variance
    (1 + r^2 / 2) / (n - c - 3) of Bonett and Wright.

    Parameters
    ----------
    found : RankCorrelations
        Of n rows.
    clusters : ndarray of int, shape (n,), or None
        Cluster of each row.
    ci_level : float
        Confidence level, 0-1.
    control_count : int, default 0
        Controls c; each takes a row.

    Returns
    -------
    list of Estimate
        ``unreliable`` where a correlation is perfect.
    """
    row_count = len(found.influences)
    if row_count < MIN_INFLUENCE_ROWS and clusters is None:
        degrees = row_count - control_count - 3
        return [
            fisher_estimate(
                row_count,
                r,
                float(np.sqrt((1 + r * r / 2) / degrees)),
                np.inf,
                ci_level,
                "fisher_z_bonett_wright",
            )
            for r in found.estimates.tolist()
        ]
    return fisher_estimates(
        found.estimates,
        on_z_scale(found.estimates, found.influences),
        clusters,
        ci_level,
        fitted=2 + control_count,
    )
