"""Quantities and bounds in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import exp, log

import numpy as np

from linksignal.stats.claims.evidence import OUTCOME, Reading
from linksignal.stats.claims.parts import (
    Difference,
    Growth,
    Part,
    Quantity,
    Side,
    Threshold,
)
from linksignal.stats.contrasts.comparisons import ALL_DOMAINS, ALL_PLATFORMS
from linksignal.words import LARGEST_RATIO, SMALLEST_RATIO

THRESHOLD_NAMES = {
    "lower_tier_slope": (
        "ratio of mentions per 10 points of authority score up to the median"
    ),
    "upper_tier_slope": (
        "ratio of mentions per 10 points of authority score above the median"
    ),
    "kink": "kink of mentions over the authority score",
    "gap": "Spearman minus Pearson of authority score and AI mentions",
    "smooth_gap_share": "share of smooth draws with a gap at least as high",
}
RISE_NAME = (
    "ratio of mentions per 10 points of authority score above the median "
    "divided by that up to it"
)

# Smaller ratios are written with two digits, not with two decimals.
SMALLEST_WITH_DECIMALS = 0.1


class Names:
    """Words for quantities.

    Parameters
    ----------
    labels : mapping of str to str
        Name for people of each platform.
    """

    def __init__(self, labels: Mapping[str, str]) -> None:
        self._labels = labels

    def quantity(self, quantity: Quantity) -> str:
        """Name a quantity, as in "image links minus text links"."""
        match quantity:
            case Threshold():
                return THRESHOLD_NAMES[quantity.name]
            case Growth(upper=Difference() as high, lower=Difference() as low):
                whole = self._difference(high, "")
                start, end = map(_domains, (low.domain_set, high.domain_set))
                return f"gain of {whole} from {start} to {end}"
            case Growth():
                return RISE_NAME
            case Difference():
                is_all = quantity.domain_set == ALL_DOMAINS
                where = "" if is_all else f" in {_domains(quantity.domain_set)}"
                return self._difference(quantity, where)

    def estimate(self, quantity: Quantity) -> str:
        """Name a quantity with the scale that its estimate is on."""
        name = self.quantity(quantity)
        if quantity == Threshold("kink"):
            return f"Standardised score: {name}"
        if is_ratio(quantity):
            return f"Logarithm: {name}"
        return f"Spearman: {name}"

    def platform(self, platform: str) -> str:
        """Name a platform."""
        return self._labels.get(platform, platform)

    def platforms(self, platforms: Iterable[str]) -> list[str]:
        """Name platforms, in the order of their labels."""
        order = list(self._labels)
        return [
            self.platform(name) for name in sorted(platforms, key=order.index)
        ]

    def column(self, column: str) -> str:
        """Name a column of the features frame."""
        if not column.startswith(OUTCOME):
            return _signal(column)
        platform = column.removeprefix(f"{OUTCOME}_")
        if platform == ALL_PLATFORMS:
            return "AI mentions"
        return f"AI mentions on {self.platform(platform)}"

    def _difference(self, difference: Difference, where: str) -> str:
        first, second = map(_signal, (difference.signal_a, difference.signal_b))
        platforms = difference.platform_a, difference.platform_b
        if platforms[0] != platforms[1]:
            of_a, of_b = map(self.platform, platforms)
            return f"{first} on {of_a} minus on {of_b}{where}"
        if platforms[0] != ALL_PLATFORMS:
            where = f" on {self.platform(platforms[0])}{where}"
        return f"{first} minus {second}{where}"


def is_ratio(quantity: Quantity) -> bool:
    """Tell whether a quantity is the log of a ratio of means."""
    if isinstance(quantity, Growth):
        quantity = quantity.upper
    return isinstance(quantity, Threshold) and quantity.name.endswith("slope")


def value_text(quantity: Quantity, reading: Reading, ci_level: float) -> str:
    """Give an estimate with its interval, ratios as ratios."""
    low, high = reading.interval(ci_level)
    if is_ratio(quantity):
        value = ratio_text(reading.estimate, "×")
        return f"{value} [{ratio_text(low)}, {ratio_text(high)}]"
    if np.isnan(low):
        return number(reading.estimate)
    return f"{number(reading.estimate)} [{number(low)}, {number(high)}]"


def ratio_text(logarithm: float, sign: str = "") -> str:
    """Write a ratio, given its logarithm, as in "1.25"."""
    if logarithm > log(LARGEST_RATIO):
        return f"more than ×{LARGEST_RATIO:,}"
    if logarithm < log(SMALLEST_RATIO):
        return f"less than ×{SMALLEST_RATIO:.4f}"
    ratio = exp(logarithm)
    digits = ",.2f" if ratio >= SMALLEST_WITH_DECIMALS else ".2g"
    return f"{sign}{ratio:{digits}}"


def bound_text(part: Part) -> str:
    """Say where a part wants its quantity, as in "above 0"."""
    if part.side is Side.WITHIN:
        return f"within ±{part.bound:g}"
    bound = f"{part.bound:g}"
    if is_ratio(part.quantity):
        bound = f"×{exp(part.bound):g}"
    return f"{part.side} {bound}"


def number(value: float) -> str:
    """Write a difference with its sign."""
    return f"{value:+z.3f}"


def _signal(signal: str) -> str:
    return signal.replace("_", " ")


def _domains(domain_set: str) -> str:
    """Turn deciles_6_10 into "deciles 6-10"."""
    name, lowest, highest = domain_set.split("_")
    return f"{name} {lowest}-{highest}"
