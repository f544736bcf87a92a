"""Whatever goes wrong, readers see no change, and the next refresh succeeds."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from faulty_refresh import FAULTS, QUICK

HERE = Path(__file__).parent
KILLED = -signal.SIGKILL
IS_LONG = "LINKSIGNAL_KILLS" in os.environ
PLAYED = list(FAULTS) if IS_LONG else QUICK
# The new file is out already; only what comes after it is missing.
PUBLISHED_FIRST = (
    "killed as report begins",
    "killed as archive begins",
    "killed with half a kept copy",
    "killed before the log",
    "killed before the tables are kept",
    "killed with half of the tables kept",
    "killed before earlier tables are removed",
    "killed before the run is cleared",
    "disk full while keeping",
    "disk full at the log",
    "disk full while the tables are kept",
)


@pytest.fixture(scope="module")
def outcomes(slim, tmp_path_factory):
    folder = tmp_path_factory.mktemp("faults")
    raw_dir = Path(shutil.copytree(slim.raw_dir, folder / "raw"))
    words = [slim.folder, raw_dir, folder / "root", *PLAYED]
    played = subprocess.run(
        [sys.executable, str(HERE / "faulty_refresh.py"), *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert played.returncode == 0, played.stderr
    return json.loads(played.stdout)


@pytest.mark.parametrize("fault", PLAYED)
def test_readers_see_the_old_file_or_the_new_one_after(fault, outcomes):
    outcome = outcomes[fault]
    assert outcome["is_unchanged"] == (fault not in PUBLISHED_FIRST)


@pytest.mark.parametrize("fault", PLAYED)
def test_the_process_ends_as_it_should_after(fault, outcomes):
    is_killed = fault.startswith("killed")
    is_out = fault in PUBLISHED_FIRST
    expected = KILLED if is_killed else 0 if is_out else 2
    assert outcomes[fault]["exit_code"] == expected


@pytest.mark.parametrize("fault", PLAYED)
def test_the_next_refresh_publishes_after(fault, outcomes):
    outcome = outcomes[fault]
    assert outcome["next_exit_code"] == 0
    assert outcome["is_next_new"]


@pytest.mark.parametrize("fault", PLAYED)
def test_nothing_is_left_behind_after(fault, outcomes):
    outcome = outcomes[fault]
    kept = [f"published/{run_id}.duckdb" for run_id in outcome["kept"]]
    assert len(kept) <= 3
    built = f"built/{outcome['kept'][-1]}.duckdb"
    assert outcome["stray"] == [built, "linksignal_published.duckdb", *kept]


@pytest.mark.parametrize("fault", PLAYED)
def test_the_next_refresh_begins_with_tables_of_a_published_run(
    fault, outcomes
):
    outcome = outcomes[fault]
    reused = outcome["reused"]
    published = {
        entry["run_id"]
        for entry in outcome["log"]
        if entry["event"] == "published"
    }
    assert reused["run_id"] in published
    assert 0 < len(reused["models"]) < reused["model_count"]
    assert "link_counts" in reused["models"]


def test_every_published_file_is_kept_though_the_process_was_killed(outcomes):
    for fault in set(PUBLISHED_FIRST).intersection(PLAYED):
        kept = [
            int(run_id.partition("-")[0]) for run_id in outcomes[fault]["kept"]
        ]
        assert kept[-2:] == [kept[-1] - 1, kept[-1]], fault


def test_the_log_tells_every_run_once_and_where_it_died(outcomes):
    log = list(outcomes.values())[-1]["log"]
    runs = [entry["run_id"] for entry in log]
    assert len(runs) == len(set(runs))
    reasons = " ".join(entry.get("reason", "") for entry in log)
    told = set(re.findall(r"ended from outside during step (\w+)", reasons))
    assert told >= {
        "sweep", "load", "inputs", "compare", "reuse", "build", "gate",
        "export", "verify", "publish",
    }  # fmt: skip
