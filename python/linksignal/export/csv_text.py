"""CSV that every reader reads alike and no spreadsheet evaluates.

Fields, quotes and line ends follow RFC 4180. Text that a spreadsheet would
take for a formula gets an apostrophe, as OWASP advises on CSV injection
(https://owasp.org/www-community/attacks/CSV_Injection).
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from math import isfinite
from numbers import Integral, Real

# With a byte order mark: without it Excel takes UTF-8 for the local code page.
ENCODING = "utf-8-sig"

LINE_END = "\r\n"

# Also their full-width and small forms, which Excel evaluates in East Asian
# locales.
_STARTS_FORMULA = "=+@＝＋－＠﹦﹢﹣﹫-"

# What stands before a formula without making it text: white space, control
# and invisible formatting characters.
_SKIPPED = (
    "\\s\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
)

# Where lists are separated by semicolons, Excel reads no quotes in the middle
# of a field: then a semicolon, tab or line break in a text starts a cell too.
_FORMULA = re.compile(
    f"(^(?=[{_SKIPPED}]*[{_STARTS_FORMULA}])|^(?=[\t\r\n])"
    f'|[;\t\r\n](?=["{_SKIPPED}]*[{_STARTS_FORMULA}]))'
)

# No reader agrees with another on what these mean in a text; a loaded file has
# none, raw tables of other tools may.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")

_NEEDS_QUOTES = re.compile(r'[",;|\t\r\n]|^\s|\s$|^$')


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Table as formula-safe CSV text.

    Parameters
    ----------
    columns : sequence of str
        Header, one name per column.
    rows : iterable of sequences
        One value per column, as DuckDB returns them: None gives an empty
        field and ``""`` a quoted one (None too where it stands alone);
        numbers stay numbers; true and false are written so, dates and times
        in ISO 8601, lists and structs as JSON. Of texts, a space stands in
        the place of each control character but tabs and line ends.

    Returns
    -------
    str
        Lines that end in CR LF, header included, without a byte order mark;
        encode with `ENCODING`. A text that a spreadsheet could evaluate has an
        apostrophe before the character that makes it a formula's start.
    """
    return "".join(csv_lines(columns, rows))


def csv_lines(
    columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> Iterator[str]:
    """Lines of `csv_text`, one record after the other.

    Parameters
    ----------
    columns, rows
        As for `csv_text`.

    Yields
    ------
    str
        One record with its line end; a quoted field may hold line breaks.
    """
    yield _line(columns)
    for row in rows:
        yield _line(row)


def _line(values: Sequence[object]) -> str:
    # A lone empty field would be an empty line, which readers leave out.
    return (",".join(map(_field, values)) or '""') + LINE_END


def _field(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Integral() | Real() | Decimal():
            return _number(value)
        case datetime.date() | datetime.time():
            return value.isoformat()
        case list() | dict() | tuple():
            return _text(json.dumps(value, ensure_ascii=False, default=str))
    return _text(str(value))


def _number(value: Integral | Real | Decimal) -> str:
    if not isfinite(value):
        return _text(str(value))
    if isinstance(value, Decimal):
        return f"{value:f}"
    return repr(int(value) if isinstance(value, Integral) else float(value))


# Keys and statuses stand in thousands of rows.
@lru_cache(maxsize=4096)
def _text(text: str) -> str:
    text = _FORMULA.sub(r"\1'", _CONTROLS.sub(" ", text))
    if _NEEDS_QUOTES.search(text):
        return '"' + text.replace('"', '""') + '"'
    return text
