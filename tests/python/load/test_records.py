"""Records that are accepted or rejected, and the rest of their file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from export_samples import SAMPLES
from linksignal.load import texts as field_texts
from linksignal.load.format_file import read_formats
from linksignal.load.gate import pass_gate
from linksignal.load.limits import Limits
from linksignal.load.recognise import recognise
from linksignal.load.stage import Options, stage

HEADER = "answer_id,platform,prompt\n"
FORMATS = read_formats()
Write = Callable[..., Path]


def lines(first: int, last: int) -> str:
    return "".join(f"a{n},ChatGPT,p{n}\n" for n in range(first, last + 1))


@pytest.mark.parametrize(
    ("line", "column", "reason"),
    [
        (b"a7,ChatGPT\n", "prompt", "too_few_columns"),
        (b"a7,ChatGPT,p7,more\n", None, "too_many_columns"),
        (b"a7,ChatGPT,p\xff7\n", "prompt", "not_utf8"),
        (b'a7,"Chat"GPT,p7\n', "platform", "stray_quote"),
        (b"a7,AltaVista,p7\n", "platform", "unknown_platform"),
        (b",ChatGPT,p7\n", "answer_id", "missing_value"),
        (b"a7,,p7\n", "platform", "missing_value"),
        (b",,p7\n", "answer_id", "missing_value"),
    ],
)
@pytest.mark.parametrize(
    ("line_end", "name"), [(b"\n", "file.csv"), (b"\r\n", "file.csv.gz")]
)
def test_a_bad_record_is_rejected_and_the_rest_lands(
    raw: Any,
    write: Write,
    line: bytes,
    column: str | None,
    reason: str,
    line_end: bytes,
    name: str,
) -> None:
    text = (HEADER + lines(1, 6)).encode() + line + lines(8, 150).encode()
    raw.load(write(text.replace(b"\n", line_end), name))
    assert raw.rejected() == [(7, column, reason)]
    expected = [n for n in range(1, 151) if n != 7]
    assert raw.column("ai_answers", "record_number") == expected
    assert raw.column("ai_answers", "prompt") == [f"p{n}" for n in expected]


def test_bad_bytes_in_a_column_that_is_not_read_reject_the_record(
    raw: Any, write: Write
) -> None:
    text = b"note,answer_id,platform\n" + b"x,a,ChatGPT\n" + b"\xff,b,ChatGPT\n"
    raw.load(write(text), max_rejected=0.5)
    assert raw.rejected() == [(2, "note", "not_utf8")]


def test_numbers_count_neither_blank_lines_nor_lines_of_a_value(
    raw: Any, write: Write
) -> None:
    text = (
        HEADER
        + 'a1,ChatGPT,"one\n\ntwo"\n\n'
        + "a2,ChatGPT\n\n\n"
        + 'a3,ChatGPT,"x\r\ny"\n'
        + "a4\n"
        + "a5,ChatGPT,\n\n"
        + lines(6, 300)
        + "\n\n"
    )
    raw.load(write(text))
    assert raw.rejected() == [
        (2, "prompt", "too_few_columns"),
        (4, "platform", "too_few_columns"),
    ]
    assert raw.column("ai_answers", "answer_id") == [
        f"a{n}" for n in raw.column("ai_answers", "record_number")
    ]
    assert raw.column("ai_answers", "prompt")[0] == "one\n\ntwo"
    assert raw.rows("loads")[0]["records_read"] == 300


def test_consecutive_faults_keep_the_numbers(raw: Any, write: Write) -> None:
    text = HEADER + "x\ny\n" + lines(3, 4) + "x\ny\nz\n" + lines(8, 9)
    raw.load(write(text), max_rejected=1.0)
    assert [number for number, _, _ in raw.rejected()] == [1, 2, 5, 6, 7]
    assert raw.column("ai_answers", "record_number") == [3, 4, 8, 9]
    assert raw.column("ai_answers", "answer_id") == ["a3", "a4", "a8", "a9"]


def test_a_value_that_looks_like_records_stays_one_value(
    raw: Any, write: Write
) -> None:
    inner = "b1,ChatGPT,x\n" * 4000
    text = HEADER + "".join(f'a{n},ChatGPT,"{inner}"\n' for n in range(400))
    raw.load(write(text))
    assert raw.rows("loads")[0]["records_read"] == 400
    assert set(raw.column("ai_answers", "prompt")) == {inner}


def test_a_value_that_is_too_long_rejects_its_record(
    tmp_path: Path, write: Write
) -> None:
    text = HEADER + f'a1,ChatGPT,"{"x" * 2000}"\n' + "a2,ChatGPT,y\n"
    file = recognise(pass_gate(write(text)), read_formats())
    staged = stage(
        file,
        Options(max_rejected=0.5),
        tmp_path,
        Limits(field_bytes=1000, record_bytes=10**6),
    )
    rejected = pq.read_table(staged.files["rejected_records"]).to_pylist()
    assert [
        (r["record_number"], r["column"], r["reason"]) for r in rejected
    ] == [(1, "prompt", "too_long")]


def test_a_record_beyond_the_longest_is_rejected(
    raw: Any, write: Write
) -> None:
    text = HEADER + f"a1,ChatGPT,{'x' * 17_000_000}\n" + lines(2, 300)
    raw.load(write(text))
    assert raw.rejected() == [(1, None, "too_long")]
    assert raw.column("ai_answers", "record_number")[0] == 2


@pytest.mark.parametrize(
    "fault", ["", "b\n", 'b,ChatGPT,"x\ny"\n', "b,ChatGPT,p\xa0\n", "\n"]
)
@pytest.mark.parametrize("memory_bytes", [0, 10**9])
def test_what_threads_read_keeps_its_order(
    tmp_path: Path, write: Write, fault: str, memory_bytes: int
) -> None:
    first, last = lines(1, 20_000), lines(20_002, 40_000)
    file = recognise(pass_gate(write(HEADER + first + fault + last)), FORMATS)
    staged = stage(
        file,
        Options(),
        tmp_path,
        Limits(record_bytes=2000, field_bytes=1000, memory_bytes=memory_bytes),
    )
    rows = pq.read_table(staged.files["ai_answers"]).to_pylist()
    numbers = {int(r["answer_id"][1:] or -1): r["record_number"] for r in rows}
    numbers.pop(-1, None)
    shift = 0 if fault.strip() else -1
    assert numbers == {
        n: n if n <= 20_000 else n + shift
        for n in [*range(1, 20_001), *range(20_002, 40_001)]
    }
    assert staged.load.fates.read == 39_999 + bool(fault.strip())


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + HEADER + "a1,ChatGPT,p1\n",
        HEADER + "a1,ChatGPT,p1",
        (HEADER + "a1,ChatGPT,p1\n").replace("\n", "\r\n"),
        (HEADER + "a1,ChatGPT,p1\n").replace("\n", "\r"),
        'prompt,"Platform", ANSWER_ID \n"p1","ChatGPT","a1"\n',
        HEADER + "a1,  chatgpt ,p1\n\n\n",
        '{"prompt": "p1", "answer_id": "a1", "platform": "ChatGPT"}',
        '\ufeff{"answer_id":"a1","platform":"ChatGPT","prompt":"p1"}\r\n\r\n',
        '{"answer_id":"a1","platform":"ChatGPT","prompt":"\\u0070\\u0031"}\n',
    ],
)
def test_the_spelling_of_a_file_does_not_matter(
    raw: Any, write: Write, text: str
) -> None:
    raw.load(write(text))
    (row,) = raw.rows("ai_answers")
    assert (row["answer_id"], row["platform"], row["prompt"]) == (
        "a1",
        "chatgpt",
        "p1",
    )


def test_text_from_outside_is_kept_but_for_control_characters(
    raw: Any, write: Write
) -> None:
    prompt = ' =HYPERLINK("x")<script>\N{RIGHT-TO-LEFT OVERRIDE}\';--\t\x1b[0m '
    quoted = prompt.replace('"', '""')
    staged = raw.load(
        write(f'{HEADER}a1,ChatGPT,"{quoted}"\na2,ChatGPT,plain\n')
    )
    assert raw.column("ai_answers", "prompt") == [
        prompt.replace("\x1b", " "),
        "plain",
    ]
    assert staged.load.fates.notes["control_characters"] == 1


def test_bad_json_lines_are_rejected(raw: Any, write: Write) -> None:
    good = [
        json.dumps({"answer_id": f"a{n}", "platform": "ChatGPT"})
        for n in range(1, 400)
    ]
    good[1] = '{"answer_id": "a2", platform}'
    good[3] = '["a4", "ChatGPT"]'
    good[5] = '{"answer_id": "a6", "platform": 5}'
    raw.load(write("\n".join(good) + "\n", "answers.jsonl.gz"))
    assert raw.rejected() == [
        (2, None, "bad_json"),
        (4, None, "bad_json"),
        (6, "platform", "unknown_platform"),
    ]


def test_json_values_are_read_by_their_text(raw: Any, write: Write) -> None:
    record = {
        "answer_id": 12345678901234567890123,
        "platform": "Gemini",
        "is_branded": False,
        "prompt": 'say "hi",\nplease',
        "answered_at": None,
        "as_of": "2026-01-02",
    }
    raw.load(write(json.dumps(record) + "\n", "answers.jsonl"))
    (row,) = raw.rows("ai_answers")
    assert row["answer_id"] == "12345678901234567890123"
    assert row["is_branded"] is False
    assert row["prompt"] == 'say "hi",\nplease'
    assert row["answered_at"] is None
    assert row["as_of"].isoformat() == "2026-01-02"


def test_a_key_that_comes_late_is_read(raw: Any, write: Write) -> None:
    long = {"answer_id": "a", "platform": "Gemini", "note": "x" * 1000}
    late = {"answer_id": "b", "platform": "Gemini", "prompt": "why?"}
    text = (json.dumps(long) + "\n") * 1200 + json.dumps(late) + "\n"
    raw.load(write(text, "answers.jsonl"))
    assert raw.column("ai_answers", "prompt") == [None, "why?"]


def test_parquet_values_are_read_by_their_text(
    raw: Any, tmp_path: Path
) -> None:
    path = tmp_path / "domains.parquet"
    table = pa.table(
        {
            "domain": ["Example.com", "example.org", "example.net"],
            "brand_aliases": [["Acme, Inc.", "Ac|me"], [], None],
            "category": ["a", "", None],
        }
    )
    pq.write_table(table, path)
    raw.load(path)
    aliases = raw.column("study_domains", "brand_aliases")
    assert aliases == [["Acme, Inc.", "Ac|me"], [], None]
    assert raw.column("study_domains", "category") == ["a", None, None]
    assert raw.column("study_domains", "record_number") == [1, 2, 3]


def test_a_long_value_in_parquet_rejects_its_record(
    raw: Any, tmp_path: Path
) -> None:
    path = tmp_path / "answers.parquet"
    texts = ["x", "x" * 2_000_001, "y"]
    table = pa.table(
        {
            "answer_id": [b"a1", b"a2", b"a3"],
            "platform": pa.array(["ChatGPT"] * 3).dictionary_encode(),
            "prompt": texts,
        }
    )
    pq.write_table(table, path)
    raw.load(path, max_rejected=0.5)
    assert raw.rejected() == [(2, "prompt", "too_long")]
    assert raw.column("ai_answers", "answer_id") == ["a1", "a3"]
    assert raw.column("ai_answers", "record_number") == [1, 3]


@pytest.mark.parametrize("is_lines", [True, False])
@pytest.mark.parametrize("name", ["answers.json", "answers.json.gz"])
def test_a_first_record_beyond_the_head_is_recognised(
    raw: Any, write: Write, is_lines: bool, name: str
) -> None:
    records = [
        {"answer_id": "a1", "platform": "ChatGPT", "prompt": "é" * 700_000},
        {"answer_id": "a2", "platform": "ChatGPT", "prompt": "y"},
    ]
    texts = [json.dumps(record, ensure_ascii=False) for record in records]
    text = "\n".join(texts) if is_lines else f"[{','.join(texts)}]"
    raw.load(write(text, name))
    assert raw.column("ai_answers", "answer_id") == ["a1", "a2"]
    assert raw.column("ai_answers", "prompt")[0] == "é" * 700_000


def test_columns_may_bear_any_name(raw: Any, write: Write) -> None:
    text = (
        'place,too_long,t0,"x""y",c1,refusal,,,answer_id,platform\n'
        "1,2,3,4,5,6,7,8,a1,ChatGPT\n"
    )
    staged = raw.load(write(text))
    assert raw.column("ai_answers", "answer_id") == ["a1"]
    assert len(staged.unknown_columns) == 8


def test_a_path_with_a_pattern_is_a_path(raw: Any, write: Write) -> None:
    write(HEADER + "b1,ChatGPT,p\n", "exports/answers1.csv")
    raw.load(write(HEADER + "a1,ChatGPT,p\n", "exports/answers[1]*'.csv"))
    assert raw.column("ai_answers", "answer_id") == ["a1"]
    assert raw.column("loads", "file") == ["answers[1]*'.csv"]


def test_equal_records_land_once(raw: Any, write: Write) -> None:
    text = (
        "answer_id,domain,url,position,kind\n"
        "a1,example.com,https://example.com/x,1,citation\n"
        "a1,www.Example.com,https://example.com/x,1.0,\n"
        "a1,example.com,https://example.com/x,,citation\n"
        "a1,example.com,https://example.com/x,2,citation\n"
        "a1,example.com,https://example.com/x,1,mention\n"
        "a2,example.com,https://example.com/x,1,citation\n"
        "a1,example.com,https://example.com/x,1,citation\n"
        "a1,example.com,https://example.com/x,,\n"
    )
    raw.load(write(text))
    assert raw.column("ai_references", "record_number") == [1, 3, 4, 5, 6]
    assert raw.rows("loads")[0]["duplicates"] == 3


def test_the_order_of_records_changes_nothing(
    raw: Any, raw_dirs: Callable[[str], Any], write: Write
) -> None:
    header = "answer_id,domain,url,position\n"
    records = [
        f"a{n % 7},{'www.' * (n % 2)}site{n % 5}.com,,{n % 3 or ''}\n"
        for n in range(100)
    ] + ["a1,,,\n", "a1,10.0.0.1,,\n"]
    other = raw_dirs("other")
    raw.load(write(header + "".join(records)), max_rejected=0.1)
    other.load(
        write(header + "".join(reversed(records)), "back.csv"), max_rejected=0.1
    )
    assert raw.content("ai_references") == other.content("ai_references")
    counts = {name for name in raw.rows("loads")[0] if "records" in name}
    assert {n: raw.rows("loads")[0][n] for n in counts} == {
        n: other.rows("loads")[0][n] for n in counts
    }


@pytest.mark.parametrize(
    "name",
    [
        "semrush_backlinks",
        "brightdata_answers",
        "openai_responses",
        "dataforseo_llm_mentions",
    ],
)
def test_few_records_are_read_as_many_are(
    raw: Any,
    raw_dirs: Callable[[str], Any],
    write: Write,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Texts of few records are a table, those of many a view.
    file, data = SAMPLES[name]
    few = raw.load(write(data, file))
    monkeypatch.setattr(field_texts, "_FEW_RECORDS", -1)
    many_dir = raw_dirs("many")
    many = many_dir.load(write(data, file))
    assert many.load.fates == few.load.fates
    for table in few.entry.tables:
        assert many_dir.rows(table) == raw.rows(table)
