"""Numbers, lists and outside text as people read them, wherever they do."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import TextIO

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


def amount(count: int, noun: str) -> str:
    """Write a count with its noun: ``1 record``, ``2,000 records``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def printable(text: str, instead: str = "\N{MIDDLE DOT}") -> str:
    """Return outside text without what could drive a terminal."""
    return "".join(each if each.isprintable() else instead for each in text)


def shown(text: str, width: int = 40) -> str:
    """Return the start of outside text, safe to print on a terminal."""
    safe = printable(text)
    short = safe[:width] + ("…" if len(safe) > width else "")
    return f"'{short}'"


def say(text: str, stream: TextIO | None = None) -> None:
    """Print a text; where that fails, the exit code still tells the truth.

    What went wrong is often a full disk, and the log that a scheduler writes
    to may lie on it. Python itself would end with 1 or 120 then.

    Parameters
    ----------
    text : str
        Without a final line end.
    stream : TextIO, optional
        Default: standard output.
    """
    stream = stream or sys.stdout
    try:
        print(text, file=stream, flush=True)
    except OSError:
        # What stays in the buffer would be tried once more at the exit.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
