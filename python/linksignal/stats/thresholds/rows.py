"""Everything the table of authority thresholds says of one platform."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from linksignal.stats.arrays import Floats
from linksignal.stats.thresholds.kink import POWER_NOTE
from linksignal.stats.thresholds.kink_knot import NO_KNOT, Knot
from linksignal.stats.thresholds.measures import Measure
from linksignal.stats.thresholds.rank_views import (
    spearman_all_rows,
    spearman_positives_only,
)
from linksignal.stats.thresholds.smooth_tests import smooth_tests
from linksignal.stats.thresholds.steps import LOWER_DECILES, decile_steps
from linksignal.stats.thresholds.tier_slopes import tier_slopes
from linksignal.stats.thresholds.trend import trend_test
from linksignal.stats.thresholds.two_part import (
    any_mention_slope,
    how_many_slope,
)

STEP_QUANTITIES = tuple(
    f"step_{decile}_{decile + 1}" for decile in LOWER_DECILES
)

# Quantities with a p value of their own, adjusted over the platforms. Steps
# are adjusted over the nine of one platform instead; the others have none.
TESTED_QUANTITIES = (
    "trend",
    "kink",
    "any_mention_slope",
    "how_many_slope",
    "lower_tier_slope",
    "upper_tier_slope",
    "tier_slope_difference",
)


@dataclass(frozen=True)
class Entry:
    """One quantity of one platform.

    Attributes
    ----------
    measure : Measure
    p_adjusted : float
        Where it is adjusted within the platform, else NaN.
    knot : Knot
        Of the kink; else ``NO_KNOT``.
    power_note : str or None
        What the test can find; None where that was not measured.
    """

    measure: Measure
    p_adjusted: float = np.nan
    knot: Knot = NO_KNOT
    power_note: str | None = None


@dataclass(frozen=True)
class PlatformColumns:
    """Columns of the n domains, in one order; a missing value is NaN.

    Attributes
    ----------
    scores, deciles, counts : ndarray, shape (n,)
        Authority score, its decile (1-10), and mentions on the platform.
    """

    scores: Floats
    deciles: Floats
    counts: Floats


def platform_entries(
    columns: PlatformColumns,
    generator: np.random.Generator,
    draw_count: int,
    ci_level: float,
) -> Mapping[str, Entry]:
    """Compute every quantity of one platform.

    Parameters
    ----------
    columns : PlatformColumns
    generator : numpy.random.Generator
        Source of the draws from the smooth law.
    draw_count : int
        Draws B, 1 or more.
    ci_level : float
        Confidence level, 0-1.

    Returns
    -------
    mapping of str to Entry
        By quantity, in the order of the table; always all of them.
    """
    entries = dict(_decile_entries(columns, ci_level))
    entries |= _smooth_entries(columns, generator, draw_count, ci_level)
    entries |= {
        name: Entry(measure)
        for name, measure in _row_measures(columns, ci_level).items()
    }
    return entries


def _decile_entries(
    columns: PlatformColumns, ci_level: float
) -> Iterator[tuple[str, Entry]]:
    by_decile = (columns.scores, columns.deciles, columns.counts)
    yield "trend", Entry(trend_test(*by_decile, ci_level))
    steps = decile_steps(*by_decile, ci_level)
    for name, measure, p_adjusted in zip(
        STEP_QUANTITIES, steps.measures, steps.p_adjusted, strict=True
    ):
        yield name, Entry(measure, p_adjusted)


def _smooth_entries(
    columns: PlatformColumns,
    generator: np.random.Generator,
    draw_count: int,
    ci_level: float,
) -> dict[str, Entry]:
    tests = smooth_tests(
        columns.scores, columns.counts, generator, draw_count, ci_level
    )
    return {
        "kink": Entry(
            tests.kink.measure, knot=tests.kink.knot, power_note=POWER_NOTE
        ),
        "gap": Entry(tests.gap.gap),
        "smooth_gap_share": Entry(tests.gap.smooth_share),
    }


def _row_measures(
    columns: PlatformColumns, ci_level: float
) -> dict[str, Measure]:
    pair = (columns.scores, columns.counts)
    tiers = tier_slopes(*pair, ci_level)
    return {
        "any_mention_slope": any_mention_slope(*pair, ci_level),
        "how_many_slope": how_many_slope(*pair, ci_level),
        "spearman_all_rows": spearman_all_rows(*pair, ci_level),
        "spearman_positives_only": spearman_positives_only(*pair, ci_level),
        "lower_tier_slope": tiers.lower,
        "upper_tier_slope": tiers.upper,
        "tier_slope_difference": tiers.difference,
    }
