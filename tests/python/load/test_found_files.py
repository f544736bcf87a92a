"""Small files in the shapes that people's folders hold, where they are kept.

The files stand beside the repository and are no part of it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from linksignal.errors import ExitCode, LinksignalError
from linksignal.project import PROJECT_DIR

FOLDER = PROJECT_DIR.parent / "shared" / "cases"
pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason=f"there is no {FOLDER.name} beside the project"
)
# Format, and rows by raw table.
LANDED: dict[str, tuple[str, dict[str, int]]] = {
    "01_dataforseo_ai_mode.json": (
        "dataforseo_ai_overview",
        {"ai_answers": 1, "ai_references": 1},
    ),
    "02_dataforseo_aio_nested_references.json": (
        "dataforseo_ai_overview",
        {"ai_answers": 1, "ai_references": 2},
    ),
    # A page that it cites, one that its search found, and a brand it names.
    "04_dataforseo_llm_scraper.json": (
        "dataforseo_llm_scraper",
        {"ai_answers": 1, "ai_references": 3},
    ),
    "05_ahrefs_links_in_group.csv": ("ahrefs_backlinks", {"backlinks": 4}),
    "08_redirect_urls_references.csv": ("ai_references", {"ai_references": 21}),
    "10_citations_sg.csv": (
        "ai_citation_rows",
        {"ai_answers": 2, "ai_references": 2},
    ),
    # Twice the same answer, without an id.
    "10_gemini.jsonl": (
        "gemini_responses",
        {"ai_answers": 1, "ai_references": 2},
    ),
    # A page that it cites and one that it found, each.
    "10_openai_responses.jsonl": (
        "openai_responses",
        {"ai_answers": 2, "ai_references": 4},
    ),
    "10_perplexity.jsonl": (
        "chat_completions",
        {"ai_answers": 2, "ai_references": 4},
    ),
    "11_ahrefs_batch_analysis.csv": (
        "ahrefs_batch_analysis",
        {"backlink_profiles": 1, "domain_scores": 1},
    ),
    "12_answers_excel_semicolons.csv": ("ai_answers", {"ai_answers": 1}),
    "12_semrush_excel_semicolons.csv": ("semrush_backlinks", {"backlinks": 5}),
    "13_dataforseo_one_task_failed.json": (
        "dataforseo_summary",
        {"backlink_profiles": 1, "domain_scores": 1},
    ),
    "15_excel_blank_rows.csv": ("semrush_backlinks", {"backlinks": 5}),
    "17_flat.csv": ("ai_citations", {"ai_answers": 2, "ai_references": 2}),
}
REFUSED = {
    "03_dataforseo_aio_not_fetched.json": "not_fetched 1, other_kind 1",
    "06_dataforseo_backlinks_one_per_domain.json": "3 of 5,200 links",
    "07_ahrefs_broken_backlinks.csv": "it is the report Broken backlinks",
    "09_platform_spellings.csv": "3 of 53 records were rejected",
    "13_dataforseo_payment_required.json": "40200 Payment Required",
    "13_semrush_nothing_found.csv": "the tool has no data",
    "14_answer_ids_excel_scientific.csv": "rounded_number in 'answer_id' 2",
}


def test_every_file_is_expected_to_land_or_not() -> None:
    found = {path.name for path in FOLDER.iterdir() if path.suffix != ".md"}
    assert found == {*LANDED, *REFUSED}


@pytest.mark.parametrize("name", LANDED)
def test_a_file_lands(raw: Any, name: str) -> None:
    entry, rows = LANDED[name]
    staged = raw.load(FOLDER / name)
    assert staged.load.format == entry
    assert dict(staged.load.fates.landed_by_table) == rows


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_is_refused(raw: Any, name: str) -> None:
    with pytest.raises(LinksignalError) as caught:
        raw.load(Path(FOLDER / name))
    assert caught.value.exit_code is ExitCode.INPUT_REJECTED
    assert REFUSED[name] in str(caught.value)
