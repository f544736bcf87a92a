"""Steps between neighbouring deciles: Brunner-Munzel and Cliff's delta."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from statsmodels.stats.nonparametric import rank_compare_2indep

from linksignal.stats.arrays import Floats
from linksignal.stats.deciles import DECILES
from linksignal.stats.families import holm
from linksignal.stats.rules import (
    MIN_OFF_MODE_ROWS,
    MIN_ROWS,
    Status,
    profile,
)
from linksignal.stats.thresholds.decile_samples import (
    DecileSamples,
    part_by_decile,
)
from linksignal.stats.thresholds.measures import Measure, without_numbers

CI_METHOD = "brunner_munzel_t"
LOWER_DECILES = tuple(range(1, DECILES))


@dataclass(frozen=True)
class Steps:
    """The nine steps of one outcome.

    Attributes
    ----------
    measures : tuple of Measure
        Step from decile 1 to 2, ..., from 9 to 10. ``estimate`` is Cliff's
        delta: the probability (-1 to 1) that a domain of the upper decile
        has the larger outcome minus that of the smaller one.
    p_adjusted : tuple of float
        Holm-adjusted p values over the steps that have one, else NaN.
    """

    measures: tuple[Measure, ...]
    p_adjusted: tuple[float, ...]


def decile_steps(
    scores: Floats, deciles: Floats, outcomes: Floats, ci_level: float = 0.95
) -> Steps:
    """Compare each decile with the next.

    Parameters
    ----------
    scores, deciles, outcomes : ndarray, shape (n,)
        As in `decile_samples.part_by_decile`.
    ci_level : float, default 0.95
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
    samples = part_by_decile(scores, deciles, outcomes)
    if isinstance(samples, Measure):
        measures = (samples,) * len(LOWER_DECILES)
    else:
        measures = tuple(
            _step(samples, decile, ci_level) for decile in LOWER_DECILES
        )
    p_adjusted = holm(np.array([measure.p_value for measure in measures]))
    return Steps(measures, tuple(p_adjusted.tolist()))


def _step(samples: DecileSamples, decile: int, ci_level: float) -> Measure:
    nothing = np.empty(0)
    lower = samples.outcomes.get(decile, nothing)
    upper = samples.outcomes.get(decile + 1, nothing)
    if min(len(lower), len(upper)) < MIN_ROWS:
        return without_numbers(
            len(lower) + len(upper),
            Status.TOO_FEW,
            f"Decile {decile} or {decile + 1} holds fewer than {MIN_ROWS} "
            "domains.",
        )
    return compare_samples(lower, upper, ci_level)


def compare_samples(
    lower: Floats, upper: Floats, ci_level: float = 0.95
) -> Measure:
    """Compare two samples by Brunner and Munzel's test.

    Parameters
    ----------
    lower, upper : ndarray, shapes (n1,) and (n2,)
        Finite outcomes, at least two in each.
    ci_level : float, default 0.95
        Confidence level, 0-1.

    Returns
    -------
    Measure
        ``estimate`` is Cliff's delta, positive where `upper` is larger;
        interval and two-sided p value by Student's law with Welch's degrees
        of freedom. ``unreliable`` where the samples do not overlap: delta is
        1 or -1, and nothing tells how far to trust it.
    """
    row_count = len(lower) + len(upper)
    pooled = profile(np.concatenate([lower, upper]))
    if pooled.is_constant:
        return without_numbers(row_count, Status.CONSTANT_OUTCOME)
    if pooled.off_mode_count < MIN_OFF_MODE_ROWS:
        return without_numbers(row_count, Status.TOO_FEW_DISTINCT)
    with np.errstate(divide="ignore", invalid="ignore"):
        test = rank_compare_2indep(upper, lower)
    delta = float(2 * test.prob1 - 1)
    if not test.var_prob > 0:
        return Measure(
            n=row_count,
            status=Status.UNRELIABLE,
            reason="The outcomes of the two deciles do not overlap.",
            estimate=delta,
        )
    low, high = test.conf_int(alpha=1 - ci_level)
    return Measure(
        n=row_count,
        estimate=delta,
        standard_error=float(2 * np.sqrt(test.var_prob)),
        ci_low=max(float(2 * low - 1), -1.0),
        ci_high=min(float(2 * high - 1), 1.0),
        ci_method=CI_METHOD,
        statistic=float(test.statistic),
        p_value=float(test.pvalue),
    )
