"""UTF-16 text becomes UTF-8 before the engine sees it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from export_samples import BRAND_RADAR_COLUMNS, radar_answer, table, utf16
from hypothesis import given, settings
from hypothesis import strategies as st
from linksignal.errors import ExitCode, LinksignalError
from linksignal.load.streams import as_utf8

Write = Callable[..., Path]
TEXT = table(
    BRAND_RADAR_COLUMNS,
    radar_answer(Keyword="shoes"),
    radar_answer(Keyword="\N{GRINNING FACE} ☂"),
    delimiter="\t",
    is_quoted=True,
)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(
    st.text(st.characters(exclude_categories=()), max_size=30),
    st.integers(1, 5),
)
def test_text_survives_in_chunks_of_any_size(text: str, size: int) -> None:
    data = b"\xff\xfe" + text.encode("utf-16-le", "surrogatepass")
    chunks = iter([data[n : n + size] for n in range(0, len(data), size)])
    encoding, found = as_utf8("file", chunks)
    # Two halves that stand side by side are one character.
    whole = data[2:].decode("utf-16-le", "surrogatepass")
    assert encoding == "utf-16"
    assert b"".join(found) == whole.encode("utf-8", "surrogatepass")


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(st.binary(max_size=20), st.integers(1, 5))
def test_other_bytes_are_left_alone(data: bytes, size: int) -> None:
    if data.startswith(b"\xff\xfe"):
        return
    chunks = iter([data[n : n + size] for n in range(0, len(data), size)])
    encoding, found = as_utf8("file", chunks)
    assert (encoding, b"".join(found)) == ("utf-8", data)


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("is_packed", [True, False])
def test_a_utf16_file_is_read(
    raw: Any, write: Write, line_end: str, is_packed: bool
) -> None:
    data = utf16(TEXT.replace("\n", line_end))
    raw.load(write(data, "radar.csv.gz" if is_packed else "radar.csv"))
    prompts = raw.column("ai_answers", "prompt")
    assert prompts == ["shoes", "\N{GRINNING FACE} ☂"]


def test_an_odd_number_of_bytes_refuses_the_file(
    raw: Any, write: Write
) -> None:
    for data in (utf16(TEXT) + b"x", utf16(TEXT)[:-1]):
        for name in ("radar.csv", "radar.csv.gz"):
            with pytest.raises(LinksignalError, match="odd number of bytes"):
                raw.load(write(data, name))


def test_half_a_surrogate_pair_rejects_its_record(
    raw: Any, write: Write
) -> None:
    raw.load(write(utf16(TEXT.replace("☂", "\ud800"))), max_rejected=0.5)
    assert raw.rejected() == [(2, "Keyword", "not_utf8")]
    assert raw.column("ai_answers", "record_number") == [1]


def test_a_format_that_comes_as_utf8_is_refused_in_utf16(
    raw: Any, write: Write
) -> None:
    text = "answer_id,platform\na1,ChatGPT\n"
    for options in ({}, {"format_name": "ai_answers"}):
        with pytest.raises(LinksignalError) as caught:
            raw.load(write(utf16(text)), **options)
        assert caught.value.exit_code is ExitCode.INPUT_REJECTED
        assert "it is UTF-16 text, and ai_answers comes as UTF-8" in str(
            caught.value
        )


def test_the_same_file_is_known_by_its_own_bytes(
    raw: Any, write: Write
) -> None:
    raw.load(write(utf16(TEXT)))
    with pytest.raises(
        LinksignalError, match="its content was already loaded on"
    ):
        raw.load(write(utf16(TEXT), "again.csv"))
