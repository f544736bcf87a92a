"""Names and numbers as the report writes them."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from linksignal.lookups import lookup_rows

ALL = "all"
NOTHING = "–"

# Not that of a range, a date or an exponent.
_MINUS = re.compile(r"(?<![\w.])-(?=\d)")

# Smaller numbers are written with an exponent.
SMALLEST_PLAIN = 0.0001

METHOD_LABELS = {
    "spearman": "Spearman",
    "pearson_log1p": "Pearson of logarithms",
    "pearson": "Pearson",
    "kendall_tau_b": "Kendall tau-b",
    "partial_spearman": "Partial Spearman",
}


@dataclass(frozen=True)
class Labels:
    """Names for people, each mapping in its order of display.

    Attributes
    ----------
    signals, outcomes, platforms : dict of str to str
        By key.
    """

    signals: dict[str, str]
    outcomes: dict[str, str]
    platforms: dict[str, str]

    def signal(self, key: str) -> str:
        """Name of a signal."""
        return self.signals.get(key, key)

    def outcome(self, key: str) -> str:
        """Name of an outcome."""
        return self.outcomes.get(key, key)

    def platform(self, key: str) -> str:
        """Name of a platform."""
        return self.platforms.get(key, key)

    def in_order(self, keys: Iterable[str]) -> list[str]:
        """Platforms in their order of display, unknown ones last by name."""
        order = {name: at for at, name in enumerate(self.platforms)}
        return sorted(keys, key=lambda key: (order.get(key, len(order)), key))


@cache
def labels() -> Labels:
    """Read the names from the lookups of the project."""
    signals, outcomes, platforms = map(
        lookup_rows, ("signals", "outcomes", "platforms")
    )
    return Labels(
        signals={row["signal"]: row["label"] for row in signals},
        outcomes={row["outcome"]: row["label"] for row in outcomes},
        platforms={ALL: "All platforms"}
        | {row["platform"]: row["label"] for row in platforms},
    )


@cache
def claim_outcomes() -> dict[str, dict[str, dict[str, str]]]:
    """Give verdicts, states and evidence of the lookup, by kind and key."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for row in lookup_rows("claim_outcomes"):
        found.setdefault(row["kind"], {})[row["outcome"]] = row
    return found


def verdict(key: str) -> str:
    """Write a verdict within a sentence, as in "not testable"."""
    known = claim_outcomes()["verdict"].get(key, {})
    return known.get("label", key.replace("_", " ")).lower()


def with_minus(text: str) -> str:
    """Write the sign of negative numbers, "-" in the tables, as a minus."""
    return _MINUS.sub("−", text)


def coefficient(value: float) -> str:
    """Write a coefficient, as in 0.57 or −0.08."""
    return with_minus(f"{value:z.2f}")


def signed(value: float) -> str:
    """Write a difference with its sign and three decimals."""
    return with_minus(f"{value:+z.3f}")


def interval(low: float | None, high: float | None, write: Any) -> str:
    """Write an interval in brackets, or nothing where there is none."""
    if low is None or high is None:
        return ""
    return f" [{write(low)}, {write(high)}]"


def percent(share: float) -> str:
    """Write a share (0-1) in per cent."""
    return f"{100 * share:.0f} %"


def count(value: float) -> str:
    """Write a number with thousands separators, and .5 where it has one."""
    return f"{value:,.0f}" if value == round(value) else f"{value:,.1f}"


def plural(number: int, noun: str) -> str:
    """Write a number with its noun, as in "3 platforms"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def cell(value: Any) -> str:
    """Write a value of a table.

    Parameters
    ----------
    value : object
        What DuckDB returned.

    Returns
    -------
    str
        Floats with at most four significant digits, whole numbers with
        thousands separators, times without fractions.
    """
    match value:
        case None:
            return NOTHING
        case bool():
            return "yes" if value else "no"
        case int():
            return with_minus(f"{value:,}")
        case float():
            return with_minus(_float(value))
        case datetime.datetime():
            return f"{value:%Y-%m-%d %H:%M}"
        case _:
            return str(value)


def _float(value: float) -> str:
    if not math.isfinite(value):
        return NOTHING
    if value == round(value) and abs(value) < 1e15:
        return f"{value:z,.0f}"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    if abs(value) >= 0.001:
        return f"{value:.4g}"
    return f"{value:.2g}" if abs(value) >= SMALLEST_PLAIN else f"{value:.1e}"
