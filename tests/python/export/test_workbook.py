"""The Excel workbook, read back by another library."""

from __future__ import annotations

import datetime

import duckdb
import openpyxl
import pytest
from linksignal.cli import main
from openpyxl.utils.escape import unescape


def workbook(database, path, *tables):
    words = ["--db", str(database), "--out", str(path), *tables]
    assert main(["export", "--format", "xlsx", *words]) == 0
    return openpyxl.load_workbook(path)


def query(database, sql):
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(sql).fetchall()


@pytest.fixture(scope="module")
def sample_book(built_sample, tmp_path_factory):
    path = tmp_path_factory.mktemp("book") / "book.xlsx"
    return workbook(built_sample.database, path)


def as_in_excel(value):
    """Give what a cell holds for a value of the sample."""
    if type(value) is datetime.date:
        return datetime.datetime.combine(value, datetime.time())
    if isinstance(value, float):
        # Excel keeps 16 digits.
        return pytest.approx(value, rel=1e-15)
    return value


def test_sheets_hold_the_rows_of_the_database(built_sample, sample_book):
    contents, *sheets = sample_book.worksheets
    assert contents.title == "contents"
    assert len(sheets) >= 13
    for sheet in sheets:
        header, *rows = sheet.iter_rows(values_only=True)
        described = query(built_sample.database, f"describe {sheet.title}")
        assert list(header) == [name for name, *_ in described]
        wanted = query(
            built_sample.database, f"from {sheet.title} order by all"
        )
        assert len(rows) == len(wanted)
        for row, values in zip(rows, wanted, strict=True):
            assert list(row) == [*map(as_in_excel, values)], sheet.title


def test_the_first_sheet_says_what_the_tables_are(built_sample, sample_book):
    lines = [
        [value for value in line if value is not None]
        for line in sample_book["contents"].iter_rows(values_only=True)
    ]
    facts = {line[0]: line[1] for line in lines if len(line) == 2}
    assert "SIMULATED DATA: these results describe no real domain." in lines[1]
    assert facts["Simulated"].startswith("yes")
    assert facts["Seed"] == 20251001
    assert facts["Database"] == built_sample.database.name
    assert facts["Exported by"].startswith("linksignal ")
    start = lines.index(["Table", "Rows", "What it is"]) + 1
    assert [line[0] for line in lines[start:]] == sample_book.sheetnames[1:]
    for name, row_count, meaning in lines[start:]:
        ((wanted,),) = query(
            built_sample.database, f"select count(*) from {name}"
        )
        assert row_count == wanted
        assert meaning.startswith("One row per")


def test_header_rows_stay_in_sight(sample_book):
    for sheet in sample_book.worksheets[1:]:
        assert sheet.freeze_panes == "A2"
        assert sheet["A1"].font.bold
        widths = [d.width for d in sheet.column_dimensions.values()]
        assert 8 <= min(widths) <= max(widths) <= 61


def test_hostile_texts_are_cells_of_text(hostile_database, tmp_path):
    book = workbook(hostile_database, tmp_path / "book.xlsx", "texts")
    sheet = book["findings.texts"]
    rows = query(hostile_database, "from findings.texts order by all")
    for line, (n, value) in enumerate(rows, start=2):
        cell = sheet.cell(line, 2)
        assert sheet.cell(line, 1).value == n
        assert cell.hyperlink is None
        if value is None:
            assert cell.value is None
        else:
            assert cell.data_type == "s", value[:20]
            assert unescape(cell.value) == value


def test_every_kind_of_value_is_what_it_is(hostile_database, tmp_path):
    book = workbook(hostile_database, tmp_path / "book.xlsx", "kinds")
    header, row, old = book["findings.kinds"].iter_rows()
    moment = datetime.datetime(2026, 1, 31, 10, 30)
    names = [cell.value for cell in header]
    assert dict(zip(names, [c.value for c in row], strict=True)) == {
        "whole": -5,
        "huge": str(2**60),
        "fraction": -0.1,
        "exact": -1.5,
        "is_so": True,
        "day": datetime.datetime(2026, 1, 31),
        "moment": moment,
        "zoned": moment,
        "names": '["=a", "é"]',
    }
    formats = {
        c.value: d.number_format for c, d in zip(header, row, strict=True)
    }
    assert formats["day"] == "yyyy-mm-dd"
    assert formats["moment"] == "yyyy-mm-dd hh:mm:ss"
    # Excel knows neither infinity nor dates before 1900.
    kept = {c.value: d.value for c, d in zip(header, old, strict=True)}
    assert kept["day"] == "1850-01-01"
    assert kept["moment"] == "1850-01-01T10:00:00"
    assert kept["fraction"] == "-inf"


def test_a_published_file_says_which_run_it_is_of(published_database, tmp_path):
    book = workbook(published_database, tmp_path / "book.xlsx")
    assert book.sheetnames == [
        "contents",
        "findings.claims",
        "findings.correlations",
        "history.claims",
        "publish_info",
    ]
    lines = list(book["contents"].iter_rows(values_only=True))
    facts = {label: value for label, value, *_ in lines if value is not None}
    assert facts["Simulated"] == "no"
    assert facts["Run"] == "000007-abc"
    assert facts["Published (UTC)"] == datetime.datetime(2026, 1, 31, 10)
    assert facts["Built by"] == "linksignal 9.9.9, dbt 1.11.0"
    assert ("history.claims", 2, "One row per run.") in lines
    assert not any("SIMULATED" in str(line) for line in lines)
