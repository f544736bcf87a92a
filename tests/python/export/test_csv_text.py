"""CSV that reads back as it was and that no spreadsheet evaluates."""

from __future__ import annotations

import csv
import datetime
import io
import unicodedata
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from linksignal.export.csv_text import ENCODING, csv_lines, csv_text

HYPERLINK = '=HYPERLINK("http://evil.test","y")'

# Parts that hostile texts are made of, and any visible text at all.
PARTS = [*"=+-@＝＋－＠﹦﹢﹣﹫;,|'\"\t\r\n\x00 \u200b\u202e\ufeffab1", "\r\n"]
texts = st.one_of(
    st.lists(st.sampled_from(PARTS), max_size=12).map("".join),
    st.text(st.characters(exclude_categories=["C"])),
)


def read(text):
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def spreadsheet_cells(text, separator):
    """Cells as Excel splits them: quotes count only where a cell starts."""
    cells, cell, position = [], "", 0
    at_start, is_quoted = True, False
    while position < len(text):
        character = text[position]
        if is_quoted:
            if text[position : position + 2] == '""':
                cell += '"'
                position += 1
            elif character == '"':
                is_quoted = False
            else:
                cell += character
        elif character == '"' and at_start:
            is_quoted, at_start = True, False
        elif character in (separator, "\r", "\n"):
            cells.append(cell)
            cell, at_start = "", True
        else:
            cell += character
            at_start = False
        position += 1
    return [*cells, cell]


def is_evaluated(cell):
    """Whether the first character that can be seen starts a formula."""
    seen = [c for c in cell if unicodedata.category(c)[0] not in "CZ"]
    return unicodedata.normalize("NFKC", "".join(seen[:1])) in set("=+-@")


def guarded(text):
    """Text with the apostrophes it needs, one character after the other."""
    field = ""
    text = text.replace("\x00", " ")
    for position, character in enumerate(text):
        rest = text[position:]
        if position == 0:
            needs_one = character in "\t\r\n" or is_evaluated(rest)
        else:
            starts_cell = text[position - 1] in ";\t\r\n"
            needs_one = starts_cell and is_evaluated(rest.replace('"', ""))
        field += "'" * needs_one + character
    return field


@pytest.mark.parametrize(
    ("value", "field"),
    [
        (HYPERLINK, "'" + HYPERLINK),
        ("+1", "'+1"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("\nx", "'\nx"),
        ("  =1", "'  =1"),
        ("\u00a0\u200b\ufeff=1", "'\u00a0\u200b\ufeff=1"),
        ("\x00=1", "' =1"),
        ("\u202e=1", "'\u202e=1"),
        ("＝1", "'＝1"),
        ("＋1", "'＋1"),
        ("－1", "'－1"),
        ("＠x", "'＠x"),
        ("x;=1+1;", "x;'=1+1;"),
        ('x;"=1+1;', "x;'\"=1+1;"),
        ("x\t-1", "x\t'-1"),
        ("x\n@y", "x\n'@y"),
        ("a=b", "a=b"),
        ("x, -1", "x, -1"),
        ("'quoted'", "'quoted'"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("שלום\u202e", "שלום\u202e"),
        ("🎈" * 3, "🎈" * 3),
        ("x" * 10_000, "x" * 10_000),
        ("a\x00b", "a b"),
        (" padded ", " padded "),
        ("bell\x07, escape\x1b[31m, delete\x7f", "bell , escape [31m, delete "),
        ("next\x85line", "next line"),
        ("", ""),
    ],
)
def test_a_text_reads_back_with_an_apostrophe_where_it_needs_one(value, field):
    assert read(csv_text([value], [[value]])) == [[field], [field]]


@pytest.mark.parametrize(
    ("value", "field"),
    [
        (None, ""),
        ("", ""),
        (-5, "-5"),
        (10**20, "100000000000000000000"),
        (-0.1, "-0.1"),
        (1e-300, "1e-300"),
        (float("-inf"), "'-inf"),
        (float("nan"), "nan"),
        (Decimal("-1.50"), "-1.50"),
        (np.int64(-5), "-5"),
        (np.float64(0.1), "0.1"),
        (True, "true"),
        (datetime.date(2026, 1, 31), "2026-01-31"),
        (
            datetime.datetime(2026, 1, 31, 10, tzinfo=datetime.UTC),
            "2026-01-31T10:00:00+00:00",
        ),
        (["=a", "é"], '["=a", "é"]'),
        ({"n": 1}, '{"n": 1}'),
    ],
)
def test_a_value_that_is_no_text_has_one_spelling(value, field):
    assert read(csv_text(["value"], [[value]]))[1] == [field]


def test_records_are_those_of_rfc_4180():
    text = csv_text(["a", "b"], [['say "x"', None], ["", "1,2"]])
    assert text == 'a,b\r\n"say ""x""",\r\n"","1,2"\r\n'
    assert csv_text(["a"], []) == "a\r\n"
    assert csv_text(["a"], [[None]]) == 'a\r\n""\r\n'


def test_records_come_one_at_a_time():
    lines = csv_lines(["n"], ([n] for n in iter(int, 1)))
    assert [next(lines), next(lines)] == ["n\r\n", "0\r\n"]


def test_the_encoding_tells_excel_that_it_is_utf_8():
    assert csv_text(["é"], []).encode(ENCODING) == b"\xef\xbb\xbf\xc3\xa9\r\n"


@given(
    st.integers(1, 4).flatmap(
        lambda width: st.lists(
            st.lists(
                st.one_of(
                    texts,
                    st.none(),
                    st.integers(),
                    st.floats(allow_nan=False, allow_infinity=False),
                ),
                min_size=width,
                max_size=width,
            ),
            min_size=1,
            max_size=4,
        )
    )
)
def test_every_table_reads_back_as_it_was(rows):
    columns = [f"column_{index}" for index in range(len(rows[0]))]
    header, *fields = read(csv_text(columns, rows))
    assert header == columns
    assert len(fields) == len(rows)
    for row, row_fields in zip(rows, fields, strict=True):
        for value, field in zip(row, row_fields, strict=True):
            match value:
                case None:
                    assert field == ""
                case str():
                    assert field == guarded(value)
                case _:
                    assert type(value)(field) == value


@given(
    st.integers(1, 3).flatmap(
        lambda width: st.lists(
            st.lists(texts, min_size=width, max_size=width), min_size=1
        )
    ),
    st.sampled_from(",;\t"),
)
@example([["x;", '"=1+1']], ";")
@example([["a", 'x\n""=1;']], ";")
def test_no_text_starts_a_formula_however_the_fields_are_split(rows, separator):
    header = [f"column_{index}" for index in range(len(rows[0]))]
    cells = spreadsheet_cells(csv_text(header, rows), separator)
    assert [cell for cell in cells if is_evaluated(cell)] == []


def test_a_plain_writer_would_be_caught():
    cells = spreadsheet_cells(f"a\r\nx;{HYPERLINK}\r\n", ";")
    assert any(map(is_evaluated, cells))
    assert not any(map(is_evaluated, spreadsheet_cells("a=1\r\n", ",")))
