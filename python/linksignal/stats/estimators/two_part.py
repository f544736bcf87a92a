"""Two questions apart: is a domain mentioned at all, and how often if so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import digamma, expit, gammaln

from linksignal.stats.arrays import Booleans, Floats, Indices
from linksignal.stats.estimate import (
    Estimate,
    cluster_sums,
    standard_errors,
    without_numbers,
)
from linksignal.stats.estimators.score_groups import (
    POINTS_PER_STEP,
    CountSample,
    is_at_one_end,
)
from linksignal.stats.rules import (
    MIN_OFF_MODE_ROWS,
    Status,
    pair_status,
    profile,
)

CI_METHOD = "wald_t_sandwich"
CLUSTERED_CI_METHOD = "wald_t_sandwich_clusters"

MAX_ITERATIONS = 200
MAX_HALVINGS = 40

# Converged: the next step would gain less than half of this in log
# likelihood.
SMALLEST_GAIN = 1e-10

# A step longer than this, in log means over a standard deviation, is cut.
LONGEST_STEP = 2.0

# Step of numerical derivatives of the analytical scores.
DERIVATIVE_STEP = 1e-5

# Beyond it the negative binomial is one of its limits: Poisson's law, or
# Fisher's logarithmic series.
LARGEST_LOG_ALPHA = 14.0

# A limit is taken unless the law between them is better by this much.
TOLD_APART = 1e-7

# Parameters to the log likelihood of a row of each cell, shape (c,), and its
# derivatives, shape (c, p).
Scores = Callable[[Floats], tuple[Floats, Floats]]


def any_mention_slope(sample: CountSample, ci_level: float) -> Estimate:
    """Fit the log odds of being mentioned at all over the score.

    Parameters
    ----------
    sample : CountSample
    ci_level : float
        Confidence level, 0-1.

    Returns
    -------
    Estimate
        Log odds ratio per 10 points of score by logistic regression, with
        the sandwich standard error (HC0, or by cluster). ``not_converged``
        where a score separates the mentioned from the others: the slope is
        infinite.
    """
    broken = _broken_rule(sample)
    if broken is not None:
        return broken
    is_mentioned = sample.counts > 0
    status = pair_status(
        sample.row_count,
        profile(sample.scores),
        profile(is_mentioned.astype(np.float64)),
    )
    if status is not Status.OK:
        return without_numbers(
            sample.row_count,
            status,
            f"Fewer than {MIN_OFF_MODE_ROWS} domains are mentioned, or fewer "
            "are not.",
        )
    if _separates(sample.scores, is_mentioned):
        return without_numbers(
            sample.row_count,
            Status.NOT_CONVERGED,
            "A score separates the mentioned domains from the others.",
        )
    design, scale = _design(sample.scores)
    cells = _Cells.of(design, is_mentioned.astype(np.float64))

    def logit(parameters: Floats) -> tuple[Floats, Floats]:
        logs = cells.design @ parameters
        signed = np.where(cells.counts > 0, logs, -logs)
        values = -np.logaddexp(0.0, -signed)
        residuals = cells.counts - expit(logs)
        return values, residuals[:, np.newaxis] * cells.design

    level = np.log(is_mentioned.mean() / (1 - is_mentioned.mean()))
    maximum = _maximise(logit, np.array([level, 0.0]), cells)
    return _slope(sample, maximum, scale, ci_level)


def how_many_slope(sample: CountSample, ci_level: float) -> Estimate:
    """Fit the number of mentions over the score, among the mentioned.

    The negative binomial whose zeros were cut off has two limits that data
    often prefer: Poisson's law (alpha 0) and the logarithmic series (alpha
    infinite). Either has a slope of its own, and the likeliest of the three
    counts.

    Parameters
    ----------
    sample : CountSample
    ci_level : float
        Confidence level, 0-1.

    Returns
    -------
    Estimate
        Slope per 10 points of score of the log mean of the negative
        binomial whose zeros were cut off, with the sandwich standard error
        (HC0, or by cluster). n counts the mentioned domains.

    References
    ----------
    Mullahy (1986), Specification and testing of some modified count data
    models, Journal of Econometrics 33, 341-365.
    Fisher, Corbet & Williams (1943), The relation between the number of
    species and the number of individuals, Journal of Animal Ecology 12,
    42-58 (the logarithmic series).
    """
    broken = _broken_rule(sample)
    if broken is not None:
        return broken
    mentioned = sample.take(sample.counts > 0)
    broken = mentioned.broken_rule()
    if broken is not None:
        return without_numbers(
            mentioned.row_count,
            broken.status,
            "Too few mentioned domains differ in score and mentions.",
        )
    if is_at_one_end(mentioned.scores, mentioned.counts > 1):
        return without_numbers(
            mentioned.row_count,
            Status.NOT_CONVERGED,
            "All domains with more than one mention are at one end of the "
            "scores, so that the slope has no bound.",
        )
    design, scale = _design(mentioned.scores)
    maximum = _likeliest(_Cells.of(design, mentioned.counts))
    return _slope(mentioned, maximum, scale, ci_level)


def _broken_rule(sample: CountSample) -> Estimate | None:
    """Say what no part of the view can do without."""
    broken = sample.broken_rule()
    if broken is not None and broken.status is Status.TOO_FEW_DISTINCT:
        return None
    return broken


def _separates(scores: Floats, is_mentioned: Booleans) -> bool:
    """Tell whether a score parts the mentioned from the others."""
    with_mention, without = scores[is_mentioned], scores[~is_mentioned]
    return bool(
        with_mention.min() >= without.max()
        or without.min() >= with_mention.max()
    )


def _design(scores: Floats) -> tuple[Floats, float]:
    """Standard scores beside a constant, and the way back to 10 points."""
    spread = scores.std()
    standard = (scores - scores.mean()) / spread
    design = np.column_stack([np.ones(len(scores)), standard])
    return design, float(POINTS_PER_STEP / spread)


@dataclass(frozen=True)
class _Cells:
    """Rows by score and count: those of one cell have the same likelihood.

    Attributes
    ----------
    design : ndarray, shape (c, 2)
        A constant and the standard score.
    counts : ndarray, shape (c,)
    sizes : ndarray, shape (c,)
        Rows of each cell.
    cell_of_row : ndarray of int, shape (n,)
    """

    design: Floats
    counts: Floats
    sizes: Floats
    cell_of_row: Indices

    @classmethod
    def of(cls, design: Floats, counts: Floats) -> _Cells:
        """Tally rows of a design (n, 2) and their counts (n,)."""
        values, place = np.unique(counts, return_inverse=True)
        scores = np.unique(design[:, 1], return_inverse=True)[1]
        _, rows, cells, sizes = np.unique(
            scores * len(values) + place,
            return_index=True,
            return_inverse=True,
            return_counts=True,
        )
        return cls(design[rows], counts[rows], sizes * 1.0, cells)


def _slope(
    sample: CountSample, maximum: Maximum, scale: float, ci_level: float
) -> Estimate:
    """Scale the second parameter, with its sandwich error."""
    if not maximum.is_converged:
        return without_numbers(sample.row_count, Status.NOT_CONVERGED)
    error = maximum.sandwich_errors(sample.clusters)[1] * scale
    slope = Estimate(sample.row_count, float(maximum.parameters[1] * scale))
    return slope.with_error(
        float(error),
        float(sample.cluster_count - 2),
        ci_level,
        CI_METHOD if sample.clusters is None else CLUSTERED_CI_METHOD,
    )


@dataclass(frozen=True)
class Maximum:
    """Where a log likelihood is largest.

    Attributes
    ----------
    parameters : ndarray, shape (p,)
    value : float
        The log likelihood.
    rows : ndarray, shape (n, p)
        Score of each row.
    information : ndarray, shape (p, p)
        Minus the second derivatives.
    is_converged : bool
    """

    parameters: Floats
    value: float
    rows: Floats
    information: Floats
    is_converged: bool

    def sandwich_errors(self, clusters: Indices | None) -> Floats:
        """Standard errors whatever the law of the rows, shape (p,)."""
        parts = self.rows @ np.linalg.inv(self.information)
        sums = cluster_sums(parts, clusters)
        count = len(sums)
        factor = 1.0 if clusters is None else count / (count - 1)
        return standard_errors(sums, 1, factor)


def _maximise(law: Scores, start: Floats, cells: _Cells) -> Maximum:
    """Climb by Newton's steps, halved while they lose.

    Where the likelihood is not concave the curvatures count as if it were,
    which keeps every step uphill.
    """
    sizes, parameters = cells.sizes, start
    values, scores = law(parameters)
    for _ in range(MAX_ITERATIONS):
        total = sizes @ scores
        information = _information(law, parameters, sizes)
        if not np.isfinite(information).all():
            break
        curvatures, directions = np.linalg.eigh(information)
        least = 1e-10 * np.abs(curvatures).max()
        turned = directions.T @ total
        step = directions @ (turned / np.maximum(np.abs(curvatures), least))
        gain = float(step @ total)
        is_there = gain <= SMALLEST_GAIN
        step *= min(1.0, LONGEST_STEP / np.abs(step).max(initial=LONGEST_STEP))
        for _ in range(MAX_HALVINGS):
            new_values, new_scores = law(parameters + step)
            if sizes @ new_values >= sizes @ values - SMALLEST_GAIN:
                break
            step /= 2
        else:
            break
        parameters, values = parameters + step, new_values
        scores = new_scores
        if is_there:
            return Maximum(
                parameters,
                float(sizes @ values),
                scores[cells.cell_of_row],
                information,
                bool(curvatures.min() > least),
            )
    rows = scores[cells.cell_of_row]
    value = float(sizes @ values)
    return Maximum(parameters, value, rows, np.eye(len(start)), False)


def _information(law: Scores, parameters: Floats, sizes: Floats) -> Floats:
    """Minus the second derivatives, by central differences of the scores."""
    size = len(parameters)
    columns = []
    for at in range(size):
        move = DERIVATIVE_STEP * np.eye(size)[at]
        ends = [sizes @ law(parameters + sign * move)[1] for sign in (1, -1)]
        columns.append((ends[0] - ends[1]) / (2 * DERIVATIVE_STEP))
    hessian = np.column_stack(columns)
    return np.asarray(-(hessian + hessian.T) / 2)


def _likeliest(cells: _Cells) -> Maximum:
    """Fit the truncated negative binomial or the better of its limits."""
    level = np.log(cells.sizes @ cells.counts / cells.sizes.sum())
    start = np.array([level, 0.0])
    poisson = _maximise(_truncated_poisson(cells), start, cells)
    series = _maximise(_logarithmic_series(cells), start, cells)
    limits = [limit for limit in (poisson, series) if limit.is_converged]
    best = max(limits, key=lambda limit: limit.value, default=poisson)
    law = _truncated_negative_binomial(cells)
    for start in _starts(limits):
        between = _maximise(law, start, cells)
        is_between = abs(between.parameters[-1]) < LARGEST_LOG_ALPHA
        if (
            between.is_converged
            and is_between
            and (
                not best.is_converged or between.value > best.value + TOLD_APART
            )
        ):
            best = between
            break
    return best


def _starts(limits: Sequence[Maximum]) -> list[Floats]:
    """Log odds, slope and log alpha to start from."""
    slope = limits[0].parameters[1] if limits else 0.0
    return [np.array([0.0, slope, log_alpha]) for log_alpha in (0.0, -2.0, 3.0)]


def _truncated_poisson(cells: _Cells) -> Scores:
    """Parameters: log mean at the mean score, slope."""
    design, counts = cells.design, cells.counts

    def law(parameters: Floats) -> tuple[Floats, Floats]:
        with np.errstate(all="ignore"):
            logs = design @ parameters
            means = np.exp(logs)
            values = (
                counts * logs
                - means
                - np.log(-np.expm1(-means))
                - gammaln(counts + 1)
            )
            slopes = counts - means - means / np.expm1(means)
        return _told(values), slopes[:, np.newaxis] * design

    return law


def _logarithmic_series(cells: _Cells) -> Scores:
    """Parameters: log odds at the mean score, slope."""
    design, counts = cells.design, cells.counts

    def law(parameters: Floats) -> tuple[Floats, Floats]:
        with np.errstate(all="ignore"):
            logs = design @ parameters
            shrink = expit(-logs)
            lengths = np.logaddexp(0.0, logs)
            values = (
                -counts * np.logaddexp(0.0, -logs)
                - np.log(counts)
                - np.log(lengths)
            )
            slopes = counts * shrink - (1 - shrink) / lengths
        return _told(values), slopes[:, np.newaxis] * design

    return law


def _truncated_negative_binomial(cells: _Cells) -> Scores:
    """Parameters: log of alpha times the mean, its slope, log alpha."""
    design, counts = cells.design, cells.counts

    def law(parameters: Floats) -> tuple[Floats, Floats]:
        log_alpha = parameters[2]
        with np.errstate(all="ignore"):
            size = np.exp(-log_alpha)
            logs = design @ parameters[:2]
            filled = expit(logs)
            lengths = size * np.logaddexp(0.0, logs)
            rest = 1 / np.expm1(lengths)
            values = (
                gammaln(counts + size)
                - gammaln(size)
                - gammaln(counts + 1)
                - counts * np.logaddexp(0.0, -logs)
                - lengths
                - np.log(-np.expm1(-lengths))
            )
            by_log = counts * (1 - filled) - size * filled * (1 + rest)
            by_alpha = lengths * (1 + rest) - size * (
                digamma(counts + size) - digamma(size)
            )
        scores = np.column_stack([by_log[:, np.newaxis] * design, by_alpha])
        return _told(values), scores

    return law


def _told(values: Floats) -> Floats:
    """Where a likelihood is undefined it is the least there is."""
    return np.where(np.isfinite(values), values, -1e300)
