"""CSV and Parquet files hold what the database holds."""

from __future__ import annotations

import csv
import datetime
import signal
import subprocess
import sys

import duckdb
import pytest
from linksignal.cli import main
from linksignal.export.csv_text import ENCODING, csv_text
from linksignal.files import drafts

PUBLIC = "table_schema in ('findings', 'quality', 'lookups')"

# As CSV has them; a workbook and Parquet keep them.
CONTROLS = str.maketrans(dict.fromkeys("\x00\x07\x1b", " "))


def export(kind, database, out, *words):
    paths = ["--db", str(database), "--out", str(out)]
    return main(["export", "--format", kind, *paths, *words])


def query(database, sql):
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def public_tables(database):
    return [
        f"{schema}.{name}"
        for schema, name in query(
            database,
            "select table_schema, table_name from information_schema.tables "
            f"where {PUBLIC}",
        )
    ]


def in_order(database, table):
    """All rows, those first that are read first."""
    columns = [name for name, *_ in query(database, f"describe {table}")]
    first = {"is_main": "is_main desc", "sort_order": "sort_order"}
    keys = [first[name] for name in first if name in columns]
    return f"from {table} order by {', '.join([*keys, *columns])}"


def read_csv(path):
    with path.open(encoding=ENCODING, newline="") as file:
        return list(csv.reader(file, strict=True))


def parsed(field, value):
    """Make of a field what the database has there."""
    match value:
        case None:
            return None if field == "" else field
        case bool():
            return {"true": True, "false": False}[field]
        case datetime.date():
            return type(value).fromisoformat(field)
        case str():
            return field
    return type(value)(field)


@pytest.fixture(scope="module")
def csv_folder(built_sample, tmp_path_factory):
    folder = tmp_path_factory.mktemp("csv") / "new" / "folder"
    assert export("csv", built_sample.database, folder) == 0
    return folder


@pytest.fixture(scope="module")
def parquet_folder(built_sample, tmp_path_factory):
    folder = tmp_path_factory.mktemp("parquet") / "it's [new]"
    assert export("parquet", built_sample.database, folder) == 0
    return folder


def test_every_public_table_is_a_file_and_there_is_no_other(
    built_sample, csv_folder, parquet_folder
):
    tables = set(public_tables(built_sample.database))
    assert len(tables) >= 13
    for folder, suffix in ((csv_folder, "csv"), (parquet_folder, "parquet")):
        assert {path.name for path in folder.iterdir()} == {
            f"{table}.{suffix}" for table in tables
        }


def test_csv_files_hold_the_rows_of_the_database(built_sample, csv_folder):
    for table in public_tables(built_sample.database):
        header, *records = read_csv(csv_folder / f"{table}.csv")
        rows = query(
            built_sample.database, in_order(built_sample.database, table)
        )
        described = query(built_sample.database, f"describe {table}")
        assert header == [name for name, *_ in described]
        assert len(records) == len(rows)
        for record, row in zip(records, rows, strict=True):
            assert [
                parsed(field, value)
                for field, value in zip(record, row, strict=True)
            ] == list(row), table


def test_parquet_files_hold_the_rows_and_types_of_the_database(
    built_sample, parquet_folder
):
    with duckdb.connect(str(built_sample.database), read_only=True) as db:
        for table in public_tables(built_sample.database):
            file = parquet_folder / f"{table}.parquet"
            wanted = db.execute(in_order(built_sample.database, table))
            types = [column[:2] for column in wanted.description]
            rows = wanted.fetchall()
            found = db.execute(
                "from read_parquet($1)", [str(file).replace("[", "[[]")]
            )
            assert [column[:2] for column in found.description] == types
            assert found.fetchall() == rows, table


def test_hostile_texts_are_defused_in_csv(hostile_database, tmp_path):
    assert export("csv", hostile_database, tmp_path, "texts") == 0
    header, *records = read_csv(tmp_path / "findings.texts.csv")
    rows = query(hostile_database, "from findings.texts order by all")
    assert header == ["n", "t"]
    text = csv_text(["n", "t"], rows)
    written = (tmp_path / "findings.texts.csv").read_bytes()
    assert written == text.encode(ENCODING)
    fields = {int(n): field for n, field in records}
    for n, value in rows:
        wanted = (value or "").translate(CONTROLS).replace("'", "")
        assert fields[n].replace("'", "") == wanted
    assert "nul  bell  escape [31m" in fields.values()
    assert fields[0].startswith("'=HYPERLINK")
    assert fields[6] == "x;'=1+1;y"
    assert fields[7] == "<script>alert(1)</script>"


def test_duckdb_reads_the_csv_of_hostile_texts(hostile_database, tmp_path):
    assert export("csv", hostile_database, tmp_path, "texts") == 0
    read = query(
        hostile_database,
        f"from read_csv('{tmp_path}/findings.texts.csv', header = true, "
        "delim = ',', quote = '\"', escape = '\"', all_varchar = true) "
        "order by n::bigint",
    )
    kept = query(hostile_database, "from findings.texts order by n")
    same = [
        (text or "").translate(CONTROLS) == (field or "").removeprefix("'")
        for (_, text), (_, field) in zip(kept, read, strict=True)
    ]
    # "x;=1+1;y" has its apostrophe in the middle, "\\t=1" has two.
    assert [n for n, is_same in enumerate(same) if not is_same] == [4, 6]


def test_parquet_keeps_hostile_texts_unchanged(hostile_database, tmp_path):
    assert export("parquet", hostile_database, tmp_path) == 0
    for table in ("texts", "kinds"):
        file = tmp_path / f"findings.{table}.parquet"
        assert query(hostile_database, f"from '{file}' order by all") == query(
            hostile_database, f"from findings.{table} order by all"
        )


def test_tables_can_be_chosen_with_or_without_schema(
    built_sample, tmp_path, capsys
):
    names = ["claims", "quality.data_quality", "findings.claims"]
    assert export("csv", built_sample.database, tmp_path, *names) == 0
    assert {path.name for path in tmp_path.iterdir()} == {
        "findings.claims.csv",
        "quality.data_quality.csv",
    }
    told = capsys.readouterr().out
    assert told.startswith(f"{tmp_path}: 2 tables, ")
    assert "SIMULATED DATA" in told


def test_a_published_file_has_its_history_too(published_database, tmp_path):
    assert export("csv", published_database, tmp_path / "all") == 0
    assert {path.name for path in (tmp_path / "all").iterdir()} == {
        "findings.claims.csv",
        "findings.correlations.csv",
        "history.claims.csv",
        "publish_info.csv",
    }
    # A name that two schemas have is that of the findings.
    assert export("csv", published_database, tmp_path, "claims") == 0
    assert (tmp_path / "findings.claims.csv").exists()
    assert not (tmp_path / "history.claims.csv").exists()
    words = ["history.claims", "publish_info", "--overwrite"]
    assert export("csv", published_database, tmp_path, *words) == 0
    assert len(read_csv(tmp_path / "history.claims.csv")) == 3


def test_what_a_killed_export_left_goes_with_the_next(
    hostile_database, tmp_path
):
    program = (
        "import os, pathlib, signal, sys\n"
        "from linksignal.files import drafts\n"
        "with drafts(pathlib.Path(sys.argv[1])) as draft:\n"
        "    (draft / 'half.csv').write_text('half')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], check=False
    )
    assert ended.returncode == -signal.SIGKILL
    (left,) = tmp_path.iterdir()
    with drafts(tmp_path) as alive:
        (alive / "whole.csv").write_text("whole")
        assert not left.exists()
        assert export("csv", hostile_database, tmp_path, "texts") == 0
        assert (alive / "whole.csv").read_text() == "whole"
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"findings.texts.csv", "whole.csv"}


def test_a_draft_that_is_not_yet_locked_is_left_alone(
    hostile_database, tmp_path
):
    new = tmp_path / ".linksignal-draft-new"
    new.mkdir()
    assert export("csv", hostile_database, tmp_path, "texts") == 0
    assert new.is_dir()
