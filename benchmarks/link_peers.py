"""The link features by other engines, for links_at_size.py.

    python benchmarks/link_peers.py polars|clickhouse|spark RAW_DIR OUT.parquet

Runs in any Python that has polars, chdb or pyspark; the project needs none of
the first two. All count as hand_written.sql does, from narrow pairs of hashes,
on two threads.
"""

from __future__ import annotations

import sys
from pathlib import Path

THREADS = 2
SPARK_SETTINGS = {
    "spark.master": f"local[{THREADS}]",
    "spark.driver.memory": "2g",
    # Two for a core, as docs/spark.md advises for one machine.
    "spark.sql.shuffle.partitions": str(2 * THREADS),
    "spark.ui.enabled": "false",
    "spark.log.level": "ERROR",
}
QUARTILES = {"p25": 0.25, "median": 0.5, "p75": 0.75}
COUNTS = {
    "total_backlinks": "counted",
    "follow_links": "counted and follow",
    "nofollow_links": "counted and is_nofollow",
    "text_links": "counted and is_text",
    "image_links": "counted and is_image",
    "form_links": "counted and is_form",
    "frame_links": "counted and is_frame",
    "ugc_links": "counted and is_ugc",
    "sponsored_links": "counted and is_sponsored",
    "lost_links": "is_lost and not is_self",
    "self_links": "is_self",
}
KINDS = {"": "", "follow_": "follow", "text_": "is_text", "image_": "is_image"}


def by_polars(raw_dir: str, out: str) -> None:
    """Write the features, by polars' streaming engine."""
    import os

    os.environ["POLARS_MAX_THREADS"] = str(THREADS)
    import polars as pl

    source, target = pl.col("source_domain"), pl.col("target_domain")
    is_self = source.eq(target).fill_null(False)
    study = pl.scan_parquet(f"{raw_dir}/study_domains/*.parquet")
    links = (
        pl.scan_parquet(f"{raw_dir}/backlinks/*.parquet")
        .join(study.select(target_domain="domain"), on="target_domain")
        .with_columns(
            is_self=is_self,
            counted=~(pl.col("is_lost") | is_self).fill_null(False),
            follow=~pl.col("is_nofollow").fill_null(False),
        )
    )
    counted = links.filter("counted")
    counts = links.group_by("target_domain").agg(
        pl.sql_expr(condition).fill_null(False).sum().alias(name)
        for name, condition in COUNTS.items()
    )
    domains = (
        counted.group_by("target_domain", source.hash().alias("referrer"))
        .agg(
            pl.col(column).fill_null(False).any()
            for column in filter(None, KINDS.values())
        )
        .group_by("target_domain")
        .agg(
            (pl.col(column).sum() if column else pl.len()).alias(
                f"{kind}referring_domains"
            )
            for kind, column in KINDS.items()
        )
    )
    pages = (
        counted.select("target_domain", page=pl.col("source_url").hash())
        .unique()
        .group_by("target_domain")
        .agg(referring_pages=pl.len())
    )
    score, up_to = pl.col("source_page_score"), pl.col("up_to")
    histogram = (
        counted.filter(score.is_not_null())
        .group_by("target_domain", "source_page_score")
        .agg(links=pl.len().cast(pl.Int64))
    )
    scores = (
        histogram.sort("target_domain", "source_page_score")
        .with_columns(
            up_to=pl.col("links").cum_sum().over("target_domain"),
            scored_links=pl.col("links").sum().over("target_domain"),
        )
        .group_by("target_domain")
        .agg(
            pl.col("scored_links").first(),
            *(
                score.filter(up_to >= level * pl.col("scored_links"))
                .min()
                .alias(f"{name}_page_score")
                for name, level in QUARTILES.items()
            ),
        )
    )
    parts = pl.collect_all([counts, domains, pages, scores], engine="streaming")
    features = parts[0]
    for part in parts[1:]:
        features = features.join(part, on="target_domain", how="left")
    features.rename({"target_domain": "domain"}).write_parquet(out)


def by_clickhouse(raw_dir: str, out: str) -> None:
    """Write the features, by ClickHouse within this process."""
    from chdb import query

    counts = ", ".join(
        f"countIf(coalesce({condition}, false)) as {name}"
        for name, condition in COUNTS.items()
    )
    kinds = " + ".join(
        f"coalesce({column}, false) * {2**place}"
        for place, column in enumerate(filter(None, KINDS.values()))
    )
    domains = ", ".join(
        f"countIf(bitTest(kinds, {place})) as {kind}referring_domains"
        if (place := list(KINDS).index(kind) - 1) >= 0
        else "count() as referring_domains"
        for kind in KINDS
    )
    quartiles = ", ".join(
        f"minIf(source_page_score, up_to >= {level} * total) "
        f"as {name}_page_score"
        for name, level in QUARTILES.items()
    )
    sql = f"""
        with links as (
            select
                *,
                coalesce(source_domain = target_domain, false) as is_self,
                not coalesce(is_lost or source_domain = target_domain, false)
                    as counted,
                not coalesce(is_nofollow, false) as follow
            from file('{raw_dir}/backlinks/*.parquet', Parquet)
            where target_domain in (
                select domain
                from file('{raw_dir}/study_domains/*.parquet', Parquet)
            )
        ),
        counts as (
            select target_domain, {counts} from links group by target_domain
        ),
        domains as (
            select target_domain, {domains}
            from (
                select
                    target_domain,
                    groupBitOr(toUInt8({kinds})) as kinds
                from links where counted
                group by target_domain, cityHash64(source_domain)
            ) group by target_domain
        ),
        pages as (
            select target_domain, count() as referring_pages
            from (
                select target_domain from links where counted
                group by target_domain, cityHash64(source_url)
            ) group by target_domain
        ),
        scores as (
            select target_domain, max(total) as scored_links, {quartiles}
            from (
                select
                    target_domain, source_page_score,
                    sum(links) over (
                        partition by target_domain order by source_page_score
                    ) as up_to,
                    sum(links) over (partition by target_domain) as total
                from (
                    select target_domain, source_page_score, count() as links
                    from links where counted and source_page_score is not null
                    group by target_domain, source_page_score
                )
            ) group by target_domain
        )
        select counts.target_domain as domain, * except (target_domain)
        from counts
        left join domains using (target_domain)
        left join pages using (target_domain)
        left join scores using (target_domain)
        into outfile '{out}' truncate format Parquet
        settings max_threads = {THREADS}
        """
    query(sql)


def by_spark(raw_dir: str, out: str) -> None:
    """Write the features, by Apache Spark on this machine."""
    from pyspark.sql import SparkSession

    counts = ", ".join(
        f"count_if({condition}) as {name}" for name, condition in COUNTS.items()
    )
    kinds = " + ".join(
        f"coalesce(cast({column} as int), 0) * {2**place}"
        for place, column in enumerate(filter(None, KINDS.values()))
    )
    domains = ", ".join(
        f"count_if(kinds & {2 ** (place - 1)} > 0) as {kind}referring_domains"
        if place
        else "count(*) as referring_domains"
        for place, kind in enumerate(KINDS)
    )
    quartiles = ", ".join(
        f"min(source_page_score) filter (where up_to >= {level} * total) "
        f"as {name}_page_score"
        for name, level in QUARTILES.items()
    )
    sql = f"""
        with links as (
            select
                *,
                coalesce(source_domain = target_domain, false) as is_self,
                not coalesce(is_lost or source_domain = target_domain, false)
                    as counted,
                not coalesce(is_nofollow, false) as follow
            from parquet.`{raw_dir}/backlinks/*.parquet`
            left semi join parquet.`{raw_dir}/study_domains/*.parquet` as study
                on target_domain = study.domain
        ),
        counts as (
            select target_domain, {counts} from links group by target_domain
        ),
        domains as (
            select target_domain, {domains}
            from (
                select target_domain, bit_or({kinds}) as kinds
                from links where counted
                group by target_domain, xxhash64(source_domain)
            ) group by target_domain
        ),
        pages as (
            select target_domain, count(*) as referring_pages
            from (
                select target_domain from links where counted
                group by target_domain, xxhash64(source_url)
            ) group by target_domain
        ),
        scores as (
            select target_domain, max(total) as scored_links, {quartiles}
            from (
                select
                    target_domain, source_page_score,
                    sum(links) over (
                        partition by target_domain order by source_page_score
                    ) as up_to,
                    sum(links) over (partition by target_domain) as total
                from (
                    select target_domain, source_page_score, count(*) as links
                    from links where counted and source_page_score is not null
                    group by target_domain, source_page_score
                )
            ) group by target_domain
        )
        select target_domain as domain, * except (target_domain)
        from counts
        left join domains using (target_domain)
        left join pages using (target_domain)
        left join scores using (target_domain)
        """
    builder = SparkSession.builder.config(map=SPARK_SETTINGS)
    with builder.getOrCreate() as session:
        parts = f"{out}.parts"
        session.sql(sql).coalesce(1).write.parquet(parts, mode="overwrite")
    (part,) = Path(parts).glob("*.parquet")
    part.replace(out)


WAYS = {"polars": by_polars, "clickhouse": by_clickhouse, "spark": by_spark}

if __name__ == "__main__":
    WAYS[sys.argv[1]](*sys.argv[2:])
