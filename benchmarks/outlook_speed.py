"""What outlooks and opportunities cost: CPU seconds by table, peak memory.

    python benchmarks/outlook_speed.py [--domains N] [--links N]

Simulates a study, lets dbt build what the tables are made of, then makes each
of them in one process, within the memory limit and on one thread: the
statements that dbt compiled, and the Python table of outlooks.
"""

from __future__ import annotations

import os

os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
from linksignal.settings import read_settings
from linksignal.stats.frames import platforms_with_outcomes, study_frame
from linksignal.stats.tables.outlook import outlook_table

PROJECT_DIR = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
MEMORY_LIMIT = "2GB"
GROUPS = {
    "percentiles": ("features.signal_percentiles",),
    "outlook": ("statistics.outlook_estimates", "findings.domain_outlook"),
    "sources": (
        "features.topic_answers",
        "features.topic_sources",
        "features.met_sources",
        "features.missed_sources",
        "findings.source_opportunities",
    ),
    "links": (
        "features.link_leaders",
        "features.leader_links",
        "features.shared_linkers",
        "features.rival_levels",
        "features.rival_linkers",
        "features.missed_links",
        "findings.link_opportunities",
    ),
    "counts": ("features.source_counts", "findings.opportunity_counts"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--domains", type=int, default=1000)
    parser.add_argument("--links", type=int, default=200_000)
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        return run_child(arguments.child)
    with tempfile.TemporaryDirectory(prefix="linksignal-bench-") as folder:
        measure(Path(folder), arguments.domains, arguments.links)


def measure(folder: Path, domains: int, links: int) -> None:
    raw_dir = folder / "raw"
    run(
        folder,
        *("linksignal", "simulate", "--out", raw_dir),
        *("--domains", domains, "--links", links),
    )
    measured = [name.partition(".")[2] for g in GROUPS.values() for name in g]
    chosen = ["--vars", json.dumps({"raw_dir": str(raw_dir)})]
    needed = ["staging", "features"]
    run(folder, "dbt", "seed", "-q", *chosen)
    run(
        folder,
        "dbt",
        "run",
        "-q",
        "-s",
        *needed,
        "--exclude",
        *measured,
        *chosen,
    )
    run(folder, "dbt", "compile", "-q", "-s", *measured, *chosen)
    command = [sys.executable, __file__, "--child", str(folder)]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    load = os.getloadavg()[0]
    print(f"{domains:,} domains, {links:,} link rows, load {load:.1f}")
    for name, value in json.loads(output).items():
        print(f"  {name}: {value:,.2f}")


def run(folder: Path, command: str, *words: object) -> None:
    subprocess.run(
        [str(BIN / command), *map(str, words)],
        check=True,
        cwd=PROJECT_DIR,
        stdout=subprocess.DEVNULL,
        env=os.environ
        | {
            "LINKSIGNAL_DATABASE": str(folder / "linksignal.duckdb"),
            "LINKSIGNAL_MEMORY_LIMIT": MEMORY_LIMIT,
            "DBT_TARGET_PATH": str(folder / "target"),
            "DBT_LOG_PATH": str(folder / "logs"),
        },
    )


def run_child(folder: Path) -> None:
    compiled = folder / "target" / "compiled" / "linksignal" / "models"
    found = {}
    with duckdb.connect(
        str(folder / "linksignal.duckdb"),
        config={
            "memory_limit": MEMORY_LIMIT,
            "threads": 1,
            "preserve_insertion_order": False,
            "temp_directory": str(folder / "spill"),
            "max_temp_directory_size": "20GB",
        },
    ) as connection:
        for schema in ("statistics", "findings"):
            connection.execute(f"create schema if not exists {schema}")
        for group, tables in GROUPS.items():
            start = time.process_time()
            for table in tables:
                make(connection, table, compiled)
            found[f"{group}, CPU s"] = time.process_time() - start
        for table in (
            "domain_outlook",
            "source_opportunities",
            "link_opportunities",
        ):
            query = f"select count(*) from findings.{table}"
            ((rows,),) = connection.execute(query).fetchall()
            found[f"{table}, rows"] = rows
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({**found, "peak, MB": peak}))


def make(
    connection: duckdb.DuckDBPyConnection, table: str, compiled: Path
) -> None:
    if table == "statistics.outlook_estimates":
        # DuckDB reads the table by the name of the variable.
        estimates = outlooks(connection)
        connection.execute(f"create or replace table {table} as from estimates")
        del estimates
        return
    path = compiled / (table.replace(".", "/") + ".sql")
    connection.execute(
        f"create or replace table {table} as {path.read_text('utf-8')}"
    )


def outlooks(connection: duckdb.DuckDBPyConnection) -> object:
    def relation(name: str) -> duckdb.DuckDBPyRelation:
        return connection.table(name)

    visibility = relation("features.domain_visibility").df()
    return outlook_table(
        study_frame(
            relation("features.domain_features"),
            relation("features.signal_values"),
            relation("features.study_signals"),
            visibility,
        ),
        relation("features.study_signals").order("sort_order").df(),
        platforms_with_outcomes(
            visibility, relation("lookups.platforms").order("sort_order").df()
        ),
        read_settings(relation("features.study_settings").fetchall()),
    )


if __name__ == "__main__":
    main()
