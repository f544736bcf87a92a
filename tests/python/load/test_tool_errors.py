"""Files that hold a tool's error, or nothing to land, in place of data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from export_samples import document, summary, tasks
from linksignal.cli import main
from linksignal.errors import ExitCode, LinksignalError

Write = Callable[..., Path]
NOTHING_FOUND = "ERROR 50 :: NOTHING FOUND\n"
SCORES = "domain,scale,score\nexample.com,0-100,5\n"
UNPAID = {
    "status_code": 40200,
    "status_message": "Payment Required.",
    "tasks": [{"status_code": 40200, "result": None}],
}
# What a tool wrote in place of data, and its words in our sentence.
ERRORS: dict[str, tuple[str | bytes, str]] = {
    "Semrush, no units": (
        "ERROR 132 :: API UNITS BALANCE IS ZERO",
        "'ERROR 132 :: API UNITS BALANCE IS ZERO'",
    ),
    "Semrush, a wrong key": (
        '"ERROR 120 :: WRONG KEY - ID PAIR"\r\n',
        "'ERROR 120 :: WRONG KEY - ID PAIR'",
    ),
    "DataForSEO, unpaid": (document(UNPAID), "'40200 Payment Required.'"),
    "DataForSEO, every task failed": (
        document(
            {
                "status_code": 20000,
                "status_message": "Ok.",
                "tasks": [
                    {"status_code": 40501, "status_message": "Invalid Field"},
                    {"status_code": 40401, "status_message": "Not Found"},
                ],
            }
        ),
        "'40501 Invalid Field; 40401 Not Found'",
    ),
    "Ahrefs": ('{"error": "API units limit reached"}', "'API units limit"),
    "an error as an object": (
        '{"error": {"code": 429, "message": "Rate limit reached"}}',
        "'Rate limit reached'",
    ),
    "errors in a list": (
        '{"errors": [{"detail": "no such site"}, "and more"]}',
        "'no such site; and more'",
    ),
    "Majestic": (
        '{"Code": "NoUnits", "ErrorMessage": "Insufficient units"}',
        "'Insufficient units'",
    ),
    "a plain sentence": ("Error: quota exceeded\n", "'Error: quota exceeded'"),
}


@pytest.mark.parametrize("what", ERRORS)
def test_an_error_in_place_of_data_is_told_in_the_tools_words(
    raw: Any, write: Write, what: str
) -> None:
    content, words = ERRORS[what]
    with pytest.raises(LinksignalError) as caught:
        raw.load(write(content))
    assert caught.value.exit_code is ExitCode.INPUT_REJECTED
    assert "file.csv: it holds an error of the tool in place of data: " in str(
        caught.value
    )
    assert words in str(caught.value)
    assert not (raw.path / "loads").exists()


def test_an_export_with_a_column_named_error_is_an_export(
    raw: Any, write: Write
) -> None:
    text = '{"domain": "a.com", "scale": "0-100", "score": 1, "error": "x"}\n'
    staged = raw.load(write(text, "scores.jsonl"))
    assert staged.load.fates.landed == 1


@pytest.mark.parametrize("name", ["acme.com", "Acme.co.uk"])
def test_a_domain_the_tool_knows_nothing_of_has_zeros(
    raw: Any, write: Write, name: str
) -> None:
    staged = raw.load(
        write(NOTHING_FOUND),
        format_name="semrush_backlinks_overview",
        domain=name,
    )
    (row,) = raw.rows("backlink_profiles")
    assert row["domain"] == name.lower()
    counts = {
        column: row[column]
        for column in row
        if column.endswith("links") or column == "referring_domains"
    }
    assert counts == dict.fromkeys(counts, 0)
    assert len(counts) == 10
    assert raw.rows("domain_scores") == []
    assert staged.load.fates.read == staged.load.fates.landed == 1


def test_nothing_found_for_two_domains_is_two_loads(
    raw: Any, write: Write
) -> None:
    path = write(NOTHING_FOUND)
    for domain in ("a.com", "b.com"):
        raw.load(path, format_name="semrush_backlinks_overview", domain=domain)
    domains = raw.column("backlink_profiles", "domain")
    assert sorted(domains) == ["a.com", "b.com"]


@pytest.mark.parametrize("name", [None, "semrush_backlinks", "ai_answers"])
def test_nothing_found_of_an_unknown_report_is_no_zero(
    raw: Any, write: Write, name: str | None
) -> None:
    with pytest.raises(LinksignalError, match="the tool has no data on") as e:
        raw.load(write(NOTHING_FOUND), format_name=name)
    assert "--format semrush_backlinks_overview and --domain" in str(e.value)


def test_a_file_without_data_keeps_no_other_out(
    raw: Any, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [
        write(document(UNPAID), "unpaid.json"),
        write(SCORES, "scores.csv"),
        write(NOTHING_FOUND, "nothing.csv"),
    ]
    code = main(["load", *map(str, files), "--raw", str(raw.path)])
    assert code == 3
    assert raw.column("domain_scores", "domain") == ["example.com"]
    assert raw.column("loads", "file") == ["scores.csv"]
    said = capsys.readouterr()
    assert "linksignal: unpaid.json: it holds an error" in said.err
    assert "linksignal: nothing.csv: the tool has no data" in said.err
    assert "domain_scores 1" in said.out


def test_a_refused_file_still_keeps_all_out(
    raw: Any, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [
        write(NOTHING_FOUND, "nothing.csv"),
        write(SCORES, "scores.csv"),
        write("a,b\n1,2\n", "unknown.csv"),
    ]
    assert main(["load", *map(str, files), "--raw", str(raw.path)]) == 3
    assert not (raw.path / "loads").exists()
    assert "nothing was loaded" in capsys.readouterr().err


def test_files_without_data_alone_are_exit_3(
    raw: Any, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [write(document(UNPAID), "a.json"), write("ERROR 1 :: X", "b.csv")]
    assert main(["load", *map(str, files), "--raw", str(raw.path)]) == 3
    said = capsys.readouterr().err
    assert "a.json: it holds an error" in said
    assert "b.csv: it holds an error" in said


NOTHING_LANDS: dict[str, tuple[str, str | bytes, str]] = {
    "totals of subdomains only": (
        "totals.csv",
        "target;ascore;total;domains_num;follows_num;nofollows_num;texts_num;"
        "images_num\nblog.example.com;5;1;1;1;1;1;1\n",
        "nothing of its 1 record landed as semrush_backlinks_overview "
        "(subdomain 1)",
    ),
    "totals of URLs only": (
        "urls.csv",
        "target;target_type;ascore;backlinks_num;domains_num;follows_num;"
        "nofollows_num;texts_num;images_num\n"
        "https://a.com/;url;5;1;1;1;1;1;1\nhttps://b.com/;url;5;1;1;1;1;1;1\n",
        "nothing of its 2 records landed as semrush_backlinks_comparison "
        "(other_kind 2)",
    ),
    "a summary of a page": (
        "page.json",
        document(tasks(summary(target="https://example.com/page"))),
        "nothing of its 1 record landed as dataforseo_summary (path 1)",
    ),
    "nothing but rejected records": (
        "scores.csv",
        "domain,scale,score\nlocalhost,0-100,5\n",
        "landed as domain_scores (localhost 1)",
    ),
}


@pytest.mark.parametrize("what", NOTHING_LANDS)
def test_a_load_of_which_nothing_lands_is_exit_3(
    raw: Any, write: Write, what: str
) -> None:
    name, content, words = NOTHING_LANDS[what]
    with pytest.raises(LinksignalError) as caught:
        raw.load(write(content, name), max_rejected=1.0)
    assert caught.value.exit_code is ExitCode.INPUT_REJECTED
    assert words in str(caught.value)
    assert not (raw.path / "loads").exists()
