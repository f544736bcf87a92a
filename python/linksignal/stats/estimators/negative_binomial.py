"""Negative-binomial regression on a predictor, many sets of counts at once.

The model is NB2: log mean linear in functions of the score, variance
mean + alpha mean^2. Newton steps for the coefficients and for the moment
estimate of alpha take turns; all sets of counts go through each iteration
together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import brentq

from linksignal.stats.arrays import Booleans, Floats, Indices
from linksignal.stats.estimators.score_groups import GroupSums, ScoreGroups

MAX_ITERATIONS = 200

# Converged: the next step would gain less than half of this in log
# likelihood, and alpha moves by less than this (relative to one plus itself).
# Where groups run off to a mean of zero, the gain ends though the
# coefficients have no bound.
SMALLEST_GAIN = 1e-10
ALPHA_TOLERANCE = 1e-8

# How far a log mean may rise above the highest one in one iteration: further
# it would overflow. Means of groups without counts may fall without a bound.
LONGEST_STEP = 3.0

# A step that promises less than this gain is not checked for one.
SAFE_GAIN = 0.1
MAX_HALVINGS = 30

# Dispersions looked at where the iteration does not settle.
LARGEST_ALPHA = 1e12

# Share of its mean diagonal that is added to the information matrix, so that
# it has an inverse where a group's mean runs off to zero. A fit that
# converges is not changed: the step is zero whatever the matrix.
RIDGE_SHARE = 1e-12


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


@dataclass(frozen=True)
class _Sets:
    """What is fitted: designs (g, p) or (b, g, p), groups, sums of b sets."""

    design: Floats
    groups: ScoreGroups
    sums: GroupSums

    @property
    def freedom(self) -> int:
        """Degrees of freedom of Pearson's chi-square."""
        return int(self.groups.row_count - self.design.shape[-1])

    @property
    def is_shared(self) -> bool:
        """Whether all sets have the same design."""
        return self.design.ndim == 2

    def take(self, sets: Indices) -> _Sets:
        """Give some of the sets."""
        design = self.design if self.is_shared else self.design[sets]
        return replace(self, design=design, sums=self.sums.take(sets))

    def logs(self, coefficients: Floats) -> Floats:
        """Log means (b, g) of coefficients (b, p)."""
        if self.is_shared:
            return np.asarray(coefficients @ self.design.T)
        return np.asarray((self.design @ coefficients[..., np.newaxis])[..., 0])

    def by_term(self, values: Floats) -> Floats:
        """Add values (b, g) up along each term, (b, p)."""
        if self.is_shared:
            return values @ self.design
        return np.asarray((values[:, np.newaxis] @ self.design)[:, 0])

    def information(self, weights: Floats) -> Floats:
        """Information of the coefficients, (b, p, p)."""
        if self.is_shared:
            return information_matrix(weights, self.design)
        weighted = self.design * weights[..., np.newaxis]
        return _with_ridge(np.swapaxes(self.design, 1, 2) @ weighted)


# On the way an iterate may overflow: its gain is no number then, and the set
# ends as not converged or is fitted by the search over alpha.
@np.errstate(over="ignore", invalid="ignore")
def fit_negative_binomial(
    design: Floats,
    groups: ScoreGroups,
    sums: GroupSums,
    start: tuple[Floats, float] | None = None,
    fixed_alpha: float | None = None,
) -> NegativeBinomialFit:
    """Fit NB2 with log link and moment alpha to each set of counts.

    For a given alpha the likelihood is concave in the coefficients, so that
    Newton's steps, halved where they lose, reach its top from anywhere. A
    single set for which alpha and coefficients do not settle in turn is
    fitted by a search over alpha.

    Parameters
    ----------
    design : ndarray, shape (g, p) or (b, g, p)
        Functions of the score, the first one constant; of full rank. One
        for all sets, or one for each.
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
        Where `is_converged` is false the last iterate stands. A set of
        zeros has no fit: NaN.

    References
    ----------
    Breslow (1984), Extra-Poisson variation in log-linear models, Applied
    Statistics 33, 38-44 (alpha from Pearson's chi-square).
    Lawless (1987), Negative binomial and mixed Poisson regression, Canadian
    Journal of Statistics 15, 209-225.
    """
    sets = _Sets(design, groups, sums)
    if start is None and fixed_alpha is None:
        # Where several alphas have the chi-square that is due, the one
        # nearest to Poisson's law counts.
        poisson = fit_negative_binomial(design, groups, sums, fixed_alpha=0.0)
        coefficients, alpha = poisson.coefficients, poisson.alpha
    else:
        coefficients, alpha = _start(sets, start)
    if fixed_alpha is not None:
        alpha[:] = fixed_alpha
    is_moving = sums.totals.sum(axis=1) > 0
    coefficients[~is_moving] = np.nan
    is_converged = np.zeros(len(alpha), dtype=np.bool_)
    for _ in range(MAX_ITERATIONS):
        moving = np.flatnonzero(is_moving)
        if not len(moving):
            break
        part = sets if len(moving) == len(alpha) else sets.take(moving)
        logs = part.logs(coefficients[moving])
        means = np.exp(logs)
        alpha_step = np.zeros(len(moving))
        if fixed_alpha is None:
            alpha_step = _alpha_step(alpha[moving], means, part)
            alpha[moving] += alpha_step
        step, gain = _newton_step(alpha[moving], logs, means, part)
        _halve_losing(
            step, np.flatnonzero(gain > SAFE_GAIN), alpha[moving], logs, part
        )
        coefficients[moving] += step
        is_still = (gain <= SMALLEST_GAIN) & (
            np.abs(alpha_step) <= ALPHA_TOLERANCE * (1 + alpha[moving])
        )
        is_converged[moving] = is_still
        is_moving[moving] = ~is_still & np.isfinite(gain)
    fit = NegativeBinomialFit(
        coefficients=coefficients,
        alpha=alpha,
        means=np.exp(sets.logs(coefficients)),
        is_converged=is_converged,
    )
    needs_search = len(alpha) == 1 and not is_converged[0]
    if needs_search and fixed_alpha is None and sums.totals.any():
        return _search_alpha(fit, sets)
    return fit


def _start(
    sets: _Sets, start: tuple[Floats, float] | None
) -> tuple[Floats, Floats]:
    totals, design = sets.sums.totals, sets.design
    set_count = len(totals)
    if start is not None:
        return np.tile(start[0], (set_count, 1)), np.full(set_count, start[1])
    coefficients = np.zeros((set_count, design.shape[-1]))
    with np.errstate(divide="ignore"):
        level = np.log(totals.sum(axis=1) / sets.groups.row_count)
    coefficients[:, 0] = level / design[..., 0, 0]
    return coefficients, np.zeros(set_count)


def _alpha_step(alpha: Floats, means: Floats, sets: _Sets) -> Floats:
    """Newton step to where Pearson's chi-square equals its freedom.

    Taken on the inverse of chi-square, which is concave in alpha: after the
    first step the iterates rise to the root and never pass it.
    """
    shrink = 1 / (1 + alpha[:, np.newaxis] * means)
    parts = _squared_deviations(means, sets.groups, sets.sums) * shrink
    chi_square = _over(parts, means).sum(axis=1)
    slope = (parts * shrink).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        step = (chi_square / sets.freedom - 1) * chi_square / slope
    # Counts that are fitted without error have no slope, and no dispersion.
    step = np.where(slope > 0, step, -alpha)
    return np.asarray(np.maximum(step, -alpha))


def _over(parts: Floats, means: Floats) -> Floats:
    """Divide by means; a group whose mean ran off to zero has no part."""
    return np.divide(parts, means, out=np.zeros_like(parts), where=means > 0)


def _newton_step(
    alpha: Floats, logs: Floats, means: Floats, sets: _Sets
) -> tuple[Floats, Floats]:
    """Step of each set, and twice the gain it promises.

    With the observed information, which under the log link is positive:
    where a curve fits badly the expected one needs several times the steps.
    """
    residuals, weights = observed_values(alpha, means, sets.groups, sets.sums)
    information = sets.information(weights)
    score = sets.by_term(residuals)
    solved = np.linalg.solve(information, score[..., np.newaxis])
    step = np.asarray(solved[..., 0], dtype=np.float64)
    gain = np.asarray((step * score).sum(axis=1))
    rise = sets.logs(step)
    room = LONGEST_STEP + logs.max(axis=1, keepdims=True) - logs
    share = (rise / room).max(axis=1, keepdims=True)
    return np.asarray(step / np.maximum(share, 1.0)), gain


def _halve_losing(
    step: Floats, unsure: Indices, alpha: Floats, logs: Floats, sets: _Sets
) -> None:
    """Halve steps of unsure sets, in place, until no likelihood falls."""
    if not len(unsure):
        return

    part = sets.take(unsure)
    before = log_likelihoods(
        alpha[unsure], logs[unsure], part.groups, part.sums
    )
    for _ in range(MAX_HALVINGS):
        moved = logs[unsure] + part.logs(step[unsure])
        likelihoods = log_likelihoods(
            alpha[unsure], moved, part.groups, part.sums
        )
        loses = likelihoods < before
        if not loses.any():
            return
        unsure, before = unsure[loses], before[loses]
        part = sets.take(unsure)
        step[unsure] /= 2


def _search_alpha(fit: NegativeBinomialFit, sets: _Sets) -> NegativeBinomialFit:
    """Find the alpha whose own fit has the chi-square that is due."""
    design, groups, sums = sets.design, sets.groups, sets.sums

    def fit_at(alpha: float) -> NegativeBinomialFit:
        return fit_negative_binomial(design, groups, sums, None, alpha)

    def excess(log_alpha: float) -> float:
        at = fit_at(float(np.exp(log_alpha)))
        parts = _squared_deviations(at.means, groups, sums) / (
            1 + at.alpha[:, np.newaxis] * at.means
        )
        return float(_over(parts, at.means).sum() / sets.freedom - 1)

    low, high = np.log(ALPHA_TOLERANCE), np.log(LARGEST_ALPHA)
    if excess(low) <= 0:
        return fit_at(0.0)
    if not excess(high) < 0:
        return fit
    root = brentq(excess, low, high, xtol=ALPHA_TOLERANCE)
    return fit_at(float(np.exp(root)))


def log_likelihoods(
    alpha: Floats, logs: Floats, groups: ScoreGroups, sums: GroupSums
) -> Floats:
    """Give NB2 log likelihoods of m sets of counts.

    Parameters
    ----------
    alpha : ndarray, shape (m,)
        Dispersions, 0 or more.
    logs : ndarray, shape (m, g)
        Log of the mean count of a row in each group.
    groups : ScoreGroups
    sums : GroupSums
        Sums of m sets of counts, or of one set for all.

    Returns
    -------
    ndarray, shape (m,)
        Log likelihoods, up to a constant that does not depend on the means.
    """
    means = np.exp(logs)
    column = alpha[:, np.newaxis]
    stretch = np.log1p(column * means)
    is_dispersed = np.broadcast_to(column > 0, means.shape)
    size_term = np.divide(stretch, column, out=means, where=is_dispersed)
    terms = sums.totals * (logs - stretch) - groups.sizes * size_term
    return np.asarray(terms.sum(axis=1))


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


def observed_values(
    alpha: Floats, means: Floats, groups: ScoreGroups, sums: GroupSums
) -> tuple[Floats, Floats]:
    """Give each group's part in the score and in the observed information.

    Parameters
    ----------
    alpha, means, groups, sums
        As in `working_values`.

    Returns
    -------
    residuals : ndarray, shape (b, g)
        As from `working_values`.
    weights : ndarray, shape (b, g)
        Minus the second derivative of the log likelihood by the log mean of
        the group, 0 or more; its expected value is the weight of
        `working_values`.
    """
    # Shrunk twice, not divided by a square, which overflows where means do not.
    column = alpha[:, np.newaxis]
    shrink = 1 / (1 + column * means)
    residuals = (sums.totals - groups.sizes * means) * shrink
    sizes = groups.sizes + column * sums.totals
    return residuals, (means * shrink) * (sizes * shrink)


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
    return np.asarray(_squared_deviations(means, groups, sums) * shrink**2)


def _squared_deviations(
    means: Floats, groups: ScoreGroups, sums: GroupSums
) -> Floats:
    """Add up the rows' squared deviations from the mean, by group."""
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
    return _with_ridge(weighted_products(weights, design, design))


def _with_ridge(information: Floats) -> Floats:
    size = information.shape[-1]
    ridge = RIDGE_SHARE * np.trace(information, axis1=1, axis2=2) / size
    # Weights of zero throughout would leave nothing to invert.
    ridge = np.maximum(ridge, np.finfo(np.float64).tiny)
    return np.asarray(
        information + ridge[:, np.newaxis, np.newaxis] * np.eye(size)
    )
