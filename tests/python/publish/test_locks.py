"""One at a time: a second refresh ends at once and says who is at work."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from linksignal.errors import LinksignalError
from linksignal.files import hold
from linksignal.load.landing import settled, work_folder
from linksignal.publish.database import read_info
from linksignal.publish.root import Root, entries, locked

WORKER = Path(__file__).with_name("slow_refresh.py")


def start(slim, root, *words):
    return subprocess.Popen(
        [
            *(sys.executable, str(WORKER), str(slim.folder)),
            *(str(slim.raw_dir), str(root.path), *map(str, words)),
        ],
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_refresh_beside_another_ends_with_75_and_changes_nothing(
    slim, tmp_path
):
    root, gate = Root(tmp_path / "root"), tmp_path / "go"
    first = start(slim, root, gate)
    while not list(root.runs.glob("*/build_began")):
        assert first.poll() is None, first.stderr.read()
        time.sleep(0.02)
    others = [start(slim, root) for _ in range(2)]
    for other in others:
        said = other.communicate()[1]
        assert other.returncode == 75
        assert f"(process {first.pid})" in said
    assert not root.published.exists()
    gate.touch()
    first.communicate()
    assert first.returncode == 0
    assert [entry["event"] for entry in entries(root.log)] == ["published"]


def test_of_refreshes_that_start_together_each_publishes_or_is_busy(
    slim, tmp_path
):
    root = Root(tmp_path / "root")
    started = [start(slim, root) for _ in range(3)]
    for process in started:
        process.communicate()
    codes = sorted(process.returncode for process in started)
    assert codes[0] == 0
    assert set(codes) <= {0, 75}
    log = entries(root.log)
    assert [entry["event"] for entry in log] == ["published"] * codes.count(0)
    assert read_info(root.published)["run_id"] == log[-1]["run_id"]


def test_studies_read_one_raw_directory_at_once_and_no_load_beside_them(
    tmp_path,
):
    handle = os.open(tmp_path, os.O_RDONLY)
    with (
        settled(tmp_path),
        settled(tmp_path),
        pytest.raises(BlockingIOError),
    ):
        hold(handle)
    hold(handle)
    with pytest.raises(LinksignalError) as refused, settled(tmp_path):
        pass
    os.close(handle)

    assert refused.value.exit_code == 75


def refusal_of(holder, raw_dir):
    """How a second command is refused, before it has done anything."""
    with pytest.raises(LinksignalError) as refused, holder(raw_dir):
        pass
    return refused.value


def test_a_load_waits_for_loads_and_for_who_reads(tmp_path):
    with work_folder(tmp_path):
        for holder in (work_folder, settled):
            assert refusal_of(holder, tmp_path).exit_code == 75
    with settled(tmp_path):
        refused = refusal_of(work_folder, tmp_path)
        assert refused.exit_code == 75
        assert "a refresh reads" in str(refused)
        assert list(tmp_path.iterdir()) == []
    with work_folder(tmp_path) as folder:
        assert folder.is_dir()


def test_who_mends_what_a_killed_load_left_lets_others_read(tmp_path):
    with work_folder(tmp_path) as folder:
        left = tmp_path.with_name("left")
        folder.rename(left)
    left.rename(folder)
    with settled(tmp_path), settled(tmp_path):
        assert not folder.exists()
        assert refusal_of(work_folder, tmp_path).exit_code == 75


def test_the_lock_of_a_dead_process_is_free(tmp_path):
    root = Root(tmp_path / "root")
    pid = os.fork()
    if pid == 0:
        with locked(root):
            os._exit(0)
    os.waitpid(pid, 0)
    with locked(root):
        pass
