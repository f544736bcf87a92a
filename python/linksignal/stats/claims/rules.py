"""The rules of the ledger: which parts make a claim, and what contradicts it.

A claim is a list of parts. Each part is a statement about one quantity of the
findings, with its contrary, and often has two forms that must agree. Nothing
here computes: `judge` tests the parts, `words` tells them.

All domains and all platforms together, AI mentions, unless a rule says
otherwise. The margin m is that of the row: the share `equivalence_margin` of
the largest coefficient that the ties allow.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import product
from math import log

ALL = "all"
MENTIONS = "ai_mentions"
VOICE = "share_of_voice"

CHATGPT, SEARCH, GEMINI = "chatgpt", "chatgpt_search", "gemini"
OVERVIEWS, PERPLEXITY = "google_ai_overviews", "perplexity"

# A smooth law gives such a gap so seldom that the gap tells something, or so
# often that it does not.
RARE_SHARE, COMMON_SHARE = 0.01, 0.05


@dataclass(frozen=True)
class Coefficient:
    """A main Spearman coefficient of ``findings.correlations``."""

    signal: str
    outcome: str = MENTIONS
    platform: str = ALL


@dataclass(frozen=True)
class Difference:
    """A row of ``findings.correlation_contrasts``, first minus second."""

    signal_a: str
    platform_a: str
    signal_b: str
    platform_b: str
    method: str
    domain_set: str = ALL

    @property
    def turned(self) -> Difference:
        """The same row, second minus first."""
        return Difference(
            self.signal_b,
            self.platform_b,
            self.signal_a,
            self.platform_a,
            self.method,
            self.domain_set,
        )


@dataclass(frozen=True)
class Gain:
    """A difference in some domains minus the same in others, none in both."""

    upper: Difference
    lower: Difference


@dataclass(frozen=True)
class Threshold:
    """A row of ``findings.authority_thresholds``."""

    quantity: str
    signal: str = "authority_score"
    outcome: str = MENTIONS
    platform: str = ALL


Row = Coefficient | Difference | Threshold
Source = Row | Gain


class Side(StrEnum):
    """Where a quantity is said to lie."""

    ABOVE = "above"
    BELOW = "below"
    WITHIN = "within"  # closer to zero than the bound
    BEYOND = "beyond"  # further from zero than the bound, all on one side
    KINK = "kink"  # the kink test rejects
    RARE = "rare"  # a share of draws is below the bound
    COMMON = "common"  # a share of draws is above the bound


@dataclass(frozen=True)
class Statement:
    """Something that can be tested.

    Attributes
    ----------
    forms : tuple of Source
        Quantities of which all must lie there.
    side : Side
    bound : float
        In the unit of the quantity, or in margins of its row.
    is_in_margins : bool
    """

    forms: tuple[Source, ...]
    side: Side
    bound: float = 0.0
    is_in_margins: bool = False

    def on(self, side: Side) -> Statement:
        """Return it on one side of zero; one that says its side stays."""
        if self.side is not Side.BEYOND:
            return self
        sign = -1 if side is Side.BELOW else 1
        return replace(self, side=side, bound=sign * self.bound)


@dataclass(frozen=True)
class Part:
    """One part of a claim.

    Attributes
    ----------
    kind : str
        Kind of part, by which it is told.
    name : str
        Key within the claim.
    holds : Statement
        What the part states; its forms are what is told.
    contrary : Statement or None
        What would be its contrary; None where nothing tests that.
    given, contrary_given : tuple of Statement
        What must be shown besides; of two sides of zero, on the same. Where
        the findings have no row of a `contrary_given`, the contrary alone
        cannot be shown.
    is_decisive : bool
        Whether it speaks for the claim by itself. Others are conditions:
        that mentions do not rise below a score is no sign of a threshold.
    breaks : str or None
        Claims break where all parts with the same word are contrary.
    plain : Row or None
        The row that the study itself would have compared, by eye.
    premise : Coefficient or None
        Coefficient that must be above zero, and above Pearson's, before
        there is anything to test.
    """

    kind: str
    name: str
    holds: Statement
    contrary: Statement | None = None
    given: tuple[Statement, ...] = ()
    contrary_given: tuple[Statement, ...] = ()
    is_decisive: bool = True
    breaks: str | None = "order"
    plain: Row | None = None
    premise: Coefficient | None = None

    @property
    def rows(self) -> tuple[Row, ...]:
        """Rows of the findings that it rests on, each once."""
        statements = (
            *(self.holds, *self.given),
            *([self.contrary] if self.contrary else []),
            *self.contrary_given,
        )
        sources = [form for one in statements for form in one.forms]
        rows = [row for source in sources for row in rows_of(source)]
        return tuple(dict.fromkeys(rows))

    @property
    def needed_rows(self) -> tuple[Row, ...]:
        """Rows without which it cannot be tested at all."""
        return replace(self, contrary_given=()).rows


@dataclass(frozen=True)
class Rule:
    """A claim as its parts.

    Attributes
    ----------
    claim_id : str
    parts : tuple of Part
    needs_prompts : bool
        Whether it is tested against new prompts too, not new domains alone.
    rests_on_nofollow_flags : bool
        Whether it depends on which links a tool flags as nofollow.
    """

    claim_id: str
    parts: tuple[Part, ...]
    needs_prompts: bool = False
    rests_on_nofollow_flags: bool = False


def rows_of(source: Source) -> tuple[Row, ...]:
    """Return the rows that a quantity is made of."""
    if isinstance(source, Gain):
        return (source.upper, source.lower)
    return (source,)


def signals_of(row: Row) -> tuple[str, ...]:
    """Return the signals that a row of the findings is about."""
    if isinstance(row, Difference):
        return row.signal_a, row.signal_b
    return (row.signal,)


def outcomes_of(row: Row) -> Iterator[tuple[str, str]]:
    """Yield outcome and platform of what a row of the findings is about."""
    if isinstance(row, Difference):
        yield MENTIONS, row.platform_a
        yield MENTIONS, row.platform_b
    else:
        yield row.outcome, row.platform


def needed_signals(rows: tuple[Row, ...]) -> set[str]:
    """Return the signals without which rows of the findings tell nothing.

    Sets of domains are cut by their authority.
    """
    needs_scores = any(
        isinstance(row, Difference) and row.domain_set != ALL for row in rows
    )
    names = {name for row in rows for name in signals_of(row)}
    return names | ({"authority_score"} if needs_scores else set())


def claim_rules(flat_ratio: float) -> tuple[Rule, ...]:
    """Return the rules of the ledger.

    Parameters
    ----------
    flat_ratio : float
        Ratio of mentions per ten points of score up to which, either way,
        mentions count as flat; above 1.

    Returns
    -------
    tuple of Rule
        C1 to C8.
    """
    return (
        Rule("C1", _threshold_parts(log(flat_ratio))),
        Rule("C2", tuple(map(_better_gauge, ("total_backlinks", DOMAINS)))),
        Rule("C3", tuple(_order("authority_score", AUTHORITY_ORDER)), True),
        Rule("C4", _alike_parts(), rests_on_nofollow_flags=True),
        Rule(
            "C5",
            tuple(_leaning(*leaning) for leaning in LEANINGS),
            needs_prompts=True,
            rests_on_nofollow_flags=True,
        ),
        Rule("C6", _image_parts()),
        Rule("C7", tuple(_order("image_links", IMAGE_ORDER)), True),
        Rule("C8", tuple(_gap(*pair) for pair in GAP_PAIRS)),
    )


# --- C1: mentions rise with authority only beyond a certain score -----------
LOWER = Threshold("lower_tier_slope")
UPPER = Threshold("upper_tier_slope")
STEEPER = Threshold("tier_slope_difference")
KINK = Threshold("kink")


def _threshold_parts(flat: float) -> tuple[Part, ...]:
    """Flat below, rising above, more than below, with a bend.

    Contrary: no rise above, or a rise below that is as steep as above. A
    small gain beyond a threshold is a gain.

    The last part is called a bend, not a threshold: the test rejects smooth
    laws of its own kind, and so does a steep S-shaped curve, which has no
    kink. All four parts hold of such a curve, gains come mostly beyond a
    score, and the sentence says that the two are not told apart.
    """
    return (
        Part(
            "flat_below",
            "flat_below",
            Statement((LOWER,), Side.WITHIN, flat),
            Statement((LOWER,), Side.BEYOND, flat),
            is_decisive=False,
            breaks=None,
        ),
        Part(
            "rises_above",
            "rises_above",
            Statement((UPPER,), Side.ABOVE),
            Statement((UPPER,), Side.BELOW),
            is_decisive=False,
            breaks="no rise above",
        ),
        Part(
            "steeper_above",
            "steeper_above",
            Statement((STEEPER,), Side.ABOVE),
            Statement((STEEPER,), Side.BELOW, flat),
            contrary_given=(Statement((LOWER,), Side.ABOVE),),
            breaks="as steep below",
        ),
        Part("bend", "bend", Statement((KINK,), Side.KINK), breaks=None),
    )


# --- C2: authority is the better gauge than the number of links --------------
DOMAINS = "referring_domains"


def _better_gauge(volume: str) -> Part:
    plain = _signals("authority_score", volume, "spearman")
    return Part(
        "gauge",
        f"authority_over_{volume}",
        Statement((plain,), Side.ABOVE),
        Statement((plain,), Side.BELOW),
        plain=plain,
    )


# --- C3, C7: orders of platforms ---------------------------------------------
# More mentions go with the signal on the first than on the second.
AUTHORITY_ORDER = (
    *product([CHATGPT], [SEARCH, GEMINI, OVERVIEWS, PERPLEXITY]),
    *product([GEMINI, OVERVIEWS], [SEARCH, PERPLEXITY]),
)
IMAGE_ORDER = (
    *product([PERPLEXITY, SEARCH], [CHATGPT, GEMINI]),
    *product([CHATGPT, GEMINI], [OVERVIEWS]),
)
PLATFORM_FORMS = ("slope", "spearman_thinned")


def _order(signal: str, order: tuple[tuple[str, str], ...]) -> Iterator[Part]:
    for more, less in order:
        forms = tuple(
            Difference(signal, more, signal, less, method)
            for method in PLATFORM_FORMS
        )
        yield Part(
            "order",
            f"{more}_over_{less}",
            Statement(forms, Side.ABOVE),
            Statement(forms, Side.BELOW),
            plain=Difference(signal, more, signal, less, "spearman"),
        )


# --- C4: nofollow links carry nearly the same weight as follow links ---------
NOFOLLOW, FOLLOW = "nofollow_links", "follow_links"
EQUAL_FORMS = ("spearman", "spearman_thinned")
COMPOSITION = "composition"


def _alike_parts() -> tuple[Part, ...]:
    """Each above zero, and equal both plainly and at equal thickness.

    Contrary: different by both, and the mix of the two kinds tells the same
    way. Where the share of a kind varies by itself between domains, its
    counts correlate less with anything, although the kinds act alike.
    """
    first, second = map(_above_zero, (NOFOLLOW, FOLLOW))
    forms = tuple(_signals(NOFOLLOW, FOLLOW, form) for form in EQUAL_FORMS)
    return (
        first,
        second,
        Part(
            "alike",
            "alike",
            Statement(forms, Side.WITHIN, 1, is_in_margins=True),
            Statement(forms, Side.BEYOND, 1, is_in_margins=True),
            given=(first.holds, second.holds),
            contrary_given=(
                Statement(
                    (_signals(NOFOLLOW, FOLLOW, COMPOSITION),), Side.BEYOND
                ),
            ),
            breaks="different",
            plain=forms[0],
        ),
    )


def _above_zero(signal: str) -> Part:
    coefficient = Coefficient(signal)
    return Part(
        "counts",
        f"{signal}_count",
        Statement((coefficient,), Side.ABOVE),
        Statement((coefficient,), Side.BELOW),
        is_decisive=False,
        breaks=None,
        plain=coefficient,
    )


# --- C5: platforms lean to nofollow or to follow links -----------------------
LEANINGS = (
    (GEMINI, NOFOLLOW, FOLLOW),
    (CHATGPT, NOFOLLOW, FOLLOW),
    (OVERVIEWS, FOLLOW, NOFOLLOW),
    (PERPLEXITY, FOLLOW, NOFOLLOW),
)
SIGNAL_FORMS = ("composition", "spearman_thinned")


def _leaning(platform: str, to: str, rather_than: str) -> Part:
    forms = tuple(
        _signals(to, rather_than, method, platform) for method in SIGNAL_FORMS
    )
    return Part(
        "leaning",
        f"{platform}_to_{to}",
        Statement(forms, Side.ABOVE),
        Statement(forms, Side.BELOW),
        plain=_signals(to, rather_than, "spearman", platform),
    )


# --- C6: image links count at least like text links, most at the top ---------
IMAGE, TEXT = "image_links", "text_links"


def _image_parts() -> tuple[Part, ...]:
    """As of C4, the contrary included, but for "at least"; and the gain."""
    above_zero = tuple(map(_above_zero, (IMAGE, TEXT)))
    gain = Gain(
        _signals(IMAGE, TEXT, "spearman_thinned", domain_set="deciles_9_10"),
        _signals(IMAGE, TEXT, "spearman_thinned", domain_set="deciles_6_8"),
    )
    return (
        *above_zero,
        _at_least("at_least_like_text", ALL, above_zero),
        _at_least("at_least_in_deciles_6_10", "deciles_6_10", above_zero),
        Part(
            "gain_at_the_top",
            "gain_at_the_top",
            Statement((gain,), Side.ABOVE),
            Statement((gain,), Side.BELOW),
            breaks=None,
        ),
    )


def _at_least(name: str, domain_set: str, above_zero: tuple[Part, ...]) -> Part:
    forms = tuple(
        _signals(IMAGE, TEXT, form, domain_set=domain_set)
        for form in EQUAL_FORMS
    )
    return Part(
        "at_least",
        name,
        Statement(forms, Side.ABOVE, -1, is_in_margins=True),
        Statement(forms, Side.BELOW, -1, is_in_margins=True),
        given=tuple(part.holds for part in above_zero),
        contrary_given=(
            Statement(
                (_signals(IMAGE, TEXT, COMPOSITION, domain_set=domain_set),),
                Side.BELOW,
            ),
        ),
        breaks="short",
        plain=forms[0],
    )


# --- C8: a Spearman coefficient above Pearson shows a threshold --------------
# Where the study saw such a gap.
GAP_PAIRS = (
    ("authority_score", VOICE),
    *((signal, MENTIONS) for signal in (FOLLOW, NOFOLLOW, TEXT, IMAGE)),
)


def _gap(signal: str, outcome: str) -> Part:
    share = Threshold("smooth_gap_share", signal, outcome)
    return Part(
        "gap",
        f"{signal}_{outcome}",
        Statement((share,), Side.RARE, RARE_SHARE),
        Statement((share,), Side.COMMON, COMMON_SHARE),
        given=(Statement((Threshold("kink", signal, outcome),), Side.KINK),),
        plain=Threshold("gap", signal, outcome),
        premise=Coefficient(signal, outcome),
    )


def _signals(
    first: str,
    second: str,
    method: str,
    platform: str = ALL,
    domain_set: str = ALL,
) -> Difference:
    return Difference(first, platform, second, platform, method, domain_set)
