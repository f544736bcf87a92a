"""Which order of gains is told, in worlds in which it is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from linksignal.settings import default_settings
from linksignal.simulate.panel import BEFORE, GAIN, draw_panel
from linksignal.stats.arrays import Floats
from linksignal.stats.tables.panel_effects import (
    Months,
    Window,
    panel_estimates,
    panel_verdict,
)
from numpy.typing import NDArray

from calibration.figures import Bound, Figure, Place, share_of

Size = tuple[int, int]
SIZES: tuple[Size, ...] = tuple(
    (domains, months) for domains in (300, 1_000) for months in (6, 12)
)
FEWEST_MONTHS = 6
# Also with an effect half and twice as large.
GAINS = (GAIN / 2, GAIN, 2 * GAIN)

LINKS, MENTIONS = "links_first", "mentions_first"
NEVER, SELDOM, FOUND = Bound(high=0.0), Bound(high=0.05), Bound(low=0.8)


@dataclass(frozen=True)
class Order:
    """A planted order.

    Attributes
    ----------
    direction : str
        One of `PANEL_DIRECTIONS`.
    gain : float, default GAIN
        Log ratio of mentions (or links) for each doubling.
    """

    direction: str
    gain: float = GAIN

    @property
    def name(self) -> str:
        """What the page calls it."""
        if self.direction not in ("forward", "reverse"):
            return self.direction
        return f"{self.direction}, {100 * np.expm1(self.gain):.0f} % a doubling"

    @property
    def bounds(self) -> dict[str, Bound | None]:
        """What shares of verdicts are held to."""
        if self.direction == "forward":
            return {
                LINKS: FOUND if self.gain >= GAIN else None,
                MENTIONS: NEVER,
            }
        if self.direction == "reverse":
            return {LINKS: NEVER, MENTIONS: None}
        return {LINKS: SELDOM, MENTIONS: SELDOM}


@dataclass(frozen=True)
class Drawn:
    """Counts of a world, and what is known of its domains.

    Attributes
    ----------
    links : ndarray, shape (n, m + 1)
        New referring domains from the month before the first mentions on.
    mentions : ndarray, shape (n, m)
    categories, owners : ndarray of str, shape (n,), or None
    """

    links: Floats
    mentions: Floats
    categories: NDArray[np.str_] | None = None
    owners: NDArray[np.str_] | None = None


def verdict_of(drawn: Drawn) -> str:
    """Tell the verdict of a study.

    Parameters
    ----------
    drawn : Drawn

    Returns
    -------
    str
    """
    domain_count, month_count = drawn.mentions.shape
    names = [f"{place:06d}" for place in range(domain_count)]
    unknown = np.full((domain_count, 1), np.nan)
    links = np.hstack([drawn.links, unknown])
    months = Months(
        names,
        drawn.mentions,
        np.stack([links[:, at : at + month_count] for at in range(3)]),
    )
    domains = pd.DataFrame(
        {
            "domain": names,
            "category": drawn.categories,
            "cluster": drawn.owners,
        }
    )
    window = Window(month_count, 1, month_count, FEWEST_MONTHS)
    settings = default_settings()
    estimates = panel_estimates(months, window, domains, settings)
    return panel_verdict(estimates, settings.ci_level)


def planted_panel(
    order: Order, size: Size, generator: np.random.Generator
) -> Drawn:
    """Draw a study of `linksignal simulate --panel`."""
    counts = draw_panel(order.direction, *size, generator, order.gain)
    return Drawn(
        counts.links[:, BEFORE - 1 :].astype(float),
        counts.mentions.astype(float),
    )


def panel_figures(
    order: Order, size: Size, draws: int, generator: np.random.Generator
) -> list[Figure]:
    """Count verdicts of studies with a planted order.

    Parameters
    ----------
    order : Order
    size : tuple of int
        Domains and months.
    draws : int
    generator : numpy.random.Generator

    Returns
    -------
    list of Figure
    """
    told = [
        verdict_of(planted_panel(order, size, generator)) for _ in range(draws)
    ]
    return _figures(told, _place(order.name, size), order.bounds)


def _place(law: str, size: Size) -> Place:
    domains, months = size
    return Place(law, domains, str(months))


def _figures(
    told: list[str], place: Place, bounds: dict[str, Bound | None]
) -> list[Figure]:
    figures = [
        share_of(
            name, place, [verdict == name for verdict in told], bounds.get(name)
        )
        for name in (LINKS, MENTIONS, "together", "cannot_tell")
    ]
    if bounds == Order("none").bounds:
        either = [verdict in (LINKS, MENTIONS) for verdict in told]
        figures.append(share_of("any order", place, either, SELDOM))
    return figures


def _walk(
    generator: np.random.Generator, shape: tuple[int, ...], rho: float
) -> Floats:
    steps = generator.standard_normal(shape)
    for at in range(1, shape[1]):
        steps[:, at] = (
            rho * steps[:, at - 1] + np.sqrt(1 - rho**2) * (steps[:, at])
        )
    return steps


@dataclass
class _Logs:
    """Log means of a world without any order, to be made worse."""

    links: Floats
    mentions: Floats
    months: Floats
    generator: np.random.Generator
    categories: NDArray[np.str_] | None = None
    owners: NDArray[np.str_] | None = None


def _plain(generator: np.random.Generator, size: Size) -> _Logs:
    shape = (size[0], size[1] + 1)
    scale, one, other = generator.standard_normal((3, shape[0], 1))
    links = 0.7 + scale + 0.5 * one + 0.3 * generator.standard_normal(shape[1])
    mentions = 0.5 + 0.8 * scale + 0.5 * other
    mentions = mentions + 0.2 * generator.standard_normal(shape[1])
    return _Logs(
        links + 0.6 * _walk(generator, shape, 0.4),
        mentions + 0.3 * _walk(generator, shape, 0.4),
        np.arange(shape[1], dtype=float),
        generator,
    )


def _giants(logs: _Logs) -> None:
    logs.mentions += 1.5 * logs.generator.standard_normal(
        (len(logs.mentions), 1)
    )
    # One domain has a third of all mentions.
    total = np.exp(logs.mentions[1:]).sum(axis=0).mean()
    logs.mentions[0] += np.log(total / 2) - logs.mentions[0].mean()


def _growth(logs: _Logs) -> None:
    """Domains that grow do so in links and, mostly, in mentions."""
    slope, other = logs.generator.standard_normal((2, len(logs.links), 1))
    logs.links += 0.1 * slope * logs.months
    logs.mentions += 0.1 * (0.8 * slope + 0.6 * other) * logs.months


def _seasons(logs: _Logs) -> None:
    """Each category has its season, mentions a month after links."""
    count = 10
    numbers = logs.generator.integers(0, count, len(logs.links))
    phase = logs.generator.uniform(0, 2 * np.pi, count)[numbers, np.newaxis]
    year = 2 * np.pi / 12
    logs.links += 0.5 * np.sin(year * logs.months + phase)
    logs.mentions += 0.5 * np.sin(year * (logs.months - 1) + phase)
    logs.categories = numbers.astype(str)


def _networks(logs: _Logs) -> None:
    """Domains of an owner have their ups and downs together."""
    owners = logs.generator.integers(0, len(logs.links) // 5, len(logs.links))
    shape = (len(logs.links) // 5, logs.links.shape[1])
    logs.links += 0.7 * _walk(logs.generator, shape, 0.4)[owners]
    logs.mentions += 0.7 * _walk(logs.generator, shape, 0.4)[owners]
    logs.owners = owners.astype(str)


def _crawl(logs: _Logs) -> None:
    """The tool sees more and more, of each domain at once at some time."""
    start = logs.generator.integers(0, len(logs.months), (len(logs.links), 1))
    logs.links += 0.15 * logs.months + 1.0 * (logs.months >= start)


def _late(logs: _Logs) -> None:
    """The tool finds a third of the domains late, with all their links."""
    shape = (len(logs.links), 1)
    start = logs.generator.integers(1, len(logs.months), shape)
    start[logs.generator.random(shape) > 1 / 3] = 0
    logs.links[logs.months < start] = -np.inf
    logs.links += 3.0 * ((logs.months == start) & (start > 0))


def _persistent(logs: _Logs) -> None:
    shock = 0.6 * _walk(logs.generator, logs.links.shape, 0.9)
    logs.links += shock
    logs.mentions += shock


def _sparse(logs: _Logs) -> None:
    logs.links -= 1.5
    logs.mentions -= 2.5


def _branded(logs: _Logs) -> None:
    """Some mentions come every month, as by prompts that name the brand."""
    logs.mentions = np.log(np.exp(logs.mentions) + 5)


SCEPTICAL: dict[str, Callable[[_Logs], None]] = {
    "giants": _giants,
    "growth of its own": _growth,
    "seasons of categories": _seasons,
    "networks of owners": _networks,
    "the tool sees more": _crawl,
    "domains found late": _late,
    "persistent shocks of both": _persistent,
    "sparse": _sparse,
    "mentions every month": _branded,
}


def sceptical_panel(
    world: str, size: Size, generator: np.random.Generator
) -> Drawn:
    """Draw a study without an order, made worse in one way."""
    logs = _plain(generator, size)
    SCEPTICAL[world](logs)
    links, mentions = (
        generator.poisson(np.exp(np.minimum(each, 12.0))).astype(float)
        for each in (logs.links, logs.mentions)
    )
    return Drawn(links, mentions[:, 1:], logs.categories, logs.owners)


def sceptical_figures(
    world: str, size: Size, draws: int, generator: np.random.Generator
) -> list[Figure]:
    """Count orders told where there is none."""
    told = [
        verdict_of(sceptical_panel(world, size, generator))
        for _ in range(draws)
    ]
    return _figures(told, _place(world, size), Order("none").bounds)
