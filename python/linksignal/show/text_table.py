"""Tables and sentences as text that fits a terminal."""

from __future__ import annotations

import os
import re
import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import click

from linksignal.lookups import TONED_COLUMNS, outcome_tones
from linksignal.text import SMALLEST_P, printable

WIDTH = 100
GAP = "  "
# A space at which no line ends.
UNBROKEN = "\N{NO-BREAK SPACE}"
# Longer texts take several lines, in a column of at least this width.
PROSE_WIDTH = 30
# Names of columns up to this length stay in one line.
SHORT_NAME = 10
LONGEST_TEXT = 1_000
_NARROWEST = 40
# Where the name of a column may go on in the next line.
_BREAKS = re.compile(r"[^_ ]*_|[^_ ]+")
_COLOURS = {"for": "green", "against": "red", "both": "yellow"}


@dataclass(frozen=True)
class Screen:
    """What a terminal can show.

    Attributes
    ----------
    width : int, default 100
        Most characters a line may have.
    has_colour : bool, default False
        Whether verdicts stand in colour.
    """

    width: int = WIDTH
    has_colour: bool = False

    @classmethod
    def of_stdout(cls) -> Screen:
        """Screen behind standard output; a pipe gets 100 columns, no colour.

        ``COLUMNS`` sets another width, ``NO_COLOR`` (https://no-color.org)
        keeps colours away.
        """
        size = shutil.get_terminal_size((WIDTH, 24))
        is_plain = (
            os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        )
        return cls(
            max(size.columns, _NARROWEST),
            sys.stdout.isatty() and not is_plain,
        )

    def wrapped(self, text: str, indent: str = "") -> str:
        """Break a long sentence into lines that are read with ease."""
        return textwrap.fill(
            text,
            min(self.width, WIDTH),
            initial_indent=indent,
            subsequent_indent=indent + GAP,
        )

    def toned(self, text: str, outcome: str | None = None) -> str:
        """Colour a text by the tone of a verdict or state.

        Parameters
        ----------
        text : str
            What is shown.
        outcome : str, optional
            Key or label of the outcome; default: the text.
        """
        tone = outcome_tones().get(outcome or text.strip())
        if not self.has_colour or tone not in _COLOURS:
            return text
        return click.style(text, fg=_COLOURS[tone])


def text_table(
    header: Sequence[str],
    rows: Sequence[Sequence[Any]],
    screen: Screen | None = None,
) -> str:
    """Align rows under their header, numbers to the right.

    Parameters
    ----------
    header : sequence of str
        Column names.
    rows : sequence of sequences
        One value per column; None shows as ``-``.
    screen : Screen, optional
        Default: 100 columns. Long texts and names take several lines of their
        column. Columns that do not fit are left out from the right, and a last
        line names them.

    Returns
    -------
    str
        Lines without a trailing newline, none longer than the screen is wide.
    """
    screen = screen or Screen()
    cells = [
        [cell(value, name) for value, name in zip(row, header, strict=True)]
        for row in rows
    ]
    columns = list(zip(header, *cells, strict=True))
    widths = _widths(columns, screen.width)
    numeric = [
        any(isinstance(row[at], int | float) for row in rows)
        for at in range(len(widths))
    ]
    heads = [
        _broken(name, width, is_name=True)
        for name, width in zip(header, widths, strict=False)
    ]
    shown = [
        _side_by_side(heads, widths, numeric),
        [GAP.join("-" * width for width in widths)],
        *(_lines(line, widths, numeric, header, screen) for line in cells),
    ]
    left_out = header[len(widths) :]
    if left_out:
        shown.append([screen.wrapped(f"also: {', '.join(left_out)}")])
    return "\n".join(line for lines in shown for line in lines)


def _widths(columns: Sequence[Sequence[str]], width: int) -> list[int]:
    """Give widths to the columns that fit; the first always does."""
    least, most = [], []
    for name, *texts in columns:
        longest = max(map(display_width, texts), default=0)
        whole = display_width(name)
        head = max(map(display_width, _BREAKS.findall(name)))
        head = whole if whole <= SHORT_NAME else head
        least.append(max(head, min(longest, PROSE_WIDTH)))
        most.append(max(whole, longest))
    count = 1
    while (
        count < len(least)
        and sum(least[: count + 1]) + len(GAP) * count <= width
    ):
        count += 1
    widths = [min(each, width) for each in least[:count]]
    spare = width - sum(widths) - len(GAP) * (count - 1)
    # The small wishes first: what they leave goes to the large ones.
    for left, at in enumerate(
        sorted(range(count), key=lambda at: most[at] - widths[at])
    ):
        given = min(most[at] - widths[at], spare // (count - left))
        widths[at] += max(given, 0)
        spare -= max(given, 0)
    return widths


def _lines(
    texts: Sequence[str],
    widths: Sequence[int],
    numeric: Sequence[bool],
    header: Sequence[str],
    screen: Screen,
) -> list[str]:
    """Lines of one row of the table."""
    broken = [
        _broken(text, width) for text, width in zip(texts, widths, strict=False)
    ]
    for at, name in enumerate(header[: len(broken)]):
        if screen.has_colour and name in TONED_COLUMNS:
            padded = [_pad(line, widths[at], False) for line in broken[at]]
            broken[at] = [screen.toned(line, texts[at]) for line in padded]
    return _side_by_side(broken, widths, numeric)


def _side_by_side(
    broken: Sequence[Sequence[str]],
    widths: Sequence[int],
    numeric: Sequence[bool],
) -> list[str]:
    return [
        GAP.join(
            _pad(lines[at] if at < len(lines) else "", width, right)
            for lines, width, right in zip(broken, widths, numeric, strict=True)
        ).rstrip()
        for at in range(max(map(len, broken)))
    ]


def _broken(text: str, width: int, *, is_name: bool = False) -> list[str]:
    """Break a text into lines of a width, between words where it can.

    Names, and words that are longer than a line, may break after an
    underscore too.
    """
    lines = [""]
    for word in text.split(" "):
        gap = " "
        can_break = is_name or display_width(word) > width
        for part in _BREAKS.findall(word) if can_break else [word]:
            for piece in _pieces(part, width):
                joined = lines[-1] + gap + piece if lines[-1] else piece
                if display_width(joined) <= width:
                    lines[-1] = joined
                else:
                    lines.append(piece)
                gap = ""
    return [line.replace(UNBROKEN, " ") for line in lines]


def _pieces(word: str, width: int) -> list[str]:
    """Split a word that is longer than a line."""
    pieces = [""]
    for character in word:
        if display_width(pieces[-1] + character) > width and pieces[-1]:
            pieces.append("")
        pieces[-1] += character
    return pieces


def cell(value: Any, name: str = "") -> str:
    """Text of one value: printable, on one line.

    Parameters
    ----------
    value : object
        Any value DuckDB returns.
    name : str, optional
        Of its column: a p value is told as people write it.

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
        case float() if name.startswith("p_") and value < SMALLEST_P:
            return f"< {SMALLEST_P}"
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
    if text.isascii():
        return len(text)
    return sum(
        2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )


def _pad(text: str, width: int, right: bool) -> str:
    spaces = " " * (width - display_width(click.unstyle(text)))
    return spaces + text if right else text + spaces
