"""Pages of answers from DataForSEO: AI Overview, AI Mode, chatbots."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from export_samples import (
    document,
    llm_mention,
    organic,
    overview,
    reference,
    results_page,
    scraped_answer,
    tasks,
)
from linksignal.cli import main
from linksignal.errors import ExitCode, LinksignalError

Write = Callable[..., Path]
CITED = reference("example.com", "https://example.com/a")


def page(**values: Any) -> dict[str, Any]:
    return results_page(overview(CITED), **values)


def in_path(kind: str) -> dict[str, Any]:
    answer = tasks(page(type=None))
    answer["tasks"][0]["path"] = ["v3", "serp", "google", kind, "live"]
    return answer


SIGNS = {
    "the result's type": tasks(page(type="ai_mode")),
    "the request": tasks(page(type=None), se_type="ai_mode"),
    "the path": in_path("ai_mode"),
    "the address": tasks(
        page(type=None, check_url="https://www.google.com/search?q=x&udm=50")
    ),
    "a result alone": page(type="ai_mode"),
}


@pytest.mark.parametrize("sign", SIGNS)
def test_ai_mode_is_told_by_any_of_its_signs(
    raw: Any, write: Write, sign: str
) -> None:
    raw.load(write(document(SIGNS[sign]), "page.json"))
    assert raw.column("ai_answers", "platform") == ["google_ai_mode"]
    assert raw.column("ai_references", "domain") == ["example.com"]


@pytest.mark.parametrize(
    "answer",
    [
        tasks(page(keyword="what is ai_mode")),
        in_path("organic"),
        tasks(
            page(
                check_url="https://www.google.com/search?q=ai_mode&num=100",
                keyword="ai_mode",
            )
        ),
    ],
)
def test_a_question_about_ai_mode_is_no_sign_of_it(
    raw: Any, write: Write, answer: Any
) -> None:
    raw.load(write(document(answer), "page.json"))
    assert raw.column("ai_answers", "platform") == ["google_ai_overviews"]


def test_one_file_may_hold_both_kinds_of_page(raw: Any, write: Write) -> None:
    pages = [page(type="ai_mode"), page(), page(type="ai_mode", keyword="b")]
    raw.load(write(document(tasks(*pages)), "pages.json"))
    assert raw.column("ai_answers", "platform") == [
        "google_ai_mode",
        "google_ai_overviews",
        "google_ai_mode",
    ]
    assert len(set(raw.column("ai_answers", "answer_id"))) == 3


def test_items_alone_need_a_platform(raw: Any, write: Write) -> None:
    path = write(document([overview(CITED), organic()]), "items.json")
    with pytest.raises(LinksignalError, match="name it with --platform"):
        raw.load(path)
    raw.load(path, platform="AI Mode")
    assert raw.column("ai_answers", "platform") == ["google_ai_mode"]
    assert raw.column("ai_references", "domain") == ["example.com"]


def element(**values: Any) -> dict[str, Any]:
    return {"type": "ai_overview_element", "title": None, **values}


def test_references_within_elements_land_once(raw: Any, write: Write) -> None:
    inner = reference("zenith.io", "https://zenith.io/a")
    parts = [
        element(references=[inner, CITED]),
        element(links=[{"domain": "linked.com", "url": "https://linked.com"}]),
        element(
            references=None,
            components=[
                {"references": [reference(None, "https://deep.org/x")]}
            ],
        ),
        element(items=[element(references=[inner])]),
    ]
    answers = [
        overview(CITED, reference("b.org", "https://b.org"), items=parts),
        overview(items=parts, references=None),
    ]
    pages = [
        results_page(each, keyword=str(number))
        for number, each in enumerate(answers)
    ]
    staged = raw.load(write(document(tasks(*pages)), "pages.json"))
    places = {
        number: sorted(
            (row["url"], row["position"])
            for row in raw.rows("ai_references")
            if row["record_number"] == number
        )
        for number in (1, 2)
    }
    assert places[1] == [
        ("https://b.org", 2),
        ("https://deep.org/x", None),
        ("https://example.com/a", 1),
        ("https://linked.com", None),
        ("https://zenith.io/a", None),
    ]
    assert [url for url, _ in places[2]] == [
        url for url, _ in places[1] if url != "https://b.org"
    ]
    for number, answer in enumerate(answers, start=1):
        assert {url for url, _ in places[number]} == set(cited(answer))
    elements = staged.load.fates.elements
    assert (elements.read, elements.landed) == (12, 9)
    assert elements.duplicates == 3


def cited(value: Any) -> Iterator[str]:
    """URLs of references and links, however deep, in plain Python."""
    if isinstance(value, list):
        for each in value:
            yield from cited(each)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key in ("references", "links"):
                yield from (each["url"] for each in inner or [])
            yield from cited(inner)


@pytest.mark.parametrize(
    "nothing",
    [
        {"markdown": None, "items": None, "references": None},
        {"markdown": "", "items": [], "references": []},
        {"markdown": None, "items": None, "asynchronous_ai_overview": True},
    ],
)
def test_an_answer_that_was_not_fetched_is_unknown(
    raw: Any, write: Write, nothing: dict[str, Any]
) -> None:
    pages = [
        results_page(overview(**nothing), organic()),
        results_page(overview(markdown="An answer without sources")),
    ]
    staged = raw.load(write(document(tasks(*pages)), "pages.json"))
    assert staged.load.fates.skip_reasons == {"not_fetched": 1, "other_kind": 1}
    assert raw.column("ai_answers", "record_number") == [3]
    assert raw.rows("ai_references") == []


def test_a_chatbot_that_gave_no_answer_is_unknown(
    raw: Any, write: Write
) -> None:
    empty = scraped_answer(
        markdown=None, items=None, sources=None, brand_entities=None
    )
    answer = tasks(empty, scraped_answer(keyword="other"), se="chat_gpt")
    staged = raw.load(write(document(answer), "scraped.json"))
    assert staged.load.fates.skip_reasons == {"not_fetched": 1}
    assert raw.column("ai_answers", "prompt") == ["other"]


PLAIN = {"sources": [], "search_results": None, "fan_out_queries": []}
SCRAPED = {
    "with sources": (scraped_answer(), {}, "chatgpt_search"),
    "plain": (scraped_answer(**PLAIN), {}, "chatgpt"),
    "queries alone": (
        scraped_answer(**PLAIN | {"fan_out_queries": ["x"]}),
        {},
        "chatgpt_search",
    ),
    "search forced": (
        scraped_answer(**PLAIN),
        {"force_web_search": True},
        "chatgpt_search",
    ),
    "search not forced": (
        scraped_answer(**PLAIN),
        {"force_web_search": False},
        "chatgpt",
    ),
    "Gemini": (
        scraped_answer(
            model="gemini-2.5-flash", check_url="https://gemini.google.com/app"
        ),
        {"se": "gemini"},
        "gemini",
    ),
}


@pytest.mark.parametrize("what", SCRAPED)
@pytest.mark.parametrize("is_whole", [True, False])
def test_a_scraped_page_is_an_answer_of_its_chatbot(
    raw: Any, write: Write, what: str, is_whole: bool
) -> None:
    answer, request, platform = SCRAPED[what]
    if not is_whole and request.get("force_web_search"):
        platform = "chatgpt"  # a result alone does not say what was asked
    value = tasks(answer, **request) if is_whole else [answer]
    staged = raw.load(write(document(value), "scraped.json"))
    assert staged.load.format == "dataforseo_llm_scraper"
    assert raw.column("ai_answers", "platform") == [platform]
    brands = raw.column("ai_references", "brand")
    assert [brand for brand in brands if brand] == ["Acme"]
    domains = [
        (row["kind"], row["domain"])
        for row in raw.rows("ai_references")
        if row["domain"]
    ]
    results = answer["search_results"] or []
    assert sorted(domains) == sorted(
        [("citation", "example.com")] * len(answer["sources"])
        + [("retrieval", "found.com")] * len(results)
    )


def test_sources_and_brands_within_a_scraped_answer_land_once(
    raw: Any, write: Write
) -> None:
    inner = {"domain": "zenith.io", "url": "https://zenith.io/a"}
    answer = scraped_answer()
    answer["items"][0] |= {
        "sources": [*answer["sources"], inner],
        "brand_entities": [{"title": "Acme"}, {"title": "Zenith"}],
    }
    raw.load(write(document(tasks(answer, se="chat_gpt")), "scraped.json"))
    assert sorted(
        (row["domain"] or row["brand"], row["position"])
        for row in raw.rows("ai_references")
    ) == [
        ("Acme", None),
        ("Zenith", None),
        ("example.com", 1),
        ("found.com", None),
        ("zenith.io", None),
    ]


@pytest.mark.parametrize("is_alone", [True, False])
def test_a_failed_task_is_told_per_file(
    tmp_path: Path,
    write: Write,
    capsys: pytest.CaptureFixture[str],
    is_alone: bool,
) -> None:
    failed = {
        "status_code": 40102,
        "status_message": "No Search Results.",
        "result": None,
    }
    good = overview(markdown=None, items=None) if is_alone else overview(CITED)
    answer = tasks(results_page(good))
    answer["tasks"][:0] = [failed]
    path = write(document(answer), "pages.json")
    code = main(["load", str(path), "--raw", str(tmp_path / "raw")])
    assert code == (ExitCode.INPUT_REJECTED if is_alone else ExitCode.OK)
    told = "1 part of the tool's answer failed: 'No Search Results. (40102)' 1"
    assert told in capsys.readouterr().err


def test_a_failed_task_among_mentions_is_told(
    tmp_path: Path, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = tasks({"items": [llm_mention()]})
    answer["tasks"].append(
        {"status_code": 50301, "status_message": "Busy.", "result": None}
    )
    lines = f"{json.dumps(answer)}\n{json.dumps(tasks())}\n"
    path = write(lines, "mentions.json")
    assert main(["load", str(path), "--raw", str(tmp_path / "raw")]) == 0
    told = capsys.readouterr().err
    assert "1 part of the tool's answer failed: 'Busy. (50301)' 1" in told
