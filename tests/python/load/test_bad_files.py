"""Files that are refused as a whole, and why; nothing of them lands."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from linksignal.errors import ExitCode, LinksignalError
from linksignal.load.engine import reading
from linksignal.load.gate import pass_gate
from linksignal.load.limits import Limits

HEADER = "answer_id,platform,prompt_id\n"
GOOD = HEADER + "".join(f"a{n},ChatGPT,p{n}\n" for n in range(300))
Write = Callable[..., Path]


def refusal(raw: Any, *files: Path, **options: Any) -> str:
    """Load files that must be refused; return the sentence."""
    with pytest.raises(LinksignalError) as caught:
        raw.load(*files, **options)
    assert caught.value.exit_code is ExitCode.INPUT_REJECTED
    assert list(raw.path.rglob("*")) == []
    return str(caught.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "it is empty"),
        ("\n \n", "it holds only blank lines"),
        ("<!DOCTYPE html><html>", "it is an HTML or XML page"),
        ("\ufeff <html>", "it is an HTML or XML page"),
        (GOOD.encode("utf-16"), "it is UTF-16 text"),
        (GOOD.encode("utf-16-le"), "it is UTF-16 text"),
        (GOOD.encode("utf-16-be"), "it is UTF-16 text"),
        (b"PAR1 no parquet", "its Parquet data is cut off"),
        (b"PAR1 no parquet PAR1", "its Parquet data is broken"),
        ("[{}]", "it is a JSON array"),
        ("{no json}\n", "no line is an object"),
        ("sep=;\n" + GOOD, "its first line, 'sep=;', is a word to Excel"),
        (gzip.compress(gzip.compress(GOOD.encode())), "it is gzip inside gzip"),
        (gzip.compress(GOOD.encode()) + b"\0" * 9, "is cut off or broken"),
        ("ERROR 50 :: NOTHING FOUND\n", "its header"),
    ],
)
def test_what_is_no_export_is_refused(
    raw: Any, write: Write, content: str | bytes, words: str
) -> None:
    sentence = refusal(raw, write(content))
    assert sentence.startswith("file.csv: ")
    assert words in sentence


def test_a_gzip_file_must_be_whole(raw: Any, write: Write) -> None:
    packed = gzip.compress(GOOD.encode())
    for cut in (9, len(packed) // 2, len(packed) - 9, len(packed) - 1):
        path = write(b"")
        path.write_bytes(packed[:cut])
        assert "cut off or broken" in refusal(raw, path)
    path.write_bytes(packed[:40] + b"\0\1\2\3" + packed[44:])
    assert "cut off or broken" in refusal(raw, path)
    path.write_bytes(packed + b"more")
    assert "cut off or broken" in refusal(raw, path)


def test_a_file_named_gz_must_be_gzip(raw: Any, tmp_path: Path) -> None:
    path = tmp_path / "file.csv.gz"
    path.write_text(GOOD)
    assert "it is named .gz but is not gzip" in refusal(raw, path)


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(gzip.compress(HEADER.encode() + b"\n" * 10**6))
    with pytest.raises(LinksignalError, match="more than 200 times its size"):
        pass_gate(path, Limits(ratio_from_bytes=10**5))
    with pytest.raises(LinksignalError, match="more than 1,000 bytes"):
        pass_gate(path, Limits(unpacked_bytes=1000))


def test_a_missing_file_or_a_device_is_a_wrong_option(
    raw: Any, tmp_path: Path
) -> None:
    for path, words in (
        (tmp_path / "none.csv", "there is no such file"),
        (Path("/dev/null"), "is not a file"),
    ):
        with pytest.raises(LinksignalError, match=words) as caught:
            raw.load(path)
        assert caught.value.exit_code is ExitCode.CONFIGURATION


def test_an_unknown_header_is_shown(raw: Any, write: Write) -> None:
    sentence = refusal(raw, write("domain;traffic;dr\nexample.com;1;2\n"))
    assert "separated by semicolons" in sentence
    assert "'domain', 'traffic', 'dr'" in sentence
    assert "--format" in sentence


def test_a_wrong_separator_is_named(raw: Any, write: Write) -> None:
    text = GOOD.replace(",", ";")
    assert "separated by semicolons" in refusal(raw, write(text))
    sentence = refusal(raw, write(text), format_name="ai_answers")
    assert "as ai_answers separated by commas it lacks the column" in sentence


def test_a_missing_column_is_named(raw: Any, write: Write) -> None:
    text = "answer_id,prompt\n1,What?\n"
    sentence = refusal(raw, write(text), format_name="ai_answers")
    assert "lacks the column 'platform'" in sentence


def test_a_column_that_stands_twice_is_named(raw: Any, write: Write) -> None:
    text = "answer_id,platform,Platform\n1,ChatGPT,Gemini\n"
    assert "column 'platform' stands twice" in refusal(raw, write(text))


def test_a_header_that_fits_two_formats_is_not_guessed(
    raw: Any, write: Write
) -> None:
    text = "answer_id,platform,domain\n1,ChatGPT,example.com\n"
    sentence = refusal(raw, write(text))
    assert "fits ai_answers and ai_references" in sentence


def test_a_format_has_its_containers(raw: Any, write: Write) -> None:
    sentence = refusal(
        raw,
        write('{"url": "example.com"}\n', "totals.jsonl"),
        format_name="ahrefs_domain_metrics",
    )
    assert "it is jsonl, and ahrefs_domain_metrics comes as csv" in sentence


def test_an_unknown_format_is_a_wrong_option(raw: Any, write: Write) -> None:
    with pytest.raises(
        LinksignalError, match="the formats are ahrefs"
    ) as caught:
        raw.load(write(GOOD), format_name="nonsense")
    assert caught.value.exit_code is ExitCode.CONFIGURATION


@pytest.mark.parametrize(
    "text",
    [
        GOOD + 'b1,ChatGPT,"p1',
        GOOD + 'b1,"ChatGPT,p1\n' + "b2,ChatGPT,p2\n" * 50,
        GOOD + 'b1,"ChatGPT,p1\nb2,"ChatGPT",p2\n' + "b3,ChatGPT,p3\n" * 50,
        HEADER + '"' + "b2,ChatGPT,p2\n" * 50,
    ],
)
def test_a_quote_never_closed_refuses_the_file(
    raw: Any, write: Write, text: str
) -> None:
    for name in ("file.csv", "file.csv.gz"):
        sentence = refusal(raw, write(text, name), max_rejected=1.0)
        assert "is never closed" in sentence


def test_quotes_that_can_be_read_in_two_ways_refuse_the_file(
    raw: Any, write: Write
) -> None:
    # A stray quote hides, to one who counts them, that another is open.
    text = GOOD + 'b1,5" disk,p1\n' + 'b2,"ChatGPT,p2\n' + "b3,ChatGPT,p3\n"
    assert "is never closed" in refusal(raw, write(text), max_rejected=1.0)


def test_an_open_quote_before_much_text_refuses_the_file(
    raw: Any, write: Write
) -> None:
    text = HEADER + '1,"open,p\n' + "2,ChatGPT,some prompt or other\n" * 600_000
    assert "is never closed" in refusal(raw, write(text), max_rejected=1.0)


@pytest.mark.parametrize("end", ["b1,Chat", "b1"])
def test_a_cut_off_last_record_refuses_the_file(
    raw: Any, write: Write, end: str
) -> None:
    for name in ("file.csv", "file.csv.gz"):
        sentence = refusal(raw, write(GOOD + end, name))
        assert "its last record, 301, is cut off" in sentence


def test_a_cut_off_json_line_refuses_the_file(raw: Any, write: Write) -> None:
    lines = '{"answer_id": "1", "platform": "ChatGPT"}\n' * 3
    path = write(lines + '{"answer_id": "2", "plat', "answers.jsonl")
    assert "its last record, 4, is cut off" in refusal(raw, path)


@pytest.mark.parametrize(
    "text",
    [
        GOOD.replace("p5\n", "p5\r\n"),
        GOOD.replace("\n", "\r\n").replace("p5\r\n", "p5\n"),
        GOOD + "b1,ChatGPT,p\rb2,ChatGPT,p\n",
    ],
)
def test_mixed_line_ends_refuse_the_file(
    raw: Any, write: Write, text: str
) -> None:
    assert "its line ends are mixed" in refusal(raw, write(text))


def test_broken_parquet_is_refused(raw: Any, tmp_path: Path) -> None:
    path = tmp_path / "answers.parquet"
    table = pa.table({"answer_id": ["1"] * 999, "platform": ["ChatGPT"] * 999})
    pq.write_table(table, path)
    data = bytearray(path.read_bytes())
    data[4:60] = b"\xff" * 56
    path.write_bytes(data)
    assert "cannot be read" in refusal(raw, path)


def test_a_parquet_column_that_is_not_utf8_is_refused(
    raw: Any, tmp_path: Path
) -> None:
    path = tmp_path / "answers.parquet"
    pq.write_table(pa.table({"answer_idX": ["1"]}), path, store_schema=False)
    path.write_bytes(path.read_bytes().replace(b"idX", b"id\xff"))
    assert "its Parquet data is broken" in refusal(raw, path)


def test_a_parquet_column_of_structs_is_refused(
    raw: Any, tmp_path: Path
) -> None:
    path = tmp_path / "answers.parquet"
    table = pa.table({"answer_id": [{"a": 1}], "platform": ["ChatGPT"]})
    pq.write_table(table, path)
    assert "its column 'answer_id' holds 'struct" in refusal(raw, path)


def test_parquet_bytes_that_are_no_text_are_refused(
    raw: Any, tmp_path: Path
) -> None:
    path = tmp_path / "answers.parquet"
    table = pa.table({"answer_id": [b"\xff"], "platform": ["ChatGPT"]})
    pq.write_table(table, path)
    assert "it cannot be read" in refusal(raw, path)


def test_what_the_engine_quotes_of_a_file_cannot_drive_a_terminal() -> None:
    with (
        pytest.raises(LinksignalError, match="cannot be read") as caught,
        reading("file.parquet"),
    ):
        raise duckdb.InvalidInputException("bad type \x1b[31m\x0f")
    assert str(caught.value).isprintable()


def test_too_many_rejected_records_refuse_the_file(
    raw: Any, write: Write
) -> None:
    bad = "".join(f"b{n},AltaVista,p\n" for n in range(4))
    sentence = refusal(raw, write(GOOD + bad))
    assert "4 of 304 records were rejected, more than the 1 %" in sentence
    assert (
        "unknown_platform in 'platform' 4 (record 301: 'AltaVista')" in sentence
    )
    assert "--max-rejected" in sentence


def test_the_share_of_rejected_records_can_be_widened(
    raw: Any, write: Write
) -> None:
    bad = "".join(f"b{n},AltaVista,p\n" for n in range(4))
    raw.load(write(GOOD + bad), max_rejected=0.02)
    assert len(raw.rejected()) == 4
    assert raw.rows("loads")[0]["records_landed"] == 300


def test_one_percent_rejected_is_allowed(raw: Any, write: Write) -> None:
    good = GOOD.removesuffix("a299,ChatGPT,p299\n")
    raw.load(
        write(good.replace("a0,ChatGPT", "a0,x").replace("a1,ChatGPT", "a1,x"))
    )
    assert len(raw.rejected()) == 2


def test_terminal_codes_of_a_file_do_not_reach_the_terminal(
    raw: Any, write: Write
) -> None:
    sentence = refusal(raw, write("\x1b[31mred,answer\n1,2\n"))
    assert "\x1b" not in sentence


def test_a_date_in_the_future_is_a_wrong_option(raw: Any, write: Write) -> None:
    text = "domain,scale,score,as_of\nexample.com,0-100,5,2999-01-01\n"
    assert "future_date in 'as_of'" in refusal(raw, write(text))
    assert date.today().year < 2999
