"""Charts of coefficients: signals by method, and platforms."""

from __future__ import annotations

from linksignal.report.figure import Figure, table_of
from linksignal.report.interval_chart import IntervalChart
from linksignal.report.study import Rows, Study, pick
from linksignal.report.wording import (
    ALL,
    METHOD_LABELS,
    coefficient,
    interval,
    labels,
)

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
        Its table has every method, its chart three.
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
        f"Correlation with {name} (−1 to 1)",
        series=[METHOD_LABELS[method] for method in CHARTED_METHODS],
    )
    drawn = [row for row in rows if row["method"] in CHARTED_METHODS]
    counts = {row["n"] for row in drawn if row["estimate"] is not None}
    return Figure(
        title=_highest(rows, name),
        alt=(
            f"Points with intervals: correlation of {len(order)} backlink "
            f"signals with {name}, a row each, by Spearman, Pearson of "
            "logarithms and Pearson. The numbers are in the table below."
        ),
        spec=chart.spec(_shown(drawn)),
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


def platform_figure(study: Study) -> Figure:
    """Authority score against AI mentions, platform by platform."""
    rows = study.in_order(
        pick(
            study.correlations,
            signal="authority_score",
            outcome="ai_mentions",
            method="spearman",
        )
    )
    chart = IntervalChart(
        "platform",
        [labels().platform(key) for key in study.platforms()],
        "Spearman correlation with AI mentions (−1 to 1)",
    )
    return Figure(
        title=_spread(rows),
        alt=(
            "Points with intervals: Spearman correlation of the authority "
            "score with AI mentions, a row for each platform. The numbers are "
            "in the table below."
        ),
        spec=chart.spec(_shown(rows)),
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
