"""Going back to an earlier file, and what status says."""

from __future__ import annotations

import json

import pytest
from linksignal.cli import main
from linksignal.errors import ExitCode, LinksignalError
from linksignal.publish import rollback as rollback_module
from linksignal.publish import status as status_module
from linksignal.publish.database import read_info
from linksignal.publish.place import copy_durably, sha256_of
from linksignal.publish.rollback import rollback
from linksignal.publish.root import locked
from linksignal.publish.status import status


def published_number(bench):
    return read_info(bench.root.published)["run_number"]


def test_a_rollback_brings_the_same_bytes_back(bench):
    bench.publish()
    first = bench.root.published.read_bytes()
    bench.refresh()
    info = rollback(bench.root, None)
    assert info["run_number"] == 1
    assert bench.root.published.read_bytes() == first
    assert status(bench.root)["fault"] is None


def test_before_a_run_stands_what_was_published_then(bench):
    bench.publish(2)
    rollback(bench.root, None)
    bench.refresh()
    # Run 2 was withdrawn before run 3 was made.
    assert rollback(bench.root, None)["run_number"] == 1


def test_a_rollback_goes_to_any_kept_run_forward_too(bench):
    bench.publish(3)
    first, _, last = bench.root.archived_runs()
    assert rollback(bench.root, first)["run_number"] == 1
    assert rollback(bench.root, last)["run_number"] == 3


def test_only_the_last_files_are_kept_and_the_published_one_always(bench):
    for _ in range(4):
        bench.refresh(keep_count=3)
    kept = bench.root.archived_runs()
    assert [run[:6] for run in kept] == ["000002", "000003", "000004"]
    bench.refresh(keep_count=1)
    assert [run[:6] for run in bench.root.archived_runs()] == ["000005"]


def refused(bench, run_id):
    before = bench.root.published.read_bytes()
    with pytest.raises(LinksignalError) as caught:
        rollback(bench.root, run_id)
    assert bench.root.published.read_bytes() == before
    return caught.value


@pytest.mark.parametrize("run_id", ["000009-20260101T000000Z", "../evil", ""])
def test_a_run_that_is_not_kept_is_refused(bench, run_id):
    bench.publish()
    error = refused(bench, run_id)
    assert error.exit_code is ExitCode.CONFIGURATION


def test_the_first_file_has_nothing_before_it(bench):
    bench.publish()
    assert "nothing was published before" in str(refused(bench, None))


def test_a_rollback_waits_for_no_refresh(bench):
    bench.publish(2)
    with locked(bench.root):
        assert refused(bench, None).exit_code is ExitCode.BUSY


def test_a_kept_file_that_was_damaged_is_refused(bench, monkeypatch):
    monkeypatch.undo()
    bench.publish(2)
    kept = bench.root.archived(bench.root.archived_runs()[0])
    content = bytearray(kept.read_bytes())
    kept.chmod(0o644)
    content[len(content) // 3 :] = bytes(len(content) - len(content) // 3)
    kept.write_bytes(content)
    assert "must not be published" in str(refused(bench, None))


def test_a_rollback_that_fails_half_way_changes_nothing(bench, monkeypatch):
    bench.publish(2)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(rollback_module, "place", full)
    assert "No space left" in str(refused(bench, None))
    assert not list(bench.root.path.glob(".draft*"))


def test_status_of_an_empty_root_says_so(bench, capsys):
    code = main(["status", "--root", str(bench.root.path)])
    assert code == 2
    assert "nothing is published yet" in capsys.readouterr().out
    assert not bench.root.path.exists()


def test_status_tells_what_is_published_and_what_failed_last(bench, capsys):
    bench.publish()
    published = bench.refresh()
    bench.fails(max_age_days=1, stops_when_stale=True)
    assert main(["status", "--root", str(bench.root.path)]) == 0
    text = capsys.readouterr().out
    assert published.run.run_id in text
    assert "exit code 1: stale input: ai_answers" in text
    assert main(["status", "--root", str(bench.root.path), "--json"]) == 0
    state = json.loads(capsys.readouterr().out)
    assert state["published"]["run_id"] == published.run.run_id
    assert state["last_failure"]["is_over"] is False
    assert state["is_running"] is False
    bench.refresh()
    assert status(bench.root)["last_failure"]["is_over"] is True


def test_status_sees_a_running_refresh(bench):
    with locked(bench.root):
        assert status(bench.root)["is_running"]


def test_status_sees_that_the_file_was_altered(bench):
    import duckdb

    bench.publish()
    bench.root.published.chmod(0o644)
    with duckdb.connect(str(bench.root.published)) as connection:
        connection.execute("delete from findings.domains")
    assert "altered after it was published" in status(bench.root)["fault"]
    bench.refresh()
    assert status(bench.root)["fault"] is None


def test_status_sees_a_wal_that_clients_could_replay(bench):
    bench.publish()
    bench.root.wal.write_bytes(b"not the file's own")
    fault = status(bench.root)["fault"]
    assert fault.startswith("linksignal_published.duckdb.wal lies beside it")


def test_status_takes_no_file_for_altered_that_is_replaced_meanwhile(
    bench, monkeypatch
):
    bench.publish(2)
    earlier = bench.root.archived(bench.root.archived_runs()[0])

    def read_and_replaced(path):
        info = read_info(path)
        monkeypatch.setattr(status_module, "read_info", read_info)
        copy_durably(earlier, path)
        return info

    monkeypatch.setattr(status_module, "read_info", read_and_replaced)
    state = status(bench.root)
    assert state["fault"] is None
    assert state["published"]["run_number"] == 1


def test_a_log_line_that_was_cut_off_spoils_no_other(bench):
    bench.publish()
    with bench.root.log.open("a") as log:
        log.write('{"event": "publi')
    bench.refresh()
    state = status(bench.root)
    assert state["since"] is not None
    assert state["published"]["run_number"] == 2


def test_the_command_line_of_a_rollback(bench, capsys):
    bench.publish(2)
    words = ["rollback", "--root", str(bench.root.path)]
    capsys.readouterr()
    assert main([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["run_number"] == 1
    last = bench.root.archived_runs()[-1]
    assert main([*words, "--to", last]) == 0
    assert f"run {last} again" in capsys.readouterr().out
    assert sha256_of(bench.root.published) == sha256_of(
        bench.root.archived(last)
    )


def refresh_words(bench, *words):
    return [
        *("refresh", "--root", str(bench.root.path)),
        *("--raw", str(bench.recorded.raw_dir), *words),
    ]


def test_the_command_line_of_a_refresh(bench, capsys):
    assert main(refresh_words(bench)) == 0
    text = capsys.readouterr().out
    assert "SIMULATED DATA" in text
    assert main(refresh_words(bench, "--json", "--vars", "{seed: 7}")) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["exit_code"] == 0
    assert answer["seed"] == 7
    assert answer["sha256"] == sha256_of(bench.root.published)
    words = ("--json", "--max-age-days", "1", "--stale", "stop")
    assert main(refresh_words(bench, *words)) == 1
    said = capsys.readouterr()
    failure = json.loads(said.out)
    assert (failure["exit_code"], failure["step"]) == (1, "inputs")
    assert said.err.splitlines()[-1].startswith("linksignal: stale input")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--vars", "{raw_dir: /x}"], "must not name raw_dir"),
        (["--vars", "{raw_database: x}"], "must not name raw_database"),
        (["--vars", "[1]"], "must be names and values"),
        (["--vars", "{a: ["], "is not YAML"),
        (["--root", "/tmp/it's"], "--root"),
    ],
)
def test_a_wrong_option_is_one_sentence(bench, capsys, words, told):
    assert main(refresh_words(bench, *words)) == 2
    assert told in capsys.readouterr().err
    assert not bench.root.path.exists()
