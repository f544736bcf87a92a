"""What the layers of the link features cost, next to one hand-written query.

    python benchmarks/feature_sql.py [--links N] [--runs N]

Simulates a study, runs a whole ``dbt build`` on it within the memory limit,
then times the compiled link models and ``hand_written.sql`` in turn, each in a
process of its own. Machines are noisy: read the ratios, not the seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

PROJECT_DIR = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
MEMORY_LIMIT = "2GB"
THREADS = 2
MODELS = {
    "stg_study_domains": "table",
    "stg_backlink_snapshots": "table",
    "stg_backlinks": "view",
    "link_counts": "table",
    "link_referrers": "table",
    "link_page_scores": "table",
    "domain_links": "table",
}
COMPARED = (
    "domain",
    "total_backlinks",
    "follow_links",
    "nofollow_links",
    "text_links",
    "image_links",
    "lost_links",
    "self_links",
    "referring_domains",
    "follow_referring_domains",
    "text_referring_domains",
    "image_referring_domains",
    "referring_pages",
    "scored_links",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--links", type=int, default=10_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--child", nargs=2, metavar=("WHAT", "FOLDER"))
    arguments = parser.parse_args()
    if arguments.child:
        what, folder = arguments.child
        return run_child(what, Path(folder))
    with tempfile.TemporaryDirectory(prefix="linksignal-bench-") as folder:
        measure(Path(folder), arguments.links, arguments.runs)


def measure(folder: Path, links: int, runs: int) -> None:
    raw_dir = folder / "raw"
    run(
        [
            BIN / "linksignal",
            "simulate",
            "--out",
            raw_dir,
            "--links",
            str(links),
        ]
    )
    variables = json.dumps({"raw_dir": str(raw_dir)})
    build = cost([BIN / "dbt", "build", "-q", "--vars", variables], folder)
    print(f"{links:,} link rows, memory_limit {MEMORY_LIMIT}")
    print(f"dbt build, all stages: {shown(build)}")
    results: dict[str, list[dict[str, float]]] = {"models": [], "hand": []}
    for _ in range(runs):
        for what, costs in results.items():
            command = [sys.executable, __file__, "--child", what, folder]
            costs.append(cost(command, folder))
    check_equal(folder)
    for what, costs in results.items():
        print(f"{what}: {shown(median(costs))}")
    for figure in ("cpu_s", "peak_mb"):
        pairs = zip(results["models"], results["hand"], strict=True)
        ratios = sorted(a[figure] / b[figure] for a, b in pairs)
        print(
            f"models / hand-written, {figure}: "
            f"{statistics.median(ratios):.2f} "
            f"({ratios[0]:.2f} to {ratios[-1]:.2f}, {runs} pairs)"
        )


def environment(folder: Path) -> dict[str, str]:
    return os.environ | {
        "LINKSIGNAL_DATABASE": str(folder / "linksignal.duckdb"),
        "LINKSIGNAL_MEMORY_LIMIT": MEMORY_LIMIT,
        "LINKSIGNAL_THREADS": str(THREADS),
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
    }


def run(command: list[object]) -> None:
    subprocess.run([str(word) for word in command], check=True, cwd=PROJECT_DIR)


def cost(command: list[object], folder: Path) -> dict[str, float]:
    """CPU seconds, wall seconds and peak memory of one process."""
    start = time.monotonic()
    process = subprocess.Popen(
        [str(word) for word in command],
        cwd=PROJECT_DIR,
        env=environment(folder),
    )
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{command[0]} ended with status {status}")
    process.returncode = 0
    return {
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "wall_s": time.monotonic() - start,
        "peak_mb": usage.ru_maxrss / 1024,
    }


def run_child(what: str, folder: Path) -> None:
    database = folder / what / "linksignal.duckdb"
    database.parent.mkdir(exist_ok=True)
    database.unlink(missing_ok=True)
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"set memory_limit = '{MEMORY_LIMIT}'")
        connection.execute(f"set threads = {THREADS}")
        connection.execute("set preserve_insertion_order = false")
        connection.execute(f"set temp_directory = '{database}.tmp'")
        connection.execute("set max_temp_directory_size = '20GB'")
        for statement in statements(what, folder):
            connection.execute(statement)


def statements(what: str, folder: Path) -> list[str]:
    if what == "hand":
        query = (PROJECT_DIR / "benchmarks" / "hand_written.sql").read_text()
        return [query.format(raw_dir=folder / "raw")]
    compiled = folder / "target" / "compiled" / "linksignal" / "models"
    made = ["create schema staging", "create schema features"]
    for model, kind in MODELS.items():
        schema = "staging" if model.startswith("stg_") else "features"
        sql = (compiled / schema / f"{model}.sql").read_text()
        made.append(f"create {kind} {schema}.{model} as {sql}")
    return made


def check_equal(folder: Path) -> None:
    """Both ways must give the same features, or the ratio means nothing."""
    columns = ", ".join(COMPARED)
    with duckdb.connect() as connection:
        for what in ("models", "hand"):
            path = folder / what / "linksignal.duckdb"
            connection.execute(f"attach '{path}' as {what} (read_only)")
        ((different,),) = connection.execute(
            f"select count(*) from ("
            f"(select {columns} from models.features.domain_links "
            f"except select {columns} from hand.domain_links) union all "
            f"(select {columns} from hand.domain_links "
            f"except select {columns} from models.features.domain_links))"
        ).fetchall()
    if different:
        sys.exit(f"{different} rows differ between the two")


def median(costs: list[dict[str, float]]) -> dict[str, float]:
    return {
        figure: statistics.median(each[figure] for each in costs)
        for figure in costs[0]
    }


def shown(figures: dict[str, float]) -> str:
    return (
        f"{figures['cpu_s']:.1f} CPU s, {figures['wall_s']:.1f} s wall, "
        f"{figures['peak_mb']:,.0f} MB peak"
    )


if __name__ == "__main__":
    main()
