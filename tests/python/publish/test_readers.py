"""Readers that poll while files are published see one file or another."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest
from linksignal.publish.database import read_info
from linksignal.publish.place import place, seal
from linksignal.publish.status import status
from linksignal.show.findings import Findings, read_publication

READER = Path(__file__).with_name("reader.py")
READERS = 8
PUBLISHES = 30
PAUSE_SECONDS = 0.01
# The whole form of this test is `make torture`.
READS = int(os.environ.get("LINKSIGNAL_READS", "120"))
# The main header and the two that take turns.
HEADER_BYTES = 3 * 4096
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


def test_no_reader_sees_an_error_or_a_mixture(bench, two_files, tmp_path):
    stop = tmp_path / "stop"
    words = [READER, bench.root.published, READS // READERS, stop]
    readers = [
        subprocess.Popen(
            [sys.executable, *map(str, words)],
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
        if publishes == PUBLISHES:
            stop.touch()
        time.sleep(PAUSE_SECONDS)
    said = [reader.communicate() for reader in readers]
    assert [error for _, error in said] == [""] * READERS
    seen = {run for answer, _ in said for run in json.loads(answer)["runs"]}
    assert seen == {read_info(path)["run_id"] for path in two_files}


@pytest.fixture
def mixture(two_files):
    """Give the header of one file and the rest of another.

    In files of the same tables the header may point to the same place; that
    of a file that was written to twice points elsewhere.
    """
    first, second = two_files
    first.chmod(0o600)
    with duckdb.connect(first) as connection:
        connection.execute("create table later (number integer); checkpoint")
    return (
        first.read_bytes()[:HEADER_BYTES] + second.read_bytes()[HEADER_BYTES:]
    )


@pytest.fixture
def caught_in_between(bench, two_files, mixture, monkeypatch):
    """Exchange the published file while the engine opens it.

    What the engine then reads is the header of the one and the rest of the
    other file.
    """
    published = bench.root.published
    connect = duckdb.connect
    tries = []

    def exchanged(*words, **options):
        tries.append(words)
        if len(tries) > 1:
            return connect(*words, **options)
        shutil.copyfile(two_files[1], published.with_name("next"))
        published.unlink()
        published.write_bytes(mixture)
        try:
            return connect(published, read_only=True)
        finally:
            published.with_name("next").replace(published)

    monkeypatch.setattr(duckdb, "connect", exchanged)
    return tries


def test_what_reads_a_file_that_is_replaced_meanwhile_reads_the_new_one(
    bench, two_files, caught_in_between
):
    found = read_info(bench.root.published)
    assert len(caught_in_between) == 2
    assert found == read_info(two_files[1])


def test_a_command_reads_a_file_that_is_replaced_meanwhile(
    bench, two_files, caught_in_between
):
    with Findings(bench.root.published) as findings:
        shown = read_publication(findings)
    assert len(caught_in_between) == 2
    assert shown.run_id == read_info(two_files[1])["run_id"]


def test_a_broken_file_that_nothing_replaces_is_told(bench, mixture):
    bench.root.published.unlink()
    bench.root.published.write_bytes(mixture)
    with pytest.raises(duckdb.Error, match=r"MetadataReader|deserialize"):
        read_info(bench.root.published)
    assert "cannot be read" in status(bench.root)["fault"]
