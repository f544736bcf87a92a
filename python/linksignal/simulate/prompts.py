"""Prompt texts: branded ones name one invented brand, generic ones none."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from linksignal.simulate import names
from linksignal.simulate.noise import Ints, noise

CATEGORIES = {
    "accounting": "accounting software",
    "analytics": "web analytics",
    "apparel": "running shoes",
    "banking": "savings accounts",
    "beauty": "skin care",
    "education": "online courses",
    "food": "meal kits",
    "furniture": "office chairs",
    "games": "board games",
    "gardening": "garden tools",
    "health": "vitamin supplements",
    "hosting": "website hosting",
    "insurance": "home insurance",
    "pets": "dog food",
    "security": "password managers",
    "travel": "city trips",
}
_GENERIC = (
    "what is the best choice for {topic}",
    "how do i compare {topic}",
    "which {topic} are worth the money",
    "top rated {topic} this year",
    "cheap {topic} for beginners",
    "what should i look for in {topic}",
    "best {topic} for small teams",
    "are expensive {topic} better",
    "where to buy {topic} online",
    "most trusted {topic}",
)
_BRANDED = (
    "is {brand} any good",
    "{brand} reviews",
    "{brand} pricing",
    "alternatives to {brand}",
    "who owns {brand}",
    "how does {brand} work",
    "is {brand} safe",
    "{brand} discount",
    "{brand} support contact",
    "what does {brand} sell",
    "{brand} pros and cons",
    "can i trust {brand}",
    "{brand} return policy",
    "{brand} delivery time",
    "how old is {brand}",
    "{brand} opening hours",
    "is {brand} worth it",
    "{brand} for beginners",
    "{brand} complaints",
    "how to cancel {brand}",
    "{brand} free trial",
    "where is {brand} based",
    "{brand} compared with others",
    "does {brand} ship abroad",
    "{brand} newest offer",
    "why choose {brand}",
    "{brand} guarantee",
    "is {brand} expensive",
    "{brand} for families",
    "what people say about {brand}",
    "{brand} quality",
)
_GENERIC_TEXTS = tuple(
    text.format(topic=topic)
    for text in _GENERIC
    for topic in CATEGORIES.values()
)[:150]
GENERIC_PROMPTS = len(_GENERIC_TEXTS)


def categories(domain: Ints, seed: int) -> Any:
    """Category of each study domain."""
    return names.pick(tuple(CATEGORIES), category_numbers(domain, seed))


def category_numbers(domain: Ints, seed: int) -> Ints:
    """Place of each study domain's category in `CATEGORIES`."""
    return noise(seed, 20, domain) % len(CATEGORIES)


def branded_order(domain: Ints, platform: Ints, run: Ints, seed: int) -> Ints:
    """Template that a domain's answer number `run` on a platform uses.

    Every domain and platform goes through the templates in an order of its
    own: a common order would make odd and even prompts agree too well.
    """
    bits = noise(seed, 21, domain * 8 + platform)
    step = 1 + bits % (len(_BRANDED) - 1)
    return (bits // 64 + run * step) % len(_BRANDED)


def branded_ids(domain: Ints, template: Ints) -> Any:
    """Prompt identifiers, the same on every platform."""
    return names.join("b", names.text_of(domain), "-", names.text_of(template))


def branded_prompts(
    domain: Ints, template: Ints, study_size: int, seed: int
) -> Any:
    """Prompt texts, which write the brand in one of four ways."""
    rows = pa.array(domain)
    brand = names.brand_names(study_size).take(rows)
    longer = names.second_aliases(study_size).take(rows)
    form = noise(seed, 22, domain * 64 + template) % 4
    written = pc.if_else(pa.array(form == 1), pc.utf8_lower(brand), brand)
    written = pc.if_else(pa.array(form == 2), pc.utf8_upper(brand), written)
    longer = pc.if_else(pa.array(form == 3), longer, None)
    written = pc.coalesce(longer, written)
    before = [text.split("{brand}")[0] for text in _BRANDED]
    after = [text.split("{brand}")[1] for text in _BRANDED]
    return names.join(
        names.pick(before, template), written, names.pick(after, template)
    )


def generic_ids(prompt: Ints) -> Any:
    """Prompt identifiers, the same on every platform."""
    return names.join("g", names.text_of(prompt))


def generic_prompts(prompt: Ints) -> Any:
    """Prompt texts that name no brand."""
    return names.pick(_GENERIC_TEXTS, prompt)
