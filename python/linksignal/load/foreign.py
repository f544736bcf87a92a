"""Recognise files that are not exports: other kinds, and a tool's errors."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from linksignal.errors import refusal

GZIP_MAGIC = b"\x1f\x8b"
PARQUET_MAGIC = b"PAR1"
UTF8_MARK = b"\xef\xbb\xbf"
_FOREIGN_STARTS = {
    b"PK\x03\x04": "it is a zip archive or an Excel workbook inside gzip; "
    "unpack it, or save it as CSV",
    GZIP_MAGIC: "it is gzip inside gzip; unpack it once",
    b"\xd0\xcf\x11\xe0": "it is an Excel workbook; save it as CSV",
    PARQUET_MAGIC: "it is Parquet inside gzip; unpack it",
    b"BZh": "it is a bzip2 archive; unpack it, or pack it with gzip",
    b"\xfd7zXZ": "it is an xz archive; unpack it, or pack it with gzip",
    b"(\xb5/\xfd": "it is a zstd archive; unpack it, or pack it with gzip",
    b"%PDF": "it is a PDF; export the data as CSV",
    b"\xfe\xff": "it is UTF-16 text; save it as UTF-8",
}
# Semrush: https://developer.semrush.com/api/v3/error-messages
_SEMRUSH_ERROR = re.compile(r'"?ERROR\s+(\d+)\s*::\s*[^"]+"?', re.IGNORECASE)
_PLAIN_ERROR = re.compile(r"error\b[^,;\t|]{3,300}", re.IGNORECASE)
_NOTHING_FOUND = "50"
# DataForSEO: https://docs.dataforseo.com/v3/appendix/errors
_FIRST_FAILURE = 40_000
_ERROR_KEYS = ("error", "errors", "errormessage", "error_message", "fault")
_MESSAGE_KEYS = ("message", "status_message", "detail", "description", "code")


@dataclass(frozen=True)
class ToolError:
    """What a tool says in place of data.

    Attributes
    ----------
    message : str
        In the tool's own words; text from outside.
    is_no_data : bool
        The tool knows nothing of what was asked: no request can mend that.
    """

    message: str
    is_no_data: bool = False


def tool_error(text: str) -> ToolError | None:
    """Read a tool's error that was saved in place of an export.

    Parameters
    ----------
    text : str
        A whole text that fits no format.

    Returns
    -------
    ToolError or None
        None where the text is something else.

    Examples
    --------
    >>> tool_error("ERROR 50 :: NOTHING FOUND").is_no_data
    True
    """
    line = text.strip()
    if found := _SEMRUSH_ERROR.fullmatch(line):
        return ToolError(line.strip('"'), found.group(1) == _NOTHING_FOUND)
    if _PLAIN_ERROR.fullmatch(line):
        return ToolError(line)
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    messages = dict.fromkeys(_json_errors(value))
    # A code alone says less than the code with its words.
    told = [
        message
        for message in messages
        if not any(other.startswith(f"{message} ") for other in messages)
    ]
    return ToolError("; ".join(told)) if told else None


def failure(answer: Any) -> str | None:
    """Return why DataForSEO could not answer a call or a task of it, if so."""
    code = answer.get("status_code") if isinstance(answer, dict) else None
    if not str(code).isdecimal() or int(str(code)) < _FIRST_FAILURE:
        return None
    return f"{code} {answer.get('status_message', '')}".strip()


def _json_errors(value: Any) -> Iterator[str]:
    if not isinstance(value, dict):
        return
    tasks = value.get("tasks")
    for answer in [value, *(tasks if isinstance(tasks, list) else [])]:
        if message := failure(answer):
            yield message
    for key, error in value.items():
        if key.casefold() in _ERROR_KEYS and error:
            yield _message(error)


def _message(error: Any) -> str:
    """Return the words of an error, however it is nested."""
    if isinstance(error, list):
        return "; ".join(map(_message, error[:3]))
    if isinstance(error, dict):
        known = {key.casefold(): text for key, text in error.items()}
        words = [known[key] for key in _MESSAGE_KEYS if known.get(key)]
        return _message(words[0]) if words else json.dumps(error)[:200]
    return str(error)


def check_is_text(name: str, head: bytes) -> None:
    """Refuse what starts as no export of text does.

    Parameters
    ----------
    name : str
        Name of the file.
    head : bytes
        Its start, unpacked.

    Raises
    ------
    LinksignalError
        Exit code 3.
    """
    for start, sentence in _FOREIGN_STARTS.items():
        if head.startswith(start):
            raise refusal(name, sentence)
    if head[1:4:2] == b"\0\0" or head[0:4:2] == b"\0\0":
        raise refusal(name, "it is UTF-16 or UTF-32 text; save it as UTF-8")
    if head.removeprefix(UTF8_MARK).lstrip()[:1] == b"<":
        raise refusal(
            name,
            "it is an HTML or XML page, not an export; download it again",
        )
    if not head.removeprefix(UTF8_MARK).strip():
        raise refusal(name, "it holds only blank lines; export it again")
