"""Build with dbt on Spark and on DuckDB, and compare what they built."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb

PROJECT_DIR = Path(__file__).resolve().parents[3]
SAMPLE_DIR = PROJECT_DIR / "seeds" / "sample"
NO_TESTS = ("--exclude-resource-type", "test", "unit_test")


@dataclass(frozen=True)
class Built:
    """A database that DuckDB has built, and its raw tables."""

    folder: Path
    raw: Path


def run_dbt(
    folder: Path,
    raw: Path,
    *arguments: str,
    profiles_dir: Path = PROJECT_DIR,
    **variables: object,
) -> dict[str, str]:
    """Run dbt in a process of its own; a session of Spark ends with it.

    Returns
    -------
    dict of str to str
        Status of every node that ran.
    """
    target = folder / "target"
    outcome = subprocess.run(
        [
            *(sys.executable, "-m", "dbt.cli.main", *arguments),
            *("--project-dir", PROJECT_DIR, "--profiles-dir", profiles_dir),
            *("--target-path", target, "--log-path", target),
            *("--vars", json.dumps({"raw_dir": str(raw), **variables})),
        ],
        cwd=PROJECT_DIR,
        env=environment(folder),
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stdout[-5000:]
    results = json.loads((target / "run_results.json").read_text("utf-8"))
    return {
        result["unique_id"]: result["status"] for result in results["results"]
    }


def environment(folder: Path) -> dict[str, str]:
    """What dbt is given: databases below a folder, few parts, no network."""
    return {
        **os.environ,
        "LINKSIGNAL_DATABASE": str(folder / "linksignal.duckdb"),
        "LINKSIGNAL_SPARK_DIR": str(folder / "spark"),
        "LINKSIGNAL_SPARK_PARTITIONS": "2",
        "SPARK_LOCAL_IP": "127.0.0.1",
    }


def spark_build(folder: Path, raw: Path, *options: str) -> dict[str, str]:
    """Build what Spark hands over, in a session of its own."""
    return run_dbt(
        *(folder, raw, "build", "--target", "spark"),
        *("--select", "+domain_links", *options),
    )


def connected(built: Built) -> duckdb.DuckDBPyConnection:
    """Attach the database of a build, read only, as duck."""
    spill = built.folder / "spill"
    connection = duckdb.connect(
        config={"memory_limit": "1GB", "temp_directory": str(spill)}
    )
    connection.execute("set max_temp_directory_size = '5GB'")
    connection.execute(
        f"attach '{built.folder / 'linksignal.duckdb'}' as duck (read_only)"
    )
    return connection


def differing_rows(
    connection: duckdb.DuckDBPyConnection, one: str, other: str
) -> tuple[list[tuple[object, ...]], bool]:
    """Rows that only one of two relations has, and whether columns agree."""
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
