"""The guide to formats of one's own: what it says, works."""

from __future__ import annotations

import gzip
import json
import re
import shlex
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from linksignal.cli import main
from linksignal.contract import needed_columns
from linksignal.load.format_schema import problems_of
from linksignal.load.own_formats import GUIDE
from linksignal.load.raw_columns import EVERY_ROW_COLUMNS

Write = Callable[..., Path]
TEXT = GUIDE.read_text(encoding="utf-8")
FOREIGN = Path(__file__).parents[4] / "shared" / "foreign"


def blocks(kind: str) -> list[str]:
    """Return the blocks of code of a kind."""
    found: list[str] = []
    inside: str | None = None
    for line in TEXT.splitlines(keepends=True):
        if line.startswith("```"):
            inside = line[3:].strip() if inside is None else None
            found += [""] if inside == kind else []
        elif inside == kind:
            found[-1] += line
    return found


def load(raw: Any, path: Path, *words: str) -> None:
    assert main(["load", str(path), "--raw", str(raw.path), *words]) == 0
    raw.check_identities()


def test_its_file_loads_with_its_map_and_with_its_format(
    raw_dirs: Any, write: Write
) -> None:
    path = write(blocks("csv")[0], "tracker.csv")
    command = next(b for b in blocks("") if "--map" in b)
    mapped, described = raw_dirs("one/raw"), raw_dirs("two/raw")
    load(mapped, path, *shlex.split(command)[3:])
    write(blocks("yaml")[0], "x")
    folder = described.path.parent / "formats"
    folder.mkdir(parents=True)
    (folder / "my_tracker.yml").write_text(blocks("yaml")[0])
    load(described, path, "--as-of", "2026-01-31")
    assert described.rows("loads")[0]["format"] == "my_tracker"
    for table, count in (("ai_answers", 2), ("ai_references", 2)):
        rows = [
            [{**row, "source": ""} for row in raw.content(table)]
            for raw in (mapped, described)
        ]
        assert rows[0] == rows[1]
        assert len(rows[0]) == count


def test_its_lines_of_json_load_with_its_format(raw: Any, write: Write) -> None:
    write(blocks("yaml")[1], "formats/my_answers.yml")
    load(
        raw, write(blocks("json")[0], "answers.jsonl"), "--as-of", "2026-01-31"
    )
    assert raw.column("ai_answers", "platform") == ["grok", "grok"]
    assert [
        (row["answer_id"], row["domain"], row["position"])
        for row in raw.rows("ai_references")
    ] == [("a1", "example.com", 1), ("a1", "example.org", 2)]


def test_every_piece_of_a_format_in_it_is_of_the_form() -> None:
    for block in blocks("yaml"):
        said = yaml.safe_load(block)
        assert said is None or not list(problems_of({"source": "x", **said}))


def test_it_says_what_each_table_needs() -> None:
    own = ("load_id", "record_number", *EVERY_ROW_COLUMNS)
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| (.+) \|$", TEXT, re.M)
    assert len(rows) == 7
    for table, told in rows:
        for column in needed_columns(table):
            assert column in own or f"`{column}`" in told


def test_it_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["formats", "--guide"]) == 0
    assert capsys.readouterr().out.strip() == TEXT.strip()


FORMAT = """
source: {name}
containers: [jsonl]
tables:
  ai_answers:
    answer_id: {{from: id}}
    platform: {{value: {name}}}
    prompt: {{from: question}}
lists:
  search_results:
    optional: true
    tables:
      ai_references:
        answer_id: {{from: id}}
        kind: {{value: citation}}
        domain: {{from: .url}}
        url: {{from: .url}}
        position: {{from: "#"}}
ignored: [result, response_time]
"""
HAS_FOREIGN = pytest.mark.skipif(
    not FOREIGN.is_dir(), reason="the foreign answers are not there"
)


def _printed(text: str) -> str:
    """Return a text with spaces for control characters."""
    return "".join(
        " " if unicodedata.category(c) == "Cc" and c not in "\t\n\r" else c
        for c in text
    )


@HAS_FOREIGN
@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("grok", "grok_search_result.jsonl.gz"),
        ("gemini", "gemini_results.jsonl.gz"),
    ],
)
def test_real_answers_in_nobodys_shape_load(
    raw: Any, write: Write, name: str, file: str
) -> None:
    write(FORMAT.format(name=name), f"formats/{name}_answers.yml")
    load(raw, FOREIGN / file, "--as-of", "2025-01-31")
    with gzip.open(FOREIGN / file, "rt", encoding="utf-8") as lines:
        answers = [json.loads(line) for line in lines if line.strip()]
    (ledger,) = raw.rows("loads")
    assert ledger["records_read"] == len(answers)
    assert ledger["records_rejected"] == 0
    # An id may stand for several questions; the same answer lands once.
    found = [(r["answer_id"], r["prompt"]) for r in raw.rows("ai_answers")]
    asked = {(each["id"], _printed(each["question"])) for each in answers}
    assert len(found) == len(asked)
    assert set(found) == asked
    cited = {
        (answer["id"], number, result["url"].strip())
        for answer in answers
        for number, result in enumerate(answer["search_results"] or [], 1)
        # What is no address names no source.
        if (result.get("url") or "").startswith("http")
    }
    landed = {
        (row["answer_id"], row["position"], row["url"])
        for row in raw.rows("ai_references")
    }
    assert landed <= cited
    assert cited == landed


@HAS_FOREIGN
def test_a_foreign_table_loads_by_map_and_by_format(
    raw_dirs: Any, write: Write
) -> None:
    """Sources of the real answers as a table with other names."""
    with gzip.open(FOREIGN / "grok_search_result.jsonl.gz", "rt") as lines:
        answers = [json.loads(line) for line in lines]
    rows = {
        (answer["id"], answer["question"].replace("\n", " "), result["url"])
        for answer in answers
        for result in answer["search_results"]
    }
    text = "".join(
        ";".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\n"
        for row in [("Nummer", "Frage", "Fundstelle"), *sorted(rows)]
    )
    path = write(text, "fundstellen.csv")
    words = "Nummer=answer_id,Frage=prompt,Fundstelle=url"
    mapped, described = raw_dirs("one/raw"), raw_dirs("two/raw")
    given = ("--map", words, "--set", "platform=grok", "--as-of", "2026-01-31")
    load(mapped, path, *given)
    folder = described.path.parent / "formats"
    folder.mkdir(parents=True)
    (folder / "fundstellen.yml").write_text(
        "source: grok\n"
        "tables:\n"
        "  ai_answers:\n"
        "    answer_id: {from: Nummer}\n"
        "    platform: {value: Grok}\n"
        "    prompt: {from: Frage}\n"
        "  ai_references:\n"
        "    answer_id: {from: Nummer}\n"
        "    kind: {value: citation}\n"
        "    domain: {from: Fundstelle}\n"
        "    url: {from: Fundstelle}\n"
    )
    load(described, path, "--as-of", "2026-01-31")
    for raw in (mapped, described):
        references = raw.rows("ai_references")
        assert len(references) == len(rows)
        assert {row["url"] for row in references} == {row[2] for row in rows}
        answers_cited = {row[0] for row in rows}
        ids = {row["answer_id"] for row in raw.rows("ai_answers")}
        assert ids == answers_cited
