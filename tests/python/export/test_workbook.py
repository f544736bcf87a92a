"""The Excel workbook, read back by another library."""

from __future__ import annotations

import datetime
import re
import shutil

import duckdb
import openpyxl
import pytest
from linksignal.cli import main
from linksignal.export.cells import NUMBER_FORMATS, TONES
from openpyxl.utils.cell import range_boundaries
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


def sorted_rows(rows):
    """Rows in an order that neither the sheet nor the database has."""
    return sorted(
        rows,
        key=lambda row: [
            f"{value:.9g}" if isinstance(value, float) else str(value)
            for value in row
        ],
    )


def lines_of(sheet):
    return [
        [value for value in line if value is not None]
        for line in sheet.iter_rows(values_only=True)
    ]


def test_sheets_hold_the_rows_of_the_database(built_sample, sample_book):
    summary, contents, *sheets, dictionary = sample_book.worksheets
    assert summary.title == "summary"
    assert contents.title == "contents"
    assert dictionary.title == "dictionary"
    assert len(sheets) >= 19
    for sheet in sheets:
        header, *rows = sheet.iter_rows(values_only=True)
        described = query(built_sample.database, f"describe {sheet.title}")
        assert sorted(header) == sorted(name for name, *_ in described)
        wanted = query(
            built_sample.database,
            f"select {', '.join(header)} from {sheet.title}",
        )
        assert len(rows) == len(wanted)
        pairs = zip(sorted_rows(rows), sorted_rows(wanted), strict=True)
        for row, values in pairs:
            assert list(row) == [*map(as_in_excel, values)], sheet.title


def test_what_people_read_first_stands_first(built_sample, sample_book):
    assert sample_book.sheetnames[:6] == [
        "summary",
        "contents",
        "findings.main_claims",
        "findings.claim_parts",
        "findings.main_coefficients",
        "findings.domain_ranking",
    ]
    assert not any(
        name.startswith("lookups") for name in sample_book.sheetnames
    )
    header, *rows = sample_book["findings.correlations"].iter_rows(
        values_only=True
    )
    assert header[:4] == ("signal", "outcome", "platform", "method")
    is_main = [row[header.index("is_main")] for row in rows]
    assert is_main == sorted(is_main, reverse=True)
    ranks = [row[0] for row in sample_book["findings.domain_ranking"].values]
    assert ranks[1:] == sorted(ranks[1:])
    ((main,),) = query(
        built_sample.database,
        "select count(*) from findings.correlations where is_main",
    )
    assert (
        sum(is_main)
        == main
        == len([*sample_book["findings.main_coefficients"].rows]) - 1
    )


def test_the_contents_say_what_the_tables_are_and_lead_there(
    built_sample, sample_book
):
    sheet = sample_book["contents"]
    lines = lines_of(sheet)
    facts = {line[0]: line[1] for line in lines if len(line) == 2}
    assert "SIMULATED DATA: these results describe no real domain." in lines[1]
    assert facts["Simulated"].startswith("yes")
    assert facts["Seed"] == 20251001
    assert facts["Database"] == built_sample.database.name
    assert facts["Exported by"].startswith("linksignal ")
    start = lines.index(["Table", "Rows", "What it is"]) + 1
    listed = lines[start:-1]
    assert [line[0] for line in listed] == sample_book.sheetnames[2:-1]
    for name, row_count, meaning in listed:
        ((wanted,),) = query(
            built_sample.database, f"select count(*) from {name}"
        )
        assert row_count == wanted
        assert meaning.startswith("One row")
    links = [row[0].hyperlink.location for row in sheet.iter_rows(start + 1)]
    assert links == [f"'{name}'!A1" for name in sample_book.sheetnames[2:]]


def test_the_summary_says_what_became_of_the_claims(built_sample, sample_book):
    sheet = sample_book["summary"]
    lines = lines_of(sheet)
    assert lines[1] == [
        "SIMULATED DATA: these results describe no real domain."
    ]
    assert lines[2] == [
        "Study of 1,000 domains; GB, US; en; answers of 2025-09-01 to "
        "2025-09-30"
    ]
    counted = dict(
        query(
            built_sample.database,
            "select lower(verdict_label), count(*) from findings.main_claims "
            "group by all",
        )
    )
    _, said = lines[3][0].split(":")
    told = re.findall(r"(\d+) ([a-z ]+?)(?=,| and|\.)", said)
    assert {label: int(count) for count, label in told} == counted
    ((label, estimate, low, high),) = query(
        built_sample.database,
        "select signal_label, estimate, ci_low, ci_high "
        "from findings.main_coefficients where platform = 'all' "
        "and outcome = 'ai_mentions' order by estimate desc limit 1",
    )
    assert f"{label} has the highest rank correlation" in lines[4][0]
    interval = f"95 % interval {low:.2f} to {high:.2f}"
    assert f"{estimate:.2f}, {interval}" in lines[4][0]
    ((named, known),) = query(
        built_sample.database,
        "select count(*) filter (value > 0), count(value) "
        "from findings.domain_outcomes "
        "where platform = 'all' and outcome = 'ai_mentions'",
    )
    assert lines[5][0].startswith(
        f"{named} of {known:,} domains are named in an answer; "
    )
    claims = query(
        built_sample.database,
        "select claim_id, claim, verdict_label, parts_shown, parts_contrary, "
        "parts_open, parts_not_testable from findings.main_claims order by 1",
    )
    rows = [tuple(line) for line in lines]
    assert rows[rows.index(claims[0]) :][: len(claims)] == claims


def test_the_two_charts_show_the_cells_beside_them(sample_book):
    sheet = sample_book["summary"]
    parts, coefficients = sheet._charts
    assert len(parts.series) == 4
    for series in parts.series:
        assert values_of(sheet, series.cat) == [f"C{n}" for n in range(1, 9)]
        assert sum(values_of(sheet, series.val)) >= 0
    (series,) = coefficients.series
    estimates = values_of(sheet, series.val)
    assert estimates == sorted(estimates, reverse=True)
    assert values_of(sheet, series.cat)[0] == "Authority score"
    row = first_row(series.val)
    low, high = sheet.cell(row, 5).value, sheet.cell(row, 6).value
    bars = series.errBars
    assert [first(sheet, bars.minus), first(sheet, bars.plus)] == [
        pytest.approx(estimates[0] - low),
        pytest.approx(high - estimates[0]),
    ]


def reference(source):
    return (source.numRef or source.strRef).f.split("!")[1].replace("$", "")


def values_of(sheet, source):
    return [cell.value for (cell,) in sheet[reference(source)]]


def first(sheet, source):
    return values_of(sheet, source)[0]


def first_row(source):
    return int(re.search(r"\d+", reference(source))[0])


def test_the_dictionary_tells_every_column(built_sample, sample_book):
    header, *lines = sample_book["dictionary"].iter_rows(values_only=True)
    assert header == ("table", "column", "type", "meaning")
    told = {(table, column) for table, column, *_ in lines if column}
    wanted = query(
        built_sample.database,
        "select table_schema || '.' || table_name, column_name "
        "from information_schema.columns "
        "where table_schema in ('findings', 'quality')",
    )
    assert told == set(wanted)
    meanings = {line[:2]: line[3] for line in lines}
    assert all(meanings.values())
    assert not any("doc(" in meaning for meaning in meanings.values())
    assert meanings["findings.domains", "domain"] == (
        "Registrable domain, lower case, punycode."
    )
    assert meanings["findings.domains", None].startswith("One row per study")


def test_numbers_are_shown_as_people_write_them(sample_book):
    shown = {
        (sheet.title, sheet.cell(1, column).value): sheet.cell(2, column)
        for sheet in sample_book.worksheets[2:-1]
        if sheet.max_row > 1
        for column in range(1, sheet.max_column + 1)
    }
    table = "findings.correlations"
    assert '"< .001"' in shown[table, "p_adjusted"].number_format
    assert shown[table, "estimate"].number_format.startswith("#,##0.00")
    assert shown[table, "zero_outcome_share"].number_format.endswith("%_)")
    assert shown[table, "n"].number_format.startswith("#,##0_)")
    assert shown[table, "seed"].number_format.startswith("0_)")
    assert shown[table, "p_method"].number_format == "General"
    # A form for positive numbers alone would hide the sign of others.
    for format_of_numbers in ("decimal", "share", "count", "identifier"):
        assert "-" in NUMBER_FORMATS[format_of_numbers]


def test_verdicts_have_the_colour_of_their_tone(built_sample, sample_book):
    tones = dict(
        query(
            built_sample.database,
            "select outcome, tone from lookups.claim_outcomes",
        )
    )
    for table, column in (("claims", "verdict"), ("claim_parts", "state")):
        header, *rows = sample_book[f"findings.{table}"].iter_rows()
        at = [cell.value for cell in header].index(column)
        assert len(rows) >= 8
        for row in rows:
            fill, letters = TONES[tones[row[at].value]]
            assert row[at].fill.fgColor.rgb == "FF" + fill[1:]
            assert row[at].font.color.rgb == "FF" + letters[1:]
            assert row[at + 1].fill.fill_type is None


def test_header_rows_stay_in_sight(sample_book):
    for sheet in sample_book.worksheets[2:]:
        assert sheet.freeze_panes == "B2"
        assert sheet["A1"].font.bold
        widths = [d.width for d in sheet.column_dimensions.values()]
        assert 8 <= min(widths) <= max(widths) <= 61


def test_the_print_is_short_and_says_what_it_leaves_out(sample_book):
    printed_rows = 0
    for sheet in sample_book.worksheets:
        assert sheet.page_setup.orientation == "landscape"
        # One, where the file says nothing.
        assert sheet.page_setup.fitToWidth in (None, 1)
        assert sheet.page_setup.fitToHeight == 0
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
    for sheet in sample_book.worksheets[2:]:
        assert sheet.print_title_rows == "$1:$1"
        area = sheet.print_area.split("!")[1].replace("$", "")
        _, _, across, down = range_boundaries(area)
        printed_rows += down
        is_whole = (down, across) == (sheet.max_row, sheet.max_column)
        footer = sheet.oddFooter.left.text
        if is_whole:
            assert footer is None
        else:
            assert footer == (
                f"Printed: {down - 1:,} of {sheet.max_row - 1:,} rows, "
                f"{across} of {sheet.max_column} columns; the sheet has all"
            )
    # Some 45 lines make a page.
    assert printed_rows < 40 * 35


def test_a_new_table_is_taken_in_by_its_contract_alone(
    hostile_database, tmp_path
):
    database = tmp_path / "new.duckdb"
    shutil.copy(hostile_database, database)
    name = "a_table_of_which_nobody_has_heard"
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            f"create table findings.{name} as select range as n, "
            "'=1+1' as label, range / 7 as zero_share from range(5000)"
        )
        connection.execute(
            f"create table findings.{name}_either as select 1 as n"
        )
        connection.execute(
            f"comment on column findings.{name}.label is '=cmd|x'"
        )
    book = workbook(database, tmp_path / "book.xlsx")
    assert book.sheetnames[1:3] == [
        "findings.a_table_of_which_nobod",
        "findings.a_table_of_which_nob~2",
    ]
    sheet = book["findings.a_table_of_which_nobod"]
    assert sheet.max_row == 5001
    assert sheet["B2"].data_type == "s"
    assert "Printed: 31 of 5,000 rows" in sheet.oddFooter.left.text
    meanings = {
        (table, column): cell
        for table, column, _, cell in (
            (a.value, b.value, c, d)
            for a, b, c, d in book["dictionary"].iter_rows(min_row=2)
        )
    }
    told = meanings[f"findings.{name}", "label"]
    assert (told.value, told.data_type) == ("=cmd|x", "s")


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
        "dictionary",
    ]
    lines = list(book["contents"].iter_rows(values_only=True))
    facts = {label: value for label, value, *_ in lines if value is not None}
    assert facts["Simulated"] == "no"
    assert facts["Run"] == "000007-abc"
    assert facts["Published (UTC)"] == datetime.datetime(2026, 1, 31, 10)
    assert facts["Built by"] == "linksignal 9.9.9, dbt 1.11.0"
    assert ("history.claims", 2, "One row per run.") in lines
    assert not any("SIMULATED" in str(line) for line in lines)
