"""Estimates with their intervals, a row for each name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from linksignal.report import marks

SERIES_HEIGHT = 14
ROW_GAP = 12
AXIS_HEIGHT = 56


@dataclass(frozen=True)
class IntervalChart:
    """What distinguishes one such chart from another.

    Attributes
    ----------
    field : str
        Field of the rows' names: ``signal`` or ``platform``.
    order : sequence of str
        Names from top to bottom.
    title : str
        Of the horizontal axis, with its unit.
    reference : float
        Value of the dashed line: no association, no growth.
    series : sequence of str
        Values of the field ``series``, if a name has several estimates.
    is_ratio : bool
        The axis is logarithmic.
    margin : float or None
        Differences as small as this count as none: shaded.
    """

    field: str
    order: Sequence[str]
    title: str
    reference: float = 0.0
    series: Sequence[str] = ()
    is_ratio: bool = False
    margin: float | None = None

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
            marks.vertical_line(self.reference),
            self._intervals(base),
            self._points(base),
            *self._published(drawn, base),
        ]
        rows = len({row[self.field] for row in drawn})
        height = rows * (SERIES_HEIGHT * max(len(self.series), 1) + ROW_GAP)
        return marks.spec(layers, height + AXIS_HEIGHT)

    def _base(self, records: Sequence[dict[str, Any]]) -> alt.Chart:
        chart = marks.chart(records).encode(
            y=marks.names_axis(self.field, self.order),
            tooltip=marks.tooltips(
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
            return chart
        return chart.encode(
            yOffset=alt.YOffset(
                "series", type="nominal", sort=list(self.series)
            ),
            color=marks.series("series", self.series)["color"],
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

    def _points(self, base: alt.Chart) -> alt.Chart:
        both = marks.series("series", self.series) if self.series else {}
        points: alt.Chart = base.mark_point(
            filled=True, size=60, opacity=1
        ).encode(x=self._x("estimate"), **both)
        return points

    def _x(self, field: str) -> alt.X:
        if self.is_ratio:
            scale = alt.Scale(type="log", nice=False, padding=20)
        else:
            scale = alt.Scale(zero=False)
        return alt.X(
            field,
            type="quantitative",
            title=self.title,
            scale=scale,
            axis=alt.Axis(
                format="~g" if self.is_ratio else ".2~f", tickCount=8
            ),
        )

    def _band(self) -> list[alt.Chart]:
        if self.margin is None:
            return []
        ends = [{"from": -self.margin, "to": self.margin}]
        band = marks.chart(ends).mark_rect(opacity=0.15)
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
