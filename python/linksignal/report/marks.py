"""Pieces that several charts are made of.

Colours are left to the page, which knows whether it is light, dark or paper:
a chart names marks and scales, or a colour as the page calls it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

SHAPES = (
    "circle",
    "square",
    "triangle-up",
    "diamond",
    "cross",
    "triangle-down",
)
DASHES = [[1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [10, 4], [4, 2]]
SYMLOG_TICKS = tuple(
    step * 10**power for power in range(9) for step in (1, 2, 5)
)
MOST_TICKS = 8
# What a decile has, and how its tooltip calls it.
DECILE_TITLES = {
    "decile": "Decile",
    "n": "Domains",
    "median": "Median mentions",
    "mean": "Mean mentions",
    "ci_low": "Interval from",
    "ci_high": "to",
}


def chart(records: Sequence[dict[str, Any]]) -> alt.Chart:
    """Start a chart that has its rows inside."""
    return alt.Chart(alt.Data(values=list(records)))  # type: ignore[no-untyped-call]


def series(field: str, names: Sequence[str]) -> dict[str, Any]:
    """Colour and shape of a series, with one legend for both."""
    legend = _legend()
    domain = list(names)
    shapes = list(SHAPES[: len(domain)])
    return {
        "color": alt.Color(
            field,
            type="nominal",
            scale=alt.Scale(domain=domain),
            legend=legend,
        ),
        "shape": alt.Shape(
            field,
            type="nominal",
            scale=alt.Scale(domain=domain, range=shapes),
            legend=legend,
        ),
    }


def dashes(field: str, names: Sequence[str]) -> alt.StrokeDash:
    """Dashes of a series: on grey paper they tell its lines apart."""
    return alt.StrokeDash(
        field,
        type="nominal",
        scale=alt.Scale(domain=list(names), range=DASHES[: len(names)]),
        legend=_legend(),
    )


def _legend() -> alt.Legend:
    return alt.Legend(title=None, orient="top", labelLimit=0)


def names_axis(field: str, order: Sequence[str]) -> alt.Y:
    """Vertical axis of names."""
    return alt.Y(
        field,
        type="nominal",
        sort=list(order),
        title=None,
        axis=alt.Axis(labelLimit=170, domain=False, ticks=False),
    )


def decile_record(row: dict[str, Any]) -> dict[str, Any]:
    """Pick what a decile has."""
    return {name: row[name] for name in DECILE_TITLES}


def largest_mentions(rows: Sequence[dict[str, Any]]) -> float:
    """Give the largest median, mean or end of an interval of deciles."""
    values = (
        row[name] for row in rows for name in ("median", "mean", "ci_high")
    )
    return max((value for value in values if value is not None), default=1.0)


def mentions_axis(field: str, largest: float) -> alt.Y:
    """Vertical logarithmic axis of medians that has a place for zero."""
    ticks = [0, *(tick for tick in SYMLOG_TICKS if tick <= largest)]
    if len(ticks) > MOST_TICKS:
        ticks = [tick for tick in ticks if str(tick).rstrip("0") in ("", "1")]
    return alt.Y(
        field,
        type="quantitative",
        title="AI mentions (answers)",
        scale=alt.Scale(
            type="symlog", constant=1, domain=[0, 1.15 * max(largest, 1)]
        ),
        axis=alt.Axis(values=ticks, format=",d"),
    )


def vertical_line(at: float) -> alt.Chart:
    """Dashed line that marks a value."""
    rule = chart([{"at": at}]).mark_rule(
        strokeDash=[4, 4], opacity=0.7, color="var(--quiet)"
    )
    line: alt.Chart = rule.encode(x=alt.X("at", type="quantitative"))
    return line


def tooltips(
    records: Sequence[dict[str, Any]], **titles: str
) -> list[alt.Tooltip]:
    """What a mark says when pointed at.

    Parameters
    ----------
    records : sequence of dict
        Rows of the chart.
    **titles : str
        Title by field; fields that no row has are left out.

    Returns
    -------
    list of altair.Tooltip
    """
    return [
        alt.Tooltip(field, type="nominal", title=title)
        if isinstance(_example(records, field), str)
        else alt.Tooltip(
            field, type="quantitative", title=title, format=",.3~f"
        )
        for field, title in titles.items()
        if _example(records, field) is not None
    ]


def _example(records: Sequence[dict[str, Any]], field: str) -> Any:
    values = (row.get(field) for row in records)
    return next((value for value in values if value is not None), None)


def spec(layers: Sequence[alt.Chart], height: int) -> dict[str, Any]:
    """Vega-Lite of layers that are as wide as their place on the page."""
    sized = alt.layer(*layers).properties(width="container", height=height)
    found: dict[str, Any] = sized.to_dict()
    # The page sets colours and fonts of all charts alike.
    found.pop("config", None)
    found["autosize"] = {"type": "fit", "contains": "padding"}
    return found
