"""Error rates of contrasts between dependent correlations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from linksignal.stats.arrays import Floats
from linksignal.stats.estimate import Estimate, from_influence
from linksignal.stats.estimators.fisher import PERFECT_CORRELATION

from calibration.coverage import MIN_NONZERO
from calibration.figures import TYPE_I, Figure, Place, share_of
from calibration.pairs import (
    PairEstimates,
    pearson_estimates,
    spearman_estimates,
)
from calibration.worlds import (
    METHODS,
    Sample,
    World,
    samples,
    transform,
)

ALPHA = 0.05


@dataclass(frozen=True)
class Contrasted:
    """Contrasts of samples of a world, both sides of each exchangeable.

    Attributes
    ----------
    kind : str
        ``signal`` or ``platform``.
    contrasts : callable
        `signal_contrasts` or `platform_contrasts`.
    rhos : tuple of float
        Copula correlation of each contrast.
    """

    kind: str
    contrasts: Callable[[Sample, str], list[Estimate]]
    rhos: tuple[float, ...]


# Pairs of platforms with the same law in `worlds.score_world` of paired
# correlations.
PLATFORM_PAIRS = ((0, 1), (2, 3))


def signal_contrasts(
    sample: Sample, method: str, platform_count: int = 4
) -> list[Estimate]:
    """Compare nofollow with follow links on the first platforms.

    Parameters
    ----------
    sample : Sample
        Columns of n domains.
    method : str
        One of `worlds.METHODS`.
    platform_count : int, default 4
        How many platforms.

    Returns
    -------
    list of Estimate
        Nofollow minus follow for each platform.
    """
    platforms = range(platform_count)
    columns = [sample.nofollow, sample.follow]
    columns += [sample.mentions[:, platform] for platform in platforms]
    sides = [[(side, 2 + at) for at in platforms] for side in (0, 1)]
    return contrast_of(np.column_stack(columns), sides, method)


def platform_contrasts(sample: Sample, method: str) -> list[Estimate]:
    """Compare platforms of the same law by their correlation with authority.

    Parameters
    ----------
    sample, method
        As in `signal_contrasts`.

    Returns
    -------
    list of Estimate
        One for each of `PLATFORM_PAIRS`.
    """
    # The score has no transform of its own: log1p is undone beforehand.
    authority = sample.authority
    if method == "pearson_log1p":
        authority = np.expm1(authority / authority.max())
    values = np.column_stack([authority, sample.mentions])
    sides = [
        [(0, 1 + pair[side]) for pair in PLATFORM_PAIRS] for side in (0, 1)
    ]
    return contrast_of(values, sides, method)


def contrast_of(
    values: Floats, sides: Sequence[Sequence[tuple[int, int]]], method: str
) -> list[Estimate]:
    """Subtract correlations of columns, all of them counts.

    Parameters
    ----------
    values : ndarray, shape (n, m)
        Columns.
    sides : two sequences of k pairs of int
        Columns that the first and the second correlation of each contrast
        are of.
    method : str
        One of `worlds.METHODS`.

    Returns
    -------
    list of Estimate
        k differences, of perfect correlations without an error.
    """
    estimate = spearman_estimates if method == "spearman" else pearson_estimates
    pairs = list(dict.fromkeys(pair for side in sides for pair in side))
    with np.errstate(invalid="ignore", divide="ignore"):
        found = estimate(transform(values, method), np.array(pairs))
    first, second = ([pairs.index(pair) for pair in side] for side in sides)
    return [
        _difference(found, a, b) for a, b in zip(first, second, strict=True)
    ]


def _difference(found: PairEstimates, first: int, second: int) -> Estimate:
    values = found.correlations[[first, second]]
    difference = float(values[0] - values[1])
    if (np.abs(values) >= PERFECT_CORRELATION).any():
        return Estimate(n=len(found.influences), estimate=difference)
    influence = found.influences[:, first] - found.influences[:, second]
    return from_influence(difference, influence, 1 - ALPHA)


def type_i_figures(
    world: World,
    row_count: int,
    draws: int,
    generator: np.random.Generator,
    contrasted: Contrasted,
) -> list[Figure]:
    """Measure how often equal correlations are called different.

    Parameters
    ----------
    world : World
        Law under which both sides of every contrast are exchangeable.
    row_count : int
        Rows n of a sample.
    draws : int
        Samples.
    generator : numpy.random.Generator
        Source of randomness.
    contrasted : Contrasted
        What is contrasted.

    Returns
    -------
    list of Figure
        One per method and correlation; raw Pearson without a bound.
    """
    rejected: dict[str, list[list[bool]]] = {
        method: [[] for _ in contrasted.rhos] for method in METHODS
    }
    for sample in samples(world.law, row_count, draws, generator):
        if (np.count_nonzero(sample.mentions, axis=0) < MIN_NONZERO).any():
            continue
        for method in METHODS:
            for at, one in enumerate(contrasted.contrasts(sample, method)):
                if not np.isnan(one.p_value):
                    rejected[method][at].append(one.p_value <= ALPHA)
    return [
        share_of(
            f"type I error, {contrasted.kind} contrast, {method}",
            Place(world.name, row_count, f"{rho:g}"),
            rejected[method][at],
            None if method == "pearson" else TYPE_I,
        )
        for method in METHODS
        for at, rho in enumerate(contrasted.rhos)
    ]
