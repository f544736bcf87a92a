"""Truth values that the engine reads itself are those of our rule."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from linksignal.load.csv_records import Dialect, create_fault_tables, read_lines
from linksignal.load.engine import engine
from linksignal.load.format_file import read_formats
from linksignal.load.gate import pass_gate
from linksignal.load.limits import LIMITS
from linksignal.load.recognise import recognise
from linksignal.load.records import read_records

Write = Callable[..., Path]
COLUMNS = (
    *("Page ascore", "Source url", "Target url", "Anchor", "Nofollow"),
    *("Sponsored", "Ugc", "Text", "Frame", "Form", "Image", "First seen"),
    *("Last seen", "Lost link"),
)
TRUE = {"true", "t", "yes", "y", "1", "1.0"}
FALSE = {"false", "f", "no", "n", "0", "0.0"}


def export(nofollow: list[str]) -> str:
    lines = [",".join(COLUMNS)]
    for number, word in enumerate(nofollow):
        lines.append(
            f"1,https://a{number}.com/,https://b.com/,x,{word},"
            "false,false,true,false,false,false,"
            "2025-01-02 03:04:05,2025-02-03 04:05:06,false"
        )
    return "\n".join(lines) + "\n"


def spellings(word: str) -> set[str]:
    return {
        "".join(letters)
        for letters in product(*({c.lower(), c.upper()} for c in word))
    }


def words() -> list[str]:
    found = {
        "".join(w) for n in (1, 2, 3) for w in product("tfyn01.o -e", repeat=n)
    }
    for word in TRUE | FALSE | {"on", "off", "null", "none", "tru", "fals"}:
        found |= spellings(word)
        found |= {f" {word}", f"{word} ", f"\t{word}", f"{word}\u00a0"}
    return sorted(found)


def test_what_the_engine_takes_for_truth_is_so_by_our_rule(
    tmp_path: Path,
) -> None:
    meant = dict.fromkeys(TRUE, True) | dict.fromkeys(FALSE, False)
    path = tmp_path / "words.csv"
    rows = words()
    path.write_text(
        "word,truth\n" + "".join(f'"{word}","{word}"\n' for word in rows),
        encoding="utf-8",
    )
    dialect = Dialect(",", ("word", "truth"), booleans=frozenset({"truth"}))
    with engine(tmp_path) as connection:
        types = str(dialect.types)
        found = connection.execute(
            f"SELECT value_0, value_1 FROM read_csv('{path}', "
            f"auto_detect = false, columns = {types}, "
            "header = true, quote = '\"', "
            "strict_mode = true, store_rejects = true)"
        ).fetchall()
    assert len(found) > len(meant)
    assert {word.lower(): truth for word, truth in found}.items() <= (
        meant.items()
    )
    with engine(tmp_path) as connection:
        create_fault_tables(connection)
        read_lines(connection, path, pass_gate(path), dialect, LIMITS)
        texts = connection.execute(
            "SELECT value_0, value_1 FROM lines"
        ).fetchall()
    assert sorted(texts) == [(word, word) for word in rows]


@pytest.mark.parametrize(
    ("odd", "kind"), [("true", "BOOLEAN"), ("1.0", "VARCHAR"), ("", "BOOLEAN")]
)
def test_one_other_word_leaves_its_column_text(
    tmp_path: Path, write: Write, odd: str, kind: str
) -> None:
    path = write(export(["true"] * 9 + [odd]))
    file = recognise(pass_gate(path), read_formats())
    with engine(tmp_path) as connection:
        read_records(connection, tmp_path, file)
        types = {
            name: found
            for name, found, *_ in connection.execute(
                "DESCRIBE records"
            ).fetchall()
        }
    assert types["file:Nofollow"] == kind
    assert types["file:Anchor"] == "VARCHAR"


@pytest.mark.parametrize("odd", ["", " TRUE ", "1.0"])
def test_either_way_of_reading_lands_the_same(
    raw: Any, write: Write, odd: str
) -> None:
    raw.load(write(export(["true", "False", "Y", "0", "", odd])))
    landed = raw.column("backlinks", "is_nofollow")
    assert landed == [True, False, True, False, None, bool(odd) or None]
    assert raw.column("backlinks", "is_text") == [True] * 6


def test_what_is_no_truth_value_rejects_its_record(
    raw: Any, write: Write
) -> None:
    raw.load(write(export(["true"] * 99 + ["maybe"])), max_rejected=0.5)
    assert raw.rejected() == [(100, "Nofollow", "not_a_boolean")]
    assert len(raw.column("backlinks", "is_nofollow")) == 99
