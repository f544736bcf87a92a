"""Headers: the columns of CSV, JSON and Parquet files."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from linksignal.errors import LinksignalError, refusal
from linksignal.load.format_file import ANYWHERE, Format, folded
from linksignal.load.gate import GatedFile
from linksignal.load.json_items import OUTER, CutOff, Place, items
from linksignal.load.limits import LIMITS
from linksignal.load.streams import QUOTE
from linksignal.text import shown

_ITEMS_OF_A_HEADER = 1000
_ITEMS_OF_A_SHAPE = 20
_MOST_SHAPES = 1000
_DEEPEST = 5
# Truth values, numbers, dates, times and addresses.
_VALUE = re.compile(
    r"true|false|[-+]?\d[\d.,:/ TZ+-]*%?|https?://.*", re.IGNORECASE
)
# What stands for bytes that are no UTF-8 in the head of a file.
_NOT_UTF8 = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True)
class Header:
    """Columns of a file, read in one of its possible ways.

    Attributes
    ----------
    container : str
        ``csv``, ``json``, ``jsonl`` or ``parquet``.
    columns : tuple of str
        As the file spells them, in its order; in JSON also the keys of
        objects in a record, as ``key.key``.
    delimiter : str
        Separator under which the columns were read; empty outside CSV.
    place : Place or None
        Where the records of a JSON document stand.
    """

    container: str
    columns: tuple[str, ...]
    delimiter: str = ""
    place: Place | None = None

    @property
    def folded(self) -> frozenset[str]:
        """Columns as they are compared."""
        return frozenset(map(folded, self.columns))

    def spelled(self, name: str) -> str | None:
        """Return a column as the file spells it, None when it has none.

        Objects may bring a key late that the first ones lack, so JSON has
        every column.
        """
        position = self.position(name)
        if position is not None:
            return self.columns[position]
        return name if self.container in ("json", "jsonl") else None

    def position(self, name: str) -> int | None:
        """Return the position of a column, counted from 0."""
        names = [folded(column) for column in self.columns]
        return names.index(folded(name)) if folded(name) in names else None


def headers_of(gated: GatedFile, entry: Format) -> list[Header]:
    """Return the header of a file for each container and separator allowed.

    Parameters
    ----------
    gated : GatedFile
        A file that has passed the gate.
    entry : Format
        The format in question.

    Returns
    -------
    list of Header
        Never empty. A container is told by the file, and may be one that
        the format does not come in.

    Raises
    ------
    LinksignalError
        Exit code 3 when a column occurs twice or the header has no end.
    """
    if gated.is_parquet:
        return [_distinct(gated, Header("parquet", _parquet_columns(gated)))]
    start = gated.head.lstrip()[:1]
    if start not in ("{", "["):
        return list(_csv_headers(gated, entry.delimiters))
    found = []
    if start == "{":
        found.append(Header("jsonl", _line_columns(gated.head, gated.is_whole)))
    for place in (*(entry.places or (Place("[]"),)), *_found(gated, entry)):
        if not place.may_hold(gated.head):
            continue
        columns = _item_columns(gated.head, place, gated.name)
        found.append(Header("json", columns, place=place))
    return [
        _distinct(gated, header)
        if header.container in entry.containers
        else header
        for header in found
        if header.columns
    ] or (found or [Header("json", ())])[:1]


def _found(gated: GatedFile, entry: Format) -> Iterator[Place]:
    """Yield where records that may stand anywhere do stand in the first items.

    Raises
    ------
    LinksignalError
        Exit code 3 when one item holds records at several places, of which
        only one could be read.
    """
    if ANYWHERE not in entry.items:
        return
    known = [place.path for place in entry.places]
    found = [
        path
        for path, columns, _ in shapes(gated.head, gated.name)
        if path not in known and entry.fits(frozenset(map(folded, columns)))
    ]
    if len(found) > 1:
        raise refusal(
            gated.name,
            f"answers in the form of {entry.name} stand at several places of "
            f"it, {shown(found[0])} and {shown(found[1])}; write them to one "
            "array, or one to a line",
        )
    yield from (Place(path, entry.outer) for path in found)


@lru_cache(maxsize=2)
def shapes(
    head: str, file: str
) -> tuple[tuple[str, tuple[str, ...], list[Any]], ...]:
    """Return the objects within the first items, by their place.

    Returns
    -------
    tuple of (str, tuple of str, list of dict)
        Path, keys and some objects of each.
    """
    start = "[]" if head.lstrip().startswith("[") else ""
    found: dict[str, list[Any]] = {}
    walk = items(io.StringIO(head), Place(start), file, LIMITS.record_bytes)
    with suppress(CutOff, LinksignalError):
        for item in islice(walk, _ITEMS_OF_A_SHAPE):
            for path, inner in _objects(item, start, _DEEPEST):
                if path in found or len(found) < _MOST_SHAPES:
                    found.setdefault(path, []).append(inner)
    return tuple(
        (path, _columns_of(each), each[:_ITEMS_OF_A_SHAPE])
        for path, each in found.items()
    )


def _objects(value: Any, path: str, depth: int) -> Iterator[tuple[str, Any]]:
    """Yield the objects within a value with the path of each."""
    if isinstance(value, dict):
        yield path, value
        for key, inner in value.items() if depth else ():
            if key and not set(key) & set(".[]"):
                deeper = f"{path}.{key}".lstrip(".")
                yield from _objects(inner, deeper, depth - 1)
    elif isinstance(value, list) and depth:
        for inner in value[:_ITEMS_OF_A_SHAPE]:
            yield from _objects(inner, f"{path}[]", depth - 1)


def _csv_headers(
    gated: GatedFile, delimiters: Sequence[str]
) -> Iterator[Header]:
    """Yield the header by each separator; the first one must be sound."""
    yield read_csv_header(gated, delimiters[0])
    for delimiter in delimiters[1:]:
        # By a separator that is not its own a header may be anything.
        with suppress(LinksignalError):
            yield read_csv_header(gated, delimiter)


# Each of the formats asks for it.
@lru_cache(maxsize=4)
def read_csv_header(gated: GatedFile, delimiter: str) -> Header:
    """Read the columns of a file as those of CSV."""
    check_width(gated)
    columns = _csv_columns(gated, delimiter)
    return _distinct(gated, Header("csv", columns, delimiter))


def check_width(gated: GatedFile) -> None:
    """Raise if the first line has far too many columns for any export."""
    line = gated.head.partition("\n")[0]
    count = max(map(line.count, ",;\t|")) + 1
    if count > LIMITS.columns:
        raise _too_wide(gated, count)


def _too_wide(gated: GatedFile, count: int) -> LinksignalError:
    return refusal(
        gated.name,
        f"it has {count:,} columns, more than the {LIMITS.columns:,} that are "
        "read; check that it is the tool's export and not turned on its side",
    )


def is_value(text: str) -> bool:
    """Return whether a text is a value and cannot be a column name."""
    return _VALUE.fullmatch(text.strip()) is not None


def csv_reader(lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    """Return Python's reader of CSV, for values of any length."""
    csv.field_size_limit(1 << 40)
    return csv.reader(lines, delimiter=delimiter, quotechar=QUOTE)


def _distinct(gated: GatedFile, header: Header) -> Header:
    if len(header.columns) > LIMITS.columns:
        raise _too_wide(gated, len(header.columns))
    counts = Counter(map(folded, header.columns))
    for column in header.columns:
        if counts[folded(column)] > 1 and column.strip():
            if is_value(column):
                raise no_header(gated, column)
            raise refusal(
                gated.name,
                f"column {shown(column)} occurs twice in the header; "
                "remove one",
            )
    return header


def no_header(gated: GatedFile, value: str) -> LinksignalError:
    """Return the error about a file without a header."""
    return refusal(
        gated.name,
        f"it has no header: its first line holds {shown(value)}, as records "
        "do; add the line of column names, or export it with its header",
    )


def _csv_columns(gated: GatedFile, delimiter: str) -> tuple[str, ...]:
    lines = io.StringIO(gated.head, newline="")
    columns = next(csv_reader(lines, delimiter))
    if not gated.is_whole and lines.tell() == len(gated.head):
        raise refusal(
            gated.name, "its first line has no end; check its line ends"
        )
    if any(_NOT_UTF8 in column for column in columns):
        raise refusal(
            gated.name, "its header is not UTF-8 text; save the file as UTF-8"
        )
    return tuple(columns)


@lru_cache(maxsize=2)
def _line_columns(head: str, is_whole: bool) -> tuple[str, ...]:
    lines = head.split("\n")
    records = []
    for line in lines if is_whole else lines[:-1]:
        try:
            records.append(json.loads(line))
        except (ValueError, RecursionError):
            continue
    return _columns_of(records)


@lru_cache(maxsize=64)
def _item_columns(head: str, place: Place, file: str) -> tuple[str, ...]:
    """Return the columns of the first items; none where they are not."""
    found: list[Any] = []
    walk = items(io.StringIO(head), place, file, LIMITS.record_bytes)
    # What is broken is said when the records are read.
    with suppress(CutOff, LinksignalError):
        found.extend(islice(walk, _ITEMS_OF_A_HEADER))
    return _columns_of(found)


def _columns_of(records: Sequence[Any]) -> tuple[str, ...]:
    columns: dict[str, None] = {}
    for record in records:
        if not isinstance(record, dict):
            continue
        for key, value in record.items():
            columns[key] = None
            # What goes with an item stands in objects of its own.
            depth = 2 if key == OUTER else 1
            columns.update(dict.fromkeys(_inner_names(key, value, depth)))
    columns.pop(OUTER, None)
    return tuple(columns)


def _inner_names(key: str, value: Any, depth: int) -> Iterator[str]:
    if not depth or not isinstance(value, dict):
        return
    for name, inner in value.items():
        yield f"{key}.{name}"
        yield from _inner_names(f"{key}.{name}", inner, depth - 1)


def _parquet_columns(gated: GatedFile) -> tuple[str, ...]:
    try:
        return tuple(pq.read_schema(gated.path).names)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise refusal(
            gated.name, "its Parquet data is broken; export it again"
        ) from error
