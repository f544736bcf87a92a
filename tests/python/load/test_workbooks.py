"""Excel workbooks: a sheet is read like the CSV that Excel saves of it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from linksignal.errors import ExitCode, LinksignalError
from linksignal.load.inputs import Input
from linksignal.load.limits import Limits
from linksignal.load.workbooks import read_workbook

Write = Callable[..., Path]
Sheets = dict[str, list[list[Any]]]
LINKS = ["source_url", "target_url", "anchor", "is_nofollow", "first_seen"]


def workbook(sheets: Sheets, **settings: Any) -> bytes:
    """Write sheets of cells; a text stays one, whatever it looks like."""
    file = io.BytesIO()
    options = {"default_date_format": "dd/mm/yyyy", **settings}
    with xlsxwriter.Workbook(file, options) as book:
        for title, rows in sheets.items():
            sheet = book.add_worksheet(title)
            for number, row in enumerate(rows):
                for column, value in enumerate(row):
                    is_text = isinstance(value, str)
                    write = sheet.write_string if is_text else sheet.write
                    write(number, column, value)
    return file.getvalue()


def refused(raw: Any, path: Path, **options: Any) -> str:
    with pytest.raises(LinksignalError) as caught:
        raw.load(path, **options)
    assert caught.value.exit_code is ExitCode.INPUT_REJECTED
    assert not raw.path.exists()
    text = str(caught.value)
    assert text.isprintable()
    return text


@pytest.mark.parametrize("is_1904", [False, True])
def test_cells_are_read_for_what_they_are(
    raw: Any, write: Write, is_1904: bool
) -> None:
    rows = [
        LINKS,
        [
            "https://a.com/x?a=1,2",
            "https://例え.jp/",
            'a "b",\r\nc',
            True,
            date(2025, 5, 1),
        ],
        [
            "https://b.com/",
            "https://t.com/",
            "=HYPERLINK(1)",
            False,
            datetime(2025, 5, 1, 10, 20, 30),
        ],
        [],
        ["https://c.com/", "https://t.com/", 12.5, None, "2025-05-01"],
        ["https://d.com/", "https://t.com/", 1e6, 1, None],
        [],
    ]
    data = workbook({"Links": rows}, date_1904=is_1904)
    staged = raw.load(write(data, "links.xlsx"))
    assert staged.load.format == "backlinks"
    assert staged.load.file == "links.xlsx"
    assert [
        (row["anchor"], row["is_nofollow"], row["first_seen"])
        for row in raw.rows("backlinks")
    ] == [
        ('a "b",\nc', True, datetime(2025, 5, 1)),
        ("=HYPERLINK(1)", False, datetime(2025, 5, 1, 10, 20, 30)),
        ("12.5", None, datetime(2025, 5, 1)),
        ("1000000", True, None),
    ]
    assert raw.column("backlinks", "target_domain")[0] == "xn--r8jz45g.jp"


def test_numbers_of_counts_and_scores(raw: Any, write: Write) -> None:
    rows = [
        ["Domain", "Total_Backlinks", "referring_domains", "nofollow_links"],
        ["example.com", 113080162011, 45.0, 1.5],
        ["example.org", 113080162012, 46, None],
        ["example.net", 10**17, 0, "7"],
    ]
    staged = raw.load(
        write(workbook({"P": rows}), "profiles.xlsx"), max_rejected=0.5
    )
    assert staged.load.format == "backlink_profiles"
    assert raw.column("backlink_profiles", "total_backlinks") == [
        113080162012,
        10**17,
    ]
    assert raw.rejected() == [(1, "nofollow_links", "not_an_integer")]


def test_an_identifier_that_excel_rounded_is_rejected(
    raw: Any, write: Write
) -> None:
    rows = [
        ["answer_id", "platform"],
        [123456789012345678, "Grok"],
        [12345, "Grok"],
        ["123456789012345678", "Grok"],
    ]
    path = write(workbook({"A": rows}), "answers.xlsx")
    raw.load(path, max_rejected=0.5)
    assert raw.column("ai_answers", "answer_id") == [
        "12345",
        "123456789012345678",
    ]
    assert raw.rejected() == [(1, "answer_id", "rounded_number")]


TWO: Sheets = {
    "Answers": [["answer_id", "platform"], ["a1", "Grok"]],
    "Cited pages": [["answer_id", "url"], ["a1", "https://example.com"]],
}


def test_the_first_sheet_is_read_or_the_one_that_is_named(
    raw: Any, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(workbook(TWO), "book.xlsx")
    assert raw.load(path).load.format == "ai_answers"
    told = capsys.readouterr().err
    assert "of its 2 sheets 'Answers' is read" in told
    assert "--sheet ('Cited pages')" in told
    assert raw.load(path, sheet="cited PAGES").load.format == "ai_references"
    assert "sheets" not in capsys.readouterr().err


def test_a_sheet_that_is_not_there_is_refused(raw: Any, write: Write) -> None:
    path = write(workbook(TWO), "book.xlsx")
    text = refused(raw, path, sheet="x")
    assert "no sheet 'x'; its sheets are 'Answers', 'Cited pages'" in text
    with pytest.raises(LinksignalError, match="--sheet 'x' is of no use"):
        raw.load(write("answer_id,platform\na1,Grok\n"), sheet="x")


def test_a_hidden_first_sheet_is_passed_over(raw: Any, write: Write) -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        hidden = book.add_worksheet("hidden")
        hidden.write_row(0, 0, ["what", "ever"])
        shown = book.add_worksheet("shown")
        shown.write_row(0, 0, ["answer_id", "platform"])
        shown.write_row(1, 0, ["a1", "Grok"])
        shown.activate()
        shown.set_first_sheet()
        hidden.hide()
    raw.load(write(file.getvalue(), "book.xlsx"))
    assert raw.column("ai_answers", "answer_id") == ["a1"]


FORMULAS = {
    "B2": b"<f>1+1</f><v></v>",
    "C3": b"<f>SUM(B2)</f><v/>",
    "B3": b"<f>1+1</f>",
}
TOTALS = [
    ["domain", "total_backlinks", "referring_domains"],
    ["a.com", 7, 3],
    ["b.com", 5, 2],
]


def with_formula(cell: str, xml: bytes) -> bytes:
    """Put a formula in the place of a number."""

    def change(sheet: bytes) -> bytes:
        start = f'<c r="{cell}">'.encode()
        before, found, after = sheet.partition(start)
        assert found
        return before + found + xml + after[after.index(b"</c>") :]

    return changed(workbook({"P": TOTALS}), SHEET, change)


@pytest.mark.parametrize("cell", FORMULAS)
def test_a_formula_that_was_never_computed_is_no_unknown_value(
    raw: Any, write: Write, cell: str
) -> None:
    data = with_formula(cell, FORMULAS[cell])
    text = refused(raw, write(data, "profiles.xlsx"))
    assert f"'P' has 1 formula without a result (first in '{cell}')" in text


def test_a_formula_counts_for_the_result_that_is_saved_with_it(
    raw: Any, write: Write
) -> None:
    data = with_formula("B2", b"<f>3+4</f><v>7</v>")
    raw.load(write(data, "profiles.xlsx"))
    assert raw.column("backlink_profiles", "total_backlinks") == [7, 5]


def test_a_formula_may_result_in_an_empty_text(raw: Any, write: Write) -> None:
    data = changed(
        with_formula("B2", b"<f>T(0)</f><v></v>"),
        SHEET,
        lambda xml: xml.replace(b'<c r="B2">', b'<c r="B2" t="str">'),
    )
    raw.load(write(data, "profiles.xlsx"))
    assert raw.column("backlink_profiles", "total_backlinks") == [None, 5]


def test_merged_cells_are_told(write: Write, tmp_path: Path) -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("A")
        sheet.write_row(0, 0, ["answer_id", "platform", "prompt"])
        sheet.write_row(1, 0, ["a1", "Grok"])
        sheet.write_row(2, 0, ["a2", "Grok"])
        sheet.merge_range("C2:C3", "Which drill?")
    path = write(file.getvalue(), "book.xlsx")
    (note,) = read_workbook(Input(path, "book.xlsx"), tmp_path, None).notes
    assert "'A' has 1 range of merged cells (first 'C2:C3')" in note
    assert "all but the first cell are read as empty" in note


def changed(data: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """Rewrite one part of a workbook."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for each in source.namelist():
            part = source.read(each)
            target.writestr(each, change(part) if each == name else part)
    return file.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
ENTITIES = b'<!DOCTYPE a [<!ENTITY b "b">]>'
HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "with a password": (
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504),
        "with a password, or of the old kind",
    ),
    "cut off": (lambda: workbook(TWO)[:-200], "cut off or broken"),
    "an empty sheet": (lambda: workbook({"A": []}), "'A' is empty"),
    "a document of another kind": (
        lambda: changed(workbook(TWO), "xl/workbook.xml", bytes).replace(
            b"xl/workbook.xml", b"xx/workbook.xml"
        ),
        "no .xlsx workbook",
    ),
    "entities": (
        lambda: changed(workbook(TWO), SHEET, lambda x: ENTITIES + x),
        "declares a document type",
    ),
    "a sheet that is no XML": (
        lambda: changed(workbook(TWO), SHEET, lambda x: x[:300]),
        "this workbook is broken",
    ),
    "a sheet of zeros": (
        lambda: changed(workbook(TWO), SHEET, lambda x: bytes(200_000_000)),
        "more than 200 times its size",
    ),
    "a cell far to the right": (
        lambda: changed(
            workbook(TWO), SHEET, lambda x: x.replace(b'"B2"', b'"XFD2"')
        ),
        "16,384 cells, more than the 10,000",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_workbook_gets_one_sentence(
    raw: Any, write: Write, name: str
) -> None:
    make, words = HOSTILE[name]
    assert words in refused(raw, write(make(), "book.xlsx"))


def test_a_workbook_beyond_the_limit_is_refused(
    tmp_path: Path, write: Write
) -> None:
    file = Input(write(workbook(TWO), "book.xlsx"), "book.xlsx")
    with pytest.raises(LinksignalError, match="save the sheet as CSV"):
        read_workbook(file, tmp_path, None, Limits(workbook_bytes=1000))


def test_a_workbook_is_read_as_the_csv_of_the_same_rows(
    raw: Any, raw_dirs: Any, write: Write
) -> None:
    rows = [["domain", "score", "scale"]]
    rows += [[f"site{n}.com", str(n % 100), "0-100"] for n in range(1500)]
    text = "".join(",".join(row) + "\n" for row in rows)
    raw.load(write(workbook({"S": rows}), "scores.xlsx"))
    other = raw_dirs("other")
    other.load(write(text, "scores.csv"))
    assert raw.content("domain_scores") == other.content("domain_scores")
