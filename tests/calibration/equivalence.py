"""Power of the equivalence test, and its level where the margin is the truth.

Nofollow and follow links are compared. They are exchangeable, unless the
mentions lean to nofollow; how alike the two are is set by how much the
nofollow share varies from domain to domain.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
from linksignal.simulate.laws import Law, planted
from linksignal.stats.arrays import Floats
from linksignal.stats.scores import unit_scores
from scipy.stats import norm
from scipy.stats import t as student

from calibration.contrast_errors import ALPHA, signal_contrasts
from calibration.figures import (
    LEVEL,
    Bound,
    Figure,
    Place,
    share_of,
)
from calibration.pairs import correlations, rank_columns
from calibration.worlds import (
    CHUNK_ROWS,
    COMMON,
    per_platform,
    samples,
    with_mentions,
)

PRIMARY_METHODS = ("spearman", "pearson_log1p")
MARGIN = 0.05
RHO = 0.5

# Spread of the nofollow share, from very alike to rather unlike.
SHARE_SPREADS = (0.2, 0.6, 1.5)

# Tilts to nofollow on the first four platforms.
TILTS = (0.05, 0.1, 0.2, 0.4)

# How far the power may fall short of what the standard errors tell.
POWER_TOLERANCE = 0.03


def equality_law(share_spread: float) -> Law:
    """Give a law under which nofollow and follow links count the same."""
    law = replace(
        planted("nofollow_equals_follow", rho=RHO), share_sd=share_spread
    )
    return with_mentions(law, COMMON)


def tilted_law() -> Law:
    """Give a law that leans to nofollow, the more the later the platform."""
    return replace(equality_law(0.6), nofollow_tilt=per_platform(TILTS))


def power_figures(
    share_spread: float,
    row_count: int,
    draws: int,
    generator: np.random.Generator,
) -> list[Figure]:
    """Measure how often planted equality is certified within the margin.

    Parameters
    ----------
    share_spread : float
        Spread of the nofollow share, one of `SHARE_SPREADS`.
    row_count : int
        Rows n of a sample.
    draws : int
        Samples.
    generator : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    list of Figure
        One per primary method, held to the power that the standard errors
        of the samples tell, less `POWER_TOLERANCE`; without a bound where
        they tell of none.
    """
    law = equality_law(share_spread)
    likeness = f"the two correlate at {_likeness(share_spread):.2f}"
    place = Place(f"nofollow = follow, {likeness}", row_count, f"{RHO:g}")
    certified: dict[str, list[bool]] = {m: [] for m in PRIMARY_METHODS}
    told: dict[str, list[float]] = {m: [] for m in PRIMARY_METHODS}
    for sample in samples(law, row_count, draws, generator):
        for method in PRIMARY_METHODS:
            (found,) = signal_contrasts(sample, method, 1)
            error = found.standard_error
            if np.isnan(error):
                continue
            certified[method].append(found.p_within(MARGIN) <= ALPHA)
            told[method].append(_power(error, row_count))
    return [
        share_of(
            f"power, equivalence within {MARGIN:g}, {method}",
            place,
            certified[method],
            _least_power(told[method]),
        )
        for method in PRIMARY_METHODS
    ]


def _power(error: float, row_count: int) -> float:
    quantile = float(student.ppf(1 - ALPHA, row_count - 2))
    return max(0.0, 2 * float(norm.cdf(MARGIN / error - quantile)) - 1)


def _least_power(told: list[float]) -> Bound | None:
    least = float(np.mean(told)) - POWER_TOLERANCE
    return Bound(low=least) if least > 0 else None


@cache
def _likeness(share_spread: float) -> float:
    """Spearman correlation of nofollow and follow links under the law."""
    generator = np.random.default_rng(1)
    (sample,) = samples(equality_law(share_spread), CHUNK_ROWS, 1, generator)
    ranks = [
        unit_scores(rank_columns(column[:, np.newaxis]))
        for column in (sample.nofollow, sample.follow)
    ]
    return float(correlations(*ranks)[0, 0])


def level_figures(
    row_count: int,
    draws: int,
    target_rows: int,
    generator: np.random.Generator,
) -> list[Figure]:
    """Measure how often a difference of the margin is called equivalent.

    The margin of each platform is the difference of its law.

    Parameters
    ----------
    row_count, draws, generator
        As in `power_figures`.
    target_rows : int
        Rows of the draw that stands for the law.

    Returns
    -------
    list of Figure
        One per primary method and tilt.
    """
    margins = _true_differences(target_rows)
    certified: dict[str, list[list[bool]]] = {
        method: [[] for _ in TILTS] for method in PRIMARY_METHODS
    }
    for sample in samples(tilted_law(), row_count, draws, generator):
        for method in PRIMARY_METHODS:
            found = signal_contrasts(sample, method)
            for at, margin in enumerate(margins[method]):
                p_value = found[at].p_within(margin)
                if not np.isnan(p_value):
                    certified[method][at].append(p_value <= ALPHA)
    return [
        share_of(
            f"level, equivalence, difference of the margin, {method}",
            Place(f"nofollow - follow = {margin:.3f}", row_count, f"{RHO:g}"),
            certified[method][at],
            LEVEL,
        )
        for method in PRIMARY_METHODS
        for at, margin in enumerate(margins[method])
    ]


@cache
def _true_differences(row_count: int) -> dict[str, Floats]:
    """Average the differences of large samples, whose bias is negligible."""
    generator = np.random.default_rng(2)
    draws = max(1, row_count // CHUNK_ROWS)
    parts = list(samples(tilted_law(), CHUNK_ROWS, draws, generator))
    return {
        method: np.mean(
            [
                [one.estimate for one in signal_contrasts(part, method)]
                for part in parts
            ],
            axis=0,
        )
        for method in PRIMARY_METHODS
    }
