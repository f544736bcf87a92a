"""What claims are made of: quantities, and what a part says of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from linksignal.stats.contrasts.comparisons import ALL_DOMAINS, ALL_PLATFORMS


@dataclass(frozen=True)
class Difference:
    """A correlation with AI mentions minus another one, on the same domains.

    Attributes
    ----------
    signal_a, platform_a : str
        Of the correlation that is subtracted from.
    signal_b, platform_b : str
        Of the one that is subtracted.
    domain_set : str
        ``all``, or a range of authority deciles.
    """

    signal_a: str
    platform_a: str
    signal_b: str
    platform_b: str
    domain_set: str = ALL_DOMAINS


@dataclass(frozen=True)
class Threshold:
    """A quantity of the table of thresholds, over all platforms.

    Attributes
    ----------
    name : str
        As in column ``quantity``.
    """

    name: str


Leaf = Difference | Threshold


@dataclass(frozen=True)
class Growth:
    """A quantity of some domains minus the same quantity of others.

    Attributes
    ----------
    upper, lower : Difference or Threshold
        Of the domains with the higher scores, and of those with the lower.
    """

    upper: Leaf
    lower: Leaf


Quantity = Leaf | Growth


def leaves_of(quantity: Quantity) -> tuple[Leaf, ...]:
    """Give the rows of the tables that a quantity is made of."""
    if isinstance(quantity, Growth):
        return (quantity.upper, quantity.lower)
    return (quantity,)


def is_of_correlations(quantity: Quantity) -> bool:
    """Tell whether a quantity is made of correlations alone."""
    return all(isinstance(leaf, Difference) for leaf in leaves_of(quantity))


class Side(StrEnum):
    """Where a quantity lies, seen from its bound."""

    ABOVE = "above"
    BELOW = "below"
    WITHIN = "within"
    THERE = "there"


@dataclass(frozen=True)
class Part:
    """One statement that can be tested by itself.

    Attributes
    ----------
    quantity : Quantity
    side : Side
        ``within``: smaller in size than the bound. ``there``: a kink is.
    bound : float
        In the unit of the quantity.
    """

    quantity: Quantity
    side: Side
    bound: float = 0.0


Parts = tuple[Part, ...]


def above(quantity: Quantity, bound: float = 0.0) -> Part:
    """State that a quantity exceeds a bound."""
    return Part(quantity, Side.ABOVE, bound)


def below(quantity: Quantity, bound: float = 0.0) -> Part:
    """State that a quantity is smaller than a bound."""
    return Part(quantity, Side.BELOW, bound)


def within(quantity: Quantity, bound: float) -> Part:
    """State that a quantity is smaller in size than a bound."""
    return Part(quantity, Side.WITHIN, bound)


def there_is(kink: Threshold) -> Part:
    """State that there is a kink."""
    return Part(kink, Side.THERE)


def each_reversed(parts: Sequence[Part]) -> tuple[Parts, ...]:
    """State of each part by itself that the opposite holds.

    Parameters
    ----------
    parts : sequence of Part
        Each ``above`` or ``below``.

    Returns
    -------
    tuple of Parts
        Alternatives of one part each, with the same bounds.
    """
    opposite = {Side.ABOVE: Side.BELOW, Side.BELOW: Side.ABOVE}
    return tuple((replace(part, side=opposite[part.side]),) for part in parts)


def between_signals(
    first: str,
    second: str,
    platform: str = ALL_PLATFORMS,
    domain_set: str = ALL_DOMAINS,
) -> Difference:
    """Give the difference of two signals on one platform."""
    return Difference(first, platform, second, platform, domain_set)


def between_platforms(signal: str, first: str, second: str) -> Difference:
    """Give the difference of two platforms for one signal."""
    return Difference(signal, first, signal, second)
