"""The report can be used by everybody, as far as axe-core can tell."""

from __future__ import annotations

import pytest

OPEN_ALL = "all => all.forEach(details => { details.open = true; })"


@pytest.mark.parametrize(
    ("width", "color_scheme"), [(390, "dark"), (1600, "light")]
)
def test_nothing_keeps_people_from_using_the_report(
    page_of, axe_findings, sample_report, width, color_scheme
):
    page = page_of(sample_report, width=width, color_scheme=color_scheme)
    page.wait_for_selector("html[data-drawn]")
    page.eval_on_selector_all("details", OPEN_ALL)
    assert axe_findings(page) == []
    page.locator("#domain-table tbody button").first.click()
    assert page.locator("#profile").is_visible()
    assert axe_findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
