"""The real dbt, ended from outside, on a full disk, and out of memory."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from linksignal.publish.build import OUTPUT
from linksignal.publish.root import entries

# Too little for the database, enough for the manifest and the logs.
FILE_BYTES = 4_000_000
# What makes no table takes time and changes nothing here.
ONLY_TABLES = {"DBT_RESOURCE_TYPES": "model seed", "DBT_FAIL_FAST": "1"}
# Of two that fail at once under fail-fast dbt may report neither.
ONE_THREAD = {"LINKSIGNAL_THREADS": "1"}
# What is told of a step, on standard error.
STEP = r"linksignal: [a-z]+: .* s"
# Too little memory for the sample, and no room at all to spill to.
NO_ROOM = {
    "LINKSIGNAL_MEMORY_LIMIT": "20MB",
    "LINKSIGNAL_SPILL_LIMIT": "0MB",
    **ONE_THREAD,
}


@pytest.fixture
def published(bench):
    """A bench whose root has a published file."""
    bench.publish()
    return bench


PROGRAM = """
import resource, sys
from linksignal.cli import main
from linksignal.publish import build

run_dbt = build.run_dbt

def limited(*arguments):
    if LIMIT:
        resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, LIMIT))
    return run_dbt(*arguments)

build.run_dbt = limited
sys.exit(main(sys.argv[1:]))
"""


def start(bench, file_bytes=0, **environment):
    """Refresh in a process, with a limit on files from the build on."""
    return subprocess.Popen(
        [
            *(sys.executable, "-c", f"LIMIT = {file_bytes}{PROGRAM}"),
            *("refresh", "--root", str(bench.root.path)),
            *("--raw", str(bench.recorded.raw_dir)),
            *("--vars", "{resample_count: 100, draw_count: 99}"),
        ],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )


def state(pid):
    """State letter of a process; None when there is none."""
    try:
        return (
            Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        )
    except FileNotFoundError:
        return None


def wait_for(condition):
    for _ in range(6000):
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it did not come")


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_dbt_ends_with_a_refresh_that_is_killed(published):
    before = published.root.published.read_bytes()
    refresh = start(published)
    wait_for(lambda: list(published.root.runs.glob("000002-*/logs/dbt.log")))
    children = Path(f"/proc/{refresh.pid}/task/{refresh.pid}/children")
    (dbt,) = map(int, children.read_text().split())
    refresh.send_signal(signal.SIGKILL)
    refresh.communicate()
    wait_for(lambda: state(dbt) in (None, "Z"))
    assert published.root.published.read_bytes() == before
    assert published.refresh().info["run_number"] == 3
    reasons = [entry.get("reason") for entry in entries(published.root.log)]
    assert reasons[1] == (
        "the process was ended from outside during step build"
    )
    with pytest.raises(ProcessLookupError):
        os.kill(refresh.pid, 0)


@pytest.mark.parametrize(
    ("file_bytes", "environment", "told"),
    [(FILE_BYTES, ONE_THREAD, "file too large"),
     (0, NO_ROOM, "this limit was set by the 'max_temp_directory_size'")],
    ids=["for the database", "for what is spilled"],
)  # fmt: skip
def test_a_disk_that_is_full_in_the_build_changes_nothing(
    published, file_bytes, environment, told
):
    before = published.root.published.read_bytes()
    refresh = start(published, file_bytes, **ONLY_TABLES, **environment)
    said = refresh.communicate()[1]
    assert refresh.returncode == 2
    *steps, sentence = said.splitlines()
    assert all(re.fullmatch(STEP, line) for line in steps)
    assert sentence.startswith("linksignal: model ")
    assert "ended in 'error'" in sentence
    assert published.root.published.read_bytes() == before
    log = entries(published.root.log)
    assert (log[-1]["event"], log[-1]["step"]) == ("failed", "gate")
    output = published.root.runs / log[-1]["run_id"] / OUTPUT
    assert told in output.read_text().lower()
    assert published.refresh().info["run_number"] == 3
