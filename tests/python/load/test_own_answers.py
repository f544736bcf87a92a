"""Answers and references of one's own: ids, places, texts, both in one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from export_samples import profound_answer
from linksignal.errors import ExitCode, LinksignalError
from linksignal.load import gate

Write = Callable[..., Path]
GOOD = ["a1", "123456789012345678", "1e5", "12345e67", "{3F2504E0-4F89}", "0"]
ROUNDED = [
    "1.23457E+17",
    "1,23457E+17",
    "1E+17",
    "1.23457e17",
    "-1.2E+05",
    "123456789012345680.0",
]
NO_ID = ["NaN", "true", "FALSE", "null", "None", '{"a": 1}', "[1, 2]", "inf"]


def answers(*ids: str) -> str:
    quoted = ('"' + each.replace('"', '""') + '"' for each in ids)
    return "answer_id,platform\n" + "".join(f"{i},Grok\n" for i in quoted)


@pytest.mark.parametrize("column", ["answer_id", "prompt_id"])
def test_an_id_that_is_none_rejects_its_record(
    raw: Any, write: Write, column: str
) -> None:
    bad = [*ROUNDED, *NO_ID]
    text = answers(*GOOD, *bad)
    if column == "prompt_id":
        lines = text.replace("answer_id,", "prompt_id,").splitlines()
        rows = [f"{line},a{n}" for n, line in enumerate(lines[1:])]
        text = "\n".join([lines[0] + ",answer_id", *rows]) + "\n"
    raw.load(write(text), max_rejected=1)
    assert raw.column("ai_answers", column) == GOOD
    reasons = ["rounded_number"] * len(ROUNDED)
    reasons += ["not_an_identifier"] * len(NO_ID)
    assert raw.rejected() == [
        (number, column, reason)
        for number, reason in enumerate(reasons, start=len(GOOD) + 1)
    ]


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
@pytest.mark.parametrize(
    "value", ["NaN", "true", "1.23457e+17", '{"a": 1}', "[1]", "Infinity"]
)
def test_a_json_value_that_is_no_id_rejects_its_record(
    raw: Any, write: Write, name: str, value: str
) -> None:
    records = [
        f'{{"answer_id": {each}, "platform": "Grok"}}'
        for each in ("123456789012345678901234567890", value, '"a"', "7")
    ]
    lines = "\n".join(records)
    text = lines if name == "a.jsonl" else f"[{','.join(records)}]"
    raw.load(write(text, name), max_rejected=0.5)
    assert [row[0] for row in raw.rejected()] == [2]
    assert raw.column("ai_answers", "answer_id") == [
        "123456789012345678901234567890",
        "a",
        "7",
    ]


def test_a_parquet_id_of_a_wrong_type_is_rejected(
    raw: Any, tmp_path: Path
) -> None:
    path = tmp_path / "answers.parquet"
    rows = {"answer_id": [1.0, 1.23457e17, 2.0], "platform": ["Grok"] * 3}
    pq.write_table(pa.table(rows), path)
    raw.load(path, max_rejected=0.5)
    assert raw.column("ai_answers", "answer_id") == ["1", "2"]
    assert raw.rejected() == [(2, "answer_id", "rounded_number")]


def test_ids_that_a_data_frame_made_decimal_find_their_answers(
    raw: Any, write: Write
) -> None:
    raw.load(write(answers("1.0", "2.0", "1.50", "v2.0"), "answers.csv"))
    text = "answer_id,domain\n1,example.com\n2.0,example.org\n"
    raw.load(write(text, "references.csv"))
    assert raw.column("ai_answers", "answer_id") == ["1", "2", "1.50", "v2.0"]
    assert raw.column("ai_references", "answer_id") == ["1", "2"]


def test_rounded_ids_say_what_to_do(raw: Any, write: Write) -> None:
    with pytest.raises(LinksignalError) as caught:
        raw.load(write(answers("1.23457E+17", "1.23457E+17", "a", "b")))
    assert "rounded_number in 'answer_id' 2 (record 1: '1.23457E+17'); a " in (
        str(caught.value)
    )


def test_ids_like_dates_are_told(raw: Any, write: Write) -> None:
    staged = raw.load(write(answers("2-Mar", "Jan-26", "2026-03-02", "a-Mar")))
    assert staged.load.fates.notes["date_like_id"] == 2


@pytest.mark.parametrize("zero", ["0", "0.0"])
def test_places_counted_from_0_are_read_as_such(
    raw: Any, write: Write, zero: str
) -> None:
    text = f"answer_id,domain,position\na,b.com,1\na,c.com,{zero}\na,d.com,\n"
    staged = raw.load(write(text))
    assert raw.column("ai_references", "position") == [2, 1, None]
    assert staged.load.fates.notes["position_from_zero"] == 3


def test_places_counted_from_1_stay(raw: Any, write: Write) -> None:
    text = "answer_id,domain,position\na,b.com,1\na,c.com,10\na,d.com,-1\n"
    staged = raw.load(write(text), max_rejected=0.5)
    assert raw.column("ai_references", "position") == [1, 10]
    assert raw.rejected() == [(3, "position", "negative")]
    assert "position_from_zero" not in staged.load.fates.notes


CONTROLS = [
    chr(n) for n in (*range(0x20), *range(0x7F, 0xA0)) if n not in (9, 10, 13)
]


@pytest.mark.parametrize("kind", ["csv", "json", "jsonl", "parquet"])
def test_control_characters_land_as_spaces(
    raw: Any, write: Write, tmp_path: Path, kind: str
) -> None:
    prompts = [f"x{c}y" for c in CONTROLS] + ["x\ty", "é\u00a0“ü\u2028", "x\ny"]
    rows = [
        {"answer_id": f"a{n}", "platform": "Grok", "prompt": prompt}
        for n, prompt in enumerate(prompts)
    ]
    if kind == "csv":
        lines = [f'{r["answer_id"]},Grok,"{r["prompt"]}"' for r in rows]
        path = write("answer_id,platform,prompt\n" + "\n".join(lines) + "\n")
    elif kind == "parquet":
        path = tmp_path / "a.parquet"
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif kind == "json":
        path = write(json.dumps(rows), "a.json")
    else:
        path = write("\n".join(map(json.dumps, rows)) + "\n", "a.jsonl")
    staged = raw.load(path)
    expected = ["x y"] * len(CONTROLS) + prompts[-3:]
    assert raw.column("ai_answers", "prompt") == expected
    notes = staged.load.fates.notes
    assert notes["control_characters"] == len(CONTROLS)


def test_control_characters_in_names_of_lists_land_as_spaces(
    raw: Any, write: Write
) -> None:
    answer = profound_answer(mentions=["Ac\0me", "Ze\x1bnith"], citations=[])
    staged = raw.load(write(json.dumps([answer]), "a.json"))
    assert raw.column("ai_references", "brand") == ["Ac me", "Ze nith"]
    assert staged.load.fates.notes["control_characters"] == 1


@pytest.mark.parametrize(
    ("table", "column", "text"),
    [
        (
            "backlinks",
            "anchor",
            "source_url;target_url;anchor;nofollow;image;form;frame;first_seen\n"
            "https://a.com/;https://t.com/;x\0;true;false;false;false;1700000000\n",
        ),
        (
            "study_domains",
            "brand_aliases",
            "domain,brand_aliases,category\nacme.com,Ac\x07me|B,x\n",
        ),
    ],
)
def test_control_characters_leave_every_table(
    raw: Any, write: Write, table: str, column: str, text: str
) -> None:
    staged = raw.load(write(text))
    (value,) = raw.column(table, column)
    assert value in ("x ", ["Ac me", "B"])
    assert staged.load.fates.notes["control_characters"] == 1


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b"a\0b", True),
        (b"\xc2\x85", True),
        (b'{"a": "\\u0007"}', True),
        (b'{"a": "\\u009F"}', True),
        (b'{"a": "\\b"}', True),
        ("é “x”\t\r\n\u00a0".encode(), False),
        (b'{"a": "\\u00e9\\n"}', False),
    ],
)
def test_the_gate_looks_for_control_characters(
    text: bytes, found: bool
) -> None:
    assert gate._has_controls(text) is found


@pytest.mark.parametrize("control", [b"\x07", b"\xc2\x85", b"\\u009F", b"\\b"])
def test_control_characters_are_found_across_the_parts_of_a_file(
    control: bytes,
) -> None:
    for start in range(8):
        text = b"x" * start + control + b"x" * 8
        for cut in range(1, len(text)):
            parts = iter([text[:cut], text[cut:]])
            assert gate._scan("a.csv", parts, gate.LIMITS).has_controls
            whole = [text[place : place + 1] for place in range(len(text))]
            assert gate._scan("a.csv", iter(whole), gate.LIMITS).has_controls


FLAT = (
    "answer_id,platform,prompt,position,url\n"
    "r1,ChatGPT,Which drill?,1,https://example.com/a\n"
    "r1,ChatGPT,Which drill?,2,https://example.org/\n"
    "r2,Perplexity,Which drill?,,\n"
    "r3,Gemini,Which saw?,1,"
    "https://vertexaisearch.cloud.google.com/grounding-api-redirect/A\n"
)


def test_answers_and_citations_in_one_file_land_together(
    raw: Any, write: Write
) -> None:
    staged = raw.load(write(FLAT))
    assert staged.load.format == "ai_citations"
    assert raw.column("ai_answers", "answer_id") == ["r1", "r2", "r3"]
    assert raw.column("ai_answers", "prompt") == [
        "Which drill?",
        "Which drill?",
        "Which saw?",
    ]
    references = [
        (row["answer_id"], row["domain"], row["position"])
        for row in raw.rows("ai_references")
    ]
    assert references == [("r1", "example.com", 1), ("r1", "example.org", 2)]
    fates = staged.load.fates
    assert (fates.read, fates.landed) == (4, 4)
    assert fates.notes["silent_redirector"] == 1


def test_brands_beside_citations_are_mentions_once_an_answer(
    raw: Any, write: Write
) -> None:
    rows = ["r1,Grok,https://a.com/,A|Be", "r1,Grok,https://b.com/,A|Be"]
    rows += ["r2,Grok,,Be", "r3,Grok,https://a.com/,"]
    staged = raw.load(
        write("\n".join(["answer_id,platform,url,brands", *rows]))
    )
    assert staged.load.format == "ai_citations"
    found = [
        (row["answer_id"], row["kind"], row["domain"] or row["brand"])
        for row in raw.rows("ai_references")
    ]
    assert sorted(found) == [
        ("r1", "citation", "a.com"),
        ("r1", "citation", "b.com"),
        ("r1", "mention", "A"),
        ("r1", "mention", "Be"),
        ("r2", "mention", "Be"),
        ("r3", "citation", "a.com"),
    ]
    elements = staged.load.fates.elements
    assert (elements.read, elements.landed, elements.duplicates) == (5, 3, 2)


def test_one_file_may_be_loaded_as_answers_and_as_references(
    raw: Any, write: Write
) -> None:
    path = write(FLAT)
    raw.load(path, format_name="ai_answers")
    raw.load(path, format_name="ai_references")
    assert set(raw.column("ai_answers", "answer_id")) == {"r1", "r2", "r3"}
    assert raw.column("ai_references", "domain") == [
        "example.com",
        "example.org",
    ]
    for name in ("ai_answers", "ai_references", None):
        with pytest.raises(LinksignalError, match="already loaded") as caught:
            raw.load(path, format_name=name)
        assert caught.value.exit_code is ExitCode.INPUT_REJECTED


def test_rows_of_a_tracker_without_an_id_of_the_answer(
    raw: Any, write: Write
) -> None:
    text = (
        "row,query_id,run_id,official,engine,rank,url,reg_domain,note\n"
        '1,q1,r1,yes,ChatGPT,1,https://www.例え.jp/x?a=1,例え.jp,"""b"",\nc"\n'
        "2,q1,r1,yes,ChatGPT,2,https://example.com/,example.com,\n"
        "3,q1,r1,yes,ChatGPT,3,https://example.com/,example.com,\n"
        "4,q1,r2,yes,ChatGPT,1,https://example.com/,example.com,\n"
        "5,q1,r1,yes,AI Mode,1,cite:1,,\n"
        "6,q2,r1,yes,AltaVista,1,https://example.com/,example.com,\n"
    )
    staged = raw.load(write(text, "tracker.csv"), max_rejected=0.5)
    assert staged.load.format == "ai_citation_rows"
    assert [
        (row["prompt_id"], row["platform"]) for row in raw.rows("ai_answers")
    ] == [("q1", "chatgpt"), ("q1", "chatgpt"), ("q1", "google_ai_mode")]
    answers = raw.column("ai_answers", "answer_id")
    assert len(set(answers)) == 3
    assert [
        (row["answer_id"], row["domain"], row["position"])
        for row in raw.rows("ai_references")
    ] == [
        (answers[0], "xn--r8jz45g.jp", 1),
        (answers[0], "example.com", 2),
        (answers[1], "example.com", 1),
    ]
    assert raw.rejected() == [(6, "engine", "unknown_platform")]
    assert staged.load.fates.duplicates == 1


def test_a_link_of_a_chat_beside_its_text_is_no_citation(
    raw: Any, write: Write
) -> None:
    text = "prompt,engine,response,url\nWhich?,ChatGPT,Acme,https://x.com/c\n"
    with pytest.raises(LinksignalError, match="fits no known format"):
        raw.load(write(text))
