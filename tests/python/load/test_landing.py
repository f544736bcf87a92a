"""Loads land whole or not at all, once, and in any order."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from linksignal.errors import ExitCode, LinksignalError
from linksignal.files import mark
from linksignal.load.landing import settled

ANSWERS = "answer_id,platform\na1,ChatGPT\na2,Gemini\n"
REFERENCES = "answer_id,domain\na1,example.com\n"
TARGETS = "domain\nexample.com\n"
Write = Callable[..., Path]


def parquet_files(raw: Any) -> list[str]:
    return sorted(
        str(path.relative_to(raw.path)) for path in raw.path.glob("*/*")
    )


def test_a_load_has_its_row(raw: Any, write: Write) -> None:
    path = write(ANSWERS)
    load = raw.load(path).load
    (row,) = raw.rows("loads")
    assert row["load_id"] == load.load_id
    assert load.load_id == f"ai_answers-{row['sha256'][:12]}"
    assert row["file"] == "file.csv"
    assert row["format"] == "ai_answers"
    age = datetime.now(UTC).replace(tzinfo=None) - row["loaded_at"]
    assert 0 <= age.total_seconds() < 300


def test_the_same_content_is_loaded_once(raw: Any, write: Write) -> None:
    raw.load(write(ANSWERS))
    before = parquet_files(raw)
    with pytest.raises(LinksignalError) as caught:
        raw.load(write(ANSWERS, "again.csv"))
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    assert f"its content was already loaded on {today} at" in str(caught.value)
    assert "as file.csv" in str(caught.value)
    assert caught.value.exit_code is ExitCode.INPUT_REJECTED
    assert parquet_files(raw) == before


def test_the_same_content_twice_in_one_command_is_refused(
    raw: Any, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(LinksignalError):
        raw.load(write(ANSWERS, "one.csv"), write(ANSWERS, "two.csv"))
    said = capsys.readouterr().err
    assert "two.csv: it has the same content as one.csv" in said
    assert parquet_files(raw) == []


def test_one_refused_file_keeps_the_others_out(
    raw: Any, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [
        write(ANSWERS, "good.csv"),
        write("", "empty.csv"),
        write("answer_id,platform\na1,AltaVista\n", "bad.csv"),
    ]
    with pytest.raises(LinksignalError) as caught:
        raw.load(*files)
    assert "2 refusals among 3 files" in str(caught.value)
    assert caught.value.exit_code is ExitCode.INPUT_REJECTED
    said = capsys.readouterr().err
    assert "empty.csv: it is empty" in said
    assert "bad.csv: 1 of 1 record was rejected" in said
    assert not raw.path.exists()
    raw.load(files[0])
    assert len(raw.rows("ai_answers")) == 2


@pytest.mark.parametrize("moved", [0, 1, 2, 3])
def test_a_failure_while_landing_leaves_nothing(
    raw: Any, write: Write, monkeypatch: pytest.MonkeyPatch, moved: int
) -> None:
    raw.load(write(TARGETS))
    before = parquet_files(raw)
    files = [write(ANSWERS, "a.csv"), write(REFERENCES, "r.csv")]
    targets: list[Path] = []
    replace = os.replace

    def replace_some(source: Path, target: Path) -> None:
        if target.suffix == ".parquet":
            if len(targets) == moved:
                raise OSError("the disk is gone")
            targets.append(target)
        replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr("os.replace", replace_some)
        with pytest.raises(LinksignalError, match="the disk is gone"):
            raw.load(*files)
    assert len(targets) == moved
    assert parquet_files(raw) == before
    assert {path.name for path in raw.path.iterdir()} == {
        "loads",
        "study_domains",
    }
    raw.load(*files)
    assert len(raw.rows("loads")) == 3


def test_the_ledger_lands_last(
    raw: Any, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables: list[str] = []
    replace = os.replace

    def note(source: Path, target: Path) -> None:
        tables.append(target.parent.name)
        replace(source, target)

    monkeypatch.setattr("os.replace", note)
    raw.load(write(ANSWERS, "a.csv"), write(REFERENCES, "r.csv"))
    assert tables[-2:] == ["loads", "loads"]
    assert "loads" not in tables[:-2]


def test_a_killed_load_is_taken_back_by_the_next(
    raw: Any, write: Write
) -> None:
    raw.load(write(TARGETS))
    work = raw.path / ".loading"
    work.mkdir()
    mark(work)
    half = raw.path / "ai_answers" / "ai_answers-000000000000.parquet"
    half.parent.mkdir()
    half.write_bytes(b"half")
    (work / "landing.txt").write_text(
        "ai_answers/ai_answers-000000000000.parquet\n"
        "loads/ai_answers-000000000000.parquet"
    )
    raw.load(write(ANSWERS, "a.csv"))
    assert not half.exists()
    assert not work.exists()
    assert len(raw.rows("loads")) == 2


def test_a_load_killed_after_its_last_file_stays(
    raw: Any, write: Write
) -> None:
    load = raw.load(write(ANSWERS)).load
    work = raw.path / ".loading"
    work.mkdir()
    mark(work)
    (work / "landing.txt").write_text(
        f"ai_answers/{load.load_id}.parquet\nloads/{load.load_id}.parquet"
    )
    with settled(raw.path):
        pass
    assert len(raw.rows("ai_answers")) == 2
    assert not work.exists()


def test_a_second_load_at_the_same_time_is_turned_away(
    raw: Any, write: Write
) -> None:
    raw.path.mkdir()
    handle = os.open(raw.path, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        with pytest.raises(LinksignalError, match="another load") as caught:
            raw.load(write(ANSWERS))
    finally:
        os.close(handle)
    assert caught.value.exit_code is ExitCode.BUSY
    raw.load(write(ANSWERS))


def test_a_raw_directory_that_is_a_file_is_a_wrong_option(
    raw_dirs: Callable[[str], Any], write: Write
) -> None:
    path = write(ANSWERS)
    with pytest.raises(LinksignalError, match="cannot be written to") as caught:
        raw_dirs("file.csv").load(path)
    assert caught.value.exit_code is ExitCode.CONFIGURATION


def test_the_order_of_loading_changes_nothing(
    raw: Any, raw_dirs: Callable[[str], Any], write: Write
) -> None:
    files = [
        write(ANSWERS, "a.csv"),
        write(REFERENCES, "r.csv"),
        write(TARGETS, "t.csv"),
    ]
    other = raw_dirs("other")
    raw.load(*files)
    for path in reversed(files):
        other.load(path)
    for table in ("ai_answers", "ai_references", "study_domains"):
        assert raw.rows(table) == other.rows(table)
    assert parquet_files(raw) == parquet_files(other)
    for mine, yours in zip(raw.rows("loads"), other.rows("loads"), strict=True):
        assert mine | {"loaded_at": 0} == yours | {"loaded_at": 0}
