"""The kink test and the gap on the same draws from the smooth law."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from linksignal.stats.arrays import Floats
from linksignal.stats.thresholds.gap import (
    GapSummary,
    gap_statistic,
    observed_gap,
    smooth_share,
)
from linksignal.stats.thresholds.kink import (
    KinkResult,
    kink_result,
    kink_statistic,
)
from linksignal.stats.thresholds.kink_score import make_hinges
from linksignal.stats.thresholds.measures import Measure
from linksignal.stats.thresholds.smooth_null import draw_statistics
from linksignal.stats.thresholds.smooth_sample import fit_sample


@dataclass(frozen=True)
class SmoothTests:
    """Both comparisons of one outcome with its smooth law.

    Attributes
    ----------
    kink : KinkResult
    gap : GapSummary
    """

    kink: KinkResult
    gap: GapSummary


def smooth_tests(
    scores: Floats,
    counts: Floats,
    generator: np.random.Generator,
    draw_count: int,
    ci_level: float = 0.95,
) -> SmoothTests:
    """Run `kink.kink_test` and `gap.gap_summary` in one pass.

    Parameters
    ----------
    scores, counts, generator, draw_count, ci_level
        As in `kink.kink_test`.

    Returns
    -------
    SmoothTests
        The same as the two functions give from generators in the same
        state.
    """
    gap = observed_gap(scores, counts)
    sample = fit_sample(scores, counts)
    if isinstance(sample, Measure):
        return SmoothTests(KinkResult(sample), GapSummary(gap, sample))
    hinges = make_hinges(sample.null)
    kink_draws, gap_draws = draw_statistics(
        sample.null,
        generator,
        draw_count,
        [kink_statistic(sample, hinges), gap_statistic(sample)],
    )
    return SmoothTests(
        kink=kink_result(sample, hinges, kink_draws, ci_level),
        gap=GapSummary(gap, smooth_share(sample, gap, gap_draws)),
    )
