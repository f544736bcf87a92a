"""Two kinds of links beside each other: by decile, and platform by platform."""

from __future__ import annotations

from collections import Counter
from typing import Any

import altair as alt

from linksignal.report import marks
from linksignal.report.figure import Figure, table_of
from linksignal.report.interval_chart import IntervalChart
from linksignal.report.study import Rows, Study, pick
from linksignal.report.wording import ALL, cell, labels, plural
from linksignal.words import listed

DECILE_COLUMNS = (
    "signal decile n signal_min signal_max median ci_low ci_high mean "
    "zero_share status reason"
)
DIFFERENCE_COLUMNS = (
    "platform n estimate_a estimate_b difference ci_low ci_high p_adjusted "
    "equivalence_margin p_equivalence smallest_certified_margin n_for_power "
    "relation status reason"
)
RELATIONS = {
    "equivalent": "equal within the margin",
    "different_but_negligible": "different, yet within the margin",
    "undecided": "undecided",
}


def pair_figures(study: Study, first: str, second: str) -> list[Figure]:
    """Compare two signals.

    Parameters
    ----------
    study : Study
        The findings.
    first, second : str
        Keys of the signals, as the contrasts order them.

    Returns
    -------
    list of Figure
        Mentions by decile of each, and the difference of their correlations
        on each platform.
    """
    return [
        _decile_figure(study, first, second),
        _difference_figure(study, first, second),
    ]


def _decile_figure(study: Study, first: str, second: str) -> Figure:
    names = [labels().signal(key) for key in (first, second)]
    rows = [
        row
        for signal in (first, second)
        for row in pick(
            study.deciles, signal=signal, outcome="ai_mentions", platform=ALL
        )
    ]
    drawn = [row for row in rows if row["median"] is not None]
    return Figure(
        title=_decile_title(drawn),
        alt=(
            "Points with intervals: median AI mentions by decile of "
            f"{names[0]} and of {names[1]}. The numbers are in the table "
            "below."
        ),
        spec=_decile_chart(drawn, names) if drawn else None,
        table=table_of(
            f"deciles_{first}_{second}",
            f"AI mentions by decile: {names[0]} and {names[1]}",
            DECILE_COLUMNS,
            rows,
        ),
        note="Lines are intervals of the median, rings means; each signal has "
        "its own deciles.",
    )


def _difference_figure(study: Study, first: str, second: str) -> Figure:
    names = [labels().signal(key) for key in (first, second)]
    rows = [
        row | {"platform": row["platform_a"]}
        for row in pick(
            study.contrasts,
            kind="signals",
            method="spearman",
            signal_a=first,
            signal_b=second,
            domain_set="all",
        )
    ]
    rows = study.in_order(rows)
    margins = [
        row["equivalence_margin"]
        for row in rows
        if row["equivalence_margin"] is not None
    ]
    margin = min(margins, default=None)
    chart = IntervalChart(
        "platform",
        [labels().platform(key) for key in study.platforms()],
        "Difference of Spearman correlations",
        margin=margin,
    )
    return Figure(
        title=_difference_title(rows, names),
        alt=(
            f"Points with intervals: Spearman correlation of {names[0]} with "
            f"AI mentions minus that of {names[1]}, a row for each platform. "
            "The numbers are in the table below."
        ),
        spec=chart.spec([_difference_record(row) for row in rows]),
        table=table_of(
            f"differences_{first}_{second}",
            f"{names[0]} minus {names[1]}: Spearman correlations with AI "
            "mentions",
            DIFFERENCE_COLUMNS,
            rows,
        ),
        note=(
            f"Right of zero: {names[0].lower()} have the higher "
            "correlation. Shaded: differences of at most "
            f"±{margin:.2g} count as none on every platform."
            if margin
            else ""
        ),
    )


def _decile_title(rows: Rows) -> str:
    """State the medians at the ends, or means where all medians are 0."""
    signals = list(dict.fromkeys(row["signal"] for row in rows))
    if not signals:
        return "No deciles here"
    figure = "median" if any(row["median"] for row in rows) else "mean"
    parts = []
    for signal in signals:
        own = pick(rows, signal=signal)
        low, high = own[0][figure], own[-1][figure]
        parts.append(
            f"{cell(low)} → {cell(high)} by {labels().signal(signal).lower()}"
        )
    lead = "Median mentions" if figure == "median" else "Medians are 0; means"
    return f"{lead}, lowest to highest decile: {listed(parts)}"


def _difference_title(rows: Rows, names: list[str]) -> str:
    single = [row for row in rows if row["platform"] != ALL]
    counts = Counter(_relation(row, names) for row in single)
    found = [
        f"{words} on {plural(counts[words], 'platform')}"
        for words in (
            *(f"{name} higher" for name in names),
            *RELATIONS.values(),
        )
        if counts[words]
    ]
    if not found:
        return f"{names[0]} and {names[1]} could not be compared here"
    return f"{names[0]} and {names[1]}: {listed(found)}"


def _relation(row: dict[str, Any], names: list[str]) -> str | None:
    """Say which of two correlations is higher, where that is shown."""
    if row["relation"] == "different" and row["difference"] is not None:
        return f"{names[row['difference'] < 0]} higher"
    return RELATIONS.get(row["relation"])


def _difference_record(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "platform": labels().platform(row["platform"]),
        "estimate": row["difference"],
        "low": row["ci_low"],
        "high": row["ci_high"],
    }


def _decile_chart(rows: Rows, names: list[str]) -> dict[str, Any]:
    shown = [
        marks.decile_record(row) | {"signal": labels().signal(row["signal"])}
        for row in rows
    ]
    largest = marks.largest_mentions(rows)
    base = marks.chart(shown).encode(
        x=alt.X(
            "decile",
            type="ordinal",
            title="Decile of the signal",
            axis=alt.Axis(labelAngle=0),
        ),
        xOffset=alt.XOffset("signal", type="nominal", sort=names),
        tooltip=marks.tooltips(shown, signal="Signal", **marks.DECILE_TITLES),
    )
    both = marks.series("signal", names)
    layers = [
        base.mark_rule(strokeWidth=2).encode(
            y=marks.mentions_axis("ci_low", largest),
            y2="ci_high",
            color=both["color"],
        ),
        base.mark_point(filled=True, size=50, opacity=1).encode(
            y=marks.mentions_axis("median", largest), **both
        ),
        base.mark_point(
            filled=False, size=40, strokeWidth=1.5, shape="circle"
        ).encode(y=marks.mentions_axis("mean", largest), color=both["color"]),
    ]
    return marks.spec(layers, 280)
