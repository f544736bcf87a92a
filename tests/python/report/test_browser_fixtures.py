"""The fixtures that watch pages see what they are there to see."""

from __future__ import annotations

import pytest
from browsing import NEED_BROWSER, Visit, unavailable

CLEAN = "<!doctype html><html lang=en><title>t</title><main><h1>t</h1>{}</main>"
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUl"
    "EQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def faults_of(browser, tmp_path):
    """Give what a page with this body does that it must not do."""

    def visit_and_list(body, **options):
        path = tmp_path / "a page.html"
        path.write_text(CLEAN.format(body), encoding="utf-8")
        visit = Visit(browser, path, **options)
        visit.page.wait_for_timeout(100)
        visit.close()
        return visit.faults

    return visit_and_list


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("<script>console.error('wrong')</script>", "console: wrong"),
        ("<script>missing()</script>", "error: missing is not defined"),
        ("<script>Promise.reject(Error('late'))</script>", "error: late"),
        ("<script>alert(1)</script>", "dialog: 1"),
        (
            "<img src='http://192.0.2.1/x.png' alt=''>",
            "request: http://192.0.2.1/x.png",
        ),
        (
            "<style>h1 {background: url(//192.0.2.1/x)}</style>"
            "<link rel=stylesheet href='https://192.0.2.1/x.css'>",
            "request: https://192.0.2.1/x.css",
        ),
        (
            "<script>fetch('https://192.0.2.1/x').catch(() => 0)</script>",
            "request: https://192.0.2.1/x",
        ),
        (
            "<script>new WebSocket('ws://192.0.2.1/x')</script>",
            "request: ws://192.0.2.1/x",
        ),
        ("<img src='other.png' alt=''>", "/other.png"),
    ],
)
def test_what_must_not_happen_is_seen(faults_of, body, fault):
    assert any(seen.endswith(fault) for seen in faults_of(body))


def test_a_page_that_minds_its_own_business_has_no_fault(faults_of):
    body = (
        f"<img src='{PIXEL}' alt=''><a href='#x'>x</a><script>"
        "fetch(URL.createObjectURL(new Blob(['x']))); console.warn('w');"
        "location.hash = 'x'</script>"
    )
    assert faults_of(body) == []


def test_the_page_has_the_size_and_scheme_asked_for(page_of, tmp_path):
    path = tmp_path / "page.html"
    path.write_text(CLEAN.format("<p>x</p>"))
    page = page_of(path, width=390, color_scheme="dark")
    assert page.evaluate("innerWidth") == 390
    assert page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    light = page_of(path)
    assert light.evaluate("matchMedia('(prefers-color-scheme: light)').matches")


def test_a_page_can_be_read_without_scripts(faults_of):
    assert faults_of("<script>missing()</script>", runs_scripts=False) == []


def test_what_keeps_people_out_is_found(page_of, axe_findings, tmp_path):
    bad, good = tmp_path / "bad.html", tmp_path / "good.html"
    policy = (
        "<meta http-equiv=Content-Security-Policy "
        "content=\"script-src 'none'\"><title>"
    )
    strict = CLEAN.replace("<title>", policy)
    bad.write_text(
        strict.format(f"<img src='{PIXEL}'><p style='color:#bbb'>pale text</p>")
    )
    good.write_text(strict.format(f"<img src='{PIXEL}' alt='x'>"))
    found = axe_findings(page_of(bad))
    assert any(line.startswith("critical image-alt") for line in found)
    assert any(line.startswith("serious color-contrast") for line in found)
    assert axe_findings(page_of(good)) == []


def test_what_is_missing_is_skipped_or_fails(monkeypatch):
    monkeypatch.delenv(NEED_BROWSER, raising=False)
    with pytest.raises(pytest.skip.Exception, match="no browser"):
        unavailable("no browser")
    monkeypatch.setenv(NEED_BROWSER, "1")
    with pytest.raises(pytest.fail.Exception, match="no browser"):
        unavailable("no browser")
