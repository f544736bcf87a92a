"""What Common Crawl's domain graph costs, next to a bare reading of its files.

    python benchmarks/domain_graph.py [--edges N [N ...]] [--pairs N]

Writes a graph of a twentieth as many vertices as edges, whose in-degrees have
a long tail, and counts the referring domains of the 1,000 most linked domains
and of one that the graph lacks: with ``linksignal load``, and with one
hand-written DuckDB query, which must agree; ``bare`` is DuckDB reading the same
files, columns typed, and doing nothing with them. Each runs in a process of
its own, in turn. Machines are noisy: read the ratios. The files go afterwards;
100 million edges take 0.5 GB.
"""

from __future__ import annotations

import argparse
import gzip
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
from pyarrow import csv

RELEASE = "cc-main-2024-apr-may-jun-domain"
STUDY_DOMAINS = 1000
BATCH_EDGES = 2_000_000
# Spreads the most linked domains over the ids; prime.
SPREAD = 2_654_435_761
WAYS = ("bare", "query", "load")


class Cost(NamedTuple):
    """What one process used."""

    cpu_seconds: float
    wall_seconds: float
    peak_bytes: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--edges", type=int, nargs="+", default=[20_000_000])
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--child", nargs=2, metavar=("WAY", "FOLDER"))
    arguments = parser.parse_args()
    if arguments.child:
        way, folder = arguments.child
        {"bare": bare, "query": query, "load": load}[way](Path(folder))
        return
    for edges in arguments.edges:
        with tempfile.TemporaryDirectory() as name:
            compare(Path(name), edges, arguments.pairs)


def compare(folder: Path, edges: int, pairs: int) -> None:
    written = write_graph(folder, edges // 20, edges)
    size = sum(path.stat().st_size for path in folder.iterdir())
    print(f"{edges // 20:,} vertices, {written:,} edges, {size / 1e9:.2f} GB")
    runs = []
    for _ in range(pairs):
        runs.append({way: run(way, folder) for way in WAYS})
        check(folder)
        shutil.rmtree(folder / "raw")
    for way in WAYS:
        costs = [each[way] for each in runs]
        ratios = [
            each[way].cpu_seconds / each["bare"].cpu_seconds for each in runs
        ]
        print(
            f"{way}: {statistics.median(c.cpu_seconds for c in costs):.1f} "
            f"CPU s, {statistics.median(c.wall_seconds for c in costs):.1f} s, "
            f"peak {max(c.peak_bytes for c in costs) / 1e6:,.0f} MB, CPU / "
            f"bare {statistics.median(ratios):.2f} "
            f"({min(ratios):.2f}-{max(ratios):.2f})",
            flush=True,
        )


def write_graph(folder: Path, vertices: int, edges: int) -> int:
    """Write a graph as Common Crawl does; return how many edges it has."""
    most_linked = np.arange(STUDY_DOMAINS) * SPREAD % vertices
    names = "".join(f"site{n:09}.com\n" for n in most_linked.tolist())
    (folder / "domains.csv").write_text(f"domain\n{names}absent.com\n")
    write(folder / f"{RELEASE}-vertices.txt.gz", vertex_batches(vertices))
    return write(
        folder / f"{RELEASE}-edges.txt.gz", edge_batches(vertices, edges)
    )


def vertex_batches(count: int) -> Iterator[pa.RecordBatch]:
    for start in range(0, count, BATCH_EDGES):
        ids = np.arange(start, min(count, start + BATCH_EDGES))
        names = [f"com.site{number:09}" for number in ids.tolist()]
        columns = [pa.array(ids), pa.array(names), pa.array(ids % 7 + 1)]
        yield pa.record_batch(columns, names=["id", "name", "hosts"])


def edge_batches(vertices: int, count: int) -> Iterator[pa.RecordBatch]:
    """Edges in order of source and target, each once, none to itself."""
    rng = np.random.default_rng(1)
    parts = -(-count // BATCH_EDGES)
    for part in range(parts):
        low, high = (vertices * (part + step) // parts for step in (0, 1))
        size = min(BATCH_EDGES, count - part * BATCH_EDGES)
        sources = rng.integers(low, high, size)
        ranks = (vertices * rng.random(size) ** 5).astype(np.int64)
        keys = (sources << 32) + ranks * SPREAD % vertices
        keys = np.unique(keys)
        sources, targets = keys >> 32, keys & 0xFFFFFFFF
        is_other = sources != targets
        columns = [pa.array(sources[is_other]), pa.array(targets[is_other])]
        yield pa.record_batch(columns, names=["source", "target"])


def write(path: Path, batches: Iterator[pa.RecordBatch]) -> int:
    options = csv.WriteOptions(
        include_header=False, delimiter="\t", quoting_style="none"
    )
    count = 0
    with gzip.open(path, "wb", compresslevel=1) as file:
        for batch in batches:
            csv.write_csv(batch, file, options)
            count += len(batch)
    return count


def engine(folder: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(
        "set threads = 2; set memory_limit = '1GB'; "
        f"set temp_directory = '{folder / 'spill'}'; "
        "set max_temp_directory_size = '20GB'"
    )
    return connection


def relation(folder: Path, kind: str) -> str:
    columns = {"source": "BIGINT", "target": "BIGINT"}
    if kind == "vertices":
        columns = {"id": "BIGINT", "name": "VARCHAR", "hosts": "BIGINT"}
    return (
        f"read_csv('{folder / RELEASE}-{kind}.txt.gz', header = false, "
        f"auto_detect = false, delim = '\t', columns = {columns})"
    )


def bare(folder: Path) -> None:
    connection = engine(folder)
    connection.execute(
        "select count(*), max(id), max(name), max(hosts) from "
        f"{relation(folder, 'vertices')}"
    )
    connection.execute(
        "select count(*), max(source), max(target) from "
        f"{relation(folder, 'edges')}"
    )


def query(folder: Path) -> None:
    connection = engine(folder)
    connection.execute(
        f"copy (with listed as (from read_csv('{folder}/domains.csv')), "
        f"vertices as (select domain, id from listed left join "
        f"{relation(folder, 'vertices')} on name = 'com.' || "
        "split_part(domain, '.', 1)) "
        "select domain, count(distinct source) as referring_domains "
        f"from vertices left join {relation(folder, 'edges')} "
        "on target = id group by domain) "
        f"to '{folder}/query.parquet'"
    )


def load(folder: Path) -> None:
    from linksignal.load.batch import load_files
    from linksignal.load.stage import Options

    files = [
        folder / "domains.csv",
        folder / f"{RELEASE}-vertices.txt.gz",
        folder / f"{RELEASE}-edges.txt.gz",
    ]
    load_files(files, folder / "raw", Options())


def check(folder: Path) -> None:
    """Compare the counts of the load and of the query, domain by domain."""
    found = engine(folder).execute(
        f"select count(*) from '{folder}/query.parquet' as wanted full join "
        f"'{folder}/raw/backlink_profiles/*.parquet' as own using (domain) "
        "where wanted.referring_domains is distinct from "
        "own.referring_domains"
    )
    (differences,) = found.fetchone() or (None,)
    assert differences == 0, f"{differences} domains differ"


def run(way: str, folder: Path) -> Cost:
    started = time.monotonic()
    child = subprocess.Popen(
        [sys.executable, __file__, "--child", way, str(folder)]
    )
    _, status, usage = os.wait4(child.pid, 0)
    assert status == 0, f"{way} failed"
    return Cost(
        usage.ru_utime + usage.ru_stime,
        time.monotonic() - started,
        usage.ru_maxrss * 1024,
    )


if __name__ == "__main__":
    main()
