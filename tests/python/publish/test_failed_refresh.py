"""A refresh that fails changes nothing; one after damage mends it."""

from __future__ import annotations

import json
from pathlib import Path

from linksignal.errors import ExitCode
from linksignal.publish import build, export
from linksignal.publish.database import read_info
from linksignal.publish.root import Root, entries


def test_a_build_that_fails_the_gate_changes_nothing(bench, monkeypatch):
    bench.publish()
    replay = bench.replay

    def failing(run, *words):
        replay(run, *words)
        path = run.target / "run_results.json"
        document = json.loads(path.read_text())
        (result,) = [
            result
            for result in document["results"]
            if "every_domain_stands_once" in result["unique_id"]
        ]
        result["status"] = "fail"
        path.write_text(json.dumps(document))
        return 1

    monkeypatch.setattr(build, "run_dbt", failing)
    error = bench.fails()
    assert error.exit_code is ExitCode.DATA_FAILED
    last = entries(bench.root.log)[-1]
    assert (last["event"], last["step"]) == ("failed", "gate")
    assert "every_domain_stands_once ended in 'fail'" in last["reason"]
    # The rows that failed can be looked at, until the next refresh.
    run = bench.root.runs / last["run_id"]
    assert (run / "linksignal.duckdb").exists()
    monkeypatch.setattr(build, "run_dbt", replay)
    bench.refresh()
    assert not (run / "linksignal.duckdb").exists()


def test_a_build_into_another_database_is_refused(bench, monkeypatch):
    def elsewhere(run, *words):
        bench.replay(run, *words)
        run.database.unlink()
        return 0

    monkeypatch.setattr(build, "run_dbt", elsewhere)
    assert "LINKSIGNAL_DATABASE" in str(bench.fails())


def test_a_build_without_documents_is_refused_with_dbts_own_words(
    bench, monkeypatch
):
    def refused(run, *_):
        (run.folder / build.OUTPUT).write_text(
            "17:25:34  Registered adapter: duckdb=1.11.1\n"
            "17:25:43  Encountered an error:\n"
            "Compilation Error in operation x (./dbt_project.yml)\n"
            "  unknown var 'nosuch': the vars are raw_dir\n"
            "  \n"
            "  > in macro stop (macros/stop.sql)\n"
        )
        return 2

    monkeypatch.setattr(build, "run_dbt", refused)
    error = bench.fails()
    assert error.exit_code is ExitCode.CONFIGURATION
    assert str(error).endswith(": unknown var 'nosuch': the vars are raw_dir")


def test_spilling_beyond_the_limit_changes_nothing(
    bench, tmp_path, monkeypatch
):
    bench.publish()
    small = bench.recorded
    bench.recorded = small.altered(
        tmp_path / "large",
        "create table findings.large as select md5(i::varchar) as a, "
        "md5((i + 1)::varchar) as b from range(1000000) as numbers(i)",
    )
    monkeypatch.setenv("LINKSIGNAL_MEMORY_LIMIT", "30MB")
    monkeypatch.setenv("LINKSIGNAL_SPILL_LIMIT", "1MB")
    error = bench.fails()
    assert error.exit_code is ExitCode.CONFIGURATION
    assert entries(bench.root.log)[-1]["step"] == "export"
    bench.recorded = small
    monkeypatch.setenv("LINKSIGNAL_MEMORY_LIMIT", "2GB")
    assert bench.refresh().info["run_number"] == 3


def test_too_little_space_stops_before_building(bench, monkeypatch):
    bench.publish()
    usage = type("usage", (), {"free": 50_000_000})
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    error = bench.fails()
    assert "50 MB are free" in str(error)
    assert error.exit_code is ExitCode.CONFIGURATION


def test_an_unforeseen_error_is_one_sentence_and_leaves_its_traceback(
    bench, monkeypatch
):
    bench.publish()
    monkeypatch.setattr(export, "write_info", lambda *_: 1 / 0)
    error = bench.fails()
    assert str(error) == "export: ZeroDivisionError: division by zero"
    run = bench.root.runs / entries(bench.root.log)[-1]["run_id"]
    assert "write_info" in (run / "traceback.txt").read_text()


def test_a_stray_wal_is_cleared_when_the_next_file_takes_its_place(bench):
    bench.publish()
    wal = Path(f"{bench.root.published}.wal")
    wal.write_bytes(b"left by someone who opened the file for writing")
    assert bench.refresh().info["previous_run_id"].startswith("000001-")
    assert not wal.exists()
    assert read_info(bench.root.published)["run_number"] == 2


def test_a_published_file_that_was_destroyed_is_replaced(bench):
    bench.publish()
    bench.root.published.unlink()
    bench.root.published.write_bytes(b"not a database" * 1000)
    published = bench.refresh()
    assert "cannot be read" in published.run.warnings[0]
    # The history comes from the copy that was kept.
    assert published.info["previous_run_id"].startswith("000001-")


def test_the_clock_orders_nothing(bench, monkeypatch):
    from linksignal.publish import refresh, root, run

    years = iter([2030, 2001, 2015])
    for year in years:
        then = root.datetime(year, 1, 1, tzinfo=root.UTC)
        for module in (root, refresh, run):
            monkeypatch.setattr(module, "utc_now", lambda then=then: then)
        bench.refresh(keep_count=2)
    assert bench.root.archived_runs() == [
        "000002-20010101T000000Z",
        "000003-20150101T000000Z",
    ]
    info = read_info(bench.root.published)
    assert info["previous_run_id"] == "000002-20010101T000000Z"


def test_a_root_that_cannot_be_written_to_is_refused(bench, tmp_path):
    (tmp_path / "file").write_text("")
    bench.root = Root(tmp_path / "file" / "root")
    error = bench.fails()
    assert error.exit_code is ExitCode.CONFIGURATION
    assert "cannot be written to" in str(error)
