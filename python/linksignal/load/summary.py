"""What a load tells on the terminal, in at most 100 columns."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path

from linksignal.load.fates import Fates
from linksignal.load.ledger import Load
from linksignal.load.notes import SENTENCES
from linksignal.load.refusal import shown
from linksignal.load.stage import Staged

WIDTH = 100
_COUNTS = ("read", "landed", "rejected", "skipped", "duplicates")


def report(staged: Sequence[Staged], raw_dir: Path) -> str:
    """Return what landed where, file by file, and what to do next.

    Parameters
    ----------
    staged : sequence of Staged
        The loads of one invocation.
    raw_dir : Path
        Where they landed.

    Returns
    -------
    str
        Lines without a final line end.
    """
    widths = _widths(staged)
    by_format = sorted(staged, key=lambda each: each.entry.name)
    lines = [_line("", _COUNTS, widths)]
    for name, group in groupby(by_format, key=lambda each: each.entry.name):
        files = list(group)
        tables = ", ".join(files[0].entry.tables)
        lines.append(f"{name} → {tables}")
        for each in files:
            lines.extend(_file_lines(each.load, widths))
    lines.extend(["", *_landed(staged, raw_dir)])
    return "\n".join(lines)


def warnings(staged: Sequence[Staged]) -> Iterator[str]:
    """Yield a sentence for each thing to know about what landed."""
    for each in staged:
        file, fates = each.load.file, each.load.fates
        if each.unknown_columns:
            names = ", ".join(map(shown, each.unknown_columns))
            yield f"{file}: {each.entry.name} knows no column {names}"
        if not fates.read:
            yield f"{file}: it has a header and no records"
        for code, count in fates.notes.items():
            yield f"{file}: {SENTENCES[code].format(f'{count:,}')}"


def _file_lines(load: Load, widths: Sequence[int]) -> Iterator[str]:
    fates = load.fates
    counts = [
        f"{count:,}"
        for count in (
            fates.read,
            fates.landed,
            fates.rejected,
            fates.skipped,
            fates.duplicates,
        )
    ]
    yield _line(f"  {load.file}", counts, widths)
    yield from _listed(
        "    rejected: ",
        {
            f"{reason} in {shown(column, 30)}" if column else reason: count
            for (reason, column), count in fates.reject_reasons.items()
        },
    )
    yield from _listed("    skipped: ", fates.skip_reasons)
    if fates.elements is not None:
        yield from _element_lines(fates.elements)


def _element_lines(elements: Fates) -> Iterator[str]:
    """Say what became of the lists in the records, where there were any."""
    counts = {
        "read": elements.read,
        "landed": elements.landed,
        **{
            f"{reason} in {shown(column, 30)}": count
            for (reason, column), count in elements.reject_reasons.items()
        },
        **elements.skip_reasons,
        "duplicates": elements.duplicates,
    }
    yield from _listed(
        "    in lists: ", {name: n for name, n in counts.items() if n}
    )


def _listed(title: str, counts: Mapping[str, int]) -> list[str]:
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


def _widths(staged: Sequence[Staged]) -> list[int]:
    most = max(each.load.fates.read for each in staged)
    return [max(len(name), len(f"{most:,}")) + 2 for name in _COUNTS]


def _line(title: str, counts: Sequence[str], widths: Sequence[int]) -> str:
    room = WIDTH - sum(widths)
    cells = "".join(
        count.rjust(width) for count, width in zip(counts, widths, strict=True)
    )
    return _fitted(title, room).ljust(room) + cells


def _fitted(title: str, room: int) -> str:
    """Shorten a title in its middle: names differ at both ends."""
    if len(title) <= room:
        return title
    end = room // 2
    return title[: room - end - 1] + "…" + title[-end:]


def _landed(staged: Sequence[Staged], raw_dir: Path) -> Iterator[str]:
    rows: Counter[str] = Counter()
    for each in staged:
        rows.update(each.load.fates.landed_by_table)
    yield f"Landed in {raw_dir}:"
    yield from _listed("  ", rows) or ["  no records"]
    yield "Next, in the project's folder:"
    yield f"  dbt build --vars '{{raw_dir: {raw_dir}}}'"
