"""The pages that take all signals together: joint effects, and the outlook.

Their sentences stand in the tables; here they are only put beside pictures.
"""

from __future__ import annotations

from typing import Any

from linksignal.lookups import lookup_rows
from linksignal.report.charts import IntervalChart
from linksignal.report.figure import Figure, Section, Table, one_view, table_of
from linksignal.report.study import (
    MOST_OPPORTUNITIES,
    MOST_OUTLOOKS,
    Rows,
    Study,
    pick,
)
from linksignal.report.wording import ALL, count, label, percent
from linksignal.text import amount

EFFECT_COLUMNS = (
    "platform term n ratio ratio_low ratio_high p_adjusted doubling_ratio "
    "doubling_ratio_low doubling_ratio_high variance_inflation status reason"
)
SHARE_COLUMNS = (
    "platform term n share_of_variance ci_low ci_high rank rank_low rank_high "
    "probability_first correlation nearest_term nearest_correlation status "
    "reason"
)
PANEL_COLUMNS = (
    "platform term n months prompts estimate ci_low ci_high p_value verdict "
    "status"
)
OUTLOOK_COLUMNS = (
    "domain ai_mentions expected_mentions prediction_low prediction_high"
)
# What is worth a look for domains that are named less.
OPPORTUNITIES = {
    "sources": (
        "Sources that answers cite beside rivals of these domains",
        "domain cited_domain platform absent_answers citing_answers "
        "topic_answers rivals",
    ),
    "links": (
        "Domains that link to better-named rivals of these domains",
        "domain linking_domain rivals links follow_links highest_page_score",
    ),
}
TERMS = (
    "Number of links counts all backlinks, or referring domains where only "
    "these are known. Breadth is referring domains for every backlink. "
    "Nofollow mix is nofollow for every follow link and image mix image for "
    "every text link, beside what chance makes of as many links."
)
WORTH_A_LOOK = (
    "Worth a look, no promise: for the domains named less than usual, the "
    f"first {MOST_OPPORTUNITIES} sources that answers cite beside rivals and "
    f"not beside them, and the first {MOST_OPPORTUNITIES} domains that link "
    "to at least two better-named rivals and not to them. Rivals may be cited "
    "and linked because they are known; nothing here says that a mention "
    "follows. The other domains stand in the tables source_opportunities and "
    "link_opportunities."
)


def joint_section(study: Study) -> Section:
    """Make the page on what matters when all signals are in.

    Parameters
    ----------
    study : Study
        The findings.

    Returns
    -------
    Section
        Joint effects, shares of the signals, and what came first.
    """
    return Section(
        "joint",
        "All together",
        "What matters when all signals are in",
        [
            *(
                row[name]
                for row in pick(study.joint_summaries, platform=ALL)
                for name in ("effects_sentence", "gauge_sentence")
            ),
            *dict.fromkeys(
                f"Month by month: {row['sentence']}"
                for row in pick(study.panel_effects, platform=ALL)
            ),
        ],
        [_effects(study), _shares(study)],
        tables=_panel(study),
    )


def _panel(study: Study) -> list[Table]:
    """Show estimates of the panel, where there are any."""
    rows = [row for row in study.panel_effects if row["estimate"] is not None]
    table = table_of(
        "panel_effects",
        "What came first, month by month",
        PANEL_COLUMNS,
        study.in_order(rows),
    )
    return [table] if rows else []


def _effects(study: Study) -> Figure:
    rows = study.in_order(study.joint_effects)
    drawn = pick(rows, platform=ALL)
    chart = IntervalChart(
        "signal",
        [label(row["term"], "term") for row in drawn],
        ["Ratio of AI mentions", "(logarithmic scale)"],
        "×1 = as many",
        reference=1,
        is_ratio=True,
    )
    return Figure(
        title="AI mentions where one signal is a standard deviation higher "
        "and all others are the same",
        alt=(
            "Points with intervals: ratio of AI mentions over all platforms "
            "per standard deviation of each signal, all others held fixed. "
            "The numbers are in the table below."
        ),
        views=one_view(
            chart.spec(_drawn(drawn, "ratio", "ratio_low", "ratio_high"))
        ),
        table=table_of("joint_effects", "Joint effects", EFFECT_COLUMNS, rows),
        note="Lines are intervals. A ratio is no effect of a link: what else "
        f"differs between domains is not in the model. {TERMS}",
    )


def _shares(study: Study) -> Figure:
    rows = study.in_order(
        [
            row | {"share_of_variance": row["estimate"]}
            for row in study.signal_importance
        ]
    )
    drawn = pick(rows, platform=ALL)
    chart = IntervalChart(
        "signal",
        [label(row["term"], "term") for row in drawn],
        "Share of the variance of ranks",
        "0 = nothing",
        number_format="~%",
    )
    return Figure(
        title=_explained(drawn),
        alt=(
            "Points with intervals: share of the variance of the ranks of AI "
            "mentions over all platforms that falls to each signal. The "
            "numbers are in the table below."
        ),
        views=one_view(
            chart.spec(_drawn(drawn, "estimate", "ci_low", "ci_high"))
        ),
        table=table_of(
            "signal_importance", "Shares of the signals", SHARE_COLUMNS, rows
        ),
        note="Lines are intervals. A large share makes a good gauge and says "
        "nothing of cause; signals that go closely together divide one share.",
    )


def _explained(rows: Rows) -> str:
    explained = [
        row["r_squared"] for row in rows if row["r_squared"] is not None
    ]
    if not explained:
        return "What the signals explain together cannot be told here"
    return (
        f"All signals together explain {percent(explained[0])} of the ranks "
        "of AI mentions: what falls to each"
    )


def _drawn(rows: Rows, estimate: str, low: str, high: str) -> Rows:
    return [
        {
            "signal": label(row["term"], "term"),
            "estimate": row[estimate],
            "low": row[low],
            "high": row[high],
        }
        for row in rows
    ]


def outlook_section(study: Study) -> Section:
    """Make the page on domains beside those with their signals.

    Parameters
    ----------
    study : Study
        The findings.

    Returns
    -------
    Section
        How many stand apart, how many would by chance, and which.
    """
    counts = {row["standing"]: row for row in study.standings}
    standings = [
        row for row in lookup_rows("standings") if row["standing"] in counts
    ]
    apart = {name: pick(study.outlooks, standing=name) for name in APART}
    return Section(
        "outlook",
        "Your domain",
        "Your domain, and what would be worth a look",
        [
            *(_standing(row, counts[row["standing"]]) for row in standings),
            *_unknown(counts.get(None)),
            *([WORTH_A_LOOK] if study.sources or study.links else []),
        ],
        finds_domains=any(counts),
        tables=[
            *(
                table_of(
                    f"outlook_{row['standing']}",
                    f"Domains {row['label']} than domains with their signals, "
                    f"furthest first, at most {MOST_OUTLOOKS}"
                    + _what_is_usual(apart[row["standing"]]),
                    OUTLOOK_COLUMNS,
                    apart[row["standing"]],
                )
                for row in standings
                if row["standing"] in APART
            ),
            *_opportunities(study),
        ],
    )


def _opportunities(study: Study) -> list[Table]:
    found = {"sources": study.sources, "links": study.links}
    return [
        table_of(f"opportunities_{kind}", caption, columns, found[kind])
        for kind, (caption, columns) in OPPORTUNITIES.items()
        if found[kind]
    ]


# Standings of domains that there is something to say about.
APART = ("less", "more")


def _standing(row: dict[str, str], counted: dict[str, Any]) -> str:
    """Count the domains of a standing, and those that chance alone makes."""
    domains = amount(counted["domains"], "domain")
    told = f"{row['label'].capitalize()}: {domains}"
    chance = counted["by_chance_count"]
    if row["standing"] in APART and chance is not None:
        about = (
            f"about {count(round(chance))}" if chance >= 1 else "less than 1"
        )
        told += f"; chance alone would put {about} here"
    return f"{told}. {row['sentence']}"


def _what_is_usual(rows: Rows) -> str:
    """Say what puzzles in these rows: no range, or a mean above its end."""
    ends = [(row["prediction_high"], row["expected_mentions"]) for row in rows]
    told = ""
    if any(high is None for high, _ in ends):
        told += "; without a range none is usual"
    if any(high is not None and mean > high for high, mean in ends):
        told += (
            "; what is expected is a mean, and lies above what is usual where "
            "few domains have most mentions"
        )
    return told


def _unknown(counted: dict[str, Any] | None) -> list[str]:
    if counted is None:
        return []
    told = f"Not told for {amount(counted['domains'], 'domain')}"
    if not counted["reason"]:
        return [f"{told}."]
    often = ", most often for this reason" if counted["reasons"] > 1 else ""
    return [f"{told}{often}. {counted['reason']}"]
