"""Charts of mentions by decile of the authority score."""

from __future__ import annotations

from typing import Any

import altair as alt

from linksignal.report import marks
from linksignal.report.figure import Figure, table_of
from linksignal.report.study import Rows, Study, pick
from linksignal.report.threshold_sentences import is_kink_shown
from linksignal.report.wording import ALL, cell, count, labels

DECILE_COLUMNS = (
    "platform decile n signal_min signal_max median ci_low ci_high mean "
    "zero_share status reason"
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
        if is_kink_shown(row, study.alpha)
    }
    single = [row for row in rows if row["platform"] != ALL]
    return [
        _decile_figure(
            platform,
            pick(rows, platform=platform),
            knots.get(platform),
            marks.largest_mentions(rows if platform == ALL else single),
        )
        for platform in [ALL, *study.covered_platforms()]
    ]


def _decile_figure(
    platform: str, rows: Rows, knot: dict[str, Any] | None, largest: float
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
        spec=_decile_chart(drawn, knot, largest) if drawn else None,
        table=table_of(
            f"deciles_{platform}",
            f"AI mentions by decile of the authority score: {name}",
            DECILE_COLUMNS,
            rows,
        ),
        note=_note(platform, marked),
        is_wide=platform == ALL,
    )


def _note(platform: str, marked: str) -> str:
    """Explain the marks at the first chart; those after look the same."""
    if platform == ALL:
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
        marks.decile_record(row)
        | {
            "from": row["signal_min"],
            "to": row["signal_max"],
            "score": (row["signal_min"] + row["signal_max"]) / 2,
            "zero_share": row["zero_share"],
        }
        for row in rows
    ]
    y = marks.mentions_axis("median", largest)
    title = "Authority score (0–100)"
    x = alt.X(
        "score",
        type="quantitative",
        title=title,
        scale=alt.Scale(domain=[0, 100]),
    )
    base = marks.chart(shown).encode(
        tooltip=marks.tooltips(
            shown,
            **marks.DECILE_TITLES,
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
            x=x, y=marks.mentions_axis("ci_low", largest), y2="ci_high"
        ),
        base.mark_point(filled=True, size=60, opacity=1).encode(x=x, y=y),
        base.mark_point(filled=False, size=50, strokeWidth=1.5).encode(
            x=x, y=marks.mentions_axis("mean", largest)
        ),
    ]
    return marks.spec([*_knot_layers(knot), *layers], 230)


def _knot_layers(knot: dict[str, Any] | None) -> list[alt.Chart]:
    if knot is None:
        return []
    base = marks.chart(
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
