"""The report beside the published file: of that file, or not there."""

from __future__ import annotations

import shutil

import pytest
from linksignal.cli import main
from linksignal.publish.database import read_info
from linksignal.publish.place import write_report_beside
from linksignal.publish.rollback import rollback
from linksignal.publish.root import Root
from linksignal.report import reported_run


@pytest.fixture
def root(refreshed_sample, tmp_path):
    """Copy the root that the real refresh left."""
    shutil.copytree(refreshed_sample.root, tmp_path / "root")
    return Root(tmp_path / "root")


def test_a_refresh_writes_the_report_of_its_run(root):
    run_id = read_info(root.published)["run_id"]
    page = root.report.read_text("utf-8")
    assert page.count(f"run {run_id}, published") == 1
    assert reported_run(root.report) == run_id
    assert "raw hash" in page
    assert read_info(root.published)["raw_hash"] in page


def test_a_rollback_writes_the_report_of_the_run_it_brings_back(bench):
    bench.publish(2)
    first, _ = bench.root.archived_runs()
    assert rollback(bench.root, first)["warnings"] == []
    assert reported_run(bench.root.report) == first


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(28, "No space left on device"), "No space left on device"),
        (KeyError("median"), "'median'"),
    ],
)
def test_without_a_report_no_old_one_stays(root, monkeypatch, error, reason):
    def fail(*_):
        raise error

    monkeypatch.setattr("linksignal.report.page.write_report", fail)
    (warning,) = write_report_beside(root)
    assert warning.startswith("published, but without a report: ")
    assert reason in warning
    assert not root.report.exists()


def test_a_page_that_cannot_be_written_leaves_nothing(root):
    root.report.unlink()
    root.report.mkdir()
    (warning,) = write_report_beside(root)
    assert "is a folder: it cannot be replaced" in warning
    assert not [path for path in root.path.iterdir() if path.name[0] == "."]


def test_status_and_json_do_not_mind_a_missing_report(root, capsys):
    root.report.unlink()
    assert main(["status", "--root", str(root.path), "--json"]) == 0
    assert "published" in capsys.readouterr().out
