"""Loading before a build, how old the input is, and input that changes."""

from __future__ import annotations

import json
import shutil
import zipfile
from datetime import UTC, date, datetime, timedelta

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from linksignal.cli import main
from linksignal.errors import ExitCode
from linksignal.publish import build
from linksignal.publish.inputs import read_inputs, stale
from linksignal.publish.refresh import report
from linksignal.publish.root import entries
from linksignal.publish.status import report as status_report
from linksignal.publish.status import status

TODAY = date(2026, 3, 1)
SUMMARY = {
    "target": "example.com",
    "rank": 512,
    "backlinks": 70,
    "referring_domains": 9,
    "referring_domains_nofollow": 1,
    "referring_ips": 7,
    "referring_links_types": {"anchor": 60, "image": 5, "redirect": 5},
    "referring_links_attributes": {"nofollow": 11},
}
SCORES = "domain,score,scale,as_of\nacme.com,61,0-100,2026-01-31\n"


@pytest.mark.parametrize(
    ("as_of", "told"),
    [
        (date(2026, 2, 19), []),
        (
            date(2026, 2, 18),
            [
                "backlinks is 11 days old (newest as_of 2026-02-18, "
                "allowed 10 days)"
            ],
        ),
        (None, ["backlinks states no date"]),
    ],
)
def test_a_table_is_stale_from_the_day_after_its_age(as_of, told):
    assert stale({"backlinks": as_of}, TODAY, 10) == told


def test_the_newest_date_of_each_table_counts_and_lists_do_not_age(recorded):
    newest = read_inputs(recorded.raw_dir).newest
    assert set(newest) == {
        "ai_answers", "ai_references", "backlink_profiles", "backlinks",
        "domain_scores",
    }  # fmt: skip
    for table, as_of in newest.items():
        (path,) = (recorded.raw_dir / table).glob("*.parquet")
        assert as_of == max(pq.read_table(path)["as_of"].to_pylist())


def hand_over(raw_dir, as_of):
    """Leave what Spark says of the snapshots that it has counted."""
    folder = raw_dir / "links" / "snapshot_loads"
    folder.mkdir(parents=True)
    table = pa.table({"target_domain": ["a.com"], "as_of": [as_of]})
    pq.write_table(table, folder / "part-00000.parquet")


def test_links_that_spark_has_counted_age_in_place_of_link_rows(raw_bench):
    raw_dir = raw_bench.recorded.raw_dir
    rows = read_inputs(raw_dir).newest
    hand_over(raw_dir, date(2025, 3, 1))
    assert read_inputs(raw_dir).newest == rows
    newest = dict(read_inputs(raw_dir, "spark").newest)
    assert newest.pop("links/snapshot_loads") == date(2025, 3, 1)
    assert newest == {
        table: day for table, day in rows.items() if table != "backlinks"
    }


def test_old_links_of_spark_stop_a_refresh(raw_bench):
    raw_bench.publish()
    today = datetime.now(UTC).date()
    hand_over(raw_bench.recorded.raw_dir, today - timedelta(days=90_000))
    error = raw_bench.fails(
        max_age_days=80_000,
        stops_when_stale=True,
        variables={"links_from": "spark"},
    )
    assert str(error).startswith("stale input: links/snapshot_loads is 90000")
    raw_bench.refresh(max_age_days=80_000, stops_when_stale=True)


def test_stale_input_warns(bench):
    published = bench.refresh(max_age_days=1)
    told = published.run.warnings
    assert len(told) == 5
    age = (datetime.now(UTC).date() - date(2025, 10, 1)).days
    assert any(f"backlinks is {age} days old" in each for each in told)


def test_stale_input_stops_before_building(bench, monkeypatch):
    bench.publish()
    monkeypatch.setattr(build, "run_dbt", lambda *_: pytest.fail("built"))
    error = bench.fails(max_age_days=1, stops_when_stale=True)
    assert error.exit_code is ExitCode.DATA_FAILED
    assert "stale input: ai_answers is" in str(error)
    assert entries(bench.root.log)[-1]["step"] == "inputs"


def test_fresh_input_does_not_stop(bench):
    assert bench.refresh(max_age_days=90_000, stops_when_stale=True)


@pytest.fixture
def raw_bench(bench, tmp_path):
    """A bench whose raw directory may be written to."""
    raw_dir = tmp_path / "raw"
    shutil.copytree(bench.recorded.raw_dir, raw_dir)
    bench.recorded = type(bench.recorded)(bench.recorded.folder, raw_dir)
    return bench


def test_files_are_loaded_first_and_skipped_the_next_time(raw_bench, tmp_path):
    scores = tmp_path / "scores.csv"
    scores.write_text(SCORES)
    first = raw_bench.refresh(load=(scores,))
    assert first.run.warnings == []
    assert first.info["load_count"] == 7
    assert "scores.csv" in (first.run.folder / "load_output.txt").read_text()
    again = tmp_path / "again.csv"
    again.write_text(SCORES)
    second = raw_bench.refresh(load=(scores, again))
    assert second.run.warnings == [
        "scores.csv was skipped: its content is loaded",
        "again.csv was skipped: its content is loaded",
    ]
    assert second.info["raw_hash"] == first.info["raw_hash"]


def test_of_folders_and_archives_what_is_new_is_loaded(raw_bench, tmp_path):
    exports = tmp_path / "exports"
    exports.mkdir()
    (exports / "scores.csv").write_text(SCORES)
    raw_bench.refresh(load=(exports,))
    with zipfile.ZipFile(exports / "later.zip", "w") as archive:
        archive.writestr("old.csv", SCORES)
        archive.writestr("new.csv", SCORES.replace("61", "62"))
    later = raw_bench.refresh(load=(exports,))
    assert sorted(later.run.warnings) == [
        "later.zip/old.csv was skipped: its content is loaded",
        "scores.csv was skipped: its content is loaded",
    ]
    assert later.info["load_count"] == 8
    assert not (later.run.folder / "members").exists()
    loads = pq.read_table(raw_bench.recorded.raw_dir / "loads")
    assert "new.csv" in loads["file"].to_pylist()


def test_what_spark_hands_over_is_a_part_of_the_inputs(tmp_path):
    raw_dir = tmp_path / "raw"
    scores = raw_dir / "domain_scores" / "load.parquet"
    links = raw_dir / "links" / "domain_links" / "part-0.parquet"
    for file in (scores, links):
        file.parent.mkdir(parents=True)
        duckdb.execute(f"copy (select current_date as as_of) to '{file}'")
    before = read_inputs(raw_dir)
    duckdb.execute(f"copy (select 2 as domain) to '{links}'")
    after = read_inputs(raw_dir)

    assert set(before.tables) == {"domain_scores", "domain_links"}
    assert before.raw_hash != after.raw_hash
    changed = {
        table
        for table, digest in after.tables.items()
        if digest != before.tables[table]
    }
    assert changed == {"domain_links"}


def test_a_refused_file_ends_with_3_and_loads_nothing(raw_bench, tmp_path):
    raw_bench.refresh()
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text(SCORES)
    bad.write_text("a,b\n1,2\n")
    before = read_inputs(raw_bench.recorded.raw_dir).raw_hash
    error = raw_bench.fails(load=(good, bad))
    assert error.exit_code is ExitCode.INPUT_REJECTED
    assert read_inputs(raw_bench.recorded.raw_dir).raw_hash == before
    last = entries(raw_bench.root.log)[-1]
    assert (last["step"], last["exit_code"]) == ("load", 3)


WITHOUT_DATA = {
    "a tool's error": (
        "none.csv",
        "ERROR 50 :: NOTHING FOUND\n",
        "none.csv: the tool has no data on",
    ),
    "an answer that was not paid": (
        "unpaid.json",
        '{"status_code": 40200, "status_message": "Payment Required.", '
        '"tasks": [{"status_code": 40200, "result": null}]}',
        "unpaid.json: it holds an error of the tool in place of data: "
        "'40200 Payment Required.'",
    ),
    "totals of subdomains only": (
        "totals.csv",
        "target;ascore;total;domains_num;follows_num;nofollows_num;texts_num;"
        "images_num\nblog.example.com;5;1;1;1;1;1;1\n",
        "totals.csv: nothing of its 1 record landed",
    ),
}


@pytest.mark.parametrize("what", WITHOUT_DATA)
def test_a_file_without_data_is_told_and_the_rest_is_published(
    raw_bench, tmp_path, what
):
    name, content, told = WITHOUT_DATA[what]
    good, empty = tmp_path / "good.csv", tmp_path / name
    good.write_text(SCORES)
    empty.write_text(content)
    published = raw_bench.refresh(load=(empty, good))
    assert published.info["load_count"] == 7
    (warning,) = published.run.warnings
    assert warning.startswith(told)
    assert "1 warning (linksignal status repeats it)" in report(
        published, raw_bench.root
    )
    state = status(raw_bench.root)
    assert state["warnings"] == [warning]
    assert f"warning   {told}" in status_report(state)
    # What a schedule hands over again is neither a failure nor forgotten.
    again = raw_bench.refresh(load=(empty, good))
    assert again.run.warnings == [
        warning,
        "good.csv was skipped: its content is loaded",
    ]
    assert again.info["raw_hash"] == published.info["raw_hash"]


@pytest.mark.parametrize("what", WITHOUT_DATA)
def test_a_refresh_whose_files_all_lack_data_ends_with_3(
    raw_bench, tmp_path, what
):
    raw_bench.refresh()
    name, content, told = WITHOUT_DATA[what]
    paths = [tmp_path / name, tmp_path / f"second_{name}"]
    for path in paths:
        path.write_text(f"{content}\n" if path is paths[1] else content)
    error = raw_bench.fails(load=tuple(paths))
    assert error.exit_code is ExitCode.INPUT_REJECTED
    assert str(error).startswith(told)
    assert f"; second_{told}" in str(error)


def test_what_a_load_warns_of_is_a_warning_of_the_refresh(raw_bench, tmp_path):
    half = tmp_path / "half.json"
    done = {
        "status_code": 20000,
        "status_message": "Ok.",
        "result": [SUMMARY],
    }
    failed = {
        "status_code": 40501,
        "status_message": "The target of this task is no domain at all.",
        "result": None,
    }
    document = {
        "status_code": 20000,
        "status_message": "Ok.",
        "tasks": [done, failed, failed],
    }
    half.write_text(json.dumps(document))
    published = raw_bench.refresh(load=(half,))
    (warning,) = [w for w in published.run.warnings if "parts" in w]
    assert warning == (
        "half.json: 2 parts of the tool's answer failed: 'The target of this "
        "task is no domain at all. (40501)' 2; what they would "
        "have held is missing"
    )
    assert warning in status(raw_bench.root)["warnings"]


def test_a_refresh_that_fails_tells_what_the_load_warned_of(
    raw_bench, tmp_path, monkeypatch, capsys
):
    good, empty = tmp_path / "good.csv", tmp_path / "none.csv"
    good.write_text(SCORES)
    empty.write_text("ERROR 50 :: NOTHING FOUND\n")
    monkeypatch.setattr(build, "run_dbt", lambda *_: 1)
    words = ["--root", str(raw_bench.root.path)]
    words += ["--raw", str(raw_bench.recorded.raw_dir)]
    words += ["--load", str(good), "--load", str(empty)]
    assert main(["refresh", *words]) != 0
    assert "warning: none.csv: the tool has no data" in capsys.readouterr().err


def test_a_file_to_load_that_is_not_there_ends_with_2(raw_bench, tmp_path):
    error = raw_bench.fails(load=(tmp_path / "none.csv",))
    assert error.exit_code is ExitCode.CONFIGURATION
    assert "none.csv: there is no such file" in str(error)


def test_a_load_during_the_build_blocks_it(raw_bench, monkeypatch):
    raw_bench.refresh()
    (scores,) = (raw_bench.recorded.raw_dir / "domain_scores").iterdir()

    def while_loading(run, *words):
        shutil.copy(scores, scores.with_name("later.parquet"))
        return raw_bench.replay(run, *words)

    monkeypatch.setattr(build, "run_dbt", while_loading)
    error = raw_bench.fails()
    assert error.exit_code is ExitCode.BUSY
    assert "changed while they were being read" in str(error)


def test_a_raw_directory_without_files_ends_with_2(raw_bench, tmp_path):
    nowhere = tmp_path / "nowhere"
    raw_bench.recorded = type(raw_bench.recorded)(
        raw_bench.recorded.folder, nowhere
    )
    error = raw_bench.fails()
    assert error.exit_code is ExitCode.CONFIGURATION
    assert "does not exist or holds no Parquet files" in str(error)
