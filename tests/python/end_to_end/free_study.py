"""A study without any subscription: raw answers of three APIs, free web graph.

Domains with more links are cited more often. All is written as the APIs and
Common Crawl write it; nothing in it is real.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

RELEASE = "cc-main-2024-apr-may-jun"
ASKED_AT = 1_719_000_000
WORDS = ("drill", "saw", "lamp", "desk", "chair", "phone", "tent", "bike")
RANKS_HEADER = (
    "#harmonicc_pos\t#harmonicc_val\t#pr_pos\t#pr_val\t#host_rev\t#n_hosts"
)
# The last domains of the study are in no graph.
ABSENT = 3


@dataclass(frozen=True)
class FreeStudy:
    """What was written, and what it should come to.

    Attributes
    ----------
    folder : Path
        Holds answers, vertices, edges, ranks and domains.csv.
    referring_domains : dict of str to int
        By domain of the study.
    citations : dict of (str, str) to int
        Answers that cite a domain, by platform and domain.
    """

    folder: Path
    referring_domains: dict[str, int]
    citations: dict[tuple[str, str], int]


def write_free_study(
    folder: Path, *, domain_count: int = 120, answer_count: int = 300
) -> FreeStudy:
    """Write a study of domains whose links and citations go together."""
    rng = np.random.default_rng(20240630)
    folder.mkdir()
    domains = [f"brand{number:03}.com" for number in range(domain_count)]
    strengths = rng.normal(size=domain_count)
    strengths[-ABSENT:] = -3
    listed = "".join(f"{domain},{_brand(domain)}\n" for domain in domains)
    (folder / "domains.csv").write_text(
        f"domain,brand_aliases\n{listed}", encoding="utf-8"
    )
    return FreeStudy(
        folder,
        _write_graph(folder, rng, domains, strengths),
        _write_answers(folder, rng, domains, strengths, answer_count),
    )


def _write_graph(
    folder: Path,
    rng: np.random.Generator,
    domains: Sequence[str],
    strengths: Any,
) -> dict[str, int]:
    others = [f"site{number:04}.net" for number in range(2000)]
    present = domains[:-ABSENT]
    names = sorted(map(_reversed, [*present, *others]))
    places = {_reversed(name): place for place, name in enumerate(names)}
    means = np.exp(4 + strengths + rng.normal(0, 0.5, len(domains)))
    pairs: set[tuple[int, int]] = set()
    for domain, mean in zip(present, means, strict=False):
        sources = rng.choice(others, min(int(mean), 1900), replace=False)
        pairs |= {(places[name], places[domain]) for name in sources}
    pairs |= set(map(tuple, rng.integers(0, len(names), (9000, 2)).tolist()))
    degrees = np.zeros(len(names), np.int64)
    for source, target in pairs:
        degrees[target] += source != target
    _pack(
        folder / f"{RELEASE}-domain-vertices.txt.gz",
        (f"{p}\t{n}\t{1 + p % 4}" for p, n in enumerate(names)),
    )
    _pack(
        folder / f"{RELEASE}-domain-edges.txt.gz",
        (f"{source}\t{target}" for source, target in sorted(pairs)),
    )
    _pack(
        folder / f"{RELEASE}-domain-ranks.txt.gz",
        _ranks(names, degrees * 1000.0 + rng.random(len(names))),
    )
    found = {name: int(degrees[place]) for name, place in places.items()}
    return {domain: found.get(domain, 0) for domain in domains}


def _ranks(names: Sequence[str], centralities: Any) -> Iterator[str]:
    yield RANKS_HEADER
    for rank, place in enumerate(np.argsort(-centralities), start=1):
        value = centralities[place]
        yield f"{rank}\t{value:.6E}\t{rank}\t{1 / rank:.6f}\t{names[place]}\t1"


def _write_answers(
    folder: Path,
    rng: np.random.Generator,
    domains: Sequence[str],
    strengths: Any,
    count: int,
) -> dict[tuple[str, str], int]:
    citations: dict[tuple[str, str], int] = {}
    chances = np.exp(1.2 * strengths)
    for platform, form in FORMS.items():
        lines = []
        for number in range(count):
            size = int(rng.integers(1, 6))
            cited = rng.choice(
                domains, size, replace=False, p=chances / chances.sum()
            ).tolist()
            for domain in cited:
                key = platform, domain
                citations[key] = citations.get(key, 0) + 1
            prompt = (
                f"Which {WORDS[number % len(WORDS)]} suits use {number % 60}?"
            )
            answer = {"prompt": prompt, "response": form(number, cited)}
            lines.append(json.dumps(answer))
        path = folder / f"{platform}.jsonl"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return citations


def _openai(number: int, cited: Sequence[str]) -> dict[str, Any]:
    notes = [
        {"type": "url_citation", "url": f"https://www.{domain}/p?a={number}"}
        for domain in cited
    ]
    text = {
        "type": "output_text",
        "text": f"I would take {_brand(cited[0])}.",
        "annotations": notes,
    }
    return {
        "id": f"resp_{number}",
        "object": "response",
        "created_at": ASKED_AT + number,
        "model": "gpt-5.2",
        "output": [
            {"type": "web_search_call", "status": "completed"},
            {"type": "message", "role": "assistant", "content": [text]},
        ],
    }


def _perplexity(number: int, cited: Sequence[str]) -> dict[str, Any]:
    message = {"role": "assistant", "content": "See these."}
    return {
        "id": f"answer-{number}",
        "object": "chat.completion",
        "created": ASKED_AT + number,
        "model": "sonar",
        "citations": [f"https://{domain}/page" for domain in cited],
        "choices": [{"index": 0, "message": message}],
    }


def _gemini(number: int, cited: Sequence[str]) -> dict[str, Any]:
    redirect = "https://vertexaisearch.cloud.google.com/grounding-api-redirect"
    chunks = [
        {"web": {"uri": f"{redirect}/{number}{place}", "title": domain}}
        for place, domain in enumerate(cited)
    ]
    return {
        "responseId": f"g{number}",
        "modelVersion": "gemini-2.5-flash",
        "candidates": [
            {
                "content": {"role": "model", "parts": [{"text": "See these."}]},
                "finishReason": "STOP",
                "groundingMetadata": {"groundingChunks": chunks},
            }
        ],
    }


FORMS = {
    "chatgpt_search": _openai,
    "perplexity": _perplexity,
    "gemini": _gemini,
}


def _brand(domain: str) -> str:
    return f"Brand No {domain[5:8]}"


def _reversed(name: str) -> str:
    return ".".join(reversed(name.split(".")))


def _pack(path: Path, lines: Iterator[str]) -> None:
    text = "".join(f"{line}\n" for line in lines)
    path.write_bytes(gzip.compress(text.encode()))
