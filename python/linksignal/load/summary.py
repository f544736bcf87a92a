"""Summary of a load for the terminal, at most 100 columns wide."""

from __future__ import annotations

import sys
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from linksignal.errors import ExitCode, LinksignalError, NoData
from linksignal.load.completeness import PARTIAL
from linksignal.load.fates import Fates
from linksignal.load.format_file import Format
from linksignal.load.json_items import failed_parts
from linksignal.load.judge import SENTENCES
from linksignal.load.stage import Staged
from linksignal.text import amount, printable, shown

if TYPE_CHECKING:
    from linksignal.load.batch import Loaded

WIDTH = 100
COUNTS = ("read", "landed", "rejected", "skipped", "duplicates")
Counts = Sequence[int]
# Unknown columns that a warning names.
_NAMED = 12
# What is the same of more files is said of one and the number of others.
_SAID_APART = 3


def report(
    staged: Sequence[Staged], raw_dir: Path, next_command: str | None = None
) -> str:
    """Return the summary: counts by file, rows by table, the next command.

    Parameters
    ----------
    staged : sequence of Staged
        The loads of one invocation.
    raw_dir : Path
        Where they landed.
    next_command : str, optional
        What builds from them; default: they did not land, but would.

    Returns
    -------
    str
        Lines without a final line end.
    """
    widths = widths_for([_counts(each) for each in staged])
    by_format = sorted(staged, key=lambda each: each.entry.name)
    lines = [title_line(widths)]
    for name, group in groupby(by_format, key=lambda each: each.entry.name):
        files = list(group)
        tables = ", ".join(files[0].entry.tables)
        own = files[0].entry.file
        own_file = f" (your {printable(str(own))})" if own else ""
        lines.append(f"{name}{own_file} → {tables}")
        for each in files:
            fates = each.load.fates
            if each.load.column_map:
                lines.append(f"  {printable(each.load.column_map)}")
            lines.extend(
                file_lines(
                    each.load.file,
                    _counts(each),
                    widths,
                    fates.reject_reasons,
                    fates.skip_reasons,
                )
            )
            if fates.elements is not None:
                lines.extend(_element_lines(fates.elements))
    lines.extend(["", *_landed(staged, raw_dir, next_command)])
    return "\n".join(lines)


def warnings(staged: Sequence[Staged]) -> Iterator[str]:
    """Yield the warnings about the files that landed.

    What is the same of many files is said once.
    """
    said = [
        (each.load.file, text, count)
        for each in staged
        for text, count in _said(each)
    ]
    alike: dict[str, list[tuple[str, int | None]]] = {}
    for file, text, count in said:
        alike.setdefault(text, []).append((file, count))
    for file, text, count in said:
        files = alike[text]
        if len(files) <= _SAID_APART:
            yield f"{file}: {_counted(text, count)}"
        elif files[0][0] == file:
            counts = [each for _, each in files if each is not None]
            total = sum(counts) if counts else None
            others = amount(len(files) - 1, "other file")
            yield f"{file} and {others}: {_counted(text, total)}"


def _counted(sentence: str, count: int | None) -> str:
    """Fill in the number of records where a sentence is about them."""
    if count is None:
        return sentence
    return sentence.format(amount(count, "record"))


def _said(each: Staged) -> Iterator[tuple[str, int | None]]:
    """Yield sentences about a file; of notes with their number of records."""
    yield from ((text, None) for text in _sentences(each))
    for code, count in each.load.fates.notes.items():
        yield SENTENCES[code], count


def _sentences(each: Staged) -> Iterator[str]:
    fates = each.load.fates
    if each.unknown_columns:
        names = ", ".join(map(shown, each.unknown_columns[:_NAMED]))
        count = len(each.unknown_columns) - _NAMED
        more = f" and {amount(count, 'other')}" if count > 0 else ""
        yield f"{each.entry.name} knows no column {names}{more}"
    if failed := failed_parts(each.statuses):
        yield f"{failed}; what they would have held is missing"
    if each.links is not None:
        records = amount(fates.landed_by_table["backlinks"], "record")
        yield (
            f"{records} stand for {amount(each.links, 'link')} "
            "(the tool shows groups of links); each counts for those it "
            "stands for"
        )
    if each.single_links and each.load.completeness is None:
        yield (
            "no domain links twice in its "
            f"{amount(each.single_links, 'link')}, as in a view of one "
            "link per domain; if it is such a view, export all links: "
            "their number is not in it"
        )
    if each.load.completeness == PARTIAL:
        expected = each.load.records_expected
        yield (
            "it is counted in place of a profile, and does not "
            "hold all links"
            f"{f' ({fates.read:,} of {expected:,})' if expected else ''}"
        )
    if not fates.read:
        yield "it has a header and no records"


def tell_faults(
    staged: Sequence[Staged], refused: Sequence[LinksignalError]
) -> None:
    """Print warnings, and files with nothing to land, to standard error."""
    for warning in warnings(staged):
        print(f"linksignal: warning: {warning}", file=sys.stderr)
    for error in refused:
        print(f"linksignal: {error}", file=sys.stderr)


def trial_report(
    loaded: Loaded, raw_dir: Path, formats: Mapping[str, Format]
) -> str:
    """Return what a load would do, file by file, and what a study then lacks.

    Parameters
    ----------
    loaded : Loaded
        Of a dry run.
    raw_dir : Path
        Where it would land.
    formats : mapping of str to Format
        The known formats.

    Returns
    -------
    str
        Lines without a final line end.
    """
    lines = [report(loaded.staged, raw_dir)] if loaded.staged else []
    hindering = [e for e in loaded.refused if not isinstance(e, NoData)]
    for title, errors in (
        ("Refused", hindering),
        ("Nothing to land", [e for e in loaded.refused if e not in hindering]),
    ):
        if errors:
            lines += ["", f"{title}:"]
        for error in errors:
            lines += textwrap.wrap(
                str(error),
                WIDTH,
                initial_indent="  ",
                subsequent_indent="    ",
                break_on_hyphens=False,
                break_long_words=False,
            )
    if hindering:
        count = amount(len(hindering), "file")
        lines.append(
            f"While {count} of these {'is' if len(hindering) == 1 else 'are'} "
            "refused, a load of all lands nothing: mend them or leave them out."
        )
    if loaded.outlook is not None:
        from linksignal.load.outlook import outlook_lines

        lines += ["", *outlook_lines(loaded.outlook, formats)]
    return "\n".join(lines).lstrip("\n")


def load_json(
    loaded: Loaded, raw_dir: Path, *, is_dry_run: bool
) -> dict[str, Any]:
    """Return what a load did, or would do, as one JSON object.

    Parameters
    ----------
    loaded : Loaded
        The load.
    raw_dir : Path
        Where it landed.
    is_dry_run : bool
        It would land only.
    """
    files = [
        {
            "file": each.load.file,
            "format": each.entry.name,
            "column_map": each.load.column_map,
            **dict(zip(COUNTS, _counts(each), strict=True)),
            "rows": dict(each.load.fates.landed_by_table),
            "refusal": None,
        }
        for each in loaded.staged
    ]
    files += [
        {"file": error.file, "format": None, "refusal": str(error)}
        for error in loaded.refused
    ]
    claims = None
    if loaded.outlook is not None:
        from linksignal.load.outlook import outlook_json

        claims = outlook_json(loaded.outlook)
    return {
        "event": "dry_run" if is_dry_run else "loaded",
        "exit_code": ExitCode.INPUT_REJECTED if loaded.refused else ExitCode.OK,
        "raw_dir": str(raw_dir),
        "files": files,
        "warnings": list(warnings(loaded.staged)),
        "claims": claims,
    }


def _counts(each: Staged) -> list[int]:
    fates = each.load.fates
    return [
        fates.read,
        fates.landed,
        fates.rejected,
        fates.skipped,
        fates.duplicates,
    ]


def _element_lines(elements: Fates) -> Iterator[str]:
    """Yield the counts of list elements, if there were any."""
    counts = {
        "read": elements.read,
        "landed": elements.landed,
        **{
            reason_at(reason, column): count
            for (reason, column), count in elements.reject_reasons.items()
        },
        **elements.skip_reasons,
        "duplicates": elements.duplicates,
    }
    yield from listed(
        "    in lists: ", {name: n for name, n in counts.items() if n}
    )


def _landed(
    staged: Sequence[Staged], raw_dir: Path, next_command: str | None
) -> Iterator[str]:
    rows: Counter[str] = Counter()
    for each in staged:
        rows.update(each.load.fates.landed_by_table)
    yield f"{'Landed' if next_command else 'Would land'} in {raw_dir}:"
    filled = {table: count for table, count in rows.items() if count}
    yield from listed("  ", filled) or ["  no records"]
    if next_command is None:
        yield "A dry run: nothing has landed. Load again without --dry-run."
    else:
        yield "Next, in the project's folder:"
        yield f"  {next_command}"


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
    """Return counts as wrapped lines; no count is split."""
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
    """Truncate a title in the middle: names differ at both ends."""
    if len(title) <= room:
        return title
    end = room // 2
    return title[: room - end - 1] + "…" + title[-end:]
