"""The findings as one Excel workbook, to read from its first sheet on.

First a summary and the contents, then a sheet per table, those that people
read first before the others, and a dictionary of all columns at the end.
"""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from itertools import chain, islice
from pathlib import Path
from typing import Any

import xlsxwriter

from linksignal.errors import LinksignalError
from linksignal.export.cells import (
    LONGEST_TEXT,
    Column,
    Formats,
    write_cell,
)
from linksignal.export.summary import SUMMARY, write_summary
from linksignal.export.tables import ExportTable
from linksignal.files import drafts, refuse_existing
from linksignal.show.findings import Findings, read_publication

CONTENTS, DICTIONARY = "contents", "dictionary"
# Tables that stand before the others, and are printed to their end if short.
FIRST_TABLES = (
    "findings.main_claims",
    "findings.claim_parts",
    "findings.main_coefficients",
    "findings.domain_ranking",
)

# What a sheet of Excel can hold, its header included.
SHEET_ROWS = 1_048_576
_LONGEST_SHEET_NAME = 31

# Rows that widths and lines are measured by.
_ROWS_MEASURED = 200
# Texts of tables up to this length take several lines.
_ROWS_WRAPPED = 60

# What fits a page of A4, landscape, at 100 %: characters across and lines. A
# page is scaled down until what is printed fits across, at most to two thirds.
_PAGE_WIDTH, _PAGE_LINES = 145, 32
_WIDEST_PRINT = 215
# Pages of the first tables, unless they are long, and of the others.
_MOST_PAGES, _OTHER_PAGES = 3, 1
_A4 = 9
# Height of a line, in points.
_LINE = 15

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
    """Write tables as sheets, after a summary and their list.

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
        loose = scratch / path.name
        book = xlsxwriter.Workbook(str(loose), options)
        book.set_size(1920, 1200)
        Sheets(book, findings, _first_to_last(tables)).write()
        book.close()
        _compress(loose, draft / path.name)
        loose.unlink()
    return path


def _compress(loose: Path, dense: Path) -> None:
    """Pack the parts of a workbook anew, 7 % smaller than xlsxwriter does."""
    with (
        zipfile.ZipFile(loose) as parts,
        zipfile.ZipFile(
            dense, "w", zipfile.ZIP_DEFLATED, compresslevel=9
        ) as packed,
    ):
        for part in parts.infolist():
            is_large = part.file_size > zipfile.ZIP64_LIMIT
            with (
                parts.open(part) as source,
                packed.open(part.filename, "w", force_zip64=is_large) as target,
            ):
                shutil.copyfileobj(source, target)


def _first_to_last(tables: Sequence[ExportTable]) -> list[ExportTable]:
    return sorted(
        tables,
        key=lambda table: (
            FIRST_TABLES.index(table.label)
            if table.label in FIRST_TABLES
            else len(FIRST_TABLES)
        ),
    )


def sheet_names(labels: Sequence[str]) -> dict[str, str]:
    """Name the sheets of tables as Excel allows it.

    Parameters
    ----------
    labels : sequence of str
        Of the tables, distinct.

    Returns
    -------
    dict of str to str
        Name by label: the label, or its start with a number where that is too
        long or taken.
    """
    taken = {SUMMARY, CONTENTS, DICTIONARY}
    names = {}
    for label in labels:
        name = label[:_LONGEST_SHEET_NAME]
        number = 1
        while name.lower() in taken:
            number += 1
            end = f"~{number}"
            name = label[: _LONGEST_SHEET_NAME - len(end)] + end
        taken.add(name.lower())
        names[label] = name
    return names


@dataclass
class Sheets:
    """The sheets of a workbook.

    Attributes
    ----------
    book : xlsxwriter.Workbook
        A new workbook.
    findings : Findings
        An open database.
    tables : list of ExportTable
        In the order of their sheets.
    """

    book: Any
    findings: Findings
    tables: list[ExportTable]

    def __post_init__(self) -> None:
        self._formats = Formats(self.book)
        self._names = sheet_names([table.label for table in self.tables])
        self._note = self.findings.simulated_note() or ""

    def write(self) -> None:
        """Write all of them."""
        labels = [table.label for table in self.tables]
        self._about = provenance(self.findings)
        if {*FIRST_TABLES, "findings.study_overview"} <= set(labels):
            sheet = self._sheet(SUMMARY)
            write_summary(self.book, sheet, self._formats, self.findings)
        self._write_contents()
        for table in self.tables:
            self._write_table(table)
        self._write_dictionary()

    def _sheet(self, name: str) -> Any:
        """Add a sheet that prints across one page of A4, landscape."""
        sheet = self.book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(_A4)
        sheet.set_margins(left=0.4, right=0.4, top=0.75, bottom=0.6)
        sheet.fit_to_pages(1, 0)
        sheet.set_header(f"&L{name}&R{self._note}")
        sheet.set_footer("&RPage &P of &N")
        return sheet

    def _write_contents(self) -> None:
        sheet, formats = self._sheet(CONTENTS), self._formats
        for column, width in enumerate((34, 24, 100)):
            sheet.set_column(column, column, width)
        title = "linksignal: do backlinks matter for being named in AI answers?"
        lines: list[tuple[Sequence[Any], Any]] = [([title], formats.title)]
        if self._note:
            lines.append(([self._note], formats.warning))
        lines += [
            ([], None),
            *((fact, None) for fact in self._about.items()),
            ([], None),
            (["Table", "Rows", "What it is"], formats.header),
        ]
        for row, (line, look) in enumerate(lines):
            for column, value in enumerate(line):
                write_cell(sheet, (row, column), value, formats, look)
        for row, table in enumerate(self.tables, start=len(lines)):
            place = f"internal:'{self._names[table.label]}'!A1"
            sheet.write_url(row, 0, place, formats.link, table.label)
            sheet.write_number(
                *(row, 1, table.row_count),
                formats.of_kind("count", is_on_top=True),
            )
            grain, *_ = table.description.table.split(". ")
            sheet.set_row(row, _LINE * (1 + len(grain) // 110))
            sheet.write_string(row, 2, grain, formats.wrapped)
        sheet.write_url(
            len(lines) + len(self.tables),
            0,
            f"internal:'{DICTIONARY}'!A1",
            formats.link,
            DICTIONARY,
        )
        sheet.write_string(
            len(lines) + len(self.tables), 2, "What each column means."
        )

    def _write_table(self, table: ExportTable) -> None:
        kinds = dict(zip(table.columns, table.types, strict=True))
        rows = self.findings.stream(table.reading_query)
        try:
            self._write_rows(
                self._names[table.label],
                {name: kinds[name] for name in table.reading_order},
                rows,
                table.row_count,
                pages=_MOST_PAGES
                if table.label in FIRST_TABLES
                and table.row_count <= _ROWS_MEASURED
                else _OTHER_PAGES,
            )
        except _TooLongError as error:
            raise LinksignalError(
                f"{table.label}, column {error}: a text has more than the "
                f"{LONGEST_TEXT:,} characters that a cell of Excel holds: "
                "export it as csv or parquet, or name other tables"
            ) from error

    def _write_dictionary(self) -> None:
        rows = [row for table in self.tables for row in _described(table)]
        names = ("table", "column", "type", "meaning")
        self._write_rows(
            DICTIONARY,
            dict.fromkeys(names, "VARCHAR"),
            iter(rows),
            len(rows),
            pages=_OTHER_PAGES,
        )

    def _write_rows(
        self,
        name: str,
        types: Mapping[str, str],
        rows: Iterator[tuple[Any, ...]],
        row_count: int,
        *,
        pages: int,
    ) -> None:
        """Write one sheet of rows under a header that stays in sight."""
        sheet, formats = self._sheet(name), self._formats
        first = list(islice(rows, _ROWS_MEASURED))
        wraps = row_count <= _ROWS_WRAPPED or name == DICTIONARY
        columns = [
            Column(
                formats,
                column,
                kind,
                [column, *(row[at] for row in first)],
                wraps=wraps,
            )
            for at, (column, kind) in enumerate(types.items())
        ]
        for at, (header, column) in enumerate(zip(types, columns, strict=True)):
            sheet.set_column(at, at, column.width)
            sheet.write_string(0, at, header, column.header_look)
        sheet.freeze_panes(1, 1)
        sheet.repeat_rows(0)
        self._set_print(sheet, columns, first, row_count, pages)
        for number, row in enumerate(chain(first, rows), start=1):
            if wraps:
                sheet.set_row(number, _LINE * _lines(columns, row))
            self._write_row(sheet, number, row, columns)
        if row_count:
            sheet.autofilter(0, 0, row_count, len(columns) - 1)

    def _write_row(
        self,
        sheet: Any,
        number: int,
        row: Sequence[Any],
        columns: Sequence[Column],
    ) -> None:
        for at, value in enumerate(row):
            if value is None:
                continue
            column = columns[at]
            look = column.look_of(value) if column.is_toned else column.look
            try:
                write_cell(sheet, (number, at), value, self._formats, look)
            except OverflowError as error:
                raise _TooLongError(column.name) from error

    def _set_print(
        self,
        sheet: Any,
        columns: Sequence[Column],
        first: Sequence[tuple[Any, ...]],
        row_count: int,
        pages: int,
    ) -> None:
        """Print what a few pages hold, and say where that is not all."""
        across = _fitting([column.width for column in columns], _WIDEST_PRINT)
        width = sum(column.width for column in columns[:across])
        lines = _PAGE_LINES * max(1.0, width / _PAGE_WIDTH) - 1
        heights = [_lines(columns, row) for row in first]
        down = _fitting(heights, int(lines) * pages)
        sheet.print_area(0, 0, down, across - 1)
        if (down, across) != (row_count, len(columns)):
            sheet.set_footer(
                f"&LPrinted: {down:,} of {row_count:,} rows, {across} of "
                f"{len(columns)} columns; the sheet has all&RPage &P of &N"
            )


def _described(table: ExportTable) -> Iterator[tuple[str | None, ...]]:
    """Table, column, type and meaning; the table itself has no column."""
    yield table.label, None, None, table.description.table
    for column, kind in zip(table.columns, table.types, strict=True):
        meaning = table.description.columns.get(column)
        yield table.label, column, kind.lower(), meaning


def _lines(columns: Sequence[Column], row: Sequence[Any]) -> int:
    """Lines that a row takes: LibreOffice does not find out by itself."""
    cells = zip(columns, row, strict=True)
    return max(column.lines(value) for column, value in cells)


def _fitting(sizes: Sequence[int], room: int) -> int:
    """Count how many of the first fit; one does, if there is one."""
    for count, _ in enumerate(sizes):
        if count and sum(sizes[: count + 1]) > room:
            return count
    return len(sizes)


class _TooLongError(Exception):
    """A text of the named column does not fit a cell."""


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
