"""Format files: the shipped ones are sound, and a wrong one is named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from linksignal.contract import raw_schemas
from linksignal.errors import ExitCode, LinksignalError
from linksignal.load import batch
from linksignal.load.engine import engine
from linksignal.load.format_file import FORMATS_DIR, read_format, read_formats
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
SOUND = """
source: own
tables:
  ai_references:
    answer_id: {from: id, parse: identifier, missing: reject}
    domain: {from: site, parse: domain, missing: reject}
"""


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


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("source: own", "origin: own", "'source'"),
        ("source: own", "source: own\nfoo: 1", "unknown key foo"),
        ("ai_references", "ai_refs", "there is no raw table ai_refs"),
        ("domain: {", "site: {", "is no column of the raw contract"),
        ("parse: domain", "parse: host", "has no parse rule host"),
        ("parse: domain", "parse: domain, frm: x", "domain takes no frm"),
        ("from: site, ", "", "has neither a from nor a value"),
        (
            "source: own",
            "source: own\ncontainers: [xls]",
            "there is no container xls",
        ),
        (
            "source: own",
            "source: own\nonly_with: {ai_references: score}",
            "ai_references has no column score",
        ),
    ],
)
def test_a_wrong_format_file_is_named(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    path = tmp_path / "wrong.yml"
    path.write_text(SOUND)
    read_format(path)
    path.write_text(SOUND.replace(old, new))
    with pytest.raises(LinksignalError) as caught:
        read_format(path)
    assert "format wrong.yml: " in str(caught.value)
    assert words in str(caught.value)
    assert caught.value.exit_code is ExitCode.CONFIGURATION


def test_a_format_is_one_file(
    raw: Any,
    write: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "formats"
    folder.mkdir()
    (folder / "tracker.yml").write_text(
        "source: tracker\n"
        "delimiters: ['|']\n"
        "null_tokens: ['-', n/a]\n"
        "tables:\n"
        "  ai_answers:\n"
        "    answer_id: {from: Run, parse: identifier, missing: reject}\n"
        "    platform:\n"
        "      from: Engine\n"
        "      parse: choice\n"
        "      choices: {x1: chatgpt, x2: gemini}\n"
        "    answered_at: {from: Time, parse: unix_timestamp}\n"
        "  ai_references:\n"
        "    answer_id: {from: Run, parse: identifier, missing: reject}\n"
        "    domain: {from: Site, parse: domain}\n"
        "    kind: {value: mention}\n"
        "only_with: {ai_references: domain}\n"
    )
    monkeypatch.setattr(batch, "read_formats", lambda: read_formats(folder))
    text = (
        "Run|Engine|Time|Site\n"
        "1|X1|1700000000|example.com\n"
        "1|X1|1700000000|example.org\n"
        "2|x2|-|n/a\n"
    )
    staged = raw.load(write(text, "tracker.txt"))
    assert raw.column("ai_answers", "record_number") == [1, 3]
    assert raw.column("ai_answers", "platform") == ["chatgpt", "gemini"]
    moments = raw.column("ai_answers", "answered_at")
    assert moments == [datetime(2023, 11, 14, 22, 13, 20), None]
    assert raw.column("ai_references", "record_number") == [1, 2]
    assert (staged.load.fates.landed, staged.load.fates.duplicates) == (3, 0)
