"""How often intervals of correlations cover the correlation of the law."""

from __future__ import annotations

import numpy as np
from linksignal.stats.arrays import Indices
from linksignal.stats.bca import bca_intervals
from linksignal.stats.intervals import Intervals
from linksignal.stats.pearson import jackknife_intervals
from linksignal.stats.rules import Status, pair_status, profile
from linksignal.stats.spearman import spearman_intervals

from calibration.figures import COVERAGE, Figure, Place, share_of
from calibration.worlds import (
    METHODS,
    Sample,
    World,
    samples,
    targets,
    transform,
)

CI_LEVEL = 0.95
MIN_NONZERO = 10

# Below this many rows the coverage is reported and not held to a bound.
FEWEST_GATED_ROWS = 30

# The bootstrap of raw Pearson is slow, and its coverage far off: one sample
# in ten, and fewer resamples than the table has, show by how much.
RAW_SAMPLES = 10
RAW_RESAMPLES = 1_000


def coverage_figures(
    world: World,
    row_count: int,
    draws: int,
    target_rows: int,
    generator: np.random.Generator,
) -> list[Figure]:
    """Measure the coverage of the 95 % intervals of every method.

    Parameters
    ----------
    world : World
        Signal and law, with a correlation for each platform.
    row_count : int
        Rows n of a sample.
    draws : int
        Samples; raw Pearson gets one in `RAW_SAMPLES` of them.
    target_rows : int
        Rows of the draw that stands for the law.
    generator : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    list of Figure
        One per method and correlation. Samples count that the table gives an
        interval for, with `MIN_NONZERO` outcomes above zero.
    """
    truth = targets(world, target_rows)
    covered: dict[str, list[list[bool]]] = {
        method: [[] for _ in world.rhos] for method in METHODS
    }
    for at, sample in enumerate(
        samples(world.law, row_count, draws, generator)
    ):
        usable = _usable(world, sample)
        if not len(usable):
            continue
        for method in METHODS:
            if method == "pearson" and at % RAW_SAMPLES:
                continue
            found = _intervals(world, sample, usable, method, generator)
            true = truth[method][usable]
            is_covered = (found.low[0] <= true) & (true <= found.high[0])
            for platform, one in zip(usable, is_covered, strict=True):
                covered[method][platform].append(bool(one))
    bound = COVERAGE if row_count >= FEWEST_GATED_ROWS else None
    return [
        share_of(
            f"coverage, {method}",
            Place(world.name, row_count, f"{rho:g}"),
            covered[method][platform],
            None if method == "pearson" else bound,
        )
        for method in METHODS
        for platform, rho in enumerate(world.rhos)
        if bound is not None or covered[method][platform]
    ]


def _usable(world: World, sample: Sample) -> Indices:
    """Platforms on which the sample's pair has an interval."""
    signal = profile(sample.signal(world.signal))
    row_count = len(sample.links)
    return np.array(
        [
            platform
            for platform in range(len(world.rhos))
            for outcome in [sample.mentions[:, platform]]
            if np.count_nonzero(outcome) >= MIN_NONZERO
            and pair_status(row_count, signal, profile(outcome)) is Status.OK
        ],
        dtype=np.intp,
    )


def _intervals(
    world: World,
    sample: Sample,
    usable: Indices,
    method: str,
    generator: np.random.Generator,
) -> Intervals:
    signal = sample.signal(world.signal)[:, np.newaxis]
    signals = transform(signal, method, world.is_count)
    outcomes = transform(sample.mentions[:, usable], method)
    if method == "spearman":
        return spearman_intervals(signals, outcomes, CI_LEVEL)
    if method == "pearson_log1p":
        return jackknife_intervals(signals, outcomes, CI_LEVEL)
    return bca_intervals(signals, outcomes, CI_LEVEL, generator, RAW_RESAMPLES)
