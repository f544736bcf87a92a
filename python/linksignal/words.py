"""Numbers and lists in words, alike in the tables and in the report."""

from __future__ import annotations

from collections.abc import Iterable

SMALLEST_P = 0.001

# Beyond these a ratio tells no more than its direction, and soon overflows.
LARGEST_RATIO, SMALLEST_RATIO = 10_000, 0.0001


def p_text(p_value: float, name: str = "p") -> str:
    """Write a p value, as in "p = 0.012"."""
    if p_value < SMALLEST_P:
        return f"{name} < {SMALLEST_P}"
    return f"{name} = {p_value:.3f}"


def listed(words: Iterable[str]) -> str:
    """Join words, as in "a, b and c"."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
