"""Slopes of the log mean in two tiers of the score, split at a cut."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from linksignal.stats.arrays import Booleans
from linksignal.stats.estimate import Estimate, without_numbers
from linksignal.stats.estimators.kink import (
    Hinges,
    locate_knot,
    make_hinges,
    observed_kink_scores,
)
from linksignal.stats.estimators.negative_binomial import log_mean_slope
from linksignal.stats.estimators.score_groups import CountSample
from linksignal.stats.estimators.smooth_law import fit_sample, smooth_terms
from linksignal.stats.rules import Status

AT_MEDIAN, AT_KNOT = "median", "knot_of_other_half"

# Domains, and domains with a mention, that either tier of a half must have.
MIN_TIER_ROWS, MIN_TIER_MENTIONED = 25, 15


@dataclass(frozen=True)
class TierSlopes:
    """Slopes of the log mean count per 10 points of score.

    Attributes
    ----------
    lower, upper : Estimate
        Among the domains up to the cut, and above it.
    difference : Estimate
        Upper minus lower.
    cuts : tuple of float
        The largest score of the lower tier, in ascending order: one for
        each half of the domains, equal at the median; NaN without tiers.
    method : str or None
        ``AT_MEDIAN`` or ``AT_KNOT``; None without tiers.
    """

    lower: Estimate
    upper: Estimate
    difference: Estimate
    cuts: tuple[float, float] = (np.nan, np.nan)
    method: str | None = None


def median_tiers(sample: CountSample, ci_level: float = 0.95) -> TierSlopes:
    """Fit a slope to each tier, split at the median score.

    Parameters
    ----------
    sample : CountSample
    ci_level : float, default 0.95
        Confidence level, 0-1.

    Returns
    -------
    TierSlopes
        Domains at the median belong to the lower tier. The tiers share no
        domain, so that the variance of the difference is the sum of theirs,
        with Welch's degrees of freedom; where owners have domains in both,
        the owners' other domains are taken for others'. Where a tier has no
        slope, the difference has its status.
    """
    broken = sample.broken_rule()
    if broken is not None:
        return TierSlopes(broken, broken, broken)
    cut = float(np.median(sample.scores))
    return replace(
        _tiers(sample, cut, ci_level), cuts=(cut, cut), method=AT_MEDIAN
    )


def knot_tiers(
    sample: CountSample,
    generator: np.random.Generator,
    ci_level: float = 0.95,
) -> TierSlopes:
    """Fit a slope to each tier, split where the log mean bends.

    A knot and slopes from the same domains would flatter the threshold. So
    each half of the domains gives the knot at which the other half is split,
    and the slopes of the two halves, which share no owner, are averaged.

    Parameters
    ----------
    sample : CountSample
        For which the kink test rejects the smooth law.
    generator : numpy.random.Generator
        Parts the domains, or their owners, into halves.
    ci_level : float, default 0.95
        Confidence level, 0-1.

    Returns
    -------
    TierSlopes
        As `median_tiers` where a half is too small to tell a knot.

    References
    ----------
    Chernozhukov et al. (2018), Double/debiased machine learning for
    treatment and structural parameters, Econometrics Journal 21, C1-C68
    (cross-fitting).
    """
    is_first = _halves(sample, generator)
    halves = [sample.take(is_first), sample.take(~is_first)]
    knots = [_knot_of(half) for half in halves]
    if None in knots:
        return median_tiers(sample, ci_level)
    cuts = [float(knot) for knot in knots if knot is not None]
    first, second = (
        _tiers(half, cut, ci_level)
        for half, cut in zip(halves, cuts[::-1], strict=True)
    )
    return TierSlopes(
        _average(first.lower, second.lower, ci_level),
        _average(first.upper, second.upper, ci_level),
        _average(first.difference, second.difference, ci_level),
        cuts=(min(cuts), max(cuts)),
        method=AT_KNOT,
    )


def _halves(sample: CountSample, generator: np.random.Generator) -> Booleans:
    """Tell which domains are in the first half; owners stay together."""
    count = sample.cluster_count
    is_first = np.zeros(count, dtype=np.bool_)
    is_first[generator.permutation(count)[: count // 2]] = True
    return is_first if sample.clusters is None else is_first[sample.clusters]


def _knot_of(half: CountSample) -> float | None:
    """Give the most likely knot that leaves enough domains on either side."""
    fitted = fit_sample(half, smooth_terms)
    if isinstance(fitted, Estimate):
        return None
    hinges = make_hinges(fitted.null)
    is_kept = np.array([_leaves_enough(half, knot) for knot in hinges.knots])
    if not is_kept.any():
        return None
    kept = Hinges(
        hinges.knots[is_kept],
        hinges.columns[:, is_kept],
        hinges.scales[is_kept],
    )
    knot = locate_knot(fitted, kept, 0.95).score
    if np.isnan(knot):
        knot = float(kept.knots[np.argmax(observed_kink_scores(fitted, kept))])
    return knot


def _leaves_enough(half: CountSample, knot: float) -> bool:
    is_lower = half.scores <= knot
    return all(
        np.count_nonzero(tier) >= MIN_TIER_ROWS
        and np.count_nonzero(half.counts[tier]) >= MIN_TIER_MENTIONED
        for tier in (is_lower, ~is_lower)
    )


def _tiers(sample: CountSample, cut: float, ci_level: float) -> TierSlopes:
    is_lower = sample.scores <= cut
    lower = log_mean_slope(sample.take(is_lower), ci_level)
    upper = log_mean_slope(sample.take(~is_lower), ci_level)
    return TierSlopes(lower, upper, _difference(lower, upper, ci_level))


def _difference(lower: Estimate, upper: Estimate, ci_level: float) -> Estimate:
    for tier, name in ((lower, "lower"), (upper, "upper")):
        if tier.status is not Status.OK:
            reason = f"The {name} tier has no slope: {_inner(tier.reason)}"
            return without_numbers(lower.n + upper.n, tier.status, reason)
    return _combined(lower, upper, (-1.0, 1.0), ci_level)


def _average(first: Estimate, second: Estimate, ci_level: float) -> Estimate:
    for half in (first, second):
        if half.status is not Status.OK:
            reason = f"In one half of the domains: {_inner(half.reason)}"
            return without_numbers(first.n + second.n, half.status, reason)
    return _combined(first, second, (0.5, 0.5), ci_level)


def _inner(reason: str | None) -> str:
    """Turn a sentence into the second half of one."""
    return reason[:1].lower() + reason[1:] if reason else ""


def _combined(
    first: Estimate,
    second: Estimate,
    weights: tuple[float, float],
    ci_level: float,
) -> Estimate:
    """Weigh estimates of disjoint domains, Welch's degrees of freedom."""
    both = (first, second)
    factors = np.array(weights)
    estimates = np.array([one.estimate for one in both])
    errors = np.array([one.standard_error for one in both])
    degrees = np.array([one.degrees_of_freedom for one in both])
    variances = (factors * errors) ** 2
    assert first.ci_method is not None
    return Estimate(first.n + second.n, float(factors @ estimates)).with_error(
        float(np.sqrt(variances.sum())),
        float(variances.sum() ** 2 / (variances**2 / degrees).sum()),
        ci_level,
        first.ci_method,
    )
