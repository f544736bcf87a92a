"""Slopes of log means by Poisson pseudo-likelihood, with sandwich errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from linksignal.stats.arrays import Floats, Indices
from linksignal.stats.estimate import cluster_sums, renumbered
from linksignal.stats.estimators.new_prompts import Changes

MOST_STEPS = 100
LARGEST_STEP = 2.0
COLLINEAR = 1e-9
SMALLEST_GAIN = 1e-22

# A direction in which rows with events differ by less, of its mean square, is
# one in which they do not differ.
FLAT = 1e-12

# Keeps the fit without a cluster apart from none at all.
LEAST_LEFT = 1e-9


@dataclass(frozen=True)
class LogMeans:
    """A fitted law log E y = X b.

    Attributes
    ----------
    coefficients : ndarray, shape (k,)
        NaN where the counts have no finite fit.
    influences : ndarray, shape (n, k)
        Empirical influence of each row, each residual stretched by one
        minus its leverage (as a row left out would show it); of clusters
        that of the cluster left out, in its first row.
    directions : ndarray, shape (n, k)
        What one event more of a row adds to the coefficients, times n, to
        the first order.
    """

    coefficients: Floats
    influences: Floats
    directions: Floats

    @property
    def is_converged(self) -> bool:
        """Whether there is a finite fit."""
        return bool(np.isfinite(self.coefficients).all())


def fit_log_means(
    design: Floats, counts: Floats, clusters: Indices | None = None
) -> LogMeans:
    """Fit log means; right for any law of the counts with these means.

    Parameters
    ----------
    design : ndarray, shape (n, k)
        Columns, the first of ones.
    counts : ndarray, shape (n,)
        0 or more, not all zero.
    clusters : ndarray of int, shape (n,), optional
        Cluster of each row, 0 to g - 1: influences are then those of
        clusters left out. Default: those of rows.

    Returns
    -------
    LogMeans

    References
    ----------
    Bell & McCaffrey (2002), Bias reduction in standard errors for linear
    regression with multi-stage samples, Survey Methodology 28, 169-181
    (clusters left out).
    Gourieroux, Monfort & Trognon (1984), Pseudo maximum likelihood methods:
    applications to Poisson models, Econometrica 52, 701-720.
    """
    row_count, column_count = design.shape
    # In orthonormal columns no step depends on units, and none overflows.
    basis, triangle = np.linalg.qr(design)
    nothing = LogMeans(
        np.full(column_count, np.nan),
        np.full((row_count, column_count), np.nan),
        np.full((row_count, column_count), np.nan),
    )
    # What a column adds to those before it, as a share of its length.
    own = np.abs(np.diag(triangle)) / np.linalg.norm(triangle, axis=0)
    if not own.min() > COLLINEAR:
        return nothing
    basis *= np.sqrt(row_count)
    turned = basis.T @ counts / row_count
    found = _maximise(basis, counts, turned)
    if found is None or _is_separated(basis, counts):
        return nothing
    place, means, bread = found
    coefficients = np.linalg.solve(triangle, place * np.sqrt(row_count))
    directions = basis @ np.linalg.inv(bread)
    leverage = means * np.einsum("ij,ij->i", directions, basis) / row_count
    residuals = (counts - means) / np.maximum(1 - leverage, 1 / row_count)
    influences = directions * residuals[:, np.newaxis]
    if clusters is not None:
        _leave_clusters_out(influences, basis, counts, means, bread, clusters)
    unit = np.sqrt(row_count)
    directions, influences = (
        np.linalg.solve(triangle, one.T * unit).T
        for one in (directions, influences)
    )
    return LogMeans(coefficients, influences, directions)


def _is_separated(basis: Floats, counts: Floats) -> bool:
    """Tell whether the likelihood rises for ever along some line.

    Rows with events stay as they are along it, and none without rises
    (Santos Silva & Tenreyro 2010, Economics Letters 107, 310-312).
    """
    is_any = counts > 0
    held = basis[is_any]
    sizes, directions = np.linalg.eigh(held.T @ held / len(held))
    still = directions[:, sizes < FLAT * sizes[-1]]
    if still.shape[1] != 1:
        return bool(still.shape[1])
    moves = basis[~is_any] @ still[:, 0]
    slack = np.sqrt(FLAT) * np.abs(moves).max(initial=0)
    return bool(moves.min() >= -slack or moves.max() <= slack)


def _leave_clusters_out(  # noqa: PLR0913, PLR0917 - what a fit is made of
    influences: Floats,
    basis: Floats,
    counts: Floats,
    means: Floats,
    bread: Floats,
    clusters: Indices,
) -> None:
    """Put the influence of each cluster of several rows in its first row."""
    sizes = np.bincount(clusters)
    rows = np.flatnonzero(sizes[clusters] > 1)
    members = renumbered(clusters[rows])
    if members is None:
        return
    inside, within = basis[rows], means[rows]
    count = basis.shape[1]
    scores = cluster_sums(
        inside * (counts[rows] - within)[:, np.newaxis], members
    )
    left = np.empty((len(scores), count, count))
    for one in range(count):
        for other in range(one, count):
            products = inside[:, one] * inside[:, other] * within
            part = np.bincount(members, products, len(scores))
            rest = (1 + LEAST_LEFT) * bread[one, other] * len(counts) - part
            left[:, one, other] = left[:, other, one] = rest
    moved = np.linalg.solve(left, scores[:, :, np.newaxis])[:, :, 0]
    influences[rows] = 0
    first = np.unique(members, return_index=True)[1]
    influences[rows[first]] = moved * len(counts)


def moved_coefficients(
    fit: LogMeans, counts: Floats, changes: Changes
) -> Floats:
    """Tell how slopes move with changes of the counts.

    By one Newton step from the fit, to the changed counts brought back to
    their old total, which slopes do not depend on.

    Parameters
    ----------
    fit : LogMeans
        Of the counts, converged.
    counts : ndarray, shape (n,)
    changes : Changes

    Returns
    -------
    ndarray, shape (g, k)
        The first column, of the mean, means nothing.
    """
    gained = changes.after - changes.before
    total = counts.sum()
    growth = total / np.maximum(total + changes.add_up(gained), 1.0)
    moved = [
        growth * changes.add_up(direction[changes.rows] * gained)
        for direction in fit.directions.T
    ]
    return np.column_stack(moved) / len(counts)


def _maximise(
    basis: Floats, counts: Floats, turned: Floats
) -> tuple[Floats, Floats, Floats] | None:
    """Maximise the concave likelihood by damped Newton steps.

    The gain that a full step would bring, half the squared length of the
    gradient, tells when the top is reached.
    """
    row_count = len(counts)
    place = np.zeros(basis.shape[1])
    # The first column is a constant: start at the mean.
    place[0] = np.log(counts.mean()) / basis[0, 0]
    logs = basis @ place
    means = np.exp(logs)
    value = turned @ place - means.mean()
    for _ in range(MOST_STEPS):
        gradient = turned - basis.T @ means / row_count
        bread = (basis * means[:, np.newaxis]).T @ basis / row_count
        try:
            step = np.linalg.solve(bread, gradient)
        except np.linalg.LinAlgError:
            return None
        gain = gradient @ step
        if not np.isfinite(gain):
            return None
        if gain < SMALLEST_GAIN * counts.mean():
            return place, means, bread
        move = basis @ step
        # Only what rises may overflow. A few rows far from all others fall by
        # hundreds, and would hold up the rest.
        size = min(1.0, LARGEST_STEP / max(move.max(), LARGEST_STEP))
        while True:
            new_logs = logs + size * move
            new_means = np.exp(np.minimum(new_logs, 700))
            new_place = place + size * step
            new_value = turned @ new_place - new_means.mean()
            if new_value >= value - 1e-12 * abs(value):
                break
            size /= 2
            if size < 1e-10:
                return place, means, bread
        place, logs, means, value = new_place, new_logs, new_means, new_value
    return None
