"""Laws whose truth the calibration knows, and samples of them.

A platform's mentions and the signal have a normal copula, so that one law
with another correlation on each platform gives a sample of each correlation
at once. A sample is one of many stretches of rows of a large draw: domains
are drawn independently.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from linksignal.simulate.draws import draw_study
from linksignal.simulate.laws import Law, planted
from linksignal.simulate.study import PLATFORMS, Study
from linksignal.stats.arrays import Floats
from linksignal.stats.scores import unit_scores

from calibration.pairs import correlations, rank_columns

RHOS = (0.0, 0.3, 0.6, 0.9)
ROW_COUNTS = (30, 100, 1000)

# Mean mentions a domain on one platform, and shape: branded and non-branded
# mentions of the study's kind, with 7 % and 50 % zeros.
COMMON = (14.0, 0.9)
SPARSE = (3.0, 0.25)

CHUNK_ROWS = 100_000
METHODS = ("spearman", "pearson_log1p", "pearson")

_PerPlatform = tuple[float, float, float, float, float]


@dataclass(frozen=True)
class World:
    """A signal and the mentions on the platforms under a law.

    Attributes
    ----------
    name : str
        As in the table.
    law : Law
        The law.
    signal : str
        ``authority_score`` or ``total_backlinks``.
    rhos : tuple of float
        Copula correlation of the signal with the mentions on each of the
        first platforms.
    """

    name: str
    law: Law
    signal: str
    rhos: tuple[float, ...] = RHOS

    @property
    def is_count(self) -> bool:
        """Whether the signal is taken by its logarithm."""
        return self.signal != "authority_score"


def per_platform(values: tuple[float, ...]) -> _PerPlatform:
    """Put values on the first platforms, zero on the rest."""
    first, second, third, fourth, fifth = (*values, 0.0, 0.0, 0.0)[:5]
    return (first, second, third, fourth, fifth)


def scaled(values: _PerPlatform, factor: float) -> _PerPlatform:
    """Multiply the value of every platform."""
    first, second, third, fourth, fifth = values
    return (
        first * factor,
        second * factor,
        third * factor,
        fourth * factor,
        fifth * factor,
    )


def with_mentions(law: Law, mentions: tuple[float, float]) -> Law:
    """Set mean and shape of the mentions on one platform."""
    mean, theta = mentions
    return replace(law, mean_mentions=mean * len(PLATFORMS), theta=theta)


def score_world(
    mentions: tuple[float, float],
    name: str,
    rhos: tuple[float, ...] = RHOS,
) -> World:
    """Authority drives the mentions; links only through it."""
    law = planted("smooth")
    authority = per_platform(rhos)
    law = replace(
        law, authority=authority, links=scaled(authority, law.authority_links)
    )
    return World(name, with_mentions(law, mentions), "authority_score", rhos)


def links_world(mentions: tuple[float, float], name: str) -> World:
    """The number of links drives the mentions; authority only through it.

    Nofollow and follow links are exchangeable.
    """
    law = planted("nofollow_equals_follow")
    links = per_platform(RHOS)
    law = replace(
        law, links=links, authority=scaled(links, law.authority_links)
    )
    return World(name, with_mentions(law, mentions), "total_backlinks")


@dataclass(frozen=True)
class Sample:
    """Columns of n domains.

    Attributes
    ----------
    authority, links, nofollow, follow, text, image, referring : ndarray
        Signals, shape (n,).
    mentions : ndarray, shape (n, 5)
        AI mentions per platform.
    """

    authority: Floats
    links: Floats
    nofollow: Floats
    follow: Floats
    text: Floats
    image: Floats
    referring: Floats
    mentions: Floats

    def signal(self, name: str) -> Floats:
        """The signal of a world."""
        return self.authority if name == "authority_score" else self.links


def samples(
    law: Law, row_count: int, draws: int, generator: np.random.Generator
) -> Iterator[Sample]:
    """Draw samples of a law.

    Parameters
    ----------
    law : Law
        Law without anything that ties domains together.
    row_count : int
        Rows n of a sample.
    draws : int
        Samples.
    generator : numpy.random.Generator
        Source of randomness.

    Yields
    ------
    Sample
    """
    per_chunk = max(1, CHUNK_ROWS // row_count)
    for start in range(0, draws, per_chunk):
        size = min(per_chunk, draws - start)
        study = draw_study(law, size * row_count, generator)
        columns = _columns(study)
        for first in range(0, size * row_count, row_count):
            rows = slice(first, first + row_count)
            yield Sample(*(column[rows] for column in columns))


def _columns(study: Study) -> list[Floats]:
    links = study.links
    return [
        np.asarray(column, dtype=np.float64)
        for column in (
            study.authority,
            links.live,
            links.nofollow,
            links.follow,
            links.text,
            links.image,
            links.referring_domains,
            study.branded + study.generic,
        )
    ]


def transform(values: Floats, method: str, is_count: bool = True) -> Floats:
    """Bring a variable to what a method correlates linearly.

    Parameters
    ----------
    values : ndarray
        Counts or scores.
    method : str
        One of `METHODS`.
    is_count : bool
        Whether the registry takes its logarithm.

    Returns
    -------
    ndarray
        Ranks are not taken here.
    """
    if method == "pearson_log1p" and is_count:
        return np.asarray(np.log1p(values))
    return values


@cache
def targets(world: World, row_count: int) -> dict[str, Floats]:
    """Take the statistics of a law from one very large draw.

    Parameters
    ----------
    world : World
        Signal and law.
    row_count : int
        Rows of the draw.

    Returns
    -------
    dict of str to ndarray, shape (len(world.rhos),)
        For each method the statistic on each platform.
    """
    generator = np.random.default_rng([row_count, len(world.name)])
    parts = list(
        samples(
            world.law, CHUNK_ROWS, max(1, row_count // CHUNK_ROWS), generator
        )
    )
    signal = np.concatenate([part.signal(world.signal) for part in parts])
    found: dict[str, list[float]] = {method: [] for method in METHODS}
    for platform in range(len(world.rhos)):
        outcome = np.concatenate([p.mentions[:, platform] for p in parts])
        for method in METHODS:
            pair = (
                transform(signal, method, world.is_count)[:, np.newaxis],
                transform(outcome, method)[:, np.newaxis],
            )
            if method == "spearman":
                pair = (rank_columns(pair[0]), rank_columns(pair[1]))
            scores = (unit_scores(pair[0]), unit_scores(pair[1]))
            found[method].append(float(correlations(*scores)[0, 0]))
    return {method: np.array(values) for method, values in found.items()}
