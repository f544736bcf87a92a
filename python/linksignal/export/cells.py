"""Values as cells of a workbook: numbers, dates and text as what they are."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from math import isfinite
from typing import Any

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
