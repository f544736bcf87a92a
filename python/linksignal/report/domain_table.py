"""The domains: the rows to search, and where each stands in its decile."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import starmap
from typing import Any

from linksignal.report.figure import Table
from linksignal.report.study import Rows, finite
from linksignal.report.wording import ALL, cell, count, label, labels
from linksignal.show.findings import Findings
from linksignal.sql import identifier, literal
from linksignal.text import amount

# A page of more domains opens slowly; the export has them all.
MOST_DOMAINS = 2_000

# It makes the deciles, so no domain lags behind by it.
_DECILED = "authority_score"

_SHARE = "share_of_voice"
_MENTIONS = "ai_mentions_all"

# Delivered signals and, a column per platform, outcomes beside the study's own
# signals.
_BESIDE = """
with beside as (
    select
        domains.*, signals.* exclude (domain), outcomes.* exclude (domain)
    from findings.domains as domains
    left join (
        select {signals}
        from findings.domain_signals
        group by domain
    ) as signals using (domain)
    left join (
        select {outcomes}
        from findings.domain_outcomes
        group by domain
    ) as outcomes using (domain)
)
"""

_DOMAINS = """
select
    domain, category, authority_score, authority_decile, {signals},
    {outcomes}
from beside
order by ai_mentions_all desc nulls last, domain
limit {limit:d}
"""

# Where the numbers of a domain come from, and which domains count with it.
_SOURCES = """
select
    listed.domain, owner, cluster, link_source, link_grain, links_as_of,
    authority_source, authority_as_of, delivered_score, authority_scale,
    coalesce(
        (
            select count(*) from findings.domains as others
            where others.cluster = listed.cluster
        ), 0
    ) as cluster_size
from beside as listed
order by ai_mentions_all desc nulls last, listed.domain
limit {limit:d}
"""

# What is usual for a domain with its signals.
_OUTLOOK = """
select
    listed.domain, outlook.standing, outlook.ai_mentions,
    outlook.prediction_low, outlook.prediction_high, outlook.reason
from (
    select domain from beside
    order by ai_mentions_all desc nulls last, domain
    limit {limit:d}
) as listed
left join findings.domain_outlook as outlook
    on listed.domain = outlook.domain and outlook.platform = 'all'
"""

# One row per decile, and one of all domains, without a decile.
_MEDIANS = """
select authority_decile, {medians}
from beside
group by grouping sets ((authority_decile), ())
having authority_decile is not null or grouping(authority_decile) = 1
order by authority_decile nulls last
"""

# Share of the next higher decile's domains below the value, ties half.
_STANDING = """,
tiers as (
    select
        authority_decile,
        lead(authority_decile) over (order by authority_decile) as next_decile
    from (select distinct authority_decile from findings.domains)
    where authority_decile is not null
),

listed as (
    select domain, next_decile, {signals}
    from (
        select * from beside
        order by ai_mentions_all desc nulls last, domain
        limit {limit:d}
    )
    left join tiers using (authority_decile)
)

select
    listed.domain,
    {standings}
from listed
left join beside as above
    on listed.next_decile = above.authority_decile
group by listed.domain
"""


# Share of all domains with a value that lie below it, ties half, in per cent.
_PLACES = """
select {places}
from beside
order by beside.ai_mentions_all desc nulls last, domain
limit {limit:d}
"""
_PLACE = """
case when {name} is not null then round(100 * (
    rank() over (partition by {name} is null order by {name}) - 1
    + count(*) over (partition by {name}) / 2
) / count({name}) over ())::integer end as {name}"""


@dataclass(frozen=True)
class Domains:
    """Listed domains and what they are compared with.

    Attributes
    ----------
    table : Table
        One row per listed domain, most mentioned first.
    medians : list of dict
        Medians of what is compared: one row per ``authority_decile``, and
        one of all domains, where that is None.
    standing : dict
        By domain: for each profiled signal the share (0-1) of the next higher
        decile's domains that lie below, ties counted half; None where there
        is no higher decile or no value.
    places : list of dict
        By the order of the table: for what is compared the share of all
        domains below it, per cent, ties counted half.
    sources : dict of str to str
        By domain: where its links and its score come from, and whether it
        counts as one with others.
    outlooks : dict of str to str
        By domain: whether it is named as often as is usual for its signals.
    profiled : list of str
        Signals by which a domain may lag behind the next decile.
    """

    table: Table
    medians: Rows
    standing: dict[str, list[float | None]]
    places: Rows
    sources: dict[str, str]
    outlooks: dict[str, str]
    profiled: list[str]

    @property
    def main(self) -> list[str]:
        """Columns to show before a reader asks for all."""
        wanted = (
            *("domain", "category", _DECILED, "authority_decile"),
            *("referring_domains", "total_backlinks", _MENTIONS),
            f"{_SHARE}_{ALL}",
        )
        return [name for name in wanted if name in self.table.columns]

    @property
    def compared(self) -> list[str]:
        """What of a domain stands beside medians: mentions, then signals."""
        return [_MENTIONS, *self.profiled]


def read_domains(findings: Findings, most: int = MOST_DOMAINS) -> Domains:
    """Read the domains of a database.

    Parameters
    ----------
    findings : Findings
        An open database.
    most : int, default 2000
        Domains to list at most.

    Returns
    -------
    Domains
    """
    outcomes = [
        *(("ai_mentions", platform) for platform in _platforms(findings)),
        (_SHARE, ALL),
    ]
    profiled, delivered = _signals(findings)
    beside = _BESIDE.format(
        signals=", ".join(["domain", *map(_delivered, delivered)]),
        outcomes=", ".join(["domain", *starmap(_pivoted, outcomes)]),
    )
    names = {signal: identifier(signal) for signal in profiled}
    columns = {
        "signals": ", ".join(names.values()),
        "outcomes": ", ".join(map(identifier, map("_".join, outcomes))),
        "limit": most,
    }
    standings = ", ".join(
        f"""
        avg(case
            when listed.{name} is null or above.{name} is null then null
            when above.{name} < listed.{name} then 1.0
            when above.{name} = listed.{name} then 0.5
            else 0.0
        end) as {name}"""
        for name in names.values()
    )
    medians = ", ".join(
        f"median({name}) as {name}" for name in (_MENTIONS, *names.values())
    )
    places = ", ".join(
        _PLACE.format(name=name) for name in (_MENTIONS, *names.values())
    )
    queries = (
        _DOMAINS.format(**columns),
        _STANDING.format(standings=standings, **columns),
        _MEDIANS.format(medians=medians),
        _PLACES.format(places=places, **columns),
        _SOURCES.format(**columns),
        _OUTLOOK.format(**columns),
    )
    records, standing, typical, places_of, sources, outlooks = (
        finite(findings.records(beside + query)) for query in queries
    )
    header = tuple(records[0]) if records else ("domain",)
    rows = tuple(tuple(record.values()) for record in records)
    return Domains(
        Table("domains", "Study domains", header, rows),
        typical,
        {row["domain"]: _rounded(row, profiled) for row in standing},
        places_of,
        {row["domain"]: source_text(row) for row in sources},
        {row["domain"]: outlook_text(row) for row in outlooks},
        profiled,
    )


def source_text(row: dict[str, Any]) -> str:
    """Say where the numbers of a domain come from.

    Parameters
    ----------
    row : dict
        The columns of ``findings.domains`` on sources, owner and cluster, and
        ``cluster_size``, how many domains are in the cluster.

    Returns
    -------
    str
        A few sentences.
    """
    told = [_links(row), _authority(row)]
    if row["owner"] is not None:
        told.append(f"Owner: {row['owner']}.")
    if row["cluster_size"] > 1:
        told.append(
            f"In errors it counts as one with {row['cluster_size'] - 1:,} "
            f"more of the cluster {row['cluster']}."
        )
    return " ".join(told)


def outlook_text(row: dict[str, Any]) -> str:
    """Say whether a domain is named as often as is usual for its signals.

    Parameters
    ----------
    row : dict
        Of ``findings.domain_outlook`` over all platforms, all None but the
        domain where there is none.

    Returns
    -------
    str
        One sentence.
    """
    if row["standing"] is None:
        reason = f" {row['reason']}" if row["reason"] else ""
        return f"What is usual for its signals cannot be told.{reason}"
    standing = label(row["standing"], "standing").capitalize()
    if not row["prediction_high"]:
        return f"{standing} for domains with its signals."
    low, high = (count(row[f"prediction_{end}"]) for end in ("low", "high"))
    return (
        f"{standing}: in {amount(row['ai_mentions'], 'answer')}; {low} to "
        f"{high} are usual for domains with its signals."
    )


def _links(row: dict[str, Any]) -> str:
    if row["link_source"] is None:
        return "No links known."
    kind = "totals" if row["link_grain"] == "profile" else "link rows"
    return f"Links: {kind} of {row['link_source']}{_as_of(row['links_as_of'])}."


def _authority(row: dict[str, Any]) -> str:
    if row["authority_source"] is None:
        return "No score known."
    return (
        f"Score: {cell(row['delivered_score'])} of {row['authority_source']}, "
        f"scale {row['authority_scale']}{_as_of(row['authority_as_of'])}."
    )


def _as_of(day: Any) -> str:
    return "" if day is None else f", {day}"


def _platforms(findings: Findings) -> list[str]:
    """All, then the platforms with outcomes, in the order of display."""
    known = findings.rows(
        "select distinct platform from findings.domain_outcomes"
    )
    return labels().in_order({ALL, *(name for (name,) in known)})


def _signals(findings: Findings) -> tuple[list[str], list[str]]:
    """Signals but the one that makes the deciles, and the delivered ones."""
    rows = findings.rows("select distinct signal from findings.domain_signals")
    columns = {
        name for (name, *_) in findings.rows("describe findings.domains")
    }
    signals = labels().signals_in_order(
        name for (name,) in rows if name != _DECILED
    )
    return signals, [name for name in signals if name not in columns]


def _delivered(signal: str) -> str:
    return (
        f"max(value) filter (where signal = {literal(signal)}) "
        f"as {identifier(signal)}"
    )


def _pivoted(outcome: str, platform: str) -> str:
    kind = "double" if outcome == _SHARE else "bigint"
    return (
        f"(max(value) filter (where outcome = {literal(outcome)} "
        f"and platform = {literal(platform)}))::{kind} "
        f"as {identifier(f'{outcome}_{platform}')}"
    )


def _rounded(row: dict[str, Any], profiled: list[str]) -> list[float | None]:
    values = (row[signal] for signal in profiled)
    return [None if value is None else round(value, 3) for value in values]
