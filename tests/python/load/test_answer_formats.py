"""Exports of AI answers, whose lists become rows of their own."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from export_samples import (
    BRAND_RADAR_COLUMNS,
    document,
    llm_mention,
    organic,
    overview,
    profound_answer,
    radar_answer,
    reference,
    results_page,
    table,
    tasks,
    utf16,
)
from linksignal.errors import ExitCode, LinksignalError

Write = Callable[..., Path]
LINES = "".join(f'{{"answer_id":"a{n}","platform":"Grok"}}\n' for n in (1, 2))


def listed(raw: Any) -> list[tuple[Any, ...]]:
    """References: record, kind, domain, brand, URL, position."""
    names = ("record_number", "kind", "domain", "brand", "url", "position")
    rows = [
        tuple(row[name] for name in names) for row in raw.rows("ai_references")
    ]
    return sorted(rows, key=repr)


def check_answers_are_referenced(raw: Any) -> None:
    answers = {
        row["record_number"]: row["answer_id"] for row in raw.rows("ai_answers")
    }
    for row in raw.rows("ai_references"):
        assert row["answer_id"] == answers[row["record_number"]]
    assert len(set(answers.values())) == len(answers)


@pytest.mark.parametrize("is_utf16", [True, False])
def test_ahrefs_brand_radar(raw: Any, write: Write, is_utf16: bool) -> None:
    text = table(
        BRAND_RADAR_COLUMNS,
        radar_answer(),
        radar_answer(Model="Google AI Overviews", Mentions="", Country="de"),
        radar_answer(Model="AltaVista"),
        radar_answer(Model="Gemini", Cited_pages="", Mentions="Acme\nAcme\n"),
        radar_answer(),
        delimiter="\t" if is_utf16 else ",",
        is_quoted=True,
    )
    data = utf16(text) if is_utf16 else text.encode()
    staged = raw.load(write(data, "radar.csv"), max_rejected=0.5)
    assert staged.load.format == "ahrefs_brand_radar"
    first, second, third = raw.rows("ai_answers")
    assert {name: first[name] for name in list(first)[5:]} == {
        "platform": "chatgpt",
        "prompt_id": None,
        "prompt": 'best „shoes"',
        "is_branded": None,
        "answered_at": datetime(2025, 7, 1),
        "country": None,
        "language": None,
    }
    assert (second["platform"], second["country"]) == (
        "google_ai_overviews",
        "de",
    )
    assert third["record_number"] == 4
    page = "https://www.example.com/a?b=1,2"
    assert listed(raw) == [
        (1, "citation", "example.com", None, page, 1),
        (1, "citation", "example.org", None, "example.org", 2),
        (1, "mention", None, "Acme", None, None),
        (1, "mention", None, "Zenith, Inc.", None, None),
        (1, "retrieval", "found.com", None, "https://found.com/", None),
        (2, "citation", "example.com", None, page, 1),
        (2, "citation", "example.org", None, "example.org", 2),
        (2, "retrieval", "found.com", None, "https://found.com/", None),
        (4, "mention", None, "Acme", None, None),
        (4, "retrieval", "found.com", None, "https://found.com/", None),
    ]
    check_answers_are_referenced(raw)
    fates = staged.load.fates
    assert (fates.read, fates.landed, fates.duplicates) == (5, 3, 1)
    assert raw.rejected() == [(3, "Model", "unknown_platform")]
    elements = fates.elements
    assert elements is not None
    assert (elements.read, elements.landed, elements.duplicates) == (16, 10, 6)


def test_dataforseo_llm_mentions(raw: Any, write: Write) -> None:
    items = [
        llm_mention(),
        llm_mention(is_web_search_based=False, sources=[], brand_entities=None),
        llm_mention(platform="google", is_web_search_based=None),
        llm_mention(platform="bing"),
        llm_mention(question=None),
        llm_mention(
            question="other",
            sources=[{"domain": None, "url": None}, {"url": "example.net"}],
            brand_entities=[{"title": ""}],
        ),
    ]
    answer = tasks({"total_count": 6, "items": items})
    staged = raw.load(write(document(answer), "m.json"), max_rejected=0.5)
    rows = raw.rows("ai_answers")
    assert [row["platform"] for row in rows] == [
        "chatgpt_search",
        "chatgpt",
        "google_ai_overviews",
        "chatgpt_search",
    ]
    assert {name: rows[0][name] for name in list(rows[0])[6:]} == {
        "prompt_id": None,
        "prompt": 'Which "shoes",\nand why?',
        "is_branded": None,
        "answered_at": datetime(2025, 8, 1, 8),
        "country": None,
        "language": "en",
    }
    docs, page = "https://docs.example.org/", "https://www.example.com/a"
    found = ("retrieval", "found.com", None, "https://found.com", None)
    assert listed(raw) == [
        (1, "citation", "example.com", None, page, 2),
        (1, "citation", "example.org", None, docs, 1),
        (1, "mention", None, "Acme", None, None),
        (1, *found),
        (2, *found),
        (3, "citation", "example.com", None, page, 2),
        (3, "citation", "example.org", None, docs, 1),
        (3, "mention", None, "Acme", None, None),
        (3, *found),
        (6, "citation", "example.net", None, "example.net", 2),
        (6, *found),
    ]
    check_answers_are_referenced(raw)
    assert raw.rejected() == [
        (4, "platform", "unknown_platform"),
        (5, "question", "missing_value"),
    ]
    assert staged.load.fates.elements.skip_reasons == {
        "no_name": 1,
        "no_source": 1,
    }


def test_the_same_answer_in_two_exports_has_one_id(
    raw: Any, raw_dirs: Callable[[str], Any], write: Write
) -> None:
    other = raw_dirs("other")
    later = llm_mention(last_response_at="2025-09-01 00:00:00 +00:00")
    raw.load(write(document([llm_mention()]), "a.json"))
    lines = json.dumps(later) + "\n" + json.dumps(llm_mention(answer="")) + "\n"
    other.load(write(lines, "b.jsonl"))
    ids = other.column("ai_answers", "answer_id")
    assert raw.column("ai_answers", "answer_id") == ids[:1]
    assert ids[1] != ids[0]


def test_dataforseo_ai_overview(raw: Any, write: Write) -> None:
    pages = [
        results_page(
            organic(references=[{"url": "https://no.com"}]),
            overview(
                reference("www.example.com", "https://www.example.com/a"),
                reference(None, "https://docs.example.org/"),
                reference(None, "Url is copyrighted, unable to provide it"),
            ),
        ),
        results_page(overview(), keyword='"日本"\n', language_code="ja"),
        results_page(
            overview(),
            keyword=None,
            datetime=None,
            se_domain=None,
            location_code=None,
            language_code=None,
        ),
    ]
    answer = tasks(*pages)
    staged = raw.load(write(document(answer), "r.json"))
    assert staged.load.format == "dataforseo_ai_overview"
    first, second, third = raw.rows("ai_answers")
    assert {name: first[name] for name in list(first)[5:]} == {
        "platform": "google_ai_overviews",
        "prompt_id": None,
        "prompt": "which shoes",
        "is_branded": None,
        "answered_at": datetime(2025, 7, 1, 12),
        "country": None,
        "language": "en",
    }
    assert (second["prompt"], second["language"]) == ('"日本"\n', "ja")
    assert listed(raw) == [
        (2, "citation", "example.com", None, "https://www.example.com/a", 1),
        (2, "citation", "example.org", None, "https://docs.example.org/", 2),
    ]
    check_answers_are_referenced(raw)
    fates = staged.load.fates
    assert (fates.read, fates.skip_reasons) == (4, {"other_kind": 1})
    assert fates.elements.skip_reasons == {"no_source": 1}
    assert (third["prompt"], third["answered_at"]) == (None, None)


def test_results_pages_without_an_overview_are_skipped(
    raw: Any, write: Write
) -> None:
    answer = tasks(results_page(organic(), organic(rank_absolute=3)))
    words = "its 2 records landed as dataforseo_ai_overview .other_kind 2"
    with pytest.raises(LinksignalError, match=words):
        raw.load(write(document(answer), "r.json"))


@pytest.mark.parametrize("shape", ["array", "data", "lines", "gzip"])
def test_profound_answers(raw: Any, write: Write, shape: str) -> None:
    answers = [
        profound_answer(),
        profound_answer(
            model="Claude",
            region="Germany",
            citations=["https://10.0.0.1/", "mailto:x", "https://example.net"],
            mentions=[],
        ),
        profound_answer(model="HAL 9000"),
    ]
    data: Any = {"info": {"total_rows": 3}, "data": answers}
    text = {
        "array": document(answers),
        "gzip": document(answers),
        "data": document(data),
        "lines": "\n".join(map(json.dumps, answers)).encode(),
    }[shape]
    name = {"lines": "a.jsonl", "gzip": "a.json.gz"}.get(shape, "a.json")
    staged = raw.load(write(text, name), max_rejected=0.5)
    assert staged.load.format == "profound_answers"
    first, second = raw.rows("ai_answers")
    assert {name: first[name] for name in list(first)[5:]} == {
        "platform": "google_ai_overviews",
        "prompt_id": "p1",
        "prompt": "Which shoes?",
        "is_branded": None,
        "answered_at": datetime(2025, 7, 1),
        "country": "us",
        "language": None,
    }
    assert (second["platform"], second["country"]) == ("claude", None)
    assert listed(raw) == [
        (1, "citation", "example.com", None, "https://www.example.com/a", 1),
        (1, "citation", "example.org", None, "https://example.org", 2),
        (1, "mention", None, "Acme", None, None),
        (1, "mention", None, "Zenith, Inc.", None, None),
        (2, "citation", "example.net", None, "https://example.net", 3),
    ]
    check_answers_are_referenced(raw)
    assert raw.rejected() == [(3, "model", "unknown_platform")]
    elements = staged.load.fates.elements
    assert (elements.read, elements.landed, elements.rejected) == (7, 5, 2)
    assert elements.reject_reasons == {
        ("ip_address", "citations[]"): 1,
        ("not_a_web_link", "citations[]"): 1,
    }


def test_too_many_bad_elements_refuse_the_file(raw: Any, write: Write) -> None:
    answers = [profound_answer(citations=["https://10.0.0.1/"])]
    with pytest.raises(LinksignalError) as caught:
        raw.load(write(document(answers), "a.json"))
    assert caught.value.exit_code is ExitCode.INPUT_REJECTED
    assert (
        "1 of 3 elements of its lists cannot be read, more than the 1 % of "
        "--max-rejected: ip_address in 'citations[]' 1"
    ) in str(caught.value)


def test_brands_of_own_answers_are_mentions(raw: Any, write: Write) -> None:
    text = (
        "answer_id,platform,brands\n"
        'a1,ChatGPT,"Acme| Zenith, Inc. ||日本"\n'
        'a2,Gemini,"[""Acme|Co"", ""B""]"\n'
        "a3,Gemini,\n"
    )
    staged = raw.load(write(text))
    assert listed(raw) == [
        (1, "mention", None, "Acme", None, None),
        (1, "mention", None, "Zenith, Inc.", None, None),
        (1, "mention", None, "日本", None, None),
        (2, "mention", None, "Acme|Co", None, None),
        (2, "mention", None, "B", None, None),
    ]
    assert raw.column("ai_references", "as_of") == [date(2026, 1, 31)] * 5
    assert staged.load.fates.read == 3
    assert staged.unknown_columns == []


def test_brands_of_own_references_are_mentions(raw: Any, write: Write) -> None:
    text = (
        "answer_id,domain,kind,brands\n"
        "a1,example.com,,Acme|Zenith\n"
        "a1,example.org,citation,Zenith|Acme\n"
        "a2,,,Acme\n"
        "a3,example.net,rumour,Acme\n"
    )
    staged = raw.load(write(text), max_rejected=0.5)
    assert listed(raw) == [
        (1, "citation", "example.com", None, None, None),
        (1, "mention", None, "Acme", None, None),
        (1, "mention", None, "Zenith", None, None),
        (2, "citation", "example.org", None, None, None),
        (3, "mention", None, "Acme", None, None),
    ]
    fates = staged.load.fates
    assert (fates.read, fates.landed, fates.skipped) == (4, 3, 0)
    assert raw.rejected() == [(4, "kind", "unknown_choice")]
    assert (fates.elements.read, fates.elements.duplicates) == (5, 2)


@pytest.mark.parametrize(
    "text",
    [LINES, "[" + ",".join(LINES.splitlines()) + "]", f" [\n{LINES[:36]}\n] "],
)
def test_own_answers_may_be_a_json_array(
    raw: Any, write: Write, text: str
) -> None:
    raw.load(write(text, "answers.json"))
    assert raw.column("ai_answers", "answer_id")[0] == "a1"
    assert raw.column("ai_answers", "record_number")[0] == 1
