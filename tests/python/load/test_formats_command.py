"""``linksignal formats`` on the command line."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from linksignal.cli import main
from linksignal.errors import LinksignalError
from linksignal.load.format_example import example_of
from linksignal.load.format_file import (
    THE_REST,
    alternatives,
    list_of,
    read_formats,
)

Write = Callable[..., Path]


def shown(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["formats", *words]) == 0
    text = capsys.readouterr().out
    told = text.partition("\nThe smallest file that loads\n")[0]
    assert max(map(len, told.splitlines())) <= 100
    return text


def test_every_format_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys)
    for name, entry in read_formats().items():
        assert f"\n{name} " in f"\n{text}"
        assert all(table in text for table in entry.tables)


@pytest.mark.parametrize("name", read_formats())
def test_a_format_says_how_to_get_it_and_what_it_becomes(
    capsys: pytest.CaptureFixture[str], name: str
) -> None:
    entry = read_formats()[name]
    assert entry.description.strip()
    assert entry.how.strip()
    # Lines break between words, so compare without spaces.
    text = "".join(shown(capsys, name).split())
    ignored = [name for name in entry.ignored if name != THE_REST]
    for said in (entry.description, entry.how, *ignored):
        assert "".join(said.split()) in text
    for field in entry.fields:
        assert field.key in text or not (field.sources or field.value)
        for source in field.sources:
            names = alternatives(source)
            # Of a list the first of its names is enough.
            for name in names[:1] if "[]" in source else names:
                assert "".join(name.removeprefix("outer.").split()) in text


def test_what_a_file_must_have_is_marked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = shown(capsys, "semrush_api_backlinks").splitlines()
    marked = {line.split()[1] for line in lines if line.startswith("* ")}
    # One of several that only this tool has.
    assert marked == {"source_url", "target_url", "page_ascore"}


@pytest.mark.parametrize("name", read_formats())
def test_a_file_made_from_its_page_alone_loads(
    raw: Any, write: Write, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    page = shown(capsys, name)
    _, _, end = page.partition("\nThe smallest file that loads\n")
    content, _, command = end.rstrip().rpartition("\n\n")
    program, _, file, *options = shlex.split(command)
    path = write(content + "\n", file)
    words = ["load", str(path), "--raw", str(raw.path), *options]
    assert (program, main(words)) == ("linksignal", 0)
    (load,) = raw.rows("loads")
    assert load["format"] == name
    assert load["records_landed"] == load["records_read"] == 1
    raw.check_identities()


@pytest.mark.parametrize("name", read_formats())
def test_without_a_column_that_is_marked_nothing_loads(
    raw: Any, write: Write, name: str
) -> None:
    entry = read_formats()[name]
    example = example_of(entry)
    options = {**example.options, "max_rejected": 0.0}
    # What an element lacks leaves out the element, not its record.
    own = [name for name in example.columns if list_of(name) is None]
    for column in [*own, *example.options]:
        columns = {k: v for k, v in example.columns.items() if k != column}
        less = replace(example, columns=columns)
        given = {k: v for k, v in options.items() if k != column}
        path = write(
            less.text, f"{re.sub('[ /]', '_', column)}/{less.file_name}"
        )
        with pytest.raises(LinksignalError):
            raw.load(path, format_name=name, **given)


def test_an_unknown_format_gets_one_sentence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["formats", "majestic"]) == 2
    assert (
        "there is no format 'majestic' (did you mean majestic_bulk_backlinks "
        "or majestic_million or majestic_referring_domains?); the formats are"
    ) in capsys.readouterr().err
    assert main(["formats", "nonsense"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("linksignal: there is no format 'nonsense'; ")
