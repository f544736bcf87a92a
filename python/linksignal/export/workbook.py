"""One Excel workbook with a sheet per table."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

import xlsxwriter

from linksignal.drafts import drafts, refuse_existing
from linksignal.errors import LinksignalError
from linksignal.export.cells import LONGEST_TEXT, Formats, write_cell
from linksignal.export.provenance import provenance
from linksignal.export.tables import ExportTable
from linksignal.show.findings import SIMULATED_NOTE, Findings

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
