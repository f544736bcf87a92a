"""The link models on Spark give what they give on DuckDB.

Needs pyspark and Java: make spark provides both.
"""

from __future__ import annotations

from spark_dbt import NO_TESTS, Built, connected, differing_rows, spark_build

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


def test_adversarial_rows_give_the_same_link_models(adversarial, tmp_path):
    spark_build(tmp_path, adversarial.raw, *NO_TESTS)
    connection = connected(adversarial)

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


def test_data_and_unit_tests_of_the_link_models_pass_on_spark(both):
    statuses = both.statuses

    assert set(statuses.values()) <= {"pass", "success"}
    tested = [name for name in statuses if name.startswith("unit_test.")]
    assert len(tested) >= 14


def test_findings_are_those_of_link_rows_to_the_last_bit(both):
    assert differing_tables(both.rows, both.handed) == {}


def differing_tables(rows: Built, handed: Built) -> dict[str, list[object]]:
    """Tables of findings and quality that differ, with their rows."""
    connection = connected(rows)
    connection.execute(
        f"attach '{handed.folder / 'linksignal.duckdb'}' as handed (read_only)"
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
