"""Connections that read a few rows for people."""

from __future__ import annotations

import duckdb
import pytest
from linksignal.sql import open_to_read

SORTED = "select * from range(20_000_000) as t(n) order by hash(n)"


@pytest.mark.parametrize("is_file", [False, True])
def test_what_does_not_fit_into_memory_is_not_spilled(
    tmp_path, monkeypatch, is_file
):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "some.duckdb"
    duckdb.connect(str(path)).close()
    with open_to_read(path if is_file else None, "50MB") as connection:
        with pytest.raises(duckdb.OutOfMemoryException):
            connection.execute(SORTED).fetchone()
        held = [file.name for file in tmp_path.rglob("*") if file.is_file()]
    assert held == ["some.duckdb"]


def test_a_file_that_is_read_is_not_changed(tmp_path):
    path = tmp_path / "some.duckdb"
    duckdb.connect(str(path)).close()
    with (
        open_to_read(path) as connection,
        pytest.raises(duckdb.InvalidInputException),
    ):
        connection.execute("create table other as select 1")
