"""Features of the study computed back from its raw rows.

This checks the rows against the counts they were made for; it is written from
the definitions, in SQL, and shares nothing with the models.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd

from linksignal.simulate.study import LINK_SIGNALS, PLATFORMS
from linksignal.sql import literal

_LINKS = """
with live as (
    select target_domain as domain, source_domain, is_text, is_image,
        coalesce(is_nofollow, false) as is_nofollow
    from backlinks
    where not coalesce(is_lost, false) and source_domain <> target_domain
), counted as (
    select domain, count(*) as total_backlinks,
        count(distinct source_domain) as referring_domains,
        count(*) filter (where not is_nofollow) as follow_links,
        count(*) filter (where is_nofollow) as nofollow_links,
        count(*) filter (where is_text) as text_links,
        count(*) filter (where is_image) as image_links
    from live group by domain
)
select {signals} from backlink_profiles
union all
select {signals} from counted
where domain not in (select domain from backlink_profiles)
"""
_OUTCOMES = """
with branded_prompts as (
    select distinct prompt
    from (select distinct prompt from ai_answers where is_branded is null),
        (select unnest(brand_aliases) as alias from study_domains)
    where contains(
        ' ' || lower(prompt) || ' ', ' ' || lower(alias) || ' '
    )
), answers as (
    select answer_id, platform, coalesce(is_branded, prompt in (
        select prompt from branded_prompts
    ), false) as is_branded
    from ai_answers
), referenced as (
    select distinct platform, domain, answer_id, is_branded
    from answers join ai_references using (answer_id)
    where domain in (select domain from study_domains)
)
select platform, domain, count(*) as mentions,
    count(*) filter (where not is_branded) as voiced
from referenced group by platform, domain
"""


def recomputed_features(raw_dir: Path) -> pd.DataFrame:
    """Compute the features of a folder of simulated raw tables.

    Parameters
    ----------
    raw_dir : Path
        Folder with the tables, profiles included.

    Returns
    -------
    pandas.DataFrame
        Columns as of `linksignal.simulate.study.features`, in order of
        ``study_domains``.
    """
    with duckdb.connect() as connection:
        for table in (
            "study_domains",
            "backlinks",
            "backlink_profiles",
            "domain_scores",
            "ai_answers",
            "ai_references",
        ):
            files = literal(raw_dir / table / "*.parquet")
            connection.execute(f"create view {table} as from {files}")
        domains = connection.execute(
            "select domain, score as authority_score from study_domains "
            "join domain_scores using (domain) "
            "order by study_domains.record_number"
        ).df()
        signals = ", ".join(("domain", *LINK_SIGNALS))
        links = connection.execute(_LINKS.format(signals=signals)).df()
        outcomes = connection.execute(_OUTCOMES).df()
    return _side_by_side(domains.merge(links, on="domain"), outcomes)


def _side_by_side(
    domains: pd.DataFrame, outcomes: pd.DataFrame
) -> pd.DataFrame:
    wide = outcomes.pivot(
        index="domain", columns="platform", values=["mentions", "voiced"]
    ).reindex(domains["domain"])
    mentions = wide["mentions"][list(PLATFORMS)].fillna(0).astype("int64")
    voiced = wide["voiced"][list(PLATFORMS)].fillna(0)
    shares = voiced / voiced.sum()
    mentions["all"] = mentions.sum(axis=1)
    shares["all"] = shares.mean(axis=1)
    links = domains[list(LINK_SIGNALS)]
    clickable = links["text_links"] + links["image_links"]
    columns = {
        "domain": domains["domain"],
        **{name: links[name] for name in LINK_SIGNALS},
        "authority_score": domains["authority_score"],
        "follow_share": links["follow_links"] / links["total_backlinks"],
        "image_share": links["image_links"] / clickable,
    }
    for platform in (*PLATFORMS, "all"):
        columns[f"ai_mentions_{platform}"] = mentions[platform].to_numpy()
        columns[f"share_of_voice_{platform}"] = shares[platform].to_numpy()
    return pd.DataFrame(columns)
