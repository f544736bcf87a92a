"""Format files that linksignal brings: each is sound."""

from __future__ import annotations

from pathlib import Path

import pytest
from linksignal.contract import raw_schemas, read_yaml
from linksignal.load.engine import engine
from linksignal.load.format_file import FORMATS_DIR, read_formats
from linksignal.load.format_schema import problems_of
from linksignal.load.own_formats import check
from linksignal.load.rules import RULES, Text

ENGINE_TYPES = {
    "VARCHAR": "string",
    "VARCHAR[]": "list<item: string>",
    "BIGINT": "int64",
    "DOUBLE": "double",
    "BOOLEAN": "bool",
    "DATE": "date32[day]",
    "TIMESTAMP": "timestamp[us]",
}


def test_every_rule_yields_the_type_of_its_raw_column(tmp_path: Path) -> None:
    with engine(tmp_path) as connection:
        for entry in read_formats().values():
            for field in entry.fields:
                if field.rule in ("domain", "url"):
                    continue
                text = Text("form", raw="form", settings=field.settings)
                value = RULES[field.rule].parse(text).value
                row = connection.execute(
                    f"SELECT typeof({value}) FROM (SELECT ''::VARCHAR AS form)"
                ).fetchone()
                schema = raw_schemas()[field.table or entry.tables[0]]
                expected = str(schema.field(field.column).type)
                assert row is not None
                assert ENGINE_TYPES[row[0]] == expected, field.key


def test_every_shipped_format_says_what_it_is() -> None:
    for path in FORMATS_DIR.glob("*.yml"):
        assert path.read_text("utf-8").startswith("description: ")


@pytest.mark.parametrize("name", read_formats())
def test_a_shipped_format_meets_what_those_of_users_must(name: str) -> None:
    assert list(problems_of(read_yaml(FORMATS_DIR / f"{name}.yml"))) == []
    assert list(check(read_formats()[name])) == []
