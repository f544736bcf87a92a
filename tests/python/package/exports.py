"""Exports of a small study, as files to load."""

from __future__ import annotations

import csv
from pathlib import Path

DAY = "2026-01-31"
DOMAINS = [f"shop{number}.com" for number in range(12)]
PLATFORMS = ("ChatGPT", "Perplexity")


def write_exports(folder: Path) -> Path:
    """Write scores, links, and answers with what they cite.

    Parameters
    ----------
    folder : Path
        New.

    Returns
    -------
    Path
        The folder.
    """
    folder.mkdir()
    _write(folder / "scores.csv", _scores())
    _write(folder / "links.csv", _links())
    _write(folder / "citations.csv", _citations())
    return folder


def _scores() -> list[dict[str, object]]:
    return [
        {"domain": domain, "score": 10 + 5 * rank, "scale": "0-100"}
        for rank, domain in enumerate(DOMAINS)
    ]


def _links() -> list[dict[str, object]]:
    """Links as Semrush exports them; a higher rank has more of them."""
    return [
        {
            "Page ascore": 20 + number,
            "Source title": "A page",
            "Source url": f"https://blog{number}.org/about-{domain}",
            "Target url": f"https://{domain}/",
            "Anchor": "here",
            "External links": 3,
            "Internal links": 4,
            "Nofollow": number % 2 == 0,
            "Sponsored": False,
            "Ugc": False,
            "Text": number % 3 > 0,
            "Frame": False,
            "Form": False,
            "Image": number % 3 == 0,
            "Sitewide": False,
            "First seen": "2025-06-01 00:00:00",
            "Last seen": "2026-01-30 00:00:00",
            "New link": False,
            "Lost link": False,
        }
        for rank, domain in enumerate(DOMAINS)
        for number in range(rank + 2)
    ]


def _citations() -> list[dict[str, object]]:
    return [
        {
            "answer_id": f"{platform}-{prompt}",
            "platform": platform,
            "prompt_id": f"p{prompt}",
            "prompt": f"Which shop is best for case {prompt}?",
            "answered_at": f"{DAY}T10:00:00Z",
            "domain": domain,
        }
        for platform in PLATFORMS
        for prompt in range(24)
        for rank, domain in enumerate(DOMAINS)
        if (prompt * 7 + rank * 5) % 13 < rank
    ]


def _write(path: Path, rows: list[dict[str, object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
