"""Answers as the APIs of AI platforms give them, with values that mislead."""

from __future__ import annotations

from typing import Any

GROUNDING = "https://vertexaisearch.cloud.google.com/grounding-api-redirect/"


def url_citation(url: str, **values: Any) -> dict[str, Any]:
    return {
        "type": "url_citation",
        "start_index": 5,
        "end_index": 60,
        "url": url,
        "title": 'A "title",\nof two lines',
        **values,
    }


def web_search_call(*urls: str) -> dict[str, Any]:
    return {
        "id": "ws_1",
        "type": "web_search_call",
        "status": "completed",
        "action": {
            "type": "search",
            "query": "best shoes",
            "queries": ["best shoes"],
            "sources": [{"type": "url", "url": url} for url in urls],
        },
    }


def openai_message(text: str, *annotations: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": "msg_1",
        "type": "message",
        "status": "completed",
        "role": "assistant",
        "content": [
            {
                "type": "output_text",
                "text": text,
                "annotations": list(annotations),
                "logprobs": [],
            }
        ],
    }


def openai_response(*output: dict[str, Any], **values: Any) -> dict[str, Any]:
    reasoning = {
        "id": "rs_1",
        "type": "reasoning",
        "summary": [{"type": "summary_text", "text": "Should I name Zenith?"}],
    }
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1769731200,
        "status": "completed",
        "error": None,
        "instructions": None,
        "metadata": {},
        "model": "gpt-5.2-2025-12-11",
        "prompt": None,
        "output": [reasoning, *output],
        "tools": [{"type": "web_search"}],
        "usage": {"input_tokens": 8, "output_tokens": 100},
        **values,
    }


def completion(text: str, **values: Any) -> dict[str, Any]:
    return {
        "id": "c1",
        "object": "chat.completion",
        "created": 1769731200,
        "model": "sonar-pro",
        "usage": {"prompt_tokens": 8, "completion_tokens": 100},
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": text},
                "delta": {"role": "assistant", "content": ""},
            }
        ],
        **values,
    }


def search_result(url: str, **values: Any) -> dict[str, Any]:
    return {
        "title": "Shoes",
        "url": url,
        "date": "2025-11-02",
        "last_updated": None,
        "snippet": "says Zenith",
        "source": "web",
        **values,
    }


def chunk(title: str, uri: str = f"{GROUNDING}AUZIYQ1") -> dict[str, Any]:
    return {"web": {"uri": uri, "title": title}}


def gemini_response(
    text: str, *chunks: dict[str, Any], **values: Any
) -> dict[str, Any]:
    return {
        "candidates": [
            {
                "content": {"parts": [{"text": text}], "role": "model"},
                "finishReason": "STOP",
                "groundingMetadata": {
                    "searchEntryPoint": {"renderedContent": "<style>…</style>"},
                    "webSearchQueries": ["best shoes"],
                    "groundingChunks": list(chunks),
                    "groundingSupports": [
                        {
                            "segment": {"endIndex": 5, "text": text},
                            "groundingChunkIndices": [0],
                        }
                    ],
                },
                "index": 0,
            }
        ],
        "usageMetadata": {"promptTokenCount": 8, "totalTokenCount": 100},
        "modelVersion": "gemini-2.5-flash",
        "responseId": "g1",
        **values,
    }


def web_results(*urls: str) -> list[dict[str, Any]]:
    use = {
        "type": "server_tool_use",
        "id": "srvtoolu_1",
        "name": "web_search",
        "input": {"query": "best shoes"},
    }
    results = [
        {
            "type": "web_search_result",
            "url": url,
            "title": "Shoes",
            "encrypted_content": "EqgfCioIARgB",
            "page_age": None,
        }
        for url in urls
    ]
    found = {
        "type": "web_search_tool_result",
        "tool_use_id": "srvtoolu_1",
        "content": results,
    }
    return [use, found]


def cited_text(text: str, *urls: str) -> dict[str, Any]:
    return {
        "type": "text",
        "text": text,
        "citations": [
            {
                "type": "web_search_result_location",
                "url": url,
                "title": "Shoes",
                "encrypted_index": "Eo8BCioIAhgB",
                "cited_text": "Zenith makes shoes, too",
            }
            for url in urls
        ]
        or None,
    }


def anthropic_message(
    *content: dict[str, Any], **values: Any
) -> dict[str, Any]:
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-5-20250929",
        "content": list(content),
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {
            "input_tokens": 8,
            "server_tool_use": {"web_search_requests": 1},
        },
        **values,
    }


def llm_response(*annotations: dict[str, Any], **values: Any) -> dict[str, Any]:
    """One result of DataForSEO's LLM Responses."""
    return {
        "model_name": "gpt-4.1-mini-2025-04-14",
        "input_tokens": 8,
        "output_tokens": 100,
        "reasoning_tokens": 0,
        "web_search": True,
        "money_spent": 0.02,
        "datetime": "2026-01-30 10:00:00 +00:00",
        "items": [
            {
                "type": "reasoning",
                "sections": [{"type": "summary_text", "text": "Hm"}],
            },
            {
                "type": "message",
                "sections": [
                    {
                        "type": "text",
                        "text": "Acme",
                        "annotations": list(annotations) or None,
                    }
                ],
            },
        ],
        "fan_out_queries": ["best shoes"],
        **values,
    }


def serpapi_page(engine: str, **values: Any) -> dict[str, Any]:
    return {
        "search_metadata": {
            "id": "65e0",
            "status": "Success",
            "created_at": "2026-01-30 10:00:00 UTC",
            "google_url": "https://www.google.com/search?q=shoes",
        },
        "search_parameters": {
            "engine": engine,
            "q": 'best "shoes"',
            "gl": "us",
            "hl": "en",
        },
        **values,
    }


def serpapi_reference(link: str | None, index: int) -> dict[str, Any]:
    return {
        "title": "Shoes",
        "link": link,
        "snippet": "Zenith",
        "source": "Example",
        "index": index,
    }


def serpapi_text(text: str) -> list[dict[str, Any]]:
    return [
        {"type": "paragraph", "snippet": text, "reference_indexes": [0]},
        {"type": "list", "list": [{"snippet": "More", "title": "x"}]},
    ]


def brightdata_answer(**values: Any) -> dict[str, Any]:
    return {
        "url": "https://chatgpt.com/?model=auto",
        "prompt": "Which shoes?",
        "answer_html": "<p>Acme</p>",
        "answer_text": "Acme",
        "answer_text_markdown": "**Acme**",
        "model": "gpt-5",
        "web_search_triggered": True,
        "citations": [
            {
                "url": "https://www.example.com/a?utm_source=chatgpt.com",
                "title": "A",
                "domain": "https://www.example.com",
                "cited": True,
            },
            {"url": "https://more.org/", "title": "M", "cited": False},
        ],
        "links_attached": [{"url": "https://example.net", "position": 1}],
        "search_sources": [{"url": "https://found.com/", "rank": 1}],
        "country": "US",
        "timestamp": "2026-01-30T10:00:00.000Z",
        "input": {"url": "https://chatgpt.com/", "prompt": "Which shoes?"},
        **values,
    }


def radar_response(**values: Any) -> dict[str, Any]:
    """One answer of Brand Radar in Ahrefs' API."""
    return {
        "country": "us",
        "data_source": "google_ai_overviews",
        "last_updated": "2026-01-30T10:00:00Z",
        "links": [
            {"title": "A", "url": "https://www.example.com/a"},
            {"title": "B", "url": "https://例え.jp/"},
        ],
        "question": 'best "shoes"',
        "response": "Acme",
        "search_queries": [],
        "tags": [],
        "volume": 10,
        **values,
    }
