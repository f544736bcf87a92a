"""Names of AI platforms as exports, APIs and people spell them."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest
from linksignal.errors import ExitCode, LinksignalError
from linksignal.load import platforms
from linksignal.load.engine import create_macros
from linksignal.load.platforms import (
    MODELS_FILE,
    platform_names,
    platform_of,
    platform_value,
    platforms_told,
)
from linksignal.lookups import lookup_rows
from linksignal.project import PROJECT_DIR

Write = Callable[..., Path]
SPELLINGS = {
    "chatgpt": [
        "Chat-GPT",
        "chatgpt_4o",
        "gpt-4.1-mini",
        "GPT 5",
        "openai/gpt-5.2-2026-01-15",
        "o3-mini",
        "OpenAI",
        "ChatGPT (no search)",
    ],
    "chatgpt_search": [
        "chat gpt + search",
        "ChatGPT (web search)",
        "chatgpt-with-search",
        "gpt-4o-search-preview",
        "gpt-5-search-api",
        "gpt-5.2 with web search",
    ],
    "gemini": [
        "GOOGLE GEMINI",
        "gemini-3-pro-preview",
        "models/gemini-2.0-flash-lite",
        "Bard",
    ],
    "google_ai_overviews": ["AI-Overviews", "google.sge", "Google_AIO"],
    "google_ai_mode": ["Google / AI Mode", "aimode"],
    "perplexity": ["perplexity/sonar-reasoning-pro", "PPLX", "pplx-70b-online"],
    "copilot": ["MS Copilot", "bing-chat"],
    "claude": ["claude-3-5-sonnet-20241022", "anthropic/claude-opus-4.5"],
    "grok": ["x-ai/grok-4-fast", "xAI"],
    "meta_ai": ["meta.ai", "META"],
    "deepseek": ["deepseek-r1", "deepseek/deepseek-chat"],
    "mistral": ["mistral-large-latest", "LeChat"],
    "qwen": ["Qwen3-Max"],
    "kimi": ["kimi-k2"],
    "doubao": ["doubao-seed-1.6"],
    "ernie": ["ERNIE Bot", "ernie-4.5"],
    "you_com": ["you.com"],
    "rufus": ["Amazon-Rufus"],
    "alexa_plus": ["Alexa+"],
}
# Each may be one of several platforms, or none.
UNCERTAIN = [
    "google",
    "Bing",
    "chatgpt_web",
    "you",
    "alexa",
    "llama-3.1-70b",
    "gpt-oss-120b",
    "gpt-5.2 (search on request)",
    "github copilot",
    "sonarqube",
    "AltaVista",
    "+",
]


@pytest.fixture(scope="module")
def in_engine() -> Any:
    """Read a name with the engine, as a load does."""
    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    create_macros(connection)

    def read(name: str) -> str | None:
        query = f"SELECT {platform_value('$name', {})}"
        (value,) = connection.execute(query, {"name": name}).fetchone() or ("",)
        return value

    yield read
    connection.close()


def spelled() -> list[tuple[str, str]]:
    """Platforms with every spelling here, and in the lookup."""
    here = [(key, name) for key, names in SPELLINGS.items() for name in names]
    return here + [
        (row["platform"], name)
        for row in lookup_rows("platforms")
        for name in (row["platform"], row["label"], *_others(row))
    ]


def _others(row: Mapping[str, str]) -> list[str]:
    return row["spellings"].split("|") if row["spellings"] else []


@pytest.mark.parametrize(("platform", "name"), spelled())
def test_a_spelling_is_its_platform(
    in_engine: Any, platform: str, name: str
) -> None:
    assert platform_of(name) == platform
    assert in_engine(name) == platform
    assert in_engine(f" {name.upper().replace(' ', '_')}") == platform


@pytest.mark.parametrize("name", UNCERTAIN)
def test_an_uncertain_name_is_no_platform(in_engine: Any, name: str) -> None:
    assert platform_of(name) is None
    assert in_engine(name) is None


def test_every_model_has_a_platform() -> None:
    assert set(SPELLINGS) <= set(platform_names())
    with MODELS_FILE.open(encoding="utf-8", newline="") as file:
        models = list(csv.DictReader(file))
    assert {row["platform"] for row in models} <= set(platform_names())


def test_a_refusal_lists_the_platforms(raw: Any, write: Write) -> None:
    text = "answer_id,platform\na1,google\n"
    with pytest.raises(LinksignalError) as caught:
        raw.load(write(text))
    assert caught.value.exit_code is ExitCode.INPUT_REJECTED
    assert (
        "unknown_platform in 'platform' 1 (record 1: 'google'); the platforms "
        f"are {', '.join(platform_names())}; a further one, or another "
        "spelling, is a line of seeds/lookups/platforms.csv in "
        f"{PROJECT_DIR}; fix the file"
    ) in str(caught.value)


def test_an_installed_package_is_not_offered_for_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(platforms, "IS_INSTALLED", True)
    assert platforms_told().endswith(
        "seeds/lookups/platforms.csv in a clone of linksignal, in place of "
        "the installed package"
    )


def test_the_option_for_a_platform_says_the_same(
    raw: Any, write: Write
) -> None:
    path = write("domain,mentions\na.com,3\n")
    with pytest.raises(LinksignalError) as caught:
        raw.load(path, platform="AltaVista")
    assert str(caught.value) == (
        "--platform 'AltaVista' is not a known platform; " + platforms_told()
    )


def test_a_platform_option_may_be_spelled_like_a_model(
    raw: Any, write: Write
) -> None:
    header = (
        "domain,classification,retrieved_percentage,retrieval_rate,"
        "citation_rate,retrieval_count,citation_count,mentioned_brand_ids\n"
    )
    raw.load(
        write(header + "example.com,,1,1,1,1,3,\n"), platform="Gemini-2.5-Flash"
    )
    assert raw.column("ai_totals", "platform") == ["gemini"]
