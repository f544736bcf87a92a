"""An outcome over deciles of a score: its trend, and steps between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from linksignal.stats.arrays import Floats, Indices
from linksignal.stats.estimate import (
    Estimate,
    influence_errors,
    renumbered,
    welch_degrees,
    without_numbers,
)
from linksignal.stats.estimators.concordance import concordance, tau_b
from linksignal.stats.estimators.fisher import fisher_estimate, on_z_scale
from linksignal.stats.families import holm
from linksignal.stats.ranks import DECILES, centred_ranks, tie_groups
from linksignal.stats.rules import (
    MIN_DISTINCT_SCORES,
    MIN_OFF_MODE_ROWS,
    MIN_ROWS,
    Status,
    pair_status,
    profile,
)

TREND_CI_METHOD = "fisher_z_influence"
STEP_CI_METHOD = "brunner_munzel_t"
CLUSTERED_STEP_CI_METHOD = "influence_t_clusters"
LOWER_DECILES = tuple(range(1, DECILES))


@dataclass(frozen=True)
class DecileSample:
    """The n domains with score, decile and outcome.

    Attributes
    ----------
    deciles, outcomes : ndarray, shape (n,)
        Decile 1-10, and outcome.
    clusters : ndarray of int, shape (n,), or None
        Cluster of each domain; None where each is its own.
    """

    deciles: Floats
    outcomes: Floats
    clusters: Indices | None

    @property
    def row_count(self) -> int:
        """Domains n."""
        return len(self.deciles)


def decile_sample(
    scores: Floats,
    deciles: Floats,
    outcomes: Floats,
    clusters: Indices | None = None,
) -> DecileSample | Estimate:
    """Check scores, deciles and outcomes.

    Parameters
    ----------
    scores, deciles, outcomes : ndarray, shape (n,)
        Score of each domain, its decile (1-10) and its outcome; a missing
        value is NaN.
    clusters : ndarray of int, shape (n,), optional
        Cluster of each domain.

    Returns
    -------
    DecileSample or Estimate
        An estimate without numbers where fewer than ``MIN_ROWS`` domains
        have all three, a value is infinite, a decile is none, or there are
        fewer than ``MIN_DISTINCT_SCORES`` distinct scores.
    """
    columns = np.column_stack([scores, deciles, outcomes])
    is_known = ~np.isnan(columns).any(axis=1)
    known = columns[is_known]
    row_count = len(known)
    if row_count < MIN_ROWS:
        status = Status.TOO_FEW if row_count else Status.NO_OVERLAP
        return without_numbers(row_count, status)
    is_decile = np.isin(known[:, 1], np.arange(1, DECILES + 1))
    if not (np.isfinite(known).all() and is_decile.all()):
        return without_numbers(row_count, Status.UNRELIABLE)
    if len(np.unique(known[:, 0])) < MIN_DISTINCT_SCORES:
        return without_numbers(
            row_count,
            Status.TOO_FEW_DISTINCT,
            f"There are fewer than {MIN_DISTINCT_SCORES} distinct scores.",
        )
    kept = None if clusters is None else renumbered(clusters[is_known])
    return DecileSample(known[:, 1], known[:, 2], kept)


def trend_over_deciles(
    sample: DecileSample | Estimate, ci_level: float
) -> Estimate:
    """Estimate a monotone trend of the outcome over the deciles.

    Parameters
    ----------
    sample : DecileSample or Estimate
        As from `decile_sample`.
    ci_level : float
        Confidence level, 0-1.

    Returns
    -------
    Estimate
        Kendall's tau-b of decile and outcome (-1 to 1), its error, interval
        and p value on Fisher's z scale from the influence values, by
        Student's law. A perfect trend is ``unreliable``: it has no interval.

    References
    ----------
    Brown & Benedetti (1977), Sampling behavior of tests for correlation in
    two-way contingency tables, JASA 72, 309-315.
    """
    if isinstance(sample, Estimate):
        return sample
    row_count = sample.row_count
    status = pair_status(
        row_count, profile(sample.deciles), profile(sample.outcomes)
    )
    if status is not Status.OK:
        return without_numbers(row_count, status)
    # The outcome counted against few deciles, which is quicker.
    ties = [tie_groups(v) for v in (sample.outcomes, sample.deciles)]
    estimates, influences = tau_b(concordance(ties[:1], ties[1]))
    errors, degrees = influence_errors(
        on_z_scale(estimates, influences), sample.clusters
    )
    found = fisher_estimate(
        row_count,
        float(estimates[0]),
        float(errors[0]),
        degrees,
        ci_level,
        TREND_CI_METHOD,
    )
    if found.status is Status.OK:
        return found
    return replace(found, reason="The trend is perfect up to ties.")


@dataclass(frozen=True)
class Steps:
    """The nine steps of one outcome.

    Attributes
    ----------
    estimates : tuple of Estimate
        Step from decile 1 to 2, ..., from 9 to 10: Cliff's delta, the
        probability (-1 to 1) that a domain of the upper decile has the
        larger outcome minus that of the smaller one.
    p_adjusted : tuple of float
        Holm-adjusted p values over the steps that have one, else NaN.
    """

    estimates: tuple[Estimate, ...]
    p_adjusted: tuple[float, ...]


def decile_steps(sample: DecileSample | Estimate, ci_level: float) -> Steps:
    """Compare each decile with the next.

    Parameters
    ----------
    sample : DecileSample or Estimate
        As from `decile_sample`.
    ci_level : float
        Confidence level, 0-1.

    Returns
    -------
    Steps
        A step that cannot be tested keeps its place.

    References
    ----------
    Brunner & Munzel (2000), The nonparametric Behrens-Fisher problem,
    Biometrical Journal 42, 17-25.
    Cliff (1993), Dominance statistics, Psychological Bulletin 114, 494-509.
    Holm (1979), A simple sequentially rejective multiple test procedure,
    Scandinavian Journal of Statistics 6, 65-70.
    """
    estimates: Sequence[Estimate]
    if isinstance(sample, Estimate):
        estimates = [sample] * len(LOWER_DECILES)
    else:
        estimates = [_step(sample, d, ci_level) for d in LOWER_DECILES]
    p_adjusted = holm(np.array([step.p_value for step in estimates]))
    return Steps(tuple(estimates), tuple(p_adjusted.tolist()))


def _step(sample: DecileSample, decile: int, ci_level: float) -> Estimate:
    is_lower, is_upper = sample.deciles == decile, sample.deciles == decile + 1
    lower, upper = sample.outcomes[is_lower], sample.outcomes[is_upper]
    if min(len(lower), len(upper)) < MIN_ROWS:
        return without_numbers(
            len(lower) + len(upper),
            Status.TOO_FEW,
            f"Decile {decile} or {decile + 1} holds fewer than {MIN_ROWS} "
            "domains.",
        )
    clusters = None
    if sample.clusters is not None:
        in_order = [sample.clusters[is_lower], sample.clusters[is_upper]]
        clusters = renumbered(np.concatenate(in_order))
    return compare_samples(lower, upper, clusters, ci_level)


def compare_samples(
    lower: Floats,
    upper: Floats,
    clusters: Indices | None,
    ci_level: float,
) -> Estimate:
    """Compare two samples by Brunner and Munzel's test.

    Parameters
    ----------
    lower, upper : ndarray, shapes (n1,) and (n2,)
        Finite outcomes, at least two in each.
    clusters : ndarray of int, shape (n1 + n2,), or None
        Cluster of each row, the lower ones first. The error then adds up
        influence values by cluster.
    ci_level : float
        Confidence level, 0-1.

    Returns
    -------
    Estimate
        Cliff's delta, positive where `upper` is larger; interval and
        two-sided p value by Student's law with Welch's degrees of freedom.
        ``unreliable`` where the samples do not overlap: delta is 1 or -1,
        and nothing tells how far to trust it.
    """
    row_count = len(lower) + len(upper)
    pooled = np.concatenate([lower, upper])
    of_pooled = profile(pooled)
    if of_pooled.is_constant:
        return without_numbers(row_count, Status.CONSTANT_OUTCOME)
    if of_pooled.off_mode_count < MIN_OFF_MODE_ROWS:
        return without_numbers(row_count, Status.TOO_FEW_DISTINCT)
    ranks = centred_ranks(tie_groups(pooled))
    parts = [ranks[: len(lower)], ranks[len(lower) :]]
    own = [centred_ranks(tie_groups(values)) for values in (lower, upper)]
    # How much of the other sample lies below a row less what lies above it.
    leads = [
        2 * (among_all - among_own) / (row_count - len(among_own))
        for among_all, among_own in zip(parts, own, strict=True)
    ]
    delta = float(leads[1].mean())
    found = Estimate(row_count, delta)
    variances = np.array([lead.var(ddof=1) / len(lead) for lead in leads])
    degrees = np.array([len(lead) - 1.0 for lead in leads])
    if not variances.sum() > 0:
        return replace(
            found,
            status=Status.UNRELIABLE,
            reason="The outcomes of the two deciles do not overlap.",
        )
    error = float(np.sqrt(variances.sum()))
    freedom = welch_degrees(variances, degrees)
    method = STEP_CI_METHOD
    if clusters is not None:
        influence = row_count * np.concatenate(
            [
                sign * (lead - lead.mean()) / len(lead)
                for sign, lead in zip((-1, 1), leads, strict=True)
            ]
        )
        errors, freedom = influence_errors(influence[:, np.newaxis], clusters)
        error, method = float(errors[0]), CLUSTERED_STEP_CI_METHOD
    step = found.with_error(error, freedom, ci_level, method)
    return replace(
        step, ci_low=max(step.ci_low, -1.0), ci_high=min(step.ci_high, 1.0)
    )
