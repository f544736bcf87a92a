"""Texts from outside are shown as text, and do nothing."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from xml.sax.saxutils import escape

import duckdb
import pytest
from browser_fixtures import visiting
from browsing import data_in
from linksignal.cli import main
from linksignal.report.page import write_report

DO_EVIL = "window.evil=1"
HOSTILE_TEXTS = (
    f"<script>{DO_EVIL}</script>",
    f"</script><script>{DO_EVIL}</script>",
    f"<img src=x onerror={DO_EVIL}>",
    f"<img src='https://192.0.2.1/pixel' onload={DO_EVIL}>",
    f'"><svg onload={DO_EVIL}>',
    f"' autofocus onfocus='{DO_EVIL}",
    f"<a href='javascript:{DO_EVIL}'>free links</a>",
    f"<iframe srcdoc='<script>parent.{DO_EVIL}</script>'></iframe>",
    "</style><style>body{display:none}</style>",
    "<!-- <script>",
    "</td></tr></table></main>",
    "<base href='https://192.0.2.1/'>",
    f"{{{{ {DO_EVIL} }}}}${{{DO_EVIL}}}",
    "&lt;b&gt; &amp; &#60;",
    '=HYPERLINK("https://192.0.2.1","y")',
    "@SUM(1+1)",
    "x;=1+1",
    "＝1+1",
    "right \u202eot tfel\u2066",
    "שלום עולם",
    "🎈👩‍👩‍👧",
    "say \"x\" or 'y'",
    "\u2028line\u2029paragraph",
    "back\\slash \\u003c",
    "x" * 10_000,
)
# Columns of texts beside those of the domains.
TEXT_COLUMNS = (
    ("findings.study_overview", "study_name"),
    ("findings.study_overview", "market"),
    ("findings.joint_summaries", "effects_sentence"),
    ("findings.joint_summaries", "gauge_sentence"),
    ("findings.panel_effects", "sentence"),
    ("quality.load_accounting", "file"),
    ("quality.load_accounting", "format"),
    ("quality.data_quality", "detail"),
    ("findings.platform_coverage", "totals_source"),
    ("findings.claims", "claim"),
    ("findings.claims", "sentence"),
    ("findings.claim_parts", "sentence"),
    ("findings.correlations", "influential_domain"),
    ("findings.joint_effects", "reason"),
    ("findings.signal_importance", "reason"),
    ("findings.domain_outlook", "reason"),
    ("findings.source_opportunities", "cited_domain"),
    ("findings.link_opportunities", "linking_domain"),
)
# Tables whose domains are those of the study.
DOMAIN_TABLES = (
    "findings.domain_outcomes",
    "findings.domain_outlook",
    "findings.source_opportunities",
    "findings.link_opportunities",
)
# Elements that a text could bring along, beside what the page has.
BROUGHT = (
    *("script", "style", "link", "meta", "base", "template"),
    *("img", "svg", "math", "video", "iframe", "object", "embed"),
    *("form", "input", "a:not(.download)"),
)
COUNT_ELEMENTS = (
    "names => names.map(name => document.querySelectorAll(name).length)"
)


def poison(database):
    """Put hostile texts in the place of all others."""
    with duckdb.connect(str(database)) as connection:
        domains = connection.execute(
            "select domain from findings.domain_outcomes "
            "where platform = 'all' and outcome = 'ai_mentions' "
            "order by value desc nulls last, domain"
        ).fetchall()
        hostile = [
            (text, f"{text}.{position}", domain)
            for position, (text, (domain,)) in enumerate(
                zip(HOSTILE_TEXTS, domains, strict=False)
            )
        ]
        connection.executemany(
            "update findings.domains set category = ?, domain = ? "
            "where domain = ?",
            hostile,
        )
        names = [(name, domain) for _, name, domain in hostile]
        # So that the page on domains named less than usual shows them.
        connection.executemany(
            "update findings.domain_outlook set standing = 'less' "
            "where domain = ? and platform = 'all'",
            [(domain,) for _, domain in names],
        )
        for table in DOMAIN_TABLES:
            connection.executemany(
                f"update {table} set domain = ? where domain = ?", names
            )
        for table, column in TEXT_COLUMNS:
            connection.execute(
                f"update {table} set {column} = $1[1 + ({table}.rowid % $2)]",
                [list(HOSTILE_TEXTS), len(HOSTILE_TEXTS)],
            )
        connection.executemany(
            "insert into quality.brand_names values (?, ?, ?, 1)",
            [(text, text, text) for text in HOSTILE_TEXTS],
        )


@pytest.fixture(scope="module")
def poisoned(built_sample, tmp_path_factory):
    """A database whose texts are hostile."""
    database = built_sample.copy(tmp_path_factory.mktemp("poisoned"))
    poison(database)
    return database


@pytest.fixture(scope="module")
def hostile_report(poisoned):
    write_report(poisoned, poisoned.parent / "report.html")
    return poisoned.parent / "report.html"


def drawn(page):
    page.wait_for_selector("html[data-drawn]")
    return page


@pytest.fixture(scope="module")
def looked_at(browser, hostile_report):
    """The page for all tests that look and touch nothing."""
    with visiting(browser) as open_page:
        yield drawn(open_page(hostile_report))


def texts_of(page, selector):
    """Texts of elements, white space as it is seen."""
    texts = page.eval_on_selector_all(
        selector, "elements => elements.map(element => element.textContent)"
    )
    return {" ".join(text.split()) for text in texts}


def test_hostile_texts_are_shown_and_do_nothing(looked_at):
    page = looked_at
    wanted = {" ".join(text.split()) for text in HOSTILE_TEXTS}
    assert wanted <= texts_of(page, "#domain-table td:nth-child(2)")
    assert wanted <= texts_of(page, "#quality td")
    assert len(wanted & texts_of(page, "#claims p.sentence")) == 8
    assert wanted & texts_of(page, "#answer h1, #answer dd")
    assert wanted & texts_of(page, "#joint p.lead")
    assert len(wanted & texts_of(page, "#outlook td:nth-child(2)")) > 5
    assert page.evaluate("window.evil") is None
    assert page.locator("body").is_visible()


def test_no_text_brings_an_element_along(looked_at, page_of, sample_report):
    counts = [
        page.evaluate(COUNT_ELEMENTS, BROUGHT)
        for page in (looked_at, drawn(page_of(sample_report)))
    ]
    assert counts[0] == counts[1]
    assert sum(counts[0]) > 0


def test_no_element_has_a_handler_or_an_address_in_it(looked_at):
    attributes = looked_at.evaluate(
        "[...document.querySelectorAll('*')].flatMap(element => "
        "[...element.attributes].map(({name, value}) => [name, value]))"
    )
    assert len(attributes) > 1000
    for name, value in attributes:
        assert not name.startswith("on")
        if name in ("href", "src", "xlink:href", "action"):
            assert value.startswith(("#", "data:,")), value


def test_hostile_domains_can_be_found_and_compared(page_of, hostile_report):
    page = drawn(page_of(hostile_report))
    for text in HOSTILE_TEXTS[:8]:
        page.fill("#domain-search", text)
        button = page.locator("#domain-table tbody button").first
        assert button.text_content().startswith(text)
        button.click()
        assert page.text_content("#profile-title").startswith(text)
        page.keyboard.press("Escape")
    assert page.evaluate("window.evil") is None


def test_hostile_domains_can_be_looked_up(page_of, hostile_report):
    page = drawn(page_of(hostile_report))
    for text in HOSTILE_TEXTS[:8]:
        page.fill("#outlook-search", text)
        button = page.locator("#outlook-found button").first
        assert button.text_content().startswith(text)
        rows = page.locator("#outlook tbody tr:visible td:first-child")
        assert rows.count() > 0
        assert all(text in row for row in rows.all_text_contents())
    page.locator("#outlook-found button").first.click()
    assert page.text_content("#profile-outlook")
    assert page.evaluate("window.evil") is None


def test_the_workbook_of_hostile_texts_has_neither_formula_nor_link(
    poisoned, tmp_path
):
    path = tmp_path / "book.xlsx"
    words = ["export", "--format", "xlsx", "--db", str(poisoned)]
    tables = ["study_overview", "claims", "joint_summaries", "domain_outlook"]
    tables += ["source_opportunities", "link_opportunities", "main_claims"]
    assert main([*words, "--out", str(path), *tables]) == 0
    seen = set()
    with zipfile.ZipFile(path) as parts:
        for name in parts.namelist():
            text = parts.read(name).decode("utf-8")
            assert "<f>" not in text, name
            assert "TargetMode" not in text, name
            seen |= set(re.findall(r"<t[^>]*>([^<]*)</t>", text))
    assert {escape(one) for one in HOSTILE_TEXTS[:9]} <= seen


def test_the_terminal_shows_hostile_texts_in_lines_of_text(poisoned, capsys):
    for table in ("", "domain_outlook", "link_opportunities", "study_overview"):
        assert (
            main(["show", *filter(None, [table]), "--db", str(poisoned)]) == 0
        )
        said = capsys.readouterr().out
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u202e]", said)


def is_formula(field):
    if field.strip()[:1] not in tuple("=+-@＝＋－＠"):
        return False
    try:
        float(field)
    except ValueError:
        return True
    return False


def test_downloads_are_free_of_formulas(hostile_report):
    downloads = data_in(hostile_report.read_text("utf-8"))["downloads"]
    assert len(downloads) > 10
    fields = {
        field
        for text in downloads.values()
        for record in csv.reader(io.StringIO(text, newline=""), strict=True)
        for field in record
    }
    assert [field for field in fields if is_formula(field)] == []
    assert {"'＝1+1", "x;'=1+1", "'@SUM(1+1)"} <= fields
    assert '\'=HYPERLINK("https://192.0.2.1","y")' in fields
    assert set(HOSTILE_TEXTS) - fields == set(HOSTILE_TEXTS[14:18])


def test_a_download_is_the_file_that_a_spreadsheet_reads(
    page_of, hostile_report, tmp_path
):
    page = drawn(page_of(hostile_report))
    with page.expect_download() as started:
        page.click("a.download[download='domains.csv']")
    started.value.save_as(tmp_path / "domains.csv")
    content = (tmp_path / "domains.csv").read_bytes().decode("utf-8")
    data = data_in(hostile_report.read_text("utf-8"))
    assert content == "\ufeff" + data["downloads"]["domains"]
