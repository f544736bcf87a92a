"""What files get as a whole: accepted, warned about, or refused with a reason.

What becomes of single records is in test_bad_input, what folders and archives
may hold in test_inputs.
"""

from __future__ import annotations

import gzip
import io
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from export_samples import (
    BRAND_RADAR_COLUMNS,
    document,
    profound_answer,
    radar_answer,
    table,
    utf16,
)
from linksignal.errors import ExitCode, LinksignalError
from linksignal.load.engine import reading
from linksignal.load.gate import pass_gate
from linksignal.load.limits import Limits
from linksignal.load.summary import warnings

HEADER = "answer_id,platform,prompt_id\n"
GOOD = HEADER + "".join(f"a{n},ChatGPT,p{n}\n" for n in range(300))
PACKED = gzip.compress(GOOD.encode())
LINES = "".join(
    json.dumps({"answer_id": f"a{n}", "platform": "ChatGPT"}) + "\n"
    for n in range(3)
)
DOCUMENT = document([profound_answer(run_id=f"r{n}") for n in range(50)])
RADAR = table(
    BRAND_RADAR_COLUMNS, radar_answer(), delimiter="\t", is_quoted=True
)
Write = Callable[..., Path]


def parquet(column: str = "answer_id", values: Any = ("a1", "a2")) -> bytes:
    """A Parquet file of answers, with a column that a case makes its own."""
    file = io.BytesIO()
    rows = pa.table({column: values, "platform": ["ChatGPT"] * len(values)})
    pq.write_table(rows, file, store_schema=False)
    return file.getvalue()


PARQUET = parquet(values=[str(n) for n in range(999)])
MIXED = "its line ends are mixed (LF, CRLF, CR) outside quoted values; save it"
NO_FORMAT = "fits no known format: "
NEVER_CLOSED = "is never closed"
BROKEN_GZIP = "its gzip data is cut off or broken; download it again"

# What comes in, and what is said when the file is refused.
REFUSED: dict[str, tuple[str | bytes, str]] = {
    # Packed data that is broken.
    "gzip cut in its header": (PACKED[:9], BROKEN_GZIP),
    "gzip cut in its data": (PACKED[: len(PACKED) // 2], BROKEN_GZIP),
    "gzip cut in its checksum": (PACKED[:-1], BROKEN_GZIP),
    "gzip with a changed byte": (
        PACKED[:40] + b"\0\1\2\3" + PACKED[44:],
        BROKEN_GZIP,
    ),
    "gzip and more": (PACKED + b"more", BROKEN_GZIP),
    "gzip and zeros": (PACKED + b"\0" * 9, BROKEN_GZIP),
    "gzip inside gzip": (gzip.compress(PACKED), "gzip inside gzip; unpack it"),
    # A last record that is cut off, and other files cut off.
    "a record cut in a value": (
        GOOD + "b1,Chat",
        "its last record, 301, is cut off: 'b1,Chat'; export it again",
    ),
    "a record cut before a value": (GOOD + "b1", "record, 301, is cut off"),
    "a packed record that is cut": (
        gzip.compress((GOOD + "b1,Chat").encode()),
        "its last record, 301, is cut off",
    ),
    "a JSON line cut off": (
        LINES + '{"answer_id": "2", "plat',
        "its last record, 4, is cut off",
    ),
    "a JSON document cut off": (
        DOCUMENT[:-100],
        "its JSON is cut off, or broken at its end, after record 49; export",
    ),
    "UTF-16 cut off": (utf16(RADAR)[:-1], "an odd number of bytes, so it is"),
    "Parquet cut off": (PARQUET[:-9], "its Parquet data is cut off; export it"),
    # Broken containers.
    "Parquet with broken pages": (
        PARQUET[:4] + b"\xff" * 56 + PARQUET[60:],
        "it cannot be read (",
    ),
    "Parquet with a broken footer": (
        PARQUET[:-30] + b"\xff" * 20 + PARQUET[-10:],
        "its Parquet data is broken; export it again",
    ),
    "no Parquet but in name": (b"PAR1 and PAR1", "its Parquet data is broken"),
    "Parquet columns that are not UTF-8": (
        parquet("answer_idX").replace(b"idX", b"id\xff"),
        "its Parquet data is broken",
    ),
    "Parquet values that are not UTF-8": (
        parquet(values=[b"\xff"]),
        "it cannot be read (",
    ),
    "Parquet values that are structs": (
        parquet(values=[{"a": 1}]),
        "its column 'answer_id' holds 'struct<a: int64>', not texts",
    ),
    "a broken JSON document": (
        DOCUMENT.replace(b'"r30"', b"r30"),
        "its JSON is broken after record 30, at '{",
    ),
    "a JSON document broken at once": (
        DOCUMENT.replace(b'"r0"', b"r0"),
        "its first records fit no known format or are broken; check",
    ),
    "braces that are no JSON": ("{no json}\n", "it is JSON, and its first"),
    "a JSON array of nothing": ("[{}]", "it is a JSON array, and its first"),
    # No export, or none that is known.
    "another separator": (
        GOOD.replace(",", "|"),
        f"its header, separated by |, {NO_FORMAT}'answer_id', "
        "'platform', 'prompt_id'; nearest is ai_answers, of which it has "
        "answer_id and platform; save it with commas, semicolons or tabs",
    ),
    "no header": (GOOD.removeprefix(HEADER), f"{NO_FORMAT}'a0', 'ChatGPT'"),
    "a missing column": ("answer_id,prompt\n1,why\n", NO_FORMAT),
    "a column twice": (
        "answer_id,platform,Platform\n1,ChatGPT,Gemini\n",
        "column 'platform' occurs twice in the header; remove one",
    ),
    "an unknown format": (
        "domain;traffic;dr\nexample.com;1;2\n",
        f"its header, separated by semicolons, {NO_FORMAT}'domain', 'traffic'",
    ),
    "a header of two formats": (
        "source_url,target_url,domain,score,scale\n"
        "https://a.com/,https://b.com/,a.com,1,0-100\n",
        "fits backlinks and domain_scores; name one with --format",
    ),
    "a message in place of an export": (
        "ERROR 132 :: API UNITS BALANCE IS ZERO\n",
        "it holds an error of the tool in place of data: 'ERROR 132 :: API",
    ),
    "a word to Excel": (
        "sep=;\n" + GOOD,
        "its first line, 'sep=;', is a word to Excel and no header; remove it",
    ),
    "terminal codes in the header": (
        "\x1b[31mred\n1\n",
        "'·[31mred'; no format is near; check",
    ),
    "a PNG": (b"\x89PNG\r\n\x1a\n" + bytes(40), "it is a picture; export"),
    "a JPEG": (b"\xff\xd8\xff\xe0" + bytes(40), "it is a picture; export"),
    "a GIF": (b"GIF89a" + bytes(40), "it is a picture; export the data as CSV"),
    "a DuckDB file": (
        bytes(8) + b"DUCK\x44" + bytes(40),
        "it is a DuckDB database; export its table as Parquet or CSV",
    ),
    "an SQLite file": (
        b"SQLite format 3\0" + bytes(40),
        "it is an SQLite database; export its table as CSV",
    ),
    "another encoding in its records": (
        HEADER.encode() + "ä1,ChatGPT,p1\n".encode("latin-1"),
        "--max-rejected: not_utf8 in 'answer_id' 1 (record 1: '??,ChatGPT,p1')"
        "; save the file as UTF-8 if it is in another encoding; fix the file",
    ),
    "an HTML page": ("<!DOCTYPE html><html>", "it is an HTML or XML page, not"),
    "an HTML page behind a mark": (
        "\ufeff <html>",
        "it is an HTML or XML page",
    ),
    "a packed HTML page": (
        gzip.compress(b"<html>"),
        "an HTML or XML page, not",
    ),
    "an empty file": ("", "it is empty; export it again"),
    "an empty file, packed": (gzip.compress(b""), "it is empty; export it"),
    "blank lines": ("\n \n", "it holds only blank lines; export it again"),
    # Line ends.
    "one CRLF among LF": (GOOD.replace("p5\n", "p5\r\n"), MIXED),
    "one LF among CRLF": (
        GOOD.replace("\n", "\r\n").replace("p5\r\n", "p5\n"),
        MIXED,
    ),
    "one CR among LF": (GOOD.replace("p5\n", "p5\r"), MIXED),
    "a header with another end": (GOOD.replace("_id\n", "_id\r\n", 1), MIXED),
    "packed with mixed ends": (
        gzip.compress(GOOD.replace("p5\n", "p5\r\n").encode()),
        MIXED,
    ),
    "JSON lines with mixed ends": (LINES.replace("\n", "\r\n", 1), MIXED),
    # Encodings.
    "UTF-16 where the format has none": (
        GOOD.encode("utf-16"),
        "it is UTF-16 text, and ai_answers comes as UTF-8; save it as UTF-8",
    ),
    "UTF-16 without a mark": (GOOD.encode("utf-16-le"), "it is UTF-16 or"),
    "UTF-16 of the other order": (GOOD.encode("utf-16-be"), "it is UTF-16 or"),
    "UTF-16 of the other order, marked": (
        b"\xfe\xff" + RADAR.encode("utf-16-be"),
        "it is UTF-16 text; save it as UTF-8",
    ),
    "UTF-32": (GOOD.encode("utf-32"), "it is UTF-16 or UTF-32 text; save it"),
    "Latin-1": (
        (HEADER + "a1,ChatGPT,é\n" * 300).encode("latin-1"),
        "300 of 300 records were rejected, more than the 1 % of "
        "--max-rejected: not_utf8 in 'prompt_id' 300 (record 1: ",
    ),
    "a header in Latin-1": (
        GOOD.replace("_id\n", "_id,vérité\n", 1).encode("latin-1"),
        "its header is not UTF-8 text; save the file as UTF-8",
    ),
    "a JSON document in Latin-1": (
        DOCUMENT.replace(b'"r30"', b'"\xe9"'),
        "its bytes after record ",
    ),
    # Quotes.
    "a quote never closed at the end": (GOOD + 'b1,ChatGPT,"p1', NEVER_CLOSED),
    "a quote never closed": (
        GOOD + 'b1,"ChatGPT,p1\n' + "b2,ChatGPT,p2\n" * 50,
        NEVER_CLOSED,
    ),
    "a quote closed too late": (
        GOOD + 'b1,"ChatGPT,p1\nb2,"ChatGPT",p2\n' + "b3,ChatGPT,p3\n" * 50,
        NEVER_CLOSED,
    ),
    "a quote never closed at the start": (
        HEADER + '"' + "b2,ChatGPT,p2\n" * 50,
        NEVER_CLOSED,
    ),
    # A stray quote hides, to one who counts them, that another is open.
    "quotes that can be read in two ways": (
        GOOD + 'b1,5" disk,p1\nb2,"ChatGPT,p2\nb3,ChatGPT,p3\n',
        NEVER_CLOSED,
    ),
    "a packed quote never closed": (
        gzip.compress((GOOD + 'b1,"ChatGPT,p1\n').encode()),
        NEVER_CLOSED,
    ),
}
# What comes in, its records, and what is warned of.
ACCEPTED: dict[str, tuple[str | bytes, int, list[str]]] = {
    "a header only": (HEADER, 0, ["it has a header and no records"]),
    "a header only, without an end": (
        HEADER.strip(),
        0,
        ["it has a header and no records"],
    ),
    "an empty Parquet file": (
        parquet(values=pa.array([], pa.string())),
        0,
        ["it has a header and no records"],
    ),
    "a header only in UTF-16": (
        utf16(RADAR.partition("\n")[0] + "\n"),
        0,
        ["it has a header and no records"],
    ),
    "an extra column": (
        GOOD.replace("\n", ",x\n").replace("_id,x", "_id,Mood", 1),
        300,
        ["ai_answers knows no column 'Mood'"],
    ),
    "reordered columns": ("platform,answer_id\nChatGPT,a1\n", 1, []),
    "a byte-order mark": ("\ufeff" + GOOD, 300, []),
    "CRLF": (GOOD.replace("\n", "\r\n"), 300, []),
    "CR": (GOOD.replace("\n", "\r"), 300, []),
    "quoted line ends, of all kinds, and quotes": (
        HEADER + 'a1,ChatGPT,"x\r\n""y"",\nz\r"\n',
        1,
        [],
    ),
    "no last line end": (GOOD.strip(), 300, []),
    "gzip by content": (PACKED, 300, []),
    "Parquet by content": (PARQUET, 999, []),
    "UTF-16 where the format has it": (utf16(RADAR), 1, []),
}


def refusal(raw: Any, *files: Path, **options: Any) -> str:
    """Load files that must be refused; return the sentence."""
    with pytest.raises(LinksignalError) as caught:
        raw.load(*files, **options)
    assert caught.value.exit_code is ExitCode.INPUT_REJECTED
    assert list(raw.path.rglob("*")) == []
    return str(caught.value)


@pytest.mark.parametrize("what", REFUSED)
def test_a_file_is_refused_for(raw: Any, write: Write, what: str) -> None:
    content, words = REFUSED[what]
    # However many rejected records are allowed, unless these are the reason.
    share = 0.01 if "--max-rejected" in words else 1.0
    sentence = refusal(raw, write(content), max_rejected=share)
    assert sentence.startswith("file.csv: ")
    assert words in sentence
    advice = sentence.rpartition("; ")[2]
    assert advice.split()[0] in {
        *("check", "download", "export", "fix", "name", "remove", "save"),
        *("add", "load", "unpack", "write"),
    }


@pytest.mark.parametrize("what", ACCEPTED)
def test_a_file_is_accepted_with(raw: Any, write: Write, what: str) -> None:
    content, records, warned = ACCEPTED[what]
    # The load is asked for the identity of its counts as it ends.
    staged = raw.load(write(content))
    (row,) = raw.rows("loads")
    assert row["records_read"] == row["records_landed"] == records
    assert len(raw.rows("ai_answers")) == records
    tables = {path.name for path in raw.path.iterdir()}
    assert ("ai_answers" in tables) is (records > 0)
    assert list(warnings([staged])) == [f"file.csv: {said}" for said in warned]


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


def test_a_refused_file_leaves_no_thread_behind(tmp_path: Path) -> None:
    path = tmp_path / "file.csv.gz"
    path.write_bytes(PACKED[:40] + b"\xff" + PACKED[41:])
    before = threading.active_count()
    with pytest.raises(LinksignalError, match=BROKEN_GZIP) as caught:
        pass_gate(path)
    # As long as the error lives, so does whatever the gate left half read.
    assert caught.value
    assert threading.active_count() == before


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


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            GOOD.replace(",", "|"),
            "as ai_answers separated by commas or semicolons or tabs it lacks "
            "the column",
        ),
        ("answer_id,prompt\n1,why\n", "lacks the column 'platform'; its"),
    ],
)
def test_a_named_format_says_which_column_it_lacks(
    raw: Any, write: Write, text: str, words: str
) -> None:
    assert words in refusal(raw, write(text), format_name="ai_answers")


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


def test_an_open_quote_before_much_text_refuses_the_file(
    raw: Any, write: Write
) -> None:
    text = HEADER + '1,"open,p\n' + "2,ChatGPT,some prompt or other\n" * 600_000
    assert "is never closed" in refusal(raw, write(text), max_rejected=1.0)


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
