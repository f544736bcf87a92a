"""Days that could be two are read as the other days of their file are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from linksignal.errors import ExitCode, LinksignalError

Write = Callable[..., Path]


def answers(*days: str, delimiter: str = ",") -> str:
    lines = [
        delimiter.join((f"a{n}", "ChatGPT", f'"{day}"'))
        for n, day in enumerate(days)
    ]
    header = delimiter.join(("answer_id", "platform", "answered_at"))
    return "\n".join([header, *lines, ""])


@pytest.mark.parametrize(
    ("days", "first"),
    [
        (("03/04/2025", "30/01/2025"), datetime(2025, 4, 3)),
        (("03/04/2025", "1/30/2025"), datetime(2025, 3, 4)),
        (("3/4/2025, 9:05", "30/01/2025"), datetime(2025, 4, 3, 9, 5)),
        (("03/04/2025 10:00:01", "01/30/2025"), datetime(2025, 3, 4, 10, 0, 1)),
        # Days that tell nothing: equal numbers, other forms, no dates.
        (("03/04/2025", "05/05/2025", "30/01/2025"), datetime(2025, 4, 3)),
        (("03/04/2025", "2025-01-30", "30/01/2025"), datetime(2025, 4, 3)),
        (("03/04/2025", "30.01.2025", "01/30/2025"), datetime(2025, 3, 4)),
    ],
)
def test_one_day_tells_the_order_of_all(
    raw: Any, write: Write, days: tuple[str, ...], first: datetime
) -> None:
    raw.load(write(answers(*days)))
    assert raw.column("ai_answers", "answered_at")[0] == first
    assert not raw.rejected()


@pytest.mark.parametrize("place", [0, 2999])
def test_the_day_that_tells_may_stand_anywhere(
    raw: Any, write: Write, place: int
) -> None:
    days = ["03/04/2025"] * 3000
    days[place] = "13/01/2025"
    raw.load(write(answers(*days)))
    found = raw.column("ai_answers", "answered_at")
    assert found.count(datetime(2025, 4, 3)) == 2999


@pytest.mark.parametrize(
    "other",
    ["", "2025-01-30", "30.01.2025", "05/05/2025", "30/30/2025", "x/30/y"],
)
def test_where_nothing_tells_the_sentence_says_what_to_do(
    raw: Any, write: Write, other: str
) -> None:
    with pytest.raises(LinksignalError) as caught:
        raw.load(write(answers("03/04/2025", other)))
    said = str(caught.value)
    assert "no date of the file has a number above 12 there" in said
    assert "yyyy-mm-dd" in said


def test_days_in_two_ways_refuse_the_file(raw: Any, write: Write) -> None:
    with pytest.raises(LinksignalError) as caught:
        raw.load(write(answers("03/04/2025", "30/01/2025", "01/31/2025")))
    assert caught.value.exit_code is ExitCode.INPUT_REJECTED
    assert "'30/01/2025' with the day first" in str(caught.value)
    assert "'01/31/2025' with the month first" in str(caught.value)
    assert not raw.path.exists()


def test_days_in_two_ways_that_are_certain_land(raw: Any, write: Write) -> None:
    raw.load(write(answers("30/01/2025", "01/31/2025")))
    assert raw.column("ai_answers", "answered_at") == [
        datetime(2025, 1, 30),
        datetime(2025, 1, 31),
    ]


def test_one_column_tells_the_order_of_another(raw: Any, write: Write) -> None:
    """A spreadsheet writes the days of all columns alike."""
    raw.load(
        write(
            "source_url;target_url;first_seen;last_seen\n"
            "https://a.com/;https://b.com/;03/04/2025;30/04/2025\n",
            "backlinks.csv",
        ),
        format_name="backlinks",
    )
    (row,) = raw.rows("backlinks")
    assert (row["first_seen"].month, row["last_seen"].month) == (4, 4)


def as_json(name: str, *days: str) -> str:
    records = (
        f'{{"answer_id": "{name}{n}", "platform": "ChatGPT", '
        f'"answered_at": "{day}"}}'
        for n, day in enumerate(days)
    )
    return f"[{', '.join(records)}]"


def test_a_day_of_one_file_tells_nothing_of_another(
    raw: Any, write: Write, tmp_path: Path
) -> None:
    write(as_json("a", "30/01/2025", "31/01/2025"), "in/a.json")
    write(as_json("b", "03/04/2025", "04/05/2025"), "in/b.json")
    write(as_json("c", "03/04/2025", "30/01/2025"), "in/c.json")
    with pytest.raises(LinksignalError, match="1 refusal among 3 files"):
        raw.load(tmp_path / "in")


def test_files_of_one_folder_each_have_their_own_order(
    raw: Any, write: Write, tmp_path: Path
) -> None:
    for name, days in {
        "day": ("03/04/2025", "30/01/2025"),
        "month": ("03/04/2025", "01/30/2025"),
    }.items():
        write(as_json(name, *days), f"in/{name}.json")
    raw.load(tmp_path / "in")
    found = {
        row["answer_id"]: row["answered_at"] for row in raw.rows("ai_answers")
    }
    assert found["day0"] == datetime(2025, 4, 3)
    assert found["month0"] == datetime(2025, 3, 4)
