"""Answers of one tool as people keep them: whole, in parts, a line each."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from accounted_raw import RawDir
from export_samples import (
    SAMPLES,
    dataforseo_link,
    llm_mention,
    profound_answer,
    tasks,
)

Write = Callable[..., Path]
Wrap = Callable[[list[Any]], str]


def lines(values: list[Any]) -> str:
    """One value to a line."""
    return "".join(f"{json.dumps(value)}\n" for value in values)


def result(items: list[Any]) -> dict[str, Any]:
    return {"total_count": len(items), "items": items}


def task(items: list[Any]) -> dict[str, Any]:
    found: dict[str, Any] = tasks(result(items))["tasks"][0]
    return found


WRAPPINGS: dict[str, Wrap] = {
    "whole": lambda items: json.dumps(tasks(result(items)), indent=1),
    "wholes in an array": lambda items: json.dumps(
        [tasks(result([item])) for item in items]
    ),
    "a whole to a line": lambda items: lines(
        [tasks(result([item])) for item in items]
    ),
    "tasks": lambda items: json.dumps([task([item]) for item in items]),
    "a task": lambda items: json.dumps(task(items), indent=1),
    "a task to a line": lambda items: lines([task([item]) for item in items]),
    "results": lambda items: json.dumps([result([item]) for item in items]),
    "a result": lambda items: json.dumps(result(items), indent=1),
    "a result to a line": lambda items: lines(
        [result([item]) for item in items]
    ),
    "items": lambda items: json.dumps(items, indent=1),
    "an item to a line": lines,
    "items over lines": lambda items: "\n".join(
        json.dumps(item, indent=1) for item in items
    ),
    "sorted keys": lambda items: json.dumps(
        tasks(result(items)), sort_keys=True
    ),
}
ITEMS = {
    "dataforseo_llm_mentions": [
        llm_mention(),
        llm_mention(question="and boots?", platform="google"),
    ],
    "dataforseo_backlinks": [
        dataforseo_link(),
        dataforseo_link(url_from="https://blog.example.com/b"),
    ],
}


@pytest.fixture(scope="module")
def wholes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, RawDir]:
    """What has landed of the items in a tool's whole answer."""
    loaded = {}
    for name, items in ITEMS.items():
        folder = tmp_path_factory.mktemp(name)
        file = folder / "whole.json"
        file.write_text(WRAPPINGS["whole"](items), encoding="utf-8")
        loaded[name] = RawDir(folder / "raw")
        loaded[name].load(file)
    return loaded


@pytest.mark.parametrize("name", ITEMS)
@pytest.mark.parametrize("shape", WRAPPINGS)
def test_items_are_the_same_however_they_are_wrapped(
    raw: Any,
    wholes: dict[str, RawDir],
    write: Write,
    shape: str,
    name: str,
) -> None:
    whole = wholes[name]
    staged = raw.load(write(WRAPPINGS[shape](ITEMS[name]), "part.json"))
    assert staged.load.format == name
    assert staged.load.fates.landed == len(ITEMS[name])
    for table in staged.entry.tables:
        assert raw.content(table) == whole.content(table)


ANSWER = '{"answer_id": "a%s", "platform": "Grok", "prompt": "%s"}'


@pytest.mark.parametrize("separator", ["\u2028", "\u0085", "\u2029"])
def test_lines_of_json_end_at_line_feeds_alone(
    raw: Any, write: Write, separator: str
) -> None:
    text = "\n".join(ANSWER % (n, f"one{separator}two") for n in (1, 2))
    raw.load(write(text, "answers.jsonl"))
    assert raw.column("ai_answers", "answer_id") == ["a1", "a2"]
    assert [len(prompt) for prompt in raw.column("ai_answers", "prompt")] == [
        7,
        7,
    ]


@pytest.mark.parametrize(
    "name",
    [
        "study_domains",
        "domain_scores",
        "domain_signals",
        "backlink_profiles",
        "backlinks",
        "ai_answers",
        "ai_references",
        "ai_citations",
        "ai_totals",
    ],
)
def test_a_file_of_ones_own_may_be_an_array(
    raw: Any, write: Write, name: str
) -> None:
    _, data = SAMPLES[name]
    rows = list(csv.DictReader(data.decode().splitlines()))
    staged = raw.load(write(json.dumps(rows), "own.json"))
    assert staged.load.format == name
    assert staged.load.fates.landed == len(rows)


TWICE = {
    "the record": '{"answer_id": "a0", "platform": "Grok", "answer_id": "b"}',
    "the same value": '{"answer_id": "a0", "platform": "Grok", '
    '"platform": "Grok"}',
    "a key that is not read": '{"answer_id": "a0", "platform": "Grok", '
    '"x": 1, "x": 2}',
}


@pytest.mark.parametrize("what", TWICE)
@pytest.mark.parametrize("shape", ["lines", "array", "over lines"])
def test_a_key_twice_rejects_its_record(
    raw: Any, write: Write, what: str, shape: str
) -> None:
    records = [ANSWER % (1, "x"), TWICE[what], ANSWER % (2, "y")]
    text = {
        "lines": "\n".join(records),
        "array": f"[{', '.join(records)}]",
        "over lines": "\n".join(r.replace(",", ",\n") for r in records),
    }[shape]
    raw.load(write(text, "answers.json"), max_rejected=0.5)
    assert raw.rejected() == [(2, None, "key_twice")]
    assert raw.column("ai_answers", "answer_id") == ["a1", "a2"]
    assert raw.column("ai_answers", "record_number") == [1, 3]


@pytest.mark.parametrize("is_lines", [True, False])
def test_a_key_twice_in_a_list_rejects_its_record(
    raw: Any, write: Write, is_lines: bool
) -> None:
    twice = json.dumps(llm_mention()).replace(
        '"domain": "www.example.com"',
        '"domain": "www.example.com", "domain": "other.com"',
    )
    records = [json.dumps(llm_mention(question="other")), twice]
    text = "\n".join(records) if is_lines else f"[{','.join(records)}]"
    raw.load(write(text, "mentions.json"), max_rejected=0.5)
    assert raw.rejected() == [(2, None, "key_twice")]


def test_a_list_of_answers_alone_is_read(raw: Any, write: Write) -> None:
    text = json.dumps([{"data": [profound_answer()]}])
    raw.load(write(text, "answers.json"))
    assert raw.column("ai_answers", "prompt_id") == ["p1"]
