"""The day that a file of links describes, where no record says it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from linksignal.errors import ExitCode, LinksignalError

Write = Callable[..., Path]
LINKS = "source_url;target_url\nhttps://a.com/;https://t.com/\n"
TODAY = datetime.now(UTC).date()


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("t.com-backlinks_2026-01-31_10-20-30.csv", date(2026, 1, 31)),
        ("t.com 20251224.csv", date(2025, 12, 24)),
        ("links_2025_06_30.csv", date(2025, 6, 30)),
        ("2025-01-01_2025-03-31.csv", date(2025, 3, 31)),
        ("links 2026-02-30.csv", TODAY),
        (f"links {TODAY + timedelta(30)}.csv", TODAY),
        ("links 120260131.csv", TODAY),
        ("links.csv", TODAY),
    ],
)
def test_the_day_in_a_name_is_that_of_the_file(
    raw: Any, write: Write, name: str, day: date
) -> None:
    staged = raw.load(write(LINKS, name), as_of=None)
    assert raw.column("backlinks", "as_of") == [day]
    assert ("dated_today" in staged.load.fates.notes) is (day == TODAY)


def test_what_the_user_says_goes_before_the_name(
    raw: Any, write: Write
) -> None:
    raw.load(write(LINKS, "2025-01-31.csv"), as_of=date(2025, 2, 1))
    assert raw.column("backlinks", "as_of") == [date(2025, 2, 1)]


def test_links_without_a_day_are_refused_beside_those_with_one(
    raw: Any, write: Write
) -> None:
    raw.load(write(LINKS, "2025-01-31.csv"), as_of=None)
    later = write(LINKS.replace("a.com", "b.com"), "later.csv")
    with pytest.raises(LinksignalError, match="what day it is of") as caught:
        raw.load(later, as_of=None)
    assert caught.value.exit_code is ExitCode.INPUT_REJECTED
    assert "give the day with --as-of" in str(caught.value)
    assert len(raw.rows("backlinks")) == 1
    raw.load(later, as_of=date(2025, 3, 1))
    assert len(raw.rows("backlinks")) == 2


@pytest.mark.parametrize("is_dated_first", [True, False])
def test_links_without_a_day_are_refused_in_one_load_with_those_with_one(
    raw: Any,
    write: Write,
    capsys: pytest.CaptureFixture[str],
    is_dated_first: bool,
) -> None:
    files = [
        write(LINKS, "2025-01-31.csv"),
        write(LINKS.replace("a.com", "b.com"), "later.csv"),
    ]
    with pytest.raises(LinksignalError, match="1 refusal") as caught:
        raw.load(*(files if is_dated_first else files[::-1]), as_of=None)
    assert caught.value.exit_code is ExitCode.INPUT_REJECTED
    told = capsys.readouterr().err
    assert "later.csv: it does not say what day it is of" in told
    assert "2025-01-31.csv does; give the day with --as-of" in told
    assert raw.rows("backlinks") == []


def test_parts_without_a_day_are_of_the_day_of_their_load(
    raw: Any, write: Write
) -> None:
    for name in ("a.com", "b.com"):
        text = LINKS.replace("a.com", name)
        raw.load(write(text, f"{name}.csv"), as_of=None)
    assert raw.column("backlinks", "as_of") == [TODAY, TODAY]
