"""The rule of the ledger: what supports each claim, and what contradicts it.

A claim is supported where all of `Rule.supported` hold, so that its p value is
the largest of theirs (intersection-union); it is contradicted where any of
`Rule.contradicted` holds, each of these being true where all of its parts are,
so that its p value is the smallest after Holm. Over the claims that can be
tested, p values are adjusted by Holm, for either list apart. C8 is about what
a figure shows, not about a parameter: it has no p value and stands outside.

m is the equivalence margin, the largest difference of correlations that counts
as none. All platforms together, unless a platform is named.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, product
from math import log

from linksignal.stats.claims.parts import (
    Growth,
    Leaf,
    Parts,
    Quantity,
    Threshold,
    above,
    below,
    between_platforms,
    between_signals,
    each_reversed,
    leaves_of,
    there_is,
    within,
)

# Slopes of the log mean of mentions below and above the median score. Less
# than a quarter more mentions per 10 points counts as no lift.
LOWER = Threshold("lower_tier_slope")
UPPER = Threshold("upper_tier_slope")
RISE = Growth(UPPER, LOWER)
LIFT = log(1.25)

KINK = Threshold("kink")
GAP, SMOOTH_SHARE = Threshold("gap"), Threshold("smooth_gap_share")

CHATGPT, SEARCH, GEMINI = "chatgpt", "chatgpt_search", "gemini"
OVERVIEWS, PERPLEXITY = "google_ai_overviews", "perplexity"


@dataclass(frozen=True)
class Rule:
    """The parts of one claim.

    Attributes
    ----------
    claim_id : str
    method : str
        What it is tested with.
    supported : Parts
        All of them must hold.
    contradicted : tuple of Parts
        Any of them, all of its parts.
    published : Quantity or None
        The quantity that the study published a figure of.
    """

    claim_id: str
    method: str
    supported: Parts
    contradicted: tuple[Parts, ...]
    published: Quantity | None = None

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        """The rows of the tables that the claim rests on, each once."""
        parts = chain(self.supported, *self.contradicted)
        leaves = chain.from_iterable(leaves_of(part.quantity) for part in parts)
        return tuple(dict.fromkeys(leaves))


def claim_rules(m: float) -> tuple[Rule, ...]:
    """Give the rules of C1 to C7.

    Parameters
    ----------
    m : float
        Equivalence margin, 0-2.

    Returns
    -------
    tuple of Rule
    """
    # C1: authority lifts visibility only beyond a threshold.
    tiers = (below(LOWER, LIFT), above(UPPER), above(RISE), there_is(KINK))
    no_threshold = ((above(LOWER), below(RISE, LIFT)), (below(UPPER, LIFT),))

    # C2: authority is associated more strongly than link counts.
    quality = tuple(
        above(between_signals("authority_score", volume))
        for volume in ("total_backlinks", "referring_domains")
    )

    # C3: authority counts most on ChatGPT, least on ChatGPT Search and
    # Perplexity.
    authority_order = tuple(
        above(between_platforms("authority_score", more, less))
        for more, less in (
            *product([CHATGPT], [SEARCH, GEMINI, OVERVIEWS, PERPLEXITY]),
            *product([GEMINI, OVERVIEWS], [SEARCH, PERPLEXITY]),
        )
    )

    # C4: nofollow links count like follow links.
    links = between_signals("nofollow_links", "follow_links")

    # C5: Gemini and ChatGPT lean to nofollow, Google AI Overviews and
    # Perplexity to follow.
    lean = {
        platform: between_signals("nofollow_links", "follow_links", platform)
        for platform in (GEMINI, CHATGPT, OVERVIEWS, PERPLEXITY)
    }
    leanings = (
        above(lean[GEMINI]),
        above(lean[CHATGPT]),
        below(lean[OVERVIEWS]),
        below(lean[PERPLEXITY]),
    )
    no_leaning = tuple(within(difference, m) for difference in lean.values())

    # C6: image links count at least like text links, from the middle deciles
    # upward, and most at the top.
    images = {
        domains: between_signals(
            "image_links", "text_links", domain_set=domains
        )
        for domains in ("all", "deciles_6_10", "deciles_6_8", "deciles_9_10")
    }
    image_lead = (
        above(images["all"], -m),
        above(images["deciles_6_10"], -m),
        above(Growth(images["deciles_9_10"], images["deciles_6_8"])),
    )

    # C7: image links count most on Perplexity and ChatGPT Search, least on
    # Google AI Overviews.
    image_order = tuple(
        above(between_platforms("image_links", more, less))
        for more, less in (
            *product([PERPLEXITY, SEARCH], [CHATGPT, GEMINI]),
            *product([CHATGPT, GEMINI], [OVERVIEWS]),
        )
    )

    return (
        Rule("C1", "tier_slopes_and_kink", tiers, no_threshold),
        Rule("C2", "spearman", quality, each_reversed(quality)),
        Rule("C3", "spearman", authority_order, each_reversed(authority_order)),
        Rule(
            "C4",
            "spearman",
            supported=(within(links, m),),
            contradicted=((above(links, m),), (below(links, -m),)),
            published=links,
        ),
        Rule(
            "C5",
            "spearman",
            supported=leanings,
            contradicted=(*each_reversed(leanings), no_leaning),
        ),
        Rule(
            "C6",
            "spearman",
            supported=image_lead,
            contradicted=each_reversed(image_lead),
            published=images["all"],
        ),
        Rule("C7", "spearman", image_order, each_reversed(image_order)),
    )


class Verdict(StrEnum):
    """What the data say of a claim."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    UNDECIDED = "undecided"
    NOT_TESTABLE = "not_testable"


def verdict(p_support: float, p_contradict: float, alpha: float) -> Verdict:
    """Give the verdict on C1 to C7 from the adjusted p values.

    A verdict becomes ``undecided`` where pearson_log1p lies, for any of the
    parts that it rests on, beyond the margin on the other side of zero; for
    an equality, beyond the margin on either side.
    """
    is_supported, is_contradicted = p_support <= alpha, p_contradict <= alpha
    if is_supported == is_contradicted:
        return Verdict.UNDECIDED
    return Verdict.SUPPORTED if is_supported else Verdict.CONTRADICTED


# C8: Spearman above Pearson shows a threshold. Shares of draws from a smooth
# law with a gap at least as high: so rare that the gap tells something, and so
# common that it does not.
RARE_SHARE, COMMON_SHARE = 0.01, 0.05


def gap_verdict(
    gap: float, smooth_share: float, kink_p: float, alpha: float
) -> Verdict:
    """Give the verdict on C8: a gap alone never supports it."""
    is_kink = kink_p <= alpha
    if smooth_share >= COMMON_SHARE or (gap <= 0 and is_kink):
        return Verdict.CONTRADICTED
    if gap > 0 and smooth_share < RARE_SHARE and is_kink:
        return Verdict.SUPPORTED
    return Verdict.UNDECIDED
