"""Names, numbers and headings as the report writes them."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from linksignal.lookups import lookup_rows
from linksignal.text import p_written

ALL = "all"
NOTHING = "–"

# Not that of a range, a date or an exponent.
_MINUS = re.compile(r"(?<![\w.])-(?=\d)")

# From these on numbers have no and one decimal, below the last two digits in
# place of two decimals.
LARGE, MIDDLE, SMALL = 100, 10, 0.1

# Smaller numbers are only told to be small.
SMALLEST_PLAIN = 0.0001

# Smaller and larger shares would be written as if they were none or all;
# below the last a share has a decimal.
SMALLEST_SHARE, LARGEST_SHARE, TWO_DIGITS_SHARE = 0.0001, 0.995, 0.0995

METHOD_LABELS = {
    "spearman": "Spearman",
    "pearson_log1p": "Pearson of logarithms",
    "pearson": "Pearson",
    "kendall_tau_b": "Kendall tau-b",
    "partial_spearman": "Partial Spearman",
    "spearman_thinned": "Spearman at equal thickness",
}
# Keys that do not read as words.
KEY_LABELS = METHOD_LABELS | {
    "cluster_category": "errors by category",
    "leave_one_out": "without the most influential domain",
    "positives_only": "named domains only",
    "prompt_halves": "no association: reliability of the mentions over prompts",
    "top_1_percent_dropped": "without the top 1 per cent",
    "winsorised_1_percent": "both ends winsorised by 1 per cent",
    "deciles_6_10": "deciles 6 to 10",
    "deciles_6_8": "deciles 6 to 8",
    "deciles_9_10": "deciles 9 and 10",
}


@dataclass(frozen=True)
class Labels:
    """Names for people, each mapping in its order of display.

    Attributes
    ----------
    signals, outcomes, platforms : dict of str to str
        By key.
    """

    signals: dict[str, str]
    outcomes: dict[str, str]
    platforms: dict[str, str]

    def signal(self, key: str) -> str:
        """Name of a signal."""
        return self.signals.get(key) or in_words(key)

    def outcome(self, key: str) -> str:
        """Name of an outcome."""
        return self.outcomes.get(key) or in_words(key)

    def platform(self, key: str) -> str:
        """Name of a platform."""
        return self.platforms.get(key) or in_words(key)

    def in_order(self, keys: Iterable[str]) -> list[str]:
        """Platforms in their order of display, unknown ones last by name."""
        return _in_order(self.platforms, keys)

    def signals_in_order(self, keys: Iterable[str]) -> list[str]:
        """Signals in their order of display, unknown ones last by name."""
        return _in_order(self.signals, keys)


def _in_order(known: Iterable[str], keys: Iterable[str]) -> list[str]:
    order = {name: at for at, name in enumerate(known)}
    return sorted(keys, key=lambda key: (order.get(key, len(order)), key))


def in_words(key: str) -> str:
    """Write the key of what has no name of its own, as in "Web mentions"."""
    words = key.replace("_", " ")
    return words[:1].upper() + words[1:]


@cache
def labels() -> Labels:
    """Read the names from the lookups of the project."""
    signals, outcomes, platforms = map(
        lookup_rows, ("signals", "outcomes", "platforms")
    )
    return Labels(
        signals={row["signal"]: row["label"] for row in signals},
        outcomes={row["outcome"]: row["label"] for row in outcomes},
        platforms={ALL: "All platforms"}
        | {row["platform"]: row["label"] for row in platforms},
    )


@cache
def _words() -> dict[str, dict[str, str]]:
    """Read names of keys that lookups hold, by column."""
    terms = {row["term"]: row["label"] for row in lookup_rows("joint_terms")}
    panel = lookup_rows("panel_outcomes")
    standings = lookup_rows("standings")
    named = {
        kind: {r["outcome"]: r["label"] for r in panel if r["kind"] == kind}
        for kind in ("term", "verdict")
    }
    return {
        "term": labels().signals | terms | named["term"],
        "nearest_term": labels().signals | terms,
        "verdict": named["verdict"],
        "standing": {row["standing"]: row["label"] for row in standings},
    }


@cache
def claim_outcomes() -> dict[str, dict[str, dict[str, str]]]:
    """Give verdicts, states and evidence of the lookup, by kind and key."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for row in lookup_rows("claim_outcomes"):
        found.setdefault(row["kind"], {})[row["outcome"]] = row
    return found


def verdict(key: str) -> str:
    """Write a verdict within a sentence, as in "not testable"."""
    known = claim_outcomes()["verdict"].get(key, {})
    return known.get("label", key.replace("_", " ")).lower()


def with_minus(text: str) -> str:
    """Write the sign of negative numbers, "-" in the tables, as a minus."""
    return _MINUS.sub("−", text)


def coefficient(value: float) -> str:
    """Write a coefficient, as in 0.57 or −0.08."""
    return with_minus(f"{value:z.2f}")


def signed(value: float) -> str:
    """Write a difference with its sign and three decimals."""
    return with_minus(f"{value:+z.3f}")


def interval(low: float | None, high: float | None, write: Any) -> str:
    """Write an interval in brackets, or nothing where there is none."""
    if low is None or high is None:
        return ""
    return f" [{write(low)}, {write(high)}]"


def percent(share: float) -> str:
    """Write a share (0-1) in per cent, with two digits.

    What is neither none nor all is never written as 0 % or 100 %.
    """
    if 0 < share < SMALLEST_SHARE:
        return "<0.01 %"
    if LARGEST_SHARE < share < 1:
        return ">99 %"
    if abs(share) < TWO_DIGITS_SHARE:
        return with_minus(f"{100 * share:z.2g} %")
    return with_minus(f"{100 * share:z.0f} %")


def count(value: float) -> str:
    """Write a number with thousands separators, and .5 where it has one."""
    return f"{value:,.0f}" if value == round(value) else f"{value:,.1f}"


def cell(value: Any) -> str:
    """Write a value of a table.

    Parameters
    ----------
    value : object
        What DuckDB returned.

    Returns
    -------
    str
        Floats with two digits, whole numbers with thousands separators,
        times without fractions.
    """
    match value:
        case None:
            return NOTHING
        case bool():
            return "yes" if value else "no"
        case int():
            return with_minus(f"{value:,}")
        case float():
            return with_minus(_float(value))
        case datetime.datetime():
            return f"{value:%Y-%m-%d %H:%M}"
        case _:
            return str(value)


def _float(value: float) -> str:
    """Write two digits, or as many as stand before the point."""
    size = abs(value)
    if not math.isfinite(value):
        return NOTHING
    if (value == round(value) and size < 1e15) or size >= LARGE:
        return f"{value:z,.0f}"
    if size < SMALLEST_PLAIN:
        return f"{'<' if value > 0 else '>-'}{SMALLEST_PLAIN}"
    if size >= MIDDLE:
        return f"{value:,.1f}"
    return f"{value:.2g}" if size < SMALL else f"{value:.2f}"


HEADINGS = {
    "n": "Domains",
    "ci_low": "Interval from",
    "ci_high": "Interval to",
    "ratio_low": "Interval from",
    "ratio_high": "Interval to",
    "p_value": "p",
    "p_adjusted": "p, adjusted",
    "p_family_wise": "p, family-wise",
    "p_for": "p of the part",
    "p_for_within": "p of the part, within the claim",
    "p_against": "p of its contrary",
    "p_against_within": "p of its contrary, within the claim",
    "domains_needed": "Domains needed to show it",
    "smallest_effect": "Distance from the bound found in 80 %",
    "plain_estimate": "Compared by eye",
    "is_decisive": "Speaks for the claim by itself",
    "holds_after_holm": "Survives Holm over all claims",
    "p_equivalence": "p of equality",
    "signal_a": "First signal",
    "platform_a": "First platform",
    "signal_b": "Second signal",
    "platform_b": "Second platform",
    "estimate_a": "Correlation of the first",
    "estimate_b": "Correlation of the second",
    "equivalence_margin": "Margin",
    "smallest_certified_margin": "Smallest margin shown",
    "n_for_power": "Domains needed to show equality",
    "ci_low_new_prompts": "New prompts: interval from",
    "ci_high_new_prompts": "New prompts: interval to",
    "se_prompt": "Standard error over prompts",
    "volume_a": "Volume of the first",
    "volume_b": "Volume of the second",
    "zero_signal_share": "Zeros of the signal",
    "tied_signal_share": "Ties of the signal",
    "tied_outcome_share": "Ties of the outcome",
    "auc": "AUC",
    "n_eff": "Effective domains",
    "smallest_detectable_r": "Smallest detectable |r|",
    "signal_min": "Signal from",
    "signal_max": "Signal to",
    "median": "Median mentions",
    "mean": "Mean mentions",
    "zero_share": "Never mentioned",
    "zero_outcome_share": "Never mentioned",
    "unknown_branding_share": "Branding unknown",
    "ratio": "Ratio",
    "doubling_ratio": "Ratio where it doubles",
    "doubling_ratio_low": "Interval from",
    "doubling_ratio_high": "Interval to",
    "probability_first": "Comes first in",
    "expected_mentions": "Expected AI mentions",
    "prediction_low": "Usual from",
    "prediction_high": "Usual to",
    "share_of_variance": "Share of the variance",
    "cited_domain": "Cited source",
    "absent_answers": "Answers with rivals alone",
    "citing_answers": "Answers that cite it",
    "topic_answers": "Answers of the category",
    "highest_page_score": "Highest page score",
    "is_approximate": "Published as about",
    "is_published_in_interval": "Interval here holds the published",
    "is_met": "Met",
    "is_in_all": "In all platforms",
    "is_reliable": "Reliable",
    "loaded_at": "Loaded at (UTC)",
    "median_relative_difference": "Median relative difference",
}
_SIGNALS = ("signal", "signal_a", "signal_b", "signals")
_PLATFORMS = ("platform", "platform_a", "platform_b")
# Shares are written in per cent, p values as p values.
_SHARES = ("_share", "_relative_difference")
_SHARE_STARTS = ("share_of_", "probability_")
_SENTENCES = ("reason", "power_note", "sentence", "missing")
_KEYS = (
    "part",
    "direction",
    "status",
    "relation",
    "verdict",
    "quantity",
    "check_name",
    "method",
    "sensitivity",
    "domain_set",
    "controls",
)


def heading(column: str) -> str:
    """Turn a column's name into a heading."""
    known = labels()
    for prefix in ("ai_mentions_", "share_of_voice_"):
        platform = column.removeprefix(prefix)
        if platform != column and platform in known.platforms:
            outcome = known.outcome(prefix.rstrip("_"))
            return f"{outcome}: {known.platform(platform)}"
    named = HEADINGS | known.signals | known.outcomes
    return named.get(column, column.replace("_", " ").capitalize())


def label(value: Any, column: str) -> str:
    """Write a value; keys of signals, outcomes and the like by name."""
    if not isinstance(value, str):
        return _number(value, column)
    return _words().get(column, {}).get(value) or _named(value, column)


def _named(value: str, column: str) -> str:
    """Write a key by the name that the labels have for it."""
    known = labels()
    if column in _SIGNALS:
        return ", ".join(known.signal(key) for key in value.split(", "))
    if column == "outcome":
        return known.outcome(value)
    if column in _PLATFORMS:
        return known.platform(value)
    if column in _KEYS:
        return KEY_LABELS.get(value, value.replace("_", " "))
    return with_minus(value) if column in _SENTENCES else value


def _number(value: Any, column: str) -> str:
    if not isinstance(value, float) or not math.isfinite(value):
        return cell(value)
    if is_p(column):
        return p_written(value)
    return percent(value) if is_share(column) else cell(value)


def is_share(column: str) -> bool:
    """Whether a column holds shares (0-1)."""
    return column.endswith(_SHARES) or column.startswith(_SHARE_STARTS)


def is_p(column: str) -> bool:
    """Whether a column holds p values."""
    return column.startswith("p_")
