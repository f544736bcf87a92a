"""Parse rules, one text at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from duckdb import DuckDBPyConnection
from hypothesis import given, settings
from hypothesis import strategies as st
from linksignal.load.engine import engine
from linksignal.load.rules import RULES, Text
from linksignal.sql import literal

TODAY = date(2026, 1, 31)
# A busy machine is no fault of a rule.
UNTIMED = settings(derandomize=True, deadline=None, database=None)
Read = Callable[..., tuple[Any, str | None]]


@pytest.fixture(scope="module")
def connection(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[DuckDBPyConnection]:
    with engine(tmp_path_factory.mktemp("rules")) as opened:
        yield opened


@pytest.fixture(scope="module")
def read(connection: DuckDBPyConnection) -> Read:
    """Give value and reason of a text under a rule."""

    def read_text(
        rule: str, text: str | None, scale: str = "0-100", **settings: Any
    ) -> tuple[Any, str | None]:
        parsed = RULES[rule].parse(
            Text(
                form="form",
                raw="form",
                value="found",
                scale=literal(scale),
                latest=f"DATE '{TODAY}'",
                settings=settings,
            )
        )
        row = connection.execute(
            f"SELECT found, {parsed.reason} "
            f"FROM (SELECT *, {parsed.value} AS found "
            "FROM (SELECT nullif(cleaned($1), 'NA') AS form))",
            [text],
        ).fetchone()
        assert row is not None
        return row[0], row[1]

    return read_text


@pytest.mark.parametrize(
    "rule", sorted(set(RULES) - {"domain", "url", "choice", "holds"})
)
@pytest.mark.parametrize("text", [None, "", "   ", "\t", "NA"])
def test_an_empty_text_is_unknown(
    read: Read, rule: str, text: str | None
) -> None:
    assert read(rule, text) == (None, None)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("007", 7),
        (" 10 ", 10),
        ("\N{NO-BREAK SPACE}10", 10),
        ("+5", 5),
        ("1.0", 1),
        ("1.", 1),
        ("113080162011.000", 113_080_162_011),
        ("1e2", 100),
        ("1.06831E+11", 106_831_000_000),
        ("1.50e1", 15),
        ("1000000000000000000", 10**18),
        ("1e18", 10**18),
    ],
)
def test_a_count_is_read(read: Read, text: str, value: int) -> None:
    assert read("count", text) == (value, None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("-1", "negative"),
        ("-1.5", "negative"),
        ("10.9", "not_an_integer"),
        ("1.5e0", "not_an_integer"),
        ("1e-2", "not_an_integer"),
        ("9223372036854775808", "out_of_range"),
        ("1e30", "out_of_range"),
        ("9" * 400, "out_of_range"),
        ("1,000", "not_a_number"),
        ("1 000", "not_a_number"),
        ("1_000", "not_a_number"),
        ("0x1F", "not_a_number"),
        ("10,5", "not_a_number"),
        ("abc", "not_a_number"),
        ("nan", "not_a_number"),
        ("inf", "not_a_number"),
        ("1\N{SUPERSCRIPT TWO}", "not_a_number"),
        ("\N{ARABIC-INDIC DIGIT ONE}", "not_a_number"),
        ("1\n2", "not_a_number"),
        ("true", "not_a_number"),
    ],
)
def test_a_count_that_is_none_says_why(
    read: Read, text: str, reason: str
) -> None:
    assert read("count", text) == (None, reason)


def test_a_count_has_a_lower_bound(read: Read) -> None:
    assert read("count", "0", min=1)[1] == "out_of_range"
    assert read("count", "1", min=1) == (1, None)


@pytest.mark.parametrize("rule", ["count", "position"])
@pytest.mark.parametrize(
    "text", ["1000000000000000001", "1.5e18", "9223372036854775807"]
)
def test_a_count_beyond_what_can_be_added_up_is_out_of_range(
    read: Read, rule: str, text: str
) -> None:
    assert read(rule, text)[1] == "out_of_range"


@UNTIMED
@given(st.integers(min_value=0, max_value=10**18))
def test_every_count_survives_its_text(read: Read, value: int) -> None:
    assert read("count", str(value)) == (value, None)


@UNTIMED
@given(st.text(alphabet="0123456789.eE+-_x, ", max_size=12))
def test_a_count_is_never_guessed(read: Read, text: str) -> None:
    value, reason = read("count", text)
    if value is None:
        assert reason is not None or not text.strip()
    else:
        assert reason == ("out_of_range" if value > 10**18 else None)
        assert float(text) == value


@pytest.mark.parametrize(
    ("scale", "text", "reason"),
    [
        ("0-100", "0", None),
        ("0-100", "100", None),
        ("0-100", "1e2", None),
        ("0-100", "55.5", None),
        ("0-100", ".5", None),
        ("0-100", "101", "out_of_range"),
        ("0-100", "100.0001", "out_of_range"),
        ("0-100", "-1", "out_of_range"),
        ("0-100", "NaN", "not_a_number"),
        ("0-100", "inf", "not_a_number"),
        ("0-100", "1e999", "not_a_number"),
        ("0-100", "abc", "not_a_number"),
        ("0-100", "10,5", "not_a_number"),
        ("0-1000", "1000", None),
        ("0-1000", "1001", "out_of_range"),
        ("rank", "1", None),
        ("rank", "0", "out_of_range"),
        ("centrality", "2.607321E7", None),
        ("centrality", "-0.1", "out_of_range"),
    ],
)
def test_a_score_stays_on_its_scale(
    read: Read, scale: str, text: str, reason: str | None
) -> None:
    assert read("score", text, scale)[1] == reason


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-01-31", datetime(2026, 1, 31)),
        ("2025-02-01 10:20", datetime(2025, 2, 1, 10, 20)),
        ("2025-02-01T10:20:30Z", datetime(2025, 2, 1, 10, 20, 30)),
        ("2025-02-01 10:20:30 UTC", datetime(2025, 2, 1, 10, 20, 30)),
        ("2025-02-01 01:20:30+02:00", datetime(2025, 1, 31, 23, 20, 30)),
        ("2025-02-01 01:20:30 +00:00", datetime(2025, 2, 1, 1, 20, 30)),
        ("2025-01-31T20:00:00-0530", datetime(2025, 2, 1, 1, 30)),
        ("2025-01-31T20:00:00-05", datetime(2025, 2, 1, 1, 0)),
        (
            "2025-02-01 10:20:30.123456789",
            datetime(2025, 2, 1, 10, 20, 30, 123456),
        ),
        ("2024-02-29", datetime(2024, 2, 29)),
        ("30/01/2025 10:00", datetime(2025, 1, 30, 10)),
        ("1/30/2025, 9:05:07", datetime(2025, 1, 30, 9, 5, 7)),
        ("05/05/2025", datetime(2025, 5, 5)),
        ("1.2.2025", datetime(2025, 2, 1)),
        ("01.02.2025 23:59", datetime(2025, 2, 1, 23, 59)),
        ("1970-01-01", datetime(1970, 1, 1)),
    ],
)
def test_a_time_is_read_as_utc(read: Read, text: str, value: datetime) -> None:
    assert read("timestamp", text) == (value, None)
    assert read("date", text) == (value.date(), None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2026-02-01", "future_date"),
        ("2026-01-31 23:00:00-05:00", "future_date"),
        ("0000-00-00", "impossible_date"),
        ("0000-00-00 00:00:00", "impossible_date"),
        ("2025-02-30", "impossible_date"),
        ("2025-13-01", "impossible_date"),
        ("01/02/2025", "ambiguous_date"),
        ("1/12/2025 10:00", "ambiguous_date"),
        ("31/01/2027", "future_date"),
        ("1.2.2026", "future_date"),
        ("30/02/2025", "impossible_date"),
        ("13/13/2025", "impossible_date"),
        ("0/0/2025", "impossible_date"),
        ("01/02.2025", "not_a_date"),
        ("30/01/25", "not_a_date"),
        ("30/01/2025 10:00 PM", "not_a_date"),
        ("45678", "not_a_date"),
        ("1700000000", "not_a_date"),
        ("2025-02-01 24:00:00", "not_a_date"),
        ("2025-02-01 10:61", "not_a_date"),
        ("2025-02-01 10:20:30 CET", "not_a_date"),
        ("2025-02-01 10:20:30+15:00", "not_a_date"),
        ("2025-2-1", "not_a_date"),
        ("Feb 1, 2025", "not_a_date"),
        ("2025-02-01\n", None),
    ],
)
def test_a_time_that_is_none_says_why(
    read: Read, text: str, reason: str | None
) -> None:
    assert read("timestamp", text)[1] == reason


def test_unix_seconds_need_a_rule_of_their_own(read: Read) -> None:
    moment = datetime(2023, 11, 14, 22, 13, 20)
    assert read("unix_timestamp", "1700000000") == (moment, None)
    assert read("unix_timestamp", "2023-11-14 22:13:20") == (moment, None)
    assert read("unix_timestamp", "99999999999")[1] == "future_date"
    assert read("unix_timestamp", "-1")[1] == "not_a_date"


@UNTIMED
@given(
    st.datetimes(
        min_value=datetime(1970, 1, 1), max_value=datetime(2026, 1, 31)
    )
)
def test_every_time_survives_its_text(read: Read, value: datetime) -> None:
    assert read("timestamp", value.isoformat()) == (value, None)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("cc-main-2017-18-nov-dec-jan", date(2018, 1, 31)),
        ("cc-main-2018-jan", date(2018, 1, 31)),
        ("cc-main-2020-feb-mar-may", date(2020, 5, 31)),
        ("cc-main-2023-24-sep-nov-feb", date(2024, 2, 29)),
        ("cc-main-2024-nov-feb-apr", date(2024, 4, 30)),
        ("cc-main-2024-oct-nov-dec", date(2024, 12, 31)),
        ("cc-main-2024-25-dec-jan-feb", date(2025, 2, 28)),
    ],
)
def test_a_release_dates_its_end(read: Read, text: str, value: date) -> None:
    assert read("common_crawl_release", text) == (value, None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("cc-main-2024", "not_a_release"),
        ("cc-main-2024-foo", "not_a_release"),
        ("2024-01-31", "not_a_release"),
        ("cc-main-2026-jan-feb-mar", "future_date"),
    ],
)
def test_a_release_that_is_none_says_why(
    read: Read, text: str, reason: str
) -> None:
    assert read("common_crawl_release", text)[1] == reason


@pytest.mark.parametrize(
    ("rule", "text", "value"),
    [
        ("platform", "ChatGPT Search", "chatgpt_search"),
        ("platform", "  chatgpt SEARCH ", "chatgpt_search"),
        ("platform", "ChatGPT", "chatgpt"),
        ("platform", "Google AI Overviews", "google_ai_overviews"),
        ("platform", "perplexity.ai", "perplexity"),
        ("platform", "Microsoft Copilot", "copilot"),
        ("boolean", "True", True),
        ("boolean", "0", False),
        ("boolean", "1.0", True),
        ("country", "US", "us"),
        ("language", "en-GB", "en"),
        ("language", "de", "de"),
        ("source", "Moz", "moz"),
        ("list", "Acme | Acme Inc.||", ["Acme", "Acme Inc."]),
        ("list", '["Acme", "Acme, Inc."]', ["Acme", "Acme, Inc."]),
        ("scale", "Rank", "rank"),
    ],
)
def test_a_word_is_read(read: Read, rule: str, text: str, value: Any) -> None:
    assert read(rule, text) == (value, None)


@pytest.mark.parametrize(
    ("rule", "text", "value", "settings"),
    [
        ("holds", '["nofollow", "UGC"]', True, {"words": ["ugc"]}),
        ("holds", "Text", True, {"words": ["image", "text"]}),
        ("holds", '["nofollow"]', False, {"words": ["ugc", "follow"]}),
        ("holds", "[]", False, {"words": ["ugc"]}),
        ("none_of", "false|0|No", True, {}),
        ("none_of", "false|TRUE", False, {}),
        ("difference", "113080162011-11", 113_080_162_000, {}),
        ("difference", "7-7", 0, {}),
        ("dated", "2026-01-30", True, {}),
        ("boolean", "1", False, {"negated": True}),
        ("boolean", "false", True, {"negated": True}),
        ("country", "US", "us", {"unusable": "unknown"}),
        ("country", "United States", None, {"unusable": "unknown"}),
        ("platform", "google", "gemini", {"choices": {"google": "gemini"}}),
        ("platform", "ChatGPT", "chatgpt", {"choices": {"google": "gemini"}}),
    ],
)
def test_settings_say_how_a_text_is_read(
    read: Read, rule: str, text: str, value: Any, settings: dict[str, Any]
) -> None:
    assert read(rule, text, **settings) == (value, None)


@pytest.mark.parametrize(
    ("rule", "text", "reason"),
    [("difference", "5-6", "negative"), ("dated", "gone", "not_a_date")],
)
def test_a_derived_value_says_what_is_wrong(
    read: Read, rule: str, text: str, reason: str
) -> None:
    assert read(rule, text)[1] == reason


@pytest.mark.parametrize(
    ("rule", "text", "reason"),
    [
        ("platform", "AltaVista", "unknown_platform"),
        ("boolean", "maybe", "not_a_boolean"),
        ("boolean", "2", "not_a_boolean"),
        ("country", "Germany", "not_a_country"),
        ("language", "english", "not_a_language"),
        ("source", "a tool", "not_a_source"),
        ("scale", "0-10", "unknown_scale"),
    ],
)
def test_a_word_that_is_none_says_why(
    read: Read, rule: str, text: str, reason: str
) -> None:
    assert read(rule, text) == (None, reason)


def test_engine_files_stay_in_their_folder(tmp_path: Path) -> None:
    with engine(tmp_path) as opened:
        opened.execute("CREATE TABLE t AS SELECT 1")
    assert {path.name for path in tmp_path.iterdir()} <= {
        "load.duckdb",
        "spill",
    }
