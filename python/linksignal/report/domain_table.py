"""The domains: the rows to search, and where each stands in its decile."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import starmap
from typing import Any

from linksignal.report.figure import Table
from linksignal.report.study import Rows, finite
from linksignal.report.wording import ALL, cell, labels
from linksignal.show.findings import Findings
from linksignal.sql import identifier, literal

# A page of more domains opens slowly; the export has them all.
MOST_DOMAINS = 2_000

# It makes the deciles, so no domain lags behind by it.
_DECILED = "authority_score"

_SHARE = "share_of_voice"

# Outcomes beside the signals, a column per platform.
_BESIDE = """
with beside as (
    select domains.*, outcomes.* exclude (domain)
    from findings.domains as domains
    left join (
        select domain, {pivoted}
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
left join findings.domains as above
    on listed.next_decile = above.authority_decile
group by listed.domain
"""


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
    sources : dict of str to str
        By domain: where its links and its score come from, and whether it
        counts as one with others.
    """

    table: Table
    medians: Rows
    standing: dict[str, list[float | None]]
    sources: dict[str, str]


def profiled() -> list[str]:
    """Name the signals by which a domain may lag behind the next decile."""
    return [signal for signal in labels().signals if signal != _DECILED]


def compared() -> list[str]:
    """Name what of a domain stands beside medians: mentions, then signals."""
    return ["ai_mentions_all", *profiled()]


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
    beside = _BESIDE.format(pivoted=", ".join(starmap(_pivoted, outcomes)))
    columns = {
        "signals": ", ".join(profiled()),
        "outcomes": ", ".join(map(identifier, map("_".join, outcomes))),
        "limit": most,
    }
    standings = ", ".join(
        f"""
        avg(case
            when listed.{signal} is null or above.{signal} is null then null
            when above.{signal} < listed.{signal} then 1.0
            when above.{signal} = listed.{signal} then 0.5
            else 0.0
        end) as {signal}"""
        for signal in profiled()
    )
    medians = ", ".join(f"median({name}) as {name}" for name in compared())
    queries = (
        _DOMAINS.format(**columns),
        _STANDING.format(standings=standings, **columns),
        _MEDIANS.format(medians=medians),
        _SOURCES.format(**columns),
    )
    records, standing, typical, sources = (
        finite(findings.records(beside + query)) for query in queries
    )
    names = tuple(records[0]) if records else ("domain",)
    rows = tuple(tuple(record.values()) for record in records)
    return Domains(
        Table("domains", "Study domains", names, rows),
        typical,
        {row["domain"]: _rounded(row) for row in standing},
        {row["domain"]: source_text(row) for row in sources},
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


def _pivoted(outcome: str, platform: str) -> str:
    kind = "double" if outcome == _SHARE else "bigint"
    return (
        f"(max(value) filter (where outcome = {literal(outcome)} "
        f"and platform = {literal(platform)}))::{kind} "
        f"as {identifier(f'{outcome}_{platform}')}"
    )


def _rounded(row: dict[str, Any]) -> list[float | None]:
    values = (row[signal] for signal in profiled())
    return [None if value is None else round(value, 3) for value in values]
