"""The link models on Spark give what they give on DuckDB.

Needs pyspark and Java: make spark provides the one and asks for the other.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from linksignal.simulate.folders import write_panel

PROJECT_DIR = Path(__file__).resolve().parents[3]
SAMPLE_DIR = PROJECT_DIR / "seeds" / "sample"
# What is compared is the links, not how narrow the intervals are.
SAMPLE_VARS = {"resample_count": 100, "draw_count": 99}

MISSING = [
    name
    for name, is_there in {
        "pyspark": importlib.util.find_spec("pyspark"),
        "dbt-spark": importlib.util.find_spec("dbt.adapters.spark"),
        "Java": shutil.which("java"),
    }.items()
    if not is_there
]
if MISSING and os.environ.get("LINKSIGNAL_NEED_SPARK"):
    raise RuntimeError(f"not installed: {', '.join(MISSING)}")
pytestmark = pytest.mark.skipif(
    bool(MISSING), reason=f"not installed: {', '.join(MISSING)}"
)

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


def run_dbt(folder, raw, *arguments, **variables):
    """Run dbt in a process of its own; a session of Spark ends with it."""
    target = folder / "target"
    outcome = subprocess.run(
        [
            *(sys.executable, "-m", "dbt.cli.main", *arguments),
            *("--project-dir", PROJECT_DIR, "--profiles-dir", PROJECT_DIR),
            *("--target-path", target, "--log-path", target),
            *("--vars", json.dumps({"raw_dir": str(raw), **variables})),
        ],
        cwd=PROJECT_DIR,
        env={
            **os.environ,
            "LINKSIGNAL_DATABASE": str(folder / "linksignal.duckdb"),
            "LINKSIGNAL_SPARK_DIR": str(folder / "spark"),
            "LINKSIGNAL_SPARK_PARTITIONS": "2",
            "SPARK_LOCAL_IP": "127.0.0.1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stdout[-5000:]
    results = json.loads((target / "run_results.json").read_text("utf-8"))
    return {
        result["unique_id"]: result["status"] for result in results["results"]
    }


NO_TESTS = ["--exclude-resource-type", "test", "unit_test"]


def spark_build(folder, raw, *options):
    return run_dbt(
        *(folder, raw, "build", "--target", "spark"),
        *("--select", "+domain_links", *options),
    )


def connected(folder):
    connection = duckdb.connect(
        config={"memory_limit": "1GB", "temp_directory": str(folder / "spill")}
    )
    connection.execute("set max_temp_directory_size = '5GB'")
    connection.execute(
        f"attach '{folder / 'linksignal.duckdb'}' as duck (read_only)"
    )
    return connection


def differing_rows(connection, one, other):
    """Rows that only one of two relations has, and columns that differ."""
    types = [
        connection.execute(f"select * from {relation} limit 0").description
        for relation in (one, other)
    ]
    columns = [[column[:2] for column in each] for each in types]
    rows = connection.execute(f"""
        (from {one} except all from {other}) union all
        (from {other} except all from {one})
    """).fetchall()
    return rows, columns[0] == columns[1]


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
