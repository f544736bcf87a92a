"""What bad input gets, record by record: one fate each, none lost.

Files that are refused or accepted as a whole are in test_bad_files, what
folders and archives may hold in test_inputs.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from accounted_raw import DAY
from linksignal.cli import main
from linksignal.load.summary import warnings

Write = Callable[..., Path]
RECORD_COUNT = 200
# The record that a case puts in place of a good one; it is in no way special.
BAD = 101


@dataclass(frozen=True)
class Export:
    """An export of good records, one of which a case replaces."""

    table: str
    good: dict[str, str]
    delimiter: str = ","

    def __str__(self) -> str:
        return self.table

    def content(self, put: bytes | dict[str, str]) -> bytes:
        """The whole file, with other values or another line as record 101."""
        lines = list(self._lines(put if isinstance(put, dict) else {}))
        if isinstance(put, bytes):
            lines[BAD - RECORD_COUNT - 1] = put + b"\n"
        return b"".join(lines)

    def _lines(self, values: dict[str, str]) -> Iterator[bytes]:
        if not self.delimiter:
            for record in self._records(values):
                yield json.dumps(record).encode() + b"\n"
            return
        yield self._line(list(self.good))
        for record in self._records(values):
            yield self._line(list(record.values()))

    def _records(self, values: dict[str, str]) -> Iterator[dict[str, str]]:
        for number in range(1, RECORD_COUNT + 1):
            good = {
                name: value.format(number) for name, value in self.good.items()
            }
            yield good | values if number == BAD else good

    def _line(self, values: list[str]) -> bytes:
        file = io.StringIO()
        csv.writer(
            file, delimiter=self.delimiter, lineterminator="\n"
        ).writerow(values)
        return file.getvalue().encode()


SCORES = Export(
    "domain_scores",
    {
        "domain": "site{}.com",
        "scale": "0-100",
        "score": "50",
        "as_of": "2026-01-02",
    },
)
PROFILES = Export(
    "backlink_profiles",
    {
        **{"target": "site{}.com", "ascore": "5", "total": "9"},
        **{"domains_num": "3", "follows_num": "6", "nofollows_num": "3"},
        **{"texts_num": "8", "images_num": "1"},
    },
    ";",
)
LINKS = Export(
    "backlinks",
    {
        **{"Page ascore": "7", "Source title": "t"},
        **{"Source url": "https://page{}.site.org/p"},
        **{"Target url": "https://example.com/", "Anchor": "anchor"},
        **{"External links": "1", "Internal links": "2"},
        **dict.fromkeys(("Nofollow", "Sponsored", "Ugc"), "false"),
        **{"Text": "true", "Frame": "false", "Form": "false"},
        **{"Image": "false", "Sitewide": "false"},
        **{"First seen": "2025-01-01", "Last seen": "2025-02-01"},
        **{"New link": "false", "Lost link": "false"},
    },
)
API_LINKS = Export(
    "backlinks",
    {
        **{"source_url": "https://p{}.ab.org/", "target_url": "https://a.com/"},
        "last_seen": "2025-01-01 00:00:00",
    },
    ";",
)
REFERENCES = Export(
    "ai_references",
    {
        **{"answer_id": "a{}", "kind": "citation", "domain": "example.com"},
        **{"url": "https://example.com/x", "position": "1"},
    },
)
ANSWERS = Export(
    "ai_answers",
    {
        **{"answer_id": "a{}", "platform": "ChatGPT", "prompt": "why?"},
        "answered_at": "2026-01-02 10:00:00",
    },
)
JSON_ANSWERS = Export(
    "ai_answers", {"answer_id": "a{}", "platform": "ChatGPT"}, ""
)
LANDED_AS = {
    "total": "total_backlinks",
    "target": "domain",
    "Anchor": "anchor",
    "First seen": "first_seen",
    "Source url": "source_domain",
}
# Of 200 records: landed, rejected, skipped, duplicates.
COUNTS = {
    "accept": (200, 0, 0, 0),
    "normalise": (200, 0, 0, 0),
    "warn": (200, 0, 0, 0),
    "reject": (199, 1, 0, 0),
    "skip": (199, 0, 1, 0),
    "keep one": (199, 0, 0, 1),
}
LONG = "x" * 2_000_001
ZERO_WIDTH = "exam\N{ZERO WIDTH SPACE}ple.com"
NO_URL = "Url is copyrighted, unable to provide it"


@dataclass(frozen=True)
class Case:
    """What comes in, what it gets, and the code or value that says so."""

    action: str
    export: Export
    put: bytes | dict[str, str]
    found: Any
    column: str | None

    def __str__(self) -> str:
        put = self.put if isinstance(self.put, bytes) else [*self.put.items()]
        return f"{self.action} {self.export} {put}"[:70]


def case(
    action: str, export: Export, column: str, value: str, found: Any
) -> Case:
    return Case(action, export, {column: value}, found, column)


def each(
    action: str, export: Export, column: str, values: list[str], found: Any
) -> list[Case]:
    """The same for several values."""
    return [case(action, export, column, value, found) for value in values]


def line(export: Export, put: bytes, code: str, column: str | None) -> Case:
    """A record that is broken as such."""
    return Case("reject", export, put, code, column)


RECORDS = [
    # Broken records.
    line(ANSWERS, b"a101,ChatGPT,p\xff,", "not_utf8", "prompt"),
    line(ANSWERS, b"a101,ChatGPT,why?", "too_few_columns", "answered_at"),
    line(ANSWERS, b"a101,ChatGPT,why?,,more", "too_many_columns", None),
    line(JSON_ANSWERS, b'{"answer_id": "a101, "platform"}', "bad_json", None),
    case("reject", ANSWERS, "prompt", LONG, "too_long"),
    case("accept", ANSWERS, "prompt", LONG[1:], LONG[1:]),
    # Scores.
    *each("reject", SCORES, "score", ["101", "-1"], "out_of_range"),
    *each(
        "reject", SCORES, "score", ["NaN", "inf", "abc", "10,5"], "not_a_number"
    ),
    case("accept", SCORES, "score", "10.9", 10.9),
    case("accept", SCORES, "score", "1e2", 100),
    case("accept", SCORES, "score", " 10 ", 10),
    # Counts.
    case("reject", PROFILES, "total", "-1", "negative"),
    *each("reject", PROFILES, "total", ["10.9", "2.5"], "not_an_integer"),
    *each(
        "reject", PROFILES, "total", ["1,000", "10,5", "abc"], "not_a_number"
    ),
    case("reject", PROFILES, "total", str(2**63), "out_of_range"),
    case("reject", PROFILES, "total", str(10**18 + 1), "out_of_range"),
    case("accept", PROFILES, "total", str(10**18), 10**18),
    *each("accept", PROFILES, "total", ["1.0", " 1 ", "1e0"], 1),
    case("accept", PROFILES, "total", "", None),
    # Dates.
    case("reject", SCORES, "as_of", "2999-01-01", "future_date"),
    *each(
        "reject",
        SCORES,
        "as_of",
        ["0000-00-00", "2026-02-30"],
        "impossible_date",
    ),
    *each("reject", SCORES, "as_of", ["01/02/26", "46023"], "not_a_date"),
    case("reject", SCORES, "as_of", "01/02/2026", "ambiguous_date"),
    case("normalise", SCORES, "as_of", "30/01/2026", date(2026, 1, 30)),
    case("normalise", SCORES, "as_of", "2.1.2026", date(2026, 1, 2)),
    case(
        "normalise",
        ANSWERS,
        "answered_at",
        "2026-01-02T01:00:00+02:00",
        datetime(2026, 1, 1, 23),
    ),
    case(
        "accept",
        API_LINKS,
        "last_seen",
        "1700000000",
        datetime(2023, 11, 14, 22, 13, 20),
    ),
    case("reject", ANSWERS, "answered_at", "1700000000", "not_a_date"),
    case("warn", LINKS, "First seen", "1970-01-01", "date_before_web"),
    # Domains.
    *each(
        "normalise",
        SCORES,
        "domain",
        [
            *("EXAMPLE.com", "www.example.com", "example.com."),
            *("example.com:443", "https://www.example.com/"),
        ],
        "example.com",
    ),
    case("normalise", SCORES, "domain", "münchen.de", "xn--mnchen-3ya.de"),
    case("normalise", PROFILES, "target", "www.example.com", "example.com"),
    *each("reject", SCORES, "domain", ["192.0.2.7", "[::1]"], "ip_address"),
    case("reject", SCORES, "domain", "localhost", "localhost"),
    case(
        "reject",
        SCORES,
        "domain",
        "https://user:secret@example.com",
        "user_info",
    ),
    case("reject", SCORES, "domain", "user:secret@a.com", "not_a_web_link"),
    case("reject", SCORES, "domain", "exam ple.com", "space"),
    case("reject", SCORES, "domain", ZERO_WIDTH, "invisible_character"),
    case("reject", SCORES, "domain", "'; DROP TABLE x;--", "space"),
    *each(
        "reject",
        SCORES,
        "domain",
        ["-bad-.com", "x'--", "../../etc/passwd"],
        "bad_label",
    ),
    case("reject", SCORES, "domain", "C:\\windows", "not_a_web_link"),
    case("warn", SCORES, "domain", "раураl.com", "lookalike_letters"),
    # Links.
    case(
        "reject", LINKS, "Source url", "javascript:alert(1)", "not_a_web_link"
    ),
    case("reject", LINKS, "Target url", "data:text/html,x", "not_a_web_link"),
    case("reject", REFERENCES, "url", "javascript:alert(1)", "not_a_web_link"),
    case(
        "warn",
        LINKS,
        "Source url",
        "https://www.example.com/a",
        "link_to_itself",
    ),
    # What is there twice.
    case("keep one", SCORES, "domain", "site100.com", None),
    Case(
        "accept", SCORES, {"score": "51", "domain": "site100.com"}, 51, "score"
    ),
    # Totals of another grain.
    case("skip", SCORES, "domain", "blog.example.com", "subdomain"),
    case("skip", SCORES, "domain", "facebook.com/news", "path"),
    case("skip", PROFILES, "target", "blog.example.com", "subdomain"),
    case("skip", PROFILES, "target", "facebook.com/news", "path"),
    # References to nothing.
    Case("skip", REFERENCES, {"domain": "", "url": ""}, "no_source", None),
    Case("skip", REFERENCES, {"domain": "", "url": NO_URL}, "no_source", None),
    case("warn", REFERENCES, "url", NO_URL, "unusable_url"),
    # Platforms.
    case("reject", ANSWERS, "platform", "AltaVista", "unknown_platform"),
    case("reject", ANSWERS, "platform", "", "missing_value"),
    *each(
        "normalise", ANSWERS, "platform", ["CHATGPT", " Chat GPT "], "chatgpt"
    ),
    case("normalise", ANSWERS, "platform", "chatgpt SEARCH", "chatgpt_search"),
    # Text that could do harm elsewhere.
    *(
        case("accept", export, column, value, value)
        for export, column in ((ANSWERS, "prompt"), (LINKS, "Anchor"))
        for value in (
            '=HYPERLINK("http://x","y")',
            "<script>alert(1)</script>",
            "\N{RIGHT-TO-LEFT OVERRIDE}abc",
        )
    ),
]
# One case of each reason, in each column that it can be about.
REASONS = {
    (each.found, each.column): each
    for each in RECORDS
    if each.action == "reject"
}


def landed_value(raw: Any, case: Case) -> Any:
    """The value that record 101 has landed with."""
    (row,) = (
        row
        for row in raw.rows(case.export.table)
        if row["record_number"] == BAD
    )
    return row[LANDED_AS.get(str(case.column), case.column)]


@pytest.mark.parametrize("case", RECORDS, ids=str)
def test_of_a_record(raw: Any, write: Write, case: Case) -> None:
    # The load is asked for the identity of its counts as it ends.
    as_of = None if "as_of" in case.export.good else DAY
    staged = raw.load(write(case.export.content(case.put)), as_of=as_of)
    (row,) = raw.rows("loads")
    assert row["records_read"] == RECORD_COUNT
    assert (
        row["records_landed"],
        row["records_rejected"],
        row["records_skipped"],
        row["duplicates"],
    ) == COUNTS[case.action]
    fates = staged.load.fates
    is_action = {name: name == case.action for name in COUNTS}
    assert raw.rejected() == (
        [(BAD, case.column, case.found)] if is_action["reject"] else []
    )
    assert fates.skip_reasons == ({case.found: 1} if is_action["skip"] else {})
    assert fates.notes == ({case.found: 1} if is_action["warn"] else {})
    # The links of these exports come from a domain each, which is told too.
    said = [
        each
        for each in warnings([staged])
        if "no domain links twice" not in each
    ]
    assert len(said) == is_action["warn"]
    assert all(each.startswith("file.csv: 1 record with ") for each in said)
    if is_action["accept"] or is_action["normalise"]:
        assert landed_value(raw, case) == case.found
    assert "secret" not in str(raw.rows("rejected_records"))


@pytest.mark.parametrize("case", REASONS.values(), ids=str)
def test_a_refusal_names_file_record_column_and_what_to_do(
    tmp_path: Path,
    write: Write,
    capsys: pytest.CaptureFixture[str],
    case: Case,
) -> None:
    path = write(case.export.content(case.put), "export.csv")
    words = ["load", str(path), "--raw", str(tmp_path / "raw")]
    assert main([*words, "--max-rejected", "0"]) == 3
    (sentence,) = capsys.readouterr().err.splitlines()
    place = f" in '{case.column}'" if case.column else ""
    begin, _, end = sentence.partition(f" (record {BAD}")
    assert begin == (
        f"linksignal: export.csv: 1 of {RECORD_COUNT} records was rejected, "
        "more than the 0 % of --max-rejected: "
        f"{case.found}{place} 1"
    )
    assert end.endswith("; fix the file or raise the limit")
    assert "secret" not in end
    assert not (tmp_path / "raw").exists()
