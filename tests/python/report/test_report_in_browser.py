"""The report in a real browser, as a reader uses it."""

from __future__ import annotations

import csv
import io
import re
from functools import cache
from itertools import pairwise

import pytest
from browser_fixtures import visiting
from browsing import data_in

WIDTHS = (380, 900, 1600)
DRAWN = "html[data-drawn]"
ROWS_A_PAGE = 50
OF_ALL = "platform = 'all' and outcome = 'ai_mentions'"


@pytest.fixture
def opened(page_of, sample_report):
    """Open the report of the sample and wait for its charts."""

    def open_report(**options):
        page = page_of(sample_report, **options)
        page.wait_for_selector(DRAWN)
        return page

    return open_report


@pytest.fixture(scope="module")
def looked_at(browser, sample_report):
    """Open the report once for all tests that look and touch nothing."""
    with visiting(browser) as open_page:

        @cache
        def look(**options):
            page = open_page(sample_report, **options)
            page.wait_for_selector(DRAWN)
            return page

        yield look


@pytest.fixture
def dark(looked_at):
    """The dark page on a screen, which a test may print or lighten."""
    page = looked_at(color_scheme="dark")
    page.emulate_media(color_scheme="dark", media="screen")
    return page


def column(page, place):
    cells = page.locator(f"#domain-table tbody td:nth-child({place})")
    return cells.all_text_contents()


def place_of(page, heading):
    heads = page.locator("#domain-table thead th").all_text_contents()
    return [head.strip() for head in heads].index(heading) + 1


def numbers(texts):
    return [float(text.replace(",", "")) for text in texts if text != "–"]


@pytest.mark.parametrize("width", WIDTHS)
def test_every_chart_is_drawn_in_its_place(opened, width):
    page = opened(width=width)
    places = page.locator("[data-chart]")
    assert places.count() == 6 + 3 + 4 + 1 + 2 + 6
    assert page.locator("[data-chart] svg").count() == 6 + 3 + 4 + 1 + 2
    page.click("details.more summary")
    page.wait_for_selector("#figure-deciles_perplexity svg")
    for at in range(places.count()):
        drawn = places.nth(at).locator("svg")
        marks = drawn.locator(
            ".mark-symbol path, .mark-rule line, .mark-rect path"
        )
        assert marks.count() >= 5
        assert drawn.bounding_box()["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def texts_outside(page):
    """Texts of charts that stick out of their drawing."""
    return page.evaluate(
        """() => [...document.querySelectorAll('[data-chart] svg')].flatMap(
          (svg) => {
            const box = svg.getBoundingClientRect();
            return [...svg.querySelectorAll('text')].filter((text) => {
              const own = text.getBoundingClientRect();
              return own.width && (own.left < box.left - 1 ||
                                   own.right > box.right + 1);
            }).map((text) => text.textContent);
          })"""
    )


@pytest.mark.parametrize("width", WIDTHS)
def test_captions_are_no_wider_than_what_is_in_sight(looked_at, width):
    page = looked_at(width=width)
    too_wide = page.evaluate(
        """() => [...document.querySelectorAll('.scroll')].filter((box) => {
          const caption = box.querySelector('caption:not(.unseen)');
          return caption && caption.offsetWidth > box.clientWidth + 1;
        }).map((box) => box.getAttribute('aria-label'))"""
    )
    assert too_wide == []


@pytest.mark.parametrize("width", WIDTHS)
def test_no_text_of_a_chart_is_cut_off(looked_at, width):
    assert texts_outside(looked_at(width=width)) == []


# Of the styles: blue on white, and on the dark page.
ON_WHITE, ON_DARK = "rgb(11, 102, 181)", "rgb(90, 169, 238)"


def fill(page):
    """Colour in which a reader sees a point."""
    point = page.locator("#figure-zeros_by_decile .mark-symbol path").first
    return point.evaluate("(path) => getComputedStyle(path).fill")


def test_charts_take_the_colours_of_the_page(dark):
    assert fill(dark) == ON_DARK
    dark.emulate_media(color_scheme="light")
    assert fill(dark) == ON_WHITE


def test_charts_of_a_dark_page_are_printed_in_dark_ink(dark):
    dark.emulate_media(color_scheme="dark", media="print")
    assert fill(dark) == ON_WHITE


def test_paper_cuts_off_neither_charts_nor_tables(opened):
    page = opened(width=1600)
    page.set_viewport_size({"width": 700, "height": 1000})
    page.emulate_media(media="print")
    page.evaluate(
        "document.querySelectorAll('details').forEach((d) => { d.open = true })"
    )
    assert page.evaluate(
        "[...document.querySelectorAll('[data-chart] svg')]"
        ".every((svg) => svg.getBoundingClientRect().right <= 700)"
    )
    assert page.evaluate(
        "[...document.querySelectorAll('figure .scroll')]"
        ".every((box) => box.scrollHeight <= box.clientHeight)"
    )


# Sides of the smaller of A4 and Letter within the margins, CSS pixels.
UPRIGHT, ACROSS = 700, 960
CUT_TABLES = """selector => [...document.querySelectorAll(selector)]
    .filter((table) => table.getBoundingClientRect().right > innerWidth)
    .map((table) => table.caption.textContent)"""


def test_wide_tables_have_the_long_side_of_the_paper(opened):
    page = opened()
    page.emulate_media(media="print")
    assert page.locator("#domain-table tbody tr").first.is_visible()
    assert not page.locator("details").first.is_visible()
    page.evaluate(
        "document.querySelectorAll('details').forEach((d) => { d.open = true })"
    )
    page.set_viewport_size({"width": UPRIGHT, "height": 1000})
    assert page.evaluate(CUT_TABLES, "main > section .across table") != []
    upright = "main > section :not(.across) > table:not(dialog table)"
    assert page.evaluate(CUT_TABLES, upright) == []
    page.set_viewport_size({"width": ACROSS, "height": 700})
    assert page.evaluate(CUT_TABLES, "main > section table") == []
    uses = "(box) => getComputedStyle(box).page"
    for box in page.locator(".across").all():
        assert box.evaluate(uses) == "across"


def test_charts_have_texts_for_who_cannot_see_them(opened):
    page = opened()
    page.click("details.more summary")
    images = page.get_by_role("img").all()
    in_sight = page.locator(".view:not(.aside) [data-chart]").count()
    assert len(images) == in_sight
    for image in images:
        assert len(image.get_attribute("aria-label")) > 40


def test_the_table_of_domains_is_searched(opened, built_sample):
    page = opened()
    page.fill("#domain-search", "TRAVEL")
    expected = built_sample.frame(
        "select count(*) as n from findings.domains "
        "where category ilike '%travel%' or domain ilike '%travel%'"
    )["n"][0]
    count = page.inner_text("#domain-count")
    assert count == f"{expected:,} of 1,000 domains"
    assert len(column(page, 1)) == min(expected, ROWS_A_PAGE)
    page.fill("#domain-search", "no such domain")
    assert page.inner_text("#domain-count") == "0 of 1,000 domains"
    assert column(page, 1) == []


def test_the_table_of_domains_is_sorted(opened, built_sample):
    page = opened()
    truth = built_sample.frame("select referring_domains from findings.domains")
    place = place_of(page, "Referring domains")
    head = page.locator(f"#domain-table thead th:nth-child({place})")
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    ordered = sorted(truth["referring_domains"], reverse=True)
    assert numbers(column(page, place)) == ordered[:ROWS_A_PAGE]
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert numbers(column(page, place)) == ordered[: -ROWS_A_PAGE - 1 : -1]


def test_pages_of_the_table_hold_every_domain_once(opened):
    page = opened()
    seen = column(page, 1)
    assert page.is_disabled("#page-before")
    while page.is_enabled("#page-after"):
        page.click("#page-after")
        seen += column(page, 1)
    assert len(seen) == len(set(seen)) == 1000


def line_of(dialog, heading):
    """Line of the dialog about one quantity."""
    named = dialog.page.get_by_text(heading, exact=True)
    return dialog.locator("li").filter(has=named)


def test_a_domain_is_shown_beside_its_decile(opened, built_sample):
    page = opened()
    page.fill("#domain-search", "-sim.")
    name = column(page, 1)[7]
    page.get_by_role("button", name=name, exact=True).click()
    dialog = page.locator("#profile")
    domain = built_sample.frame(
        "select domains.*, value::bigint as ai_mentions from findings.domains "
        "join findings.domain_outcomes using (domain) "
        f"where {OF_ALL} and domain = '{name}'"
    ).iloc[0]
    assert dialog.locator("h3").inner_text() == name
    said = page.inner_text("#profile-text")
    assert f"{domain['ai_mentions']:,} AI mentions" in said
    assert f"decile {domain['authority_decile']} of 10" in said
    said = page.inner_text("#profile-sources")
    assert (
        f"of {domain['link_source']}, {domain['links_as_of']:%Y-%m-%d}" in said
    )
    links = line_of(dialog, "Follow links")
    assert numbers([links.locator(".value").inner_text()]) == [
        domain["follow_links"]
    ]
    truth = built_sample.frame(
        "select median(follow_links) as m, median(follow_links) filter "
        f"(where authority_decile = {domain['authority_decile']}) as own, "
        f"avg(case when follow_links < {domain['follow_links']} then 1 "
        f"when follow_links = {domain['follow_links']} then 0.5 else 0 end) "
        "as below from findings.domains"
    ).iloc[0]
    told = links.locator(".told").inner_text()
    above, own, of_all = re.match(
        r"above (\d+) % of all domains; median of its decile ([\d.,]+); "
        r"of all ([\d.,]+)",
        told,
    ).groups()
    assert float(above) == pytest.approx(100 * truth["below"], abs=0.501)
    assert numbers([own])[0] == pytest.approx(truth["own"], rel=0.05)
    assert numbers([of_all])[0] == pytest.approx(truth["m"], rel=0.05)
    bar = links.locator(".fill").evaluate("(bar) => bar.style.width")
    assert bar == f"{above}%"
    mentions = line_of(dialog, "AI mentions: All platforms")
    assert numbers([mentions.locator(".value").inner_text()]) == [
        domain["ai_mentions"]
    ]
    assert "of the next decile" not in mentions.inner_text()


def test_the_signal_that_lags_most_is_marked(opened):
    page = opened()
    page.locator("#domain-table tbody button").nth(30).click()
    told = page.locator("#profile li .told").all_inner_texts()
    shares = [
        float(found[1])
        for text in told
        if (found := re.search(r"above (\d+) % of the next decile", text))
    ]
    marked = page.locator("#profile li.furthest")
    if not shares:
        assert marked.count() == 0
        assert "No decile is higher" in page.inner_text("#profile-text")
        return
    lowest = marked.first.inner_text()
    assert f"above {min(shares):g} % of the next decile" in lowest


def test_the_keyboard_is_enough(opened):
    page = opened()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.focus("#domain-search")
    page.keyboard.type("education")
    assert "of 1,000 domains" in page.inner_text("#domain-count")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "domain-columns"
    expected = ["Download CSV", "scroll across", "Domain"]
    for name in expected:
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "document.activeElement.textContent.length < 40 "
            "? document.activeElement.textContent "
            ": document.activeElement.className"
        )
        assert focused == name
    page.keyboard.press("Enter")
    assert (
        page.locator("#domain-table th").first.get_attribute("aria-sort")
        == "ascending"
    )
    page.locator("#domain-table tbody button").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("#profile").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#profile").is_visible()
    first = column(page, 1)[0]
    assert page.evaluate("document.activeElement.textContent") == first
    page.locator("figure summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("figure details table").first.is_visible()


def test_one_method_is_shown_at_a_time_and_all_on_paper(opened):
    page = opened()
    figure = page.locator("#figure-correlations_ai_mentions")
    views = figure.locator(".view")
    seen = [view.is_visible() for view in views.all()]
    assert seen == [True, False, False]
    figure.get_by_role("radio", name="Pearson of logarithms").check()
    seen = [view.is_visible() for view in views.all()]
    assert seen == [False, True, False]
    page.emulate_media(media="print")
    assert all(view.is_visible() for view in views.all())
    boxes = [view.bounding_box() for view in views.all()]
    for upper, lower in pairwise(boxes):
        assert upper["y"] + upper["height"] <= lower["y"] + 1


GOES_ON = """() => [...document.querySelectorAll('.scroll')]
    .filter((box) => box.checkVisibility())
    .map((box) => {
      const note = box.nextElementSibling;
      return [box.scrollWidth > box.clientWidth + 1,
              box.scrollHeight > box.clientHeight + 1,
              note.hidden ? '' : note.textContent];
    })"""


@pytest.mark.parametrize("width", WIDTHS)
def test_a_table_that_goes_on_says_so(looked_at, width):
    page = looked_at(width=width)
    page.wait_for_timeout(200)
    found = page.evaluate(GOES_ON)
    assert len(found) > 8
    for is_wide, is_long, note in found:
        assert ("more columns to the right" in note) == is_wide
        assert ("rows in all" in note) == is_long


def test_the_main_columns_of_domains_fit_and_all_can_be_asked_for(opened):
    page = opened()
    heads = page.locator("#domain-table thead th")
    seen = [head for head in heads.all() if head.is_visible()]
    assert len(seen) == 8
    box = page.locator("#domains .scroll")
    fits = "(box) => box.scrollWidth <= box.clientWidth + 1"
    assert box.evaluate(fits)
    page.check("#domain-columns")
    assert all(head.is_visible() for head in heads.all())
    page.uncheck("#domain-columns")
    page.emulate_media(media="print")
    assert all(head.is_visible() for head in heads.all())


def downloaded(page, link):
    with page.expect_download() as download:
        link.click()
    text = download.value.path().read_text("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def links_of(page):
    page.evaluate(
        "document.querySelectorAll('details').forEach((one) => one.open = true)"
    )
    return page.locator("a.download").all()


# Chromium asks before one page downloads more in a row.
DOWNLOADS_A_PAGE = 8


def test_every_table_is_downloaded_as_it_stands(opened):
    links = links_of(opened())
    count = len(links)
    assert count > 15
    for start in range(0, count, DOWNLOADS_A_PAGE):
        if start:
            links = links_of(opened())
        for link in links[start : start + DOWNLOADS_A_PAGE]:
            rows = downloaded(link.page, link)
            table = link.locator("xpath=ancestor::*[.//table][1]//table")
            if table.get_attribute("id") == "domain-table":
                assert len(rows) == 1 + 1000
            else:
                assert len(rows) == table.last.locator("tr").count()


def test_a_download_holds_every_digit(opened, built_sample):
    page = opened()
    links_of(page)
    link = page.locator("a.download[download='deciles_all.csv']")
    header, *body = downloaded(page, link)
    truth = built_sample.frame(
        "select decile, mean from findings.deciles "
        "where signal = 'authority_score' and outcome = 'ai_mentions' "
        "and platform = 'all' order by decile"
    )
    place = header.index("mean")
    assert [float(row[place]) for row in body] == list(truth["mean"])


def test_a_domain_is_looked_up_beside_those_like_it(opened, built_sample):
    """Also one that is named as usual, which no table of the page lists."""
    page = opened()
    outlook = built_sample.frame(
        "select domain, ai_mentions, prediction_low, prediction_high "
        "from findings.domain_outlook "
        "where platform = 'all' and standing = 'as' order by domain"
    ).iloc[0]
    page.fill("#outlook-search", outlook["domain"].upper())
    told = page.inner_text("#outlook-found li")
    assert told.startswith(f"{outlook['domain']}: Named as usual: in ")
    assert (
        f"{outlook['prediction_low']:g} to {outlook['prediction_high']:g} are "
        "usual"
    ) in told
    assert page.locator("#outlook tbody tr:visible").count() == 0
    assert page.inner_text("#outlook-count") == "1 of 1,000 domains"
    page.fill("#outlook-search", "")
    assert page.locator("#outlook-found li").count() == 0
    assert page.locator("#outlook tbody tr:visible").count() > 0


def test_a_browser_that_cannot_unpack_says_so(page_of, sample_report, tmp_path):
    """A page that takes the decompressor away stands for an old browser."""
    old = tmp_path / "old.html"
    text = sample_report.read_text("utf-8")
    told = '"DecompressionStream" in window'
    assert text.count(told) == 1
    # Its scripts are named by their hash: the page must not name any.
    markup = re.sub("<meta http-equiv=[^>]*>", "", text)
    old.write_text(markup.replace(told, "false"), "utf-8")
    page = page_of(old)
    assert page.locator("#unread").is_visible()
    assert not page_of(sample_report).locator("#unread").is_visible()


def test_on_paper_charts_are_there_and_buttons_are_not(dark):
    dark.emulate_media(media="print")
    assert dark.locator("[data-chart] svg").first.is_visible()
    assert not dark.locator("a.download").first.is_visible()
    assert not dark.locator("nav").is_visible()
    colour = dark.evaluate("getComputedStyle(document.body).color")
    red, green, blue = map(int, re.findall(r"\d+", colour)[:3])
    assert max(red, green, blue) < 80


def test_the_data_in_the_page_are_those_of_the_tables(
    sample_report, built_sample
):
    data = data_in(sample_report.read_text("utf-8"))["domains"]
    rows = [domain["row"] for domain in data["listed"]]
    truth = built_sample.frame(
        "select domain, value::bigint as mentions "
        f"from findings.domain_outcomes where {OF_ALL}"
    ).set_index("domain")["mentions"]
    place = [one["name"] for one in data["columns"]].index("ai_mentions_all")
    assert {row[0]: row[place] for row in rows} == truth.to_dict()


def test_of_a_hundred_thousand_domains_the_most_mentioned_are_listed(
    page_of, built_sample, tmp_path
):
    import duckdb
    from linksignal.report.page import write_report

    database = built_sample.copy(tmp_path)
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "create or replace table findings.domains as "
            "select domains.* replace (copy || '.' || domain as domain) "
            "from findings.domains, range(100) as copies(copy)"
        )
        connection.execute(
            "create or replace table findings.domain_outcomes as "
            "select outcomes.* replace (copy || '.' || domain as domain) "
            "from findings.domain_outcomes as outcomes, "
            "range(100) as copies(copy)"
        )
        connection.execute(
            "update findings.study_overview set domain_count = 100000"
        )
        most_mentioned = connection.execute(
            f"select max(value) from findings.domain_outcomes where {OF_ALL}"
        ).fetchone()[0]
    out = tmp_path / "report.html"
    size = write_report(database, out)
    assert size <= 3_000_000
    page = page_of(out)
    page.wait_for_selector(DRAWN)
    note = page.inner_text("#domains-limit")
    assert "2,000 most mentioned of 100,000" in note
    assert "linksignal export" in note
    assert page.inner_text("#domain-count") == "2,000 of 2,000 domains"
    mentions = column(page, place_of(page, "AI mentions: All platforms"))
    assert numbers(mentions) == [most_mentioned] * ROWS_A_PAGE
