"""What all platforms together are, in a sentence."""

from __future__ import annotations

import pytest
from linksignal.show.overview import all_platforms_sentence


def row(platform, source="answers", is_in_all=True, is_study_platform=True):
    return {
        "platform": platform,
        "outcome_source": source,
        "is_in_all": is_in_all,
        "is_study_platform": is_study_platform,
    }


APART = (
    "Answers are not added to a tool's totals, nor other platforms to the "
    "study's own."
)


@pytest.mark.parametrize(
    ("coverage", "said"),
    [
        ([], None),
        ([row("gemini", None, False)], None),
        (
            [row("perplexity"), row("chatgpt"), row("gemini", None, False)],
            "All platforms together: ChatGPT and Perplexity.",
        ),
        (
            [row("claude", "answers", False, False), row("chatgpt")],
            "All platforms together: ChatGPT. Apart from them: Claude. "
            f"{APART}",
        ),
        (
            [
                row("claude", is_study_platform=False),
                row("chatgpt", "totals", False),
                row("oracle", is_study_platform=False),
            ],
            "All platforms together: Claude and oracle, which the study did "
            f"not look at. Apart from them: ChatGPT. {APART}",
        ),
    ],
)
def test_all_platforms_are_named_with_those_apart(coverage, said):
    assert all_platforms_sentence(coverage) == said
