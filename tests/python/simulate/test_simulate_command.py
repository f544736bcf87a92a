"""What the user types, and what is refused in one sentence."""

from __future__ import annotations

import os

import pytest
from linksignal import cli
from linksignal.simulate import calibrated


def _simulate(out, *words):
    return cli.main(["simulate", "--out", str(out), *map(str, words)])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--domains", 0], "--domains must be at least 1"),
        (["--links", -5], "--links must be at least 1"),
        (["--seed", -1], "--seed must be 0 or larger"),
        (["--links", 999], "--links 999 is too few"),
        (["--domains", 50, "--links", 49], "--links 49 is too few"),
        (["--threshold-score", 50], "needs --law threshold"),
        (
            ["--law", "smooth", "--threshold-score", 50],
            "needs --law threshold",
        ),
        (
            ["--law", "threshold", "--threshold-score", 100],
            "must be from 1 to 99",
        ),
        (["--domains", 2_000_000], "brand names there are"),
        (["--panel", "none", "--domains", 2_000_000], "brand names there are"),
        (["--months", 8], "--months needs --panel"),
        (["--panel", "none", "--months", 0], "--months must be at least 1"),
        (["--panel", "none", "--months", 500], "must be at most 120"),
        (["--panel", "none", "--law", "smooth"], "--panel and --law are"),
        (["--panel", "none", "--links", 9_000], "--panel and --links are"),
    ],
)
def test_impossible_numbers_are_refused(tmp_path, capsys, words, said):
    assert _simulate(tmp_path / "raw", *words) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1
    assert not list(tmp_path.glob("**/*.parquet"))


def test_a_folder_that_is_not_empty_is_refused(tmp_path, capsys):
    (tmp_path / "notes.txt").write_text("mine")
    assert _simulate(tmp_path, "--domains", 5) == 2
    assert "is not empty" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_file_is_refused_as_folder(tmp_path, capsys):
    (tmp_path / "raw").write_text("mine")
    assert _simulate(tmp_path / "raw", "--overwrite") == 2
    assert "is a file" in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_refused(tmp_path, capsys):
    (tmp_path / "file").write_text("mine")
    assert _simulate(tmp_path / "file" / "raw", "--domains", 5) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_overwrite_replaces_a_simulated_study(tmp_path):
    out = tmp_path / "raw"
    assert _simulate(out, "--domains", 5) == 0
    file = out / "backlinks/simulated-backlinks.parquet"
    before = file.read_bytes()
    # Of an earlier study that had a table more.
    old = out / "ai_totals" / "simulated-ai-totals.parquet"
    old.parent.mkdir()
    old.write_text("old")
    assert _simulate(out, "--domains", 6, "--overwrite") == 0
    assert not old.parent.exists()
    assert file.read_bytes() != before


def _tree(folder):
    return {
        path: os.readlink(path) if path.is_symlink() else path.read_bytes()
        for path in folder.rglob("*")
        if path.is_symlink() or path.is_file()
    }


@pytest.mark.parametrize(
    "foreign",
    [
        "backlinks/simulated-mine.parquet",
        "backlinks/simulated-loads.parquet",
        "loads/simulated-all.parquet",
        "backlinks/.hidden",
        "ai_totals",
    ],
)
@pytest.mark.parametrize("is_link", [False, True])
def test_look_alikes_in_a_simulated_study_are_not_touched(
    tmp_path, capsys, foreign, is_link
):
    out, mine = tmp_path / "raw", tmp_path / "mine"
    assert _simulate(out, "--domains", 5) == 0
    mine.mkdir()
    (mine / "simulated-ai-totals.parquet").write_text("mine")
    file = out / foreign
    file.parent.mkdir(exist_ok=True)
    if is_link:
        file.symlink_to(mine)
    else:
        file.write_text("mine")
    before = _tree(tmp_path)
    assert _simulate(out, "--domains", 6, "--overwrite") == 2
    assert f"holds {foreign}, which is not" in capsys.readouterr().err
    assert _tree(tmp_path) == before


def test_a_study_whose_label_is_gone_is_not_replaced(tmp_path, capsys):
    out = tmp_path / "raw"
    assert _simulate(out, "--domains", 5) == 0
    (out / "README.md").unlink()
    before = _tree(out)
    assert _simulate(out, "--domains", 6, "--overwrite") == 2
    assert "not of a simulated study" in capsys.readouterr().err
    assert _tree(out) == before


@pytest.mark.parametrize(
    "foreign",
    ["notes.txt", "README.md", "loads/mine.txt", "backlinks/semrush-1.parquet"],
)
def test_overwrite_touches_nothing_that_is_not_simulated(
    tmp_path, capsys, foreign
):
    file = tmp_path / foreign
    file.parent.mkdir(exist_ok=True)
    file.write_text("mine")
    assert _simulate(tmp_path, "--domains", 5, "--overwrite") == 2
    assert f"holds {foreign}, which is not" in capsys.readouterr().err
    assert file.read_text() == "mine"


def test_the_line_says_that_a_scaled_study_is_not_calibrated(tmp_path, capsys):
    assert _simulate(tmp_path / "raw", "--domains", 5, "--links", 300) == 0
    said = capsys.readouterr().out
    assert "law smooth" in said and "300 link rows" in said
    assert "only the study without --domains and --links is calibrated" in said


def test_a_planted_truth_is_written_beside_the_tables(tmp_path, capsys):
    words = ["--law", "threshold", "--threshold-score", 45, "--domains", 5]
    assert _simulate(tmp_path / "raw", *words) == 0
    text = (tmp_path / "raw" / "README.md").read_text()
    assert "law `threshold`" in text and "threshold_score = 45" in text


def test_a_seed_that_misses_a_coefficient_is_refused(
    tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(calibrated, "PROPOSALS", 10)
    assert _simulate(tmp_path / "raw", "--seed", 3) == 2
    assert "take another seed" in capsys.readouterr().err
    assert not (tmp_path / "raw").exists()
