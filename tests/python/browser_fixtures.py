"""Fixtures that look at pages with a real browser; conftests import them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from browsing import Visit, grave_violations, unavailable
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",  # as root, in containers
    "--disable-gpu",
    "--disable-background-networking",
]
AXE_IN_TARGET = Path("target", "axe", "axe.min.js")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Launch the system's Chromium; never one that would be downloaded."""
    found = filter(None, map(shutil.which, CHROMIUM_NAMES))
    executable = next(found, None)
    if executable is None:
        unavailable("there is no chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=executable, args=CHROMIUM_ARGUMENTS
        )
        yield launched
        launched.close()


@contextmanager
def visiting(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open pages as `Visit` says; in the end there must be no fault."""
    visits: list[Visit] = []

    def open_page(path: Path, **options: object) -> Page:
        visits.append(Visit(browser, path, **options))
        return visits[-1].page

    yield open_page
    for visit in visits:
        visit.close()
    assert [fault for visit in visits for fault in visit.faults] == []


@pytest.fixture
def page_of(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open pages of one test, see `visiting`."""
    with visiting(browser) as open_page:
        yield open_page


@pytest.fixture(scope="session")
def axe_script(project_dir: Path) -> Path:
    """Path of axe.min.js."""
    named = os.environ.get("LINKSIGNAL_AXE")
    path = Path(named) if named else project_dir / AXE_IN_TARGET
    if not path.is_file():
        unavailable(f"there is no {path}: .ci/run fetches it")
    return path


@pytest.fixture(scope="session")
def axe_findings(axe_script: Path) -> Callable[[Page], list[str]]:
    """Give `grave_violations` with the script at hand."""
    return lambda page: grave_violations(page, axe_script)
