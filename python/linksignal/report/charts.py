"""The marks that charts share, and the chart of intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

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
        title="AI mentions (logarithmic scale)",
        scale=alt.Scale(
            type="symlog", constant=1, domain=[0, 1.15 * max(largest, 1)]
        ),
        axis=alt.Axis(values=ticks, format=",d"),
    )


def vertical_line(at: float, meaning: str) -> alt.Chart:
    """Dashed line that marks a value, with its meaning above."""
    rule = chart([{"at": at}]).mark_rule(
        strokeDash=[4, 4], opacity=0.7, color="var(--quiet)"
    )
    axis = alt.Axis(
        orient="top",
        values=[at],
        labelExpr=f"'{meaning}'",
        grid=False,
        domain=False,
        title=None,
    )
    line: alt.Chart = rule.encode(x=alt.X("at", type="quantitative", axis=axis))
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


def spec(
    layers: Sequence[alt.Chart],
    height: int,
    *,
    x_axes: Literal["shared", "independent"] = "shared",
) -> dict[str, Any]:
    """Vega-Lite of layers that are as wide as their place on the page."""
    sized = (
        alt.layer(*layers)
        .properties(width="container", height=height)
        .resolve_axis(x=x_axes)
    )
    # Against its schema a test holds it: each page would pay a quarter more.
    found: dict[str, Any] = sized.to_dict(validate=False)
    # The page sets colours and fonts of all charts alike.
    found.pop("config", None)
    found["autosize"] = {"type": "fit", "contains": "padding"}
    return found


SERIES_HEIGHT = 14
ROW_GAP = 12
AXIS_HEIGHT, LINE_HEIGHT = 56, 16
ENDS = ("low", "estimate", "high")

# Steps between ratios on an axis that is short enough for them.
RATIO_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)


def ratio_ticks(drawn: Sequence[float | None]) -> list[float]:
    """Choose round ratios for a logarithmic axis.

    A renderer's own choice has no ratio between 1 and 2.

    Parameters
    ----------
    drawn : sequence of float or None
        What the axis reaches over, some of it above 0.

    Returns
    -------
    list of float
        Ascending, at most MOST_TICKS.
    """
    known = [one for one in drawn if one and 0 < one < math.inf]
    low, high = min(known), max(known)
    for step in RATIO_STEPS:
        first, last = math.ceil(low / step), math.floor(high / step)
        if last - first < MOST_TICKS:
            return [round(at * step, 2) for at in range(first, last + 1)]
    first, last = (math.floor(math.log10(end)) for end in (low, high))
    # Whole powers from here on, and every so manieth of many.
    digits = (1,) if last - first > MOST_TICKS // 4 else (1, 2, 5)
    stride = math.ceil((last - first + 1) / MOST_TICKS)
    ticks = [
        float(f"{digit}e{power}")
        for power in range(first, last + 1)
        if power % stride == 0
        for digit in digits
    ]
    return [tick for tick in ticks if low <= tick <= high]


@dataclass(frozen=True)
class IntervalChart:
    """What distinguishes one such chart from another.

    Attributes
    ----------
    field : str
        Field of the rows' names: ``signal`` or ``platform``.
    order : sequence of str
        Names from top to bottom.
    title : str or list of str
        Of the horizontal axis, with its unit, in lines.
    meaning : str
        What the value of the dashed line means: no association.
    reference : float
        Value of the dashed line.
    series : sequence of str
        Values of the field ``series``, if a name has several estimates.
    is_ratio : bool
        The axis is logarithmic.
    margin : float or None
        Differences as small as this count as none: shaded.
    ends : tuple of float or None
        Those of the axis, where charts share one.
    number_format : str
        Of the numbers along the axis.
    """

    field: str
    order: Sequence[str]
    title: str | list[str]
    meaning: str
    reference: float = 0.0
    series: Sequence[str] = ()
    is_ratio: bool = False
    margin: float | None = None
    ends: tuple[float, float] | None = None
    number_format: str = "~g"

    def spec(self, records: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
        """Draw records.

        Parameters
        ----------
        records : sequence of dict
            With the field, ``estimate``, ``low`` and ``high``, which may be
            None; with ``series``, if there are any; ``published``, if there
            is such a value.

        Returns
        -------
        dict or None
            Vega-Lite; None without an estimate.
        """
        drawn = [row for row in records if row["estimate"] is not None]
        if not drawn:
            return None
        base = self._base(drawn)
        layers = [
            *self._band(),
            vertical_line(self.reference, self.meaning),
            self._intervals(base),
            self._points(base, drawn),
            *self._published(drawn, base),
        ]
        rows = len({row[self.field] for row in drawn})
        height = rows * (SERIES_HEIGHT * max(len(self.series), 1) + ROW_GAP)
        further = bool(self.series) + isinstance(self.title, list)
        around = AXIS_HEIGHT + further * LINE_HEIGHT
        return spec(layers, height + around, x_axes="independent")

    def _base(self, records: Sequence[dict[str, Any]]) -> alt.Chart:
        base = chart(records).encode(
            y=names_axis(self.field, self.order),
            tooltip=tooltips(
                records,
                **{self.field: self.field.capitalize()},
                series="Series",
                estimate="Estimate",
                low="Interval from",
                high="to",
                published="Published",
            ),
        )
        if not self.series:
            return base
        return base.encode(
            yOffset=alt.YOffset(
                "series", type="nominal", sort=list(self.series)
            ),
            color=series("series", self.series)["color"],
        )

    def _intervals(self, base: alt.Chart) -> alt.Chart:
        # An interval without an end would be drawn to the edge of the chart.
        whole = base.transform_filter(
            "isValid(datum.low) && isValid(datum.high)"
        )
        rules: alt.Chart = whole.mark_rule(strokeWidth=2).encode(
            x=self._x("low"), x2="high"
        )
        return rules

    def _points(
        self, base: alt.Chart, records: Sequence[dict[str, Any]]
    ) -> alt.Chart:
        both = series("series", self.series) if self.series else {}
        points: alt.Chart = base.mark_point(
            filled=True, size=60, opacity=1
        ).encode(x=self._x("estimate", self._axis(records)), **both)
        return points

    def _axis(self, records: Sequence[dict[str, Any]]) -> alt.Axis:
        if not self.is_ratio:
            return alt.Axis(format=self.number_format, tickCount=6)
        drawn = [row[end] for row in records for end in ENDS]
        return alt.Axis(
            format=self.number_format,
            values=ratio_ticks([*drawn, self.reference]),
        )

    def _x(self, field: str, axis: alt.Axis | None = None) -> alt.X:
        if self.is_ratio:
            scale = alt.Scale(type="log", nice=False, padding=20)
        elif self.ends:
            scale = alt.Scale(domain=list(self.ends), nice=False)
        else:
            scale = alt.Scale(zero=True)
        return alt.X(
            field,
            type="quantitative",
            title=self.title,
            scale=scale,
            axis=axis,
        )

    def _band(self) -> list[alt.Chart]:
        if self.margin is None:
            return []
        ends = [{"from": -self.margin, "to": self.margin}]
        band = chart(ends).mark_rect(opacity=0.15)
        return [band.encode(x=self._x("from"), x2="to")]

    def _published(
        self, records: Sequence[dict[str, Any]], base: alt.Chart
    ) -> list[alt.Chart]:
        if not any(row.get("published") is not None for row in records):
            return []
        shown = base.transform_filter("isValid(datum.published)")
        return [
            shown.mark_point(
                size=110, filled=False, strokeWidth=1.5, shape="diamond"
            ).encode(
                x=self._x("published"),
                color=alt.value("var(--ink)"),
                shape=alt.value("diamond"),
            )
        ]
