"""The engine of a refresh keeps to the limits of the environment."""

from __future__ import annotations

import duckdb
import pytest
from linksignal.publish.database import engine

SORTED = """
    select sum(length(text)) from (
        select md5(number::varchar) as text from range(1000000) as r(number)
        order by text offset 1
    )
"""


def test_nothing_is_spilled_where_there_is_no_room(tmp_path, monkeypatch):
    monkeypatch.setenv("LINKSIGNAL_MEMORY_LIMIT", "40MB")
    monkeypatch.setenv("LINKSIGNAL_THREADS", "1")
    with engine(tmp_path / "spill") as connection:
        assert connection.execute(SORTED).fetchone() == (999_999 * 32,)
    monkeypatch.setenv("LINKSIGNAL_SPILL_LIMIT", "0MB")
    with (
        engine(tmp_path / "spill") as connection,
        pytest.raises(duckdb.OutOfMemoryException, match="max_temp_directory"),
    ):
        connection.execute(SORTED).fetchone()
