"""A hundred kills at random moments, and readers; by `make torture` only."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from linksignal.publish.root import entries, run_number
from linksignal.publish.verify import verify
from recorded_build import Recorded

KILLS = int(os.environ.get("LINKSIGNAL_KILLS", "0"))
WORKER = Path(__file__).with_name("slow_refresh.py")
READER = Path(__file__).with_name("reader.py")
READERS = 2
SEED = 20251001
# Some get to their end, or are killed after the file is out.
OVERTIME = 1.3


def worker(bench):
    """Refresh after other answers, with all other tables as they were."""
    (path,) = (bench.recorded.raw_dir / "ai_references").glob("*.parquet")
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle] = (content[middle] + 1) % 256
    path.write_bytes(content)
    words = [WORKER, bench.recorded.folder, bench.recorded.raw_dir]
    return subprocess.Popen(
        [sys.executable, *map(str, [*words, bench.root.path])],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def readers(bench, stop):
    words = [READER, bench.root.published, 1, stop]
    return [
        subprocess.Popen(
            [sys.executable, *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(READERS)
    ]


@pytest.mark.skipif(KILLS == 0, reason="takes minutes: make torture")
def test_no_kill_at_any_moment_harms_the_published_file(bench, tmp_path):
    raw_dir = shutil.copytree(bench.recorded.raw_dir, tmp_path / "raw")
    bench.recorded = Recorded(bench.recorded.folder, raw_dir)
    bench.publish()
    polling = readers(bench, tmp_path / "stop")
    begin = time.monotonic()
    assert worker(bench).wait() == 0
    whole_seconds = time.monotonic() - begin
    moments = random.Random(SEED)
    digests = set()
    for _ in range(KILLS):
        refresh = worker(bench)
        time.sleep(moments.uniform(0, OVERTIME * whole_seconds))
        refresh.kill()
        refresh.wait()
        content = bench.root.published.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        if digest not in digests:
            verify(bench.root.published)
            digests.add(digest)
    assert worker(bench).wait() == 0
    verify(bench.root.published)
    (tmp_path / "stop").touch()
    said = [reader.communicate() for reader in polling]
    assert [error for _, error in said] == [""] * READERS
    log = entries(bench.root.log)
    published = [entry for entry in log if entry["event"] == "published"]
    numbers = [run_number(entry["run_id"]) for entry in published]
    assert numbers == sorted(set(numbers))
    assert log[-1]["reused"]["models"]
    seen = {run for answer, _ in said for run in json.loads(answer)["runs"]}
    assert seen <= {entry["run_id"] for entry in published}
    assert len(digests) > 1
    assert len(log) > len(published)
    left = {path.name for path in bench.root.path.iterdir()}
    assert left == {
        "linksignal_published.duckdb", "built", "published", "runs",
        "refresh.lock", "refresh.log",
    }  # fmt: skip
