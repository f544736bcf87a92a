"""Intervals of partial Spearman correlations from influence values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from linksignal.stats.arrays import Floats
from linksignal.stats.intervals import Intervals, fisher_intervals
from linksignal.stats.rank_methods.partial import rank_slopes
from linksignal.stats.ranks import TieGroups, sums_above, tie_groups
from linksignal.stats.scores import rank_columns
from linksignal.stats.spearman import MIN_INFLUENCE_ROWS


def partial_intervals(
    signals: Floats, outcomes: Floats, controls: Floats, ci_level: float
) -> Intervals:
    """Give intervals of partial Spearman correlations.

    As those of plain ones (`spearman.spearman_intervals`): on Fisher's z
    scale, with the standard error of the influence values, below
    ``MIN_INFLUENCE_ROWS`` rows that of Bonett and Wright. Each control takes
    a row, as in Fisher's variance 1 / (n - c - 3).

    Parameters
    ----------
    signals : ndarray, shape (n, s)
        Signals in columns, none missing, none a function of the controls;
        n above c + 3.
    outcomes : ndarray, shape (n, o)
        Outcomes in columns, likewise.
    controls : ndarray, shape (n, c)
        What is held fixed.
    ci_level : float
        Confidence level, 0-1.

    Returns
    -------
    Intervals
        Shape (s, o); NaN where a correlation is perfect.

    References
    ----------
    Fisher (1924), The distribution of the partial correlation coefficient,
    Metron 3, 329-332.
    Bonett & Wright (2000), Sample size requirements for estimating Pearson,
    Kendall and Spearman correlations, Psychometrika 65, 23-28.
    """
    row_count, control_count = controls.shape
    degrees = row_count - control_count - 3
    left = _residual_scores(signals, controls)
    right = _residual_scores(outcomes, controls)
    estimates = np.clip(left.values.T @ right.values / row_count, -1.0, 1.0)
    quantile = float(norm.ppf((1 + ci_level) / 2))
    if row_count < MIN_INFLUENCE_ROWS:
        errors = np.sqrt((1 + estimates**2 / 2) / degrees)
        method = "fisher_z_bonett_wright"
        return fisher_intervals(estimates, errors, quantile, method)
    lengths = np.linalg.norm(_influences(left, right, estimates), axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        stretch = np.sqrt(row_count / degrees) / (1 - estimates**2)
        errors = lengths / row_count * stretch
    return fisher_intervals(estimates, errors, quantile, "fisher_z_influence")


def partial_influences(
    signals: Floats, outcomes: Floats, controls: Floats
) -> Floats:
    """Give the influence of each row on partial Spearman correlations.

    The correlation is that of u = F(x) - b G(c) and v = H(y) - d G(c),
    scores of mid-distributions less their fit on those of the controls,
    each at mean square one. A row counts by its own product u v and by what
    it adds to the ranks of all rows above it in x, y or a control; what it
    does to the fit falls out, as u and v are uncorrelated with the controls.
    Without controls these are the values of `spearman.spearman_influence`.

    Parameters
    ----------
    signals, outcomes, controls
        As in `partial_intervals`.

    Returns
    -------
    ndarray, shape (n, s, o)
        Influence values, of mean zero. Their mean square over n estimates
        the variance of the correlation.

    References
    ----------
    Croux & Dehon (2010), Influence functions of the Spearman and Kendall
    correlation measures, Statistical Methods & Applications 19, 497-515;
    here with ties, and carried on to what is left of the ranks.
    """
    left = _residual_scores(signals, controls)
    right = _residual_scores(outcomes, controls)
    estimates = left.values.T @ right.values / len(signals)
    return _influences(left, right, estimates)


@dataclass(frozen=True)
class _ResidualScores:
    """Variables less their fit on the controls, as sums of rank scores.

    Attributes
    ----------
    values : ndarray, shape (n, v)
        Of mean zero and mean square one.
    weights : ndarray, shape (1 + c, v)
        Weight in each of its own score and of those of the controls.
    own_groups, control_groups : sequence of TieGroups
        Of the v variables and of the c controls.
    """

    values: Floats
    weights: Floats
    own_groups: Sequence[TieGroups]
    control_groups: Sequence[TieGroups]

    def rank_terms(self, at: int, others: Floats) -> Floats:
        """Give what rows add, by the ranks of one variable, to products.

        `others` has the shape (n, m), and so has the result.
        """
        groups = (self.own_groups[at], *self.control_groups)
        terms = np.zeros_like(others)
        for weight, group in zip(self.weights[:, at], groups, strict=True):
            terms += weight * sums_above(group, others)
        return terms / len(others)


def _residual_scores(values: Floats, controls: Floats) -> _ResidualScores:
    row_count = len(values)
    ranks = rank_columns(values) / row_count
    control_ranks = rank_columns(controls) / row_count
    slopes = rank_slopes(control_ranks, ranks)
    residuals = ranks - control_ranks @ slopes
    lengths = np.sqrt(np.mean(residuals**2, axis=0))
    return _ResidualScores(
        residuals / lengths,
        np.vstack([np.ones(values.shape[1]), -slopes]) / lengths,
        [tie_groups(column) for column in values.T],
        [tie_groups(column) for column in controls.T],
    )


def _influences(
    left: _ResidualScores, right: _ResidualScores, estimates: Floats
) -> Floats:
    influences = np.einsum("ns,no->nso", left.values, right.values)
    for row in range(estimates.shape[0]):
        influences[:, row] += left.rank_terms(row, right.values)
    for column in range(estimates.shape[1]):
        influences[:, :, column] += right.rank_terms(column, left.values)
    squares = (
        _square_influences(left)[:, :, np.newaxis]
        + _square_influences(right)[:, np.newaxis]
    )
    influences -= estimates / 2 * squares
    return np.asarray(influences - 3 * estimates)


def _square_influences(scores: _ResidualScores) -> Floats:
    """Give the influence of each row on the mean squares, shape (n, v)."""
    columns = range(scores.values.shape[1])
    rank_terms = [
        scores.rank_terms(at, scores.values[:, [at]])[:, 0] for at in columns
    ]
    return scores.values**2 + 2 * np.column_stack(rank_terms) - 3
