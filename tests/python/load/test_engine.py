"""One engine serves file after file, and nothing of one reaches the next."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from linksignal.errors import LinksignalError, refusal
from linksignal.load import engine as engines
from linksignal.load.engine import engine, second_cursor
from linksignal.load.limits import LIMITS

FILL = "create table filled as select range, repeat('x', 99) from range(300000)"


@pytest.fixture(autouse=True)
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Count the engines that are started; none is there at first."""
    engines._close_kept()
    count: list[int] = []
    start = engines._started

    def counted() -> duckdb.DuckDBPyConnection:
        count.append(1)
        return start()

    monkeypatch.setattr(engines, "_started", counted)
    yield count
    engines._close_kept()


def room(tmp_path: Path, name: str) -> Path:
    folder = tmp_path / name
    folder.mkdir()
    return folder


def test_the_next_file_finds_nothing_of_the_last(
    tmp_path: Path, started: list[int]
) -> None:
    with engine(room(tmp_path, "1")) as connection:
        connection.execute(
            "create table records as select cleaned(' a ') as found; "
            "create view lines as from records; "
            "create temp table suspects as select 1; "
            "set variable found = 1"
        )
        assert connection.execute("from lines").fetchall() == [("a",)]
    with engine(room(tmp_path, "2")) as connection:
        named = "from duckdb_{}() where not internal"
        for kind in ("tables", "views"):
            assert not connection.execute(named.format(kind)).fetchall()
        assert connection.execute(
            "select getvariable('found'), cleaned(' b ')"
        ).fetchall() == [(None, "b")]
    assert len(started) == 1


def test_settings_are_those_of_the_file(
    tmp_path: Path, started: list[int]
) -> None:
    query = (
        "select current_setting('memory_limit'), current_setting('threads'), "
        "current_setting('temp_directory'), current_setting('TimeZone')"
    )
    first, second = room(tmp_path, "1"), room(tmp_path, "2")
    with engine(first, replace(LIMITS, memory="20MiB", threads=1)) as found:
        assert found.execute(query).fetchone() == (
            *("20.0 MiB", 1, str(first / "spill"), "UTC"),
        )
    with engine(second, replace(LIMITS, memory="1GiB")) as found:
        expected = ("1.0 GiB", 2, str(second / "spill"), "UTC")
        assert found.execute(query).fetchone() == expected
        assert second_cursor(found).execute(query).fetchone() == expected
    assert len(started) == 1


def test_two_at_a_time_are_apart(tmp_path: Path) -> None:
    with (
        engine(room(tmp_path, "1")) as first,
        engine(room(tmp_path, "2")) as second,
    ):
        first.execute("create table records as select 1")
        second.execute("create table records as select 2")
        assert first.execute("from records").fetchone() == (1,)
        assert second_cursor(second).execute("from records").fetchone() == (2,)


def test_a_refused_file_leaves_the_engine_to_the_next(
    tmp_path: Path, started: list[int]
) -> None:
    for name in ("1", "2"):
        with (
            pytest.raises(Exception, match="of no use"),
            engine(room(tmp_path, name)) as connection,
        ):
            connection.execute("create table records as select 1")
            raise refusal("a.csv", "of no use")
    assert len(started) == 1


@pytest.mark.parametrize("error", [KeyboardInterrupt, duckdb.BinderException])
def test_an_engine_that_failed_is_not_used_again(
    tmp_path: Path, started: list[int], error: type[BaseException]
) -> None:
    with pytest.raises(error), engine(room(tmp_path, "1")):
        raise error
    with engine(room(tmp_path, "2")):
        pass
    assert len(started) == 2


def test_an_engine_that_spilled_gives_its_disk_back(
    tmp_path: Path, started: list[int]
) -> None:
    """A file that is open keeps its room, though its folder is removed."""
    small = replace(LIMITS, memory="20MB", spill="1GB")
    for name in ("1", "2"):
        with engine(room(tmp_path, name), small) as connection:
            connection.execute(FILL)
            assert list((tmp_path / name / "spill").iterdir())
        assert not open_files(tmp_path / name)
    assert len(started) == 2


def open_files(folder: Path) -> list[str]:
    links = Path("/proc/self/fd").iterdir()
    targets = [os.readlink(link) for link in links if link.is_symlink()]
    return [target for target in targets if target.startswith(str(folder))]


def test_a_fork_waits_for_no_thread_of_the_engine(tmp_path: Path) -> None:
    with engine(room(tmp_path, "1")) as connection:
        connection.execute(FILL)
    assert engines._KEPT
    child = os.fork()
    if not child:
        if engines._KEPT:
            os._exit(1)
        with engine(room(tmp_path, "2")) as connection:
            connection.execute(FILL)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0


def test_the_limit_of_the_disk_holds_in_the_next_folder(
    tmp_path: Path, started: list[int]
) -> None:
    tight = replace(LIMITS, memory="20MB", spill="1MB")
    with engine(room(tmp_path, "1"), tight):
        pass
    with (
        pytest.raises(LinksignalError, match="ran out of memory or disk"),
        engine(room(tmp_path, "2"), tight) as connection,
    ):
        connection.execute(FILL)
    assert len(started) == 1
