"""Answers as the APIs of AI platforms give them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from api_answers import (
    GROUNDING,
    anthropic_message,
    brightdata_answer,
    chunk,
    cited_text,
    completion,
    gemini_response,
    llm_response,
    openai_message,
    openai_response,
    radar_response,
    search_result,
    serpapi_page,
    serpapi_reference,
    serpapi_text,
    url_citation,
    web_results,
    web_search_call,
)
from export_samples import table, tasks
from linksignal.errors import LinksignalError
from linksignal.load import batch
from linksignal.project import PROJECT_DIR

Write = Callable[..., Path]
SQL = Path(batch.__file__).parent / "sql"
PAGE = "https://www.example.com/a?b=1,2&utm_source=openai"


def lines(*values: Any) -> str:
    return "".join(f"{json.dumps(value)}\n" for value in values)


def cited(raw: Any, kind: str = "citation") -> list[tuple[Any, ...]]:
    """References of a kind: record, domain, URL, position."""
    return sorted(
        (row["record_number"], row["domain"], row["url"], row["position"])
        for row in raw.rows("ai_references")
        if row["kind"] == kind
    )


def test_openai_responses(raw: Any, write: Write) -> None:
    path = write(
        lines(
            openai_response(
                web_search_call("https://found.com/z", PAGE),
                openai_message(
                    'Acme, "the" best',
                    url_citation(PAGE),
                    url_citation("https://例え.jp/"),
                    {"type": "file_citation", "file_id": "f", "index": 1},
                    url_citation(PAGE, start_index=99),
                ),
                openai_message("And", url_citation("https://example.org")),
            ),
            openai_response(
                openai_message('"type":"web_search_call"'),
                id="resp_2",
                created_at=1769731200.75,
            ),
            openai_response(id="resp_3", output=[], status="failed"),
            openai_response(openai_message("?"), id="resp_4", model="davinci"),
        ),
        "answers.jsonl",
    )
    staged = raw.load(path, max_rejected=0.5)
    assert staged.load.format == "openai_responses"
    assert staged.unknown_columns == []
    first, second = raw.rows("ai_answers")
    assert (first["answer_id"], first["platform"]) == (
        "resp_1",
        "chatgpt_search",
    )
    assert first["answered_at"] == datetime(2026, 1, 30)
    assert second["platform"] == "chatgpt"
    assert second["answered_at"] == datetime(2026, 1, 30, 0, 0, 0, 750000)
    assert cited(raw) == [
        (1, "example.com", PAGE, 1),
        (1, "example.org", "https://example.org", 5),
        (1, "xn--r8jz45g.jp", "https://例え.jp/", 2),
    ]
    assert cited(raw, "retrieval") == [
        (1, "example.com", PAGE, None),
        (1, "found.com", "https://found.com/z", None),
    ]
    assert staged.load.fates.skip_reasons == {"not_fetched": 1}
    assert staged.load.fates.elements.skip_reasons == {"no_source": 1}
    assert staged.load.fates.elements.duplicates == 1
    assert raw.rejected() == [(4, "model", "unknown_platform")]


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("o3", "chatgpt_search"),
        ("o4-mini-deep-research-2025-06-26", "chatgpt_search"),
        ("gpt-5-mini", "chatgpt_search"),
        ("gpt-4o-search-preview", "chatgpt_search"),
    ],
)
def test_a_model_of_openai_that_searched_is_one_with_search(
    raw: Any, write: Write, model: str, expected: str
) -> None:
    answer = openai_response(
        web_search_call(), openai_message("Acme"), model=model
    )
    raw.load(write(json.dumps(answer), "answer.json"))
    assert raw.column("ai_answers", "platform") == [expected]


def test_answers_of_perplexity(raw: Any, write: Write) -> None:
    urls = [PAGE, "https://docs.example.org/x"]
    results = [search_result(url) for url in urls]
    path = write(
        lines(
            completion("Acme.[1][2]", citations=urls, search_results=results),
            completion("Acme.[1][2]", id="c2", search_results=results),
            completion("Acme.", id="c3", citations=None, search_results=[]),
            completion("Acme.", id="c4", choices=[]),
        ),
        "answers.jsonl",
    )
    staged = raw.load(path)
    assert staged.load.format == "chat_completions"
    assert raw.column("ai_answers", "platform") == ["perplexity"] * 3
    assert raw.column("ai_answers", "answered_at")[0] == datetime(2026, 1, 30)
    assert cited(raw) == [
        (record, domain, url, position)
        for record in (1, 2)
        for domain, url, position in [
            ("example.com", PAGE, 1),
            ("example.org", "https://docs.example.org/x", 2),
        ]
    ]
    assert staged.load.fates.skip_reasons == {"not_fetched": 1}


def test_placeholders_of_sources_are_no_sources(raw: Any, write: Write) -> None:
    placeholders = [
        *(
            "cite:1",
            "citeturn0search1",
            "turn0news12",
            "oaicite:0",
            "[3]",
            "12",
        ),
        *(
            "\ue200cite\ue202turn0search0\ue202turn0search3\ue201",
            "【4†source】",
        ),
        ":contentReference[oaicite:0]{index=0}",
    ]
    sources = ["https://cite.example.com/", "example.org", "cite.org/1"]
    answer = completion("Acme", citations=[*placeholders, *sources])
    staged = raw.load(write(json.dumps(answer), "answer.json"))
    domains = raw.column("ai_references", "domain")
    assert sorted(domains) == ["cite.org", "example.com", "example.org"]
    assert staged.load.fates.elements.skip_reasons == {
        "no_source": len(placeholders)
    }
    text = "answer_id,url\na1,cite:1\na1,https://example.com/\n"
    own = raw.load(write(text))
    assert own.load.fates.skip_reasons == {"no_source": 1}


def test_completions_with_annotations(raw: Any, write: Write) -> None:
    message = {
        "role": "assistant",
        "content": "Acme",
        "annotations": [
            {
                "type": "url_citation",
                "url_citation": {"url": PAGE, "title": "A", "end_index": 3},
            }
        ],
    }
    answers = [
        completion("", model="gpt-5", choices=[{"message": message}]),
        completion("", id="c2", model="openai/gpt-4o:online"),
        completion("", id="c3", model="gpt-4.1"),
        completion("", id="c4", model="grok-4", citations=["https://x.org/"]),
        completion("", id="c5", model="deepseek-chat"),
    ]
    raw.load(write(json.dumps(answers, indent=1), "answers.json"))
    assert raw.column("ai_answers", "platform") == [
        "chatgpt_search",
        "chatgpt_search",
        "chatgpt",
        "grok",
        "deepseek",
    ]
    assert cited(raw) == [
        (1, "example.com", PAGE, 1),
        (4, "x.org", "https://x.org/", 1),
    ]


def snake_case(value: Any) -> Any:
    """Write keys as Google's library for Python does."""
    if isinstance(value, list):
        return [snake_case(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        "".join(f"_{c.lower()}" if c.isupper() else c for c in key): snake_case(
            inner
        )
        for key, inner in value.items()
    }


@pytest.mark.parametrize("spell", [lambda value: value, snake_case])
def test_gemini_responses(
    raw: Any, write: Write, spell: Callable[[Any], Any]
) -> None:
    answers = [
        gemini_response(
            "Acme",
            chunk("example.com"),
            chunk("Shoes - Example", f"{GROUNDING}AUZIYQ2"),
            chunk("Shoes of example.org", "https://www.example.org/a"),
            {"retrievedContext": {"uri": "gs://bucket/a", "title": "a"}},
            createTime="2026-01-30T10:00:00.123456Z",
        ),
        gemini_response("Acme", responseId="g2", modelVersion=None),
        gemini_response("Acme", candidates=None),
    ]
    path = write(lines(*map(spell, answers)), "answers.jsonl")
    staged = raw.load(path)
    assert staged.load.format == "gemini_responses"
    assert raw.column("ai_answers", "platform") == ["gemini", "gemini"]
    assert raw.column("ai_answers", "answered_at") == [
        datetime(2026, 1, 30, 10, 0, 0, 123456),
        None,
    ]
    assert cited(raw) == [
        (1, "example.com", None, 1),
        (1, "example.org", "https://www.example.org/a", 3),
    ]
    assert staged.load.fates.elements.skip_reasons == {
        "no_source": 1,
        "redirector": 1,
    }
    assert staged.load.fates.skip_reasons == {"not_fetched": 1}


def test_pieces_of_a_streamed_answer_are_no_answers(
    raw: Any, write: Write
) -> None:
    pieces = [gemini_response("Ac"), gemini_response("me is best. ")]
    for piece in pieces:
        del piece["candidates"][0]["finishReason"]
        del piece["candidates"][0]["groundingMetadata"]
    last = gemini_response("Buy it.", chunk("example.com"))
    staged = raw.load(write(json.dumps([*pieces, last]), "gemini.json"))
    assert staged.load.fates.skip_reasons == {"piece_of_answer": 2}
    assert cited(raw) == [(3, "example.com", None, 1)]
    answers = [completion("Acme", id=name) for name in ("s", "s", "whole")]
    for number, piece in enumerate(answers[:2]):
        piece["object"] = "chat.completion.chunk"
        delta = {"content": ("Ac", "me")[number]}
        piece["choices"] = [{"index": 0, "delta": delta}]
    staged = raw.load(write(lines(*answers), "completions.jsonl"))
    assert staged.load.fates.skip_reasons == {"piece_of_answer": 2}
    assert "whole" in raw.column("ai_answers", "answer_id")
    assert len(raw.rows("ai_answers")) == 2


def test_a_whole_answer_that_looks_like_a_piece_is_told_how_to_land(
    raw: Any, write: Write
) -> None:
    """Programs that note answers of Gemini may leave out how they ended."""
    answer = gemini_response("Acme", chunk("example.com"))
    del answer["candidates"][0]["finishReason"]
    with pytest.raises(LinksignalError) as caught:
        raw.load(write(json.dumps(answer), "gemini.json"))
    said = str(caught.value)
    assert "without 'finishReason' or 'finish_reason' is taken for a" in said
    assert "write it back" in said
    answer["candidates"][0]["finishReason"] = "STOP"
    raw.load(write(json.dumps(answer), "gemini.json"))
    assert cited(raw) == [(1, "example.com", None, 1)]
    # An answer that was stopped says so.
    stopped = {"candidates": [{"finishReason": "SAFETY", "index": 0}]}
    staged = raw.load(write(json.dumps(stopped), "stopped.json"))
    assert staged.load.fates.landed == 1


def test_anthropic_messages(raw: Any, write: Write) -> None:
    answers = [
        anthropic_message(
            {"type": "text", "text": "I'll search."},
            *web_results(PAGE, "https://found.com/"),
            cited_text("Acme", PAGE, PAGE),
            cited_text(" and more", "https://例え.jp/"),
        ),
        anthropic_message(
            {
                "type": "web_search_tool_result",
                "tool_use_id": "srvtoolu_1",
                "content": {
                    "type": "web_search_tool_result_error",
                    "error_code": "max_uses_exceeded",
                },
            },
            cited_text("No idea"),
            id="msg_2",
            model="us.anthropic.claude-opus-4-1-20250805-v1:0",
        ),
        anthropic_message(id="msg_3"),
    ]
    staged = raw.load(write(lines(*answers), "answers.jsonl"))
    assert staged.load.format == "anthropic_messages"
    assert raw.column("ai_answers", "platform") == ["claude", "claude"]
    assert cited(raw) == [
        (1, "example.com", PAGE, 1),
        (1, "xn--r8jz45g.jp", "https://例え.jp/", 3),
    ]
    assert cited(raw, "retrieval") == [
        (1, "example.com", PAGE, None),
        (1, "found.com", "https://found.com/", None),
    ]
    assert staged.load.fates.skip_reasons == {"not_fetched": 1}


@pytest.mark.parametrize("is_whole", [True, False])
def test_dataforseo_llm_responses(
    raw: Any, write: Write, is_whole: bool
) -> None:
    source = {"title": "A", "url": PAGE}
    results = [
        llm_response(source, {"title": "B", "url": None}, source),
        llm_response(web_search=False),
        llm_response(model_name="sonar-pro", web_search=False),
        llm_response(
            {"title": "example.org", "url": f"{GROUNDING}x"},
            model_name="gemini-2.5-flash",
        ),
        llm_response(items=None),
    ]
    if is_whole:
        text = json.dumps(tasks(*results, user_prompt="Which?"), indent=1)
    else:
        text = lines(*({"prompt": "Which?", **each} for each in results))
    staged = raw.load(write(text, "answers.json"))
    assert staged.load.format == "dataforseo_llm_responses"
    assert raw.column("ai_answers", "platform") == [
        "chatgpt_search",
        "chatgpt",
        "perplexity",
        "gemini",
    ]
    assert raw.column("ai_answers", "prompt") == ["Which?"] * 4
    assert raw.column("ai_answers", "answered_at")[0] == datetime(
        2026, 1, 30, 10
    )
    assert cited(raw) == [
        (1, "example.com", PAGE, 1),
        (4, "example.org", "example.org", 1),
    ]
    assert staged.load.fates.skip_reasons == {"not_fetched": 1}


def test_pages_of_serpapi(raw: Any, write: Write) -> None:
    references = [
        serpapi_reference(PAGE, 0),
        serpapi_reference("https://例え.jp/", 1),
        serpapi_reference(None, 2),
    ]
    pages = [
        serpapi_page(
            "google_ai_mode",
            text_blocks=serpapi_text("Acme"),
            references=references,
        ),
        serpapi_page(
            "google",
            ai_overview={
                "text_blocks": serpapi_text("Acme"),
                "references": references[:1],
            },
            organic_results=[{"position": 1, "link": "https://organic.com/"}],
        ),
        serpapi_page("google", ai_overview={"page_token": "x"}),
        serpapi_page("google_ai_overview", ai_overview={"error": "none"}),
    ]
    for number, page in enumerate(pages):
        page["search_metadata"]["id"] = f"s{number}"
    staged = raw.load(write(json.dumps(pages, indent=1), "pages.json"))
    assert staged.load.format == "serpapi_google_ai"
    first, second = raw.rows("ai_answers")
    assert {name: first[name] for name in list(first)[4:]} == {
        "answer_id": "s0",
        "platform": "google_ai_mode",
        "prompt_id": None,
        "prompt": 'best "shoes"',
        "is_branded": None,
        "answered_at": datetime(2026, 1, 30, 10),
        "country": "us",
        "language": "en",
    }
    assert second["platform"] == "google_ai_overviews"
    assert cited(raw) == [
        (1, "example.com", PAGE, 1),
        (1, "xn--r8jz45g.jp", "https://例え.jp/", 2),
        (2, "example.com", PAGE, 1),
    ]
    assert staged.load.fates.skip_reasons == {"not_fetched": 2}


@pytest.mark.parametrize("container", ["json", "jsonl", "csv"])
def test_answers_of_bright_data(raw: Any, write: Write, container: str) -> None:
    answers = [
        brightdata_answer(),
        brightdata_answer(web_search_triggered=False, citations=[]),
        brightdata_answer(
            url="https://www.perplexity.ai/search/x",
            citations=None,
            links_attached=[],
            sources=[{"url": "https://例え.jp/"}],
        ),
        brightdata_answer(
            answer_text=None, answer_text_markdown=None, answer_html=None
        ),
        brightdata_answer(url="https://www.google.com/search?q=a&udm=50"),
        brightdata_answer(url="https://altavista.com/"),
    ]
    if container == "csv":
        columns = list(dict.fromkeys(key for each in answers for key in each))
        text = table(
            columns,
            *(
                {
                    key: value if isinstance(value, str) else json.dumps(value)
                    for key, value in each.items()
                    if value is not None
                }
                for each in answers
            ),
        )
    else:
        text = lines(*answers) if container == "jsonl" else json.dumps(answers)
    staged = raw.load(write(text, f"a.{container}"), max_rejected=0.5)
    assert staged.load.format == "brightdata_answers"
    assert raw.column("ai_answers", "platform") == [
        "chatgpt_search",
        "chatgpt",
        "perplexity",
        "google_ai_mode",
    ]
    page = "https://www.example.com/a?utm_source=chatgpt.com"
    assert cited(raw) == [
        (1, "example.com", page, 1),
        (2, "example.net", "https://example.net", 1),
        (3, "xn--r8jz45g.jp", "https://例え.jp/", 1),
        (5, "example.com", page, 1),
    ]
    assert cited(raw, "retrieval")[:2] == [
        (1, "found.com", "https://found.com/", None),
        (1, "more.org", "https://more.org/", 2),
    ]
    assert staged.load.fates.skip_reasons == {"not_fetched": 1}
    assert raw.rejected() == [(6, "url", "unknown_platform")]


def test_brand_radar_of_the_api(raw: Any, write: Write) -> None:
    answers = [
        radar_response(),
        radar_response(data_source="chatgpt", links=None),
        radar_response(data_source="copilot", links=[{"url": "cite:1"}]),
        radar_response(),
    ]
    path = write(json.dumps({"ai_responses": answers}), "radar.json")
    staged = raw.load(path)
    assert staged.load.format == "ahrefs_api_brand_radar"
    assert raw.column("ai_answers", "platform") == [
        "google_ai_overviews",
        "chatgpt",
        "copilot",
    ]
    assert cited(raw) == [
        (1, "example.com", "https://www.example.com/a", 1),
        (1, "xn--r8jz45g.jp", "https://例え.jp/", 2),
    ]
    assert staged.load.fates.duplicates == 1


ANSWERS: dict[str, list[dict[str, Any]]] = {
    "openai_responses": [
        openai_response(
            openai_message("Acme", url_citation(f"https://site{n}.com/")),
            id=f"resp_{n}",
        )
        for n in range(3)
    ],
    "chat_completions": [
        completion("Acme", id=f"c{n}", citations=[f"https://site{n}.com/"])
        for n in range(3)
    ],
    "gemini_responses": [
        gemini_response("Acme", chunk(f"site{n}.com"), responseId=f"g{n}")
        for n in range(3)
    ],
    "anthropic_messages": [
        anthropic_message(
            cited_text("Acme", f"https://site{n}.com/"), id=f"msg_{n}"
        )
        for n in range(3)
    ],
}
Wrap = Callable[[list[Any]], str]


def noted(answer: dict[str, Any], number: int) -> dict[str, Any]:
    """What a program writes down of one call."""
    return {
        "prompt": f"prompt {number}",
        "response": answer,
        "timestamp": "2026-01-31T00:00:00Z",
    }


def notes(answers: list[Any]) -> list[Any]:
    return [noted(answer, number) for number, answer in enumerate(answers)]


PLAIN: dict[str, Wrap] = {
    "an array": json.dumps,
    "a line each": lambda answers: lines(*answers),
    "one after the other": lambda answers: "\n".join(
        json.dumps(answer, indent=1) for answer in answers
    ),
    "within a document": lambda answers: json.dumps({"data": answers}),
}
NOTED: dict[str, Wrap] = {
    "notes in an array": lambda answers: json.dumps(notes(answers)),
    "a note a line": lambda answers: lines(*notes(answers)),
    "runs of notes": lambda answers: json.dumps(
        {"runs": [{"day": 1, "calls": notes(answers)}]}, indent=1
    ),
    "beside the prompt": lambda answers: lines(
        *(
            {**answer, "query": f"prompt {n}"}
            for n, answer in enumerate(answers)
        )
    ),
    "results of a batch": lambda answers: lines(
        *(
            {
                "custom_id": f"p{n}",
                "question": f"prompt {n}",
                "response": {"status_code": 200, "body": answer},
            }
            for n, answer in enumerate(answers)
        )
    ),
}


@pytest.mark.parametrize("kept", [*PLAIN, *NOTED])
def test_answers_load_however_they_are_kept(
    raw: Any, write: Write, kept: str
) -> None:
    # The way of keeping is the same for all; two formats tell.
    for name in ("openai_responses", "gemini_responses"):
        path = write({**PLAIN, **NOTED}[kept](ANSWERS[name]), f"{name}.json")
        assert raw.load(path).load.format == name
    domains = raw.column("ai_references", "domain")
    assert sorted(domains) == [f"site{n // 2}.com" for n in range(6)]
    if kept in NOTED:
        prompts = raw.column("ai_answers", "prompt")
        assert sorted(prompts) == [f"prompt {n // 2}" for n in range(6)]


def test_a_folder_of_single_answers_loads(raw: Any, write: Write) -> None:
    for name, answers in ANSWERS.items():
        (answer,) = notes(answers[:1])
        write(json.dumps(answer, indent=1), f"folder/{name}.json")
    folder = write("# Answers\n", "folder/README.md").parent
    raw.load(folder)
    assert raw.column("ai_answers", "prompt") == ["prompt 0"] * 4
    assert raw.column("ai_references", "domain") == ["site0.com"] * 4


def test_the_same_answer_to_another_prompt_is_another_one(
    raw: Any, write: Write
) -> None:
    answer = gemini_response("I can't help.", responseId=None)
    path = write(lines(noted(answer, 1), noted(answer, 2), noted(answer, 2)))
    staged = raw.load(path)
    assert raw.column("ai_answers", "prompt") == ["prompt 1", "prompt 2"]
    assert staged.load.fates.duplicates == 1


def test_answers_at_two_places_of_one_record_are_refused(
    raw: Any, write: Write
) -> None:
    first, second, _ = ANSWERS["openai_responses"]
    path = write(json.dumps({"p1": first, "p2": second}), "answers.json")
    with pytest.raises(LinksignalError, match="several places of it"):
        raw.load(path)


STUDY = (
    "domain,brand_aliases\n"
    "acme.com,Acme|Acme Corp.\n"
    "zenith.io,Zenith\n"
    "booking.com,Booking.com\n"
    "xn--r8jz45g.jp,例え\n"
)


def named(raw: Any) -> list[tuple[int, str]]:
    """Brands that answers name: record and brand."""
    return sorted(
        (row["record_number"], row["brand"])
        for row in raw.rows("ai_references")
        if row["kind"] == "mention"
    )


def test_brands_of_the_study_in_the_text_are_mentions(
    raw: Any, write: Write
) -> None:
    raw.load(write(STUDY, "study.csv"))
    texts = [
        "ACME Corp is *the* best. Not Zenithal, not acmeist.",
        "([acme.com](https://acme.com/?q=Acme)) https://www.zenith.io/Zenith",
        "[Zenith](https://zenith.io) or booking.com; 「例え」",
        "No brand at all",
    ]
    answers = [
        openai_response(
            openai_message(text, url_citation("https://acme.com/Zenith")),
            id=f"resp_{n}",
        )
        for n, text in enumerate(texts)
    ]
    staged = raw.load(write(lines(*answers), "answers.jsonl"))
    assert named(raw) == [
        (1, "Acme"),
        (1, "Acme Corp."),
        (3, "Booking.com"),
        (3, "Zenith"),
        (3, "例え"),
    ]
    assert staged.load.fates.notes == {"no_prompt": 4}
    # The text itself is nowhere.
    for name in ("ai_answers", "ai_references"):
        assert "best" not in str(raw.rows(name))


def test_words_of_a_name_are_those_that_tell_whose_it_is() -> None:
    """The loader looks for names by the words that the models join by."""
    model = (PROJECT_DIR / "macros" / "words.sql").read_text("utf-8")
    sql = model.partition("-%}")[2].partition("{%-")[0]
    sql = sql.replace("{{ text }}", "form")
    macro = (SQL / "macros.sql").read_text("utf-8")
    own = macro.partition("create macro name_words(form) as")[2]
    assert "".join(sql.split()) == "".join(own.partition(";")[0].split())


@pytest.mark.parametrize("name", ["acme", "gemini", "claude", "sonar"])
def test_each_api_has_a_text(raw: Any, write: Write, name: str) -> None:
    answer = {
        "acme": openai_response(openai_message("Acme")),
        "gemini": gemini_response("Acme", chunk("zenith.io")),
        "claude": anthropic_message(
            *web_results("https://zenith.io/Zenith"),
            cited_text("Ac"),
            cited_text("Acme", "https://zenith.io/Zenith"),
        ),
        "sonar": completion(
            "Acme", search_results=[search_result("https://zenith.io/Zenith")]
        ),
    }[name]
    study = write(STUDY, "study.csv")
    # The study of the same command counts, wherever it stands.
    raw.load(write(json.dumps(answer), "answer.json"), study)
    assert named(raw) == [(1, "Acme")]


def test_without_brands_it_is_said_that_none_was_looked_for(
    raw: Any, write: Write
) -> None:
    answer = openai_response(openai_message("Acme"))
    staged = raw.load(write(json.dumps(answer), "answer.json"))
    assert staged.load.fates.notes == {"no_prompt": 1, "no_brands": 1}


def test_the_user_names_the_keys_of_prompt_time_and_platform(
    raw: Any, write: Write
) -> None:
    answer = completion("Acme", model="my-own-deployment")
    notes = [
        {
            "call": {"frage": f"Welche {n}?", "wo": "ChatGPT"},
            "answer": {**answer, "id": f"c{n}", "created": None},
            "wann": 1769731200000 + n,
        }
        for n in range(2)
    ]
    path = write(lines(*notes), "notes.jsonl")
    keys = {
        "prompt_key": "call.frage",
        "time_key": "wann",
        "platform_key": "call.wo",
    }
    staged = raw.load(path, **keys)
    assert raw.column("ai_answers", "prompt") == ["Welche 0?", "Welche 1?"]
    assert raw.column("ai_answers", "platform") == ["chatgpt"] * 2
    assert raw.column("ai_answers", "answered_at") == [
        datetime(2026, 1, 30),
        datetime(2026, 1, 30, 0, 0, 0, 1000),
    ]
    assert staged.load.fates.notes == {"no_brands": 2}


def test_the_prompt_is_the_last_message_of_a_request(
    raw: Any, write: Write
) -> None:
    ask = {"role": "user", "content": "Which?"}
    requests: list[Any] = [
        {"messages": [{"role": "system", "content": "Be brief"}, ask]},
        {"input": [{"content": [{"type": "input_text", "text": "Which?"}]}]},
        {"contents": [{"role": "user", "parts": [{"text": "Which?"}]}]},
        {"input": "Which?", "prompt": {"id": "pmpt_1", "version": "2"}},
        {"prompt": {"id": "pmpt_1"}},
    ]
    notes = [
        {**request, "response": completion("Acme", id=f"c{number}")}
        for number, request in enumerate(requests)
    ]
    raw.load(write(lines(*notes), "notes.jsonl"))
    assert raw.column("ai_answers", "prompt") == ["Which?"] * 4 + [None]


def test_a_column_of_own_answers_may_hold_the_prompt(
    raw: Any, write: Write
) -> None:
    text = "answer_id,platform,Frage,at\na1,Grok, Welche? ,1769731200\n"
    raw.load(write(text), prompt_key="Frage", time_key="at")
    assert raw.column("ai_answers", "prompt") == [" Welche? "]
    assert raw.column("ai_answers", "answered_at") == [datetime(2026, 1, 30)]


def test_a_key_that_no_answer_has_is_refused(raw: Any, write: Write) -> None:
    path = write(json.dumps(completion("Acme")), "answer.json")
    with pytest.raises(
        LinksignalError, match="none of its answers has 'frage'"
    ):
        raw.load(path, prompt_key="frage")
    study = write(STUDY, "study.csv")
    with pytest.raises(LinksignalError, match=r"study\.csv holds none; leave"):
        raw.load(study, prompt_key="frage")


def test_citations_are_as_many_as_a_plain_count(raw: Any, write: Write) -> None:
    """Counted once more by the keys of each API, without our formats."""
    urls = [f"https://s{n % 7}.example{n % 5}.com/{n}" for n in range(60)]
    answers = [
        openai_response(
            openai_message("", *map(url_citation, urls[n : n + n % 4])),
            id=f"resp_{n}",
        )
        for n in range(50)
    ]
    raw.load(write(lines(*answers), "answers.jsonl"))
    expected = {
        (answer["id"], annotation["url"])
        for answer in answers
        for item in answer["output"]
        for content in item.get("content", [])
        for annotation in content["annotations"]
    }
    rows = raw.rows("ai_references")
    assert {(row["answer_id"], row["url"]) for row in rows} == expected
    assert len(rows) == len(expected)
    for row in rows:
        host = urlsplit(row["url"]).hostname
        assert host is not None
        assert host.endswith(f".{row['domain']}")
