"""Small studies drawn at random, with all that may be odd in raw tables.

Hypothesis draws the shape of a study and the settings; a seeded generator
fills the rows from small pools, so that keys, ties and loads collide.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pandas as pd
from hypothesis import strategies as st
from raw_folders import Record, Study

DAYS = [dt.date(2024, month, 1) for month in (1, 3, 6)]
TOOLS = ["alpha", "beta"]
MAYBE = [None, True, False]
LOOKUPS = Path(__file__).resolve().parents[3] / "seeds" / "lookups"
PLATFORMS = pd.read_csv(LOOKUPS / "platforms.csv").set_index("platform")
OF_THE_STUDY = list(PLATFORMS.index[PLATFORMS["is_study_platform"]])
NOT_OF_THE_STUDY = ["copilot", "claude"]
SCALES = ["0-100", "0-1000", "rank", "centrality"]
OUTSIDERS = ["outside.example", "other.example"]
ALIASES = [
    None,
    [],
    ["Blue Owl", "blueowl"],
    ["Cafe\N{COMBINING ACUTE ACCENT} Noir"],
    ["!!!"],
    ["Owl"],
    ["A.B-C"],
    ["ΩMEGA"],
    ["which shoes last " * 4],
]
NAMES = [
    "BLUE-OWL",
    "Caf\N{LATIN SMALL LETTER E WITH ACUTE} Noir",
    "owls",
    "?!",
]
PROMPTS = [
    None,
    "",
    "is BLUE-OWL good?",
    "blueowls and bluebirds",
    "the blue night owls",
    "Caf\N{LATIN SMALL LETTER E WITH ACUTE} noir, or not",
    "best a b c books",
    "ab c",
    "what of ωmega",
    "omega 3; drop table -- 'x'",
    "which shoes last " * 4,
]
ANCHORS = [None, "", "here", '=HYPERLINK("x")', 'it\'s "so"\n']
LINK_KINDS = ["anchor", "redirect", "canonical", "other"]


@dataclass(frozen=True)
class Shape:
    """What Hypothesis draws of a study.

    Parameters
    ----------
    domain_count : int
        Domains of the study.
    link_count, profile_count, score_count, answer_count, total_count : int
        Records drawn of each kind; with 0 the table is absent.
    is_listed : bool
        There is a list of study domains.
    silent_platform_count : int
        Study platforms without answers.
    seed : int
        Seed of the rows.
    """

    domain_count: int
    link_count: int
    profile_count: int
    score_count: int
    answer_count: int
    total_count: int
    is_listed: bool
    silent_platform_count: int
    seed: int


def shapes(
    domain_counts: st.SearchStrategy[int],
) -> st.SearchStrategy[Shape]:
    """Shapes that have something of both sides."""
    return st.builds(
        Shape,
        domain_count=domain_counts,
        link_count=st.sampled_from([0, 30, 200]),
        profile_count=st.sampled_from([0, 10, 40]),
        score_count=st.sampled_from([0, 10, 60]),
        answer_count=st.sampled_from([0, 20, 100]),
        total_count=st.sampled_from([0, 20]),
        is_listed=st.booleans(),
        silent_platform_count=st.integers(0, 5),
        seed=st.integers(0, 2**32 - 1),
    ).filter(
        lambda shape: (
            (shape.link_count or shape.profile_count)
            and (shape.answer_count or shape.total_count)
        )
    )


def settings_of_studies() -> st.SearchStrategy[dict[str, str]]:
    """Settings that choose records and sources, most of them left out."""
    days = st.sampled_from(["2024-01-01", "2024-03-15", "2024-06-01"])
    return st.fixed_dictionaries(
        {},
        optional={
            "answers_from": days,
            "answers_to": days,
            "backlinks_as_of": days,
            "country": st.sampled_from(["us", "de"]),
            "language": st.just("en"),
            "authority_source": st.sampled_from(TOOLS),
            "backlink_source_priority": st.sampled_from(
                ["beta", "nobody , beta,alpha"]
            ),
        },
    ).filter(
        lambda chosen: (
            chosen.get("answers_from", "") <= chosen.get("answers_to", "9999")
        )
    )


def in_loads(random: Random, records: list[Record]) -> dict[str, list[Record]]:
    """Spread records over loads that overlap; in one load each is unique."""
    loads: dict[str, list[Record]] = {}
    for record in records:
        for load_id in random.sample(["b", "a", "c"], random.choice([1, 1, 2])):
            load = loads.setdefault(load_id, [])
            if record not in load:
                load.append(record)
    return loads


def origin(random: Random) -> dict[str, Any]:
    """A tool and a day."""
    return {"source": random.choice(TOOLS), "as_of": random.choice(DAYS)}


def link(random: Random, domains: list[str]) -> Record:
    """A link, often lost, of the site to itself, or with unknown parts."""
    site = random.choice(
        [*(f"site{number}.org" for number in range(6)), *domains]
    )
    target = random.choice([*domains, *OUTSIDERS])
    return {
        **origin(random),
        "source_url": f"https://{site}/{random.randrange(3)}",
        "source_domain": site,
        "target_url": f"https://{target}/",
        "target_domain": target,
        "anchor": random.choice(ANCHORS),
        "link_kind": random.choice(LINK_KINDS),
        "is_text": random.choice(MAYBE),
        "is_image": random.choice(MAYBE),
        "is_nofollow": random.choice(MAYBE),
        "is_sponsored": random.choice(MAYBE),
        "source_page_score": random.choice([None, 0.0, 12.5]),
        "is_lost": random.choice(MAYBE),
    }


def profile(random: Random, domains: list[str]) -> Record:
    """Totals of a tool, some unknown, some beyond 32 bits."""
    counts = [None, 0, 1, 2, 7, 113_080_162_011]
    columns = (
        "total_backlinks referring_domains follow_links nofollow_links "
        "ugc_links text_links image_links"
    )
    return {
        **origin(random),
        "domain": random.choice([*domains, *OUTSIDERS]),
        **{column: random.choice(counts) for column in columns.split()},
    }


def score(random: Random, domains: list[str], scales: list[str]) -> Record:
    """A score with many ties; a tool may change its scale on a new day."""
    tool, day = random.choice(TOOLS), random.choice(DAYS)
    scale = scales[TOOLS.index(tool) + (day == DAYS[-1])]
    least = 1.0 if scale == "rank" else 0.0
    return {
        "source": tool,
        "as_of": day,
        "domain": random.choice([*domains, *OUTSIDERS]),
        "score": random.choice([least, 2.0, 2.5, 40.0, 99.0, 100.0]),
        "scale": scale,
    }


def answer(random: Random, ids: list[str], platforms: list[str]) -> Record:
    """An answer of any platform, often without a prompt, flag or time."""
    day = dt.datetime(2024, random.randint(1, 6), 15, 23, 59, 59, 999_999)
    return {
        **origin(random),
        "answer_id": random.choice(ids),
        "platform": random.choice([*platforms, *NOT_OF_THE_STUDY]),
        "prompt_id": random.choice([None, "p1", "p2"]),
        "prompt": random.choice(PROMPTS),
        "is_branded": random.choice([None, None, True, False]),
        "answered_at": random.choice([None, day, day, day]),
        "country": random.choice([None, "us", "us", "de"]),
        "language": random.choice([None, "en", "en"]),
    }


def reference(random: Random, ids: list[str], domains: list[str]) -> Record:
    """A reference, now and then of an answer that nobody has, or a name."""
    domain = random.choice([*domains, *OUTSIDERS])
    if random.random() < 0.3:
        return {
            **origin(random),
            "answer_id": random.choice([*ids, "nobody's"]),
            "kind": "mention",
            "brand": random.choice([*NAMES, domain, domain.upper()]),
        }
    return {
        **origin(random),
        "answer_id": random.choice([*ids, "nobody's"]),
        "kind": random.choice(["citation", "mention"]),
        "domain": domain,
        "url": random.choice([None, f"https://{domain}/"]),
        "position": random.choice([None, 1, 2]),
    }


def total(random: Random, domains: list[str]) -> Record:
    """Totals of a tool for a month or a quarter."""
    start = random.choice(DAYS[:2])
    return {
        **origin(random),
        "domain": random.choice([*domains, *OUTSIDERS]),
        "platform": random.choice([*OF_THE_STUDY, *NOT_OF_THE_STUDY]),
        "period_start": start,
        "period_end": start + dt.timedelta(days=random.choice([28, 90])),
        "mentions": random.choice([None, 0, 3, 8]),
        "citations": random.choice([None, 0, 5]),
        "share_of_voice": random.choice([None, 0.0, 0.25]),
    }


def study_of(shape: Shape) -> Study:
    """Fill the raw tables of a study of this shape."""
    random = Random(shape.seed)
    domains = [
        f"dom{number}.com" if number % 3 else f"dom{number + 1}.de"
        for number in range(shape.domain_count)
    ]
    ids = [f"a{number}" for number in range(shape.answer_count)]
    spoken = random.sample(OF_THE_STUDY, 5 - shape.silent_platform_count)
    scales = random.choices(SCALES, k=3)
    listed = [
        {
            "source": "list",
            "as_of": DAYS[0],
            "domain": domain,
            "brand_aliases": random.choice(ALIASES),
            "category": random.choice([None, "books", "shoes"]),
            "owner": random.choice([None, None, " ", "Ada", " ADA ", "Bo"]),
        }
        for domain in domains
    ]
    drawn = {
        "study_domains": listed if shape.is_listed else [],
        "backlinks": [link(random, domains) for _ in range(shape.link_count)],
        "backlink_profiles": [
            profile(random, domains) for _ in range(shape.profile_count)
        ],
        "domain_scores": [
            score(random, domains, scales) for _ in range(shape.score_count)
        ],
        "ai_answers": [answer(random, ids, spoken) for _ in ids],
        "ai_references": [
            reference(random, ids, domains) for _ in range(3 * len(ids))
        ],
        "ai_totals": [total(random, domains) for _ in range(shape.total_count)],
    }
    return {
        table: in_loads(random, records)
        for table, records in drawn.items()
        if records
    }


def fitting(study: Study, chosen: dict[str, str]) -> dict[str, str]:
    """Settings without an authority source that delivered no score."""
    scores = study.get("domain_scores", {}).values()
    sources = {record["source"] for load in scores for record in load}
    is_idle = chosen.get("authority_source", "") not in sources
    return {
        name: value
        for name, value in chosen.items()
        if not (is_idle and name == "authority_source")
    }


# One study with rows in every raw table.
STUDY = study_of(
    Shape(
        domain_count=40,
        link_count=600,
        profile_count=30,
        score_count=200,
        answer_count=300,
        total_count=40,
        is_listed=True,
        silent_platform_count=1,
        seed=1,
    )
)
