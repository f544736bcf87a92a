"""The header: which columns a file says it has."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from linksignal.load.format_file import folded
from linksignal.load.gate import GatedFile
from linksignal.load.refusal import refusal, shown

QUOTE = '"'


@dataclass(frozen=True)
class Header:
    """Columns of a file, read in one of its possible ways.

    Attributes
    ----------
    container : str
        ``csv``, ``jsonl`` or ``parquet``.
    columns : tuple of str
        As the file spells them, in its order.
    delimiter : str
        Separator under which the columns were read; empty outside CSV.
    """

    container: str
    columns: tuple[str, ...]
    delimiter: str = ""

    @property
    def folded(self) -> frozenset[str]:
        """Columns as they are compared."""
        return frozenset(map(folded, self.columns))

    def spelled(self, name: str) -> str | None:
        """Return a column as the file spells it, None when it has none.

        Objects may bring a key late that the first ones lack, so JSON lines
        have every column.
        """
        position = self.position(name)
        if position is not None:
            return self.columns[position]
        return name if self.container == "jsonl" else None

    def position(self, name: str) -> int | None:
        """Return the place of a column, counted from 0."""
        names = [folded(column) for column in self.columns]
        return names.index(folded(name)) if folded(name) in names else None


def read_header(gated: GatedFile, delimiter: str = ",") -> Header:
    """Read the columns of a file.

    Parameters
    ----------
    gated : GatedFile
        A file that has passed the gate.
    delimiter : str
        Separator, should the file be CSV.

    Returns
    -------
    Header

    Raises
    ------
    LinksignalError
        Exit code 3 when a column stands twice or the header has no end.
    """
    if gated.is_parquet:
        header = Header("parquet", _parquet_columns(gated))
    elif gated.head.lstrip()[:1] == "{":
        header = Header("jsonl", _jsonl_columns(gated))
    else:
        header = Header("csv", _csv_columns(gated, delimiter), delimiter)
    counts = Counter(map(folded, header.columns))
    for column in header.columns:
        if counts[folded(column)] > 1 and column.strip():
            raise refusal(
                gated.name,
                f"column {shown(column)} stands twice in the header; "
                "remove one",
            )
    return header


def csv_reader(lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    """Return Python's reader of CSV, for values of any length."""
    csv.field_size_limit(1 << 40)
    return csv.reader(lines, delimiter=delimiter, quotechar=QUOTE)


def _csv_columns(gated: GatedFile, delimiter: str) -> tuple[str, ...]:
    lines = io.StringIO(gated.head, newline="")
    columns = next(csv_reader(lines, delimiter))
    if not gated.is_whole and lines.tell() == len(gated.head):
        raise refusal(
            gated.name, "its first line has no end; check its line ends"
        )
    return tuple(columns)


def _jsonl_columns(gated: GatedFile) -> tuple[str, ...]:
    lines = gated.head.splitlines()
    columns: dict[str, None] = {}
    for line in lines if gated.is_whole else lines[:-1]:
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict):
            columns.update(dict.fromkeys(record))
    if not columns:
        raise refusal(
            gated.name,
            "it looks like JSON, but no line is an object; write one "
            "object per line",
        )
    return tuple(columns)


def _parquet_columns(gated: GatedFile) -> tuple[str, ...]:
    try:
        return tuple(pq.read_schema(gated.path).names)
    except (pa.ArrowException, OSError) as error:
        raise refusal(
            gated.name, "its Parquet data is broken; export it again"
        ) from error
