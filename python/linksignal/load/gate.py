"""The gate: one pass over the bytes of a file, before it is parsed.

It refuses files that are not exports: binary formats, HTML pages, broken gzip,
files beyond the limits. `tool_error` recognises the error message of a tool
that was saved in place of data.

The gate hashes a file, later steps read it again. What lands must be what was
hashed, so a file that was modified or replaced in between is not loaded.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from os import stat_result
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from linksignal.errors import LinksignalError, refusal
from linksignal.load.limits import LIMITS, Limits
from linksignal.load.streams import (
    UTF8,
    LineEnds,
    QuoteScan,
    as_utf8,
    hashed,
    unpacked,
)
from linksignal.text import printable

GZIP_MAGIC = b"\x1f\x8b"
PARQUET_MAGIC = b"PAR1"
_DUCKDB_MAGIC = b"DUCK"  # between a checksum and a version, of 8 bytes each
UTF8_MARK = b"\xef\xbb\xbf"
_PICTURE = "it is a picture; export the data as CSV"
_FOREIGN_STARTS = {
    b"PK\x03\x04": "it is a zip archive or an Excel workbook inside gzip; "
    "unpack it once",
    GZIP_MAGIC: "it is gzip inside gzip; unpack it once",
    b"\xd0\xcf\x11\xe0": "it is an Excel workbook with a password, or of the "
    "old kind (.xls); save it as .xlsx without password, or as CSV",
    PARQUET_MAGIC: "it is Parquet inside gzip; unpack it",
    b"BZh": "it is a bzip2 archive; unpack it, or pack it with gzip",
    b"\xfd7zXZ": "it is an xz archive; unpack it, or pack it with gzip",
    b"(\xb5/\xfd": "it is a zstd archive; unpack it, or pack it with gzip",
    b"%PDF": "it is a PDF; export the data as CSV",
    b"\x89PNG": _PICTURE,
    b"\xff\xd8\xff": _PICTURE,
    b"GIF8": _PICTURE,
    b"SQLite format 3\0": "it is an SQLite database; export its table as CSV",
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
_SPACE, _DELETE, _WHITE = 0x20, 0x7F, b"\t\n\r"
_CONTROL_PATTERNS = {
    b"\xc2": re.compile(rb"\xc2[\x80-\x9f]"),
    b"\\": re.compile(rb"\\(?:[bf]|u00(?:[0189]|7[fF]))"),
}
_LONGEST_CONTROL = len(rb"\u007f")


@dataclass(frozen=True)
class GatedFile:
    """A file whose bytes have passed the gate.

    Attributes
    ----------
    path : Path
        The file.
    name : str
        What it is called, without the folder it was loaded from.
    sha256 : str
        Of the bytes as they lie on disk, hexadecimal.
    stamp : Stamp
        The file as it was hashed.
    is_gzip : bool
        The bytes are gzip.
    is_parquet : bool
        The bytes are Parquet; then `head` is empty.
    head : str
        Start of the text; bytes that are not UTF-8 are replaced.
    is_whole : bool
        `head` is the whole text.
    line_ends : LineEnds
        Quotes and line ends of the text.
    ends_in_newline : bool
        The last byte of the text is a line end.
    text_bytes : int
        Size of the text as UTF-8.
    may_have_controls : bool
        Control characters, or escapes of them, may stand in the text.
    encoding : str
        How the text is written, ``utf-8`` or ``utf-16``.
    copied_to : Path or None
        Copy of the text that the engine reads in place of the file.
    """

    path: Path
    name: str
    sha256: str
    stamp: Stamp
    is_gzip: bool
    is_parquet: bool
    head: str
    is_whole: bool
    line_ends: LineEnds
    ends_in_newline: bool
    text_bytes: int
    may_have_controls: bool = True
    encoding: str = UTF8
    copied_to: Path | None = None

    @property
    def estimated_bytes(self) -> int:
        """Estimated size of the values as text; of Parquet 5 times the file."""
        return self.text_bytes or 5 * self.stamp.size

    @property
    def data(self) -> Path:
        """Path that the engine reads: a copy, or the file itself."""
        return self.copied_to or self.path

    def unchanged(self) -> AbstractContextManager[None]:
        """Refuse the file if it was modified since it was hashed."""
        return unchanged(self.path, self.name, self.stamp)


def pass_gate(
    path: Path,
    limits: Limits = LIMITS,
    name: str | None = None,
    watch: Callable[[int], None] | None = None,
) -> GatedFile:
    """Hash and check a file in one pass and bounded memory.

    Parameters
    ----------
    path : Path
        CSV, JSON lines (either may be gzipped) or Parquet.
    limits : Limits
        Sizes beyond which the file is refused.
    name : str, optional
        What it is called, if not by its path.
    watch : callable, optional
        Called with the number of bytes after each part of the file.

    Returns
    -------
    GatedFile

    Raises
    ------
    LinksignalError
        Exit code 2 when the file cannot be opened; 3 when the file is empty,
        broken gzip, too large, or neither text nor Parquet.
    """
    name = name or printable(path.name)
    _check_is_file(path, name)
    with _opened(path, name) as file:
        stamp = stamp_of(os.fstat(file.fileno()))
        with unchanged(path, name, stamp):
            start = file.read(8)
            file.seek(0)
            if start.startswith(PARQUET_MAGIC):
                return _pass_parquet(path, name, file, stamp)
            is_gzip = start.startswith(GZIP_MAGIC)
            if path.suffix == ".gz" and not is_gzip:
                raise refusal(
                    name,
                    "it is named .gz but is not gzip; download it again or "
                    "rename it",
                )
            with hashed(file, watch) as (parts, digest):
                text = unpacked(name, parts, limits) if is_gzip else parts
                encoding, chunks = as_utf8(name, text)
                scan = _scan(name, chunks, limits)
    check_is_text(name, scan.head)
    return GatedFile(
        path=path,
        name=name,
        sha256=digest.hexdigest(),
        stamp=stamp,
        is_gzip=is_gzip,
        is_parquet=False,
        head=scan.head.removeprefix(UTF8_MARK).decode("utf-8", "replace"),
        is_whole=scan.size <= limits.header_bytes,
        line_ends=scan.quotes.end(),
        ends_in_newline=scan.tail.endswith((b"\n", b"\r")),
        text_bytes=scan.size,
        may_have_controls=scan.has_controls,
        encoding=encoding,
    )


def longer_start(gated: GatedFile, size: int) -> GatedFile:
    """Return a UTF-8 file with a longer `GatedFile.head`.

    Parameters
    ----------
    gated : GatedFile
        The file.
    size : int
        Bytes of the new head.
    """
    opener = gzip.open if gated.is_gzip else open
    with opener(gated.data, "rb") as file:
        head = file.read(size).decode("utf-8-sig", "replace")
    return replace(gated, head=head, is_whole=gated.text_bytes <= size)


@dataclass
class _Scan:
    head: bytes = b""
    tail: bytes = b""
    size: int = 0
    has_controls: bool = False
    quotes: QuoteScan = field(default_factory=QuoteScan)


def _check_is_file(path: Path, name: str) -> None:
    if not path.exists():
        raise LinksignalError(f"{path}: there is no such file")
    if not stat.S_ISREG(path.stat().st_mode):
        raise LinksignalError(f"{path}: is not a file; name the files to load")
    if path.stat().st_size == 0:
        raise refusal(name, "it is empty; export it again")


def _opened(path: Path, name: str) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise LinksignalError(
            f"{name}: it cannot be opened ({error.strerror}); check who may "
            "read it"
        ) from error


def _scan(name: str, chunks: Iterator[bytes], limits: Limits) -> _Scan:
    scan = _Scan()
    for chunk in chunks:
        if len(scan.head) < limits.header_bytes:
            scan.head += chunk[: limits.header_bytes - len(scan.head)]
        scan.quotes.add(chunk if scan.size else chunk.removeprefix(UTF8_MARK))
        scan.size += len(chunk)
        scan.has_controls = (
            scan.has_controls
            or _has_controls(chunk)
            or _has_controls(scan.tail + chunk[:_LONGEST_CONTROL])
        )
        scan.tail = (scan.tail + chunk[-_LONGEST_CONTROL:])[-_LONGEST_CONTROL:]
    if not scan.size:
        raise refusal(name, "it is empty; export it again")
    return scan


def _has_controls(text: bytes) -> bool:
    """Return whether a text may contain control characters or their escapes."""
    read = np.frombuffer(text, dtype=np.uint8)
    low = np.count_nonzero(read < _SPACE)
    white = sum(np.count_nonzero(read == each) for each in _WHITE)
    if low > white or _DELETE in text:
        return True
    # Each byte is looked for first: a pattern takes many times as long.
    return any(
        start in text and pattern.search(text) is not None
        for start, pattern in _CONTROL_PATTERNS.items()
    )


def _pass_parquet(
    path: Path, name: str, file: BinaryIO, stamp: Stamp
) -> GatedFile:
    end = b""
    with hashed(file) as (chunks, digest):
        for chunk in chunks:
            end = (end + chunk)[-4:]
    if end != PARQUET_MAGIC:
        raise refusal(name, "its Parquet data is cut off; export it again")
    return GatedFile(
        path=path,
        name=name,
        sha256=digest.hexdigest(),
        stamp=stamp,
        is_gzip=False,
        is_parquet=True,
        head="",
        is_whole=False,
        line_ends=LineEnds(),
        ends_in_newline=True,
        text_bytes=0,
    )


class Stamp(NamedTuple):
    """Attributes of a file that change when its content does.

    The time of the last change (in nanoseconds) cannot be set back, as that
    of the last writing can. Some kernels count it in steps of a few
    milliseconds: two changes in one step that keep the size look like one.
    """

    device: int
    number: int
    size: int
    changed_at: int


def stamp_of(found: stat_result) -> Stamp:
    """Return the stamp of a file."""
    return Stamp(found.st_dev, found.st_ino, found.st_size, found.st_ctime_ns)


@contextmanager
def unchanged(path: Path, name: str, stamp: Stamp) -> Iterator[None]:
    """Refuse a file that was modified while it was read.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        What it is called.
    stamp : Stamp
        What it was before.

    Raises
    ------
    LinksignalError
        Exit code 3 when it has changed, in place of any error that reading
        it raised.
    """
    try:
        yield
    except Exception as error:
        if _now(path) != stamp:
            raise _changed(name) from error
        raise
    if _now(path) != stamp:
        raise _changed(name)


def _now(path: Path) -> Stamp | None:
    try:
        return stamp_of(path.stat())
    except OSError:
        return None


def _changed(name: str) -> Exception:
    return refusal(
        name,
        "it changed while it was being loaded; load it again once nothing "
        "writes to it",
    )


@dataclass(frozen=True)
class ToolError:
    """Error message of a tool in place of data.

    Attributes
    ----------
    message : str
        In the tool's own words; text from outside.
    is_no_data : bool
        The tool knows nothing of what was asked: no other request would help.
    """

    message: str
    is_no_data: bool = False


def tool_error(text: str) -> ToolError | None:
    """Recognise an error message of a tool, saved in place of an export.

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


def _failure(answer: Any) -> str | None:
    """Return the error of a DataForSEO call or task, None if it succeeded."""
    code = answer.get("status_code") if isinstance(answer, dict) else None
    if not str(code).isdecimal() or int(str(code)) < _FIRST_FAILURE:
        return None
    return f"{code} {answer.get('status_message', '')}".strip()


def _json_errors(value: Any) -> Iterator[str]:
    if not isinstance(value, dict):
        return
    tasks = value.get("tasks")
    for answer in [value, *(tasks if isinstance(tasks, list) else [])]:
        if message := _failure(answer):
            yield message
    for key, error in value.items():
        if key.casefold() in _ERROR_KEYS and error:
            yield _message(error)


def _message(error: Any) -> str:
    """Return the message of an error, however it is nested."""
    if isinstance(error, list):
        return "; ".join(map(_message, error[:3]))
    if isinstance(error, dict):
        known = {key.casefold(): text for key, text in error.items()}
        words = [known[key] for key in _MESSAGE_KEYS if known.get(key)]
        return _message(words[0]) if words else json.dumps(error)[:200]
    return str(error)


def check_is_text(name: str, head: bytes) -> None:
    """Refuse a file whose first bytes show that it is not a text export.

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
    if head[8:12] == _DUCKDB_MAGIC and b"\0" in head[12:20]:
        raise refusal(
            name, "it is a DuckDB database; export its table as Parquet or CSV"
        )
    if head[1:4:2] == b"\0\0" or head[0:4:2] == b"\0\0":
        raise refusal(name, "it is UTF-16 or UTF-32 text; save it as UTF-8")
    if head.removeprefix(UTF8_MARK).lstrip()[:1] == b"<":
        raise refusal(
            name,
            "it is an HTML or XML page, not an export; download it again",
        )
    if not head.removeprefix(UTF8_MARK).strip():
        raise refusal(name, "it holds only blank lines; export it again")
