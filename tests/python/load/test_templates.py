"""Templates of the loader's SQL: all are used, and quote what files bring."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from jinja2 import UndefinedError
from linksignal.load import engine as engines
from linksignal.load.engine import engine, render

FOLDER = Path(engines.__file__).parent
NAMES = {path.stem for path in (FOLDER / "sql").glob("*.sql")}
CALL = re.compile(r'(?:\brun\(\s*\w+,|\brender\()\s*"(\w+)"')


def test_every_template_is_used_and_every_one_used_is_there() -> None:
    texts = (path.read_text("utf-8") for path in FOLDER.glob("*.py"))
    assert {name for text in texts for name in CALL.findall(text)} == NAMES


def test_a_name_left_out_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="'condition' is undefined"):
        render("suspects", digest="hash(place)")


def test_names_and_values_of_files_are_quoted(tmp_path: Path) -> None:
    name = "a'b\"; drop table records; --"
    with engine(tmp_path) as connection:
        connection.execute(render("zeros", names=[name]))
        columns = connection.execute("describe records").fetchall()
    assert [column[0] for column in columns] == [f"file:{name}", "place"]
