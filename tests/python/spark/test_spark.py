"""The link models on Spark give what they give on DuckDB.

Needs pyspark and Java: make spark provides both.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest
from linksignal.simulate.folders import write_panel
from spark_dbt import (
    NO_TESTS,
    PROJECT_DIR,
    connected,
    differing_rows,
    run_dbt,
    spark_build,
)

SAMPLE_DIR = PROJECT_DIR / "seeds" / "sample"
# What is compared is the links, not how narrow the intervals are.
SAMPLE_VARS = {"resample_count": 100, "draw_count": 99}

LINK_MODELS = {
    "staging": [
        "stg_study_domains",
        "stg_snapshot_loads",
        "stg_backlink_snapshots",
        "stg_superseded_links",
    ],
    "features": [
        "link_counts",
        "link_referrers",
        "link_page_scores",
        "referrer_months",
        "domain_links",
    ],
}


@pytest.fixture(scope="module")
def adversarial(tmp_path_factory):
    """Write a study over months, with links that are NULL in one column each.

    Some come in three loads, in other states.
    """
    raw = tmp_path_factory.mktemp("adversarial") / "raw"
    write_panel(raw, "forward", domains=40, months=8, seed=1)
    (file,) = (raw / "backlinks").glob("*.parquet")
    drawn = duckdb.read_parquet(str(file))
    nullable = [
        name
        for name in drawn.columns
        if name not in ("load_id", "record_number", "as_of", "is_lost")
    ]
    changed = ", ".join(
        f"case when record_number % {len(nullable) + 5} = {place} then null "
        f'else "{name}" end as "{name}"'
        for place, name in enumerate(nullable)
    )
    for number, load in enumerate(["first", "second", "third"]):
        duckdb.sql(f"""
            select * replace (
                '{load}' as load_id, {changed},
                (record_number + {number}) % 3 = 0 as is_lost
            )
            from drawn where record_number < 400
                and record_number % 5 <> {number}
            union all
            -- An older snapshot, links of a site to itself, other scripts.
            select * replace (
                '{load}' as load_id, 100000 + record_number as record_number,
                case when record_number % 2 = 0 then as_of - 30 else as_of end
                    as as_of,
                case record_number % 3
                    when 0 then target_domain
                    when 1 then 'пример.рф'
                    else 'ドメイン名例.jp'
                end as source_domain,
                'https://例え.テスト/ü?q=' || record_number as source_url,
                'naïve ' || chr(128279) as anchor,
                case when record_number % 4 = 0 then 'nan'::double end
                    as source_page_score
            )
            from drawn where record_number < 400
                and record_number % 7 = {number}
        """).write_parquet(str(raw / "backlinks" / f"{load}.parquet"))
    return raw


def test_adversarial_rows_give_the_same_link_models(adversarial, tmp_path):
    spark_build(tmp_path, adversarial, *NO_TESTS)
    run_dbt(
        *(tmp_path, adversarial, "build", *NO_TESTS),
        *("--select", "+domain_links", "+referrer_gains"),
    )
    connection = connected(tmp_path)

    for schema, models in LINK_MODELS.items():
        for model in models:
            folder = tmp_path / "spark" / f"{schema}.db" / "tables" / model
            rows, same_types = differing_rows(
                connection,
                f"duck.{schema}.{model}",
                f"read_parquet('{folder}/*.parquet')",
            )
            assert rows == [], model
            assert same_types, model
    superseded, lost, own, months = connection.execute("""
        select
            sum(superseded_records), sum(lost_links), sum(self_links),
            (select count(*) from duck.features.referrer_months)
        from duck.features.domain_links
    """).fetchone()
    assert min(superseded, lost, own, months) > 10


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """Build the sample from link rows, and from what Spark hands over."""
    folder = tmp_path_factory.mktemp("both")
    raw = folder / "raw"
    shutil.copytree(SAMPLE_DIR, raw)
    statuses = spark_build(folder, raw)
    rows, handed = folder / "rows", folder / "handed"
    run_dbt(rows, raw, "build", **SAMPLE_VARS)
    # DuckDB needs no link rows then.
    shutil.rmtree(raw / "backlinks")
    run_dbt(handed, raw, "build", links_from="spark", **SAMPLE_VARS)
    return statuses, rows, handed


def test_data_and_unit_tests_of_the_link_models_pass_on_spark(both):
    statuses, _, _ = both

    assert set(statuses.values()) <= {"pass", "success"}
    tested = [name for name in statuses if name.startswith("unit_test.")]
    assert len(tested) >= 14


def test_findings_are_those_of_link_rows_to_the_last_bit(both):
    _, rows, handed = both
    assert differing_tables(rows, handed) == {}


def differing_tables(rows: Path, handed: Path) -> dict[str, list[object]]:
    """Tables of findings and quality that differ, with their rows."""
    connection = connected(rows)
    connection.execute(
        f"attach '{handed / 'linksignal.duckdb'}' as handed (read_only)"
    )
    tables = connection.execute("""
        select schema_name || '.' || table_name from duckdb_tables()
        where database_name = 'duck'
            and schema_name in ('findings', 'quality')
    """).fetchall()
    assert len(tables) > 20
    found = {}
    for (table,) in tables:
        differing, same = differing_rows(
            connection, f"duck.{table}", f"handed.{table}"
        )
        if differing or not same:
            found[table] = differing[:3]
    return found
