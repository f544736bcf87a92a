"""``linksignal formats`` on the command line."""

from __future__ import annotations

import pytest
from linksignal.cli import main
from linksignal.load.format_file import THE_REST, alternatives, read_formats


def shown(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["formats", *words]) == 0
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 100
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
    assert marked == {"source_url", "target_url"}


def test_an_unknown_format_gets_one_sentence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["formats", "nonsense"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("linksignal: there is no format 'nonsense'; ")
