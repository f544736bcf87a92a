"""A hundred kills at random moments; run by `make torture` only."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from linksignal.publish.root import entries, run_number
from linksignal.publish.verify import verify

KILLS = int(os.environ.get("LINKSIGNAL_KILLS", "0"))
WORKER = Path(__file__).with_name("slow_refresh.py")
SEED = 20251001
# Some get to their end, or are killed after the file is out.
OVERTIME = 1.3


def worker(bench):
    words = [WORKER, bench.recorded.folder, bench.recorded.raw_dir]
    return subprocess.Popen(
        [sys.executable, *map(str, [*words, bench.root.path])],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.mark.skipif(KILLS == 0, reason="takes minutes: make torture")
def test_no_kill_at_any_moment_harms_the_published_file(bench):
    bench.publish()
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
    log = entries(bench.root.log)
    published = [entry for entry in log if entry["event"] == "published"]
    numbers = [run_number(entry["run_id"]) for entry in published]
    assert numbers == sorted(set(numbers))
    assert len(digests) > 1
    assert len(log) > len(published)
    left = {path.name for path in bench.root.path.iterdir()}
    assert left == {
        "linksignal_published.duckdb", "built", "published", "runs",
        "refresh.lock", "refresh.log",
    }  # fmt: skip
