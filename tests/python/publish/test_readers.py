"""Readers that poll while files are published see one file or another."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from linksignal.publish.info import read_info
from linksignal.publish.place import place, seal

READER = Path(__file__).with_name("reader.py")
READERS = 8
PUBLISHES = 30
PAUSE_SECONDS = 0.01
# The whole form of this test is `make torture`.
READS = int(os.environ.get("LINKSIGNAL_READS", "120"))
CHANGED = """
    update findings.correlations set estimate = -estimate;
    update findings.platform_coverage set answer_count = answer_count + 1;
"""


@pytest.fixture
def two_files(bench, tmp_path):
    """Two published files of different content."""
    changed = bench.recorded.altered(tmp_path / "changed", CHANGED)
    files = []
    for recorded in (bench.recorded, changed):
        bench.recorded = recorded
        bench.refresh()
        name = f"{len(files)}.duckdb"
        files.append(Path(shutil.copy(bench.root.published, tmp_path / name)))
    return files


def test_no_reader_sees_an_error_or_a_mixture(bench, two_files):
    words = [sys.executable, READER, bench.root.published, READS // READERS]
    readers = [
        subprocess.Popen(
            [*map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(READERS)
    ]
    publishes = 0
    while any(reader.poll() is None for reader in readers):
        draft = bench.root.path / "next.duckdb"
        shutil.copyfile(two_files[publishes % 2], draft)
        seal(draft)
        place(draft, bench.root)
        publishes += 1
        time.sleep(PAUSE_SECONDS)
    said = [reader.communicate() for reader in readers]
    assert [error for _, error in said] == [""] * READERS
    seen = {run for answer, _ in said for run in json.loads(answer)}
    assert seen == {read_info(path)["run_id"] for path in two_files}
    assert publishes >= PUBLISHES
