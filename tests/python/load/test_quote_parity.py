"""The quick count of records is that of Python's reader, or none."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linksignal.load.gate import pass_gate
from linksignal.load.streams import LineEnds, QuoteScan


def quick(path: Path, text: str) -> int | None:
    path.write_bytes(b"a," + text.encode())
    ends = pass_gate(path).line_ends
    return ends.of_records if ends.are_of_records(",") else None


@settings(derandomize=True, deadline=None, max_examples=600)
@given(st.text(alphabet='ab",\n\r', max_size=30))
def test_a_count_is_that_of_the_slow_reader(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "parity.csv"
    count = quick(path, text)
    if count is not None:
        reader = csv.reader(io.StringIO("a," + text, newline=""), strict=True)
        records = len(list(reader))
        assert records == count + (not text.endswith("\n"))


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("b\n", 1),
        ('"b"\n', 1),
        ('"b\n""c"",\n"\r\nd', 1),
        ('"",""\n', 1),
        ('5" disk\n', None),
        ('"b" c\n', None),
        ('"b\n', None),
        ("b\rc\n", None),
        ("b\r", None),
    ],
)
def test_what_is_not_plain_is_left_to_the_slow_reader(
    tmp_path: Path, text: str, count: int | None
) -> None:
    assert quick(tmp_path / "file.csv", text) == count


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 13])
@pytest.mark.parametrize(
    "text",
    [
        b'a,x,"y\n""z"\n' * 7 + b'"q",e\nf\n',
        b'"a"\r\n"b\r\n"\r\n\r\nc',
        b'a"b\rc\n\rd\r\re\r',
        b"\r\na",
        b'a;"b"\n"',
    ],
)
def test_the_size_of_parts_changes_nothing(text: bytes, size: int) -> None:
    whole, parts = QuoteScan(), QuoteScan()
    whole.add(text)
    for start in range(0, len(text), size):
        parts.add(text[start : start + size])
    assert parts.end() == whole.end()


def test_every_kind_of_line_end_is_told() -> None:
    scan = QuoteScan()
    scan.add(b'a;"b\n"\r\nc,"d"\n')
    assert scan.end() == LineEnds(
        of_records=2,
        in_values=1,
        beside_quotes=frozenset(b";,"),
        has_quotes=True,
        is_mixed=True,
        longest_line=6,
    )


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.text(alphabet='ab",\n\r', min_size=1, max_size=30))
def test_the_longest_line_is_that_of_the_text(text: str) -> None:
    scan = QuoteScan()
    scan.add(text.encode())
    lines = io.StringIO(text, newline="\n")
    assert scan.end().longest_line == max(map(len, lines))
