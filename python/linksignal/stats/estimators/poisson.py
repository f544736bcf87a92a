"""Slopes of log means by Poisson pseudo-likelihood, with sandwich errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from linksignal.stats.arrays import Floats
from linksignal.stats.estimators.new_prompts import Changes

MOST_STEPS = 100
LARGEST_STEP = 2.0
COLLINEAR = 1e-9
SMALLEST_GAIN = 1e-22


@dataclass(frozen=True)
class LogMeans:
    """A fitted law log E y = X b.

    Attributes
    ----------
    coefficients : ndarray, shape (k,)
        NaN where the counts have no finite fit.
    influences : ndarray, shape (n, k)
        Empirical influence of each row, each residual stretched by one
        minus its leverage (as a row left out would show it).
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


def fit_log_means(design: Floats, counts: Floats) -> LogMeans:
    """Fit log means; right for any law of the counts with these means.

    Parameters
    ----------
    design : ndarray, shape (n, k)
        Columns, the first of ones.
    counts : ndarray, shape (n,)
        0 or more, not all zero.

    Returns
    -------
    LogMeans

    References
    ----------
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
    if found is None:
        return nothing
    place, means, bread = found
    coefficients = np.linalg.solve(triangle, place * np.sqrt(row_count))
    directions = basis @ np.linalg.inv(bread)
    leverage = means * np.einsum("ij,ij->i", directions, basis) / row_count
    residuals = (counts - means) / np.maximum(1 - leverage, 1 / row_count)
    directions = np.linalg.solve(triangle, directions.T * np.sqrt(row_count)).T
    return LogMeans(
        coefficients, directions * residuals[:, np.newaxis], directions
    )


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
        size = min(1.0, LARGEST_STEP / np.abs(move).max())
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
