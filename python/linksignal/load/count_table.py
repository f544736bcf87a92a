"""Lines of counts for the terminal: one per file, in at most 100 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence

from linksignal.text import shown

WIDTH = 100
COUNTS = ("read", "landed", "rejected", "skipped", "duplicates")
Counts = Sequence[int]


def widths_for(loads: Sequence[Counts]) -> list[int]:
    """Return the width of each column of counts.

    Parameters
    ----------
    loads : sequence of sequence of int
        Counts in the order of `COUNTS`, one sequence per file.
    """
    most = max((max(counts) for counts in loads), default=0)
    return [max(len(name), len(f"{most:,}")) + 2 for name in COUNTS]


def title_line(widths: Sequence[int]) -> str:
    """Return the line that names the counts."""
    return _line("", COUNTS, widths)


def file_lines(
    file: str,
    counts: Counts,
    widths: Sequence[int],
    reject_reasons: Mapping[tuple[str, str], int],
    skip_reasons: Mapping[str, int],
) -> Iterator[str]:
    """Yield the counts of one file and the reasons behind them.

    Parameters
    ----------
    file : str
        Name of the file.
    counts : sequence of int
        In the order of `COUNTS`.
    widths : sequence of int
        Of `widths_for`.
    reject_reasons : mapping of (str, str) to int
        Rejected records by reason and column.
    skip_reasons : mapping of str to int
        Skipped records by reason.
    """
    yield _line(f"  {file}", [f"{count:,}" for count in counts], widths)
    rejected = {
        reason_at(reason, column): count
        for (reason, column), count in reject_reasons.items()
    }
    yield from listed("    rejected: ", rejected)
    yield from listed("    skipped: ", skip_reasons)


def reason_at(reason: str, column: str | None) -> str:
    """Return a reason with the column it is about, if any."""
    return f"{reason} in {shown(column, 30)}" if column else reason


def listed(title: str, counts: Mapping[str, int]) -> list[str]:
    """Return counts in lines that break between them, not within."""
    glued = [
        f"{name} {count:,}".replace(" ", "\N{NO-BREAK SPACE}")
        for name, count in counts.items()
    ]
    lines = textwrap.wrap(
        ", ".join(glued),
        WIDTH,
        initial_indent=title,
        subsequent_indent=" " * len(title),
    )
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in lines]


def _line(title: str, cells: Sequence[str], widths: Sequence[int]) -> str:
    room = WIDTH - sum(widths)
    text = "".join(
        cell.rjust(width) for cell, width in zip(cells, widths, strict=True)
    )
    return _fitted(title, room).ljust(room) + text


def _fitted(title: str, room: int) -> str:
    """Shorten a title in its middle: names differ at both ends."""
    if len(title) <= room:
        return title
    end = room // 2
    return title[: room - end - 1] + "…" + title[-end:]
