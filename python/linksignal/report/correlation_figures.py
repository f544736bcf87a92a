"""Figures of correlations, and of the contrasts between them."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import altair as alt

from linksignal.report import charts
from linksignal.report.charts import IntervalChart
from linksignal.report.figure import (
    Figure,
    HeatMap,
    Shade,
    one_view,
    table_of,
)
from linksignal.report.study import Rows, Study, pick
from linksignal.report.wording import (
    ALL,
    METHOD_LABELS,
    NOTHING,
    cell,
    coefficient,
    interval,
    labels,
)
from linksignal.text import amount, listed, p_written

CHARTED_METHODS = ("spearman", "pearson_log1p", "pearson")
DIFFERENT_DOMAINS = (
    " Not every signal is known for the same domains: two signals are compared "
    "on domains that have both, under Kinds of links and in claim C2."
)
TABLE_COLUMNS = (
    "signal outcome platform method n estimate ci_low ci_high p_adjusted "
    "p_family_wise published is_reliable status"
)


def coefficient_figure(study: Study, outcome: str) -> Figure:
    """Signals against one outcome on all platforms, by method.

    Parameters
    ----------
    study : Study
        The findings.
    outcome : str
        Key of the outcome.

    Returns
    -------
    Figure
        Its table has every method; three have a view each, on one scale.
    """
    rows = _with_published(
        pick(study.correlations, outcome=outcome, platform=ALL),
        study.replication,
    )
    name = labels().outcome(outcome)
    order = _by_spearman(rows)
    chart = IntervalChart(
        "signal",
        [labels().signal(key) for key in order],
        f"Correlation with {name}",
        "0 = no association",
        ends=_ends(study),
    )
    drawn = [row for row in rows if row["method"] in CHARTED_METHODS]
    counts = {row["n"] for row in drawn if row["estimate"] is not None}
    return Figure(
        title=_highest(rows, name),
        alt=(
            f"Points with intervals: correlation of {len(order)} backlink "
            f"signals with {name}, a row each, by the chosen method. The "
            "numbers are in the table below."
        ),
        views={
            METHOD_LABELS[method]: spec
            for method in CHARTED_METHODS
            if (spec := chart.spec(_shown(pick(rows, method=method))))
        },
        table=table_of(
            f"correlations_{outcome}",
            f"Correlations with {name}, all platforms",
            TABLE_COLUMNS,
            rows,
        ),
        note=(
            "Lines are intervals; ◇ marks what the study published. Pearson is "
            "of raw counts, which hangs on few large domains: its interval is "
            "not reliable where the table says so."
            + (DIFFERENT_DOMAINS if len(counts) > 1 else "")
        ),
    )


def _ends(study: Study) -> tuple[float, float]:
    """Ends of the scale that all methods and main outcomes share, in tenths."""
    rows = [
        row
        for row in pick(study.correlations, platform=ALL)
        if row["method"] in CHARTED_METHODS
    ]
    found = [
        row[name]
        for row in _with_published(rows, study.replication)
        for name in ("estimate", "ci_low", "ci_high", "published")
        if row[name] is not None
    ]
    low, high = min(found, default=0.0), max(found, default=0.0)
    return (
        min(0.0, math.floor(10 * low) / 10),
        max(0.1, math.ceil(10 * high) / 10),
    )


# Stars by the level that an adjusted p is below.
STARS = ((0.001, "***"), (0.01, "**"), (0.05, "*"))


def heat_map(study: Study) -> Figure:
    """Every signal on every platform, by Spearman with AI mentions.

    Parameters
    ----------
    study : Study
        The findings.

    Returns
    -------
    Figure
        Without a chart: the map is a table.
    """
    rows = study.in_order(
        [
            row
            for row in pick(
                study.correlations, outcome="ai_mentions", method="spearman"
            )
            if row["platform"] in study.platforms()
        ]
    )
    signals = _by_spearman(pick(rows, platform=study.platforms()[0]))
    cells = {(row["signal"], row["platform"]): _shade(row) for row in rows}
    return Figure(
        title=_map_title(rows, study.alpha),
        alt="",
        views={},
        table=table_of(
            "correlations_by_platform",
            "Spearman correlations with AI mentions, by platform",
            "signal platform n estimate ci_low ci_high p_adjusted "
            "zero_outcome_share status",
            rows,
        ),
        note=(
            "Spearman rank correlation with AI mentions: 0 is no association, "
            "1 the closest, below 0 the more of it the fewer mentions. "
            "Adjusted p: * below .05, ** below .01, *** below .001. Whether "
            "two cells differ is a test of its own, under Kinds of links and "
            "in claims C2 to C7."
        ),
        is_wide=True,
        heat_map=_map(study.platforms(), signals, cells)
        if any(row["estimate"] is not None for row in rows)
        else None,
    )


def _map(
    platforms: list[str],
    signals: list[str],
    cells: dict[tuple[str, str], Shade],
) -> HeatMap:
    return HeatMap(
        tuple(map(labels().platform, platforms)),
        tuple(
            (
                labels().signal(signal),
                tuple(
                    cells.get((signal, platform), Shade(NOTHING))
                    for platform in platforms
                ),
            )
            for signal in signals
        ),
    )


def _shade(row: dict[str, Any]) -> Shade:
    estimate, p_adjusted = row["estimate"], row["p_adjusted"]
    if estimate is None:
        return Shade(NOTHING, title=row["status"].replace("_", " "))
    stars = next(
        (
            stars
            for level, stars in STARS
            if p_adjusted is not None and p_adjusted < level
        ),
        "",
    )
    span = interval(row["ci_low"], row["ci_high"], coefficient)
    told = "" if p_adjusted is None else f", adjusted p {p_written(p_adjusted)}"
    return Shade(
        coefficient(estimate),
        stars,
        round(100 * abs(estimate)),
        estimate < 0,
        f"{coefficient(estimate)}{span}{told}, {amount(row['n'], 'domain')}",
    )


def _map_title(rows: Rows, alpha: float) -> str:
    tested = [row for row in rows if row["p_adjusted"] is not None]
    if not tested:
        return "No correlation of a signal with AI mentions can be tested here"
    shown = sum(row["p_adjusted"] < alpha for row in tested)
    best = max(tested, key=lambda row: (row["estimate"], row["signal"]))
    place = labels().platform(best["platform"])
    return (
        f"{shown} of {amount(len(tested), 'rank correlation')} with AI "
        "mentions are beyond chance; the highest is "
        f"{coefficient(best['estimate'])}, of "
        f"{labels().signal(best['signal']).lower()} on "
        f"{place.lower() if best['platform'] == ALL else place}"
    )


def platform_figure(study: Study) -> Figure:
    """Authority score against AI mentions, platform by platform."""
    rows = study.in_order(
        [
            row
            for row in pick(
                study.correlations,
                signal="authority_score",
                outcome="ai_mentions",
                method="spearman",
            )
            if row["platform"] in study.platforms()
        ]
    )
    chart = IntervalChart(
        "platform",
        [labels().platform(key) for key in study.platforms()],
        "Spearman correlation with AI mentions",
        "0 = no association",
    )
    return Figure(
        title=_spread(rows),
        alt=(
            "Points with intervals: Spearman correlation of the authority "
            "score with AI mentions, a row for each platform. The numbers are "
            "in the table below."
        ),
        views=one_view(chart.spec(_shown(rows))),
        table=table_of(
            "authority_by_platform",
            "Spearman correlation of authority score and AI mentions",
            "platform n estimate ci_low ci_high p_adjusted zero_outcome_share "
            "status",
            rows,
        ),
        note=(
            "Lines are intervals. Whether two platforms differ is a test of "
            "its own: claim C3."
        ),
        is_wide=True,
    )


def _with_published(rows: Rows, replication: Rows) -> Rows:
    published = {
        (row["signal"], row["outcome"], row["platform"], row["method"]): row[
            "published"
        ]
        for row in replication
    }
    return [
        row
        | {
            "published": published.get(
                (row["signal"], row["outcome"], row["platform"], row["method"])
            )
        }
        for row in rows
    ]


def _by_spearman(rows: Rows) -> list[str]:
    """Signals, the highest coefficient first, those without one last."""
    spearman = {
        row["signal"]: row["estimate"] for row in pick(rows, method="spearman")
    }
    return sorted(
        spearman,
        key=lambda signal: (
            -2 if spearman[signal] is None else spearman[signal],
            signal,
        ),
        reverse=True,
    )


def _highest(rows: Rows, name: str) -> str:
    estimated = [
        row
        for row in pick(rows, method="spearman")
        if row["estimate"] is not None
    ]
    if not estimated:
        return f"No signal has a Spearman correlation with {name} here"
    best = max(estimated, key=lambda row: (row["estimate"], row["signal"]))
    span = interval(best["ci_low"], best["ci_high"], coefficient)
    signal = labels().signal(best["signal"])
    return (
        f"{signal} has the highest Spearman correlation with {name}: "
        f"{coefficient(best['estimate'])}{span}"
    )


def _spread(rows: Rows) -> str:
    rows = [
        row
        for row in rows
        if row["platform"] != ALL and row["estimate"] is not None
    ]
    if not rows:
        return "No platform has a correlation of authority and mentions here"
    low = min(rows, key=lambda row: row["estimate"])
    high = max(rows, key=lambda row: row["estimate"])
    if low is high:
        span = interval(low["ci_low"], low["ci_high"], coefficient)
        return (
            f"Authority and mentions on {labels().platform(low['platform'])}: "
            f"{coefficient(low['estimate'])}{span}"
        )
    return (
        "Authority and mentions correlate at "
        f"{coefficient(low['estimate'])} "
        f"({labels().platform(low['platform'])}) to "
        f"{coefficient(high['estimate'])} "
        f"({labels().platform(high['platform'])})"
    )


def _shown(rows: Rows) -> Rows:
    return [
        {
            "signal": labels().signal(row["signal"]),
            "platform": labels().platform(row["platform"]),
            "series": METHOD_LABELS[row["method"]],
            "estimate": row["estimate"],
            "low": row["ci_low"],
            "high": row["ci_high"],
            "published": row.get("published"),
        }
        for row in rows
    ]


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
        views=one_view(_decile_chart(drawn, names) if drawn else None),
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
        if row["platform_a"] in study.platforms()
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
        "0 = no difference",
        margin=margin,
    )
    return Figure(
        title=_difference_title(rows, names),
        alt=(
            f"Points with intervals: Spearman correlation of {names[0]} with "
            f"AI mentions minus that of {names[1]}, a row for each platform. "
            "The numbers are in the table below."
        ),
        views=one_view(chart.spec([_difference_record(row) for row in rows])),
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
            f"±{margin:.2g} count as none on every platform. The title goes "
            "by adjusted p values, the lines are intervals of single rows."
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
        f"{words} on {amount(counts[words], 'platform')}"
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
        charts.decile_record(row) | {"signal": labels().signal(row["signal"])}
        for row in rows
    ]
    largest = charts.largest_mentions(rows)
    base = charts.chart(shown).encode(
        x=alt.X(
            "decile",
            type="ordinal",
            title="Decile of the signal",
            axis=alt.Axis(labelAngle=0),
        ),
        xOffset=alt.XOffset("signal", type="nominal", sort=names),
        tooltip=charts.tooltips(shown, signal="Signal", **charts.DECILE_TITLES),
    )
    both = charts.series("signal", names)
    layers = [
        base.mark_rule(strokeWidth=2).encode(
            y=charts.mentions_axis("ci_low", largest),
            y2="ci_high",
            color=both["color"],
        ),
        base.mark_point(filled=True, size=50, opacity=1).encode(
            y=charts.mentions_axis("median", largest), **both
        ),
        base.mark_point(
            filled=False, size=40, strokeWidth=1.5, shape="circle"
        ).encode(y=charts.mentions_axis("mean", largest), color=both["color"]),
    ]
    return charts.spec(layers, 280)
