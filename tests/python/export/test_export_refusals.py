"""What cannot be exported is refused in one sentence, and nothing changes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import duckdb
import pytest
from linksignal.cli import main
from linksignal.export import workbook


def refused(capsys, *words):
    assert main(["export", *map(str, words)]) == 2
    error = capsys.readouterr().err
    assert error.startswith("linksignal: ")
    assert error.count("\n") == 1
    return error


def test_an_unknown_table_is_told_which_there_are(
    hostile_database, tmp_path, capsys
):
    words = ["--format", "csv", "--db", hostile_database, "nonsense"]
    error = refused(capsys, *words, "--out", tmp_path / "out")
    assert "there is no table 'nonsense': the tables are" in error
    assert "findings.correlations, findings.kinds, findings.texts" in error
    assert not (tmp_path / "out").exists()


def test_a_database_that_is_not_there(tmp_path, capsys):
    words = ["--format", "csv", "--db", tmp_path / "none.duckdb"]
    assert "there is no database" in refused(capsys, *words)


def test_a_database_without_findings(tmp_path, capsys):
    database = tmp_path / "empty.duckdb"
    duckdb.connect(str(database)).close()
    words = ["--format", "csv", "--db", database, "--out", tmp_path / "out"]
    assert "run dbt build to its end" in refused(capsys, *words)


@pytest.mark.parametrize(
    ("kind", "out", "sentence"),
    [
        ("xlsx", "folder", "name the workbook, a file that ends in .xlsx"),
        ("xlsx", "book.xls", "name the workbook, a file that ends in .xlsx"),
        ("xlsx", "folder.xlsx", "name the workbook"),
        ("csv", "tables.csv", "name a folder, csv gives one file per table"),
        ("parquet", "file", "name a folder, parquet gives one file"),
        ("csv", "file/below", "cannot be written: Not a directory"),
        ("xlsx", "file/below.xlsx", "file is a file: --out needs a folder"),
    ],
)
def test_a_place_of_the_wrong_kind(
    kind, out, sentence, hostile_database, tmp_path, capsys
):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder.xlsx").mkdir()
    (tmp_path / "file").write_text("mine")
    words = ["--format", kind, "--db", hostile_database]
    assert sentence in refused(capsys, *words, "--out", tmp_path / out)
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize(
    ("kind", "out", "file"),
    [
        ("csv", ".", "findings.texts.csv"),
        ("parquet", ".", "findings.texts.parquet"),
        ("xlsx", "book.xlsx", "book.xlsx"),
    ],
)
def test_files_are_replaced_only_on_demand(
    kind, out, file, hostile_database, tmp_path, capsys
):
    (tmp_path / file).write_text("mine")
    (tmp_path / "other").write_text("mine too")
    words = ["--format", kind, "--db", hostile_database, "texts"]
    words += ["--out", tmp_path / out]
    assert "exists: choose another --out" in refused(capsys, *words)
    assert (tmp_path / file).read_bytes() == b"mine"
    assert main(["export", *map(str, words), "--overwrite"]) == 0
    assert (tmp_path / file).read_bytes() != b"mine"
    assert {path.name for path in tmp_path.iterdir()} == {file, "other"}


@pytest.mark.parametrize("kind", ["csv", "parquet", "xlsx"])
def test_a_full_disk_leaves_what_was_there(kind, hostile_database, tmp_path):
    """A limit on the size of files fails like a disk that is full."""
    out = tmp_path / ("book.xlsx" if kind == "xlsx" else "")
    old = tmp_path / (
        "book.xlsx" if kind == "xlsx" else f"findings.texts.{kind}"
    )
    old.write_text("mine")
    program = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))\n"
        "from linksignal.cli import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    words = ["export", "--format", kind, "--db", str(hostile_database)]
    words += ["texts", "--out", str(out), "--overwrite"]
    ended = subprocess.run(
        [sys.executable, "-c", program, *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert ended.returncode == 2, ended.stderr
    assert "cannot be written: " in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == [old.name]
    assert old.read_text() == "mine"


def test_a_table_longer_than_a_sheet(
    hostile_database, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(workbook, "SHEET_ROWS", 24)
    words = ["--format", "xlsx", "--db", hostile_database]
    error = refused(capsys, *words, "--out", tmp_path / "book.xlsx")
    assert "findings.texts has 24 rows and a sheet of Excel holds 23" in error
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "is_refused"),
    [("x" * 32_767, False), ("x" * 32_768, True), ("🎈" * 16_384, True)],
)
def test_a_text_longer_than_a_cell(text, is_refused, tmp_path, capsys):
    database = tmp_path / "long.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute("create schema findings")
        connection.execute(
            "create table findings.correlations as select ? as reason, "
            "1 as seed, false as is_simulated",
            [text],
        )
    out = tmp_path / "book.xlsx"
    words = ["--format", "xlsx", "--db", database, "--out", out]
    if is_refused:
        error = refused(capsys, *words)
        assert "findings.correlations, column reason: a text has" in error
        assert "more than the 32,767 characters" in error
    else:
        assert main(["export", *map(str, words)]) == 0
    assert out.exists() is not is_refused


def test_a_published_file_whose_versions_cannot_be_read(
    published_database, tmp_path, capsys
):
    database = tmp_path / "published.duckdb"
    shutil.copy(published_database, database)
    with duckdb.connect(str(database)) as connection:
        connection.execute("update publish_info set package_versions = '{'")
    out = tmp_path / "book.xlsx"
    words = ["--format", "xlsx", "--db", database, "--out", out]
    assert "publish_info is no JSON object" in refused(capsys, *words)
    assert [path.name for path in tmp_path.iterdir()] == [database.name]
