"""Charts about a threshold: domains never mentioned, growth by tier."""

from __future__ import annotations

from math import exp, log
from typing import Any

import altair as alt

from linksignal.report import marks
from linksignal.report.figure import Figure, table_of
from linksignal.report.interval_chart import IntervalChart
from linksignal.report.study import Rows, Study, pick
from linksignal.report.wording import ALL, count, labels, percent
from linksignal.stats.estimators.tiers import AT_MEDIAN
from linksignal.words import LARGEST_RATIO, SMALLEST_RATIO

TIERS = {
    "lower_tier_slope": "up to the cut",
    "upper_tier_slope": "above the cut",
}


def zero_figure(study: Study) -> Figure:
    """Share of domains without a mention, by decile and platform."""
    order = study.covered_platforms()
    rows = [
        row
        for row in pick(
            study.deciles, signal="authority_score", outcome="ai_mentions"
        )
        if row["platform"] in order
    ]
    drawn = [row for row in rows if row["zero_share"] is not None]
    names = [labels().platform(key) for key in order]
    return Figure(
        title=_zero_title(drawn),
        alt=(
            "Lines: share of domains never mentioned, by decile of the "
            "authority score, a line for each platform. The numbers are in "
            "the table below."
        ),
        spec=_zero_chart(drawn, names) if drawn else None,
        table=table_of(
            "zeros_by_decile",
            "Domains never mentioned, by decile of the authority score",
            "platform decile n signal_min signal_max zero_share",
            rows,
        ),
    )


def tier_figure(study: Study) -> Figure:
    """How fast mentions grow below and above the cut between tiers."""
    rows = [
        row
        | {
            "ratio": _ratio(row["estimate"]),
            "ratio_low": _ratio(row["ci_low"]),
            "ratio_high": _ratio(row["ci_high"]),
        }
        for row in study.thresholds
        if row["quantity"] in TIERS
    ]
    rows = study.in_order(sorted(rows, key=lambda row: row["quantity"]))
    chart = IntervalChart(
        "platform",
        [labels().platform(key) for key in study.platforms()],
        "Mentions per ten points of score (ratio)",
        reference=1,
        series=list(TIERS.values()),
        is_ratio=True,
    )
    return Figure(
        title=_tier_title(pick(rows, platform=ALL)),
        alt=(
            "Points with intervals: ratio of mentions per ten points of "
            "authority score, up to and above the cut between tiers, a row "
            "for each platform. The numbers are in the table below."
        ),
        spec=chart.spec([_tier_record(row) for row in rows]),
        table=table_of(
            "growth_by_tier",
            "Ratio of mentions per ten points of authority score",
            "platform quantity tier_cut_low tier_cut_high tier_cut_method n "
            "ratio ratio_low ratio_high p_adjusted status reason",
            rows,
        ),
        note=(
            "×1 means no growth. A threshold, as the study means it, is no "
            "growth below and growth above. Tiers are cut where the kink test "
            "found a kink, each half of the domains at the knot of the other "
            "half; elsewhere at the median score."
        ),
        is_wide=True,
    )


def _zero_title(rows: Rows) -> str:
    if not rows:
        return "No shares of domains never mentioned here"
    lowest = min(row["decile"] for row in rows)
    highest = max(row["decile"] for row in rows)
    bottom = [row["zero_share"] for row in pick(rows, decile=lowest)]
    top = [row["zero_share"] for row in pick(rows, decile=highest)]
    return (
        f"Never mentioned: {_range(bottom)} of domains in the lowest decile, "
        f"{_range(top)} in the highest"
    )


def _range(shares: list[float]) -> str:
    low, high = percent(min(shares)), percent(max(shares))
    return low if low == high else f"{low.removesuffix(' %')}–{high}"


def _tier_title(rows: Rows) -> str:
    by_tier = {row["quantity"]: row["ratio"] for row in rows}
    if set(by_tier) != set(TIERS) or None in by_tier.values():
        return "Growth per ten points of authority score could not be compared"
    low, high = (by_tier[tier] for tier in TIERS)
    return (
        f"Ten points more go with ×{low:,.2f} mentions up to {_cut(rows[0])} "
        f"and ×{high:,.2f} above"
    )


def _cut(row: dict[str, Any]) -> str:
    """Name the score that parts the tiers."""
    if row["tier_cut_method"] == AT_MEDIAN:
        return f"the median score, {count(row['tier_cut_low'])},"
    low, high = count(row["tier_cut_low"]), count(row["tier_cut_high"])
    return f"score {low}" if low == high else f"score {low} or {high}"


def _tier_record(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "platform": labels().platform(row["platform"]),
        "series": TIERS[row["quantity"]],
        "estimate": row["ratio"],
        "low": row["ratio_low"],
        "high": row["ratio_high"],
    }


def _ratio(logarithm: float | None) -> float | None:
    """Turn a log ratio into a ratio; None where only its side is told."""
    if logarithm is None:
        return None
    is_told = log(SMALLEST_RATIO) <= logarithm <= log(LARGEST_RATIO)
    return exp(logarithm) if is_told else None


def _zero_chart(rows: Rows, names: list[str]) -> dict[str, Any]:
    shown = [
        {
            "platform": labels().platform(row["platform"]),
            "decile": row["decile"],
            "share": row["zero_share"],
        }
        for row in rows
    ]
    base = marks.chart(shown).encode(
        x=alt.X(
            "decile",
            type="ordinal",
            title="Decile of the authority score",
            axis=alt.Axis(labelAngle=0),
        ),
        y=alt.Y(
            "share",
            type="quantitative",
            title="Domains never mentioned",
            axis=alt.Axis(format=".0%"),
            scale=alt.Scale(zero=True),
        ),
        tooltip=marks.tooltips(
            shown, platform="Platform", decile="Decile", share="Share of zeros"
        ),
    )
    both = marks.series("platform", names)
    lines = base.mark_line(strokeWidth=1.5).encode(
        color=both["color"], strokeDash=marks.dashes("platform", names)
    )
    points = base.mark_point(filled=True, size=50, opacity=1).encode(**both)
    return marks.spec([lines, points], 230)
