"""Columns renamed with --map, and set with --set, on the way in."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from linksignal.cli import main
from linksignal.errors import LinksignalError
from linksignal.load.column_map import ColumnMap

Write = Callable[..., Path]
COLUMNS = "run=answer_id,Engine=platform,Cited page=url,Question=prompt"
RECORDS = [
    {
        "run": "a1",
        "Engine": "ChatGPT",
        "Question": "Which?",
        "Cited page": "https://www.example.com/a",
    },
    {
        "run": "a2",
        "Engine": "Grok",
        "Question": "Why?",
        "Cited page": "example.org/b",
    },
]


def _csv() -> str:
    lines = [RECORDS[0].keys(), *(each.values() for each in RECORDS)]
    return "".join(",".join(line) + "\n" for line in lines)


def _check(raw: Any) -> None:
    assert raw.column("ai_answers", "platform") == ["chatgpt", "grok"]
    assert raw.column("ai_answers", "prompt") == ["Which?", "Why?"]
    domains = raw.column("ai_references", "domain")
    assert domains == ["example.com", "example.org"]
    (load,) = raw.rows("loads")
    assert load["column_map"] == f"--map '{COLUMNS}'"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", _csv()),
        ("a.tsv", _csv().replace(",", "\t")),
        ("a.json", json.dumps(RECORDS)),
        ("a.jsonl", "".join(json.dumps(each) + "\n" for each in RECORDS)),
        ("a.csv.gz", _csv()),
    ],
)
def test_a_foreign_file_loads_in_one_command(
    raw: Any,
    write: Write,
    name: str,
    content: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = write(content, name)
    words = ["load", str(path), "--raw", str(raw.path), "--as-of", "2026-01-31"]
    assert main([*words, "--map", COLUMNS]) == 0
    assert f"\n  --map '{COLUMNS}'\n" in capsys.readouterr().out
    raw.check_identities()
    _check(raw)
    assert main(["loads", "--raw", str(raw.path)]) == 0
    assert f"\n  --map '{COLUMNS}'\n" in capsys.readouterr().out


def test_parquet_columns_are_renamed_too(raw: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.Table.from_pylist(RECORDS), path)
    raw.load(path, column_map=ColumnMap.read(COLUMNS, None))
    _check(raw)


def test_a_column_that_a_file_lacks_is_set(raw: Any, write: Write) -> None:
    path = write("id,link\n1,https://a.com/\n2,b.com\n")
    raw.load(
        path,
        column_map=ColumnMap.read("id=answer_id,link=url", "platform=xAI Grok"),
    )
    assert raw.column("ai_answers", "platform") == ["grok", "grok"]
    (load,) = raw.rows("loads")
    assert load["column_map"] == (
        "--map id=answer_id,link=url --set 'platform=xAI Grok'"
    )


def test_a_file_that_has_the_column_keeps_its_own(
    raw: Any, write: Write
) -> None:
    with_own = write("answer_id,url,platform\n1,a.com,Gemini\n", "own.csv")
    without = write("answer_id,url\n2,a.com\n", "without.csv")
    fixed = ColumnMap.read(None, "platform=perplexity")
    raw.load(with_own, without, column_map=fixed)
    loads = {row["file"]: row["column_map"] for row in raw.rows("loads")}
    assert loads == {
        "own.csv": None,
        "without.csv": "--set platform=perplexity",
    }
    found = {
        row["answer_id"]: row["platform"] for row in raw.rows("ai_answers")
    }
    assert found == {"1": "gemini", "2": "perplexity"}
    again = write("answer_id,url,platform\n3,a.com,Gemini\n", "again.csv")
    with pytest.raises(LinksignalError, match="'platform' is of no use"):
        raw.load(again, column_map=fixed)


def test_what_a_file_calls_so_itself_is_another_column(
    raw: Any, write: Write
) -> None:
    text = "answer_id,platform,url,engine\n1,iOS,a.com,Gemini\n"
    staged = raw.load(
        write(text), column_map=ColumnMap.read("engine=platform", None)
    )
    assert raw.column("ai_answers", "platform") == ["gemini"]
    assert staged.unknown_columns == ["platform"]


def test_two_columns_can_change_places(raw: Any, write: Write) -> None:
    text = "answer_id,prompt,platform\n1,Gemini,Why?\n"
    swap = ColumnMap.read("prompt=platform,platform=prompt", None)
    raw.load(write(text), column_map=swap)
    (answer,) = raw.rows("ai_answers")
    assert (answer["platform"], answer["prompt"]) == ("gemini", "Why?")


def test_names_with_signs_of_the_option_are_quoted(
    raw: Any, write: Write
) -> None:
    text = '"Run, of n=10",Engine\n1,Gemini\n'
    words = '"Run, of n=10=answer_id",Engine=platform'
    raw.load(write(text), column_map=ColumnMap.read(words, None))
    assert raw.column("ai_answers", "answer_id") == ["1"]
    (load,) = raw.rows("loads")
    assert load["column_map"] == f"--map '{words}'"


def test_a_list_goes_by_its_new_name(raw: Any, write: Write) -> None:
    text = "answer_id,platform,recommended\n1,Gemini,Acme|Zenith\n"
    raw.load(write(text), column_map=ColumnMap.read("recommended=brands", None))
    assert raw.column("ai_references", "brand") == ["Acme", "Zenith"]


def test_a_rejected_record_names_the_column_of_the_file(
    raw: Any, write: Write
) -> None:
    text = "answer_id,engine\n1,Gemini\n2,nonsense\n"
    raw.load(
        write(text),
        column_map=ColumnMap.read("engine=platform", None),
        max_rejected=0.5,
    )
    assert raw.rejected() == [(2, "engine", "unknown_platform")]


def test_a_format_of_ones_own_is_mapped_too(raw: Any, write: Write) -> None:
    write(
        "source: t\ntables: {ai_answers: {answer_id: {from: Run}, "
        "platform: {from: AI}}}\n",
        "formats/t.yml",
    )
    staged = raw.load(
        write("No,AI\n1,Grok\n"), column_map=ColumnMap.read("No=Run", None)
    )
    assert staged.load.format == "t"


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (
            "--map Engine",
            2,
            "--map 'Engine' is not a pair; write it like --map",
        ),
        ("--map =platform", 2, "is not a pair"),
        ("--set platform=", 2, "--set 'platform=' is not a pair"),
        ('--map "a', 2, "its quotes are not closed"),
        ('--map "\x1b[31m', 2, "--map '\"·[31m': its quotes are not closed"),
        ("--set platform=\x1b[31m", 2, "holds a character that cannot be"),
        ("--map a=url,b=URL", 2, "--map: 'URL' occurs twice; name it once"),
        ("--map a=url,A=domain", 2, "--map: 'A' occurs twice"),
        ("--map a=url --set url=x", 2, "--set: 'url' occurs twice"),
        (
            "--map Motor=platfrom",
            2,
            "--map: no format reads a column 'platfrom' (did you mean platform",
        ),
        (
            "--map platform=Motor",
            2,
            "the file's column stands first, so write --map Motor=platform",
        ),
        ("--set platfrom=x", 2, "--set: no format reads a column 'platfrom'"),
        (
            "--format ai_answers --map Engine=url",
            2,
            "no format reads a column 'url'",
        ),
        (
            "--map Enigne=platform",
            3,
            "file.csv: it has no column 'Enigne', which --map renames (did "
            "you mean Engine?); its columns are 'Run', 'Engine'",
        ),
        (
            "--format ai_answers --map Enigne=platform",
            3,
            "file.csv: it has no column 'Enigne', which --map renames",
        ),
        (
            "--map Engine=platform",
            3,
            "fits no known format: 'Run', 'Engine'; nearest is ai_answers, of "
            "which it has Engine and lacks answer_id; load it with --map "
            "Engine=platform,Run=answer_id, if that",
        ),
    ],
)
def test_a_wrong_map_gets_one_sentence(
    raw: Any,
    write: Write,
    words: str,
    code: int,
    sentence: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = write("Run,Engine\n1,Gemini\n")
    command = ["load", str(path), "--raw", str(raw.path), "--quiet"]
    assert main([*command, *words.split()]) == code
    (line,) = capsys.readouterr().err.splitlines()
    assert sentence in line
    assert not raw.rows("loads")
