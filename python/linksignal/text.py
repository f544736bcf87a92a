"""Numbers, lists and outside text as people read them, wherever they do."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from math import exp, isnan, log
from typing import TextIO

SMALLEST_P = 0.001

# Beyond these a ratio tells no more than its direction, and soon overflows.
LARGEST_RATIO, SMALLEST_RATIO = 10_000, 0.0001

# From this ratio on "2.4 times", below it per cent.
TIMES = 2.0

# Beyond so many decimals a number is as good as zero.
MOST_DIGITS = 6

# Letters that the start of a name needs, to be told which names have it.
_LEAST_PART = 3
_MOST_MEANT = 8
# To compare the spelling of more takes longer than a guess is worth.
_MOST_COMPARED = 10_000

# Words that keep their capital letter within a sentence.
_NAMES = ("Gemini", "Perplexity", "Google", "Spearman")


def p_written(p_value: float) -> str:
    """Write a p value without its zero, as in "< .001" or ".012"."""
    if p_value < SMALLEST_P:
        return f"< {SMALLEST_P}".replace("0.", ".")
    return f"{p_value:.3f}".replace("0.", ".", 1)


def p_text(p_value: float, name: str = "p") -> str:
    """Write a p value with its name, as in "p = .012"."""
    sign = "" if p_value < SMALLEST_P else "= "
    return f"{name} {sign}{p_written(p_value)}"


def listed(words: Iterable[str]) -> str:
    """Join words, as in "a, b and c"."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def meant(name: str, known: Iterable[str]) -> str:
    """Guess which of some names is meant, as in " (did you mean a?)".

    Parameters
    ----------
    name : str
        One that there is not.
    known : iterable of str
        Those there are.

    Returns
    -------
    str
        Those that begin with it, else the one that is spelled most alike, of
        10,000 at most; empty where there is none.
    """
    from difflib import get_close_matches

    by_name = {each.strip().casefold(): each for each in known}
    asked = name.strip().casefold()
    begins = [
        each
        for each in by_name
        if len(asked) >= _LEAST_PART and each.startswith(asked)
    ]
    compared = by_name if len(by_name) <= _MOST_COMPARED else ()
    near = begins or get_close_matches(asked, compared, 1)
    names = " or ".join(by_name[each] for each in near[:_MOST_MEANT])
    return f" (did you mean {names}?)" if names else ""


def amount(count: int, noun: str) -> str:
    """Write a count with its noun: ``1 record``, ``2,000 records``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def capitalised(text: str) -> str:
    """Begin with a capital letter."""
    return text[:1].upper() + text[1:]


def decapitalised(text: str) -> str:
    """Begin with a small letter, but for names and abbreviations."""
    first = text.partition(" ")[0]
    keeps = first[1:] != first[1:].lower() or first in _NAMES
    return text if keeps else text[:1].lower() + text[1:]


def digits_shown(values: Iterable[float], least: int = 2) -> int:
    """Give the decimals, at least so many, that write only zero as zero."""
    told = [value for value in values if value]
    for digits in range(least, MOST_DIGITS):
        if all(round(value, digits) for value in told):
            return digits
    return MOST_DIGITS


def change_with_interval(estimate: float, low: float, high: float) -> str:
    """Tell a log ratio as more or fewer mentions, with its interval."""
    # Beside an interval around none, a change of less than 1 % is none.
    is_open = low <= 0 <= high
    amount = changed_by(estimate, 0 if is_open else None)
    return f"{amount} mentions {change_interval(low, high)}".rstrip()


def change_interval(low: float, high: float) -> str:
    """Tell the interval of a log ratio, shortly where both ends are alike."""
    if isnan(low) or isnan(high):
        return ""
    if high >= log(TIMES):
        start = _multiple(low) if low >= 0 else changed_by(low)
        return f"({start} to {_multiple(high)} times as many)"
    if low >= 0:
        return f"({_percent(low)}-{_percent(high)} %)"
    if high < 0:
        return f"({_percent(high)}-{_percent(low)} %)"
    return f"({changed_by(low)} to {changed_by(high)})"


def _percent(logarithm: float, digits: int | None = None) -> str:
    """Write how far a ratio is from one, by enough digits to be seen."""
    percent = abs(100 * (exp(bounded_ratio(logarithm)) - 1))
    if digits is None:
        digits = digits_shown([percent], 0)
    return f"{percent:.{digits}f}"


def changed_by(logarithm: float, digits: int | None = None) -> str:
    """Tell a log ratio in words, as in "12 % more"."""
    if logarithm >= log(TIMES):
        return f"{_multiple(logarithm)} times the"
    percent = _percent(logarithm, digits)
    if not float(percent):
        return "as many"
    return f"{percent} % {'more' if logarithm > 0 else 'fewer'}"


def _multiple(logarithm: float) -> str:
    if logarithm >= log(LARGEST_RATIO):
        return f"over {LARGEST_RATIO:,}"
    factor = exp(logarithm)
    return f"{factor:.{digits_shown([factor - 1], 1)}f}"


def bounded_ratio(logarithm: float) -> float:
    """Give a log ratio, or that of `LARGEST_RATIO` beyond it."""
    return max(-log(LARGEST_RATIO), min(logarithm, log(LARGEST_RATIO)))


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
