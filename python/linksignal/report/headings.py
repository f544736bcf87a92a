"""Names of columns and keys as the tables of the report show them."""

from __future__ import annotations

from typing import Any

from linksignal.report.wording import METHOD_LABELS, cell, labels, with_minus

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
    "zero_signal_share": "Zeros of the signal (share, 0–1)",
    "tied_signal_share": "Ties of the signal (share, 0–1)",
    "tied_outcome_share": "Ties of the outcome (share, 0–1)",
    "auc": "AUC",
    "n_eff": "Effective domains",
    "smallest_detectable_r": "Smallest detectable |r|",
    "signal_min": "Signal from",
    "signal_max": "Signal to",
    "median": "Median mentions",
    "mean": "Mean mentions",
    "zero_share": "Never mentioned (share, 0–1)",
    "zero_outcome_share": "Never mentioned (share, 0–1)",
    "unknown_branding_share": "Branding unknown (share, 0–1)",
    "is_met": "Met",
    "is_in_all": "In all platforms",
    "is_reliable": "Reliable",
    "loaded_at": "Loaded at (UTC)",
    "median_relative_difference": "Median relative difference (share)",
}
_SIGNALS = ("signal", "signal_a", "signal_b", "signals")
_PLATFORMS = ("platform", "platform_a", "platform_b")
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
    known = labels()
    if not isinstance(value, str):
        return cell(value)
    if column in _SIGNALS:
        return ", ".join(known.signal(key) for key in value.split(", "))
    if column == "outcome":
        return known.outcome(value)
    if column in _PLATFORMS:
        return known.platform(value)
    if column in _KEYS:
        return METHOD_LABELS.get(value, value.replace("_", " "))
    return with_minus(value) if column in _SENTENCES else value
