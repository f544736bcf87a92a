"""Cells of a workbook: values as they are, shown as people write them."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Sequence
from decimal import Decimal
from math import isfinite
from typing import Any

from linksignal.lookups import TONED_COLUMNS, outcome_tones

# How Excel shows a number, by what its column is; "_)" leaves a space between
# it and a text at its right. What can be negative has a form of its own for
# that: of sections with conditions LibreOffice drops the sign otherwise.
NUMBER_FORMATS = {
    "p": '[<0.001]"< .001"_);.000_)',
    "share": "[<0]-0%_);[<0.01]0.00%_);0%_)",
    "decimal": "#,##0.00_);-#,##0.00_)",
    "count": "#,##0_);-#,##0_)",
    "identifier": "0_);-0_)",
    # LibreOffice shows 1 and 0 without it.
    "truth": '"TRUE";"TRUE";"FALSE"',
    "date": "yyyy-mm-dd",
    "time": "yyyy-mm-dd hh:mm:ss",
}
# Where values stand that are no numbers.
_ALIGNED: dict[str | None, str] = {
    None: "left",
    "truth": "center",
    "date": "left",
    "time": "left",
}
# What a column is, by its type and, where a pattern is given, its name.
_KINDS = (
    ("BOOLEAN", r".*", "truth"),
    ("DOUBLE", r"p_.*", "p"),
    ("DOUBLE", r".*_share|share_of_.*|ci_level|completeness", "share"),
    # A value is in the unit of another column.
    ("DOUBLE", r"(?!value$).*", "decimal"),
    ("BIGINT|INTEGER|HUGEINT", r"seed|.*_number", "identifier"),
    ("BIGINT|INTEGER|HUGEINT", r".*", "count"),
    ("DATE", r".*", "date"),
    ("TIMESTAMP.*", r".*", "time"),
)
# Fill and letters by the tone of an outcome: readable without colour too.
TONES = {
    "for": ("#DDEFE4", "#0A6B45"),
    "against": ("#FBE3D6", "#A83A00"),
    "both": ("#FFF3CD", "#7A5B00"),
    "neither": ("#ECECEC", "#505050"),
}
_CHECK = "is_met"

# Characters of one cell, as UTF-16 counts them.
LONGEST_TEXT = 32_767

# Beyond it a number in Excel is another one.
_LARGEST_WHOLE = 2**53

# Excel has a 29 February 1900, and no date before that year.
_FIRST_MONTH = (1900, 3)


def column_kind(name: str, data_type: str) -> str | None:
    """Tell what the numbers of a column are.

    Parameters
    ----------
    name, data_type : str
        Of the column; the type as DuckDB writes it.

    Returns
    -------
    str or None
        Key of `NUMBER_FORMATS`; None leaves it to each value.
    """
    for types, names, kind in _KINDS:
        if re.fullmatch(types, data_type) and re.fullmatch(names, name):
            return kind
    return None


class Formats:
    """Formats of one workbook, each made once.

    Parameters
    ----------
    book : xlsxwriter.Workbook
        A new workbook.
    """

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[tuple[str, Any], ...], Any] = {}
        self.header = self.of_header("left")
        self.title = self.of(bold=True, font_size=16)
        self.warning = self.of(bold=True, font_color=TONES["against"][1])
        self.link = self.of(font_color="#0B5394", underline=1, valign="top")
        self.top = self.of(valign="top")
        self.wrapped = self.of(text_wrap=True, valign="top")
        self.date = self.of_kind("date")
        self.time = self.of_kind("time")
        self.tones = {
            name: self.of(bg_color=fill, font_color=letters, valign="top")
            for name, (fill, letters) in TONES.items()
        }

    def of(self, **properties: Any) -> Any:
        """Format of these properties of xlsxwriter."""
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(properties)
        return self._made[key]

    def of_header(self, align: str) -> Any:
        """Format of the head of a column of values aligned alike."""
        return self.of(bold=True, bottom=1, valign="top", align=align)

    def of_kind(self, kind: str | None, *, is_on_top: bool = False) -> Any:
        """Format of a kind of number; None for that of a plain cell."""
        properties = {"valign": "top"} if is_on_top else {}
        if kind in _ALIGNED and kind is not None:
            properties["align"] = _ALIGNED[kind]
        if kind is not None:
            properties["num_format"] = NUMBER_FORMATS[kind]
        return self.of(**properties) if properties else None

    def of_outcome(self, outcome: object) -> Any:
        """Format of a verdict or a state, by its key or its label."""
        tone = outcome_tones().get(str(outcome), "")
        return self.tones.get(tone)


class Column:
    """How the cells of one column look.

    Parameters
    ----------
    formats : Formats
        Of the workbook.
    name, data_type : str
        Of the column.
    values : sequence
        Its first values, header included.
    wraps : bool
        Whether long texts take several lines.
    """

    # Widths in characters.
    NARROWEST, WIDEST = 8, 60
    _DATE_WIDTH, _TIME_WIDTH = 12, 21
    # Words are narrower than the digits that a width is counted in.
    _LETTERS = 1.1

    def __init__(
        self,
        formats: Formats,
        name: str,
        data_type: str,
        values: Sequence[Any],
        *,
        wraps: bool,
    ) -> None:
        self.name = name
        self._formats = formats
        kind = column_kind(name, data_type)
        longest = max(self._length(value, kind) for value in values)
        self.width = min(max(longest + 2, self.NARROWEST), self.WIDEST)
        self.is_toned = name in TONED_COLUMNS or name == _CHECK
        self._is_wrapped = wraps and longest > self.WIDEST
        self.look = formats.of_kind(kind, is_on_top=wraps)
        if self._is_wrapped:
            self.look = formats.wrapped
        align = _ALIGNED.get(kind, "right")
        self.header_look = formats.of_header(align)

    def look_of(self, value: object) -> Any:
        """Format of a value in a column where values have colours."""
        if value is False:
            return self._formats.tones["against"]
        return self._formats.of_outcome(value) or self.look

    def lines(self, value: object) -> int:
        """Lines that a value takes."""
        if not self._is_wrapped or not isinstance(value, str):
            return 1
        letters = int(self.width * self._LETTERS)
        return sum(
            1 + len(line) // letters for line in value.splitlines() or [""]
        )

    @classmethod
    def _length(cls, value: object, kind: str | None) -> int:
        match value:
            case None:
                return 0
            case datetime.datetime():
                return cls._TIME_WIDTH
            case datetime.date():
                return cls._DATE_WIDTH
            case int() if kind == "count":
                return len(f"{value:,}")
            case float():
                return len(f"{value:,.2f}" if kind else f"{value:.6g}")
        return len(str(value))


def write_cell(
    sheet: Any,
    place: tuple[int, int],
    value: object,
    formats: Formats,
    look: Any = None,
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
    look : xlsxwriter format, optional
        Default: by the type of the value.

    Raises
    ------
    OverflowError
        A text is longer than a cell can be.
    """
    row, column = place
    match value:
        case None:
            return
        case str():
            sheet.write_string(row, column, _fitting(value), look)
        case bool():
            sheet.write_boolean(row, column, value, look)
        case int() | float() | Decimal() if _is_number_of_excel(value):
            sheet.write_number(row, column, value, look)
        case datetime.datetime() if _is_date_of_excel(value):
            sheet.write_datetime(
                row, column, _in_utc(value), look or formats.time
            )
        case datetime.date() if _is_date_of_excel(value):
            sheet.write_datetime(row, column, value, look or formats.date)
        case _:
            sheet.write_string(row, column, _fitting(_text(value)), look)


def _fitting(text: str) -> str:
    # Most texts are so short that nobody need count.
    if (
        2 * len(text) > LONGEST_TEXT
        and len(text.encode("utf-16-le")) > 2 * LONGEST_TEXT
    ):
        raise OverflowError
    return text


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
        case list() | dict() | tuple():
            return json.dumps(value, ensure_ascii=False, default=str)
        case datetime.date() | datetime.time():
            return value.isoformat()
    return str(value)
