"""Small studies with all that a study needs, to leave something out of."""

from __future__ import annotations

import datetime as dt
from random import Random

from drawn_studies import OF_THE_STUDY as PLATFORMS

DAY = dt.date(2024, 6, 1)
ORIGIN = {"source": "alpha", "as_of": DAY}


def domains_named(count):
    return [f"d{number}.com" for number in range(count)]


def listed(domains):
    return [{**ORIGIN, "domain": domain} for domain in domains]


def links(domains):
    """Different numbers of links, some nofollow, some images."""
    return [
        {
            **ORIGIN,
            "source_url": f"https://site{number}.org/",
            "source_domain": f"site{number}.org",
            "target_url": f"https://{domain}/",
            "target_domain": domain,
            "link_kind": "anchor",
            "is_text": number % 3 > 0,
            "is_image": number % 3 == 0,
            "is_nofollow": number % 4 == 0,
        }
        for place, domain in enumerate(domains)
        for number in range(2 * place + 5)
    ]


def profiles(domains):
    """Totals that differ, but for the image links."""
    return [
        {
            **ORIGIN,
            "domain": domain,
            "total_backlinks": 100 + place,
            "referring_domains": 10 + place,
            "follow_links": 60 + place,
            "nofollow_links": 40,
            "text_links": 90 + place,
            "image_links": 10,
        }
        for place, domain in enumerate(domains)
    ]


def scores(domains):
    return [
        {**ORIGIN, "domain": domain, "score": float(place), "scale": "0-100"}
        for place, domain in enumerate(domains)
    ]


def answers(platforms):
    return [
        {**ORIGIN, "answer_id": f"{platform}{number}", "platform": platform}
        for platform in platforms
        for number in range(40)
    ]


def references(domains, platforms):
    random = Random(0)
    return [
        {
            **ORIGIN,
            "answer_id": answer["answer_id"],
            "kind": "citation",
            "domain": domain,
        }
        for answer in answers(platforms)
        for domain in random.sample(domains, k=(len(domains) + 1) // 2)
    ]


def totals(domains):
    return [
        {
            **ORIGIN,
            "domain": domain,
            "platform": platform,
            "period_start": dt.date(2024, 5, 1),
            "period_end": dt.date(2024, 5, 31),
            "mentions": place * place % 23,
            "citations": place % 7,
            "share_of_voice": place / 100,
        }
        for place, domain in enumerate(domains)
        for platform in PLATFORMS
    ]


def study(**tables):
    """One load of each table that is not empty."""
    return {table: {"load": rows} for table, rows in tables.items() if rows}


def ordinary(domain_count, **others):
    """A study with link rows, scores and answers of four platforms."""
    domains = domains_named(domain_count)
    spoken = [name for name in PLATFORMS if name != "gemini"]
    tables = {
        "study_domains": listed(domains),
        "backlinks": links(domains),
        "domain_scores": scores(domains),
        "ai_answers": answers(spoken),
        "ai_references": references(domains, spoken),
    }
    return study(**{**tables, **others})
