"""What bad input gets, record by record: one fate each, none lost.

Files that are refused as a whole are in test_bad_files, what folders and
archives may hold in test_inputs.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from linksignal.cli import main

Write = Callable[..., Path]


@dataclass(frozen=True)
class Export:
    """An export of good records, one of whose values a case replaces."""

    header: tuple[str, ...]
    good: tuple[str, ...]
    varied: str
    delimiter: str = ","

    def text(self, column: str, value: str) -> str:
        """200 good records, of which number 101 has a value of its own."""
        file = io.StringIO()
        writer = csv.writer(file, delimiter=self.delimiter)
        writer.writerow(self.header)
        place = self.header.index(self.varied)
        for number in range(1, 201):
            record = list(self.good)
            record[place] = record[place].format(number)
            if number == 101:
                record[self.header.index(column)] = value
            writer.writerow(record)
        return file.getvalue()


SCORES = Export(
    ("domain", "scale", "score", "as_of"),
    ("site{}.com", "0-100", "50", "2026-01-02"),
    "domain",
)
PROFILES = Export(
    (
        *("target", "ascore", "total", "domains_num", "follows_num"),
        *("nofollows_num", "texts_num", "images_num"),
    ),
    ("site{}.com", "5", "9", "3", "6", "3", "8", "1"),
    "target",
    ";",
)
LINKS = Export(
    (
        *("Page ascore", "Source title", "Source url", "Target url", "Anchor"),
        *("External links", "Internal links", "Nofollow", "Sponsored", "Ugc"),
        *("Text", "Frame", "Form", "Image", "Sitewide", "First seen"),
        *("Last seen", "New link", "Lost link"),
    ),
    (
        *("7", "t", "https://site{}.com/p", "https://example.com/", "anchor"),
        *("1", "2", "false", "false", "false", "true", "false", "false"),
        *("false", "false", "2025-01-01", "2025-02-01", "false", "false"),
    ),
    "Source url",
)
REFERENCES = Export(
    ("answer_id", "kind", "domain", "url", "position"),
    ("a{}", "citation", "example.com", "https://example.com/x", "1"),
    "answer_id",
)
ANSWERS = Export(
    ("answer_id", "platform", "prompt", "answered_at"),
    ("a{}", "ChatGPT", "why?", "2026-01-02 10:00:00"),
    "answer_id",
)

REJECTED = [
    *((SCORES, "score", value, "out_of_range") for value in ("101", "-1")),
    *(
        (SCORES, "score", value, "not_a_number")
        for value in ("NaN", "inf", "abc", "10,5")
    ),
    (PROFILES, "total", "10.9", "not_an_integer"),
    (PROFILES, "total", "-1", "negative"),
    (PROFILES, "total", "2.5", "not_an_integer"),
    (PROFILES, "total", "1,000", "not_a_number"),
    (PROFILES, "total", "9223372036854775808", "out_of_range"),
    (SCORES, "as_of", "2999-01-01", "future_date"),
    (SCORES, "as_of", "0000-00-00", "impossible_date"),
    (SCORES, "as_of", "2026-02-30", "impossible_date"),
    (SCORES, "as_of", "01/02/2026", "not_a_date"),
    (SCORES, "as_of", "46023", "not_a_date"),
    (SCORES, "domain", "192.0.2.7", "ip_address"),
    (SCORES, "domain", "localhost", "localhost"),
    (SCORES, "domain", "https://user:secret@example.com", "user_info"),
    (SCORES, "domain", "-bad-.com", "bad_label"),
    (SCORES, "domain", "exam ple.com", "space"),
    (
        SCORES,
        "domain",
        "exam\N{ZERO WIDTH SPACE}ple.com",
        "invisible_character",
    ),
    (SCORES, "domain", "'; DROP TABLE x;--", "space"),
    (SCORES, "domain", "../../etc/passwd", "bad_label"),
    (SCORES, "domain", "C:\\windows", "not_a_web_link"),
    (LINKS, "Source url", "javascript:alert(1)", "not_a_web_link"),
    (LINKS, "Target url", "data:text/html,x", "not_a_web_link"),
    (REFERENCES, "url", "javascript:alert(1)", "not_a_web_link"),
    (ANSWERS, "platform", "AltaVista", "unknown_platform"),
    (ANSWERS, "prompt", "x" * 2_000_001, "too_long"),
]


def check(raw: Any, rejected: int = 0, skipped: int = 0) -> dict[str, Any]:
    """Check that the one load has read 200 records and lost none."""
    raw.check_identities()
    (row,) = raw.rows("loads")
    assert row["records_read"] == 200
    assert row["records_rejected"] == rejected
    assert row["records_skipped"] == skipped
    load: dict[str, Any] = row
    return load


@pytest.mark.parametrize(("export", "column", "value", "reason"), REJECTED)
def test_a_bad_value_rejects_its_record(
    raw: Any,
    write: Write,
    export: Export,
    column: str,
    value: str,
    reason: str,
) -> None:
    raw.load(write(export.text(column, value)))
    check(raw, rejected=1)
    assert raw.rejected() == [(101, column, reason)]
    (shown,) = raw.column("rejected_records", "value_prefix")
    if value != "x" * 2_000_001:
        assert (shown or value)[:1] == value[:1]
    assert "secret" not in str(shown)


@pytest.mark.parametrize(("export", "column", "value", "reason"), REJECTED[:1])
def test_the_sentence_names_file_record_column_and_what_to_do(
    tmp_path: Path,
    write: Write,
    capsys: pytest.CaptureFixture[str],
    export: Export,
    column: str,
    value: str,
    reason: str,
) -> None:
    path = write(export.text(column, value), "scores.csv")
    words = ["load", str(path), "--raw", str(tmp_path / "raw")]
    assert main([*words, "--max-rejected", "0"]) == 3
    (sentence,) = capsys.readouterr().err.splitlines()
    assert sentence == (
        f"linksignal: scores.csv: 1 of 200 records was rejected, more than "
        f"the 0 % of --max-rejected: {reason} in '{column}' 1 (record 101: "
        f"'{value}'); mend the file or raise the limit"
    )
    assert not (tmp_path / "raw").exists()


@pytest.mark.parametrize(
    ("export", "column", "value", "table", "landed"),
    [
        (SCORES, "score", "1e2", "domain_scores", 100),
        (SCORES, "score", " 10 ", "domain_scores", 10),
        (PROFILES, "total", "1.0", "backlink_profiles", 1),
        (PROFILES, "total", "", "backlink_profiles", None),
        *(
            (SCORES, "domain", value, "domain_scores", "example.com")
            for value in (
                "EXAMPLE.com",
                "www.example.com",
                "example.com.",
                "example.com:443",
                "https://www.example.com/",
            )
        ),
        (SCORES, "domain", "münchen.de", "domain_scores", "xn--mnchen-3ya.de"),
        (ANSWERS, "platform", "chatgpt SEARCH", "ai_answers", "chatgpt_search"),
        *(
            (ANSWERS, "prompt", value, "ai_answers", value)
            for value in (
                '=HYPERLINK("http://x","y")',
                "<script>alert(1)</script>",
                "\N{RIGHT-TO-LEFT OVERRIDE}abc",
                'a\r\n"quoted", line',
            )
        ),
        (LINKS, "Anchor", "=1+1", "backlinks", "=1+1"),
    ],
)
def test_what_is_meant_is_accepted_or_normalised(
    raw: Any,
    write: Write,
    export: Export,
    column: str,
    value: str,
    table: str,
    landed: Any,
) -> None:
    raw.load(write(export.text(column, value)))
    check(raw)
    raw_column = {"total": "total_backlinks", "Anchor": "anchor"}
    row = raw.rows(table)[100]
    assert row["record_number"] == 101
    assert row[raw_column.get(column, column)] == landed


@pytest.mark.parametrize(
    ("offset", "utc"), [("2026-01-02T01:00:00+02:00", "2026-01-01 23:00:00")]
)
def test_offsets_become_utc(
    raw: Any, write: Write, offset: str, utc: str
) -> None:
    raw.load(write(ANSWERS.text("answered_at", offset)))
    check(raw)
    assert str(raw.column("ai_answers", "answered_at")[100]) == utc


@pytest.mark.parametrize(
    ("export", "column", "value", "note"),
    [
        (LINKS, "First seen", "1970-01-01", "date_before_web"),
        (SCORES, "domain", "раураl.com", "lookalike_letters"),
        (LINKS, "Source url", "https://www.example.com/a", "link_to_itself"),
    ],
)
def test_what_is_doubtful_lands_with_a_warning(
    raw: Any, write: Write, export: Export, column: str, value: str, note: str
) -> None:
    staged = raw.load(write(export.text(column, value)), as_of=None)
    row = check(raw)
    assert row["records_landed"] == 200
    assert staged.load.fates.notes[note] == 1


@pytest.mark.parametrize(
    ("export", "column", "value", "reason"),
    [
        (SCORES, "domain", "blog.example.com", "subdomain"),
        (SCORES, "domain", "facebook.com/news", "path"),
        (PROFILES, "target", "blog.example.com", "subdomain"),
    ],
)
def test_another_grain_is_skipped_and_counted(
    raw: Any, write: Write, export: Export, column: str, value: str, reason: str
) -> None:
    staged = raw.load(write(export.text(column, value)))
    check(raw, skipped=1)
    assert staged.load.fates.skip_reasons == {reason: 1}


def test_a_reference_to_nothing_is_skipped(raw: Any, write: Write) -> None:
    text = REFERENCES.text("domain", "").replace(
        "citation,,https://example.com/x",
        'citation,,"Url is copyrighted, unable to provide"',
    )
    staged = raw.load(write(text))
    check(raw, skipped=1)
    assert staged.load.fates.skip_reasons == {"no_source": 1}


def test_the_same_record_twice_lands_once(raw: Any, write: Write) -> None:
    raw.load(write(SCORES.text("domain", "site100.com")))
    row = check(raw)
    assert (row["records_landed"], row["duplicates"]) == (199, 1)
    assert 101 not in raw.column("domain_scores", "record_number")


def test_the_same_domain_with_two_values_lands_twice(
    raw: Any, write: Write
) -> None:
    text = SCORES.text("domain", "site100.com")
    text = text.replace("site100.com,0-100,50", "site100.com,0-100,51", 1)
    raw.load(write(text))
    assert check(raw)["records_landed"] == 200
    rows = raw.rows("domain_scores")
    scores = [row["score"] for row in rows if row["domain"] == "site100.com"]
    assert sorted(scores) == [50, 51]


def test_an_extra_column_is_a_warning(raw: Any, write: Write) -> None:
    header, _, records = SCORES.text("score", "50").partition("\r\n")
    text = f"{header},Mood\r\n" + records.replace("\r\n", ",good\r\n")
    staged = raw.load(write(text))
    assert check(raw)["records_landed"] == 200
    assert staged.unknown_columns == ["Mood"]
