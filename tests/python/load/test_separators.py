"""Exports that a spreadsheet saved again, rank lists, and headers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from export_samples import (
    AHREFS_LINK_COLUMNS,
    MAJESTIC_COLUMNS,
    ahrefs_link,
    table,
)
from linksignal.cli import main
from linksignal.errors import ExitCode, LinksignalError

Write = Callable[..., Path]
SCORES = ("domain", "scale", "score")
OVERVIEW = (
    "target;ascore;total;domains_num;follows_num;nofollows_num;texts_num;"
    "images_num\nexample.com;5;1;1;1;1;1;1\n"
)


def scores(*rows: tuple[str, ...], separator: str = ",") -> str:
    return "".join(separator.join(row) + "\n" for row in (SCORES, *rows))


def refused(raw: Any, path: Path) -> str:
    with pytest.raises(LinksignalError) as caught:
        raw.load(path)
    assert caught.value.exit_code is ExitCode.INPUT_REJECTED
    return str(caught.value)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_known_format_may_be_saved_with_other_separators(
    raw: Any, write: Write, separator: str
) -> None:
    raw.load(
        write(scores(("a.com", "0-100", "5"), separator=separator)),
        write(OVERVIEW.replace(";", separator), "overview.csv"),
        write(
            table(AHREFS_LINK_COLUMNS, ahrefs_link(), delimiter=separator),
            "links.csv",
        ),
    )
    assert sorted(raw.column("domain_scores", "score")) == [5.0, 5.0]
    assert raw.column("backlink_profiles", "total_backlinks") == [1]
    assert len(raw.rows("backlinks")) == 1


def test_a_decimal_comma_is_still_rejected(raw: Any, write: Write) -> None:
    rows = [("a.com", "0-100", "10,5"), ("b.com", "0-100", "7")]
    raw.load(write(scores(*rows, separator=";")), max_rejected=0.5)
    assert raw.rejected() == [(1, "score", "not_a_number")]
    assert raw.column("domain_scores", "score") == [7.0]


@pytest.mark.parametrize("bare", [",,", '"","",""', '"",,'])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_rows_of_bare_separators_are_no_records(
    raw: Any, write: Write, bare: str, line_end: str
) -> None:
    text = scores(("a.com", "0-100", "5"), ("b.com", "0-100", "6"))
    lines = [*text.splitlines(), bare, bare]
    lines.insert(2, bare)
    staged = raw.load(write(line_end.join(lines) + line_end))
    fates = staged.load.fates
    assert (fates.read, fates.landed, fates.rejected) == (2, 2, 0)
    assert raw.column("domain_scores", "record_number") == [1, 3]


def test_a_row_with_a_value_in_any_column_is_a_record(
    raw: Any, write: Write
) -> None:
    text = "domain,scale,score,note\na.com,0-100,5,\n,,,x\n,,,\n"
    staged = raw.load(write(text), max_rejected=0.5)
    assert staged.load.fates.read == 2
    assert raw.rejected() == [(2, "domain", "missing_value")]


def test_a_blank_score_is_unknown(raw: Any, write: Write) -> None:
    staged = raw.load(
        write(scores(("a.com", "0-100", "5"), ("b.com", "0-100", "")))
    )
    assert staged.load.fates.skip_reasons == {"no_value": 1}


def test_public_suffixes_of_a_rank_list_are_another_grain(
    raw: Any, write: Write
) -> None:
    names = ["google.com", "gc.ca", ".com", "co.uk", "host.nosuchsuffix", "com"]
    names += ["blog.example.com"]
    records = [
        {"GlobalRank": str(n), "Domain": name, "RefSubNets": "9"}
        for n, name in enumerate(names, start=1)
    ]
    staged = raw.load(write(table(MAJESTIC_COLUMNS, *records)))
    fates = staged.load.fates
    assert fates.rejected == 0
    assert fates.skip_reasons == {
        "public_suffix": 4,
        "subdomain": 1,
        "unknown_suffix": 1,
    }
    assert raw.column("domain_scores", "domain") == ["google.com"]


def test_other_faults_of_a_rank_list_are_still_rejected(
    raw: Any, write: Write
) -> None:
    rows = [(name, "rank", "5") for name in ("a.com", "10.0.0.1", ".a.com")]
    raw.load(write(scores(*rows)), max_rejected=0.9)
    assert {reason for *_, reason in raw.rejected()} == {
        "ip_address",
        "bad_label",
    }


def test_a_suffix_is_no_study_domain(raw: Any, write: Write) -> None:
    path = write("domain\nexample.com\nco.uk\n")
    raw.load(path, max_rejected=0.5)
    assert raw.rejected() == [(2, "domain", "public_suffix")]


def test_today_may_be_tomorrow_in_utc(
    raw: Any, write: Write, tmp_path: Path
) -> None:
    today = datetime.now(UTC).date()
    days = [today + timedelta(n) for n in (0, 1, 2)]
    text = "domain,scale,score,as_of\n" + "".join(
        f"a{n}.com,0-100,5,{day}\n" for n, day in enumerate(days)
    )
    raw.load(write(text), as_of=None, max_rejected=0.5)
    assert raw.rejected() == [(3, "as_of", "future_date")]
    seen = "Last_seen"
    links = [
        ahrefs_link(Anchor=str(n), **{seen: f"{day} 01:00:00"})
        for n, day in enumerate(days)
    ]
    path = write(table(AHREFS_LINK_COLUMNS, *links), "links.csv")
    raw.load(path, max_rejected=0.5)
    assert len(raw.rows("backlinks")) == 2
    words = ["load", str(path), "--raw", str(tmp_path / "other")]
    words += ["--max-rejected", "0.5"]
    assert main([*words, "--as-of", str(days[1])]) == 0
    assert main([*words, "--as-of", str(days[2])]) == 2


@pytest.mark.parametrize(
    "line",
    [
        "30,Page,https://a.com/,https://t.com/,x,1,2,false,false,false,true",
        "a.com,0-100,0-100,5,5",
        "2026-01-31,a,2026-01-31,b",
        "a.com,rank,7",
    ],
)
def test_a_file_without_header_is_told_from_a_column_twice(
    raw: Any, write: Write, line: str
) -> None:
    said = refused(raw, write(f"{line}\n{line}\n"))
    assert "it has no header: its first line holds '" in said


def test_a_column_twice_is_still_named(raw: Any, write: Write) -> None:
    said = refused(raw, write("domain,score,Score,scale\na.com,1,2,rank\n"))
    assert "column 'score' occurs twice in the header" in said


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_header_without_end_is_refused_at_once(
    raw: Any, write: Write, separator: str
) -> None:
    path = write(separator.join(f"c{n}" for n in range(100_000)) + "\n")
    start = time.process_time()
    assert "it has 100,000 columns, more than the 10,000" in refused(raw, path)
    assert time.process_time() - start < 5


def test_an_object_of_100000_keys_is_refused_at_once(
    raw: Any, write: Write
) -> None:
    keys = {"domain": "a.com", "scale": "rank", "score": 1}
    wide = json.dumps(keys | {f"k{n}": 1 for n in range(60_000)}) + "\n"
    start = time.process_time()
    assert "columns, more than the 10,000" in refused(
        raw, write(wide, "wide.jsonl")
    )
    assert time.process_time() - start < 10


def test_a_link_that_leads_out_of_its_folder_is_refused(
    raw: Any, write: Write, tmp_path: Path
) -> None:
    target = write(scores(("secret.com", "rank", "5")), "elsewhere/file.csv")
    link = tmp_path / "mine" / "link.csv"
    link.parent.mkdir()
    link.symlink_to(target)
    said = refused(raw, link)
    assert "it is a link that leads out of the folder" in said
    assert "secret" not in said
    beside = target.with_name("beside.csv")
    beside.symlink_to(target.name)
    raw.load(beside)
    assert raw.column("domain_scores", "domain") == ["secret.com"]


def test_a_date_of_the_grace_is_a_day(raw: Any, write: Write) -> None:
    tomorrow: date = datetime.now(UTC).date() + timedelta(1)
    raw.load(write(scores(("a.com", "rank", "5"))), as_of=tomorrow)
    assert raw.column("domain_scores", "as_of") == [tomorrow]
