"""How often intervals of correlations cover the correlation of the law."""

from __future__ import annotations

import numpy as np
from linksignal.settings import default_settings
from linksignal.stats.arrays import Indices
from linksignal.stats.estimate import Estimate
from linksignal.stats.rules import Status, pair_status, profile

from calibration.estimates import estimates_by
from calibration.figures import COVERAGE, Figure, Place, share_of
from calibration.worlds import (
    METHODS,
    Sample,
    World,
    samples,
    targets,
    transform,
)

CI_LEVEL = default_settings().ci_level
MIN_NONZERO = 10

# Below this many rows the coverage is reported and not held to a bound.
FEWEST_GATED_ROWS = 30


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
        Samples.
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
    for sample in samples(world.law, row_count, draws, generator):
        usable = _usable(world, sample)
        if not len(usable):
            continue
        for method in METHODS:
            found = _intervals(world, sample, usable, method)
            for platform, one in zip(usable, found, strict=True):
                true = truth[method][platform]
                is_covered = one.ci_low <= true <= one.ci_high
                covered[method][platform].append(is_covered)
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
    world: World, sample: Sample, usable: Indices, method: str
) -> list[Estimate]:
    signal = sample.signal(world.signal)[:, np.newaxis]
    signals = transform(signal, method, world.is_count)
    outcomes = transform(sample.mentions[:, usable], method)
    return [
        estimates_by(method, signals, outcome, CI_LEVEL)[0]
        for outcome in outcomes.T
    ]
