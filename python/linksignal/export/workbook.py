"""The findings as one Excel workbook: a sheet per table, after their list."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from decimal import Decimal
from importlib import metadata
from itertools import chain, islice
from math import isfinite
from pathlib import Path
from typing import Any

import xlsxwriter

from linksignal.errors import LinksignalError
from linksignal.export.tables import ExportTable
from linksignal.files import drafts, refuse_existing
from linksignal.show.findings import SIMULATED_NOTE, Findings, read_publication

CONTENTS = "contents"

# What a sheet of Excel can hold, its header included.
SHEET_ROWS = 1_048_576

# Widths in characters: of these first rows, within these bounds.
_ROWS_FOR_WIDTH = 200
_WIDTHS = (8, 60)
_DATE_WIDTH = 19

# Text stays text: neither formulas nor links are made of it.
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def write_workbook(
    findings: Findings,
    tables: Sequence[ExportTable],
    path: Path,
    *,
    overwrite: bool = False,
) -> Path:
    """Write tables as sheets, after one that says what they are.

    Parameters
    ----------
    findings : Findings
        An open database.
    tables : sequence of ExportTable
        What to write.
    path : Path
        The workbook.
    overwrite : bool, default False
        Whether it may be replaced.

    Returns
    -------
    Path
        The workbook.

    Raises
    ------
    LinksignalError
        It exists; or a table has more rows, or a text more characters, than a
        sheet can hold.
    """
    refuse_existing([path], overwrite=overwrite)
    for table in tables:
        if table.row_count >= SHEET_ROWS:
            raise LinksignalError(
                f"{table.label} has {table.row_count:,} rows and a sheet of "
                f"Excel holds {SHEET_ROWS - 1:,}: export it as csv or parquet, "
                "or name other tables"
            )
    with drafts(path.parent, overwrite=overwrite) as draft:
        findings.spill_to(draft / "spill")
        scratch = draft / "scratch"
        scratch.mkdir()
        options = {**_OPTIONS, "tmpdir": str(scratch)}
        book = xlsxwriter.Workbook(str(draft / path.name), options)
        formats = Formats(book)
        _write_contents(book, formats, findings, tables)
        for table in tables:
            _write_table(book, formats, findings, table)
        book.close()
    return path


def _write_contents(
    book: Any,
    formats: Formats,
    findings: Findings,
    tables: Sequence[ExportTable],
) -> None:
    sheet = book.add_worksheet(CONTENTS)
    sheet.set_column(0, 0, 32)
    sheet.set_column(1, 1, 24)
    sheet.set_column(2, 2, 100)
    facts = provenance(findings)
    title = "linksignal: do backlinks matter for being named in AI answers?"
    lines: list[Sequence[Any]] = [[title]]
    if findings.simulated_note():
        lines.append([SIMULATED_NOTE])
    heads = len(lines)
    lines += [[], *facts.items(), []]
    header = len(lines)
    lines.append(["Table", "Rows", "What it is"])
    lines += [
        [table.label, table.row_count, table.description] for table in tables
    ]
    for row, line in enumerate(lines):
        is_head = row < heads or row == header
        for column, value in enumerate(line):
            write_cell(sheet, (row, column), value, formats, is_header=is_head)


def _write_table(
    book: Any, formats: Formats, findings: Findings, table: ExportTable
) -> None:
    sheet = book.add_worksheet(table.label)
    rows = findings.stream(table.query)
    first = list(islice(rows, _ROWS_FOR_WIDTH))
    for column, name in enumerate(table.columns):
        width = _width([name, *(row[column] for row in first)])
        sheet.set_column(column, column, width)
        write_cell(sheet, (0, column), name, formats, is_header=True)
    sheet.freeze_panes(1, 0)
    for number, row in enumerate(chain(first, rows), start=1):
        for column, value in enumerate(row):
            try:
                write_cell(sheet, (number, column), value, formats)
            except OverflowError as error:
                raise LinksignalError(
                    f"{table.label}, column {table.columns[column]}: a text "
                    f"has more than the {LONGEST_TEXT:,} characters that a "
                    "cell of Excel holds: export it as csv or parquet, or "
                    "name other tables"
                ) from error
    if table.row_count:
        sheet.autofilter(0, 0, table.row_count, len(table.columns) - 1)


def _width(values: Sequence[Any]) -> int:
    narrowest, widest = _WIDTHS
    longest = max(
        _DATE_WIDTH
        if isinstance(value, datetime.datetime)
        else len(f"{value:.6g}" if isinstance(value, float) else str(value))
        for value in values
    )
    return min(max(longest + 2, narrowest), widest)


_SIMULATED = "yes: these results describe no real domain"


def provenance(findings: Findings) -> dict[str, Any]:
    """Run, version, seed and whether the data are simulated.

    Parameters
    ----------
    findings : Findings
        An open database, built or published.

    Returns
    -------
    dict
        Values by label, in the order to show them. A plain build has no run;
        what a database does not say is left out.
    """
    facts: dict[str, Any] = {
        "Simulated": _SIMULATED if findings.simulated_note() else "no",
        "Database": findings.path.name,
    }
    published = read_publication(findings)
    if published:
        facts |= {
            "Run": published.run_id,
            "Published (UTC)": published.published_at,
            "Built by": f"linksignal {published.linksignal_version}, dbt "
            f"{published.dbt_version}",
        }
    ((seed,),) = findings.rows("select max(seed) from findings.correlations")
    facts |= {
        "Seed": seed,
        "Exported by": f"linksignal {metadata.version('linksignal')}",
    }
    return {label: value for label, value in facts.items() if value is not None}


# Characters of one cell, as UTF-16 counts them.
LONGEST_TEXT = 32_767

# Beyond it a number in Excel is another one.
_LARGEST_WHOLE = 2**53

# Excel has a 29 February 1900, and no date before that year.
_FIRST_MONTH = (1900, 3)


class Formats:
    """Formats of one workbook.

    Parameters
    ----------
    book : xlsxwriter.Workbook
        A new workbook.
    """

    def __init__(self, book: Any) -> None:
        self.header = book.add_format({"bold": True})
        self.date = book.add_format({"num_format": "yyyy-mm-dd"})
        self.time = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})


def write_cell(
    sheet: Any,
    place: tuple[int, int],
    value: object,
    formats: Formats,
    *,
    is_header: bool = False,
) -> None:
    """Write one value.

    Parameters
    ----------
    sheet : xlsxwriter worksheet
        Where to.
    place : tuple of int
        Row and column, from 0.
    value : object
        As DuckDB returns it. None leaves the cell empty; what Excel has no
        number or date for is written as text; times are in UTC.
    formats : Formats
        Of the same workbook.
    is_header : bool, default False
        Whether the cell is bold.

    Raises
    ------
    OverflowError
        A text is longer than a cell can be.
    """
    look = formats.header if is_header else None
    match value:
        case None:
            return
        case bool():
            sheet.write_boolean(*place, value, look)
        case int() | float() | Decimal() if _is_number_of_excel(value):
            sheet.write_number(*place, value, look)
        case datetime.datetime() if _is_date_of_excel(value):
            sheet.write_datetime(*place, _in_utc(value), formats.time)
        case datetime.date() if _is_date_of_excel(value):
            sheet.write_datetime(*place, value, formats.date)
        case _:
            text = _text(value)
            if len(text.encode("utf-16-le")) > 2 * LONGEST_TEXT:
                raise OverflowError
            sheet.write_string(*place, text, look)


def _is_number_of_excel(value: int | float | Decimal) -> bool:
    if isinstance(value, int):
        return abs(value) <= _LARGEST_WHOLE
    return isfinite(value)


def _is_date_of_excel(value: datetime.date) -> bool:
    return (value.year, value.month) >= _FIRST_MONTH


def _in_utc(moment: datetime.datetime) -> datetime.datetime:
    if moment.tzinfo is None:
        return moment
    return moment.astimezone(datetime.UTC).replace(tzinfo=None)


def _text(value: object) -> str:
    match value:
        case str():
            return value
        case list() | dict() | tuple():
            return json.dumps(value, ensure_ascii=False, default=str)
        case datetime.date() | datetime.time():
            return value.isoformat()
    return str(value)
