"""A table as aligned text that fits a terminal."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Sequence
from typing import Any

from linksignal.text import printable

WIDTH = 100
GAP = "  "
LONGEST_TEXT = 40


def text_table(
    header: Sequence[str], rows: Sequence[Sequence[Any]], width: int = WIDTH
) -> str:
    """Align rows under their header, numbers to the right.

    Parameters
    ----------
    header : sequence of str
        Column names.
    rows : sequence of sequences
        One value per column; None shows as ``-``.
    width : int, default 100
        Most characters a line may have. Columns that do not fit are left out
        from the right, and a last line names them.

    Returns
    -------
    str
        Lines without a trailing newline.
    """
    cells = [[cell(value) for value in row] for row in rows]
    widths = [
        max(map(display_width, column))
        for column in zip(header, *cells, strict=True)
    ]
    shown = _columns_that_fit(widths, width)
    numeric = [
        any(isinstance(row[i], int | float) for row in rows) for i in shown
    ]
    lines = [
        GAP.join(
            _pad(line[i], widths[i], right)
            for i, right in zip(shown, numeric, strict=True)
        ).rstrip()
        for line in [
            list(header),
            ["-" * column_width for column_width in widths],
            *cells,
        ]
    ]
    left_out = list(header[len(shown) :])
    if left_out:
        lines.append(wrapped(f"also: {', '.join(left_out)}", width))
    return "\n".join(lines)


def wrapped(text: str, width: int = WIDTH, indent: str = "") -> str:
    """Break a long sentence into lines that fit a terminal."""
    return textwrap.fill(
        text, width, initial_indent=indent, subsequent_indent=indent + GAP
    )


def cell(value: Any) -> str:
    """Text of one value: short, printable, on one line.

    Parameters
    ----------
    value : object
        Any value DuckDB returns.

    Returns
    -------
    str
        Floats with three significant places, whole numbers with thousands
        separators, text without control characters.
    """
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case float():
            return _number(value)
        case int():
            return f"{value:,}"
        case _:
            return _shortened(printable(str(value), " "))


def _number(value: float) -> str:
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    if value == 0 or abs(value) >= 0.001:
        return f"{value:.3f}"
    return f"{value:.1e}"


def _shortened(text: str) -> str:
    if len(text) <= LONGEST_TEXT:
        return text
    return text[: LONGEST_TEXT - 1] + "…"


def display_width(text: str) -> int:
    """Columns a text takes in a terminal: wide East Asian letters take two."""
    return sum(
        2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )


def _pad(text: str, width: int, right: bool) -> str:
    spaces = " " * (width - display_width(text))
    return spaces + text if right else text + spaces


def _columns_that_fit(widths: Sequence[int], width: int) -> range:
    used = 0
    for count, column_width in enumerate(widths):
        used += column_width + (len(GAP) if count else 0)
        if used > width and count:
            return range(count)
    return range(len(widths))
