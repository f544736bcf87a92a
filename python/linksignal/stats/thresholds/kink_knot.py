"""Where a kink lies: the profile likelihood of its knot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from linksignal.stats.arrays import Floats
from linksignal.stats.thresholds.kink_score import Hinges, kink_scores
from linksignal.stats.thresholds.negative_binomial import (
    NegativeBinomialFit,
    fit_negative_binomial,
    log_likelihoods,
)
from linksignal.stats.thresholds.smooth_sample import SmoothSample


@dataclass(frozen=True)
class Knot:
    """A knot; NaN where there is none.

    Attributes
    ----------
    score : float
        The most likely knot, in points of score.
    low, high : float
        Its interval.
    slope_change : float
        Change of the log slope at the knot, per point of score.
    """

    score: float = np.nan
    low: float = np.nan
    high: float = np.nan
    slope_change: float = np.nan


NO_KNOT = Knot()


def locate_knot(sample: SmoothSample, hinges: Hinges, ci_level: float) -> Knot:
    """Find the most likely upward knot and its likelihood interval.

    The smooth terms and one hinge are fitted at each candidate knot, alpha
    being that of the knot with the largest score; a hinge that turns
    downward counts as none. The interval holds every knot whose deviance
    from the best is within the quantile of chi-square(1), the deviance being
    linear between candidates. Where it reaches the first or last candidate
    it ends there: knots beyond were not looked at.

    Parameters
    ----------
    sample : SmoothSample
        Counts for which the kink test rejects the smooth law.
    hinges : Hinges
        Hinges at k candidate knots.
    ci_level : float
        Confidence level, 0-1.

    Returns
    -------
    Knot
        ``NO_KNOT`` where no hinge turns upward.

    References
    ----------
    Feder (1975), On asymptotic distribution theory in segmented regression
    problems, Annals of Statistics 3, 49-83.
    """
    scores = kink_scores(sample.null, hinges, sample.sums)[0]
    alpha = float(_fit(sample, hinges, int(np.argmax(scores))).alpha[0])
    fits = [_fit(sample, hinges, at, alpha) for at in range(len(hinges.knots))]
    means = np.concatenate([fit.means for fit in fits])
    changes = np.array([fit.coefficients[0, -1] for fit in fits])
    profile = log_likelihoods(alpha, means, sample.null.groups, sample.sums)
    is_upward = (changes > 0) & np.isfinite(profile)
    if not is_upward.any():
        return NO_KNOT
    smooth = _smooth_likelihood(sample, alpha)
    deviance = -2 * np.where(is_upward, profile, smooth)
    best = int(np.argmin(deviance))
    limit = deviance[best] + float(chi2.ppf(ci_level, 1))
    return Knot(
        score=float(hinges.knots[best]),
        low=_outermost(hinges.knots[best::-1], deviance[best::-1], limit),
        high=_outermost(hinges.knots[best:], deviance[best:], limit),
        slope_change=float(changes[best] / hinges.scales[best]),
    )


def _fit(
    sample: SmoothSample, hinges: Hinges, at: int, alpha: float | None = None
) -> NegativeBinomialFit:
    """Fit the smooth terms and one hinge."""
    null = sample.null
    design = np.column_stack([null.design, hinges.columns[:, at]])
    start = (np.append(null.coefficients, 0.0), null.alpha)
    return fit_negative_binomial(design, null.groups, sample.sums, start, alpha)


def _smooth_likelihood(sample: SmoothSample, alpha: float) -> float:
    """Likelihood of the smooth terms alone, at the same alpha."""
    null = sample.null
    start = (null.coefficients, alpha)
    fit = fit_negative_binomial(
        null.design, null.groups, sample.sums, start, alpha
    )
    likelihoods = log_likelihoods(alpha, fit.means, null.groups, sample.sums)
    return float(likelihoods[0])


def _outermost(knots: Floats, deviance: Floats, limit: float) -> float:
    """Go outward from the best knot to where the deviance stays too high."""
    last = int(np.flatnonzero(deviance <= limit)[-1])
    if last == len(knots) - 1:
        return float(knots[last])
    beyond = slice(last, last + 2)
    return float(np.interp(limit, deviance[beyond], knots[beyond]))
