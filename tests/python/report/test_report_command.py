"""``linksignal report``: what it writes, and what it refuses."""

from __future__ import annotations

import base64
import gzip
import json
import os
import re

import duckdb
import pytest
from browsing import data_in
from linksignal.cli import main
from linksignal.report import generator
from linksignal.report.page import (
    Script,
    packed,
    vega_script,
    write_report,
)
from linksignal.report.wording import cell, label, with_minus

PAGES = [
    "answer",
    "claims",
    "correlations",
    "authority",
    "links",
    "platforms",
    "joint",
    "outlook",
    "domains",
    "quality",
    "methods",
]


@pytest.fixture(scope="module")
def page(sample_report):
    return sample_report.read_text("utf-8")


def test_the_pages_stand_in_their_order(page):
    assert re.findall(r'<section id="(\w+)"', page) == PAGES


def test_simulated_data_say_so_once_in_sight_and_on_every_sheet(page):
    """The list of pages stays in sight; sheets have it in their margin."""
    first, *others = page.split("<section ")[1:]
    assert "SIMULATED DATA:</strong> these results describe no" in first
    assert not [part for part in others if "SIMULATED DATA" in part]
    pages = page[page.index("<nav") : page.index("</nav>")]
    assert "SIMULATED DATA" in pages
    assert '@top-right { content: "SIMULATED DATA";' in page


def test_real_data_do_not_say_simulated(built_sample, tmp_path):
    database = built_sample.copy(tmp_path)
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "update findings.correlations set is_simulated = false"
        )
    out = tmp_path / "report.html"
    write_report(database, out)
    assert "SIMULATED DATA" not in out.read_text("utf-8")


def test_the_file_of_a_thousand_domains_is_at_most_1_5_mb(sample_report):
    """Its scripts alone are 0.9 MB."""
    assert sample_report.stat().st_size <= 1_500_000


def test_nothing_is_asked_of_a_network(page):
    """Addresses in the scripts are names of formats, never fetched."""
    markup = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    assert not re.search(r"""(src|href)=["'](?!#|data:,)""", markup)
    assert "default-src 'none'" in markup
    assert "connect-src" not in markup


def test_downloads_are_the_tables(built_sample, page):
    downloads = data_in(page)["downloads"]
    lines = downloads["domains"].splitlines()
    ((count,),) = built_sample.frame(
        "select count(*) from findings.domains"
    ).to_numpy()
    assert len(lines) == count + 1
    assert "platforms" in downloads
    assert "deciles_all" in downloads


def test_the_command_names_the_file_and_its_size(
    built_sample, tmp_path, capsys
):
    out = tmp_path / "report.html"
    words = ["report", "--db", str(built_sample.database), "--out", str(out)]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"{out}: ")
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize(
    ("database", "out", "sentence"),
    [
        ("missing.duckdb", "report.html", "there is no database"),
        (None, "no/such/folder/report.html", "the report cannot be written"),
        (None, "x" * 256, "the report cannot be written"),
        (None, ".", "is a folder: it cannot be replaced by a file"),
    ],
)
def test_refusals_are_one_sentence(
    built_sample, tmp_path, capsys, database, out, sentence
):
    given = tmp_path / database if database else built_sample.database
    words = ["report", "--db", str(given), "--out", str(tmp_path / out)]
    assert main(words) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert len(said.splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_what_is_no_ordinary_file_is_left_alone(built_sample, tmp_path, capsys):
    """A pipe of its own stands for the devices of the system."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    link = tmp_path / "link.html"
    link.symlink_to(pipe)
    for out in (pipe, link):
        words = ["report", "--db", str(built_sample.database)]
        assert main([*words, "--out", str(out)]) == 2
        assert "is a device: it cannot be replaced by a file" in (
            capsys.readouterr().err
        )
    assert pipe.is_fifo()
    assert link.is_symlink()


def test_a_link_stays_and_its_file_is_replaced(built_sample, tmp_path):
    target = tmp_path / "target.html"
    target.write_text(f'<meta name="generator" content="{generator(None)}">')
    link = tmp_path / "link.html"
    link.symlink_to(target)
    write_report(built_sample.database, link)
    assert link.is_symlink()
    assert "<!doctype html>" in target.read_text("utf-8")
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("is_linked", [False, True])
def test_what_is_no_report_is_not_replaced(
    built_sample, tmp_path, capsys, is_linked
):
    mine = tmp_path / "mine.html"
    mine.write_text("<p>linksignal, run 1</p>")
    out = tmp_path / "link.html" if is_linked else mine
    if is_linked:
        out.symlink_to(mine)
    words = ["report", "--db", str(built_sample.database), "--out", str(out)]
    assert main(words) == 2
    assert "is no report of linksignal" in capsys.readouterr().err
    assert mine.read_text() == "<p>linksignal, run 1</p>"


def test_a_database_without_findings_is_refused(tmp_path, capsys):
    database = tmp_path / "empty.duckdb"
    duckdb.connect(str(database)).close()
    words = ["report", "--db", str(database), "--out", str(tmp_path / "r.html")]
    assert main(words) == 2
    assert "dbt build" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text", ["</script><script>", "<!--", "\u2028", "&lt;", "<SCRIPT>"]
)
def test_no_text_ends_the_element_of_the_data(text):
    markup = packed({"text": text})
    assert re.fullmatch("[A-Za-z0-9+/]+=*", markup)
    content = gzip.decompress(base64.b64decode(markup))
    assert json.loads(content) == {"text": text}


def test_the_same_data_are_the_same_bytes():
    assert packed({"text": 1}) == packed({"text": 1})
    content = base64.b64decode(packed({}))
    assert content[4:8] == bytes(4), "the time of a gzip member"


def test_a_script_that_would_end_itself_is_refused():
    with pytest.raises(ValueError, match="ends a script"):
        _ = Script("x = '</script>'").markup


def test_a_damaged_copy_of_the_scripts_is_made_anew(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(
        "vl_convert.javascript_bundle", lambda snippet: f"made: {snippet}"
    )
    assert vega_script() == "made: window.vegaEmbed = vegaEmbed;"
    (kept,) = (tmp_path / "linksignal").iterdir()
    kept.write_text(kept.read_text() + "hostile()")
    assert "hostile" not in vega_script()
    assert vega_script() == "made: window.vegaEmbed = vegaEmbed;"


def test_without_a_cache_folder_the_scripts_are_made(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    (tmp_path / "file").write_text("")
    monkeypatch.setattr("vl_convert.javascript_bundle", lambda snippet: "made")
    assert vega_script() == "made"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (True, "yes"),
        (1234567, "1,234,567"),
        (0.123456, "0.12"),
        (0.0123456, "0.012"),
        (0.00012345, "0.00012"),
        (0.0000012, "<0.0001"),
        (2.0, "2"),
        (2.346, "2.35"),
        (28.5, "28.5"),
        (345.67, "346"),
        (12345.678, "12,346"),
        (float("nan"), "–"),
        (-0.0, "0"),
        (-0.5, "−0.50"),
        (-1234, "−1,234"),
        (-0.0000012, ">−0.0001"),
    ],
)
def test_values_are_written_for_people(value, text):
    assert cell(value) == text


@pytest.mark.parametrize(
    ("column", "value", "text"),
    [
        ("p_adjusted", 7.4e-78, "< .001"),
        ("p_value", 0.0123, ".012"),
        ("follow_share", 0.712, "71 %"),
        ("share_of_voice", 0.00123, "0.12 %"),
        ("share_of_ceiling", -0.02, "−2 %"),
        ("zero_share", 1, "1"),
        ("estimate", 0.571994, "0.57"),
        ("p_for_within", None, "–"),
    ],
)
def test_values_are_written_as_their_column_asks(column, value, text):
    assert label(value, column) == text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("is -0.032 [-0.074, +0.010]", "is −0.032 [−0.074, +0.010]"),
        ("-1 in deciles 6-10", "−1 in deciles 6-10"),
        ("on 2026-01-31, 1e-05", "on 2026-01-31, 1e-05"),
        ("well-known - and -x", "well-known - and -x"),
    ],
)
def test_the_sign_of_numbers_is_a_minus(text, written):
    assert with_minus(text) == written


def test_reasons_have_no_other_sign_than_the_rest(built_sample, page):
    reasons = built_sample.frame("select sentence from findings.claims")[
        "sentence"
    ]
    assert reasons.str.contains("-0.", regex=False).any()
    shown = re.findall(r'<p class="sentence">(.*?)</p>', page)
    assert len(shown) == len(reasons)
    assert not [text for text in shown if re.search(r"[\s[]-\d", text)]
