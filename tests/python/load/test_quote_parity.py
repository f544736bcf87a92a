"""The quick count of records is that of Python's reader, or none."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linksignal.load import quote_parity
from linksignal.load.gate import pass_gate
from linksignal.load.quote_parity import count_line_ends

LONGEST = 1000


def quick(path: Path, text: str) -> int | None:
    path.write_bytes(b"a," + text.encode())
    return count_line_ends(pass_gate(path), ",", LONGEST)


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
def test_the_size_of_chunks_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(quote_parity, "_CHUNK_BYTES", size)
    text = 'x,"y\n""z"\n' * 7 + '"\n\n",e\nf\n'
    assert quick(tmp_path / "file.csv", text) == 9
    assert quick(tmp_path / "file.csv", text + "g" * 2000 + "\nh\n") in (
        11,
        None,
    )
