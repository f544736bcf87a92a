"""Figures of authority: deciles, thresholds, and what they say."""

from __future__ import annotations

from math import exp, log
from typing import Any

import altair as alt

from linksignal.report import charts
from linksignal.report.charts import IntervalChart
from linksignal.report.figure import Figure, one_view, table_of
from linksignal.report.study import Rows, Study, pick
from linksignal.report.wording import (
    ALL,
    cell,
    count,
    interval,
    labels,
    percent,
    with_minus,
)
from linksignal.stats.estimators.tiers import AT_MEDIAN
from linksignal.text import LARGEST_RATIO, SMALLEST_RATIO, listed, p_text

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
        views=one_view(_zero_chart(drawn, names) if drawn else None),
        table=table_of(
            "zeros_by_decile",
            "Domains never mentioned, by decile of the authority score",
            "platform decile n signal_min signal_max zero_share",
            rows,
        ),
        is_wide=True,
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
        if row["quantity"] in TIERS and row["platform"] in study.platforms()
    ]
    rows = study.in_order(sorted(rows, key=lambda row: row["quantity"]))
    chart = IntervalChart(
        "platform",
        [labels().platform(key) for key in study.platforms()],
        ["Mentions per ten points of score", "(ratio, logarithmic scale)"],
        "×1 = no growth",
        reference=1,
        series=list(TIERS.values()),
        is_ratio=True,
    )
    return Figure(
        title=_tier_title(pick(rows, platform=study.platforms()[0])),
        alt=(
            "Points with intervals: ratio of mentions per ten points of "
            "authority score, up to and above the cut between tiers, a row "
            "for each platform. The numbers are in the table below."
        ),
        views=one_view(chart.spec([_tier_record(row) for row in rows])),
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
            "found a kink: each half of the domains, drawn at random, at the "
            "knot of the other half, so that there may be two cuts beside the "
            "knot of all domains; elsewhere at the median score."
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
    return f"score {low}" if low == high else f"score {low}–{high}"


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
    base = charts.chart(shown).encode(
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
            axis=alt.Axis(format="~%"),
            scale=alt.Scale(zero=True),
        ),
        tooltip=charts.tooltips(
            shown, platform="Platform", decile="Decile", share="Share of zeros"
        ),
    )
    both = charts.series("platform", names)
    lines = base.mark_line(strokeWidth=1.5).encode(
        color=both["color"], strokeDash=charts.dashes("platform", names)
    )
    points = base.mark_point(filled=True, size=50, opacity=1).encode(**both)
    return charts.spec([lines, points], 230)


DECILE_COLUMNS = (
    "platform decile n signal_min signal_max median ci_low ci_high mean "
    "zero_share status reason"
)


def tier_bars(study: Study) -> Figure:
    """Mentions by decile of the authority score, as the study showed them.

    Parameters
    ----------
    study : Study
        The findings.

    Returns
    -------
    Figure
        Bars of medians; of means where every median is zero.
    """
    rows = pick(
        study.deciles,
        signal="authority_score",
        outcome="ai_mentions",
        platform=ALL,
    )
    drawn = [row for row in rows if row["median"] is not None]
    column = "median" if any(row["median"] for row in drawn) else "mean"
    name = f"{column.capitalize()} AI mentions"
    return Figure(
        title=_decile_title(labels().platform(ALL), drawn),
        alt=(
            f"Bars: {name} on all platforms by decile of the authority "
            f"score, {len(drawn)} deciles. The numbers are in the table below."
        ),
        views=one_view(_tier_bars(drawn, column, name) if drawn else None),
        table=table_of(
            "tiers",
            "AI mentions by decile of the authority score: "
            f"{labels().platform(ALL)}",
            "decile n signal_min signal_max median mean zero_share",
            rows,
        ),
        note=(
            "As the published study drew it: a bar per tenth of the domains, "
            "its scores below, without what is uncertain. Intervals, means "
            "and single platforms are in the detailed view."
        ),
        is_wide=True,
    )


def _tier_bars(rows: Rows, column: str, name: str) -> dict[str, Any]:
    shown = [
        {
            "scores": f"{count(row['signal_min'])}–{count(row['signal_max'])}",
            "mentions": row[column],
            "written": count(row[column])
            if column == "median"
            else cell(row[column]),
            "n": row["n"],
        }
        for row in rows
    ]
    base = charts.chart(shown).encode(
        x=alt.X(
            "scores",
            type="ordinal",
            sort=None,
            title="Authority score",
            axis=alt.Axis(labelOverlap=False),
        ),
        y=alt.Y(
            "mentions",
            type="quantitative",
            title=f"{name} (linear scale)",
            axis=alt.Axis(format=",.2~r", tickCount=5),
        ),
        tooltip=charts.tooltips(
            shown, scores="Scores", mentions=name, n="Domains"
        ),
    )
    return charts.spec(
        [
            base.mark_bar(color="var(--series-1)"),
            base.mark_text(dy=-7, color="var(--ink)").encode(
                text=alt.Text("written", type="nominal")
            ),
        ],
        230,
    )


def decile_figures(study: Study) -> list[Figure]:
    """Median mentions by decile of the authority score, platform by platform.

    Parameters
    ----------
    study : Study
        The findings.

    Returns
    -------
    list of Figure
        All platforms first; those of single platforms share their scale.
    """
    rows = pick(study.deciles, signal="authority_score", outcome="ai_mentions")
    knots = {
        row["platform"]: row
        for row in pick(study.thresholds, quantity="kink")
        if is_kink_shown(row, study.alpha) and not study.percentile_scales
    }
    first = study.platforms()[0]
    single = [row for row in rows if row["platform"] != ALL]
    return [
        _decile_figure(
            platform,
            pick(rows, platform=platform),
            knots.get(platform),
            charts.largest_mentions(rows if platform == ALL else single),
            is_first=platform == first,
        )
        for platform in study.platforms()
    ]


def _decile_figure(
    platform: str,
    rows: Rows,
    knot: dict[str, Any] | None,
    largest: float,
    *,
    is_first: bool,
) -> Figure:
    name = labels().platform(platform)
    drawn = [row for row in rows if row["median"] is not None]
    marked = "; the shaded scores hold the kink of the curve" if knot else ""
    return Figure(
        title=_decile_title(name, drawn),
        alt=(
            f"Points with intervals: median AI mentions on {name} by decile "
            f"of the authority score, {len(drawn)} deciles{marked}. The "
            "numbers are in the table below."
        ),
        views=one_view(_decile_chart(drawn, knot, largest) if drawn else None),
        table=table_of(
            f"deciles_{platform}",
            f"AI mentions by decile of the authority score: {name}",
            DECILE_COLUMNS,
            rows,
        ),
        note=_note(marked, is_first=is_first),
        is_wide=is_first,
    )


def _note(marked: str, *, is_first: bool) -> str:
    """Explain the marks at the first chart; those after look the same."""
    if is_first:
        return (
            "Each point is a decile: the flat line spans its scores, the "
            "upright one is the interval of the median, the ring the mean"
            f"{marked}."
        )
    return f"{marked[2:].capitalize()}." if marked else ""


def _decile_title(name: str, rows: Rows) -> str:
    if not rows:
        return f"{name}: no deciles here"
    first, last = rows[0], rows[-1]
    if len(rows) > 1 and not any(row["median"] for row in rows):
        return (
            f"{name}: the median is 0 in every decile, the mean "
            f"{cell(first['mean'])} in the lowest, {cell(last['mean'])} in "
            "the highest"
        )
    if len(rows) == 1:
        return f"{name}: one group of scores, median {count(first['median'])}"
    return (
        f"{name}: median mentions are {count(first['median'])} in the lowest "
        f"decile, {count(last['median'])} in the highest"
    )


def _decile_chart(
    rows: Rows, knot: dict[str, Any] | None, largest: float
) -> dict[str, Any]:
    shown = [
        charts.decile_record(row)
        | {
            "from": row["signal_min"],
            "to": row["signal_max"],
            "score": (row["signal_min"] + row["signal_max"]) / 2,
            "zero_share": row["zero_share"],
        }
        for row in rows
    ]
    y = charts.mentions_axis("median", largest)
    title = "Authority score (0–100)"
    x = alt.X(
        "score",
        type="quantitative",
        title=title,
        scale=alt.Scale(domain=[0, 100]),
    )
    base = charts.chart(shown).encode(
        tooltip=charts.tooltips(
            shown,
            **charts.DECILE_TITLES,
            **{"from": "Scores from", "to": "to"},
            zero_share="Share of zeros",
        )
    )
    layers = [
        base.mark_rule(strokeWidth=1.5, opacity=0.5).encode(
            x=alt.X("from", type="quantitative", title=title),
            x2="to",
            y=y,
        ),
        base.mark_rule(strokeWidth=2).encode(
            x=x, y=charts.mentions_axis("ci_low", largest), y2="ci_high"
        ),
        base.mark_point(filled=True, size=60, opacity=1).encode(x=x, y=y),
        base.mark_point(filled=False, size=50, strokeWidth=1.5).encode(
            x=x, y=charts.mentions_axis("mean", largest)
        ),
    ]
    return charts.spec([*_knot_layers(knot), *layers], 230)


def _knot_layers(knot: dict[str, Any] | None) -> list[alt.Chart]:
    if knot is None:
        return []
    base = charts.chart(
        [
            {
                "knot": knot["knot"],
                "from": knot["knot_low"],
                "to": knot["knot_high"],
            }
        ]
    )
    return [
        base.mark_rect(opacity=0.18).encode(
            x=alt.X("from", type="quantitative"), x2="to"
        ),
        base.mark_rule(strokeDash=[4, 3]).encode(
            x=alt.X("knot", type="quantitative")
        ),
    ]


def is_kink_shown(row: dict[str, Any], alpha: float) -> bool:
    """Tell whether a kink is shown.

    Parameters
    ----------
    row : dict
        Row of quantity ``kink``.
    alpha : float
        Level of the test, over all platforms.

    Returns
    -------
    bool
        A knot stands in the row as soon as its own p rejects.
    """
    p_adjusted = row["p_adjusted"]
    return (
        row["knot"] is not None
        and p_adjusted is not None
        and p_adjusted < alpha
    )


def threshold_sentences(rows: Rows, alpha: float) -> list[str]:
    """Say what the kink test found, platforms of one finding together.

    Parameters
    ----------
    rows : list of dict
        Rows of quantity ``kink``.
    alpha : float
        Level of the test.

    Returns
    -------
    list of str
        One sentence per finding.
    """
    found: dict[str, list[str]] = {}
    for row in rows:
        name = labels().platform(row["platform"])
        found.setdefault(_threshold_found(row, alpha), []).append(name)
    return [f"{listed(names)}: {told}" for told, names in found.items()]


def _threshold_found(row: dict[str, Any], alpha: float) -> str:
    if row["p_adjusted"] is None:
        reason = row["reason"] or row["status"].replace("_", " ")
        told = with_minus(reason.rstrip("."))
        return f"no test of a kink. {told}."
    p_adjusted = p_text(row["p_adjusted"], "adjusted p")
    if not is_kink_shown(row, alpha):
        return f"no kink shown against a smooth curve ({p_adjusted})."
    span = interval(row["knot_low"], row["knot_high"], count)
    return (
        f"the curve of mentions bends upward, a kink at score "
        f"{count(row['knot'])}{span} ({p_adjusted})."
    )
