"""What a build and a refresh of the sample cost, in CPU seconds, in one run.

    python benchmarks/build_cost.py [--against FOLDER] [--pairs N]

FOLDER is a checkout of another edition with its ``.venv``. Each pair is a
``dbt build`` of that edition and one of this, first parsed anew (cold), then
from what dbt has parsed (warm). Then ``linksignal build`` twice, and a refresh:
from nothing, again, with one changed file of answers, and with ``--force``.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
from linksignal.project import PROJECT_DIR

SAMPLE = PROJECT_DIR / "seeds" / "sample"


def cpu_seconds(
    project: Path, folder: Path, program: str, *words: str | Path
) -> float:
    """CPU seconds of a program of a checkout, its children included."""
    process = subprocess.Popen(
        [project / ".venv" / "bin" / program, *words],
        cwd=project,
        env={**os.environ, "LINKSIGNAL_DATABASE": str(folder / "study.duckdb")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{program} {' '.join(map(str, words))} failed")
    return usage.ru_utime + usage.ru_stime


def build_seconds(project: Path, folder: Path) -> dict[str, float]:
    """CPU seconds of two builds by dbt, the second from what is parsed."""
    target = folder / project.name
    folder = folder / f"{project.name}-database"
    folder.mkdir(exist_ok=True)
    words = ("--target-path", target, "--log-path", folder)
    shutil.rmtree(target, ignore_errors=True)
    return {
        kind: cpu_seconds(project, folder, "dbt", "build", *words)
        for kind in ("cold", "warm")
    }


def change_answers(raw_dir: Path) -> None:
    """Leave out the last answer of one file."""
    path = sorted((raw_dir / "ai_answers").glob("*.parquet"))[0]
    changed = path.with_name("changed")
    duckdb.execute(
        f"copy (from '{path}' where answer_id <> "
        f"(select max(answer_id) from '{path}')) "
        f"to '{changed}' (format parquet)"
    )
    changed.replace(path)


def refresh_seconds(folder: Path) -> dict[str, float]:
    """CPU seconds of refreshes, one after the other."""
    raw_dir = folder / "raw"
    shutil.copytree(SAMPLE, raw_dir)
    # Records that are left out must not be missed by the accounting.
    shutil.rmtree(raw_dir / "loads", ignore_errors=True)
    words = ("refresh", "--root", folder / "root", "--raw", raw_dir)

    def refresh(*more: str) -> float:
        return cpu_seconds(PROJECT_DIR, folder, "linksignal", *words, *more)

    seconds = {"from nothing": refresh(), "again": refresh()}
    change_answers(raw_dir)
    seconds["one file of answers changed"] = refresh()
    seconds["--force"] = refresh("--force")
    return seconds


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", type=Path)
    parser.add_argument("--pairs", type=int, default=1)
    parser.add_argument("--no-refresh", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for _ in range(args.pairs):
            theirs = (
                build_seconds(args.against.resolve(), folder)
                if args.against
                else {}
            )
            ours = build_seconds(PROJECT_DIR, folder)
            for kind, seconds in ours.items():
                ratio = seconds / theirs[kind] if theirs else 1
                print(
                    f"dbt build, {kind}: {theirs.get(kind, 0):.1f} against "
                    f"{seconds:.1f} CPU s, {ratio:.2f}",
                    flush=True,
                )
        if args.no_refresh:
            return
        for what, seconds in refresh_seconds(folder).items():
            print(f"refresh, {what}: {seconds:.2f} CPU s", flush=True)


if __name__ == "__main__":
    main()
