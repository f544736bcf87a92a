"""What checking every record costs, next to a bare copy of the same file.

    python benchmarks/load_throughput.py [--rows N] [--pairs N] [--hosts SHARE]
    python benchmarks/load_throughput.py --memory ROWS [ROWS ...]

Writes a Semrush export of N links and lands it with ``linksignal load``; the
bare copy is DuckDB's COPY of ``read_csv`` with fixed columns to Parquet. Each
runs in a process of its own, in turn. Machines are noisy: read the ratios,
not the seconds. With ``--memory``: peak memory by size of the export.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

HEADER = (
    "Page ascore,Source title,Source url,Target url,Anchor,External links,"
    "Internal links,Nofollow,Sponsored,Ugc,Text,Frame,Form,Image,Sitewide,"
    "First seen,Last seen,New link,Lost link"
)
WORDS = (
    *("alpha", "beta", "blog", "news", "shop", "web"),
    *("data", "cloud", "green", "red", "tech", "media"),
)
SUFFIXES = (
    *("com", "net", "org", "de", "co.uk", "io"),
    *("fr", "com.br", "ru", "it", "pl", "info"),
)
BATCH_ROWS = 100_000


class Cost(NamedTuple):
    """What one process used."""

    cpu_seconds: float
    wall_seconds: float
    peak_bytes: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--hosts", type=float, default=0.1)
    parser.add_argument("--memory", type=int, nargs="+", metavar="ROWS")
    parser.add_argument("--child", nargs=3, metavar=("WHAT", "FILE", "OUT"))
    arguments = parser.parse_args()
    if arguments.child:
        {"load": load, "copy": copy}[arguments.child[0]](*arguments.child[1:])
        return
    with tempfile.TemporaryDirectory() as folder:
        if arguments.memory:
            compare_memory(Path(folder), arguments.memory, arguments.hosts)
        else:
            compare(
                Path(folder), arguments.rows, arguments.pairs, arguments.hosts
            )


def compare(folder: Path, rows: int, pairs: int, hosts: float) -> None:
    file = write_export(folder / "export.csv", rows, hosts)
    print(f"{rows:,} links, {hosts:.0%} distinct hosts, {size_of(file)}")
    ratios: list[tuple[float, float]] = []
    for pair in range(pairs):
        bare = run("copy", file, folder / f"bare{pair}.parquet")
        own = run("load", file, folder / f"raw{pair}")
        ratios.append(
            (
                own.cpu_seconds / bare.cpu_seconds,
                own.wall_seconds / bare.wall_seconds,
            )
        )
        print(f"copy {told(bare)} | load {told(own)}")
    for name, values in zip(
        ("CPU", "wall"), zip(*ratios, strict=True), strict=True
    ):
        print(
            f"{name}: load / copy {statistics.median(values):.2f} "
            f"({min(values):.2f}-{max(values):.2f})"
        )


def compare_memory(folder: Path, sizes: list[int], hosts: float) -> None:
    for rows in sizes:
        file = write_export(folder / f"export{rows}.csv", rows, hosts)
        size = size_of(file)
        cost = run("load", file, folder / f"raw{rows}")
        print(
            f"{rows:,} links, {hosts:.0%} distinct hosts, {size}: {told(cost)}"
        )
        file.unlink()


def write_export(path: Path, rows: int, hosts: float) -> Path:
    """Write links; a tenth of the titles are quoted."""
    rng = np.random.default_rng(1)
    host_count = max(int(rows * hosts), 1)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(f"{HEADER}\r\n")
        for start in range(0, rows, BATCH_ROWS):
            count = min(BATCH_ROWS, rows - start)
            drawn = rng.integers(0, [host_count, 10**6, 10, 12, 60], (count, 5))
            file.writelines(map(link, drawn.tolist()))
    return path


def link(drawn: list[int]) -> str:
    host, page, kind, word, score = drawn
    title = f"{WORDS[word]} and {WORDS[host % 12]}"
    if kind == 0:
        title = f'"{title}, or ""{WORDS[page % 12]}"""'
    site = f"www.{WORDS[host % 12]}{host}.{SUFFIXES[host % 12]}"
    return (
        f"{score},{title},https://{site}/{WORDS[word]}/{page},"
        f"https://target{page % 50}.com/{WORDS[word]},{WORDS[word]} anchor,"
        f"{page % 200},{page % 300},{text(kind < 3)},false,{text(kind == 5)},"
        f"{text(kind < 8)},false,false,{text(kind > 7)},false,"
        f"2025-0{1 + kind % 9}-{1 + page % 28:02d} 10:20:30,"
        f"2025-10-{1 + host % 28:02d} 01:02:03,false,{text(kind == 9)}\r\n"
    )


def text(value: bool) -> str:
    return "true" if value else "false"


def load(file: str, out: str) -> None:
    from datetime import date

    from linksignal.load.batch import load_files
    from linksignal.load.stage import Options

    loaded = load_files([Path(file)], Path(out), Options(date(2026, 1, 31)))
    (staged,) = loaded.staged
    fates = staged.load.fates
    assert fates.read == fates.landed + fates.duplicates


def copy(file: str, out: str) -> None:
    import duckdb

    columns = dict.fromkeys(HEADER.split(","), "VARCHAR")
    with duckdb.connect() as connection:
        connection.execute("SET threads = 2; SET memory_limit = '1GB'")
        connection.execute(
            f"COPY (SELECT * FROM read_csv('{file}', header = true, "
            f"auto_detect = false, delim = ',', quote = '\"', escape = '\"', "
            f"columns = {columns})) TO '{out}' (FORMAT parquet)"
        )


def run(what: str, file: Path, out: Path) -> Cost:
    started = time.monotonic()
    child = subprocess.Popen(
        [sys.executable, __file__, "--child", what, str(file), str(out)]
    )
    _, status, usage = os.wait4(child.pid, 0)
    assert status == 0, f"{what} failed"
    return Cost(
        usage.ru_utime + usage.ru_stime,
        time.monotonic() - started,
        usage.ru_maxrss * 1024,
    )


def told(cost: Cost) -> str:
    return (
        f"{cost.cpu_seconds:.1f} CPU s, {cost.wall_seconds:.1f} s, "
        f"peak {cost.peak_bytes / 1e6:,.0f} MB"
    )


def size_of(file: Path) -> str:
    return f"{file.stat().st_size / 1e9:.2f} GB"


if __name__ == "__main__":
    main()
