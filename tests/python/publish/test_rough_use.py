"""Roots that are none, and logs that nobody can write to."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from linksignal.cli import main
from linksignal.publish import status

WORKER = Path(__file__).with_name("slow_refresh.py")
FULL = Path("/dev/full")


@pytest.mark.parametrize("name", ["status", "rollback", "refresh"])
def test_a_root_that_is_a_file_is_refused(name, tmp_path, capsys):
    root = tmp_path / "root"
    root.write_text("")
    more = ["--raw", str(tmp_path)] if name == "refresh" else []
    assert main([name, "--root", str(root), *more]) == 2
    assert f"--root {root} is a file" in capsys.readouterr().err


def test_a_rollback_makes_no_root_of_a_mistyped_name(tmp_path, capsys):
    root = tmp_path / "rooot"
    assert main(["rollback", "--root", str(root)]) == 2
    assert "nothing is published in" in capsys.readouterr().err
    assert not root.exists()


def test_status_of_a_root_that_others_may_not_read_is_one_sentence(
    tmp_path, capsys, monkeypatch
):
    def refused(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(status, "entries", refused)
    assert main(["status", "--root", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"linksignal: --root {tmp_path} cannot be used: ")
    assert len(said.splitlines()) == 1


def test_a_path_may_hold_spaces_and_any_letters(bench, tmp_path):
    bench.root = type(bench.root)(tmp_path / "Größe und Lücke – 根")
    assert bench.refresh().info["run_number"] == 1
    assert main(["status", "--root", str(bench.root.path)]) == 0


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
def test_the_exit_code_is_true_though_the_log_cannot_be_written(
    bench, tmp_path
):
    bench.publish()
    places = ["--root", bench.root.path, "--raw"]
    refresh = [sys.executable, "-m", "linksignal.cli", "refresh", *places]
    state = [sys.executable, "-m", "linksignal.cli", "status", *places[:2]]
    with FULL.open("w") as full:
        codes = [
            subprocess.run(
                [*map(str, words)], stdout=full, stderr=full, check=False
            ).returncode
            for words in (state, [*refresh, tmp_path / "nowhere", "--json"])
        ]
    assert codes == [0, 2]
    assert published_number(bench) == 1


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
def test_what_is_published_is_no_failure_though_it_cannot_be_told(bench):
    words = [WORKER, bench.recorded.folder, bench.recorded.raw_dir]
    with FULL.open("w") as full:
        ended = subprocess.run(
            [sys.executable, *map(str, [*words, bench.root.path])],
            stdout=full,
            stderr=full,
            check=False,
        )
    assert ended.returncode == 0
    assert published_number(bench) == 1


def published_number(bench) -> int:
    return status.status(bench.root)["published"]["run_number"]
