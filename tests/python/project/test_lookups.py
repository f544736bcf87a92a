"""The lookups as Python reads them, with a line that somebody has mistyped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from linksignal import lookups
from linksignal.errors import LinksignalError
from linksignal.lookups import lookup_rows

HEADER = "platform,label,is_study_platform,sort_order,spellings\n"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = tmp_path / "seeds" / "lookups" / "platforms.csv"
    path.parent.mkdir(parents=True)
    monkeypatch.setattr(lookups, "PROJECT_DIR", tmp_path)
    lookup_rows.cache_clear()
    yield path
    lookup_rows.cache_clear()


def test_rows_are_in_the_order_of_their_places(file: Path) -> None:
    file.write_text(HEADER + "poe,Poe,false,2,\n\ngrok,Grok,false,1,x|y\n")
    rows = lookup_rows("platforms")
    assert [row["platform"] for row in rows] == ["grok", "poe"]
    assert rows[0]["spellings"] == "x|y"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (
            "poe,Poe,false,,quora",
            "'poe' has the sort_order ''; give it a",
        ),
        ("poe,Poe,false,last,", "'poe' has the sort_order 'last'; give it a"),
        ("poe,Poe,false,20", "'poe' has 4 values and the header 5; put"),
        ("poe,Poe, by Quora,false,20,", "has 6 values and the header 5"),
    ],
)
def test_a_mistyped_line_gets_one_sentence(
    file: Path, line: str, sentence: str
) -> None:
    file.write_text(f"{HEADER}{line}\n")
    with pytest.raises(LinksignalError) as caught:
        lookup_rows("platforms")
    assert str(caught.value).startswith(f"{file}: the line of 'poe' has ")
    assert sentence in str(caught.value)
