"""What the link models cost at size, next to peers on the same files.

    python benchmarks/links_at_size.py [--links N ...] [--runs N]
        [--limits 1GB 2GB 4GB] [--peers PYTHON] [--against FOLDER]
        [--folder DIR] [--refresh] [--spark]

For each number of links: the link models (their SQL as dbt compiled it), the
same after a second file with 1 % more, ``hand_written.sql``, and polars,
ClickHouse and Spark where PYTHON has them; each in a process of its own, in
turn, on two threads. The features are compared. FOLDER is a checkout of the
first edition, whose models run on the same files. ``--refresh`` adds what
``linksignal refresh`` costs before and after the second file, and compares its
findings with those of one load. ``--spark`` adds the link models by ``dbt
build`` on DuckDB and, where PYTHON has dbt-spark too, on Spark, and compares
``domain_links``. DIR keeps the raw tables between runs. Prints tables for
results.md: read the ratios.
"""

from __future__ import annotations

import argparse
import ctypes
import itertools
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb
from link_data import as_one_load, make, top_up
from link_peers import COUNTS, KINDS, QUARTILES
from linksignal.sql import literal

PROJECT_DIR = Path(__file__).resolve().parents[1]
BENCHMARKS = PROJECT_DIR / "benchmarks"
THREADS = 2
SHARE = 0.01
ONE_LOAD_UP_TO = 10_000_000
PEERS = {"polars": "polars", "clickhouse": "chdb", "spark": "pyspark"}
BY_DBT = {"models by dbt build": "dev", "models by dbt build, Spark": "spark"}
# Spark hands these over too; DuckDB does not make them for domain_links.
HANDED_OVER_BESIDE = ("linking_domains", "referrer_months")
# Linux: whoever outlives its parent below this process is waited for here.
PR_SET_CHILD_SUBREAPER = 36
MODELS = {
    "stg_study_domains": "table",
    "stg_snapshot_loads": "table",
    "stg_backlink_snapshots": "table",
    "stg_superseded_links": "table",
    "stg_backlinks": "view",
    "link_counts": "table",
    "link_referrers": "table",
    "link_page_scores": "table",
    "domain_links": "table",
}
FEATURES = (
    "domain",
    *COUNTS,
    *(f"{kind}referring_domains" for kind in KINDS),
    "referring_pages",
    "scored_links",
    *(f"{name}_page_score" for name in QUARTILES),
)


@dataclass(frozen=True)
class Cost:
    """What one process took; `spilled_mb` is what DuckDB had on disk."""

    cpu_s: float
    peak_mb: float
    spilled_mb: float = 0.0


@dataclass(frozen=True)
class Study:
    """A size's raw tables: in one load, topped up, and all in one load."""

    folder: Path
    links: int

    @property
    def single(self) -> Path:
        """One load."""
        return self.folder / "single"

    @property
    def topped_up(self) -> Path:
        """That load, and a second one of the same snapshot."""
        return self.folder / "topped_up"

    @property
    def one_load(self) -> Path:
        """What both loads hold, as one."""
        return self.folder / "one_load"

    @property
    def is_one_load_made(self) -> bool:
        """Whether that is worth its cost, on disk above all."""
        return self.links <= ONE_LOAD_UP_TO

    def out(self, way: str) -> Path:
        """Features that a way makes."""
        return self.folder / "out" / way / "features.parquet"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--links", type=int, nargs="+", default=[1_000_000, 10_000_000]
    )
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--limits", nargs="+", default=["1GB", "2GB", "4GB"])
    parser.add_argument("--peers", default=sys.executable, metavar="PYTHON")
    parser.add_argument("--against", type=Path, metavar="FOLDER")
    parser.add_argument("--folder", type=Path, metavar="DIR")
    parser.add_argument("--refresh", action="store_true")
    parser.add_argument("--spark", action="store_true")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--prepare", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        return run_models(*arguments.child)
    if arguments.prepare:
        folder, links = arguments.prepare
        return prepare(Study(Path(folder), int(links)))
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    with tempfile.TemporaryDirectory(prefix="links-at-size-") as scratch:
        folder = arguments.folder or Path(scratch)
        medians = {
            links: measure(Study(folder / str(links), links), arguments)
            for links in sorted(arguments.links)
        }
        tell_growth(medians)


def measure(study: Study, arguments: argparse.Namespace) -> dict[str, Cost]:
    """Measure all ways at one size; return the median of each."""
    # What this process once held would count as a peak of those it starts.
    subprocess.run(
        [sys.executable, __file__, "--prepare", study.folder, str(study.links)],
        check=True,
    )
    ways = ways_of(study, arguments)
    costs: dict[str, list[Cost]] = {way: [] for way in ways}
    for _ in range(arguments.runs):
        for way, command in ways.items():
            costs[way].append(cost(command, study.out(way).parent))
    tell_costs(study, costs)
    check(study, [way for way in ways if "first edition" not in way])
    if arguments.spark:
        tell_spark(study, arguments.peers)
    tell_limits(study, arguments.limits[1:])
    if arguments.refresh:
        tell_refreshes(study)
    return {way: median(found) for way, found in costs.items()}


def prepare(study: Study) -> None:
    """Write the raw tables that are not there yet."""
    if not study.single.exists():
        make(study.single, study.links, domains=1000, seed=1)
    if not study.topped_up.exists():
        shutil.copytree(study.single, study.topped_up, copy_function=os.link)
        top_up(study.topped_up, SHARE)
    if study.is_one_load_made and not study.one_load.exists():
        as_one_load(study.topped_up, study.one_load)


def ways_of(
    study: Study, arguments: argparse.Namespace
) -> dict[str, list[object]]:
    """Return the command of each way; tell which peers there are not."""
    limit = arguments.limits[0]
    raw_dirs = {"models": study.single, "models, topped up": study.topped_up}
    ways = {}
    for way, raw_dir in raw_dirs.items():
        compile_models(study, way, raw_dir)
        ways[way] = child(study, way, limit)
    ways["hand-written"] = child(
        study, "hand-written", f"{limit} {study.single}"
    )
    for peer, module in PEERS.items():
        found = subprocess.run(
            [arguments.peers, "-c", f"import {module}"],
            capture_output=True,
            check=False,
        )
        if found.returncode:
            print(f"{peer}: {arguments.peers} cannot import {module}")
            continue
        script = BENCHMARKS / "link_peers.py"
        ways[peer] = [
            *(arguments.peers, script, peer, study.single, study.out(peer))
        ]
    if arguments.against:
        for way, raw_dir in raw_dirs.items():
            first = f"first edition's {way}"
            compile_models(study, first, raw_dir, arguments.against)
            ways[first] = child(study, first, limit)
    return ways


def compile_models(
    study: Study, way: str, raw_dir: Path, project_dir: Path = PROJECT_DIR
) -> None:
    """Let dbt compile the link models for a folder of raw tables."""
    out = study.out(way)
    shutil.rmtree(out.parent, ignore_errors=True)
    out.parent.mkdir(parents=True)
    target = str(out.parent / "target")
    subprocess.run(
        [
            *(Path(sys.executable).parent / "dbt", "compile", "--quiet"),
            *("--target-path", target, "--log-path", target),
            *("--select", "+domain_links"),
            *("--vars", json.dumps({"raw_dir": str(raw_dir)})),
        ],
        cwd=project_dir,
        env=os.environ
        | {
            "LINKSIGNAL_DATABASE": str(out.parent / "linksignal.duckdb"),
            "PYTHONPATH": str(project_dir / "python"),
        },
        stdout=subprocess.DEVNULL,
        check=True,
    )


def child(study: Study, way: str, how: str) -> list[object]:
    """Return the command that runs a way within this script."""
    return [sys.executable, __file__, "--child", way, study.out(way), how]


def run_models(way: str, out: str, how: str) -> None:
    """Run the compiled models or the hand-written query in this process."""
    features = Path(out)
    features.parent.mkdir(parents=True, exist_ok=True)
    limit, _, raw_dir = how.partition(" ")
    database = features.parent / "linksignal.duckdb"
    database.unlink(missing_ok=True)
    config = limited(features.parent, limit)
    with duckdb.connect(str(database), config=config) as connection:
        if way == "hand-written":
            query = (BENCHMARKS / "hand_written.sql").read_text()
            connection.execute(query.format(raw_dir=raw_dir))
            table = "domain_links"
        else:
            for statement in compiled(features.parent / "target"):
                connection.execute(statement)
            table = "features.domain_links"
        columns = ", ".join(
            column
            for (column, *_) in connection.execute(
                f"describe {table}"
            ).fetchall()
            if column in FEATURES
        )
        connection.execute(
            f"copy (select {columns} from {table}) to {literal(out)}"
        )


def limited(folder: Path, memory_limit: str = "1GB") -> dict[str, object]:
    """Return DuckDB's settings: two threads, and spilled beside its files."""
    return {
        "memory_limit": memory_limit,
        "threads": THREADS,
        "preserve_insertion_order": False,
        "temp_directory": f"{folder}/spilled",
        "max_temp_directory_size": "40GB",
    }


def compiled(target: Path) -> list[str]:
    """Return statements that make the models, of those that there are."""
    statements = ["create schema staging", "create schema features"]
    for model, kind in MODELS.items():
        for file in target.glob(f"compiled/linksignal/models/*/{model}.sql"):
            name = f"{file.parent.name}.{model}"
            statements.append(f"create {kind} {name} as {file.read_text()}")
    return statements


def cost(
    command: list[object],
    folder: Path,
    environment: dict[str, str] | None = None,
) -> Cost:
    """Run a command; return what its processes took, the largest one's peak."""
    folder.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(
        [str(word) for word in command], cwd=PROJECT_DIR, env=environment
    )
    spilled, usages = 0, []
    while True:
        # Spark's engine outlives the process that started it.
        try:
            ended, status, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            break
        if ended:
            usages.append(usage)
            if ended == process.pid:
                process.returncode = status
        else:
            spilled = max(spilled, size_of(folder / "spilled"))
            time.sleep(0.1)
    if process.returncode:
        sys.exit(f"{command} ended with status {process.returncode}")
    return Cost(
        sum(usage.ru_utime + usage.ru_stime for usage in usages),
        max(usage.ru_maxrss for usage in usages) / 1024,
        spilled / 1e6,
    )


def size_of(folder: Path) -> int:
    """Return the bytes of a folder's files, which may vanish meanwhile."""
    total = 0
    for file in folder.glob("*"):
        try:
            total += file.stat().st_size
        except FileNotFoundError:
            continue
    return total


def check(study: Study, ways: list[str]) -> None:
    """Stop where ways differ, as ratios mean nothing then; tell of peers."""
    alike = {way: "models" for way in ways}
    if study.is_one_load_made:
        whole = alike["models, topped up"] = "models, one load"
        compile_models(study, whole, study.one_load)
        cost(child(study, whole, "2GB"), study.out(whole).parent)
    else:
        del alike["models, topped up"]
    for way, like in alike.items():
        apart = rows_apart(study.out(way), study.out(like))
        # Peers hash in ways of their own, and any hash may collide.
        if apart and way not in PEERS:
            sys.exit(f"{way} and {like} differ in {apart} rows")
        if apart:
            print(f"{way} and {like} differ in {apart} rows of both")


def rows_apart(one: Path, other: Path) -> int:
    columns = ", ".join(
        f"{column}::double as {column}" if column != "domain" else column
        for column in FEATURES
    )
    first, second = (
        f"(select {columns} from read_parquet('{file}'))"
        for file in (one, other)
    )
    ((different,),) = duckdb.execute(
        f"select count(*) from (({first} except {second}) union all "
        f"({second} except {first}))"
    ).fetchall()
    return int(different)


def median(costs: list[Cost]) -> Cost:
    return Cost(
        *(
            statistics.median(getattr(each, figure) for each in costs)
            for figure in Cost.__dataclass_fields__
        )
    )


def tell_costs(
    study: Study, costs: dict[str, list[Cost]], first: str = "models"
) -> None:
    """Print a table of medians, and of ratios of runs made in turn."""
    print(f"\n| {study.links:,} links | CPU s | of {first} | peak MB |")
    print("|---|--:|--:|--:|")
    for way, found in costs.items():
        ratios = sorted(
            each.cpu_s / of.cpu_s
            for each, of in zip(found, costs[first], strict=True)
        )
        middle = median(found)
        print(
            f"| {way} | {middle.cpu_s:.1f} | {statistics.median(ratios):.2f} "
            f"({ratios[0]:.2f}-{ratios[-1]:.2f}) | {middle.peak_mb:,.0f} |",
            flush=True,
        )


def tell_spark(study: Study, python: str) -> None:
    """Print what dbt takes on DuckDB and Spark; stop where they differ."""
    first, *_ = BY_DBT
    costs = {
        way: [cost(*dbt_build(study, way, python, target))]
        for way, target in BY_DBT.items()
    }
    tell_costs(study, costs, first)
    database = study.out(first).with_name("linksignal.duckdb")
    with duckdb.connect(config=limited(study.folder)) as connection:
        connection.execute(f"attach '{database}' as duck (read_only)")
        ((rows, differing),) = connection.execute(
            f"""
            with
            duck as (from duck.features.domain_links),
            spark as (
                select * exclude (handed_over_by)
                from '{study.single}/links/domain_links/*.parquet'
            )
            select (select count(*) from duck), count(*) from (
                (from duck except all from spark)
                union all (from spark except all from duck)
            )
            """
        ).fetchall()
    if differing:
        sys.exit(f"domain_links differs in {differing} rows on Spark")
    print(f"domain_links on Spark is DuckDB's, {rows:,} rows, every column")


def dbt_build(
    study: Study, way: str, python: str, target: str
) -> tuple[list[object], Path, dict[str, str]]:
    """Return a command that builds domain_links, its folder, its variables."""
    folder = study.out(way).parent
    shutil.rmtree(folder, ignore_errors=True)
    artifacts = str(folder / "target")
    command = [
        *(python if target == "spark" else sys.executable, "-m"),
        *("dbt.cli.main", "build", "--quiet", "--target", target),
        *("--target-path", artifacts, "--log-path", artifacts),
        *("--select", "+domain_links", "--exclude", *HANDED_OVER_BESIDE),
        *("--exclude-resource-type", "test", "unit_test"),
        *("--vars", json.dumps({"raw_dir": str(study.single)})),
    ]
    return (
        command,
        folder,
        os.environ
        | {
            "LINKSIGNAL_DATABASE": str(folder / "linksignal.duckdb"),
            "LINKSIGNAL_SPARK_DIR": str(folder / "spark"),
            "LINKSIGNAL_SPARK_MASTER": f"local[{THREADS}]",
            "LINKSIGNAL_SPARK_PARTITIONS": str(2 * THREADS),
            "PYTHONPATH": str(PROJECT_DIR / "python"),
            "SPARK_LOCAL_IP": "127.0.0.1",
        },
    )


def tell_limits(study: Study, limits: list[str]) -> None:
    """Print what the models take within other memory limits."""
    print("\n| limit | file | CPU s | peak MB | spilled MB |")
    print("|---|---|--:|--:|--:|")
    for limit in limits:
        for way in ("models", "models, topped up"):
            found = cost(child(study, way, limit), study.out(way).parent)
            print(
                f"| {limit} | {way} | {found.cpu_s:.1f} "
                f"| {found.peak_mb:,.0f} | {found.spilled_mb:,.0f} |",
                flush=True,
            )


def tell_refreshes(study: Study) -> None:
    """Print what refreshes cost before and after the second file came.

    Tells where findings are not those of one load of everything.
    """
    roots = study.folder / "topped_up.root", study.folder / "one_load.root"
    for root in roots:
        shutil.rmtree(root, ignore_errors=True)
    refreshes = [
        ("first refresh", study.single, roots[0]),
        ("after 1 % more links", study.topped_up, roots[0]),
    ]
    if study.is_one_load_made:
        refreshes.append(
            ("first refresh of one load of both", study.one_load, roots[1])
        )
    for said, raw_dir, root in refreshes:
        command = [
            *(Path(sys.executable).parent / "linksignal", "refresh"),
            *("--root", root, "--raw", raw_dir),
        ]
        found = cost(command, root.parent)
        print(
            f"{said}: {found.cpu_s:.1f} CPU s, {found.peak_mb:,.0f} MB",
            flush=True,
        )
    if study.is_one_load_made:
        subprocess.run(
            [
                *(sys.executable, BENCHMARKS / "same_findings.py"),
                *(root / "linksignal_published.duckdb" for root in roots),
            ],
            check=False,
        )


def tell_growth(medians: dict[int, dict[str, Cost]]) -> None:
    """Print the powers of the number of links that costs grow with."""
    sizes = sorted(medians)
    for small, large in itertools.pairwise(sizes):
        steps = math.log(large / small)
        print(f"\n| {small:,} to {large:,} | CPU | memory |\n|---|--:|--:|")
        for way in medians[small].keys() & medians[large].keys():
            before, after = medians[small][way], medians[large][way]
            cpu = math.log(after.cpu_s / before.cpu_s) / steps
            peak = math.log(after.peak_mb / before.peak_mb) / steps
            print(f"| {way} | {cpu:.2f} | {peak:.2f} |")


if __name__ == "__main__":
    main()
