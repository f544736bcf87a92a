"""Workbooks: a sheet of an Excel file as the CSV that Excel could save of it.

A sheet is read row by row. What its cells mean is said by their types: numbers
are written in full, dates in ISO 8601, truth values as true and false. Excel
keeps 15 digits of a number; one with more has lost some, and is written with
its power, so that no rounded number passes for an identifier. A formula counts
for the result that Excel saved with it; a sheet with one that has none is
refused. Of merged cells the first alone holds a value, which is told.
"""

from __future__ import annotations

import csv
import math
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError
from xml.parsers import expat

from linksignal.errors import LinksignalError, refusal
from linksignal.load.inputs import BROKEN, Found, Input, check_sizes, opened
from linksignal.load.limits import LIMITS, Limits
from linksignal.text import amount, shown

_TYPES = "[Content_Types].xml"
_WORKBOOK = "xl/workbook.xml"
_DOCTYPE = b"<!DOCTYPE"
_MOST_DIGITS = 15
# What the reader raises on a workbook that breaks its own rules.
_BROKEN = (
    *BROKEN,
    ArithmeticError,
    AttributeError,
    expat.ExpatError,
    LookupError,
    OSError,
    ParseError,
    TypeError,
)


def is_workbook(file: Input) -> bool:
    """Tell an Office document among zip archives.

    Raises
    ------
    LinksignalError
        Exit code 3 when the archive is broken.
    """
    with opened(file) as archive:
        return _TYPES in archive.namelist()


def read_workbook(
    file: Input, folder: Path, sheet: str | None, limits: Limits = LIMITS
) -> Found:
    """Write a sheet of a workbook as CSV.

    Parameters
    ----------
    file : Input
        The workbook.
    folder : Path
        Empty folder that the CSV is written to.
    sheet : str or None
        Name of the sheet; the first that is not hidden, where there is none.
    limits : Limits
        Sizes beyond which the workbook is refused.

    Returns
    -------
    Found
        The CSV under the name of the workbook, and which sheet it is of.

    Raises
    ------
    LinksignalError
        Exit code 3 when the file is no workbook, has no such sheet, is broken
        or too large.
    """
    with opened(file) as archive:
        check_sizes(file, archive.infolist(), limits)
        _check_parts(file, archive, limits)
    path = folder / "sheet.csv"
    try:
        with warnings.catch_warnings():
            # Of styles and extensions that are not read.
            warnings.simplefilter("ignore")
            return _read(file, path, sheet, limits)
    except LinksignalError:
        raise
    except _BROKEN as error:
        reason = str(error).splitlines()[0] if str(error) else "no reason given"
        raise refusal(
            file.name,
            f"this workbook is broken ({shown(reason, 80)}); open it in Excel "
            "and save it again, or save the sheet as CSV",
        ) from error


def _check_parts(file: Input, archive: zipfile.ZipFile, limits: Limits) -> None:
    names = archive.namelist()
    if _WORKBOOK not in names:
        raise refusal(
            file.name,
            "it is an Office document and no .xlsx workbook; save the sheet as "
            ".xlsx or CSV",
        )
    size = sum(info.file_size for info in archive.infolist())
    if size > limits.workbook_bytes:
        raise refusal(
            file.name,
            f"its sheets unpack to {amount(size, 'byte')}, more than the "
            f"{amount(limits.workbook_bytes, 'byte')} that are read of a "
            "workbook; save the sheet as CSV",
        )
    for name in names:
        if name.endswith((".xml", ".rels")):
            with archive.open(name) as part:
                if _DOCTYPE in part.read(1 << 12):
                    raise refusal(
                        file.name,
                        f"its part {shown(name)} declares a document type, as "
                        "no workbook does; save the sheet as CSV",
                    )


def _read(file: Input, path: Path, name: str | None, limits: Limits) -> Found:
    # It is slow to import, and most files are no workbooks.
    from openpyxl import load_workbook

    with file.path.open("rb") as source:
        book = load_workbook(
            source, read_only=True, data_only=True, keep_links=False
        )
        sheets = book.worksheets
        sheet = _sheet(file, sheets, name)
        sheet.reset_dimensions()
        with path.open("w", encoding="utf-8", newline="") as target:
            writer = csv.writer(target, lineterminator="\n")
            count = 0
            for row in _rows(file, sheet, limits):
                writer.writerow(row)
                count += 1
        notes = _notes(file, sheet)
    if not count:
        hint = (
            "name another with --sheet" if len(sheets) > 1 else "export again"
        )
        raise refusal(
            file.name, f"its sheet {shown(sheet.title)} is empty; {hint}"
        )
    found = Found([Input(path, file.name)], notes)
    others = [each.title for each in sheets if each is not sheet]
    if others and name is None:
        listed = ", ".join(map(shown, others[:5]))
        more = ", …" if len(others) > 5 else ""
        found.notes.append(
            f"{file.name}: of its {len(sheets):,} sheets {shown(sheet.title)} "
            f"is read; name another with --sheet ({listed}{more})"
        )
    return found


def _sheet(file: Input, sheets: list[Any], name: str | None) -> Any:
    visible = [each for each in sheets if each.sheet_state == "visible"]
    titles = ", ".join(shown(each.title) for each in sheets[:10])
    if not sheets:
        raise refusal(
            file.name, "it has no sheet of cells; save the data as CSV"
        )
    if name is None:
        return (visible or sheets)[0]
    for each in sheets:
        if each.title.strip().casefold() == name.strip().casefold():
            return each
    raise refusal(
        file.name, f"it has no sheet {shown(name)}; its sheets are {titles}"
    )


def _notes(file: Input, sheet: Any) -> list[str]:
    """Say which cells have no value though a person sees one.

    Raises
    ------
    LinksignalError
        Exit code 3 when a formula was never computed.
    """
    marks = _Marks()
    # The reader of openpyxl passes over both.
    with sheet._get_source() as part:
        marks.read(part)
    title = shown(sheet.title)
    if marks.uncomputed:
        raise refusal(
            file.name,
            f"its sheet {title} has {amount(marks.uncomputed, 'formula')} "
            f"without a result (first in {shown(marks.first_uncomputed)}), as "
            "programs other than Excel write them; open it in Excel and save "
            "it again, or save the sheet as CSV",
        )
    if not marks.merged:
        return []
    return [
        f"{file.name}: its sheet {title} has "
        f"{amount(marks.merged, 'range')} of merged cells (first "
        f"{shown(marks.first_merged)}), of which all but the first cell are "
        "read as empty; where they mean the same, unmerge and fill them"
    ]


class _Marks:
    """Formulas without a result, and merged cells, of the XML of a sheet."""

    def __init__(self) -> None:
        self.uncomputed = self.merged = 0
        self.first_uncomputed = self.first_merged = ""
        self._cell: Mapping[str, str] = {}
        self._is_formula = self._is_value = self._has_value = False

    def read(self, part: Any) -> None:
        """Read the sheet as a stream."""
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.ParseFile(part)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        match tag.rpartition(":")[2]:
            case "c":
                self._cell = attributes
                self._is_formula = self._has_value = False
            case "f":
                self._is_formula = True
            case "v":
                self._is_value = True
            case "mergeCell":
                self.first_merged = self.first_merged or attributes.get(
                    "ref", ""
                )
                self.merged += 1

    def _text(self, _: str) -> None:
        self._has_value = self._has_value or self._is_value

    def _end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name == "v":
            self._is_value = False
        # A text without letters is a result too.
        is_text = self._cell.get("t") == "str"
        if name != "c" or not self._is_formula or self._has_value or is_text:
            return
        self.first_uncomputed = self.first_uncomputed or self._cell.get("r", "")
        self.uncomputed += 1


def _rows(file: Input, sheet: Any, limits: Limits) -> Iterator[list[str]]:
    """Yield the rows as texts, from the first to the last that holds one."""
    blank = 0
    width = 0
    for values in sheet.iter_rows(values_only=True):
        if len(values) > limits.columns:
            raise refusal(
                file.name,
                f"a row has {len(values):,} cells, more than the "
                f"{limits.columns:,} that are read; save the sheet as CSV",
            )
        row = _without_tail([_text(value) for value in values])
        if not row:
            blank += bool(width)
            continue
        width = width or len(row)
        yield from [[""] * width] * blank
        blank = 0
        yield row + [""] * (width - len(row))


def _without_tail(row: list[str]) -> list[str]:
    while row and not row[-1]:
        row.pop()
    return row


def _text(value: Any) -> str:
    """Return what a cell holds as text, as exports of tools write it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, datetime):
        is_day = value.time() == datetime.min.time()
        return (
            f"{value:%Y-%m-%d}" if is_day else value.isoformat(" ", "seconds")
        )
    if isinstance(value, date):
        return value.isoformat()
    return _unescaped(str(value)).replace("\r\n", "\n").replace("\r", "\n")


def _number(value: float) -> str:
    if not math.isfinite(value):
        return str(value)
    if value == int(value):
        digits = str(int(value))
        if len(digits.lstrip("-")) <= _MOST_DIGITS:
            return digits
        return f"{value:.{_MOST_DIGITS - 1}E}"
    return repr(float(value))


def _unescaped(text: str) -> str:
    """Read characters that XML cannot hold, which Excel writes _x000D_."""
    if "_x" not in text:
        return text
    from openpyxl.utils.escape import unescape

    return str(unescape(text))
