"""Every public column has a reader, named in its contract, who reads it."""

from __future__ import annotations

import pytest
from column_readers import EmptyTables, Watched, readers
from linksignal.report.figure import table_of


@pytest.fixture(scope="module")
def found(built_sample, project_dir):
    return readers(built_sample, project_dir)


@pytest.fixture(scope="module")
def named(built_sample):
    """The reader that the contract of each public column names."""
    return {
        (node["name"], column["name"]): column["config"]
        .get("meta", {})
        .get("reader")
        for node in built_sample.manifest["nodes"].values()
        if node["resource_type"] == "model" and node["schema"] == "findings"
        for column in node["columns"].values()
    }


def test_every_public_column_names_its_reader(named, found):
    assert len(named) >= 150
    nameless = {
        column for column, reader in named.items() if reader not in found
    }
    assert nameless == set()


def test_every_column_is_read_by_the_reader_that_it_names(named, found):
    unread = {
        (*column, reader)
        for column, reader in named.items()
        if column not in found[reader]
    }
    assert unread == set()


def test_a_data_test_is_the_only_reader_of_no_column(named):
    """What nobody but a test reads is not published."""
    assert "data_test" not in named.values()


def test_a_column_is_read_where_a_query_fails_without_it(built_sample):
    tables = EmptyTables(built_sample)
    asked = """
        with kept as (select * from findings.deciles where n > 3)
        select signal, kept.median as middle from kept
        where platform = ? order by all
    """
    assert tables.read_by([(asked, ["all"])]) == {
        ("deciles", column) for column in ("n", "signal", "median", "platform")
    }
    everything = [("select * from findings.deciles order by all", None)]
    assert tables.read_by(everything) == set()


def test_a_column_of_a_row_is_read_where_it_is_looked_at():
    seen: set[str] = set()
    row = Watched({"n": 3, "median": 2.0, "mean": 1.0, "status": "ok"}, seen)
    changed = row | {"more": 1}
    assert seen == set()
    assert (changed["n"], row.get("median"), row.get("none")) == (3, 2.0, None)
    assert table_of("one", "", "mean", [changed]).rows == ((1.0,),)
    assert seen == {"n", "median", "none", "mean"}
