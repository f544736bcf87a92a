"""Items of a JSON document, whatever lies around them."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from export_samples import dataforseo_link, document, profound_answer, tasks
from hypothesis import given, settings
from hypothesis import strategies as st
from linksignal.errors import ExitCode, LinksignalError
from linksignal.load import json_items
from linksignal.load.json_items import (
    CutOff,
    Place,
    Status,
    items,
    wrappings,
)

Write = Callable[..., Path]
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(), inner, max_size=3)
    ),
    max_leaves=5,
)


class Trickle(io.StringIO):
    """A text that comes a few characters at a time."""

    def read(self, size: int | None = -1, /) -> str:
        return super().read(min(size or 0, 11))


def found(text: str, path: str, *outer: str) -> list[Any]:
    return list(items(Trickle(text), Place(path, outer), "file", 10**6))


def as_texts(value: Any) -> Any:
    """Numbers as texts, as the items have them."""
    return json.loads(json.dumps(value), parse_float=str, parse_int=str)


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(
    st.lists(VALUES, max_size=4),
    st.dictionaries(st.text().filter(lambda key: key != "items"), VALUES),
    st.sampled_from([None, 1]),
    st.booleans(),
)
def test_every_item_is_found(
    listed: list[Any], around: dict[str, Any], indent: int, is_ascii: bool
) -> None:
    def written(value: Any) -> str:
        return json.dumps(value, indent=indent, ensure_ascii=is_ascii)

    assert found(written(listed), "[]") == as_texts(listed)
    whole = written([{**around, "items": listed, "more": listed}] * 2)
    assert found(whole, "[].items[]") == as_texts(listed * 2)
    assert found(whole, "items[]") == []


def test_what_stands_around_goes_with_the_items() -> None:
    text = """{"a": 1, "x": {"y": [2]}, "rows": [
        {"a": 3, "b": [{"n": 1.50}, 5]}, {"b": [{"n": 1e400}], "c": 4}]}"""
    assert found(text, "rows[].b[]", "a", "x") == [
        {"n": "1.50", "outer": {"a": "3", "x": {"y": ["2"]}}},
        "5",
        {"n": "1e400", "outer": {"a": "1", "x": {"y": ["2"]}}},
    ]


def test_what_stands_behind_the_items_goes_with_them() -> None:
    text = """{"rows": [{"b": [{"n": 1}], "c": 4, "a": 3}], "x": 2, "a": 1}"""
    assert found(text, "rows[].b[]", "a", "c", "x") == [
        {"n": "1", "outer": {"a": "3", "c": "4", "x": "2"}}
    ]
    assert found('{"b": [], "a": 1}', "b[]", "a") == []


def test_what_stands_far_behind_the_items_is_not_guessed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(json_items, "_MOST_HELD", 20)
    near = '{"b": [{"n": 1}, {"n": 2}], "a": 1}'
    assert found(near, "b[]", "a")[1]["outer"] == {"a": "1"}
    far = '{"b": [{"n": 1}, {"n": 2}, {"n": 3}], "a": 1}'
    with pytest.raises(LinksignalError, match="'a' stands behind"):
        found(far, "b[]", "a")


@pytest.mark.parametrize(
    "text",
    [
        '{"b": [1], "b": [2]}',
        '{"a": 1, "b": [], "a": 1}',
        '[{"b": [1], "a": 2, "a": 3}]',
    ],
)
def test_a_key_twice_around_the_items_refuses_the_file(text: str) -> None:
    path = "[].b[]" if text.startswith("[") else "b[]"
    with pytest.raises(LinksignalError, match="occurs twice in one object"):
        found(text, path, "a")


def test_what_a_tool_says_of_its_parts_is_kept() -> None:
    text = """{"status_code": 20000, "status_message": "Ok.", "tasks": [
        {"status_code": 40501, "status_message": "Wrong.", "result": null},
        {"status_code": 20000, "result": [{"n": 1}], "status_message": "Ok."},
        {"status_code": 1, "result": []}]}"""
    said: list[Status] = []
    walk = items(Trickle(text), Place("tasks[].result[]"), "f", 10**6, said)
    assert list(walk) == [{"n": "1"}]
    assert said == [
        Status("40501", "Wrong."),
        Status("20000", "Ok."),
        Status("20000", "Ok."),
    ]
    assert [each.is_error for each in said] == [True, False, False]


def test_every_wrapping_holds_the_same_items() -> None:
    path, rows = "tasks[].result[].items[]", [{"n": "1"}, {"n": "2"}]
    answer = {"tasks": [{"result": [{"items": rows}]}]}
    kept = [
        [answer],
        answer,
        answer["tasks"],
        answer["tasks"][0],
        [{"items": rows}],
        {"items": rows},
        rows,
    ]
    paths = list(wrappings(path))
    assert paths[0] == f"[].{path}"
    assert paths[-1] == ""
    for value, wrapped in zip(kept, paths, strict=False):
        assert found(json.dumps(value), wrapped) == rows
    assert found("\n".join(map(json.dumps, rows)), "") == rows


def test_documents_in_a_row_are_read() -> None:
    assert found('{"b": [1]}\n{"b": [2]} ', "b[]") == ["1", "2"]


def test_a_document_cut_anywhere_is_noticed() -> None:
    text = json.dumps({"tasks": [{"items": [{"a": "é\\n", "b": -1.5e3}, 7]}]})
    for end in range(1, len(text)):
        with pytest.raises(CutOff):
            found(text[:end], "tasks[].items[]")


@pytest.mark.parametrize(
    "text",
    [
        '{"b": [1 2]}',
        '{"b": [{"c": tru}, 1, 2, 3, 4, 5, 6, 7, 8, 9]}',
        '{"b": [1]]',
        '{"b" [1]}',
        "{b: [1]}",
        '{"b": [1], 2}',
        '{"b": ["\n", 1, 2, 3, 4, 5, 6, 7]}',
        "{\"b\": ['x', 1, 2, 3, 4, 5, 6, 7]}",
        '{"b": [1]} x and more of it',
        '{"b": ' + "[" * 100_000,
    ],
)
def test_broken_json_is_refused(text: str) -> None:
    with pytest.raises(LinksignalError) as caught:
        found(text, "b[]")
    assert caught.value.exit_code is ExitCode.INPUT_REJECTED
    assert "its JSON is broken after record" in str(caught.value)


def test_memory_holds_a_window_of_the_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(json_items, "_WINDOW", 1000)
    longest = 0
    text = io.StringIO(json.dumps([{"n": "x" * 100}] * 5000))
    walk = items(text, Place("[]"), "file", 10**6)
    for number, _ in enumerate(walk, start=1):
        longest = max(longest, text.tell() - 112 * number)
    assert number == 5000
    assert longest <= 3000


def test_a_value_beyond_the_longest_is_refused() -> None:
    text = json.dumps(["x" * 3_000_000])
    with pytest.raises(
        LinksignalError, match="after record 0 a value is longer than 1,000,000"
    ):
        list(items(io.StringIO(text), Place("[]"), "file", 10**6))


def test_half_a_surrogate_pair_rejects_its_record(
    raw: Any, write: Write
) -> None:
    answers = [profound_answer(), profound_answer(prompt="\ud800", run_id="r2")]
    raw.load(write(json.dumps(answers).encode(), "a.json"), max_rejected=0.5)
    assert raw.rejected() == [(2, None, "not_utf8")]
    assert raw.column("ai_answers", "record_number") == [1]


def test_a_record_that_is_too_long_is_rejected(raw: Any, write: Write) -> None:
    answers = [
        profound_answer(run_id="r1"),
        profound_answer(run_id="r2", response="x" * 2_100_000),
    ]
    raw.load(write(document(answers), "a.json"), max_rejected=0.5)
    assert raw.rejected() == [(2, None, "too_long")]
    assert raw.column("ai_answers", "record_number") == [1]


def test_numbers_beyond_64_bit_keep_their_digits(
    raw: Any, write: Write
) -> None:
    digits = "".join(random.Random(1).choices("123456789", k=30))
    answer = profound_answer(run_id=0, prompt_id=0)
    text = json.dumps([answer]).replace(
        '"prompt_id": 0', f'"prompt_id": {digits}'
    )
    raw.load(write(text, "a.json"))
    assert raw.column("ai_answers", "prompt_id") == [digits]


def test_a_document_of_another_tool_is_not_taken(
    raw: Any, write: Write
) -> None:
    for value in ({"tasks": []}, [1, 2], {"items": [{"a": 1}]}, [], tasks()):
        said = "fit no known format|holds no object with keys"
        with pytest.raises(LinksignalError, match=said):
            raw.load(write(document(value), "a.json"))


def test_a_task_without_result_has_no_records(raw: Any, write: Write) -> None:
    answer = tasks({"items": [dataforseo_link()]})
    answer["tasks"].insert(0, {"id": "x", "data": {}, "result": None})
    raw.load(write(document(answer), "a.json"))
    assert raw.column("backlinks", "record_number") == [1]
